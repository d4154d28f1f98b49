"""A whole return in one file: a zip of its tables, and what is said of a workbook once for all of its tables."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from vkpp.basics.problems import UsageProblem
from vkpp.catalogue.load import load_catalogue
from vkpp.catalogue.specifications import Specification
from vkpp.engine.flow.checking import read_files

TABLES = ("crimes", "victims", "suspects", "relations")


@pytest.fixture(scope="module")
def csae() -> Specification:
    return load_catalogue().specification("csae")


def _rows(csae: Specification, name: str, rows: int) -> list[list[str]]:
    titles = [field.title for field in csae.table(name).fields]
    return [titles, *([f"X/{at}", *["1"] * (len(titles) - 1)] for at in range(rows))]


def _zip(folder: Path, members: dict[str, str]) -> Path:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    (path := folder / "return of the quarter.zip").write_bytes(out.getvalue())
    return path


def _texts(csae: Specification) -> dict[str, str]:
    return {
        f"Q3/{name}.csv": "\n".join("\t".join(row) for row in _rows(csae, name, at + 1)) + "\n"
        for at, name in enumerate(TABLES)
    }


def test_a_zip_of_every_table_is_read_by_the_names_of_its_files(csae: Specification, tmp_path: Path) -> None:
    whole = _zip(tmp_path, _texts(csae) | {"read me.txt": "Please read.\n"})
    staged = read_files([whole], csae, tmp_path / "work")
    assert {name: [one.reconciliation.accepted for one in parts] for name, parts in staged.items()} == {
        name: [at + 1] for at, name in enumerate(TABLES)
    }
    (said,) = [f for parts in staged.values() for one in parts for f in one.findings if f.check == "file-unread-member"]
    assert "read me.txt" in said.message


def test_a_zip_without_one_of_the_tables_names_the_one_that_is_not_there(csae: Specification, tmp_path: Path) -> None:
    texts = _texts(csae)
    del texts["Q3/suspects.csv"]
    with pytest.raises(UsageProblem, match="given for suspects"):
        read_files([_zip(tmp_path, texts)], csae, tmp_path / "work")


def test_a_formula_without_its_result_is_said_once_of_a_workbook(csae: Specification, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in TABLES:
        sheet = book.create_sheet(csae.table(name).title)
        for row in _rows(csae, name, 2):
            sheet.append(row)
    book.worksheets[0]["B2"] = "=TODAY()"
    book.save(path := tmp_path / "return.xlsx")
    staged = read_files([path], csae, tmp_path / "work")
    found = [f for parts in staged.values() for one in parts for f in one.findings if f.check.startswith("file-formula")]
    assert [f.message for f in found] == ["One cell of the workbook holds a formula without its result, read as empty."]
