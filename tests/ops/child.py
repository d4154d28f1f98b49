"""What a test runs in the process of its own in which files are read; it brings no database along."""

from __future__ import annotations

import hashlib
import os
import resource
import threading
import time


def limits(_: object) -> tuple[int, int, int]:
    """Niceness, bytes of address space, seconds of processor."""
    return os.nice(0), resource.getrlimit(resource.RLIMIT_AS)[0], resource.getrlimit(resource.RLIMIT_CPU)[0]


def busy(seconds: float) -> None:
    """Uses up the processor until it is stopped."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


def busy_in_threads(_: object) -> None:
    """Uses up the time of every processor at once, so sooner than the clock's."""
    each = [threading.Thread(target=hashlib.pbkdf2_hmac, args=("sha256", b"x", b"y", 10**9), daemon=True) for _ in range(4)]
    for one in each:
        one.start()
    for one in each:
        one.join()


def greedy(_: object) -> None:
    """Asks for more memory than anybody may."""
    bytearray(1 << 40)


def wrong(row: str) -> None:
    """A fault whose words quote a row."""
    raise ValueError(row)
