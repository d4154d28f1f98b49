"""Small deliveries for the tests of checking: records as text, staged as the reader stages them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from vkpp.basics.identifiers import fold
from vkpp.catalogue.specifications import Check, Field, Specification, Table
from vkpp.engine.shapes.findings import Reconciliation
from vkpp.engine.shapes.tables import Received, Staged

Records = Sequence[Mapping[str, str | None]]


@dataclass(frozen=True)
class List:
    codes: Mapping[str, str]

    @property
    def accepts(self) -> Mapping[str, str]:
        return {fold(text): code for code, title in self.codes.items() for text in (code, title)}


@dataclass(frozen=True)
class Lists:
    """As much of a catalogue as checks ask for."""

    lists: Mapping[str, List] = field(default_factory=dict)

    def code_list(self, name: str) -> List:
        return self.lists[name]


def column(name: str, kind: str = "string", **more: Any) -> Field:
    return Field(name=name, title=name.title(), type=kind, description="", **({"required": True} | more))


def table(*fields: Field, name: str = "rows") -> Table:
    return Table(name=name, title=name.title(), description="", fields=fields)


def check(must: Mapping[str, Any], name: str = "the-check", **more: Any) -> Check:
    words = {"message": "Found {value}.", "fix": "Correct it.", "source": "A test"}
    given = {"severity": "error", "tier": "cell", "table": "rows", "column": None} | words | more
    return Check(id=name, must=must, **given)


def specification(tables: Sequence[Table], checks: Sequence[Check], **more: Any) -> Specification:
    words = dict.fromkeys(("title", "purpose", "lawful_basis", "publisher", "attribution"), "A test")
    return Specification(name="test", edition="1", tables=tuple(tables), checks=tuple(checks), **(words | more))


def staged(records: Records, of: Table, folder: Path, *, name: str = "", missing: Sequence[str] = ()) -> Staged:
    """Records as the reader would have staged them from a text file with a header: record n stands on line n + 1."""
    there = [f.name for f in of.fields if f.name not in missing]
    columns = {n: pa.array([r.get(n) for r in records], pa.string()) for n in there}
    numbers = pa.array(range(1, len(records) + 1), pa.int64())
    columns |= {"_record": numbers, "_line": pa.array([n + 1 for n in range(1, len(records) + 1)], pa.int64())}
    name = name or f"{of.name}.csv"
    path = folder / f"{name}.parquet"
    pq.write_table(pa.table(columns), path)
    counts = {"physical_lines": len(records) + 1, "header": 1, "blanks": 0, "notes": 0, "breaks_inside": 0}
    return Staged(
        table=of.name,
        parquet=path,
        received=Received(name, "0" * 64, path.stat().st_size, "csv"),
        records=len(records),
        headers={n: of.field(n).title for n in there},
        unknown=(),
        missing=tuple(missing),
        findings=(),
        reconciliation=Reconciliation(name, of.name, **counts, records=len(records), accepted=len(records), rejected=0),
    )
