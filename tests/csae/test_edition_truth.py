"""The edition equals the generator's truth for every number of W17.8: before protection every one, after it every one shown."""

from __future__ import annotations

import csv
import math
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from vkpp.basics.periods import Period
from vkpp.catalogue.typologies import read_typology
from vkpp.engine.flow import csae
from vkpp.engine.flow.csae_tracing import contributions
from vkpp.engine.shapes.cells import Cell, Cells
from vkpp.engine.statistics.csae import tables
from vkpp.engine.tables.session import connect
from vkpp.ops import demonstration, editions, stores
from vkpp.ops.command_line import main
from vkpp.ops.example.scenario import write_scenario
from vkpp.ops.progress import Progress

pytestmark = pytest.mark.slow
QUIET = Progress(quiet=True)
PERIOD = Period.parse("CY2024")
OF_TOTAL = {"crimes": "crimes", "victims": "victims", "suspects": "suspects"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's store at a tenth of the size: 42 of 44 in, one resubmitted, one rejected and corrected."""
    folder = tmp_path_factory.mktemp("truth")
    scenario = write_scenario(folder / "returns", scale=0.1)
    kept = stores.store_for(folder / "store", invented=True)
    demonstration.fill(kept, scenario, QUIET)
    return folder / "store"


@pytest.fixture(scope="module")
def truth(store: Path) -> list[dict[str, str]]:
    with (store.parent / "returns" / "truth" / "invented_numbers.csv").open(encoding="utf-8", newline="") as stream:
        lines = stream.read().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("year,"))
    rows = [row for row in csv.DictReader(lines[start:]) if row["area"] == "nation"]
    assert len(rows) > 100
    return rows


@pytest.fixture(scope="module")
def counted(store: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Cells]:
    """The tables before protection."""
    kept, invented = stores.existing_store(store)
    catalogue = stores.catalogue_of(invented=invented)
    held = stores.loaded(kept, PERIOD, tmp_path_factory.mktemp("held"))
    con = connect()
    try:
        typology = read_typology(catalogue.collections_folder / "csae")
        facts = csae._facts(con, held.accepted, PERIOD, PERIOD.year_before(), catalogue, typology)
    finally:
        con.disconnect()
    return {table.name: table for table in tables(facts)}


def wanted(row: dict[str, str]) -> Iterator[tuple[str, str, tuple[str, ...], float]]:
    """Table, measure, key and value of what one row of the truth says."""
    year, number, code = f"CY{row['year']}", row["number"], row["code"]
    count, base, missing = (int(float(row[name] or 0)) for name in ("count", "base", "missing"))
    if number in OF_TOTAL:
        yield "total", number, (year,), count
    elif number == "children-under-10":
        yield "under-10", "children", (year,), count
    elif number in ("change-on-year", "ratio-to-ten-years-before"):
        if year == PERIOD.code:
            change = 100 * (count - base) / base
            yield (
                ("total", "change", (year,), change)
                if number.startswith("change")
                else ("total", "ratio", (year,), count / base)
            )
    elif code:
        noun = next((who for who in ("victims", "suspects") if number.startswith(who)), "crimes")
        yield number, noun, (code, year), count
        yield number, noun, ("not-known", year), missing
        yield number, "share", (code, year), 100 * count / base if base else float("nan")
    else:
        yield "questions", "count", (number, year), count
        yield "questions", "count", (f"{number}-no", year), base - count
        yield "questions", "count", (f"{number}-unknown", year), missing
        yield "questions", "share", (number, year), 100 * count / base if base else float("nan")


def test_every_number_before_protection(truth: list[dict[str, str]], counted: dict[str, Cells]) -> None:
    values = {(name, c.measure, c.key): c.value for name, table in counted.items() for c in table.cells}
    compared = 0
    for row in truth:
        for table, measure, key, value in wanted(row):
            if not math.isnan(value):
                assert values[(table, measure, key)] == pytest.approx(value, rel=1e-12), (table, measure, key)
                compared += 1
    assert compared > 300


def test_every_number_shown(store: Path, truth: list[dict[str, str]], tmp_path: Path) -> None:
    out = tmp_path / "edition"
    asked = ["analyse", "--collection", "csae", "--store", str(store), "--period", "CY2024", "--out", str(out)]
    assert main([*asked, "--no-pdf", "--quiet"]) == 0
    numbers = editions.numbers_of(out)
    shown = hidden = 0
    for row in truth:
        for table, measure, key, value in wanted(row):
            printed = numbers[".".join((table, measure, *key))]
            if printed["symbol"]:
                hidden += 1
                assert printed["symbol"] in ("[c]", "[u]", "[x]", "[low]"), printed
            else:
                shown += 1
                decimals = len(printed["value"].partition(".")[2])
                assert float(printed["value"]) == pytest.approx(value, abs=0.5 * 10**-decimals + 1e-9), printed
    assert shown > 300
    assert hidden < shown / 4


def test_every_kind_of_count_is_the_sum_of_its_records(
    store: Path, counted: dict[str, Cells], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store is named by a relative path, as at a keyboard; one count of each table and measure is followed."""
    monkeypatch.chdir(store.parent)
    kept, _ = stores.existing_store(Path(store.name))
    held = stores.loaded(kept, PERIOD, tmp_path).accepted
    catalogue = stores.catalogue_of(invented=True)
    followed = 0
    for name, table in counted.items():
        for measure in (m for m in table.measures if m.unit == "count" and not m.of):
            if measure.name == "children" and name != "under-10":
                continue
            cell = max((c for c in table.cells if c.measure == measure.name and _is_held(c, table)), key=lambda c: c.value or 0)
            keys = {d.name: code for d, code in zip(table.dimensions, cell.key, strict=True)}
            rows = contributions(held, PERIOD, catalogue, name, keys, measure.name)
            assert sum(row["n"] for row in rows) == cell.value, (name, cell)
            followed += 1
    assert followed > 15


def _is_held(cell: Cell, table: Cells) -> bool:
    """The year itself: the history of ten years before has no records, and the year before is followed by its own test."""
    periods = [code for d, code in zip(table.dimensions, cell.key, strict=True) if d.name == "period"]
    return all(code.startswith(PERIOD.code) for code in periods)


def test_since_names_the_records_that_moved_a_number(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A resubmission that cancels three crimes: the two editions differ by three, and the three are named with what changed."""
    here = tmp_path / "store"
    shutil.copytree(store, here)
    asked = ["--collection", "csae", "--store", str(here), "--period", "CY2024", "--no-pdf", "--quiet"]
    assert main(["analyse", *asked, "--out", str(tmp_path / "first")]) == 0
    folder = store.parent / "returns" / "returns" / "CY2024" / "ashwater"
    files, cancelled = [], 0
    for path in sorted(folder.glob("*.csv")):
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        for at, line in enumerate(lines):
            if path.name.endswith("_crimes.csv") and line.endswith(",Recorded,") and cancelled < 3:
                lines[at], cancelled = line.removesuffix("Recorded,") + "Cancelled,", cancelled + 1
        files.append(tmp_path / path.name)
        files[-1].write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert cancelled == 3
    accept = [
        "--collection",
        "csae",
        "--force",
        "ashwater",
        "--period",
        "CY2024",
        "--store",
        str(here),
        "--invented",
        "--quiet",
    ]
    assert main(["accept", *map(str, files), *accept, "--yes"]) == 0
    assert main(["analyse", *asked, "--out", str(tmp_path / "second")]) == 0
    capsys.readouterr()
    trace = ["trace", str(tmp_path / "second"), "total.crimes.CY2024", "--store", str(here)]
    assert main([*trace, "--since", str(tmp_path / "first")]) == 0
    said = capsys.readouterr().out
    assert "Records that moved it: 3, which together change it by -3" in said
    assert said.count("status was recorded, is cancelled (added 1, adds 0)") == 3
