"""The compiled checks in DuckDB-WASM, in Chromium, against the engine: the same files give the same findings in the same order.

The corpus is that of Spark's comparison, as CSV: the examples of every check on records, the shipped real tables, invented
returns (clean, and with a fault of every kind planted), and the words of the vocabulary that nothing else finds anything with.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.csae.test_recall import RECALL_FORCES
from tests.validation.test_examples import catalogue, collections
from tests.validation.test_spark import engine_left_out, made_words, operators_that_found
from tests.validation.wasm import Wasm, as_row, in_chromium
from vkpp.basics.periods import Period
from vkpp.catalogue.example import example_catalogue
from vkpp.engine.flow.checking import read_files
from vkpp.engine.flow.local_checks import local_checks
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
YEAR = Period.parse("CY2024")


@dataclass(frozen=True)
class Delivery:
    files: Sequence[tuple[str, Path]]  # (table, file)
    spec: Any
    catalogue: Any
    period: Period | None = None
    nation: National | None = None
    earlier: tuple[str, Path] | None = None
    work: Path = field(default_factory=Path)


@pytest.fixture(scope="module")
def wasm(chromium: str) -> Iterator[Wasm]:
    with in_chromium(chromium) as running:
        yield running


def written(records: Sequence[Mapping[str, Any]], of: Any, folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow([f.title for f in of.fields])
        writer.writerows([record.get(f.name) or "" for f in of.fields] for record in records)
    return path


def examples(folder: Path) -> Iterator[Delivery]:
    """Of each table of each collection one delivery, with the examples of every check on records one below the other."""
    for name in collections():
        spec = catalogue().specification(name)
        for of in spec.tables:
            own = [one for one in spec.checks if one.table == of.name]
            single = [one for one in own if register(one, of).level == "record"]
            records = [example for one in single for example in (*one.passes, *one.fails) if any(example.values())]
            if records:
                only = replace(spec, tables=(of,), checks=tuple(single))
                path = written(records, of, folder / f"{name}-{of.name}", of.name)
                yield Delivery([(of.name, path)], only, catalogue(), YEAR, work=path.parent / "work")


def real(folder: Path) -> Iterator[Delivery]:
    of_forces = catalogue().specification("recorded-crime")
    texts = [path for path in shipped_inputs() if path.suffix == ".csv"]
    for number, path in enumerate(texts):
        files = [(of_forces.tables[0].name, path)]
        yield Delivery(files, of_forces, catalogue(), Period.parse("FY2017-18"), work=folder / f"real-{number}")
    streets = catalogue().specification("street-crime")
    for number, path in enumerate(sorted((ROOT / "tests/data/street_crime").glob("*.csv"))):
        yield Delivery([(streets.tables[0].name, path)], streets, catalogue(), work=folder / f"streets-{number}")


def invented(folder: Path, forces: Sequence[str] = tuple(RECALL_FORCES)) -> Iterator[Delivery]:
    """Clean and faulty returns, with an earlier return and national aggregates beside them."""
    year, spec = make_nation_year(2024, 2_000, 5, clean=True), example_catalogue().specification("csae")
    named = [one.id for one in spec.checks if one.tier == "national"]
    everywhere = {name: {"86": Decimal("0.27"), "none-such": Decimal("0.1")} for name in named}
    nation = National("csae", "CY2023", 44, everywhere, dict.fromkeys(named, Decimal("0.9")))
    earlier: tuple[str, Path] | None = None
    for force in respondents():
        if force.force_id not in forces:
            continue
        said = {name: as_text(one) for name, one in rendered(year.of_force(number_of(force)), force).items()}
        for kind, faults in (("clean", ()), ("faulty", (*FAULTS, *CELLS)), ("whole", WHOLE)):
            tables = planted(said, Draws(31), faults)[0] if faults else said
            place = folder / f"{force.force_id}-{kind}"
            write_delivery(tables, force, "CY2024", place)
            files = as_csv(place, spec)
            earlier = earlier or next(one for one in files if one[0] == "crimes")
            yield Delivery(files, spec, example_catalogue(), YEAR, nation, earlier, place / "work")


def number_of(force: Any) -> int:
    return [one.force_id for one in respondents()].index(force.force_id)


def as_csv(place: Path, spec: Any) -> list[tuple[str, Path]]:
    """Whatever form the force sends in, as one CSV a table under the specification's titles."""
    import polars as pl

    sent = sorted(path for path in place.rglob("*") if path.is_file())
    staged = read_files(sent, spec, place / "sent")
    found = []
    for name, parts in staged.items():
        records = [row for one in parts for row in pl.read_parquet(one.parquet).to_dicts()]
        found.append((name, written(records, spec.table(name), place / "as-csv", name)))
    return found


def made(folder: Path) -> Iterator[Delivery]:
    of, records, spec, lists = made_words()
    path = written(records, of, folder / "made", "rows")
    yield Delivery([("rows", path)], spec, lists, YEAR, work=folder / "made" / "work")


def compare(wasm: Wasm, one: Delivery) -> tuple[int, set[str]]:
    """How many findings both have, and the operators that found something."""
    given = {"period": one.period, "nation": one.nation}
    staged = read_files([], one.spec, one.work, named=one.files)
    here = validate(staged, one.spec, one.catalogue, benchmark=one.earlier[1] if one.earlier else None, **given)
    exported = json.loads(local_checks(one.spec, one.catalogue))
    nation = one.nation and {
        "everywhere": {name: {c: str(s) for c, s in codes.items()} for name, codes in one.nation.everywhere.items()},
        "shares": {name: str(share) for name, share in one.nation.shares.items()},
    }
    earlier = [one.earlier] if one.earlier else []
    there = wasm.check(one.files, exported, period=one.period, nation=nation, earlier=earlier)
    assert not there["troubles"]
    ran = [[r.check, r.table, r.severity, r.ran, r.findings, engine_left_out(r.why_not)] for r in here.runs]
    names = ("check", "table", "severity", "ran", "findings")
    assert [[*(r[n] for n in names), engine_left_out(r["why_not"])] for r in there["runs"]] == ran
    assert there["findings"] == [as_row(row) for row in here.findings.table.to_pylist()]
    assert there["sums"] == [each.sentence() for each in here.reconciliations]
    broken = [run[0] for run in ran if not run[3]]
    assert broken == (["made-broken"] if one.spec.name == "test" else []), one.spec.name
    return len(here.findings), operators_that_found(one.spec, [[r[0], r[1], r[3], r[4], r[5]] for r in ran])


def test_a_few_checks_find_the_same_in_the_browser(wasm: Wasm, tmp_path: Path) -> None:
    """What runs every time: the examples of every check on records, and the words that are made for the purpose."""
    silent, found = set(OPERATORS), 0
    for one in [*examples(tmp_path), *made(tmp_path)]:
        n, operators = compare(wasm, one)
        found, silent = found + n, silent - operators
    assert found > 100 and len(silent) < len(OPERATORS) / 2


@pytest.mark.slow
def test_both_engines_find_the_same_in_every_delivery(wasm: Wasm, tmp_path: Path) -> None:
    silent, found = set(OPERATORS) - {"function"}, 0  # no function is registered
    for one in [*examples(tmp_path), *real(tmp_path), *invented(tmp_path), *made(tmp_path)]:
        n, operators = compare(wasm, one)
        found, silent = found + n, silent - operators
    assert found > 5_000
    assert silent == set(), "an operator that no finding comes from would be proved by nothing"
