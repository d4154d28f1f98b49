"""A delivery as the engine sees it: the staged files of each table, those with the same columns read as one relation."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from typing import Any

import ibis

from vkpp.catalogue.specifications import Specification, Table
from vkpp.engine.shapes.tables import LINE, RECORD, SHEET, Staged
from vkpp.engine.validation.operators_ibis import Asked, Row, prepared

FILE = "_file"  # the staged Parquet file that a row came from, as the engine names it
OWN = (FILE, RECORD, LINE, SHEET)


@dataclass(frozen=True, slots=True)
class Part:
    """The files of one table that lack the same fields; they are scanned together."""

    files: tuple[Staged, ...]
    session: Any
    table: Table

    @property
    def missing(self) -> frozenset[str]:
        return frozenset(self.files[0].missing)

    def raw(self) -> Any:
        """The staged columns, under a new name each time; a field that the files lack is null.

        One name used twice in a question would be materialised first, and lose the dictionaries of the stored columns:
        with them the engine trims and casts each distinct value once.
        """
        paths = [str(f.parquet) for f in self.files]
        stored = self.session.read_parquet(paths, filename=FILE, union_by_name=len(paths) > 1)
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


def delivered(session: Any, staged: Mapping[str, Sequence[Staged]], specification: Specification) -> dict[str, Delivered]:
    """The tables of the delivery that the specification knows, by name, in its order."""
    given = {table.name: tuple(staged.get(table.name, ())) for table in specification.tables}
    return {name: _table(session, specification.table(name), files) for name, files in given.items() if files}


def _table(session: Any, table: Table, files: tuple[Staged, ...]) -> Delivered:
    alike: dict[frozenset[str], list[Staged]] = {}
    for one in files:
        alike.setdefault(frozenset(one.missing), []).append(one)
    return Delivered(table, tuple(Part(tuple(group), session, table) for group in alike.values()))


@contextmanager
def layers_kept() -> Iterator[None]:
    """Ibis must not fuse the layers of a prepared table: fused, each text would be trimmed once for every use."""
    before = ibis.options.sql.fuse_selects
    ibis.options.sql.fuse_selects = False
    try:
        yield
    finally:
        ibis.options.sql.fuse_selects = before
