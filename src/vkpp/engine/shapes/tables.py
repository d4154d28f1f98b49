"""Staged tables: a received file as text columns in Parquet, each value with its sheet, line and record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vkpp.engine.shapes.findings import Finding, Reconciliation

RECORD, LINE, SHEET = "_record", "_line", "_sheet"  # int64, int64, string: beside the fields in every staged table


@dataclass(frozen=True, slots=True)
class Received:
    """A file as it came: what it is and the hash of its bytes."""

    name: str  # file name without folders
    sha256: str
    size: int  # bytes
    kind: str  # csv, xlsx, xls, ods, zip
    encoding: str | None = None  # text files: utf-8, utf-8-sig, windows-1252, utf-16-le, ...
    delimiter: str | None = None
    quote: str | None = None
    line_ending: str | None = None  # "\\n", "\\r\\n", "\\r", or "mixed"


@dataclass(frozen=True, slots=True)
class Staged:
    """One table of a delivery, staged: every specified field as a text column, values exactly as received.

    `parquet` holds one row a record: the specified fields under their specification names (string, null only where the
    cell was empty), then `_record` (1-based), `_line` (physical line or sheet row of its first line) and `_sheet` where the
    source has sheets. `headers` maps a field's name to the heading as found. `unknown` are headings the specification does
    not know, kept out of the table and reported. `findings` are the reader's own (file tier).
    """

    table: str
    parquet: Path
    received: Received
    records: int
    headers: Mapping[str, str]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]  # specified fields that the file does not have
    findings: tuple[Finding, ...]
    reconciliation: Reconciliation
    facts: Mapping[str, str] = field(default_factory=dict)
