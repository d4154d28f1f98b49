"""Disclosure benchmarks: value lost against proved optima and peers, and a 10,000-cell table of 44 forces end to end.

Run: python -m bench disclosure [FOLDER of the cases of area 04]; prints tables for docs/benchmarks.md.
"""

from __future__ import annotations

import csv
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from vkpp.catalogue.disclosure_rules import disclosure_rule_from
from vkpp.engine.disclosure import protect
from vkpp.engine.disclosure.attacker import Knowledge, ranges
from vkpp.engine.disclosure.instance import Flags, Instance, instance_of
from vkpp.engine.disclosure.suppression import Effort, suppress
from vkpp.engine.shapes.cells import Cell, Cells
from vkpp.engine.shapes.measures import TOTAL, Dimension, Measure

Codes = Mapping[str, str | None]  # code -> parent
PEERS = Path(".venv-bench/bin/python")  # requirements/bench.txt
LIBRARY_GAP = 0.04  # the library's instances are stopped when proved this near


def three_way(seed: int = 1) -> tuple[dict[str, Codes], dict[tuple[str, ...], int]]:
    """44 forces in 10 regions x 13 offences in 3 groups x ages in 2 groups: about 10,000 cells with many small counts."""
    force: dict[str, str | None] = {"total": None} | {f"r{i}": "total" for i in range(10)}
    force |= {f"f{i:02}": f"r{i % 10}" for i in range(44)}
    offence: dict[str, str | None] = {"total": None} | {f"g{i}": "total" for i in range(3)}
    offence |= {f"o{i:02}": f"g{i % 3}" for i in range(13)}
    age: dict[str, str | None] = {"total": None, "under_18": "total", "adult": "total"}
    age |= {f"c{i}": "under_18" for i in range(4)} | {f"a{i}": "adult" for i in range(4)}
    rng = np.random.default_rng(seed)
    sizes = {f: rng.lognormal(1.2, 0.6) for f in force}
    rare = {o: rng.lognormal(0.0, 1.2) for o in offence}
    leaves = [[c for c in codes if c not in codes.values()] for codes in (force, offence, age)]
    counts = {(f, o, a): int(rng.poisson(sizes[f] * rare[o])) for f, o, a in itertools.product(*leaves)}
    return {"force": force, "offence": offence, "age": age}, counts


def national_cells(seed: int = 1) -> Cells:
    dimensions, leaves = three_way(seed)
    shapes = tuple(
        Dimension(name, name.title(), {c: c for c in codes}, {c: p for c, p in codes.items() if p and p != TOTAL})
        for name, codes in dimensions.items()
    )
    sums: dict[tuple[str, ...], int] = {}
    for key, n in leaves.items():
        for margin in itertools.product(*(_line(dimensions[d.name], code) for d, code in zip(shapes, key, strict=True))):
            sums[margin] = sums.get(margin, 0) + n
    cells = tuple(Cell(key, "crimes", n) for key, n in sums.items())
    return Cells("national", "Three ways", "invented", shapes, (Measure("crimes", "Crimes", "count"),), cells)


def _line(codes: Codes, code: str) -> list[str]:
    found = [code]
    while (above := codes[found[-1]]) is not None:
        found.append(above)
    return found


def at_scale() -> None:
    """10,000 cells: protect() from cells to audited tables, wall and processor seconds."""
    cells = national_cells()
    rule = disclosure_rule_from({"id": "bench", "title": "1 to 4", "kind": "threshold", "threshold": 5, "source": "bench"})
    wall, cpu = time.perf_counter(), time.process_time()
    [table] = protect([cells], rule)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    hidden = sum(c.symbol == "[c]" for c in table.cells)
    small = sum(1 <= (c.value or 0) < 5 for c in cells.cells)
    print(f"{len(table.cells):,} cells, {small:,} small, {hidden:,} hidden, audited: {wall:.0f} s wall, {cpu:.0f} s processor")


def against_peers(folder: Path) -> None:
    """Value lost, bound and gap on the hierarchical instances, beside OPT of pytauargus; both patterns attacked alike."""
    print("| instance | cells | small | lost | bound | gap | best known | exposed | s | OPT: lost | exposed | s |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for case in sorted(path for path in folder.glob("csp*") if (path / "expected_summary.json").is_file()):
        summary = json.loads((case / "expected_summary.json").read_text(encoding="utf-8"))
        instance = _library(case) if (case / "input_cells.csv").is_file() else _instance(case)
        start = time.process_time()
        found = suppress(instance, Effort(gap=LIBRARY_GAP) if case.name.startswith("csplib") else None)
        spent = time.process_time() - start
        best = summary.get("best_known") or {"cost": summary["best_cost"], "proved_optimal": summary["proved"]}
        print(
            f"| {case.name} | {instance.size:,} | {int(instance.primary.sum()):,} | {found.lost:,.0f} | {found.bound:,.0f}"
            f" | {found.gap:.1%} | {best['cost']:,.0f}{' (proved)' if best['proved_optimal'] else ''}"
            f" | {_exposed(instance, found.hidden)} | {spent:.1f} | {_peer(case, instance)} |",
            flush=True,
        )


def _peer(case: Path, instance: Instance) -> str:
    """What OPT of pytauargus loses and exposes on the case, and its processor seconds; it reads no tables of relations."""
    if not PEERS.is_file() or not (case / "input_leaf.csv").is_file():
        return "cannot read it | | " if PEERS.is_file() else "not installed | | "
    command = [str(PEERS), "-m", "bench.peer_pytauargus", str(case)]
    answer = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=600).stdout)
    rows = _rows(case / "expected_full_table.csv")
    names = list(dict.fromkeys(row["variable"] for row in _rows(case / "input_hierarchy.csv")))
    theirs = {tuple(key) for key in answer["hidden"]}
    hidden = np.array([tuple(row[name] for name in names) in theirs for row in rows])
    lost = instance.weight[hidden & ~instance.primary].sum()
    return f"{lost:,.0f} | {_exposed(instance, hidden)} | {answer['seconds']:.1f}"


def _exposed(instance: Instance, hidden: Flags) -> int:
    """How many small cells an attacker pins down too closely, by the audit's programs and not the suppressor's."""
    knowledge = Knowledge()
    for value, low, high, is_hidden in zip(instance.value, instance.lower, instance.upper, hidden, strict=True):
        knowledge.unknown(*((float(low), float(high)) if is_hidden else (float(value), float(value))))
    for row in range(instance.relations.shape[0]):
        line = instance.relations.getrow(row)
        knowledge.state(dict(zip(line.indices.tolist(), line.data.tolist(), strict=True)), 0, 0)
    cells = np.flatnonzero(instance.primary).tolist()
    found = ranges(knowledge, cells)
    needs = {c: (instance.value[c] - instance.below[c], instance.value[c] + instance.above[c]) for c in cells}
    return sum(found[c][0] > needs[c][0] + 1e-4 or found[c][1] < needs[c][1] - 1e-4 for c in cells)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _library(folder: Path) -> Instance:
    """An instance of CSPLIB: weights, bounds and protection levels of each cell are given."""
    cells = _rows(folder / "input_cells.csv")
    terms = [(int(r["relation"]), int(r["cell"]), float(r["coef"])) for r in _rows(folder / "input_relations.csv")]
    number = {
        name: np.array([float(row[name]) for row in cells]) for name in ("value", "weight", "lower", "upper", "LPL", "UPL")
    }
    return instance_of(
        number["value"],
        terms,
        [row["status"] == "u" for row in cells],
        weight=number["weight"],
        lower=number["lower"],
        upper=number["upper"],
        fixed=[row["status"] == "z" for row in cells],
        below=np.abs(number["LPL"]),
        above=np.abs(number["UPL"]),
    )


def _instance(folder: Path) -> Instance:
    terms = [(int(r["relation"]), int(r["cell"]), float(r["coef"])) for r in _rows(folder / "expected_relations.csv")]
    cells = _rows(folder / "expected_full_table.csv")
    return instance_of([float(r["freq"]) for r in cells], terms, [r["primary"] == "u" for r in cells])


def main() -> None:
    if len(sys.argv) > 1:
        against_peers(Path(sys.argv[1]))
    at_scale()


if __name__ == "__main__":
    main()
