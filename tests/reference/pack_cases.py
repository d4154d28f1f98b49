"""Packs a folder of reference cases into cases.zip, always the same bytes: python -m tests.reference.pack_cases FOLDER."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

from .case import SHIPPED

NO_TIME = (1980, 1, 1, 0, 0, 0)


def pack(folder: Path, target: Path = SHIPPED) -> int:
    """Writes every file of `folder`, in order of name and without times; gives the number of files."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in files:
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), NO_TIME)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            packed.writestr(entry, path.read_bytes(), compresslevel=9)
    return len(files)


if __name__ == "__main__":
    print(f"{pack(Path(sys.argv[1]))} files packed into {SHIPPED.name}")
