"""The sample files: for each, its bytes and what reading it must say.

    python -m tests.reading.samples

writes them anew into tests/reading/files/pass and tests/reading/files/fail. Everything in them is invented. The diseases are
those that real returns had: damage by Excel, trailing spaces, shifted columns, stacked tables, notes, totals, hidden data.
"""

from __future__ import annotations

import datetime
import io
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

FILES = Path(__file__).with_name("files")
HEADER = "Force name,Crime ID,Date recorded,Note"
GOOD = f"{HEADER}\nAlpha,1,2024-01-05,\nBeta,2,2024-01-06,café\n"
ROWS = [("Alpha", "1", "2024-01-05", None), ("Beta", "2", "2024-01-06", "café")]
MOMENT = datetime.datetime(2024, 1, 1)
Rows = list[tuple[str | None, ...]]


@dataclass(frozen=True)
class Sample:
    """A file that must pass: `rows` staged and exactly the `checks` found; or that must fail: `faults` or `words`."""

    name: str
    content: bytes
    rows: tuple[tuple[str | None, ...], ...] = ()
    checks: tuple[str, ...] = ()
    faults: tuple[tuple[str, int], ...] = ()
    words: str = ""

    @property
    def folder(self) -> str:
        return "fail" if self.faults or self.words else "pass"


def workbook(fill: Callable[[Any], None], **properties: str) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": MOMENT, "author": "", **properties})
    fill(book)
    book.close()
    return out.getvalue()


def rows_sheet(name: str = "Return", rows: Rows | None = None, top: int = 0, hide: bool = False) -> Callable[[Any], None]:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet(name)
        for i, row in enumerate(rows if rows is not None else [tuple(HEADER.split(",")), *ROWS]):
            for j, cell in enumerate(row):
                if cell is not None:
                    sheet.write_string(top + i, j, cell)
        if hide:
            sheet.hide()

    return fill


def several(*fills: Callable[[Any], None]) -> Callable[[Any], None]:
    def fill(book: Any) -> None:
        for one in fills:
            one(book)

    return fill


def with_types(book: Any) -> None:
    """Numbers, dates and truth values where people expect text."""
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet("Return")
    sheet.write_row(0, 0, HEADER.split(","))
    sheet.write_row(1, 0, ["Alpha", 1.0])
    sheet.write_datetime(1, 2, datetime.datetime(2024, 1, 5), day)
    sheet.write_boolean(1, 3, True)
    sheet.write_row(2, 0, ["Beta", 2.5])
    sheet.write_datetime(2, 2, datetime.datetime(2024, 1, 6, 13, 5), day)


def with_error(book: Any) -> None:
    rows_sheet()(book)
    book.worksheets()[0].write_formula(2, 3, "=1/0", None, "#DIV/0!")


def with_formula(book: Any) -> None:
    """A formula that no spreadsheet has calculated yet, as programs write them."""
    rows_sheet()(book)
    book.worksheets()[0].write_formula(2, 3, "=A1", None, "")


def with_title(book: Any) -> None:
    """A merged title and an empty row above the headings."""
    rows_sheet(top=2)(book)
    book.worksheets()[0].merge_range(0, 0, 0, 3, "Invented return, quarter 1")


def shifted(book: Any) -> None:
    rows_sheet(rows=[(*HEADER.split(","),), *ROWS, ("Gamma", "3", None, "2024-01-07", "moved")])(book)


def stacked(book: Any) -> None:
    header = tuple(HEADER.split(","))
    rows_sheet(rows=[header, ROWS[0], header, ROWS[1]])(book)


def ods(rows: Rows) -> bytes:
    """An OpenDocument spreadsheet with one sheet of text cells and an author in its properties."""
    lines = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>'
            if c
            else "<table:table-cell/>"
            for c in row
        )
        + "</table:table-row>"
        for row in rows
    )
    space = 'xmlns:{0}="urn:oasis:names:tc:opendocument:xmlns:{0}:1.0"'
    names = " ".join(space.format(n) for n in ("office", "table", "text", "meta"))
    table = f'<table:table table:name="Return">{lines}</table:table>'
    body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    meta = "<office:meta><meta:initial-creator>An Invented Author</meta:initial-creator></office:meta>"
    return zipped(
        {
            "META-INF/manifest.xml": f"{head}<manifest:manifest {space.format('manifest')}/>".encode(),
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f"{head}<office:document-content {names}>{body}</office:document-content>".encode(),
            "meta.xml": f"{head}<office:document-meta {names}>{meta}</office:document-meta>".encode(),
        }
    )


def zipped(members: dict[str, bytes], change: Callable[[zipfile.ZipInfo], None] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            if change:
                change(info)
            archive.writestr(info, content)
    return out.getvalue()


def xls(rows: Rows) -> bytes:
    """An old workbook: BIFF8 records for one sheet of text cells, in the smallest compound file."""

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def label(row: int, column: int, text: str) -> bytes:
        raw = text.encode("utf-16-le")
        return record(0x0204, struct.pack("<HHHHB", row, column, 0, len(text), 1) + raw)

    name = b"Return"
    bof = struct.pack("<HHHHII", 0x0600, 5, 0x0DBB, 0x07CC, 0, 0x0600)
    cells = b"".join(label(i, j, c) for i, row in enumerate(rows) for j, c in enumerate(row) if c)
    size = struct.pack("<IIHHH", 0, len(rows), 0, len(rows[0]), 0)
    sheet = record(0x0809, bof[:2] + struct.pack("<H", 0x10) + bof[4:]) + record(0x0200, size) + cells + record(0x0A, b"")
    start = len(record(0x0809, bof)) + 4 + 8 + len(name) + 4
    bound = record(0x0085, struct.pack("<IBBBB", start, 0, 0, len(name), 0) + name)
    stream = record(0x0809, bof) + bound + record(0x0A, b"") + sheet
    return compound("Workbook", stream.ljust(4096, b"\0"))


def compound(name: str, stream: bytes) -> bytes:
    """A compound file with one stream of whole sectors, at least 4,096 bytes."""
    sectors = len(stream) // 512
    end, free, fat_mark = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    head = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<109I", 0, *[free] * 108)
    fat = [fat_mark, end, *range(3, sectors + 2), end]

    def entry(title: str, kind: int, child: int, first: int, size: int) -> bytes:
        raw = title.encode("utf-16-le")
        fixed = raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw) + 2 if raw else 0, kind, 1)
        return fixed + struct.pack("<III", free, free, child) + bytes(36) + struct.pack("<IQ", first, size)

    folder = entry("Root Entry", 5, 1, end, 0) + entry(name, 2, free, 2, len(stream)) + entry("", 0, free, 0, 0) * 2
    return head + struct.pack("<128I", *(fat + [free] * (128 - len(fat)))) + folder + stream


def ok(name: str, content: str | bytes, rows: Rows | None = None, *checks: str) -> Sample:
    raw = content if isinstance(content, bytes) else content.encode()
    return Sample(name, raw, tuple(ROWS if rows is None else rows), tuple(sorted(checks)))


def bad(name: str, content: str | bytes, *faults: tuple[str, int], words: str = "") -> Sample:
    return Sample(name, content if isinstance(content, bytes) else content.encode(), faults=faults, words=words)


def _link(info: zipfile.ZipInfo) -> None:
    info.create_system, info.external_attr = 3, 0o120777 << 16


def locked(archive: bytes) -> bytes:
    """The archive with the mark of encryption on every member."""
    return archive.replace(b"PK\x03\x04\x14\x00\x00\x00", b"PK\x03\x04\x14\x00\x01\x00").replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"
    )


TABLE: Rows = [tuple(HEADER.split(",")), *ROWS]
ONE = "Alpha,1,2024-01-05,\n"

PASS = [
    ok("utf8.csv", GOOD),
    ok("utf8_with_mark.csv", GOOD.encode("utf-8-sig")),
    ok("windows_1252.csv", GOOD.encode("cp1252")),
    ok("utf16_le.csv", GOOD.encode("utf-16-le")),
    ok("utf16_be.csv", GOOD.encode("utf-16-be")),
    ok("utf16_le_with_mark.csv", b"\xff\xfe" + GOOD.encode("utf-16-le")),
    ok("utf16_be_with_mark.csv", b"\xfe\xff" + GOOD.encode("utf-16-be")),
    ok("semicolons.csv", GOOD.replace(",", ";")),
    ok("tabs.csv", GOOD.replace(",", "\t")),
    ok("bars.csv", GOOD.replace(",", "|")),
    ok("crlf.csv", GOOD.replace("\n", "\r\n")),
    ok("bare_cr.csv", GOOD.replace("\n", "\r")),
    ok("mixed_line_ends.csv", GOOD.replace("\n", "\r", 1).replace("\n", "\r\n", 1)),
    ok("no_last_line_end.csv", GOOD.removesuffix("\n")),
    ok("every_cell_quoted.csv", "\n".join('"' + line.replace(",", '","') + '"' for line in GOOD.splitlines())),
    ok("apostrophes_as_quotes.csv", "\n".join("'" + line.replace(",", "','") + "'" for line in GOOD.splitlines())),
    ok("apostrophes_in_names.csv", f"{HEADER}\nO'Alpha,1,'x,it's\n", [("O'Alpha", "1", "'x", "it's")]),
    ok(
        "breaks_in_quotes.csv",
        f'{HEADER}\nAlpha,1,2024-01-05,"one\r\n""two"",\nthree"\n',
        [(*ROWS[0][:3], 'one\r\n"two",\nthree')],
    ),
    ok("break_in_heading.csv", GOOD.replace("Crime ID", '"Crime\nID"')),
    ok("headings_otherwise.csv", GOOD.replace(HEADER, " constabulary ,crime_id:,DATE RECORDED,note")),
    ok("columns_in_another_order.csv", "Note,Crime ID,Force,Date recorded\n,1,Alpha,2024-01-05\n", [ROWS[0]]),
    ok("blank_lines.csv", GOOD.replace("\n", "\n\n \n")),
    ok("empty_rows_by_excel.csv", GOOD + ",,,\n" * 3, None, "file-empty-rows"),
    ok("notes_above.csv", f"Invented return\nProduced for a test\n\n{GOOD}", None, "file-notes-above"),
    ok("excel_separator_line.csv", "sep=;\n" + GOOD.replace(",", ";"), None, "file-notes-above"),
    ok("trailing_spaces.csv", f"{HEADER}\nAlpha  ,1 ,2024-01-05,\u00a0\n", [("Alpha  ", "1 ", "2024-01-05", "\u00a0")]),
    ok("codes_turned_to_dates.csv", f"{HEADER}\nAlpha,Jan-23,05/01/2024,-00\n", [("Alpha", "Jan-23", "05/01/2024", "-00")]),
    ok("totals_row.csv", GOOD + "Total,2,,\n", [*ROWS, ("Total", "2", None, None)]),
    ok("stacked_tables.csv", GOOD + f"{HEADER}\n{ONE}", [*ROWS, TABLE[0], ROWS[0]], "file-repeated-header"),
    ok("heading_twice.csv", f"{HEADER},Force\nAlpha,1,2024-01-05,,x\n", [ROWS[0]], "file-duplicate-heading"),
    ok("heading_unknown.csv", f"{HEADER},Beat\nAlpha,1,2024-01-05,,x\n", [ROWS[0]], "file-unknown-column"),
    ok(
        "heading_missing.csv",
        "Force,Crime ID,Date recorded by\nAlpha,1,2024-01-05\n",
        [("Alpha", "1", None, None)],
        *("file-missing-column", "file-unknown-column", "file-absent-column"),
    ),
    ok(
        "shifted_into_no_heading.csv",
        f"{HEADER},\nAlpha,,1,2024-01-05,x\n",
        [("Alpha", None, "1", "2024-01-05")],
        "file-values-without-heading",
    ),
    ok("column_without_heading_or_values.csv", f"{HEADER},\nAlpha,1,2024-01-05,,\n", [ROWS[0]]),
    ok(
        "lines_swallowed.csv",
        f'{HEADER}\nA,1,d,"x\nB,2,d,y\nC,3,d,z"\n',
        [("A", "1", "d", "x\nB,2,d,y\nC,3,d,z")],
        "file-swallowed-line",
    ),
    ok("text_named.xls", GOOD),
    ok("workbook.xlsx", workbook(rows_sheet())),
    ok("workbook_named.xls", workbook(rows_sheet())),
    ok("workbook_named.csv", workbook(rows_sheet())),
    ok(
        "types.xlsx", workbook(with_types), [("Alpha", "1", "2024-01-05", "true"), ("Beta", "2.5", "2024-01-06 13:05:00", None)]
    ),
    ok("title_above.xlsx", workbook(with_title), None, "file-notes-above", "file-merged-cells"),
    ok("empty_rows.xlsx", workbook(rows_sheet(rows=[TABLE[0], ROWS[0], (), (), ROWS[1]]))),
    ok("shifted.xlsx", workbook(shifted), [*ROWS, ("Gamma", "3", None, "2024-01-07")], "file-values-without-heading"),
    ok("stacked.xlsx", workbook(stacked), [ROWS[0], TABLE[0], ROWS[1]], "file-repeated-header"),
    ok("cell_error.xlsx", workbook(with_error), [ROWS[0], (*ROWS[1][:3], None)], "file-cell-error"),
    ok("formula_without_result.xlsx", workbook(with_formula), [ROWS[0], (*ROWS[1][:3], None)], "file-formula-without-result"),
    ok("hidden_sheet.xlsx", workbook(several(rows_sheet(), rows_sheet("Old", hide=True))), None, "file-hidden-sheet"),
    ok(
        "other_sheet.xlsx",
        workbook(several(rows_sheet("Read me", [("Please read",)]), rows_sheet())),
        None,
        "file-unread-sheet",
    ),
    ok("author.xlsx", workbook(rows_sheet(), author="An Invented Author", company="None"), None, "file-hidden-personal-data"),
    ok("open_document.ods", ods(TABLE), None, "file-hidden-personal-data"),
    ok("open_document_named.xlsx", ods(TABLE), None, "file-hidden-personal-data"),
    ok("old_workbook.xls", xls(TABLE)),
    ok("old_workbook_named.xlsx", xls(TABLE)),
    ok("two.zip", zipped({"a.csv": GOOD.encode(), "in/b.xlsx": workbook(rows_sheet())}), [*ROWS, *ROWS]),
    ok("with_a_read_me.zip", zipped({"a.csv": GOOD.encode(), "read me.txt": b"Please read.\n"}), None, "file-unread-member"),
    ok("from_a_mac.zip", zipped({"a.csv": GOOD.encode(), "__MACOSX/._a.csv": b"\0\5", ".DS_Store": b"\0"})),
]
FAIL = [
    bad("empty.csv", b"", words="is empty"),
    bad("only_spaces.csv", b" \r\n\n", words="holds no characters"),
    bad("only_headings.csv", HEADER + "\n", words="no record below"),
    bad("only_headings.xlsx", workbook(rows_sheet(rows=[TABLE[0]])), words="no record below"),
    bad("no_headings.csv", ONE * 3, words="no row of headings"),
    bad("other_table.csv", "Colour,Size\nred,1\n", words="no row of headings"),
    bad("too_few_cells.csv", GOOD + "Gamma,3\n" + ONE, ("file-too-few-fields", 4)),
    bad("shifted_columns.csv", GOOD + "Gamma,,3,2024-01-07,\n" + ONE, ("file-too-many-fields", 4)),
    bad("delimiter_in_cell.csv", GOOD + "Gamma,3,2024-01-07,one, two\n", ("file-too-many-fields", 4)),
    bad("stacked_other_table.csv", GOOD + "\nForce,Total\nAlpha,1\n", ("file-too-few-fields", 5), ("file-too-few-fields", 6)),
    bad("footnote_below.csv", GOOD + "Source: an invented system\n", ("file-too-few-fields", 4)),
    bad("stray_quote.csv", GOOD + 'Gamma,3,2024-01-07,5" knife\n', ("file-stray-quote", 4)),
    bad("open_quote.csv", GOOD + 'Gamma,3,2024-01-07,"left open\n' + ONE * 20, ("file-unclosed-quote", 4)),
    bad("open_quote_at_end.csv", GOOD + 'Gamma,3,2024-01-07,"left open', ("file-unclosed-quote", 4)),
    bad("nul_bytes.csv", GOOD + "Gam\0ma,3,2024-01-07,\n", ("file-nul", 4)),
    bad("two_encodings.csv", GOOD.encode() + "Gamma,3,2024-01-07,naïve\n".encode("cp1252"), ("file-undecodable", 4)),
    bad("no_character.csv", GOOD.encode("cp1252") + b"Gamma,3,2024-01-07,\x81\n", ("file-undecodable", 4)),
    bad(
        "half_a_character.csv",
        b"\xff\xfe" + GOOD.encode("utf-16-le") + b"x",
        ("file-too-few-fields", 4),
        ("file-undecodable", 4),
    ),
    bad("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), words="a picture"),
    bad("document.csv", b"%PDF-1.7\n%", words="a PDF"),
    bad("page.xls", "<html><table><tr><td>Force</td></tr></table></html>", words="web page"),
    bad("junk.csv", bytes(range(1, 256)) * 4, words="is not text"),
    bad("damaged.xlsx", workbook(rows_sheet())[:-400], words="damaged"),
    bad("damaged.xls", xls(TABLE)[:700], words="damaged"),
    bad("no_table.xlsx", workbook(rows_sheet(rows=[("Colour",), ("red",)])), words="no visible sheet"),
    bad("all_hidden.xlsx", workbook(several(rows_sheet("Read me", []), rows_sheet("Old", hide=True))), words="unhide"),
    bad("letter.docx", zipped({"word/document.xml": b"<x/>", "[Content_Types].xml": b"<x/>"}), words="office document"),
    bad("nothing_in_it.zip", zipped({}), words="no file in it"),
    bad("zip_in_zip.zip", zipped({"a.zip": zipped({"a.csv": GOOD.encode()})}), words="another zip"),
    bad("name_leads_up.zip", zipped({"../a.csv": GOOD.encode()}), words="leads elsewhere"),
    bad("name_from_root.zip", zipped({"/a.csv": GOOD.encode()}), words="leads elsewhere"),
    bad("name_of_windows.zip", zipped({"C:\\a.csv": GOOD.encode()}), words="leads elsewhere"),
    bad("link.zip", zipped({"a.csv": b"/etc/hostname"}, _link), words="holds a link"),
    bad("password.zip", locked(zipped({"a.csv": GOOD.encode()})), words="password"),
    bad("no_table_in_it.zip", zipped({"read me.txt": b"Please read.\n"}), words="no row of headings"),
    bad("one_bad_member.zip", zipped({"a.csv": GOOD.encode(), "b.csv": (GOOD + "x\n").encode()}), ("file-too-few-fields", 4)),
]
SAMPLES = [*PASS, *FAIL]


def write() -> None:
    for sample in SAMPLES:
        path = FILES / sample.folder / sample.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sample.content)


if __name__ == "__main__":
    write()
