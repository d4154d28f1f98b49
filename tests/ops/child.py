"""What a test runs in the process of its own in which files are read; it brings no database along."""

from __future__ import annotations

import os
import resource
from multiprocessing.connection import Connection

from vkpp.ops import returns


def limits(task: object, out: Connection) -> None:
    """Niceness, bytes of address space, seconds of processor."""
    returns._limit(resource.RLIMIT_AS)
    out.send((os.nice(0), resource.getrlimit(resource.RLIMIT_AS)[0], resource.getrlimit(resource.RLIMIT_CPU)[0]))
