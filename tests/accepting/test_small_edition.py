"""A small edition: what stands in two tables under other names is one count, what has one name by chance is two (W17)."""

from __future__ import annotations

import hashlib
import json
import shutil
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
from vkpp.ops.command_line import main

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


def test_an_edition_that_is_out_is_known_to_whoever_attacks_the_next(
    small_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same edition is safe beside itself; beside one that printed what it hides, it cannot be made."""
    one, two = tmp_path / "one", tmp_path / "two"
    made = ["analyse", "--collection", "csae", "--store", str(small_store), "--period", "CY2024", "--no-pdf", "--quiet"]
    assert main([*made, "--out", str(one)]) == 0
    assert "name it with --earlier" in capsys.readouterr().out
    assert main([*made, "--out", str(two), "--earlier", str(one)]) == 0
    assert "--earlier" not in capsys.readouterr().out
    assert main(["audit-edition", str(two), "--with", str(one)]) == 0
    capsys.readouterr()

    again = ["rebuild", str(two), "--store", str(small_store), "--quiet"]
    assert main(again) == 0
    assert "from its frozen tables, because the earlier editions beside which it was protected" in capsys.readouterr().out
    assert main([*again, "--earlier", str(one)]) == 0
    assert "from its accepted returns: all" in capsys.readouterr().out

    careless = _with_all_printed(one, tmp_path / "careless", small_store)
    assert main([*made, "--out", str(tmp_path / "three"), "--earlier", str(careless)]) == 1
    assert "of an earlier edition" in capsys.readouterr().err
    assert not (tmp_path / "three").exists()


def _with_all_printed(edition: Path, out: Path, store: Path) -> Path:
    """An edition as it would be had nothing been hidden; its manifest names its tables, as one that is out does."""
    shutil.copytree(edition, out)
    held = stores.loaded(stores.existing_store(store)[0], PERIOD, out).accepted
    values = {(t.name, c.key, c.measure): c.value for t in counted(held).values() for c in t.cells}
    document = json.loads((out / "frozen.json").read_text(encoding="utf-8"))
    for table in document["tables"]:
        for cell in table["cells"]:
            if cell["symbol"] == "[c]":
                cell |= {"symbol": None, "value": values[table["name"], tuple(cell["key"]), cell["measure"]]}
    content = json.dumps(document).encode()
    (out / "frozen.json").write_bytes(content)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["frozen.json"]["sha256"] = hashlib.sha256(content).hexdigest()
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return out


def test_an_edition_of_another_collection_is_no_earlier_one(
    small_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "manifest.json").write_text('{"provenance": {"parameters": {"collection": "recorded-crime"}}}', encoding="utf-8")
    made = ["analyse", "--collection", "csae", "--store", str(small_store), "--period", "CY2024", "--quiet"]
    assert main([*made, "--out", str(tmp_path / "one"), "--earlier", str(other)]) == 64
    assert "other is an edition of recorded-crime" in capsys.readouterr().err
