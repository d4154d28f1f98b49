"""Names, addresses and dates of birth are found by heading and by content; ordinary returns are let through."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.accepting.conftest import CSV_FORCE, WORKBOOK_FORCE, rows_of, table_of, write_rows
from vkpp.catalogue.specifications import Specification
from vkpp.engine.flow.checking import read_files
from vkpp.engine.reading.intake import heading_says, kept_copies, personal_data

ANNOUNCED = {
    "Name": "a name",
    "victim_name": "a name",
    "Suspect surname": "a name",
    "Forename(s)": "a name",
    "Full name of victim": "a name",
    "Home address": "an address",
    "Post code": "an address",
    "D.O.B.": "a date of birth",
    "Victim date of birth": "a date of birth",
    "E-mail": "a way to reach somebody",
    "National Insurance number": "a number that is one person's",
    "Force name": None,
    "Beat name": None,
    "Unit": None,
}


@pytest.mark.parametrize(("heading", "says"), ANNOUNCED.items())
def test_headings(heading: str, says: str | None) -> None:
    assert heading_says(heading) == says


@pytest.mark.parametrize("force", [CSV_FORCE, WORKBOOK_FORCE])
def test_a_clean_return_is_let_through(
    force: str, sent: dict[str, list[Path]], specification: Specification, tmp_path: Path
) -> None:
    assert [one for path in sent[force] for one in personal_data(path, specification, tmp_path)] == []


CELLS = {
    "12 Example Road": "an address",
    "Flat 3, 4b Example Street, Exampleton": "an address",
    "ZE1 0AA": "an address",
    "seen by Mr Example": "a name",
    "dob 04/05/2011": "a date of birth",
    "zebedee@example.org": "a way to reach somebody",
    "07700 900 123": "a way to reach somebody",
}


@pytest.mark.parametrize(("text", "what"), CELLS.items())
def test_one_cell_among_many_is_found(
    text: str, what: str, sent: dict[str, list[Path]], specification: Specification, tmp_path: Path
) -> None:
    rows = rows_of(table_of(sent[CSV_FORCE], "crimes"))
    rows[7]["Place (district)"] = text
    found = personal_data(write_rows(tmp_path / "crimes.csv", rows), specification, tmp_path / "w")
    assert [(one.what, one.cells) for one in found] == [(what, 1)]
    assert text not in found[0].sentence()  # what was found is never repeated


def test_names_and_births_in_references(sent: dict[str, list[Path]], specification: Specification, tmp_path: Path) -> None:
    rows = rows_of(table_of(sent[CSV_FORCE], "victims"))
    rows[0]["Victim reference"], rows[1]["Victim reference"] = "Zebedee Plantedname", "20110405"
    found = personal_data(write_rows(tmp_path / "victims.csv", rows), specification, tmp_path / "w")
    assert sorted(one.what for one in found) == ["a date of birth", "a name"]


def test_a_column_of_names_under_a_harmless_heading(
    sent: dict[str, list[Path]], specification: Specification, tmp_path: Path
) -> None:
    rows = rows_of(table_of(sent[CSV_FORCE], "victims"))
    for at, row in enumerate(rows):
        row["Remarks"] = f"Zebedee Planted{'abcdefghijklmnopqrstuvwxyz'[at % 26] * (at // 26 + 1)}"
    (found,) = personal_data(write_rows(tmp_path / "victims.csv", rows), specification, tmp_path / "w")
    assert (found.what, found.cells) == ("a name", len(rows))


def test_a_hidden_sheet_is_looked_at(sent: dict[str, list[Path]], specification: Specification, tmp_path: Path) -> None:
    (book,) = sent[WORKBOOK_FORCE]
    opened = openpyxl.load_workbook(book)
    hidden = opened.create_sheet("Old")
    hidden.sheet_state = "hidden"
    hidden.append(["Surname", "Postcode"])
    hidden.append(["Plantedname", "ZE1 0AA"])
    opened.save(tmp_path / "return.xlsx")
    found = personal_data(tmp_path / "return.xlsx", specification, tmp_path / "w")
    assert {one.what for one in found} == {"a name", "an address"}


def test_a_small_file_with_one_known_heading(specification: Specification, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("Crime reference,Date of birth\nEX/24/1,2010-01-02\n", encoding="utf-8")
    assert personal_data(tmp_path / "x.csv", specification, tmp_path / "w")


def test_the_kept_copy_has_the_asked_columns_and_nothing_else(
    sent: dict[str, list[Path]], specification: Specification, tmp_path: Path
) -> None:
    (book,) = sent[WORKBOOK_FORCE]
    opened = openpyxl.load_workbook(book)
    opened.properties.creator = "Zebedee Plantedauthor"
    opened.properties.lastModifiedBy = "Yolanda Plantededitor"
    opened["Crimes"].cell(1, opened["Crimes"].max_column + 1, "Officer")
    opened["Crimes"].cell(2, opened["Crimes"].max_column, "PlantedOfficer")
    opened.save(tmp_path / "return.xlsx")
    staged = read_files([tmp_path / "return.xlsx"], specification, tmp_path / "w")
    ((sha256, copy),) = kept_copies([tmp_path / "return.xlsx"], staged).items()
    assert kept_copies([tmp_path / "return.xlsx"], staged)[sha256].content == copy.content
    (tmp_path / "kept.zip").write_bytes(copy.content)
    import zipfile

    with zipfile.ZipFile(tmp_path / "kept.zip") as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist())
        assert len(archive.namelist()) == 4
    assert "Planted" not in text
    assert {"return.xlsx: the workbook's author", "return.xlsx: the workbook's last modified by"} <= set(copy.removed)
    assert any("'Officer'" in words for words in copy.removed)
