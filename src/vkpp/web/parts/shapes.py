"""What page parts take: small frozen values, so that a template needs no rule of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from urllib.parse import urlencode

CODE = re.compile(r"`([^`\n]+)`")  # what words of the engine mark as code
_LONGEST, _BEGINNING, _END = 400, 160, 80  # characters of a value
# Tags are adjectives in sentence case. Red is for errors only, so "fix" is the one kind that is red.
TAG_KINDS = ("plain", "do", "fix", "good", "ask")


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step of the breadcrumbs: the words and the address of a page above this one."""

    words: str
    href: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A status in words. `kind` is one of TAG_KINDS; "" gives plain text without a box ("Completed")."""

    words: str
    kind: str = "plain"

    def __post_init__(self) -> None:
        if self.kind and self.kind not in TAG_KINDS:
            raise ValueError(f"{self.kind!r} is no kind of tag: {', '.join(TAG_KINDS)}")


@dataclass(frozen=True, slots=True)
class Task:
    """A line of a task list; its name starts with a verb. Without `href` it cannot start yet and is no link."""

    words: str
    status: Tag
    href: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Tasks:
    """A group of tasks under a heading."""

    heading: str
    tasks: Sequence[Task]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its words, and where it leads, with the hidden words that tell this link from the others in the column."""

    words: object
    href: str = ""
    hidden: str = ""
    tag: str = ""  # a kind of Tag, when the words are a status
    code: bool = False  # a value as it stood in a file
    lead: str = ""  # words before the link, that are no part of it


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, and whether its cells are numbers (set right, digits aligned)."""

    heading: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the first cell of each row is its heading. On a phone each row becomes a block, each cell with its heading."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell | str | int]]
    empty: str = "There is nothing here yet."
    total: bool = False  # whether the last row is a total

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"{self.caption}: a row has more or fewer cells than there are columns")

    def lines(self) -> list[tuple[bool, list[tuple[Column, Cell]]]]:
        """Each row as (is it the total, its columns and cells)."""
        last = len(self.rows) - 1
        return [
            (self.total and number == last, list(zip(self.columns, map(_cell, row), strict=True)))
            for number, row in enumerate(self.rows)
        ]


def _cell(value: Cell | str | int) -> Cell:
    if isinstance(value, Cell):
        return value
    return Cell(f"{value:,}" if isinstance(value, int) else value)


@dataclass(frozen=True, slots=True)
class Act:
    """An act as a page offers it: the words of a button, where it goes, and whether it opens (get) or changes (post)."""

    words: str
    href: str
    method: str = "get"
    secondary: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure with what it is, and a small word beneath."""

    words: str
    figure: object
    beneath: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter: a select whose choice lives in the address, so that a view can be sent."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    chosen: str = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters over a list, with what is chosen shown as chips that take it away again."""

    choices: Sequence[Choice]
    path: str
    kept: Mapping[str, str] = field(default_factory=dict)  # other parts of the address that stay, such as the order

    def chips(self) -> list[tuple[str, str]]:
        """(words, address without it) of each filter that is set."""
        return [
            (dict(c.options).get(c.chosen, c.chosen), _address(self.path, self._query(without=c.name)))
            for c in self.choices
            if c.chosen
        ]

    def _query(self, without: str = "") -> dict[str, str]:
        return dict(self.kept) | {c.name: c.chosen for c in self.choices if c.chosen and c.name != without}


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a list is: page `number` (from 1) of `size` rows of `total`, and the address that the other pages keep.

    `name` is the part of the address that says the page: a second list of the same page has one of its own.
    """

    number: int
    total: int
    path: str
    thing: str = "rows"
    size: int = 50
    kept: Mapping[str, str] = field(default_factory=dict)
    name: str = "page"

    @property
    def last(self) -> int:
        return max(1, ceil(self.total / self.size))

    @property
    def slice(self) -> slice:
        return slice((self.number - 1) * self.size, self.number * self.size)

    @property
    def words(self) -> str:
        """What the caption says: "Findings 51 to 100 of 723"."""
        first = (self.number - 1) * self.size + 1
        last = min(self.number * self.size, self.total)
        shown = f"{first:,} to {last:,}" if last > first else f"{first:,}"
        return f"{shown} of {self.total:,}" if self.total else "none"

    @property
    def previous(self) -> str:
        return self._at(self.number - 1) if self.number > 1 else ""

    @property
    def next(self) -> str:
        return self._at(self.number + 1) if self.number < self.last else ""

    def _at(self, number: int) -> str:
        return _address(self.path, dict(self.kept) | {self.name: str(number)})


def pages_of(query: Mapping[str, str], total: int, path: str, thing: str, name: str = "page", size: int = 50) -> Pages:
    """One of the lists of a page whose address is `query`: turning it leaves the other lists where they are."""
    kept = {key: query[key] for key in query if key != name}
    return Pages(page_number(query.get(name), total, size), total, path, thing, size, kept, name)


def page_number(text: str | None, total: int, size: int = 50) -> int:
    """A page number from an address: the nearest that exists, whatever was typed."""
    number = int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 1
    return min(max(1, number), max(1, ceil(total / size)))


def shortened(text: object) -> str:
    """What a file holds, fit for a page: of a very long value its beginning and its end. The file itself has it whole."""
    whole = str(text)
    return whole if len(whole) <= _LONGEST else f"{whole[:_BEGINNING]} … {whole[-_END:]}"


def in_words(text: object) -> str:
    """What a check or the reader says, for a place that takes plain words: shortened, and no marks around what is code."""
    return CODE.sub(r"\1", shortened(text))


def _address(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
