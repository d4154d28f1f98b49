"""R12: a child under 10 who is listed among suspects is in no number about suspects, is counted apart, and can be traced."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.accepting.conftest import CSV_FORCE
from vkpp.basics.periods import Period
from vkpp.catalogue.example import example_catalogue
from vkpp.catalogue.typologies import read_typology
from vkpp.engine.classification.csae import Return, children_apart
from vkpp.engine.disclosure.attack import audit_tables
from vkpp.engine.dissemination import write_edition
from vkpp.engine.flow import csae, pack
from vkpp.engine.flow.csae_tracing import contributions
from vkpp.engine.flow.making import Program
from vkpp.engine.shapes.cells import Cells
from vkpp.engine.statistics.csae import tables
from vkpp.engine.tables.session import connect
from vkpp.ops import stores

PERIOD = Period.parse("CY2024")
CATALOGUE = example_catalogue()
TYPOLOGY = read_typology(CATALOGUE.collections_folder / "csae")
PLANTED = 3  # suspects of the year who are made younger: few enough to be hidden


def _return(suspects: list[tuple[str, int | None]], relations: list[tuple[str, str]]) -> Return:
    """One crime, c, of force f: its suspects with their ages, and how each is related to the victim."""
    crime = {"force_id": "f", "return_period": "CY2024", "crime_ref": "c"}
    people = [{**crime, "person_ref": ref, "age": age} for ref, age in suspects]
    related = [{**crime, "victim_ref": "v", "suspect_ref": ref, "relationship": kind} for ref, kind in relations]
    typed = pa.schema(
        [
            ("force_id", "string"),
            ("return_period", "string"),
            ("crime_ref", "string"),
            ("person_ref", "string"),
            ("age", "int64"),
        ]
    )
    return Return(
        crimes=ibis.memtable(pa.Table.from_pylist([crime])),
        victims=ibis.memtable(pa.Table.from_pylist([crime])),
        suspects=ibis.memtable(pa.Table.from_pylist(people, schema=typed)),
        relations=ibis.memtable(pa.Table.from_pylist(related)),
    )


def test_only_who_is_known_to_be_under_ten_stands_apart() -> None:
    given = _return(
        [("a", 9), ("b", 10), ("c", None), ("d", 0), ("e", 44)], [("a", "REL-SIB"), ("b", "REL-SIB"), ("c", "REL-NK")]
    )
    left, listed = children_apart(given, TYPOLOGY)
    con = connect()
    try:
        of = lambda rows, name: sorted(con.to_pyarrow(rows)[name].to_pylist())  # noqa: E731
        assert of(listed, "person_ref") == ["a", "d"]
        assert of(left.suspects, "person_ref") == ["b", "c", "e"]
        assert of(left.relations, "suspect_ref") == ["b", "c"]
    finally:
        con.disconnect()


@pytest.fixture(scope="module")
def planted(small_store: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[csae.Accepted, csae.Accepted]:
    """The accepted returns with a few suspects of the year made younger than ten; and the same with their rows taken out."""
    work = tmp_path_factory.mktemp("planted")
    held = stores.loaded(stores.existing_store(small_store)[0], PERIOD, work).accepted
    files = held.returns["CY2024"][CSV_FORCE]
    counted = pq.read_table(files["crimes"])
    refs = counted.filter(pc.equal(counted["status"], "recorded"))["crime_ref"]
    suspects = pq.read_table(files["suspects"])
    mine = pc.and_(pc.is_in(suspects["crime_ref"], refs), pc.is_valid(suspects["age"]))
    chosen = pc.filter(pa.array(range(len(suspects))), mine.combine_chunks())[:PLANTED].to_pylist()
    assert len(chosen) == PLANTED
    at = suspects.column_names.index("age")
    ages = [8 if i in chosen else age for i, age in enumerate(suspects["age"].to_pylist())]
    younger = suspects.set_column(at, suspects.schema.field("age"), pa.array(ages, suspects.schema.field("age").type))
    names = set(zip(*(younger.take(chosen)[n].to_pylist() for n in ("crime_ref", "person_ref")), strict=True))
    relations = pq.read_table(files["relations"])
    keep = [pair not in names for pair in zip(*(relations[n].to_pylist() for n in ("crime_ref", "suspect_ref")), strict=True)]
    without = suspects.filter(pa.array([i not in chosen for i in range(len(suspects))]))

    def with_files(name: str, **changed: pa.Table) -> csae.Accepted:
        written = dict(files)
        for table, rows in changed.items():
            written[table] = work / f"{name}-{table}.parquet"
            pq.write_table(rows, written[table])
        return replace(held, returns={**held.returns, "CY2024": {**held.returns["CY2024"], CSV_FORCE: written}})

    return with_files("listed", suspects=younger), with_files(
        "out", suspects=without, relations=relations.filter(pa.array(keep))
    )


def counted(accepted: csae.Accepted) -> dict[str, Cells]:
    con = connect()
    try:
        return {t.name: t for t in tables(csae._facts(con, accepted, PERIOD, PERIOD.previous(), CATALOGUE, TYPOLOGY))}
    finally:
        con.disconnect()


@pytest.mark.slow
def test_every_number_is_as_if_the_rows_had_been_taken_out(planted: tuple[csae.Accepted, csae.Accepted]) -> None:
    listed, out = (
        {(name, c.measure, c.key): c.value for name, table in counted(each).items() for c in table.cells} for each in planted
    )
    differ = {key: (listed[key], out[key]) for key in listed.keys() | out.keys() if listed[key] != out[key]}
    assert differ == {("under-10", "listed", ("CY2024",)): (PLANTED, 0)}
    assert listed["suspects-age", "suspects", ("total", "CY2024")] == listed["total", "suspects", ("CY2024",)]


@pytest.mark.slow
def test_tracing_follows_the_count(planted: tuple[csae.Accepted, csae.Accepted]) -> None:
    found = counted(planted[0])
    roots, ends = ("suspects-child", "child-on-child", "familial"), ("", "-no", "-unknown", "-all")
    asked = [
        ("under-10", {"period": "CY2024"}, "listed"),
        ("total", {"period": "CY2024"}, "suspects"),
        ("suspects-age", {"code": "total", "period": "CY2024"}, "suspects"),
        ("suspects-sex", {"code": "total", "period": "CY2024"}, "suspects"),
        *(("questions", {"code": root + end, "period": "CY2024"}, "count") for root in roots for end in ends),
    ]
    for table, keys, measure in asked:
        key = tuple(keys[d.name] for d in found[table].dimensions)
        value = next(c.value for c in found[table].cells if c.measure == measure and c.key == key)
        assert sum(r["n"] for r in contributions(planted[0], PERIOD, CATALOGUE, table, keys, measure)) == value, (table, keys)


@pytest.mark.slow
def test_a_small_number_of_them_is_hidden_and_cannot_be_worked_out(
    planted: tuple[csae.Accepted, csae.Accepted], tmp_path: Path
) -> None:
    listed, out = (csae.make(each, PERIOD, CATALOGUE, Program("test", "0" * 64), invented=True).edition for each in planted)
    assert listed is not None and out is not None
    shown = {cell.key: cell for cell in listed.table("under-10").cells if cell.measure == "listed"}
    assert shown[("CY2024",)].symbol == "[c]" and shown[("CY2024",)].value is None
    assert shown[("CY2023",)].value == 0
    given_away = audit_tables(listed.tables)
    assert set(given_away) == set(audit_tables(out.tables))
    report = (write_edition(listed, tmp_path / "edition", pdf=False).folder / "report.html").read_text("utf-8")
    assert "Forces listed [c] among their suspects all the same" in " ".join(re.sub(r"<[^>]+>", "", report).split())
    assert not any("under 10" in sentence or "set apart" in sentence for sentence in given_away)


@pytest.mark.slow
def test_the_pack_of_the_force_follows(planted: tuple[csae.Accepted, csae.Accepted]) -> None:
    listed, out = (pack.known(each.returns["CY2024"][CSV_FORCE], TYPOLOGY) for each in planted)
    assert listed == out
