"""Cells of a return's files replaced as its force asked, and every other byte, cell and part left as it was."""

from __future__ import annotations

import re
import shutil
import zipfile
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import TypeVar
from xml.sax.saxutils import escape

import polars as pl

from vkpp.basics.problems import UnreadableFile
from vkpp.catalogue.specifications import Field, Specification
from vkpp.engine.reading.careful import PHYSICAL_LINE
from vkpp.engine.reading.limits import LIMITS
from vkpp.engine.reading.opening import opened
from vkpp.engine.shapes.tables import Staged
from vkpp.engine.validation.wording import masked
from vkpp.records.collections.rules.fixing import Cell, Place

CODECS = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "windows-1252": "cp1252"}
_MARK = "\ufeff"
K = TypeVar("K")
Masks = Mapping[tuple[str, str], Field]  # table, column's title -> its field, which says whether its value is masked


# Where cells can be mended


def places_of(
    staged: Mapping[str, Sequence[Staged]], specification: Specification, files: Sequence[Path]
) -> tuple[list[Place], dict[str, str]]:
    """Each table of each file whose cells can be mended on screen; for every other file, why not."""
    sizes, paths = {path.name: path.stat().st_size for path in files}, {path.name: path for path in files}
    found, why_not = [], {}
    for name, parts in staged.items():
        titles = {field.name: field.title for field in specification.table(name).fields}
        for one in parts:
            received = one.received
            if words := _why_not(one, sizes):
                why_not[received.name] = words
                continue
            headings = {titles[field]: heading for field, heading in one.headers.items()}
            place = Place(
                received.name,
                name,
                one.facts.get("sheet", ""),
                received.kind,
                int(one.facts["header line"]),
                headings,
                received.encoding or "",
                received.delimiter or "",
                received.quote or "",
            )
            found.append(_with_formulas(place, paths[received.name]) if received.kind == "xlsx" else place)
    return found, why_not


def _with_formulas(place: Place, path: Path) -> Place:
    """The place with its cells that hold a formula: whoever opens the workbook next would see the formula's value again."""
    with zipfile.ZipFile(path) as archive:
        part = _part_of(archive, place.sheet)
        rows = formulas_in(archive.read(part)) if part in archive.namelist() else {}
    if not rows:
        return place
    cells = _cells_of(path, place.sheet)
    headings = list(cells.row(place.header - 1)) if place.header <= cells.height else []
    formulas = {}
    for title, heading in place.headings.items():
        letters = _letters(headings.index(heading)) if heading in headings else b""
        if runs := _runs(row for row in rows.get(letters, ()) if row > place.header):
            formulas[title] = runs
    return replace(place, formulas=formulas)


def formulas_in(xml: bytes) -> dict[bytes, list[int]]:
    """The rows of a sheet's cells with a formula, by the letters of their column.

    The formula of an area stands in its first cell alone and fills the others (`ref`): they hold it too.
    """
    found: dict[bytes, list[int]] = {}
    if b"<f" not in xml:
        return found
    areas = [(*_parted(match[1]), *_parted(match[2])) for match in _AREA.finditer(xml)]
    others: dict[bytes, list[int]] = {}
    for cell in _CELL.finditer(xml):
        letters, row = _parted(cell[1])
        if _FORMULA.search(cell[0]):
            found.setdefault(letters, []).append(row)
        elif areas:
            others.setdefault(letters, []).append(row)
    for letters, rows in others.items() if areas else ():
        if filled := _filled(areas, letters, rows):
            found[letters] = sorted([*found.get(letters, ()), *filled])
    return found


def _filled(areas: Iterable[tuple[bytes, int, bytes, int]], letters: bytes, rows: Iterable[int]) -> list[int]:
    """Those of a column's rows that an area covers."""
    column = letters.rjust(3)  # A to Z, then AA: shorter ones come first
    spans = sorted((top, last) for first, top, end, last in areas if first.rjust(3) <= column <= end.rjust(3))
    reach = list(accumulate((last for _, last in spans), max))  # how far down the areas that begin so far go
    tops = [top for top, _ in spans]
    return [row for row in rows if (at := bisect_right(tops, row)) and row <= reach[at - 1]]


def _parted(reference: bytes) -> tuple[bytes, int]:
    letters = reference.rstrip(b"0123456789")
    return letters, int(reference[len(letters) :])


def _runs(rows: Iterable[int]) -> list[list[int]]:
    """Rows as (first, last) of each run without a gap: a column of formulas is one of them."""
    runs: list[list[int]] = []
    for row in sorted(rows):
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return runs


def _why_not(one: Staged, sizes: Mapping[str, int]) -> str:
    received = one.received
    if sizes.get(received.name) != received.size:
        return "The file came in a zip, so its cells are fixed in the file itself."
    if received.kind not in ("csv", "xlsx"):
        return f"Cells of a file of the kind {received.kind.upper()} are fixed in the file itself."
    if received.kind == "csv" and received.encoding not in CODECS:
        return f"The file is written in {received.encoding}, so its cells are fixed in the file itself."
    if "header line" not in one.facts or not one.headers:
        return "The file is an extract with a row for each pair of people, so its cells are fixed in the file itself."
    return ""


# Mending


def mended(
    before: Path, into: Path, cells: Sequence[Cell], places: Sequence[Place], specification: Specification
) -> tuple[str, ...]:
    """Copy the files of folder `before` into folder `into` with these cells replaced. Gives the values before, in their order.

    Raises UnreadableFile, in words without a value, where a cell is not there any more or does not hold what was shown.
    """
    masks = {(table.name, field.title): field for table in specification.tables for field in table.fields}
    by_file = _grouped(cells, lambda cell: cell.file)
    was: dict[Cell, str] = {}
    for path in sorted(before.iterdir()):
        wanted = by_file.pop(path.name, [])
        if not wanted:
            shutil.copyfile(path, into / path.name)
            continue
        here = [place for place in places if place.file == path.name]
        mend = _mend_text if all(place.kind == "csv" for place in here) else _mend_workbook
        was |= mend(path, into / path.name, wanted, here, masks)
    if by_file:
        raise _gone(next(iter(by_file.values()))[0], "the file is not there")
    for path in into.iterdir():
        path.chmod(0o600)
    return tuple(was[cell] for cell in cells)


def _grouped(cells: Sequence[Cell], key: Callable[[Cell], K]) -> dict[K, list[Cell]]:
    found: dict[K, list[Cell]] = {}
    for cell in cells:
        found.setdefault(key(cell), []).append(cell)
    return found


def _gone(cell: Cell, why: str) -> UnreadableFile:
    return UnreadableFile(
        f"The cell in row {cell.row:,}, column {cell.column!r}, was not fixed: {why}. Nothing was changed.",
        where=f"{cell.file}, sheet {cell.sheet}" if cell.sheet else cell.file,
        expected="the value that the page showed",
        next_step="fix it in your file and send the whole return again",
    )


def _demand_shown(cell: Cell, value: str, masks: Masks) -> str:
    field = masks.get((cell.table, cell.column))
    if field is None or (masked(value, field) or "") != cell.shown:
        raise _gone(cell, "it does not hold the value that was shown")
    return value


# Text files: the bytes of the cells are replaced, and no other byte is touched


def _mend_text(path: Path, target: Path, cells: Sequence[Cell], places: Sequence[Place], masks: Masks) -> dict[Cell, str]:
    data, place = path.read_bytes(), places[0]
    codec = CODECS[place.encoding]
    delimiter, quote = place.delimiter.encode(), place.quote.encode()
    starts = _line_starts(data, {place.header} | {cell.row for cell in cells})
    columns = _columns(data, starts[place.header], place, codec)
    spans: list[tuple[int, int, bytes]] = []
    was: dict[Cell, str] = {}
    for row, here in _grouped(cells, lambda cell: cell.row).items():
        found = cell_spans(data, starts[row], delimiter, quote) if row in starts else []
        for cell in here:
            at = columns.get(places[0].headings.get(cell.column, ""), -1)
            if not 0 <= at < len(found):
                raise _gone(cell, "it is not there")
            start, stop = found[at]
            was[cell] = _demand_shown(cell, _value(data[start:stop], quote, codec), masks)
            spans.append((start, stop, _as_cell(cell.value, data[start:stop], delimiter, quote, codec, len(found))))
    target.write_bytes(b"".join(_spliced(data, sorted(spans))))
    return was


def _line_starts(data: bytes, wanted: set[int]) -> dict[int, int]:
    """Where these physical lines begin, counted as the reader counts them."""
    last, found = max(wanted), {}
    for number, match in enumerate(PHYSICAL_LINE.finditer(data), 1):
        if number in wanted:
            found[number] = match.start()
        if number >= last:
            break
    return found


def _columns(data: bytes, start: int, place: Place, codec: str) -> dict[str, int]:
    """Heading -> column, counted from 0; the first of two that are alike, as the reader takes it."""
    delimiter, quote = place.delimiter.encode(), place.quote.encode()
    start += len(_MARK.encode()) if data.startswith(_MARK.encode(), start) else 0
    found: dict[str, int] = {}
    for at, (first, last) in enumerate(cell_spans(data, start, delimiter, quote)):
        found.setdefault(_value(data[first:last], quote, codec), at)
    return found


def cell_spans(data: bytes, at: int, delimiter: bytes, quote: bytes) -> list[tuple[int, int]]:
    """Where the cells of the record that begins at byte `at` begin and end, their quotes included."""
    stop = re.compile(b"[" + re.escape(delimiter) + b"\r\n]")
    spans = []
    while True:
        end = _closing(data, at + 1, quote) if data.startswith(quote, at) else at
        found = stop.search(data, end)
        end = found.start() if found else len(data)
        spans.append((at, end))
        if data[end : end + 1] != delimiter:
            return spans
        at = end + 1


def _closing(data: bytes, at: int, quote: bytes) -> int:
    """Behind the quote that closes the cell; two quotes together are one that belongs to the value."""
    while (found := data.find(quote, at)) >= 0:
        if data[found + 1 : found + 2] != quote:
            return found + 1
        at = found + 2
    return len(data)


def _value(raw: bytes, quote: bytes, codec: str) -> str:
    if len(raw) > 1 and raw.startswith(quote) and raw.endswith(quote):
        raw = raw[1:-1].replace(quote + quote, quote)
    return raw.decode(codec, "replace")


def _as_cell(value: str, before: bytes, delimiter: bytes, quote: bytes, codec: str, width: int) -> bytes:
    """The value as a cell, in quotes where it was or must be: a table of one column would lose an empty line."""
    raw = value.encode(codec)
    if before.startswith(quote) or delimiter in raw or quote in raw or (width == 1 and not raw):
        return quote + raw.replace(quote, quote + quote) + quote
    return raw


def _spliced(data: bytes, spans: Sequence[tuple[int, int, bytes]]) -> Iterator[bytes]:
    done = 0
    for start, stop, instead in spans:
        yield data[done:start]
        yield instead
        done = stop
    yield data[done:]


# Workbooks: cells become text in the sheet's own XML, and every other part is copied as it is


_SHEET = r'<sheet\b(?=[^>]*\bname="{name}")[^>]*\br:id="([^"]+)"'
_RELATION = r'<Relationship\b(?=[^>]*\bId="{key}")[^>]*\bTarget="([^"]+)"'
_CELL = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3}[0-9]{1,7})"[^>]*?(?:/>|>.*?</c>)', re.DOTALL)
_ROW = re.compile(rb'(<row\b[^>]*?\br="([0-9]{1,7})"[^>]*?(?<!/)>)(.*?)(</row>)', re.DOTALL)
_FORMULA = re.compile(rb"<f[\s/>]")
_AREA = re.compile(  # of an array or a table of what-ifs; each cell of a shared formula says so itself
    rb'<f\b(?=[^>]*\bt="(?:array|dataTable)")[^>]*\bref="([A-Z]{1,3}[0-9]{1,7}):([A-Z]{1,3}[0-9]{1,7})"'
)
_STYLE = re.compile(rb'\bs="([0-9]+)"')


def _mend_workbook(path: Path, target: Path, cells: Sequence[Cell], places: Sequence[Place], masks: Masks) -> dict[Cell, str]:
    """Mend each sheet, then read both workbooks as the reader does: they differ in these cells and nowhere else."""
    by_sheet = _grouped(cells, lambda cell: cell.sheet)
    was: dict[Cell, str] = {}
    changes: dict[str, dict[bytes, Cell]] = {}
    old = {sheet: _cells_of(path, sheet) for sheet in by_sheet}
    at: dict[Cell, int] = {}
    for cell in cells:
        place = next(one for one in places if (one.table, one.sheet) == (cell.table, cell.sheet))
        at[cell] = _column(old[cell.sheet], place, cell)
        value = old[cell.sheet].row(cell.row - 1)[at[cell]] if cell.row <= old[cell.sheet].height else None
        was[cell] = _demand_shown(cell, value or "", masks)
        changes.setdefault(cell.sheet, {})[_reference(cell.row, at[cell])] = cell
    _rewritten(path, target, changes)
    for sheet, here in by_sheet.items():
        _demand_only(old[sheet], _cells_of(target, sheet), here, at)
    return was


def _cells_of(path: Path, sheet: str) -> pl.DataFrame:
    with opened(path, "xlsx", path.parent, path.name, LIMITS) as book:
        return book.load(sheet).cells


def _column(cells: pl.DataFrame, place: Place, cell: Cell) -> int:
    headings = list(cells.row(place.header - 1)) if place.header <= cells.height else []
    heading = place.headings.get(cell.column)
    if heading is None or heading not in headings:
        raise _gone(cell, "its column is not there")
    return headings.index(heading)


def _reference(row: int, column: int) -> bytes:
    return _letters(column) + str(row).encode()


def _letters(column: int) -> bytes:
    letters, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(65 + digit) + letters
    return letters.encode()


def _rewritten(path: Path, target: Path, changes: Mapping[str, Mapping[bytes, Cell]]) -> None:
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        parts = {_part(archive, sheet, next(iter(cells.values()))): cells for sheet, cells in changes.items()}
        for member in archive.infolist():
            with archive.open(member) as stream:
                if member.filename in parts:
                    out.writestr(member, _with_cells(stream.read(), parts[member.filename]))
                    continue
                with out.open(member, "w", force_zip64=member.file_size > 1 << 31) as copy:
                    shutil.copyfileobj(stream, copy, 1 << 20)


def _part(archive: zipfile.ZipFile, sheet: str, cell: Cell) -> str:
    part = _part_of(archive, sheet)
    if not part:
        raise _gone(cell, "its sheet is written in a way that we do not change")
    return part


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """The part that holds a sheet, by the workbook's own relations; "" where they are written in another way."""
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    name = escape(sheet, {'"': "&quot;"})
    key = re.search(_SHEET.format(name=re.escape(name)), book)
    target = re.search(_RELATION.format(key=re.escape(key[1])), relations) if key else None
    if target is None:
        return ""
    return target[1].lstrip("/") if target[1].startswith("/") else f"xl/{target[1]}"


def _with_cells(xml: bytes, cells: Mapping[bytes, Cell]) -> bytes:
    left = dict(cells)

    def instead(match: re.Match[bytes]) -> bytes:
        cell = left.pop(match[1], None)
        if cell is None:
            return match[0]
        if _FORMULA.search(match[0]):
            raise _gone(cell, "it holds a formula")
        style = _STYLE.search(match[0][: match[0].index(b">")])
        return _cell_xml(match[1], cell.value, style[1] if style else b"")

    xml = _CELL.sub(instead, xml)
    return _with_new_cells(xml, left) if left else xml


def _cell_xml(reference: bytes, value: str, style: bytes) -> bytes:
    attributes = b'<c r="' + reference + b'"' + (b' s="' + style + b'"' if style else b"")
    if not value:
        return attributes + b"/>"
    return attributes + b' t="inlineStr"><is><t xml:space="preserve">' + escape(value).encode() + b"</t></is></c>"


def _with_new_cells(xml: bytes, cells: Mapping[bytes, Cell]) -> bytes:
    """Cells that were empty, and so stand nowhere in the sheet, put into their rows in the order of the columns."""
    left = dict(cells)

    def instead(match: re.Match[bytes]) -> bytes:
        mine = [(reference, cell) for reference, cell in left.items() if cell.row == int(match[2])]
        inner = match[3]
        for reference, cell in mine:
            del left[reference]
            later = (one.start() for one in _CELL.finditer(inner) if _order(one[1]) > _order(reference))
            at = next(later, len(inner))
            inner = inner[:at] + _cell_xml(reference, cell.value, b"") + inner[at:]
        return match[1] + inner + match[4]

    wanted = {cell.row for cell in cells.values()}
    xml = _ROW.sub(lambda match: instead(match) if int(match[2]) in wanted else match[0], xml)
    if left:
        raise _gone(next(iter(left.values())), "its row is written in a way that we do not change")
    return xml


def _order(reference: bytes) -> tuple[int, bytes]:
    letters = reference.rstrip(b"0123456789")
    return len(letters), letters


def _demand_only(old: pl.DataFrame, new: pl.DataFrame, cells: Sequence[Cell], at: Mapping[Cell, int]) -> None:
    """The new sheet holds the new values, and differs from the old one nowhere else."""
    wanted = {(cell.row - 1, at[cell]): cell.value or None for cell in cells}
    if new.shape != old.shape:
        raise _gone(cells[0], "the workbook would not stay as it is")
    found = {}
    for column, name in enumerate(old.columns):
        for row in old[name].ne_missing(new[name]).arg_true():
            found[(row, column)] = new[name][row]
    if found != wanted:
        raise _gone(cells[0], "the workbook would not stay as it is")
