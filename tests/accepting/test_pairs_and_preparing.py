"""Pair-level extracts become four tables with every row accounted for; what finds a person stays at the force."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.accepting.conftest import CSV_FORCE, rows_of, table_of, write_rows
from vkpp.basics.problems import UsageProblem
from vkpp.catalogue.specifications import Specification
from vkpp.engine.reading.pairs import is_pair_level, read_pairs
from vkpp.engine.reading.preparing import prepare, write

PEOPLE = {"victims": ("Victim", "Victim reference"), "suspects": ("Suspect", "Suspect reference")}


def as_pairs(files: list[Path], path: Path) -> Path:
    """The invented return as some forces send it: a row for each victim and suspect, crimes repeated."""
    people = {}
    for name, (who, ref) in PEOPLE.items():
        for row in rows_of(table_of(files, name)):
            said = {k if k == ref else f"{who} {k.lower()}": v for k, v in row.items() if k != "Crime reference"}
            people.setdefault((name, row["Crime reference"]), []).append(said)
    relations = {
        (r["Crime reference"], r["Victim reference"], r["Suspect reference"]): r["Relationship"]
        for r in rows_of(table_of(files, "relations"))
    }
    empty = {name: dict.fromkeys(next(v[0] for k, v in people.items() if k[0] == name), "") for name in PEOPLE}
    rows = []
    for crime in rows_of(table_of(files, "crimes")):
        ref = crime["Crime reference"]
        for victim in people.get(("victims", ref), [empty["victims"]]):
            for suspect in people.get(("suspects", ref), [empty["suspects"]]):
                key = (ref, victim["Victim reference"], suspect["Suspect reference"])
                rows.append({**crime, **victim, **suspect, "Relationship": relations.get(key, "")})
    return write_rows(path, rows)


def test_a_pair_level_extract_becomes_the_four_tables(
    sent: dict[str, list[Path]], specification: Specification, tmp_path: Path
) -> None:
    files = sent[CSV_FORCE]
    path = as_pairs(files, tmp_path / "extract.csv")
    assert is_pair_level(path, specification, tmp_path)
    assert not is_pair_level(table_of(files, "crimes"), specification, tmp_path)
    staged = read_pairs(path, specification, tmp_path)
    for name, one in staged.items():
        wanted = rows_of(table_of(files, name))
        titles = {f.title: f.name for f in specification.table(name).fields}
        there = pl.read_parquet(one.parquet).select(*titles.values()).fill_null("").rows()
        assert sorted(there) == sorted(tuple(row[title] for title in titles) for row in wanted), name
        assert one.reconciliation.holds
        assert not one.missing
    note = next(f for f in staged["crimes"].findings if f.check == "file-pair-level")
    n = len(rows_of(path))
    assert f"{n:,} rows = " in note.message and "no row is a crime" in note.message
    assert staged["crimes"].records < n  # rows were not counted as crimes


def test_every_row_is_of_one_kind(sent: dict[str, list[Path]], specification: Specification, tmp_path: Path) -> None:
    path = as_pairs(sent[CSV_FORCE], tmp_path / "extract.csv")
    rows = rows_of(path)
    write_rows(path, [*rows, rows[0], rows[0]])  # two rows that say nothing new
    note = next(f for f in read_pairs(path, specification, tmp_path)["crimes"].findings if f.check == "file-pair-level")
    kinds = [int(n.replace(",", "")) for n in __import__("re").findall(r"([0-9,]+) (?:with|that)", note.message)]
    assert sum(kinds) == len(rows) + 2
    assert kinds[-1] == 2


def test_a_crime_that_contradicts_itself_keeps_both_versions(
    sent: dict[str, list[Path]], specification: Specification, tmp_path: Path
) -> None:
    rows = rows_of(as_pairs(sent[CSV_FORCE], tmp_path / "extract.csv"))
    other = {**rows[0], "Victim reference": "V777", "Kind of place": "School, college or nursery"}
    staged = read_pairs(write_rows(tmp_path / "extract.csv", [*rows, other]), specification, tmp_path)
    refs = pl.read_parquet(staged["crimes"].parquet)["crime_ref"].to_list()
    assert refs.count(rows[0]["Crime reference"]) == 2  # so that the check on doubled references finds it


def extract(files: list[Path], folder: Path) -> list[Path]:
    """The return before it was one: dates of birth, names and addresses in place of ages and kinds of place."""
    folder.mkdir()
    tables = {name: rows_of(table_of(files, name)) for name in ("crimes", "victims", "suspects", "relations")}
    for at, row in enumerate(tables["crimes"]):
        row["Location"] = "7 Plantation Road" if at % 2 else "St Planted's Primary School, Planted Lane"
        row["Officer in the case"] = "PlantedOfficer"
        del row["Kind of place"]
    began = {row["Crime reference"]: row["Offence from"] for row in tables["crimes"]}
    for row in tables["victims"]:
        year = int(began[row["Crime reference"]][:4])
        row |= {"Date of birth": f"31/12/{year - 12}", "Name": "Zebedee Plantedname", "Home address": "7 Plantation Road"}
        del row["Age at offence"], row["Basis of age"]
    return [write_rows(folder / f"{name}.csv", rows) for name, rows in tables.items()]


def test_prepared_ages_and_places_and_nothing_that_finds_a_person(
    sent: dict[str, list[Path]], specification: Specification, tmp_path: Path
) -> None:
    files = extract(sent[CSV_FORCE], tmp_path / "extract")
    made = prepare(files, specification, tmp_path / "w")
    paths = write(made, specification, tmp_path / "return")
    text = "".join(path.read_text(encoding="utf-8") for path in paths.values())
    assert "Planted" not in text and "Plantation" not in text and "31/12/" not in text
    crimes = {row["Crime reference"]: row for row in rows_of(paths["crimes"])}
    for victim in rows_of(paths["victims"]):
        born_year = int(crimes[victim["Crime reference"]]["Offence from"][:4]) - 12
        on_the_day = crimes[victim["Crime reference"]]["Offence from"].endswith("-12-31")
        assert int(victim["Age at offence"]) == (12 if on_the_day else 11), born_year
        assert victim["Basis of age"] == "date of birth"
    kinds = {row["Kind of place"] for row in crimes.values()}
    assert kinds <= {"school", "victim-home", "not known"} and {"school", "victim-home"} <= kinds
    why = {one.heading: one.why for one in made.dropped}
    assert set(why) == {"Location", "Officer in the case", "Date of birth", "Name", "Home address"}
    assert "never leaves" in why["Name"] and "does not ask" in why["Officer in the case"]


@pytest.mark.parametrize("born", ["31/02/2011", "2099-01-01", "01/01/1850", "unknown"])
def test_an_impossible_birth_makes_the_age_missing_and_is_said(
    born: str, sent: dict[str, list[Path]], specification: Specification, tmp_path: Path
) -> None:
    files = extract(sent[CSV_FORCE], tmp_path / "extract")
    victims = rows_of(files[1])
    victims[0]["Date of birth"] = born
    write_rows(files[1], victims)
    made = prepare(files, specification, tmp_path / "w")
    assert made.tables["victims"][0]["age"] == "unreadable"
    assert [(f.check, f.record) for f in made.findings] == [("prepare-age", 1)]


def test_an_address_in_an_asked_column_is_emptied(
    sent: dict[str, list[Path]], specification: Specification, tmp_path: Path
) -> None:
    files = extract(sent[CSV_FORCE], tmp_path / "extract")
    crimes = rows_of(files[0])
    crimes[2]["Place (district)"] = "12 Planted Road"
    write_rows(files[0], crimes)
    made = prepare(files, specification, tmp_path / "w")
    assert made.tables["crimes"][2]["place"] == "not recorded"
    assert [f.check for f in made.findings] == ["prepare-personal"]


def test_pairs_with_births_are_prepared_too(sent: dict[str, list[Path]], specification: Specification, tmp_path: Path) -> None:
    rows = rows_of(as_pairs(sent[CSV_FORCE], tmp_path / "extract.csv"))
    for row in rows:
        row["Victim DOB"] = "2010-06-01" if row["Victim reference"] else ""
        row["Victim age at offence"] = ""
        row["Victim name"] = "Plantedname"
    made = prepare([write_rows(tmp_path / "extract.csv", rows)], specification, tmp_path / "w")
    assert "no row is a crime" in made.account
    assert made.ages + len(made.findings) == len(made.tables["victims"])
    assert {one.heading for one in made.dropped} == {"Victim DOB", "Victim name"}


def test_without_crimes_there_is_no_return(specification: Specification, tmp_path: Path, sent: dict[str, list[Path]]) -> None:
    with pytest.raises(UsageProblem, match="crimes"):
        prepare([table_of(sent[CSV_FORCE], "victims")], specification, tmp_path)
