"""Records of delimited text, line by line: the slow and exact reading that finds each structural fault and goes on after it.

The fast scan (scanning.py) hands over here whenever a block is anything but regular.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from vkpp.engine.reading.faults import Fault
from vkpp.engine.reading.limits import Limits

PHYSICAL_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are parted: one byte each."""

    delimiter: bytes
    quote: bytes = b'"'


@dataclass(slots=True)
class Cells:
    """The cells of one record, or why it has none."""

    cells: list[bytes]
    fault: Literal["", "open", "stray"] = ""
    at: int = 0  # where the quote in question stands


class Splitter:
    """Splits one record that may grow by a line while a quote is open; never looks at a byte twice."""

    def __init__(self, dialect: Dialect) -> None:
        self.delimiter, self.quote = dialect.delimiter[0], dialect.quote[0]
        self.text = bytearray()
        self.cells: list[bytes] = []
        self.start = 0  # of the cell being read
        self.sought = -1  # from where the closing quote is sought; -1 when no quote is open

    def grow(self, line: bytes) -> Cells:
        """Takes the next physical line; returns the cells, or that a quote is open or stands where none may."""
        self.text += line
        end = len(self.text) - (2 if line.endswith(b"\r\n") else line.endswith((b"\r", b"\n")))
        while True:
            if self.sought < 0 and self.start < end and self.text[self.start] == self.quote:
                self.sought = self.start + 1
            if self.sought < 0:
                stop = self.text.find(self.delimiter, self.start, end)
                stop = end if stop < 0 else stop
                stray = self.text.find(self.quote, self.start, stop)
                if stray >= 0:
                    return Cells(self.cells, "stray", stray)
                self.cells.append(bytes(self.text[self.start : stop]))
            else:
                closing = self._closing()
                if closing < 0:
                    return Cells(self.cells, "open", self.start)
                stop = closing + 1
                if stop < end and self.text[stop] != self.delimiter:
                    return Cells(self.cells, "stray", self.start)
                q = bytes([self.quote])
                self.cells.append(bytes(self.text[self.start + 1 : closing]).replace(q + q, q))
                self.sought = -1
            if stop >= end:
                return Cells(self.cells)
            self.start = stop + 1

    def _closing(self) -> int:
        """Position of the quote that closes the open cell, or -1 when it is not there yet."""
        while (at := self.text.find(self.quote, self.sought)) >= 0:
            if self.text[at + 1 : at + 2] != bytes([self.quote]):
                return at
            self.sought = at + 2
        self.sought = len(self.text)
        return -1


@dataclass(frozen=True, slots=True)
class Piece:
    """One run of physical lines: a blank, a record, or a fault in its place. `first` and `lines` count physical lines."""

    kind: Literal["blank", "record", "fault"]
    first: int
    lines: int
    start: int  # bytes in the block
    stop: int
    fault: Fault | None = None


def pieces(block: bytes, dialect: Dialect, width: int, limits: Limits, first_line: int, at_end: bool) -> Iterator[Piece]:
    """The pieces of a block that begins at a record; ends early, before a record of which the block may not hold all."""
    spans = [m.span() for m in PHYSICAL_LINE.finditer(block)]
    if not at_end and spans and not block.endswith(b"\n"):
        spans.pop()  # it may go on in the next block; so may a pair \r\n
    at = 0
    while at < len(spans):
        piece = _piece(block, spans, at, dialect, width, limits, first_line, at_end)
        if piece is None:
            return
        yield piece
        at += piece.lines


def _piece(
    block: bytes, spans: list[tuple[int, int]], at: int, dialect: Dialect, width: int, limits: Limits, base: int, at_end: bool
) -> Piece | None:
    start, stop = spans[at]
    line = block[start:stop]
    number = base + at
    if _blank(line, dialect, width):
        return Piece("blank", number, 1, start, stop)
    if _plain(line, dialect, width, limits):
        return Piece("record", number, 1, start, stop)
    splitter, lines = Splitter(dialect), 1
    result = splitter.grow(line)
    while result.fault == "open":
        too_long = len(splitter.text) > limits.cell_bytes + result.at
        if too_long or at + lines >= len(spans):
            if not too_long and not at_end:
                return None
            break
        result = splitter.grow(block[slice(*spans[at + lines])])
        lines += 1
    fault, lines = _fault(splitter, result, dialect, width, limits, number, lines)
    stop = spans[at + lines - 1][1]
    if fault:
        return Piece("fault", number, lines, start, stop, fault=fault)
    return Piece("record", number, lines, start, stop)


def _plain(line: bytes, dialect: Dialect, width: int, limits: Limits) -> bool:
    """A whole record without quotes, which most are."""
    sound = dialect.quote not in line and b"\0" not in line and len(line) <= limits.cell_bytes
    return sound and line.count(dialect.delimiter) == width - 1


def _blank(line: bytes, dialect: Dialect, width: int) -> bool:
    """No value in it: nothing, white space only (when the table has several columns), or delimiters only."""
    body = line.rstrip(b"\r\n")
    if not body:
        return True
    return width > 1 and (not body.strip() if body.count(dialect.delimiter) == 0 else body == dialect.delimiter * (width - 1))


def _fault(
    splitter: Splitter, result: Cells, dialect: Dialect, width: int, limits: Limits, number: int, lines: int
) -> tuple[Fault | None, int]:
    """The fault of a record if it has one, and how many lines it takes up: an open quote takes only those up to its own."""
    text, cells = bytes(splitter.text), result.cells
    opened = result.fault == "open" or (result.fault == "stray" and lines > 1)
    if opened or (len(cells) != width and lines > 1 and not result.fault and _swallows(text, dialect, width)):
        breaks = count_breaks(text[: result.at])
        words = f"a quote opened {f'in cell {len(cells) + 1}' if opened else 'on this line'} is not closed where the cell ends"
        return Fault("file-unclosed-quote", number + breaks, words), breaks + 1
    if b"\0" in text:
        breaks = count_breaks(text[: text.index(b"\0")])
        return Fault("file-nul", number + breaks, "a NUL byte"), breaks + 1
    if result.fault:
        return Fault("file-stray-quote", number, f"a quote in cell {len(cells) + 1} that does not enclose the cell"), 1
    return _wrong_cells(cells, width, limits, number), lines


def _wrong_cells(cells: Sequence[bytes], width: int, limits: Limits, number: int) -> Fault | None:
    if len(cells) != width:
        check = "file-too-few-fields" if len(cells) < width else "file-too-many-fields"
        return Fault(check, number, f"{len(cells):,} cells where the header has {width:,}")
    longest = max(map(len, cells), default=0)
    if longest > limits.cell_bytes:
        return Fault("file-cell-too-long", number, f"a cell of {longest:,} bytes; at most {limits.cell_bytes:,} are read")
    return None


def _swallows(text: bytes, dialect: Dialect, width: int) -> bool:
    """Whether the first line alone would be a record, were it not for the quote that it leaves open."""
    first = re.split(rb"[\r\n]", text, maxsplit=1)[0]
    return first.count(dialect.quote) % 2 == 1 and first.count(dialect.delimiter) == width - 1


def count_breaks(text: bytes) -> int:
    r"""Line breaks in a text: \n, \r\n and bare \r count one each."""
    return text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")
