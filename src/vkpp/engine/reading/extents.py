"""How large a sheet would be once opened: two far cells, or one repeated a million times, must not fill the memory."""

from __future__ import annotations

import re
from typing import Protocol
from xml.parsers import expat

ROW = re.compile(rb' r="[A-Z]{0,4}([0-9]{1,10})"')  # of a row or a cell
COLUMN = re.compile(rb' r="([A-Z]{1,4})[0-9]')
NO_RESULT = re.compile(  # a formula not computed
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f(?: [^>]*)?/>)(?:<(?:\w+:)?v ?/>|<(?:\w+:)?v></(?:\w+:)?v>|</(?:\w+:)?c>)"
)
LONGEST = 1 << 20  # bytes kept while a tag is not closed
REPEATED_ROWS = "table:number-rows-repeated"
REPEATED_COLUMNS = "table:number-columns-repeated"


class Extent(Protocol):
    """Fed with the blocks of a sheet's XML; `cells` is the area from the first cell to the furthest one so far."""

    def feed(self, block: bytes) -> None: ...

    def close(self) -> None: ...

    @property
    def cells(self) -> int: ...


class OfficeOpenSheet:
    """The extent of an XLSX sheet by the references of its rows and cells, and how many of its cells hold something."""

    def __init__(self) -> None:
        self.rows = self.columns = self.values = self.no_result = self.merged = 0
        self.rest = b""

    def feed(self, block: bytes) -> None:
        data = self.rest + block
        cut = data.rfind(b"<c ") if len(data) < LONGEST + len(block) else len(data)
        data, self.rest = (data[:cut], data[cut:]) if cut > 0 else (b"", data)
        self._look(data)

    def close(self) -> None:
        self._look(self.rest)
        self.rest = b""

    def _look(self, data: bytes) -> None:
        self.rows = max(self.rows, *map(int, {b"0", *ROW.findall(data)}))
        self.columns = max(self.columns, *map(_column, {b"", *COLUMN.findall(data)}))
        self.values += data.count(b"<v>") - data.count(b"<v></v>") + data.count(b"<is>")
        self.merged += data.count(b"<mergeCell ")
        if b"</f>" in data or b"<f " in data:
            self.no_result += len(NO_RESULT.findall(data))

    @property
    def cells(self) -> int:
        return self.rows * max(1, self.columns)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


class OpenDocumentSheets:
    """The extent of the largest sheet of an ODS content.xml: rows and columns that hold values, repeats included."""

    def __init__(self) -> None:
        self.row = self.repeat = self.column = self.area = 0
        self.rows = self.columns = 0
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start

    def feed(self, block: bytes) -> None:
        self.parser.Parse(block, False)

    def close(self) -> None:
        self.parser.Parse(b"", True)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table:table":
            self.row = self.repeat = self.rows = self.columns = 0
        elif tag == "table:table-row":
            self.row += self.repeat
            self.repeat, self.column = _count(attributes.get(REPEATED_ROWS)), 0
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            self.column += _count(attributes.get(REPEATED_COLUMNS))
            if any(name.startswith("office:") for name in attributes):
                self._filled()
        elif tag == "text:p" and self.column:
            self._filled()

    def _filled(self) -> None:
        self.rows, self.columns = max(self.rows, self.row + self.repeat), max(self.columns, self.column)
        self.area = max(self.area, self.rows * self.columns)

    @property
    def cells(self) -> int:
        return self.area


def _count(text: str | None) -> int:
    return min(10**9, int(text)) if text and text.isdigit() and len(text) < 12 else 1


class NoCells:
    """A part of a workbook that holds no cells."""

    cells = 0

    def feed(self, block: bytes) -> None:
        """Nothing to look at."""

    def close(self) -> None:
        """Nothing to close."""


def extent_of(member: str) -> Extent:
    """What measures this part of a workbook."""
    if re.fullmatch(r"xl/worksheets/[^/]*\.xml", member, re.IGNORECASE):
        return OfficeOpenSheet()
    return OpenDocumentSheets() if member == "content.xml" else NoCells()
