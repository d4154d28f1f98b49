"""A child under 10 listed as a suspect, let in by a waiver, is in no count of suspects and is counted apart (R12)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.web import small_returns as small
from vkpp.basics.periods import Period
from vkpp.catalogue.example import example_catalogue
from vkpp.catalogue.typologies import read_typology
from vkpp.engine.flow import csae, pack
from vkpp.engine.flow.csae_tracing import contributions
from vkpp.engine.shapes.cells import Cells
from vkpp.engine.statistics.csae import tables
from vkpp.engine.tables.session import connect
from vkpp.ops import stores

PERIOD = Period.parse("CY2024")
# Of counted crimes: a child of 15, an adult, somebody of unknown age, and two children of 9 and 4. Of a cancelled one: of 8.
AGES = {"C000": (15, 9), "C001": (40,), "C002": (None, 4), "C900": (8,)}


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


def test_no_count_of_suspects_holds_them_and_they_are_counted_apart(counted: dict[str, Cells]) -> None:
    assert value(counted, "total", "suspects", "CY2024") == 3
    assert value(counted, "suspects-age", "suspects", "not-known", "CY2024") == 1
    assert value(counted, "suspects-sex", "suspects", "total", "CY2024") == 3
    answers = ("suspects-child", "suspects-child-no", "suspects-child-unknown", "suspects-child-all")
    assert [value(counted, "questions", "count", code, "CY2024") for code in answers] == [1, 1, 1, 3]
    assert value(counted, "under-10", "listed", "CY2024") == 2
    assert value(counted, "under-10", "children", "CY2024") == 0


@pytest.mark.parametrize(
    ("table", "measure", "keys", "refs"),
    [
        ("under-10", "listed", {}, ["C000", "C002"]),
        ("total", "suspects", {}, ["C000", "C001", "C002"]),
        ("questions", "count", {"code": "suspects-child-no"}, ["C001"]),
        ("suspects-age", "suspects", {"code": "not-known"}, ["C002"]),
    ],
)
def test_each_count_is_the_sum_of_its_records(
    accepted: csae.Accepted, table: str, measure: str, keys: dict[str, str], refs: list[str]
) -> None:
    found = contributions(accepted, PERIOD, example_catalogue(), table, {"period": "CY2024"} | keys, measure)
    assert [(one["crime_ref"], one["n"]) for one in found] == [(ref, 1) for ref in refs]


def test_the_force_s_own_pack_leaves_them_out_of_its_share(accepted: csae.Accepted) -> None:
    catalogue = example_catalogue()
    found = pack.known(accepted.returns["CY2024"][small.FORCE], read_typology(catalogue.collections_folder / "csae"))
    assert found.suspects == (1, 1, 1)
