"""A delivery as the engine sees it: the staged files of each table, those with the same columns read as one relation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import ibis

from vkpp.catalogue.specifications import Specification, Table
from vkpp.engine.shapes.tables import LINE, RECORD, SHEET, Staged
from vkpp.engine.validation.operators_ibis import Asked, Row, prepared
from vkpp.engine.validation.questions import FILE, Views

OWN = (FILE, RECORD, LINE, SHEET)


@dataclass(frozen=True, slots=True)
class Part:
    """The files of one table that lack the same fields; they are scanned together."""

    files: tuple[Staged, ...]
    views: Views
    table: Table
    number: int = 0

    @property
    def missing(self) -> frozenset[str]:
        return frozenset(self.files[0].missing)

    def raw(self) -> Any:
        """The staged columns, under a new name each time; a field that the files lack is null.

        One name used twice in a question would be materialised first, and lose the dictionaries of the stored columns:
        with them the engine trims and casts each distinct value once.
        """
        stored = self.views.of(self)
        nothing = ibis.null("string")
        sheet = stored[SHEET] if SHEET in stored.columns else nothing
        fields = {f.name: stored[f.name].cast("string") if f.name in stored.columns else nothing for f in self.table.fields}
        return stored.select(FILE, RECORD, LINE, **{SHEET: sheet}, **fields)


@dataclass(frozen=True, slots=True)
class Delivered:
    """One table of the delivery. Only what is asked for is prepared."""

    table: Table
    parts: tuple[Part, ...]

    @property
    def missing(self) -> frozenset[str]:
        return frozenset().union(*(part.missing for part in self.parts))

    def rows(self, asked: Collection[Asked]) -> Row:
        """All records, with what is asked made ready."""
        return prepared(reduce(lambda a, b: a.union(b), (part.raw() for part in self.parts)), self.table, asked)

    def rows_of(self, part: Part, asked: Collection[Asked]) -> Row:
        return prepared(part.raw(), self.table, asked)


def delivered(views: Views, staged: Mapping[str, Sequence[Staged]], specification: Specification) -> dict[str, Delivered]:
    """The tables of the delivery that the specification knows, by name, in its order."""
    given = {table.name: tuple(staged.get(table.name, ())) for table in specification.tables}
    return {name: _table(views, specification.table(name), files) for name, files in given.items() if files}


def _table(views: Views, table: Table, files: tuple[Staged, ...]) -> Delivered:
    alike: dict[frozenset[str], list[Staged]] = {}
    for one in files:
        alike.setdefault(frozenset(one.missing), []).append(one)
    parts = tuple(Part(tuple(group), views, table, number) for number, group in enumerate(alike.values()))
    views.parts |= {(table.name, part.number): part for part in parts}
    return Delivered(table, parts)
