"""What a received file is, told by its content: extensions are often wrong."""

from __future__ import annotations

import zipfile
from pathlib import Path

from vkpp.basics.problems import UnreadableFile
from vkpp.engine.reading.encodings import by_first_bytes

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
OTHERS = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF8": "a picture (GIF)",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "a database (SQLite)",
    b"{\\rtf": "a rich text document",
    b"\xff\xfe\0\0": "text in UTF-32",
    b"\0\0\xfe\xff": "text in UTF-32",
}
CONTROLS = bytes(code for code in range(1, 32) if code not in b"\t\n\v\f\r\x1a\x1b")
MOST_CONTROLS = 0.05  # share of the first bytes; a table of text has next to none, and a program or a picture one in ten
ENOUGH = 256  # bytes below which a share says nothing
PAGES = (b"<!doctype html", b"<html", b"<?xml", b"<table")


def _controls(head: bytes) -> float:
    """The share of control characters; of UTF-16 in its letters, whose bytes look like them (the w of Welsh is 01 75)."""
    encoding = by_first_bytes(head)
    text = head.decode(encoding, "ignore").encode("utf-8", "ignore") if encoding.startswith("utf-16") else head
    return 1 - len(text.translate(None, CONTROLS)) / len(text) if text else 0.0


def kind_of(path: Path, name: str | None = None) -> str:
    """One of csv, xlsx, xls, ods, zip; UnreadableFile, in words, for an empty file or anything else."""
    name = name or path.name
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip(b"\xef\xbb\xbf\xfe\xff\0 \t\r\n"):
        raise _refused(name, "is empty" if not head else "holds no characters", "a table with headings and records")
    if head.startswith(OLE):
        return "xls"
    if head.startswith(ZIP):
        return _packed(path, name)
    for start, words in OTHERS.items():
        if head.startswith(start):
            raise _refused(name, f"is {words}, whatever its name says", "a CSV, XLSX, XLS or ODS table, or a zip of them")
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(PAGES):
        raise _refused(name, "is a web page or XML, saved under a table's name", "a CSV, XLSX, XLS or ODS table")
    if len(head) >= ENOUGH and _controls(head) > MOST_CONTROLS:
        raise _refused(name, "is not text: it is full of control characters", "a CSV, XLSX, XLS or ODS table, or a zip of them")
    return "csv"


def _packed(path: Path, name: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            mimetype = archive.read("mimetype")[:100] if "mimetype" in names else b""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError) as problem:
        raise _refused(name, "is a damaged zip or workbook", "a whole file") from problem
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        raise _refused(name, "is a binary workbook (XLSB)", "XLSX, XLS, ODS or CSV")
    if mimetype.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        return "ods"
    if mimetype.startswith(b"application/vnd.oasis") or any(n.startswith(("word/", "ppt/")) for n in names):
        raise _refused(name, "is an office document without a table", "XLSX, XLS, ODS or CSV")
    return "zip"


def _refused(name: str, saw: str, expected: str) -> UnreadableFile:
    return UnreadableFile(
        f"{name} {saw}.", where=name, expected=expected, next_step="export the table again and check that it opens"
    )
