"""Work on a force's files in a process of its own, with limits on memory and time, which gives way to whoever waits for a page.

The child brings no database along. A fault in it comes back as its kind alone: its words may quote a row.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from multiprocessing.connection import Connection
from typing import TypeVar

MEMORY = 8 << 30  # bytes of address space: DuckDB reserves more than it uses
NICE = 10  # a tenth of the weight of a web server's process, where both want the same processor
_TO_TELL = 5  # seconds of processor after which a child that did not end by itself is ended
G = TypeVar("G")
R = TypeVar("R")


class Ended(Enum):
    """Why nothing came back."""

    LATE = auto()
    TOO_LARGE = auto()


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds by the clock and of the processor; bytes, and of what: all addresses, or only what is written to."""

    seconds: float
    memory: int = MEMORY
    kind: int = resource.RLIMIT_AS
    nice: int = NICE


def apart(do: Callable[[G], R], given: G, limits: Limits) -> R | Ended:
    """What `do` (a function of a module) makes of `given`, or why not. Raises RuntimeError where the fault is ours."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_into, args=(do, given, limits, theirs), daemon=True)
    child.start()
    theirs.close()
    try:
        found = ours.recv() if ours.poll(limits.seconds) else Ended.LATE
    except EOFError:
        child.join(10)
        # Several threads use up the time of the processor sooner than that of the clock.
        found = Ended.LATE if child.exitcode == -signal.SIGXCPU else Ended.TOO_LARGE
    if isinstance(found, Ended):
        child.kill()
    child.join()
    if isinstance(found, Exception):
        raise found
    return found


def _into(do: Callable[[G], R], given: G, limits: Limits, out: Connection) -> None:
    _limit(limits)
    try:
        out.send(do(given))
    except MemoryError:
        raise SystemExit(1) from None
    except Exception as problem:  # noqa: BLE001  only its kind goes on: its words may quote a row
        out.send(RuntimeError(f"{type(problem).__module__}.{type(problem).__qualname__}"))


def _limit(limits: Limits) -> None:
    seconds = max(1, int(limits.seconds))
    os.nice(limits.nice)
    resource.setrlimit(limits.kind, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + _TO_TELL))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
