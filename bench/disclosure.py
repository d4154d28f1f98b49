"""Disclosure benchmarks: value lost against proved optima and peers, and a 10,000-cell table of 44 forces end to end.

Run: python -m bench.disclosure [CASES-FOLDER]; prints tables for docs/benchmarks.md.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np

Codes = Mapping[str, str | None]  # code -> parent


def three_way(seed: int = 1) -> tuple[dict[str, Codes], dict[tuple[str, ...], int]]:
    """44 forces in 10 regions x 12 offences in 3 groups x ages in 2 groups: about 10,000 cells with many small counts."""
    force: dict[str, str | None] = {"total": None} | {f"r{i}": "total" for i in range(10)}
    force |= {f"f{i:02}": f"r{i % 10}" for i in range(44)}
    offence: dict[str, str | None] = {"total": None} | {f"g{i}": "total" for i in range(3)}
    offence |= {f"o{i:02}": f"g{i % 3}" for i in range(12)}
    age: dict[str, str | None] = {"total": None, "under_18": "total", "adult": "total"}
    age |= {f"c{i}": "under_18" for i in range(4)} | {f"a{i}": "adult" for i in range(4)}
    rng = np.random.default_rng(seed)
    sizes = {f: rng.lognormal(1.2, 0.6) for f in force}
    rare = {o: rng.lognormal(0.0, 1.2) for o in offence}
    leaves = [[c for c in codes if c not in codes.values()] for codes in (force, offence, age)]
    counts = {(f, o, a): int(rng.poisson(sizes[f] * rare[o])) for f, o, a in itertools.product(*leaves)}
    return {"force": force, "offence": offence, "age": age}, counts
