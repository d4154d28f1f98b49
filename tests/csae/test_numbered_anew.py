"""A force that numbers its crimes anew in each return: the people of one year are not counted in the other."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests import small_returns as small
from vkpp.basics.periods import Period
from vkpp.basics.problems import UsageProblem
from vkpp.catalogue.example import example_catalogue
from vkpp.catalogue.typologies import read_typology
from vkpp.engine.flow import csae
from vkpp.engine.flow.csae_tracing import contributions
from vkpp.engine.shapes.cells import Cells
from vkpp.engine.statistics.csae import tables
from vkpp.engine.tables.session import connect
from vkpp.ops import since, stores

PERIOD = Period.parse("CY2024")
# By crime; the last one is cancelled.
AGES = {"C000": (15, 19), "C001": (40,), "C002": (None, 34), "C900": (18,)}


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> csae.Accepted:
    folder = tmp_path_factory.mktemp("under-ten")
    for year in (2023, 2024):
        crimes = [  # with the same references every year: people of one year's crime are not those of the other's
            small.crime(f"C{n:03}", recorded=date(year, 2, 1), status="recorded" if n < 900 else "cancelled")
            for n in (0, 1, 2, 900)
        ]
        suspects = [small.person(ref, f"S{n}", age=age) for ref, ages in AGES.items() for n, age in enumerate(ages)]
        small.accept(folder / "store", folder / "work", small.FORCE, f"CY{year}", crimes=crimes, suspects=suspects)
    kept = stores.store_for(folder / "store", invented=True)
    return stores.loaded(kept, PERIOD, folder / "held").accepted


@pytest.fixture(scope="module")
def counted(accepted: csae.Accepted) -> dict[str, Cells]:
    catalogue = example_catalogue()
    con = connect()
    try:
        typology = read_typology(catalogue.collections_folder / "csae")
        found = tables(csae._facts(con, accepted, PERIOD, PERIOD.year_before(), catalogue, typology))
    finally:
        con.disconnect()
    return {table.name: table for table in found}


def value(counted: dict[str, Cells], table: str, measure: str, *key: str) -> float | None:
    return next(one.value for one in counted[table].cells if (one.measure, one.key) == (measure, key))


@pytest.mark.parametrize("year", ["CY2023", "CY2024"])
def test_each_year_counts_its_own_people(counted: dict[str, Cells], year: str) -> None:
    assert value(counted, "total", "crimes", year) == 3
    assert value(counted, "total", "suspects", year) == 5
    answers = ("suspects-child", "suspects-child-no", "suspects-child-unknown", "suspects-child-all")
    assert [value(counted, "questions", "count", code, year) for code in answers] == [1, 3, 1, 5]


def test_a_count_is_the_sum_of_its_records(accepted: csae.Accepted) -> None:
    found = contributions(accepted, PERIOD, example_catalogue(), "total", {"period": "CY2024"}, "suspects")
    assert [(one["crime_ref"], one["n"]) for one in found] == [("C000", 2), ("C001", 1), ("C002", 2)]


def test_what_moved_a_number_is_told_from_the_same_reference_of_the_other_year(accepted: csae.Accepted) -> None:
    moved = [(small.FORCE, "CY2023", "C000"), (small.FORCE, "CY2024", "C000"), (small.FORCE, "CY2024", "C777")]
    found = since._crimes(accepted, moved)
    assert {key: row["recorded"].year for key, row in found.items()} == {moved[0]: 2023, moved[1]: 2024}


def test_editions_printed_with_other_notes_answer_the_same_question(tmp_path: Path) -> None:
    def made(**parameters: str) -> dict[str, Any]:
        return {"provenance": {"parameters": {"collection": "csae", "period": "CY2024"} | parameters}}

    since._same_question(made(notes="a"), made(earlier="b"), tmp_path / "older")
    with pytest.raises(UsageProblem, match="another collection or period"):
        since._same_question(made(), made(period="CY2023"), tmp_path / "older")
