"""Our own run: read and stage the file, run every check, store the findings; CPU seconds of each step."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from bench._return import CHECKS, SPECIFICATION, TABLE, Lists
from vkpp.engine.reading import read
from vkpp.engine.validation import checking, validate

inside: dict[str, float] = {}


def timed(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
    """The same step, its CPU seconds (all threads) added up under a name."""

    def run(*args: Any, **kwargs: Any) -> Any:
        before = time.process_time()
        try:
            return step(*args, **kwargs)
        finally:
            inside[name] = inside.get(name, 0) + time.process_time() - before

    return run


if __name__ == "__main__":
    source, folder = (Path(argument) for argument in sys.argv[1:3])
    inside["starting Python and importing"] = time.process_time()
    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    staged = timed("staging: CSV to Parquet", read)(source, TABLE, work)
    one = checking._Checking
    one._run_scan = timed("compiling and scanning: every check", one._run_scan)  # type: ignore[method-assign]
    checking.expanded = timed("expanding the bad rows", checking.expanded)  # type: ignore[attr-defined]
    before = time.process_time()
    result = validate({"crimes": staged}, SPECIFICATION, Lists())
    whole = time.process_time() - before
    steps = inside["compiling and scanning: every check"] + inside["expanding the bad rows"]
    inside["reading the checks, ordering the findings"] = whole - steps
    timed("storing the findings", pq.write_table)(result.findings.table, work / "findings.parquet", compression="zstd")
    assert not result.could_not_run, result.could_not_run
    print(json.dumps({"checks": len(CHECKS), "findings": len(result.findings), "inside": inside}))
