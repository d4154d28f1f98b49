"""How large a sheet would be once opened: two far cells, or one repeated a million times, must not fill the memory."""

from __future__ import annotations

import re
from typing import Protocol
from xml.parsers import expat

REFERENCE = re.compile(rb'\br="([A-Z]{0,4})([0-9]{1,10})"')
OVERLAP = 40  # bytes kept between blocks, so that a reference cut in two is still seen
REPEATED_ROWS = "table:number-rows-repeated"
REPEATED_COLUMNS = "table:number-columns-repeated"


class Extent(Protocol):
    """Fed with the blocks of a sheet's XML; `cells` is the area from the first cell to the furthest one so far."""

    def feed(self, block: bytes) -> None: ...

    @property
    def cells(self) -> int: ...


class OfficeOpenSheet:
    """The extent of an XLSX sheet, by the references of its rows and cells."""

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self.rest = b""

    def feed(self, block: bytes) -> None:
        data = self.rest + block
        found = REFERENCE.findall(data)
        if found:
            self.rows = max(self.rows, *(int(row) for _, row in found))
            letters = {column for column, _ in found}
            self.columns = max(self.columns, *map(_column, letters))
        self.rest = data[-OVERLAP:]

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


def extent_of(member: str) -> Extent | None:
    """What measures this part of a workbook; None for parts that hold no cells."""
    if re.fullmatch(r"xl/worksheets/[^/]*\.xml", member, re.IGNORECASE):
        return OfficeOpenSheet()
    return OpenDocumentSheets() if member == "content.xml" else None
