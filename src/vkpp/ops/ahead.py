"""What pages hand out and takes long to make, made before anybody asks; and what older versions left of it, taken away."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from functools import partial
from pathlib import Path

from vkpp.ops import blank_returns, local_check, stores
from vkpp.ops.once import FORGOTTEN, forget_others, made_once

KINDS = ("html", "js")
_PATIENCE = 1_200  # seconds; alone it takes some twenty


def make_ahead(root: Path, *, invented: bool) -> None:
    """Every file of this version and catalogue, each whole, in one process of its own that gives way to all other work."""
    command = [sys.executable, "-m", "vkpp.ops.ahead", str(root), "invented" if invented else ""]
    subprocess.run(command, check=True, timeout=_PATIENCE)  # noqa: S603  all of it is ours


def sweep(root: Path, at: datetime, *, invented: bool) -> int:
    """Make what is missing, and take away what no page of this version hands out and is a week old; gives how many went.

    Another version that still runs beside this one makes its own again when it is asked.
    """
    make_ahead(root, invented=invented)
    needed = files(root, invented=invented)
    before = at.timestamp() - FORGOTTEN
    return sum(forget_others(root / folder, needed, before) for folder in (blank_returns.FOLDER, local_check.FOLDER))


def files(root: Path, *, invented: bool) -> list[Path]:
    """Where each lies, made here and now where it is missing. What lies there already costs nothing."""
    register, found = stores.INVENTED if invented else stores.REAL, []
    for name in stores.catalogue_of(invented=invented).collections:
        for room in (blank_returns, local_check):
            path = room.path_of(root, name, register)
            found.append(made_once(path, partial(room.main, str(path), name, register)))
        found += [local_check.saved(root, name, kind, invented=invented) for kind in KINDS]
    return found


if __name__ == "__main__":
    os.nice(10)
    files(Path(sys.argv[1]), invented=bool(sys.argv[2]))
