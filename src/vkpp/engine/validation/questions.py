"""Questions to the engine, compiled once: the same checks asked of the next return differ only in the files they read.

Compiling some hundred checks takes seconds and answering them a fraction of one. So the compiled SQL is remembered in this
process, by all that it depends on: the checks, the table, the catalogue's digest, the period, and which columns the files have.
The staged files stand behind views whose names depend on the table alone.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from vkpp.catalogue.specifications import Table
from vkpp.engine.shapes.tables import Staged

MOST = 256  # remembered questions; the one unused for longest is forgotten
FILE = "_file"  # the staged Parquet file that a row came from, as the engine names it


class Part(Protocol):
    """What is asked of the files of one table (delivery.Part gives it)."""

    @property
    def files(self) -> tuple[Staged, ...]: ...
    @property
    def table(self) -> Table: ...
    @property
    def number(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Known:
    """A compiled question: its SQL, the views that it reads (name, table, part), and the columns of its answer."""

    sql: str
    views: tuple[tuple[str, str, int], ...]
    schema: pa.Schema


_known: OrderedDict[Any, Known] = OrderedDict()


class Views:
    """Staged files under names that do not depend on the files, a new name each time that a part is read in one question."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.parts: dict[tuple[str, int], Part] = {}
        self.used: list[tuple[str, str, int]] = []
        self._times: Counter[tuple[str, int]] = Counter()

    def begin(self) -> None:
        self.used, self._times = [], Counter()

    def of(self, part: Part) -> Any:
        place = (part.table.name, part.number)
        name = f"staged_{part.table.name}_{part.number}_{self._times[place]}".replace("-", "_")
        self._times[place] += 1
        self.used.append((name, *place))
        return self.make(name, part)

    def make(self, name: str, part: Part) -> Any:
        paths = [str(one.parquet) for one in part.files]
        return self.session.read_parquet(paths, table_name=name, filename=FILE, union_by_name=len(paths) > 1)


class Questions:
    """Asks the engine about one delivery. `surroundings` is all that an answer depends on beside the question, or None."""

    def __init__(self, session: Any, views: Views, surroundings: Any) -> None:
        self.session, self.views, self.surroundings = session, views, surroundings

    def answer(self, key: Any, build: Callable[[], Any]) -> pa.Table:
        """The answer to the question that `build` makes; `key` tells it from others with the same surroundings."""
        whole = None if self.surroundings is None else (self.surroundings, key)
        known = _known.get(whole) if whole is not None else None
        if known is None:
            known = self._compiled(build)
            if whole is not None:
                _known[whole] = known
                if len(_known) > MOST:
                    _known.popitem(last=False)
        else:
            _known.move_to_end(whole)
            for name, table, part in known.views:
                self.views.make(name, self.views.parts[(table, part)])
        return self.session.con.sql(known.sql).to_arrow_table().cast(known.schema)

    def _compiled(self, build: Callable[[], Any]) -> Known:
        self.views.begin()
        expression = build()
        with layers_kept():
            sql = str(self.session.compile(expression))
        return Known(sql, tuple(self.views.used), expression.schema().to_pyarrow())


def columns_of(part: Part) -> tuple[Any, ...]:
    """What a compiled question depends on of the files of a part: which columns they have, and whether they are several."""
    return (part.number, len(part.files) > 1, *(tuple(pq.read_schema(one.parquet).names) for one in part.files))


@contextmanager
def layers_kept() -> Iterator[None]:
    """Ibis must not fuse the layers of a prepared table: fused, each text would be trimmed once for every use."""
    before = ibis.options.sql.fuse_selects
    ibis.options.sql.fuse_selects = False
    try:
        yield
    finally:
        ibis.options.sql.fuse_selects = before
