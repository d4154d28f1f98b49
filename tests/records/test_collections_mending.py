"""Cells replaced in files: exactly these, in every way of writing a CSV and in workbooks; else refused in words."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from vkpp.basics.problems import UnreadableFile, UsageProblem
from vkpp.catalogue.specifications import Field, Specification, Table
from vkpp.engine.flow.checking import read_files
from vkpp.ops.mending import cell_spans, formulas_in, mended, places_of
from vkpp.records.collections.rules import fixing
from vkpp.records.collections.rules.fixing import Cell, Place

FIELDS = (
    Field("ref", "Reference", "string", "", sensitivity="personal"),
    Field("status", "Status", "string", ""),
    Field("words", "Words", "string", ""),
)
SPECIFICATION = Specification("trial", "1", "Trial", "", "", "", "", (Table("crimes", "Crimes", "", FIELDS),), ())


def put(folder: Path, content: bytes, name: str = "crimes.csv") -> tuple[Path, list[Place], dict[str, str]]:
    """A file as it was sent, and where its cells can be mended, as the check finds it."""
    sent = folder / "sent"
    sent.mkdir()
    (sent / name).write_bytes(content)
    return sent, *found(folder, sent)


def found(folder: Path, sent: Path) -> tuple[list[Place], dict[str, str]]:
    files = sorted(sent.iterdir())
    work = folder / "work"
    work.mkdir()
    return places_of(read_files(files, SPECIFICATION, work), SPECIFICATION, files)


def mend(folder: Path, sent: Path, places: list[Place], *cells: Cell) -> tuple[bytes, tuple[str, ...]]:
    into = folder / "into"
    into.mkdir()
    was = mended(sent, into, cells, places, SPECIFICATION)
    (path,) = into.iterdir()
    return path.read_bytes(), was


def cell(row: int, column: str, shown: str, value: str, sheet: str = "", file: str = "crimes.csv") -> Cell:
    return Cell(file, "crimes", sheet, row, column, shown, value)


@pytest.mark.parametrize(
    ("content", "one", "after"),
    [
        (b"Reference,Status,Words\nA1,Perhaps,x\nA2,no,y\n", cell(2, "Status", "Perhaps", "yes"), b"A1,yes,x\nA2,no,y\n"),
        (b"Reference,Status,Words\r\nA1,Perhaps,x", cell(2, "Status", "Perhaps", ""), b"A1,,x"),
        (b'Reference;Status;Words\r"A1";"Perhaps";"x;y"\r', cell(2, "Status", "Perhaps", "no"), b'"A1";"no";"x;y"\r'),
        (b'Reference,Status,Words\nA1,no,"two\nlines"\nA2,bad,\n', cell(4, "Status", "bad", "no"), b'"two\nlines"\nA2,no,\n'),
        (b'Reference,Status,Words\nA1,no,"two\nlines"\n', cell(2, "Words", "two\nlines", "one"), b'A1,no,"one"\n'),
        (b"a note\n\nReference|Status|Words\nA1||x\n", cell(4, "Status", "", 'a|b"c'), b'A1|"a|b""c"|x\n'),
        (b'Reference,Status,Words\nA1,"say ""no""",x\n', cell(2, "Status", 'say "no"', "no"), b'A1,"no",x\n'),
    ],
)
def test_exactly_the_cell_and_no_other_byte(tmp_path: Path, content: bytes, one: Cell, after: bytes) -> None:
    sent, places, _ = put(tmp_path, content)
    now, was = mend(tmp_path, sent, places, one)
    assert was == (one.shown,)
    common = content[: len(now) - len(after)]
    assert now == common + after and content.startswith(common)
    assert (sent / "crimes.csv").read_bytes() == content  # what was sent stays


@pytest.mark.parametrize(
    ("codec", "mark"), [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("cp1252", b"")], ids=["utf-8", "mark", "windows-1252"]
)
def test_encodings_stay_as_they_are(tmp_path: Path, codec: str, mark: bytes) -> None:
    text = "Reference,Status,Words\nÉ1,Perhaps,naïve\nA2,no,plain\n"
    sent, places, _ = put(tmp_path, mark + text.encode(codec))
    now, was = mend(tmp_path, sent, places, cell(2, "Words", "naïve", "façade"))
    assert now == mark + text.replace("naïve", "façade").encode(codec) and was == ("naïve",)


def test_a_character_that_the_file_cannot_hold_is_refused_before(tmp_path: Path) -> None:
    _, (place,), _ = put(tmp_path, "Reference,Status,Words\nÉ1,Perhaps,x\n".encode("cp1252"))
    with pytest.raises(UsageProblem, match="Windows-1252") as refused:
        fixing.demand_value("łódź", "Perhaps", place.encoding)
    assert "łódź" not in str(refused.value)
    for bad in ("two\nlines", "x" * 301, "a\x00b"):
        with pytest.raises(UsageProblem):
            fixing.demand_value(bad, "Perhaps", place.encoding)
    with pytest.raises(UsageProblem, match="the one that was sent"):
        fixing.demand_value(" Perhaps ", "Perhaps", place.encoding)


def test_a_masked_value_is_known_by_its_mask_and_told_as_it_was(tmp_path: Path) -> None:
    sent, places, _ = put(tmp_path, b"Reference,Status,Words\nAS240001,no,x\n")
    now, was = mend(tmp_path, sent, places, cell(2, "Reference", "*** (6 to 15 characters)", "AS240002"))
    assert was == ("AS240001",) and b"AS240002,no,x" in now


@pytest.mark.parametrize(
    "one",
    [
        cell(2, "Status", "Perhaps", "yes"),  # it holds another value
        cell(2, "Reference", "*** (1 to 5 characters)", "A3"),  # another length than was shown
        cell(9, "Status", "no", "yes"),  # no such row
        cell(2, "Offence", "no", "yes"),  # no such column
        cell(2, "Status", "no", "yes", file="victims.csv"),  # no such file
    ],
)
def test_a_cell_that_is_not_what_was_shown_changes_nothing(tmp_path: Path, one: Cell) -> None:
    sent, places, _ = put(tmp_path, b"Reference,Status,Words\nAS240001,no,x\n")
    with pytest.raises(UnreadableFile, match="Nothing was changed") as refused:
        mend(tmp_path, sent, places, one)
    assert "AS240001" not in str(refused.value)


@given(
    rows=st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6), min_size=3, max_size=3),
        min_size=1,
        max_size=5,
    ),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    ending=st.sampled_from(["\n", "\r\n", "\r"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_spans_of_cells_are_what_python_s_own_writer_wrote(
    rows: list[list[str]], quoting: int, ending: str, delimiter: str
) -> None:
    """Every cell, replaced by itself as it is read, gives the same bytes; and no cell is missed."""
    # Python before 3.13 leaves a break that is not its own line's end unquoted, and what a reader takes for a line's end it is.
    unquoted = set("\r\n") - set(ending) if quoting == csv.QUOTE_MINIMAL else set()
    assume(not any(unquoted & set(value) for row in rows for value in row))
    out = io.StringIO(newline="")
    csv.writer(out, quoting=quoting, lineterminator=ending, delimiter=delimiter).writerows(rows)  # type: ignore[call-overload]
    data, at = out.getvalue().encode(), 0
    for row in rows:
        spans = cell_spans(data, at, delimiter.encode(), b'"')
        raw = [data[start:stop] for start, stop in spans]
        assert len(raw) == 3
        plain = [one[1:-1].replace(b'""', b'"') if one.startswith(b'"') else one for one in raw]
        assert plain == [value.encode() for value in row]
        at = spans[-1][1] + len(ending)
    assert at == len(data)


# Workbooks


def workbook(path: Path, *, formula: bool = False) -> Path:
    import openpyxl
    from openpyxl.styles import PatternFill

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Crimes"
    sheet.append(["Reference", "Status", "Words"])
    sheet.append(["AS240001", "Perhaps", 12])
    sheet.append(["AS240002", None, "=1+1" if formula else "<b> & 'c'"])
    sheet["B2"].fill = PatternFill("solid", fgColor="FFFF00")
    other = book.create_sheet("Notes & more")
    other.append(["A note that stays", 3.25])
    book.save(path)
    return path


def sheets(path: Path) -> dict[str, list[list[object]]]:
    import openpyxl

    book = openpyxl.load_workbook(path)
    return {sheet.title: [[one.value for one in row] for row in sheet.iter_rows()] for sheet in book.worksheets}


def test_cells_of_a_workbook_and_nothing_else_in_it(tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    sent.mkdir()
    path = workbook(sent / "crimes.xlsx")
    before = sheets(path)
    places, why_not = found(tmp_path, sent)
    assert why_not == {} and [(place.kind, place.sheet, place.header) for place in places] == [("xlsx", "Crimes", 1)]
    into = tmp_path / "into"
    into.mkdir()
    mine = {"sheet": "Crimes", "file": "crimes.xlsx"}
    cells = (
        cell(2, "Status", "Perhaps", "a < b & c", **mine),
        cell(3, "Status", "", "no", **mine),
        cell(2, "Words", "12", "", **mine),
    )
    assert mended(sent, into, cells, places, SPECIFICATION) == ("Perhaps", "", "12")
    after = sheets(into / "crimes.xlsx")
    before["Crimes"][1][1], before["Crimes"][2][1], before["Crimes"][1][2] = "a < b & c", "no", None
    assert after == before
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(into / "crimes.xlsx") as new:
        assert old.namelist() == new.namelist()
        same = [name for name in old.namelist() if old.read(name) == new.read(name)]
        assert set(old.namelist()) - set(same) == {"xl/worksheets/sheet1.xml"}
    import openpyxl

    assert openpyxl.load_workbook(into / "crimes.xlsx")["Crimes"]["B2"].fill.fgColor.rgb == "00FFFF00"


def test_a_cell_with_a_formula_is_left_to_its_workbook(tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    sent.mkdir()
    workbook(sent / "crimes.xlsx", formula=True)
    places, _ = found(tmp_path, sent)
    (tmp_path / "into").mkdir()
    with pytest.raises(UnreadableFile, match="holds a formula"):
        one = cell(3, "Words", "", "x", sheet="Crimes", file="crimes.xlsx")
        mended(sent, tmp_path / "into", [one], places, SPECIFICATION)


def test_cells_with_a_formula_are_not_offered_and_the_others_of_their_column_are(tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    sent.mkdir()
    workbook(sent / "crimes.xlsx", formula=True)
    places, why_not = found(tmp_path, sent)
    (place,) = fixing.read(kept(tmp_path, fixing.written(places, why_not))).places
    assert place.mends("Words", 2) and not place.mends("Words", 3) and place.mends("Words", 4) and place.mends("Status", 3)
    ((file, words),) = fixing.Places(tuple(places), why_not).elsewhere()
    assert file == "crimes.xlsx" and words == (
        "Sheet Crimes, column Words: 1 cell holds a formula. A formula gives the value: change it in the workbook."
    )
    findings = tmp_path / "findings.parquet"
    row = {"check": "c", "severity": "error", "file": "crimes.xlsx", "table": "crimes", "sheet": "Crimes", "record": 1}
    rows = [row | {"column": "Words", "row": 2}, row | {"column": "Words", "row": 3}, row | {"column": "Status", "row": 3}]
    pq.write_table(pa.Table.from_pylist(rows), findings)
    offered = fixing.cells_found(findings, fixing.Places(tuple(places))).to_pylist()
    assert [(one["column"], one["row"]) for one in offered] == [("Words", 2), ("Status", 3)]


def kept(folder: Path, text: str) -> Path:
    (folder / "cells.json").write_text(text, encoding="utf-8")
    return folder / "cells.json"


def test_rows_with_formulas_are_told_as_runs(tmp_path: Path) -> None:
    xml = b'<row r="2"><c r="B2"><f>A2</f><v>1</v></c><c r="C2"><v>&lt;f&gt;</v></c></row>' + b"".join(
        b'<c r="B%d" t="str"><f t="shared" si="0"/><v>x</v></c><c r="AA%d"/>' % (n, n) for n in (3, 4, 9)
    )
    assert formulas_in(xml) == {b"B": [2, 3, 4, 9]} and formulas_in(b"<c r='A1'/>") == {}
    place = fixing.Place("f", "t", "s", "xlsx", 1, {"B": "B"}, formulas={"B": [[2, 4], [9, 9]]})
    assert [n for n in range(1, 12) if not place.mends("B", n)] == [2, 3, 4, 9]


def test_each_cell_that_the_formula_of_an_area_fills_holds_it(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "areas.xlsx"))
    sheet = book.add_worksheet("Crimes")
    sheet.write_row("A1", ["Reference", "Status", "Words"])
    for row in range(2, 7):
        sheet.write_row(f"A{row}", [f"A{row}", "recorded", "typed"])
    sheet.write_array_formula("C2:C4", "{=UPPER(B2:B4)}", None, "RECORDED")
    for row in (3, 4):
        sheet.write_string(f"C{row}", "RECORDED")
    sheet.write_dynamic_array_formula("B6:C6", "=UPPER(A6:B6)", None, "A6")
    book.close()
    with zipfile.ZipFile(tmp_path / "areas.xlsx") as archive:
        xml = archive.read("xl/worksheets/sheet1.xml")
    assert xml.count(b"<f ") == 2  # of seven cells with a formula, two say it themselves
    assert formulas_in(xml) == {b"C": [2, 3, 4, 6], b"B": [6]}


def test_files_that_are_fixed_elsewhere_say_why(tmp_path: Path) -> None:
    sent, places, why_not = put(tmp_path, "Reference,Status,Words\nA1,no,x\n".encode("utf-16"))
    assert places == [] and "utf-16" in why_not["crimes.csv"]
    other = tmp_path / "zip"
    other.mkdir()
    (other / "sent").mkdir()
    with zipfile.ZipFile(other / "sent" / "all-crimes.zip", "w") as archive:
        archive.writestr("crimes.csv", "Reference,Status,Words\nA1,no,x\n")
    places, why_not = found(other, other / "sent")
    assert places == [] and "zip" in why_not["crimes.csv"] and sent.is_dir()
