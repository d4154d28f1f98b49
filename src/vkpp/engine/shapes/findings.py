"""What a check says: findings, the runs of the checks, and the reconciliation that proves nothing was lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import pyarrow as pa

Severity = Literal["error", "query", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "query", "note")

FINDINGS_SCHEMA = pa.schema(
    [
        ("check", pa.string()),  # check id of the specification, or of the reader ("file-...")
        ("severity", pa.string()),
        ("file", pa.string()),  # file name, never a path
        ("table", pa.string()),
        ("sheet", pa.string()),  # null for text files
        ("row", pa.int64()),  # physical line in a text file, row in a sheet; 1-based
        ("record", pa.int64()),  # record number in the table; 1-based, the header not counted
        ("period", pa.string()),  # the record's own period where it has one, for the order in which analysts fix
        ("column", pa.string()),  # the field's title as the specification gives it
        ("value", pa.string()),  # as received; masked where the field is personal
        ("message", pa.string()),
        ("fix", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. Fields as in FINDINGS_SCHEMA; None where a finding is about a whole file or table."""

    check: str
    severity: Severity
    message: str
    fix: str
    file: str
    table: str
    sheet: str | None = None
    row: int | None = None
    record: int | None = None
    period: str | None = None
    column: str | None = None
    value: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CheckRun:
    """That one check ran, or why it could not. A check that cannot run has not passed."""

    check: str
    table: str
    severity: Severity
    ran: bool
    findings: int
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Proof that nothing was lost between the file and the records; all counts are whole numbers.

    physical lines = header + blanks + records + breaks inside records; records = accepted + rejected. For a sheet,
    physical lines are rows of the used range, and rows skipped by a stated rule (a title above the header) are `notes`.
    """

    file: str
    table: str
    physical_lines: int
    header: int
    blanks: int
    notes: int
    breaks_inside: int
    records: int
    accepted: int
    rejected: int
    sheet: str | None = None

    @property
    def holds(self) -> bool:
        return (
            self.physical_lines == self.header + self.blanks + self.notes + self.breaks_inside + self.records
            and self.records == self.accepted + self.rejected
        )

    def sentence(self) -> str:
        where = f"{self.file}, sheet {self.sheet}" if self.sheet else self.file
        return (
            f"{where}: {self.physical_lines:,} lines = {self.header:,} header + {self.blanks:,} blank + {self.notes:,} notes"
            f" + {self.breaks_inside:,} breaks inside records + {self.records:,} records;"
            f" {self.records:,} records = {self.accepted:,} accepted + {self.rejected:,} rejected."
        )


class Findings:
    """Findings as one Arrow table in FINDINGS_SCHEMA: never capped, ordered record, period, message, column."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table.select(FINDINGS_SCHEMA.names).cast(FINDINGS_SCHEMA)

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Findings:
        return cls(pa.Table.from_pylist([f.as_dict() for f in findings], schema=FINDINGS_SCHEMA))

    @classmethod
    def joined(cls, parts: Iterable[Findings]) -> Findings:
        tables = [p.table for p in parts]
        return cls(pa.concat_tables(tables) if tables else FINDINGS_SCHEMA.empty_table())

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __iter__(self) -> Iterator[Finding]:
        for batch in self.table.to_batches(max_chunksize=10_000):
            for row in batch.to_pylist():
                yield Finding(**row)

    def count(self, severity: Severity) -> int:
        column = self.table.column("severity").to_pylist() if self.table.num_rows < 1000 else None
        if column is not None:
            return int(column.count(severity))
        counts = {d["values"]: d["counts"] for d in self.table.column("severity").value_counts().to_pylist()}
        return int(counts.get(severity, 0))


@dataclass(frozen=True)
class CheckResult:
    """All that checking one delivery says."""

    findings: Findings
    runs: tuple[CheckRun, ...]
    reconciliations: tuple[Reconciliation, ...]
    specification: str  # "name edition"
    facts: Mapping[str, Any] = field(default_factory=dict)  # what was understood of each file: encoding, delimiter, ...

    @property
    def could_not_run(self) -> tuple[CheckRun, ...]:
        return tuple(run for run in self.runs if not run.ran)

    @property
    def blocked(self) -> bool:
        return self.findings.count("error") > 0 or bool(self.could_not_run)
