"""The shape of a block of delimited text: where records, blanks and breaks are, by arithmetic on bytes and no parser.

The regular case is arithmetic on positions in numpy; everything else goes to careful.py. The two are tested against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from vkpp.engine.reading.careful import Dialect, count_breaks, pieces
from vkpp.engine.reading.faults import Fault
from vkpp.engine.reading.limits import Limits

Positions = npt.NDArray[np.int64]
LF, CR = 10, 13


@dataclass(frozen=True, slots=True)
class Shape:
    """What one block holds. Lines are counted from 0 at the block's start; `starts` is the first line of each record."""

    consumed: int  # bytes
    lines: int
    blanks: int
    breaks_inside: int
    starts: Positions
    text: bytes  # the records alone, each ended by \n or \r\n, for the parser
    faults: tuple[Fault, ...] = ()
    suspects: tuple[int, ...] = ()  # lines inside a quoted cell that look like records of their own
    empty_rows: int = 0  # blanks that were delimiters only


def shapes(blocks: Iterable[bytes], dialect: Dialect, width: int, limits: Limits, first_line: int) -> Iterator[Shape]:
    """The shapes of a text from its first record on, block by block; `first_line` is that record's physical line."""
    pending, line, source = b"", first_line, iter(blocks)
    at_end = False
    while not at_end or pending:
        block = next(source, None) if not at_end else None
        at_end = block is None
        pending += block or b""
        shape = shape_of(pending, dialect, width, limits, line, at_end)
        if at_end and not shape.consumed:
            return
        if not shape.consumed and len(pending) > limits.line_bytes:
            words = f"a line of more than {limits.line_bytes:,} bytes"
            yield replace(shape, faults=(Fault("file-cell-too-long", line, words),))
            return
        line += shape.lines
        pending = pending[shape.consumed :]
        yield shape


def shape_of(block: bytes, dialect: Dialect, width: int, limits: Limits, first_line: int, at_end: bool) -> Shape:
    shape = None if b"\0" in block else regular(block, dialect, width, limits, at_end)
    return shape or exact(block, dialect, width, limits, first_line, at_end)


def regular(block: bytes, dialect: Dialect, width: int, limits: Limits, at_end: bool) -> Shape | None:
    """The shape when every record is whole, by array arithmetic; None when anything at all is out of the ordinary."""
    if at_end and block and not block.endswith((b"\n", b"\r")):
        shape = regular(block + b"\n", dialect, width, limits, at_end)
        return replace(shape, consumed=len(block)) if shape and shape.consumed == len(block) + 1 else None
    data = np.frombuffer(block, np.uint8)
    marks = _marks(data, block, dialect)
    if marks is None:
        return None
    at, is_break, inside = marks
    outer = is_break & ~inside
    ends = at[outer]
    if not at_end and ends.size and block[ends[-1]] == CR and ends[-1] == len(block) - 1:
        ends = ends[:-1]
    if not ends.size:
        return None
    cut = int(ends[-1]) + 1
    parts = at[~is_break & ~inside]
    parts = parts[: np.searchsorted(parts, cut)]
    before = np.concatenate(([-1], ends[:-1]))
    length = ends - before - 1
    if b"\r" in block:
        length = length - ((data[ends] == LF) & (data[np.maximum(ends - 1, 0)] == CR) & (length > 0))
    if int(length.max()) > limits.cell_bytes:
        return None
    blank = length == 0
    rows = ends[~blank]
    if parts.size != rows.size * (width - 1) or not _in_order(parts, rows, before[~blank], width):
        return None
    hollow = ~blank & (length == width - 1) if width > 1 else np.zeros_like(blank)
    blank |= hollow  # delimiters only: no value is lost by leaving it out
    inner = at[is_break & inside]
    inner = inner[: np.searchsorted(inner, cut)]
    suspects = _suspects(at, is_break, inside, data, dialect, width, cut) if inner.size and width > 2 else ()
    starts = _starts(before, inner, blank)
    text = _records_only(block, data, cut, ends, before, blank)
    return Shape(
        cut, int(ends.size + inner.size), int(blank.sum()), int(inner.size), starts, text, (), suspects, int(hollow.sum())
    )


Marks = tuple[Positions, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]


def _marks(data: npt.NDArray[np.uint8], block: bytes, dialect: Dialect) -> Marks | None:
    """Positions of delimiters and line breaks, which are breaks, which stand inside quotes; None if a quote is astray."""
    delimiter, quote = dialect.delimiter[0], dialect.quote[0]
    mark = (data == delimiter) | (data == LF)
    if b"\r" in block:
        bare = data == CR
        bare[:-1] &= data[1:] != LF
        mark |= bare
    quoted = dialect.quote in block
    if quoted:
        mark |= data == quote
    at = np.flatnonzero(mark)
    kind = data[at]
    if not quoted:
        return at, kind != delimiter, np.zeros(at.size, np.bool_)
    is_quote = kind == quote
    inside = np.logical_xor.accumulate(is_quote)
    if not _quotes_enclose(data, at[is_quote], delimiter, quote):
        return None
    other = ~is_quote
    at, kind, inside = at[other], kind[other], inside[other]
    return at, kind != delimiter, inside


def _quotes_enclose(data: npt.NDArray[np.uint8], quotes: Positions, delimiter: int, quote: int) -> bool:
    """Whether each opening quote follows a delimiter or break and each closing one precedes one; doubled quotes pass."""
    allowed = np.zeros(256, np.bool_)
    allowed[[delimiter, LF, CR, quote]] = True
    opens, closes = quotes[0::2], quotes[1::2]
    opens = opens[1:] if opens.size and opens[0] == 0 else opens
    closes = closes[:-1] if closes.size and closes[-1] == data.size - 1 else closes
    return bool(allowed[data[opens - 1]].all() and allowed[data[closes + 1]].all())


def _in_order(parts: Positions, rows: Positions, before: Positions, width: int) -> bool:
    """Whether each row has its own delimiters between its start and its end, given that the total is right."""
    if width == 1 or not rows.size:
        return True
    grid = parts.reshape(rows.size, width - 1)
    return bool((grid[:, 0] > before).all() and (grid[:, -1] < rows).all())


def _starts(before: Positions, inner: Positions, blank: npt.NDArray[np.bool_]) -> Positions:
    """First physical line of each record: its place among the outer breaks, moved on by the breaks inside earlier ones."""
    lines = np.arange(before.size)
    if inner.size:
        lines = lines + np.searchsorted(inner, before)
    return lines[~blank]


def _suspects(
    at: Positions,
    is_break: npt.NDArray[np.bool_],
    inside: npt.NDArray[np.bool_],
    data: npt.NDArray[np.uint8],
    dialect: Dialect,
    width: int,
    cut: int,
) -> tuple[int, ...]:
    """Block lines that lie whole inside one quoted cell and have as many delimiters as a record."""
    breaks = np.flatnonzero(is_break)
    breaks = breaks[at[breaks] < cut]
    first, second = breaks[:-1], breaks[1:]
    alike = inside[first] & inside[second] & (second - first == width)
    return tuple(
        int(i) + 1 for i in np.flatnonzero(alike) if not (data[at[first[i]] : at[second[i]]] == dialect.quote[0]).any()
    )


def _records_only(
    block: bytes,
    data: npt.NDArray[np.uint8],
    cut: int,
    ends: Positions,
    before: Positions,
    blank: npt.NDArray[np.bool_],
) -> bytes:
    """The block without blank lines, and with \n in place of a bare \r that ends a record; the block itself if it may."""
    bare = ends[data[ends] == CR]
    if not bare.size and not blank.any():
        return block if cut == len(block) else block[:cut]
    text = data[:cut].copy()
    text[bare] = LF
    if not blank.any():
        return text.tobytes()
    edges = np.zeros(cut + 1, np.int8)
    np.add.at(edges, before[blank] + 1, 1)
    np.add.at(edges, ends[blank] + 1, -1)
    return bytes(text[np.cumsum(edges[:cut], dtype=np.int8) == 0].data)


@dataclass(slots=True)
class _Sum:
    consumed: int = 0
    lines: int = 0
    blanks: int = 0
    inside: int = 0
    empty: int = 0
    starts: list[int] = field(default_factory=list)
    text: list[bytes] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    suspects: list[int] = field(default_factory=list)


def exact(block: bytes, dialect: Dialect, width: int, limits: Limits, first_line: int, at_end: bool) -> Shape:
    """The shape by reading line by line, with every fault."""
    total = _Sum()
    for piece in pieces(block, dialect, width, limits, first_line, at_end):
        raw = block[piece.start : piece.stop]
        if piece.kind == "blank":
            total.blanks += 1
            total.empty += bool(raw.strip())
        elif piece.kind == "record":
            total.starts.append(piece.first - first_line)
            total.inside += piece.lines - 1
            total.text.append(_ended(raw))
            total.suspects += _lookalikes(piece.first - first_line, raw, dialect, width) if piece.lines > 2 else []
        elif piece.fault:
            total.faults.append(piece.fault)
        total.lines += piece.lines
        total.consumed = piece.stop
    starts = np.array(total.starts, dtype=np.int64)
    found = (tuple(total.faults), tuple(total.suspects), total.empty)
    return Shape(total.consumed, total.lines, total.blanks, total.inside, starts, b"".join(total.text), *found)


def _ended(raw: bytes) -> bytes:
    if raw.endswith(b"\n"):
        return raw
    return (raw[:-1] if raw.endswith(b"\r") else raw) + b"\n"


def _lookalikes(line: int, raw: bytes, dialect: Dialect, width: int) -> list[int]:
    """As _suspects: whole lines inside one quoted cell of a record that starts at block line `line`."""
    if width <= 2:
        return []
    found = []
    for start, text in _quoted_cells(raw, dialect):
        place = line + count_breaks(raw[:start])
        inner = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for i, part in enumerate(inner[1:-1], start=1):
            if part.count(dialect.delimiter) == width - 1 and dialect.quote not in part:
                found.append(place + i)
    return found


def _quoted_cells(raw: bytes, dialect: Dialect) -> Iterator[tuple[int, bytes]]:
    """Start and raw inside of each quoted cell of a sound record."""
    at, q = 0, dialect.quote
    while (at := raw.find(q, at)) >= 0:
        end = at + 1
        while (end := raw.find(q, end)) >= 0 and raw[end + 1 : end + 2] == q:
            end += 2
        yield at + 1, raw[at + 1 : end]
        at = end + 1
