"""Uploads are hostile until they have been read: bombs of every kind are refused in words, quickly and within memory."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.reading.conftest import CRIMES, rows, written
from tests.reading.samples import GOOD, HEADER, ods, rows_sheet, several, workbook, zipped
from vkpp.basics.problems import UnreadableFile
from vkpp.engine.reading import LIMITS, Limits, read
from vkpp.engine.reading.properties import properties


def refused(content: bytes, folder: Path, limits: Limits = LIMITS) -> str:
    with pytest.raises(UnreadableFile) as problem:
        read(written(folder, content, "upload"), CRIMES, folder / "w", limits=limits)
    assert not any((folder / "w").iterdir()) if (folder / "w").exists() else True
    return str(problem.value)


def test_a_zip_that_unpacks_to_hundreds_of_times_its_size(tmp_path: Path) -> None:
    assert "times its size" in refused(zipped({"a.csv": b"\n" * (60 << 20)}), tmp_path)


def test_a_zip_that_unpacks_to_more_than_it_may(tmp_path: Path) -> None:
    content = zipped({f"{i}.csv": GOOD.encode() * 50 for i in range(10)})
    assert "unpacks to more" in refused(content, tmp_path, replace(LIMITS, unpacked_bytes=10_000))


def test_a_zip_that_understates_its_sizes(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.csv": b"x" * 5_000_000}))
    size = (5_000_000).to_bytes(4, "little")
    for _ in range(content.count(size)):
        at = content.index(size)
        content[at : at + 4] = (10).to_bytes(4, "little")
    assert "damaged" in refused(bytes(content), tmp_path)


def test_a_zip_of_too_many_files(tmp_path: Path) -> None:
    assert "201 files" in refused(zipped({f"{i}.csv": b"x" for i in range(201)}), tmp_path)


def with_part(book: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return out.getvalue()


def far_cell(sheet: bytes) -> bytes:
    return sheet.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')


def test_a_workbook_with_a_cell_at_the_far_corner(tmp_path: Path) -> None:
    words = refused(with_part(workbook(rows_sheet()), "xl/worksheets/sheet1.xml", far_cell), tmp_path)
    assert "17,179,869,184 cells" in words


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace(
            b"<table:table-cell office", b'<table:table-cell table:number-columns-repeated="900000000" office', 1
        ),
        lambda xml: xml.replace(b"<table:table-row>", b'<table:table-row table:number-rows-repeated="90000000">'),
        lambda xml: xml.replace(b"<text:p>", b'<text:p table:x="">').replace(
            b"<table:table-row>", b'<table:table-row table:number-rows-repeated="80000000"/><table:table-row>'
        ),
    ],
)
def test_an_open_document_that_repeats_its_cells(change: Callable[[bytes], bytes], tmp_path: Path) -> None:
    content = with_part(ods([tuple(HEADER.split(",")), ("Alpha", "1", None, None)]), "content.xml", change)
    assert "cells" in refused(content, tmp_path)


def test_empty_rows_repeated_to_the_end_of_the_sheet_are_ordinary(tmp_path: Path) -> None:
    tail = b'<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="1024"/>'
    content = with_part(
        ods([tuple(HEADER.split(",")), ("Alpha", "1", None, None)]),
        "content.xml",
        lambda xml: xml.replace(b"</table:table>", tail + b"</table:table-row></table:table>"),
    )
    (staged,) = read(written(tmp_path, content, "t.ods"), CRIMES, tmp_path / "w")
    assert (staged.records, staged.reconciliation.physical_lines) == (1, 2)


def test_entities_that_multiply_are_not_opened(tmp_path: Path) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY %c "%s">' % (ord("b") + i, b"&%c;" % (ord("a") + i) * 10) for i in range(9)
    )
    content = with_part(
        ods([tuple(HEADER.split(","))]),
        "content.xml",
        lambda xml: bomb + b"]>" + xml.split(b"?>", 1)[1].replace(b"Note", b"&j;"),
    )
    assert "damaged" in refused(content, tmp_path)


def test_too_many_columns(tmp_path: Path) -> None:
    assert "columns" in refused((HEADER + ",x" * 1000 + "\n1\n").encode(), tmp_path)


def test_too_many_records(tmp_path: Path) -> None:
    assert "more than 10 records" in refused((GOOD + "A,1,2,3\n" * 10).encode(), tmp_path, replace(LIMITS, records=10))


def test_too_large_a_file(tmp_path: Path) -> None:
    assert "at most 10 bytes" in refused(GOOD.encode(), tmp_path, replace(LIMITS, file_bytes=10))


def test_memory_does_not_grow_with_a_file_of_one_line(tmp_path: Path) -> None:
    small = replace(LIMITS, line_bytes=1 << 20, block_bytes=1 << 18)
    path = written(tmp_path, b"Force,Crime ID\n" + b"x" * (40 << 20))
    tracemalloc.start()
    with pytest.raises(UnreadableFile):
        read(path, CRIMES, tmp_path / "w", limits=small)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30 << 20


def test_properties_tell_what_intake_must_strip(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        rows_sheet()(book)
        book.worksheets()[0].write_comment(0, 0, "an invented remark", {"author": "Somebody Invented"})

    path = written(tmp_path, workbook(fill, author="Somebody Invented", company="Nobody Ltd", manager="M"), "t.xlsx")
    found = properties(path, "xlsx")
    assert found["author"] == "Somebody Invented"
    assert (found["company"], found["manager"], found["comments"]) == ("Nobody Ltd", "M", "yes")
    (staged,) = read(path, CRIMES, tmp_path / "w")
    assert staged.facts["hidden properties"] == "author, last modified by, company, manager, comments"
    told = [f.message for f in staged.findings if f.check == "file-hidden-personal-data"]
    assert len(told) == 1
    assert "Somebody" not in repr(staged)


def test_a_sheet_may_be_named_and_a_wrong_name_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, workbook(rows_sheet("Old", hide=True)), "t.xlsx")
    (staged,) = read(path, CRIMES, tmp_path / "w", sheet="Old")
    assert staged.records == 2
    with pytest.raises(UnreadableFile, match=r"'Olt'.*'Old'"):
        read(path, CRIMES, tmp_path / "w", sheet="Olt")


def test_two_sheets_asked_for_one_by_one_are_two_staged_files(tmp_path: Path) -> None:
    path = written(tmp_path, workbook(several(rows_sheet("One"), rows_sheet("Two"))), "t.xlsx")
    (one,) = read(path, CRIMES, tmp_path / "w", sheet="One")
    (two,) = read(path, CRIMES, tmp_path / "w", sheet="Two")
    assert rows(one, "_sheet") == [("One",)] * 2
    assert rows(two, "_sheet") == [("Two",)] * 2
    assert len(read(path, CRIMES, tmp_path / "w")) == 2


def test_a_sheet_with_the_name_of_the_table_is_the_table_and_a_hidden_one_beside_it_is_told(tmp_path: Path) -> None:
    fills = several(rows_sheet("Crimes"), rows_sheet("Q1 & Q2", hide=True), rows_sheet("Alike"))
    (staged,) = read(written(tmp_path, workbook(fills), "t.xlsx"), CRIMES, tmp_path / "w")
    assert staged.reconciliation.sheet == "Crimes"
    assert [(f.check, f.sheet) for f in staged.findings] == [("file-hidden-sheet", "Q1 & Q2")]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"no file gone\.csv"):
        read(tmp_path / "gone.csv", CRIMES, tmp_path / "w")


def test_a_cell_that_the_reader_loses_is_told(tmp_path: Path) -> None:
    """Two cells at one place: the reader keeps one. Our own count of the file's cells shows it."""
    twice = with_part(workbook(rows_sheet()), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'<c r="B3"', b'<c r="B2"'))
    (staged,) = read(written(tmp_path, twice, "t.xlsx"), CRIMES, tmp_path / "w")
    told = [f for f in staged.findings if f.check == "file-cells-not-read"]
    assert [f.message.split(" cells")[0] for f in told] == ["1"]
