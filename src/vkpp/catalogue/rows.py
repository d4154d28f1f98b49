"""Reads the catalogue's CSV files row by row, and says file, line and what was expected when a row is not right."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from vkpp.basics.problems import Problem

CONFIDENCES = ("seen", "recalled", "proposed", "derived")
DATED = ("valid_from", "valid_to", "source", "confidence")


class CatalogueProblem(Problem):
    """A file of the catalogue is not right. Nothing of the catalogue is used until it is."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an entry comes from. `source` is its short name in the other files."""

    source: str
    title: str
    publisher: str
    licence: str
    address: str
    read_on: date | None
    note: str

    @property
    def words(self) -> str:
        """The source as it is printed: who published what."""
        return f"{self.publisher}: {self.title}" if self.publisher else self.title


@dataclass(frozen=True, slots=True)
class Dated:
    """What every entry carries: from when to when it holds, where it comes from and how sure it is."""

    valid_from: date | None  # None: no start is known to us
    valid_to: date | None  # the last day on which it holds; None: it still does
    source: str  # in words
    confidence: str  # one of CONFIDENCES

    def holds_on(self, day: date) -> bool:
        return holds(self.valid_from, self.valid_to, day)


def holds(first: date | None, last: date | None, day: date) -> bool:
    """Whether a day lies from `first` to `last`, both included; None is open."""
    return (first is None or first <= day) and (last is None or day <= last)


@dataclass(frozen=True, slots=True)
class Row:
    """One row with its place. Each reading method raises a CatalogueProblem that names file, line and column."""

    file: str
    line: int
    values: Mapping[str, str]

    def problem(self, saw: str, expected: str) -> CatalogueProblem:
        return CatalogueProblem(
            saw,
            where=f"catalogue file {self.file}, line {self.line}",
            expected=expected,
            next_step="Correct the file and try again",
        )

    def text(self, column: str) -> str:
        """A text that must be there."""
        if not (value := self.values[column]):
            raise self.problem(f"Column {column} is empty.", "a text")
        return value

    def maybe(self, column: str) -> str:
        """A text that may be empty."""
        return self.values[column]

    def one_of(self, column: str, allowed: Sequence[str]) -> str:
        value = self.values[column]
        if value not in allowed:
            raise self.problem(f"Column {column} holds {value!r}.", "one of " + ", ".join(allowed))
        return value

    def yes(self, column: str) -> bool:
        """True for "yes", False for an empty cell; nothing else is accepted."""
        return self.one_of(column, ("yes", "")) == "yes"

    def day(self, column: str) -> date | None:
        """A date written as 2024-04-01, or None for an empty cell."""
        if not (value := self.values[column]):
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise self.problem(f"Column {column} holds {value!r}.", "a date written as 2024-04-01, or nothing") from None

    def whole(self, column: str) -> int:
        """A whole number of zero or more."""
        value = self.values[column]
        if not value.isascii() or not value.isdigit():
            raise self.problem(f"Column {column} holds {value!r}.", "a whole number without spaces or commas")
        return int(value)

    def source(self, sources: Mapping[str, Source]) -> str:
        """The source in words; its short name must stand in sources.csv."""
        value = self.text("source")
        if value not in sources:
            raise self.problem(f"Column source holds {value!r}.", "a source named in sources.csv")
        return sources[value].words

    def confidence(self) -> str:
        return self.one_of("confidence", CONFIDENCES)

    def dated(self, sources: Mapping[str, Source]) -> Dated:
        """The four columns that every entry carries."""
        first, last = self.day("valid_from"), self.day("valid_to")
        if first and last and last < first:
            raise self.problem(f"It ends on {last} and begins on {first}.", "valid_to on or after valid_from")
        return Dated(first, last, self.source(sources), self.confidence())


def rows_of(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """The rows of one CSV file with exactly these columns (in any order), trimmed. Blank lines are skipped."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise CatalogueProblem(
            f"The catalogue has no file {path.name}.",
            where=f"folder {path.parent.name}",
            expected="the columns " + ", ".join(columns),
        ) from None
    except UnicodeDecodeError as error:
        raise _file_problem(path, 1, f"Byte {error.start} is not UTF-8.", "a file saved as CSV UTF-8") from None
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        yield from _rows(reader, path, columns)
    except csv.Error as error:
        raise _file_problem(
            path, reader.line_num, f"The line cannot be read as CSV ({error}).", "quotes that open and close"
        ) from None


def _rows(reader: Iterator[list[str]], path: Path, columns: Sequence[str]) -> Iterator[Row]:
    header = [name.strip() for name in next(reader, [])]
    if sorted(header) != sorted(columns):
        raise _file_problem(path, 1, f"The header is {', '.join(header) or 'empty'}.", "the columns " + ", ".join(columns))
    for cells in reader:
        line: int = reader.line_num  # type: ignore[attr-defined]
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise _file_problem(path, line, f"The line has {len(cells)} cells.", f"{len(header)} cells, as in the header")
        yield Row(path.name, line, {name: cell.strip() for name, cell in zip(header, cells, strict=True)})


def _file_problem(path: Path, line: int, saw: str, expected: str) -> CatalogueProblem:
    return CatalogueProblem(
        saw, where=f"catalogue file {path.name}, line {line}", expected=expected, next_step="Correct the file and try again"
    )


def read_sources(path: Path) -> dict[str, Source]:
    """sources.csv: the sources that the other files may name."""
    columns = ("source", "title", "publisher", "licence", "address", "read_on", "note")
    found: dict[str, Source] = {}
    for row in rows_of(path, columns):
        if (name := row.text("source")) in found:
            raise row.problem(f"Source {name!r} stands here a second time.", "each source once")
        found[name] = Source(
            name,
            row.text("title"),
            row.maybe("publisher"),
            row.maybe("licence"),
            row.maybe("address"),
            row.day("read_on"),
            row.maybe("note"),
        )
    return found
