"""One received file to staged tables: what it is decides who reads it."""

from __future__ import annotations

from pathlib import Path

from vkpp.basics.problems import UnreadableFile
from vkpp.catalogue.specifications import Table
from vkpp.engine.reading.delimited import read_delimited
from vkpp.engine.reading.kinds import kind_of
from vkpp.engine.reading.limits import LIMITS, Limits
from vkpp.engine.shapes.tables import Staged


def read(path: Path, table: Table, work: Path, *, sheet: str | None = None, limits: Limits = LIMITS) -> tuple[Staged, ...]:
    """Stages a received file as text columns in Parquet under `work`; a zip gives one table per member.

    Values are exactly as received; an empty cell is null. Raises UnreadableFile when the file cannot be read without
    guessing; StructuralFaults, its subclass, carries every structural fault in `findings`. Raises Problem when the disk
    is full. In every case nothing half-written stays in `work`.
    """
    name = path.name
    if not path.is_file():
        raise UnreadableFile(f"There is no file {name}.", where=name, expected="a file", next_step="check the name")
    if path.stat().st_size > limits.file_bytes:
        raise UnreadableFile(
            f"{name} has {path.stat().st_size:,} bytes.",
            where=name,
            expected=f"at most {limits.file_bytes:,} bytes",
            next_step="split the table by period and send each part",
        )
    work.mkdir(parents=True, exist_ok=True)
    kind = kind_of(path)
    if kind == "csv":
        return (read_delimited(path, table, work, limits, name=name),)
    raise UnreadableFile(f"{name} is a {kind} file, which cannot be read yet.", where=name, expected="CSV")
