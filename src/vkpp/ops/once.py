"""A file that pages hand out and that takes long to make: made ahead, or by one asker while others wait for it a little."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import IO

from vkpp.basics.problems import NotYet

LOCK = ".making"
PATIENCE = 10.0  # seconds for which an asker holds a thread of the service while somebody else makes the file
FORGOTTEN = 7 * 86_400.0  # seconds after which a file that no page hands out any more is taken away
_LOOKS = 0.1


def made_once(path: Path, make: Callable[[], object]) -> Path:
    """`path`, which `make` writes whole where it does not lie there. Of all threads and processes one makes it.

    The lock goes with whoever holds it, so that a killed one blocks nobody. Whoever finds the file ready takes no lock. Raises
    NotYet where another's making goes on for longer than we wait.
    """
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / LOCK).open("w") as lock:
        _take(lock)
        if not path.exists():
            make()
    return path


def _take(lock: IO[str]) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise NotYet("The file is being made.", next_step="ask for it again in half a minute") from None
            time.sleep(_LOOKS)
        else:
            return


def forget_others(folder: Path, needed: Collection[Path], before: float) -> int:
    """Take away what lies in the folder, is not needed and was made before that instant (seconds); gives how much."""
    gone = [path for path in folder.glob("*") if path.name != LOCK and path not in needed and path.stat().st_mtime < before]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def made_apart(path: Path, module: str, *given: str) -> Path:
    """The same, made by a module of ours in a process of its own: it is told the path, then what else it needs."""
    command = [sys.executable, "-m", module, str(path), *given]
    return made_once(path, lambda: subprocess.run(command, check=True, timeout=300))  # noqa: S603  all of it is ours
