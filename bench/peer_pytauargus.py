"""OPT of pytauargus on one hierarchical case, in a process of its own: prints which cells it hides, as JSON.

Run: .venv-bench/bin/python -m bench.peer_pytauargus FOLDER (the case's input_leaf.csv, input_hierarchy.csv, case.json).
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
import time
from pathlib import Path

from pytauargus import protect  # type: ignore[import-not-found]

TOTAL = "Total"
Rows = list[dict[str, str]]


def _rows(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _hierarchy(rows: Rows, short: dict[str, str], folder: Path) -> Path | None:
    """The codes below the total as the peer reads them, one a line, @ for each level down; None where all are leaves."""
    total = next(row["code"] for row in rows if not row["parent"])
    if {row["parent"] for row in rows} == {"", total}:
        return None
    lines: list[str] = []

    def write(parent: str, depth: int) -> None:
        for row in rows:
            if row["parent"] == parent:
                lines.append("@" * depth + short[row["code"]])
                write(row["code"], depth + 1)

    write(total, 0)
    path = folder / f"{rows[0]['variable']}.hrc"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _short(rows: Rows) -> dict[str, str]:
    """Codes of one width, which the peer needs; the total keeps the name that it gives it."""
    return {row["code"]: f"c{n:03}" if row["parent"] else TOTAL for n, row in enumerate(rows)}


def main(case: Path) -> None:
    params = json.loads((case / "case.json").read_text(encoding="utf-8"))["params"]
    leaves, codes = _rows(case / "input_leaf.csv"), _rows(case / "input_hierarchy.csv")
    names = list(dict.fromkeys(row["variable"] for row in codes))
    of = {name: [row for row in codes if row["variable"] == name] for name in names}
    short = {name: _short(of[name]) for name in names}
    long = {name: {new: old for old, new in short[name].items()} for name in names}
    people = [row for row in leaves for _ in range(int(row["freq"]))]  # it counts records
    micro = {name: [short[name][row[name]] for row in people] for name in names} | {"n": [1] * len(people)}
    with tempfile.TemporaryDirectory() as place:
        made = {name: _hierarchy(of[name], short[name], Path(place)) for name in names}
        start = time.process_time()
        found = protect(
            micro,
            tables=names,
            response="n",
            safety_rules=f"FREQ({params['maxN'] + 1},20)",
            suppress="OPT(1)",
            hrc={name: str(path) for name, path in made.items() if path},
            totcode=TOTAL,
            workdir=str(Path(place) / "run"),
        )
        spent = time.process_time() - start
        rows = found.tables[0].rows
    hidden = [[long[name][str(row[name]).strip() or TOTAL] for name in names] for row in rows if row["status"] in ("U", "M")]
    print(json.dumps({"hidden": hidden, "seconds": spent}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
