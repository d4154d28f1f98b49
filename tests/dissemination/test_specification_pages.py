"""From a specification: guidance whose worked examples are the checks' own, a workbook to fill in, a dictionary."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import fastexcel
import pytest
from openpyxl import load_workbook

from tests.dissemination.reading import elements, ids
from vkpp.basics.problems import UsageProblem
from vkpp.catalogue.load import Catalogue, load_catalogue
from vkpp.engine.dissemination.blank_workbook import shown_codes
from vkpp.engine.dissemination.specification_pages import write_specification

NAMES = ("recorded-crime", "street-crime", "csae")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module", params=NAMES)
def written(request: pytest.FixtureRequest, catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    out = tmp_path_factory.mktemp("specification") / request.param
    names = write_specification(catalogue.specification(request.param), catalogue, out)
    assert set(names) == {p.name for p in out.iterdir()}
    return request.param, out


def test_it_is_the_same_twice(written: tuple[str, Path], catalogue: Catalogue, tmp_path: Path) -> None:
    name, out = written
    again = write_specification(catalogue.specification(name), catalogue, tmp_path / "again")
    assert {n: (out / n).read_bytes() for n in again} == {n: (tmp_path / "again" / n).read_bytes() for n in again}
    with pytest.raises(UsageProblem, match="there already"):
        write_specification(catalogue.specification(name), catalogue, out)


def test_guidance_holds_every_field_and_every_check_with_its_examples(written: tuple[str, Path], catalogue: Catalogue) -> None:
    name, out = written
    specification = catalogue.specification(name)
    html = (out / "guidance.html").read_text("utf-8")
    found = ids(html)
    assert [n for n, count in Counter(found).items() if count > 1] == []
    assert {f"check-{c.id}" for c in specification.checks} <= set(found)
    assert {f"field-{t.name}-{f.name}" for t in specification.tables for f in t.fields} <= set(found)
    terms = Counter(e.text for e in elements(html) if e.tag == "dt")
    assert terms["Passes"] == sum(bool(c.passes) for c in specification.checks)
    assert terms["Fails"] == sum(bool(c.fails) for c in specification.checks)
    text = "".join(e.text for e in elements(html) if e.tag == "main")
    for check in specification.checks:
        for record in (*check.passes, *check.fails):
            assert all(str(value).strip() in text for value in record.values()), check.id
    for link in (e.attributes["href"] for e in elements(html) if e.tag == "a"):
        target, _, anchor = link.partition("#")
        assert not target or (out / target).exists()
        assert not anchor or anchor in ids((out / (target or "guidance.html")).read_text("utf-8")), link


def test_the_workbook_has_the_headings_that_the_reader_expects(written: tuple[str, Path], catalogue: Catalogue) -> None:
    name, out = written
    specification = catalogue.specification(name)
    book = fastexcel.read_excel((out / "workbook.xlsx").read_bytes())
    for table in specification.tables:
        sheet = book.load_sheet(table.name[:31], header_row=None, dtypes="string").to_arrow().to_pylist()
        assert list(sheet[0].values()) == [field.title for field in table.fields]


def test_columns_are_text_and_lists_drop_down(written: tuple[str, Path], catalogue: Catalogue) -> None:
    name, out = written
    specification = catalogue.specification(name)
    book = load_workbook(io.BytesIO((out / "workbook.xlsx").read_bytes()))
    assert book.sheetnames[0] == "Notes"
    for table in specification.tables:
        sheet = book[table.name[:31]]
        lists = {str(v.sqref).split(":")[0]: v for v in sheet.data_validations.dataValidation if v.type == "list"}
        for column, field in enumerate(table.fields, 1):
            letter = sheet.cell(1, column).column_letter
            style = next(d for d in sheet.column_dimensions.values() if d.min <= column <= d.max)
            assert (style.number_format == "@") is (field.type not in ("integer", "number"))
            assert sheet.cell(1, column).font.b
            if field.code_list:
                rule = lists[f"{letter}2"]
                first, last = rule.formula1.removeprefix("Codes!").replace("$", "").split(":")
                offered = [row[0].value for row in book["Codes"][f"{first}:{last}"]]
                codes = catalogue.code_list(field.code_list)
                expected = codes.codes if shown_codes(field, codes) == "codes" else codes.codes.values()
                assert offered == list(expected)
                assert rule.errorStyle == "warning"


def test_the_dictionary_lists_every_field_and_every_code(written: tuple[str, Path], catalogue: Catalogue) -> None:
    name, out = written
    specification = catalogue.specification(name)
    with (out / "dictionary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["table"], r["field"]) for r in rows] == [(t.name, f.name) for t in specification.tables for f in t.fields]
    with (out / "codes.csv").open(encoding="utf-8", newline="") as file:
        codes = Counter(r["list"] for r in csv.DictReader(file))
    assert codes == {n: len(catalogue.code_list(n).codes) for n in {r["code list"] for r in rows} if n}
