"""What a job is given and hands back to records: the outcome of checking one version, of accepting it, and of its pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CheckCount:
    """What one check found on one table. `records` that it touches, None where it is about a whole table or file."""

    check: str
    severity: str
    table: str
    sheets: str
    columns: str
    places: int
    records: int | None
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a check run. With `trouble` (words) nothing could be checked, and the rest is empty."""

    trouble: str = ""
    specification: str = ""
    ran: int = 0
    of: int = 0
    findings_sha256: str = ""
    lines: tuple[str, ...] = ()
    records: Mapping[str, int] = field(default_factory=dict)
    total: int | None = None
    counts: tuple[CheckCount, ...] = ()
    could_not_run: tuple[str, ...] = ()
    difference: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    files: tuple[tuple[str, int], ...] = ()  # of a version that was made by fixing cells: names and bytes
    sha256: str = ""  # over them, as over files that were sent
    was: tuple[str, ...] = ()  # the values before, in the order of the fixes
    marking: str = ""  # what the files made of the findings say; "" where none were made

    def found(self, severity: str, without: frozenset[str] = frozenset()) -> int:
        """Findings of a severity, those of waived checks left out."""
        return sum(one.places for one in self.counts if one.severity == severity and one.check not in without)


@dataclass(frozen=True, slots=True)
class Kept:
    """An accepted version as the store has it: its name, hash and counts; with `trouble` it was not kept."""

    receipt: str = ""
    sha256: str = ""
    records: Mapping[str, int] = field(default_factory=dict)
    total: int = 0
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class InStore:
    """What a receipt in the store says, for rebuilding the index. `version` is the row's id where it was made by a row."""

    collection: str
    period: str
    force_id: str
    receipt: str
    sha256: str
    at: str
    specification: str
    received: tuple[tuple[str, int, str], ...]
    records: Mapping[str, int]
    total: int
    version: str = ""
    compartment: UUID | None = None  # in whose store it lies; a receipt says nothing of it


@dataclass(frozen=True, slots=True)
class PackJob:
    """What the job knows of an accepted version beside the store; no page asks this.

    `outcomes` are (check, severity, table, places); `reasons` (check, answer); `waived` (check or "", reason).
    """

    version: UUID
    number: int
    nil: bool
    collection: str
    title: str
    period: str
    force_id: str
    force_name: str
    receipt: str
    sent_on: date
    due_on: date
    extended: bool
    late: int  # working days after the deadline; 0 also on a day off after it, less than 0 before it
    checks_ran: int
    checks_all: int
    outcomes: tuple[tuple[str, str, str, int], ...]
    reasons: tuple[tuple[str, str], ...]
    waived: tuple[tuple[str, str], ...]
    marking: str = "OFFICIAL"  # of its return
    compartment: UUID | None = None  # whose store it is made from, and from no other
