"""What a workbook says about people beside its cells: author, company, comments. Reported, so that intake can strip it."""

from __future__ import annotations

import html
import re
import struct
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

PART_BYTES = 1 << 20  # of a properties part: more is not looked at
XLSX_PARTS = {
    "docProps/core.xml": {"creator": "author", "lastModifiedBy": "last modified by", "title": "title", "subject": "subject"},
    "docProps/app.xml": {"Company": "company", "Manager": "manager"},
}
ODS_PARTS = {
    "meta.xml": {
        "initial-creator": "author",
        "creator": "last modified by",
        "title": "title",
        "subject": "subject",
        "printed-by": "printed by",
    }
}
OLE_SETS = {
    bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9"): {2: "title", 3: "subject", 4: "author", 8: "last modified by"},
    bytes.fromhex("02d5cdd59c2e1b10939708002b2cf9ae"): {14: "manager", 15: "company"},
}
PEOPLE = ("author", "last modified by", "manager", "printed by", "comments")


def properties(path: Path, kind: str) -> Mapping[str, str]:
    """Property -> its text, for those that are filled in; "comments" and "macros" say "yes". Empty where none can be read."""
    try:
        found = _of_ole(path.read_bytes()) if kind == "xls" else _of_zip(path, XLSX_PARTS if kind == "xlsx" else ODS_PARTS)
        return dict(found)
    except (OSError, ValueError, KeyError, RuntimeError, NotImplementedError, struct.error, zipfile.BadZipFile):
        return {}


def hidden_sheets(path: Path, kind: str) -> tuple[str, ...]:
    """Names of an XLSX's hidden sheets, without opening them; empty for other kinds, whose sheets tell when they are loaded."""
    if kind != "xlsx":
        return ()
    try:
        with zipfile.ZipFile(path) as archive, archive.open("xl/workbook.xml") as stream:
            text = stream.read(PART_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError, KeyError, RuntimeError, NotImplementedError, zipfile.BadZipFile):
        return ()
    tags = re.findall(r"<(?:\w+:)?sheet (?=[^>]*\bstate=\"(?:veryH|h)idden\")[^>]*\bname=\"([^\"]*)\"", text)
    return tuple(html.unescape(name) for name in tags)


def _of_zip(path: Path, parts: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        for part, tags in parts.items():
            if part not in names:
                continue
            with archive.open(part) as stream:
                text = stream.read(PART_BYTES).decode("utf-8", "replace")
            for tag, title in tags.items():
                match = re.search(rf"<(?:[\w.-]+:)?{tag}(?:\s[^>]*)?>([^<]*)</", text)
                if match and match[1].strip():
                    yield title, match[1].strip()
    if any(name.startswith(("xl/comments", "xl/threadedComments", "xl/persons")) for name in names):
        yield "comments", "yes"
    if any(name.endswith("vbaProject.bin") for name in names):
        yield "macros", "yes"


def _of_ole(data: bytes) -> Iterator[tuple[str, str]]:
    """The two property sets of an old workbook, found by their identifiers; each lies in one piece in ordinary files."""
    for identifier, titles in OLE_SETS.items():
        at = data.find(identifier)
        if at < 28:
            continue
        section = at - 28 + int(struct.unpack_from("<I", data, at + 16)[0])
        for number in range(min(64, int(struct.unpack_from("<I", data, section + 4)[0]))):
            key, offset = struct.unpack_from("<II", data, section + 8 + 8 * number)
            kind, length = struct.unpack_from("<II", data, section + offset)
            if key in titles and kind == 30 and length < 4096:
                start = section + offset + 8
                text = data[start : start + length].rstrip(b"\0").decode("cp1252", "replace").strip()
                if text:
                    yield titles[key], text
