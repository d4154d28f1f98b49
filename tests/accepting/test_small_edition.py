"""A small edition: what stands in two tables under other names is one count, what has one name by chance is two (W17)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.accepting.test_children_apart import CATALOGUE, PERIOD, counted
from vkpp.engine.disclosure import protect
from vkpp.engine.disclosure.attack import audit_tables
from vkpp.engine.disclosure.relations import numbers_of
from vkpp.engine.shapes.cells import Cells
from vkpp.engine.shapes.measures import number_id
from vkpp.ops import stores

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cells(small_store: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Cells, ...]:
    held = stores.loaded(stores.existing_store(small_store)[0], PERIOD, tmp_path_factory.mktemp("small")).accepted
    return tuple(counted(held).values())


def test_every_sum_that_is_declared_holds(cells: tuple[Cells, ...]) -> None:
    values = {number_id(t.name, c.measure, c.key): c.value for t in cells for c in t.cells}
    declared = [each for table in cells for each in table.sums]
    assert len(declared) > 30
    assert not [each for each in declared if values[each.whole] != sum(values[part] or 0 for part in each.parts)]


def test_counts_of_one_name_by_chance_are_not_one(cells: tuple[Cells, ...]) -> None:
    found = numbers_of(cells)
    at = {table.name: t for t, table in enumerate(cells)}
    for one, other in (("victims-age", "victims-sex"), ("victims-sex", "victims-ethnicity"), ("suspects-age", "suspects-sex")):
        measure = one.split("-")[0]
        key = ("not-known", "CY2024")
        assert found.of_place[at[one], key, measure] != found.of_place[at[other], key, measure]
    assert (
        found.of_place[at["crime-type"], ("rape", "CY2024"), "crimes"]
        == found.of_place[at["force-type"], ("total", "rape"), "crimes"]
    )


def test_nothing_of_a_small_edition_can_be_worked_out_over_its_tables(cells: tuple[Cells, ...]) -> None:
    """First as it was while no table knew of another's counts: children among suspects could be worked out exactly."""
    rule = CATALOGUE.disclosure_rule(CATALOGUE.specification("csae").disclosure_rule)
    apart = protect([replace(table, sums=()) for table in cells], rule)
    printed = [replace(table, sums=whole.sums) for table, whole in zip(apart, cells, strict=True)]
    leaks = audit_tables(printed)
    assert any("Suspects who are children" in leak and "can only be" in leak for leak in leaks)
    assert any("by force and type" in leak and "“Crimes recorded, by type”" in leak for leak in leaks)
    assert audit_tables(protect(cells, rule)) == ()
