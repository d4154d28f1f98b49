"""Long work shows progress: a line for each station, on standard error, with the time that it took."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Progress:
    """Says what is being done. Quiet where asked; the times go to a person, never into an output."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet

    def say(self, words: str) -> None:
        if not self.quiet:
            sys.stderr.write(words + "\n")
            sys.stderr.flush()

    @contextmanager
    def step(self, words: str) -> Iterator[None]:
        if self.quiet:
            yield
            return
        started = time.monotonic()
        sys.stderr.write(f"{words} ... ")
        sys.stderr.flush()
        try:
            yield
        except BaseException:
            sys.stderr.write("stopped\n")
            raise
        sys.stderr.write(f"{time.monotonic() - started:.1f} s\n")
        sys.stderr.flush()
