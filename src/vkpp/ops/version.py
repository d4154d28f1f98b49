"""Which program this is: its version and the hash of the lock file that it was set up from."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

VERSION = version("vkpp")


def lock_hash() -> str:
    """sha256 of requirements/dev.txt where the checkout is at hand; of the installed distribution names elsewhere."""
    lock = Path(__file__).resolve().parents[3] / "requirements" / "dev.txt"
    if lock.is_file():
        return hashlib.sha256(lock.read_bytes()).hexdigest()
    from importlib.metadata import requires

    return hashlib.sha256("\n".join(sorted(requires("vkpp") or [])).encode()).hexdigest()
