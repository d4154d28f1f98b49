"""Disclosure benchmarks: value lost against proved optima and peers, and a 10,000-cell table of 44 forces end to end.

Run: python -m bench disclosure [FOLDER of the cases of area 04]; prints tables for docs/benchmarks.md.
"""

from __future__ import annotations

import csv
import itertools
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from vkpp.catalogue.disclosure_rules import disclosure_rule_from
from vkpp.engine.disclosure import protect
from vkpp.engine.disclosure.instance import Instance, instance_of
from vkpp.engine.disclosure.suppression import suppress
from vkpp.engine.shapes.cells import Cell, Cells
from vkpp.engine.shapes.measures import TOTAL, Dimension, Measure

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
    """Value lost, bound and gap on the hierarchical instances, beside what the peers lost (recorded in the cases)."""
    print("| instance | cells | small | lost | bound | gap | best known | OPT of pytauargus | s processor |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in sorted(path.name for path in folder.glob("csp_*")):
        summary = json.loads((folder / name / "expected_summary.json").read_text(encoding="utf-8"))
        instance = _instance(folder / name)
        start = time.process_time()
        found = suppress(instance)
        spent = time.process_time() - start
        best, peer = summary["best_known"], summary["patterns"].get("TAU_OPT", {})
        print(
            f"| {name} | {instance.size:,} | {int(instance.primary.sum()):,} | {found.lost:,.0f} | {found.bound:,.0f}"
            f" | {found.gap:.1%} | {best['cost']:,.0f}{' (proved)' if best['proved_optimal'] else ''}"
            f" | {peer.get('cost', 'none')} | {spent:.1f} |"
        )


def _instance(folder: Path) -> Instance:
    def rows(name: str) -> list[dict[str, str]]:
        with (folder / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    terms = [(int(r["relation"]), int(r["cell"]), float(r["coef"])) for r in rows("expected_relations.csv")]
    cells = rows("expected_full_table.csv")
    return instance_of([float(r["freq"]) for r in cells], terms, [r["primary"] == "u" for r in cells])


def main() -> None:
    if len(sys.argv) > 1:
        against_peers(Path(sys.argv[1]))
    at_scale()


if __name__ == "__main__":
    main()
