"""Another marking set on reports that lie there already: their findings stay as they are, to the byte."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape

from vkpp.engine.validation.reports import paper_words, whole

_SHEET = re.compile(r"xl/worksheets/sheet\d+\.xml\Z")
_SUMMARY = "xl/worksheets/sheet1.xml"
_A_PIECE = 1 << 20
_END = 16_384  # bytes of a sheet after its rows, at most: what stands on paper is said there
_ON_PAPER = re.compile(rb"<(oddHeader|oddFooter)>.*?</\1>", re.DOTALL)
_FIRST_CELL = re.compile(rb'(<c r="A1"[^>]*t="inlineStr"><is><t)[^>]*>.*?(</t></is></c>)', re.DOTALL)


def mark_json_lines(path: Path, marking: str) -> None:
    """Give a file of findings another first line. Raises CouldNotWrite as the writer does; nothing is half-done."""
    with whole(path) as partial, path.open("rb") as before, partial.open("wb") as after:
        first = before.readline()
        after.write(json.dumps({"marking": marking}, ensure_ascii=False).encode() + b"\n")
        if not first.startswith(b'{"marking":'):
            after.write(first)
        shutil.copyfileobj(before, after)


def mark_workbook(path: Path, marking: str) -> None:
    """Give a workbook of `write_workbook` another marking: in its summary's first line, and above and below each sheet.

    A piece at a time: a sheet of a million findings is larger than what a worker should hold. Raises CouldNotWrite.
    """
    with whole(path) as partial, zipfile.ZipFile(path) as before, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as after:
        for entry in before.infolist():
            with before.open(entry) as source, after.open(_like(entry), "w", force_zip64=entry.file_size > 1 << 31) as target:
                if _SHEET.match(entry.filename):
                    _sheet(source, target, marking, summary=entry.filename == _SUMMARY)
                else:
                    shutil.copyfileobj(source, target)


def _like(entry: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """The same name and the same invented time: the same reports give the same bytes."""
    made = zipfile.ZipInfo(entry.filename, entry.date_time)
    made.compress_type, made.external_attr = entry.compress_type, entry.external_attr
    return made


def _sheet(source: IO[bytes], target: IO[bytes], marking: str, *, summary: bool) -> None:
    """Copy a sheet with its beginning (the summary's first cell) and its end (what stands on paper) written anew."""
    held = source.read(_A_PIECE)
    if summary:
        held = _FIRST_CELL.sub(_text(marking), held, count=1)
    while piece := source.read(_A_PIECE):
        held += piece
        target.write(held[:-_END])
        held = held[-_END:]
    words = escape(paper_words(marking)).encode()
    target.write(_ON_PAPER.sub(lambda found: b"<%b>%b</%b>" % (found[1], words, found[1]), held))


def _text(marking: str) -> Callable[[re.Match[bytes]], bytes]:
    words = escape(marking).encode()
    return lambda found: found[1] + b">" + words + found[2]
