"""The one Ibis session on DuckDB: nothing is fetched from outside, and the same question gives the same answer."""

from __future__ import annotations

import itertools
import os
import tempfile
from pathlib import Path

import ibis
from ibis.backends.duckdb import Backend

_sessions = itertools.count(1)


def connect(*, threads: int | None = None, memory_limit: str = "1GB", temp: Path | None = None) -> Backend:
    """Open a session in memory.

    `threads` is a count of cores, None for all of them; `memory_limit` is DuckDB's wording ("1GB"). `temp` is where a query
    spills that outgrows the memory; DuckDB makes the folder when it first spills and removes it at the end. Close it with
    `.disconnect()`.

    Settings go in through Python and not through SQL: even LOAD would try the network, so installing and loading extensions
    are both off from the first moment.
    """
    settings = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "memory_limit": memory_limit,
        "temp_directory": str(temp or _spill_folder()),
        "default_null_order": "nulls_last",
        "threads": threads or os.cpu_count() or 1,
    }
    return ibis.duckdb.connect(":memory:", **settings)


def _spill_folder() -> Path:
    """Two sessions of one process must not share a folder: DuckDB names its spill files alike in each."""
    return Path(tempfile.gettempdir()) / f"vkpp-spill-{os.getpid()}-{next(_sessions)}"
