"""Chain ladder and Krippendorff's alpha beside the libraries that others call: equal answers, and the time of both.

Run: python -m bench statistics_peers. The peers run in .venv-bench (requirements/bench.txt), in a process of their own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from vkpp.engine.statistics.agreement import krippendorff_alpha
from vkpp.engine.statistics.delay import chain_ladder

PEERS = Path(".venv-bench/bin/python")  # requirements/bench.txt
METRICS = ("nominal", "ordinal", "interval", "ratio")
UNITS, CODERS, CODES = 2_000, 5, 6
TIMES = 5


def coded(seed: int = 1) -> Any:
    """Units by coders; one rating in ten missing, four in five those of the unit's own code."""
    rng = np.random.default_rng(seed)
    own = rng.integers(1, CODES + 1, size=(UNITS, 1)).astype(float)
    table = np.where(rng.random((UNITS, CODERS)) < 0.8, own, rng.integers(1, CODES + 1, size=(UNITS, CODERS)).astype(float))
    table[rng.random(table.shape) < 0.1] = np.nan
    return table


def best(work: Any) -> tuple[Any, float]:
    """The answer, and the best of a few times in seconds."""
    spent = []
    for _ in range(TIMES):
        start = time.perf_counter()
        answer = work()
        spent.append(time.perf_counter() - start)
    return answer, min(spent)


def main() -> int:
    if not PEERS.is_file():
        print("The peers are not installed: make .venv-bench from requirements/bench.txt.", file=sys.stderr)
        return 1
    asked = json.dumps({"coded": coded().tolist(), "times": TIMES})
    command = [str(PEERS), "-m", "bench.peer_statistics"]
    theirs = json.loads(subprocess.run(command, input=asked.encode(), capture_output=True, check=True).stdout)
    print("| what | ours | peer's | largest difference (relative) | ours, ms | peer's, ms |")
    print("|---|---|---|---|---|---|")
    for name, peer in theirs["triangles"].items():
        made, spent = best(lambda table=peer["table"]: chain_ladder(np.array(table, dtype=float)))
        ours = np.append(made.errors, made.total_error)
        gap = np.nanmax(np.abs(ours - peer["errors"]) / np.maximum(1.0, peer["errors"]))
        gap = max(gap, float(np.max(np.abs(made.ultimate / np.array(peer["ultimate"]) - 1))))
        _row(f"Mack error, {name}", made.total_error, peer["errors"][-1], gap, spent, peer["seconds"])
    table = coded()
    for metric in METRICS:
        answer, spent = best(lambda metric=metric: krippendorff_alpha(table, metric))
        peer = theirs["alpha"][metric]
        _row(f"alpha, {metric}", answer.value, peer["value"], abs(answer.value / peer["value"] - 1), spent, peer["seconds"])
    return 0


def _row(what: str, ours: float, theirs: float, gap: float, spent: float, theirs_spent: float) -> None:
    print(f"| {what} | {ours:,.6g} | {theirs:,.6g} | {gap:.0e} | {1000 * spent:.1f} | {1000 * theirs_spent:.1f} |")


if __name__ == "__main__":
    raise SystemExit(main())
