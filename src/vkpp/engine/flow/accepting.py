"""From a checked delivery to an accepted version: coded tables as Parquet; and what a resubmission changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from vkpp.catalogue.load import Catalogue
from vkpp.catalogue.specifications import Specification, Table
from vkpp.engine.classification.coding import coded
from vkpp.engine.flow.checking import Checked
from vkpp.engine.shapes.tables import Staged
from vkpp.engine.tables.casting import typed
from vkpp.engine.tables.session import connect


@dataclass(frozen=True, slots=True)
class Prepared:
    """The coded tables of one return as finished Parquet files, with their numbers of records."""

    tables: Mapping[str, Path]
    records: Mapping[str, int]


def prepare_tables(checked: Checked, catalogue: Catalogue, out: Path) -> Prepared:
    """Write each table of a delivery typed and coded, in the order of its records; the same rows give the same bytes."""
    return prepare_many({"": checked.staged}, checked.specification, catalogue, {"": out})[""]


def prepare_many(
    deliveries: Mapping[str, Mapping[str, Sequence[Staged]]],
    specification: Specification,
    catalogue: Catalogue,
    out: Mapping[str, Path],
) -> dict[str, Prepared]:
    """The same for many deliveries by name, in one question a table: asking is dearer than counting where files are small."""
    tables: dict[str, dict[str, Path]] = {name: {} for name in deliveries}
    records: dict[str, dict[str, int]] = {name: {} for name in deliveries}
    con = connect()
    try:
        for table in specification.tables:
            parts = [(name, one) for name, staged in deliveries.items() for one in staged[table.name]]
            coded_rows = _coded(con, [one for _, one in parts], table, catalogue)
            for name in deliveries:
                mine = [str(one.parquet.resolve()) for owner, one in parts if owner == name]
                whole = pa.concat_tables([coded_rows[path] for path in mine])
                out[name].mkdir(parents=True, exist_ok=True)
                tables[name][table.name] = out[name] / f"{table.name}.parquet"
                write_parquet(whole, tables[name][table.name])
                records[name][table.name] = whole.num_rows
    finally:
        con.disconnect()
    return {name: Prepared(tables[name], records[name]) for name in deliveries}


def _coded(con: Any, staged: Sequence[Staged], table: Table, catalogue: Catalogue) -> dict[str, pa.Table]:
    """Coded rows by staged file, each in the order of its records."""
    paths = [str(one.parquet.resolve()) for one in staged]
    read = con.read_parquet(paths, filename="_file", union_by_name=True)
    rows = coded(typed(read, table), table, catalogue).select(*(f.name for f in table.fields), "_record", "_file")
    arrow = rows.order_by(["_file", "_record"]).to_pyarrow()
    files = arrow["_file"].combine_chunks()
    return {path: arrow.filter(pc.equal(files, path)).drop(["_record", "_file"]) for path in paths}


def write_parquet(arrow: pa.Table, path: Path) -> None:
    """Parquet with zstd and without anything that depends on the day or the machine."""
    pq.write_table(arrow.replace_schema_metadata(None), path, compression="zstd", version="2.6", store_schema=False)


@dataclass(frozen=True, slots=True)
class Difference:
    """How one return differs from the one before, table by table; keys are the specification's primary keys.

    `changed` counts records of the same key by the field that differs; a record may count under several.
    """

    table: str
    before: int
    after: int
    new: int
    removed: int
    changed_records: int
    changed: Mapping[str, int]
    examples: tuple[Mapping[str, Any], ...]

    def sentence(self) -> str:
        """The difference in words, with the shape of the commonest cases named."""
        moved = ", ".join(f"{field} in {n:,}" for field, n in sorted(self.changed.items(), key=lambda item: -item[1]))
        if not self.new and not self.removed and not self.changed_records:
            return f"{self.table}: no record differs ({self.after:,} records)."
        came = f"{self.new:,} new, {self.removed:,} removed" if self.new or self.removed else "no record came or went"
        share = 100 * self.changed_records / self.after if self.after else 0
        of = f"{self.changed_records:,} of {self.after:,} records changed ({share:.0f}%)"
        return f"{self.table}: {came}; {of}{': ' + moved if moved else ''}."


def difference(
    specification: Specification, before: Mapping[str, Path], after: Mapping[str, Path], *, examples: int = 10
) -> list[Difference]:
    """Compare two versions of a return record by record, by each table's primary key."""
    con = connect()
    try:
        return [
            _difference(con, table.name, table.primary_key, before[table.name], after[table.name], examples)
            for table in specification.tables
        ]
    finally:
        con.disconnect()


def _difference(con: Any, name: str, key: tuple[str, ...], before: Path, after: Path, examples: int) -> Difference:
    old, new = con.read_parquet(str(before)), con.read_parquet(str(after))
    fields = [column for column in new.columns if column not in key]
    joined = old.join(new, list(key), how="inner", lname="{name}_before", rname="{name}_after")
    differs = {f: ~joined[f"{f}_before"].identical_to(joined[f"{f}_after"]) for f in fields}
    anything = ibis.or_(*differs.values()) if differs else ibis.literal(False)
    counts = (
        joined.agg(_n=joined.count(), _any=anything.sum(), **{f: condition.sum() for f, condition in differs.items()})
        .to_pyarrow()
        .to_pylist()[0]
    )
    n_old, n_new = int(old.count().to_pyarrow().as_py()), int(new.count().to_pyarrow().as_py())
    changed = {f: int(counts[f] or 0) for f in fields if counts[f]}
    shown = joined.filter(anything).order_by(list(key)).limit(examples).to_pyarrow().to_pylist() if changed else []
    return Difference(
        table=name,
        before=n_old,
        after=n_new,
        new=n_new - int(counts["_n"]),
        removed=n_old - int(counts["_n"]),
        changed_records=int(counts["_any"] or 0),
        changed=changed,
        examples=tuple({k: v for k, v in row.items() if k in key or _moved(row, k)} for row in shown),
    )


def _moved(row: Mapping[str, Any], column: str) -> bool:
    stem = column.removesuffix("_before").removesuffix("_after")
    return f"{stem}_before" in row and row[f"{stem}_before"] != row[f"{stem}_after"]
