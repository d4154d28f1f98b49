"""A file that pages hand out and that takes long to make: made by one asker, while every other waits for it."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

LOCK = ".making"


def made_once(path: Path, make: Callable[[], object]) -> Path:
    """`path`, which `make` writes whole where it does not lie there. Of all threads and processes one makes it.

    The lock goes with whoever holds it, so that a killed one blocks nobody. Whoever finds the file ready takes no lock.
    """
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            make()
    return path
