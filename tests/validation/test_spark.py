"""The compiled checks on a local Spark, against DuckDB: by check, record, value and words, over the golden corpus (slow).

The corpus is the examples of every check on records, the shipped real tables, and invented returns: clean ones of several
forces, and one with a fault of every kind planted. Spark lives in an environment of its own, which `./run test slow` makes.
"""

from __future__ import annotations

import csv
import json
import os
import pickle
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.conftest import could_not_run
from tests.csae.test_recall import RECALL_FORCES
from tests.validation.deliveries import List, Lists, check, column, specification, staged, table
from tests.validation.test_examples import catalogue, collections
from vkpp.basics.periods import Period
from vkpp.catalogue.example import example_catalogue
from vkpp.engine.flow.checking import read_files
from vkpp.engine.shapes.national import National
from vkpp.engine.validation import validate
from vkpp.engine.validation.vocabulary import OPERATORS, register
from vkpp.ops.editions import shipped_inputs
from vkpp.ops.example.draws import Draws
from vkpp.ops.example.faults import CELLS, FAULTS, WHOLE, planted
from vkpp.ops.example.habits import as_text, rendered
from vkpp.ops.example.nation import respondents
from vkpp.ops.example.nation_year import make_nation_year
from vkpp.ops.example.writing import write_delivery

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-spark" / "bin" / "python"
YEAR = Period.parse("CY2024")
Delivery = tuple[Any, Any, Any, dict[str, Any]]  # staged tables, specification, catalogue, further arguments

pytestmark = pytest.mark.slow


def examples(folder: Path) -> Iterator[Delivery]:
    """Of each table of each collection one delivery, with the examples of every check on records one below the other."""
    for name in collections():
        spec = catalogue().specification(name)
        for of in spec.tables:
            own = [one for one in spec.checks if one.table == of.name]
            single = [one for one in own if register(one, of).level == "record"]
            records = [example for one in single for example in (*one.passes, *one.fails)]
            if records:
                only = replace(spec, tables=(of,), checks=tuple(single))
                rows = staged(records, of, folder, name=f"{name}-{of.name}")
                yield {of.name: (rows,)}, only, catalogue(), {"period": YEAR}


def real(folder: Path) -> Iterator[Delivery]:
    of_forces = catalogue().specification("recorded-crime")
    yield (
        read_files(shipped_inputs(), of_forces, folder / "real"),
        of_forces,
        catalogue(),
        {"period": Period.parse("FY2017-18")},
    )
    streets = catalogue().specification("street-crime")
    for number, path in enumerate(sorted((ROOT / "tests/data/street_crime").glob("*.csv"))):
        yield read_files([path], streets, folder / f"streets-{number}"), streets, catalogue(), {}


def invented(folder: Path) -> Iterator[Delivery]:
    """Clean and faulty returns, with an earlier return and national aggregates beside them."""
    year, spec = make_nation_year(2024, 2_000, 5, clean=True), example_catalogue().specification("csae")
    named = [one.id for one in spec.checks if one.tier == "national"]
    everywhere = {name: {"86": Decimal("0.27"), "none-such": Decimal("0.1")} for name in named}
    nation = National("csae", "CY2023", 44, everywhere, dict.fromkeys(named, Decimal("0.9")))
    earlier: Path | None = None
    for number, force in enumerate(respondents()):
        if force.force_id not in RECALL_FORCES:
            continue
        said = {name: as_text(table) for name, table in rendered(year.of_force(number), force).items()}
        for kind, faults in (("clean", ()), ("faulty", (*FAULTS, *CELLS)), ("whole", WHOLE)):
            tables = planted(said, Draws(31), faults)[0] if faults else said
            place = folder / f"{force.force_id}-{kind}"
            delivery = write_delivery(tables, force, "CY2024", place)
            files = sorted({path for path, _ in delivery.files.values()})
            rows = read_files(files, spec, place / "work")
            earlier = earlier or rows["crimes"][0].parquet
            before = as_csv(earlier, folder / "earlier.csv") if kind == "whole" else earlier
            yield rows, spec, example_catalogue(), {"period": YEAR, "nation": nation, "benchmark": before}


def as_csv(stored: Path, path: Path) -> Path:
    """An earlier return as a force keeps it: CSV with a byte order mark, its values quoted, a line break in one of them."""
    rows = pq.read_table(stored).to_pylist()
    kept = [{name: text for name, text in row.items() if not name.startswith("_")} for row in rows]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, [*kept[0], "remarks"], quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows({**row, "remarks": 'said "no",\nthen yes'} for row in kept)
    return path


MADE = {
    "not_after_period": {"field": "to"},
    "exactly_one_of": {"fields": ["a", "b"]},
    "strictly_before": {"fields": ["from", "to"]},
    "sums_to": {"field": "m", "parts": ["n", "n"]},
    "count_between": {"min": 2, "max": 2, "by": ["a"]},
    "every_of": {"field": "a", "list": "letters"},
}


def made_words() -> tuple[Any, list[dict[str, str]], Any, Any]:
    """What no check of a shipped collection finds anything with: a table, its records, their specification, its code lists."""
    kinds = {"m": "integer", "n": "integer", "from": "date", "to": "date"}
    of = table(column("a"), column("b"), *(column(name, kind) for name, kind in kinds.items()))
    records = [
        {"a": "x", "b": "x", "m": "4", "n": "2", "from": "2024-01-01", "to": "2024-01-01"},
        {"a": "x", "m": "5", "n": "2", "from": "2024-01-01", "to": "2025-01-01"},
        {"a": "y", "m": "refused", "n": "2", "from": "2024-01-02", "to": ""},
    ]
    checks = [check({operator: arguments}, f"made-{operator}") for operator, arguments in MADE.items()]
    checks.append(check({"sums_to": {**MADE["sums_to"], "by": ["a"]}}, "made-sums-by"))
    # Python reads this pattern and neither engine does: its check says so, and the others still run.
    checks.append(check({"matches": {"field": "a", "pattern": "(?P<n>x)(?P=n)"}}, "made-broken"))
    lists = Lists({"letters": List({"x": "Ex", "z": "Zed"})})
    return of, records, specification([of], checks), lists


def made(folder: Path) -> Iterator[Delivery]:
    of, records, spec, lists = made_words()
    yield {"rows": (staged(records, of, folder, name="made"),)}, spec, lists, {"period": YEAR}


def test_both_engines_find_the_same_in_every_delivery(tmp_path: Path) -> None:
    if not PYTHON.exists():
        could_not_run("Spark's environment is missing: ./run test slow makes it")
    if shutil.which("java") is None:
        could_not_run("Java 17 is missing: apt-get install -y openjdk-17-jre-headless")
    corpus = [*examples(tmp_path), *real(tmp_path), *invented(tmp_path), *made(tmp_path)]
    silent, found = set(OPERATORS) - {"function"}, 0  # no function is registered
    for (rows, spec, of, more), there in zip(corpus, on_spark(corpus, tmp_path), strict=True):
        here = validate(rows, spec, of, **more)
        ran = [[r.check, r.table, r.ran, r.findings, engine_left_out(r.why_not)] for r in here.runs]
        assert ran == [[*run[:4], engine_left_out(run[4])] for run in there["runs"]], spec.name
        assert here.findings.table.to_pylist() == there["findings"], spec.name
        found += len(here.findings)
        silent -= operators_that_found(spec, there["runs"])
        broken = [check for check, _, did, *_ in ran if not did]
        assert broken == (["made-broken"] if rows.keys() == {"rows"} else []), spec.name
    assert found > 5_000
    assert silent == set(), "an operator that no finding comes from would be proved by nothing"


def engine_left_out(why_not: str) -> str:
    """Where an engine refuses a check, its own words follow ours, and each engine has its own."""
    ours = "The engine could not run it:"
    return ours if why_not.startswith(ours) else why_not


def on_spark(corpus: list[Delivery], folder: Path) -> list[dict[str, Any]]:
    (folder / "deliveries.pickle").write_bytes(pickle.dumps(corpus))
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    command = [str(PYTHON), "-m", "tests.validation.spark_run", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    read: list[dict[str, Any]] = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
    return read


def operators_that_found(spec: Any, runs: list[list[Any]]) -> set[str]:
    fired = {check_id for check_id, _, _, findings, _ in runs if findings}
    musts = (register(c, spec.table(c.table)).must for c in spec.checks if c.id in fired)
    return {part.operator for must in musts for part in must.flat()}
