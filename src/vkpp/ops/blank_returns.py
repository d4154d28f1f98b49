"""The blank workbook of a collection, as pages hand it out: made once for each edition, in a process of its own.

It lies in the service's folder (`blank-returns`). Making it needs the engine, which the pages' own processes do without.
"""

from __future__ import annotations

import sys
from pathlib import Path

from vkpp.engine.keeping.writing import file_made_whole
from vkpp.ops import stores
from vkpp.ops.local_check import edition
from vkpp.ops.once import made_apart

FOLDER = "blank-returns"


def workbook(root: Path, collection: str, *, invented: bool) -> Path:
    """Where the workbook lies (XLSX). Raises KeyError for a collection that there is not."""
    if collection not in stores.catalogue_of(invented=invented).collections:
        raise KeyError(collection)
    register = stores.INVENTED if invented else stores.REAL
    return made_apart(path_of(root, collection, register), "vkpp.ops.blank_returns", collection, register)


def path_of(root: Path, collection: str, register: str) -> Path:
    return root / FOLDER / f"{collection}-{register}-{edition()}.xlsx"


def main(path: str, collection: str, register: str) -> None:
    """Make the workbook and put it where the pages look for it, whole or not at all."""
    from vkpp.engine.dissemination.blank_workbook import blank_workbook
    from vkpp.engine.dissemination.specification_pages import code_lists

    catalogue = stores.catalogue_of(invented=register == stores.INVENTED)
    specification = catalogue.specification(collection)
    file_made_whole(Path(path), blank_workbook(specification, code_lists(specification, catalogue)))


if __name__ == "__main__":
    main(*sys.argv[1:])
