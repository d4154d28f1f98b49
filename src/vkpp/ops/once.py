"""A file that pages hand out and that takes long to make: made by one asker, while every other waits for it."""

from __future__ import annotations

import fcntl
import subprocess
import sys
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


def made_apart(path: Path, module: str, *given: str) -> Path:
    """The same, made by a module of ours in a process of its own: it is told the path, then what else it needs."""
    command = [sys.executable, "-m", module, str(path), *given]
    return made_once(path, lambda: subprocess.run(command, check=True, timeout=300))  # noqa: S603  all of it is ours
