"""A package of npm's registry as a file: fetched in its pinned version, or one that is there already, and read."""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path


def member(archive: tarfile.TarFile, name: str) -> bytes:
    """A file of the package. Raises ValueError where it has no such file."""
    stream = archive.extractfile(name)
    if stream is None:
        raise ValueError(f"the package has no {name}")
    return stream.read()


def with_package(argv: Sequence[str], name: str, write: Callable[[Path], None]) -> int:
    """Call `write` with the package file of argv, or with that of `name` (package@version), fetched with npm."""
    if argv:
        write(Path(argv[0]))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", name], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        write(next(Path(folder).glob("*.tgz")))
    return 0
