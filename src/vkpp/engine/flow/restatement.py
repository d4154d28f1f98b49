"""What a re-supplied return did to the crimes of each month, and which of the known reasons explains it.

Known reasons: outcomes that came in late, crimes that came in late, crimes reclassified, crimes taken out or cancelled, and a
field that stops or starts being filled in (a discontinuity). What none of them explains is said to be unexplained.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from vkpp.basics.missing import MISSING_WORDS

NEARLY_HALF = 0.40  # of a month's crimes: seen between two downloads of one month of real data (45 per cent)
_CLASS, _OUTCOME = ("offence_code", "offence_class"), ("outcome", "outcome_date")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
FILLED, EMPTY = 0.70, 0.30  # share of a field that is answered, before and after a discontinuity


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the date recorded, by counts of crimes. `cancelled` counts crimes that ceased to be counted by status."""

    month: str  # "2024-06"
    before: int
    after: int
    new: int
    removed: int
    reclassified: int
    outcome_moved: int
    cancelled: int
    other: int

    @property
    def moved(self) -> bool:
        return bool(self.new or self.removed or self.reclassified or self.outcome_moved or self.cancelled or self.other)

    @property
    def label(self) -> str:
        year, month = self.month.split("-")
        return f"{_MONTHS[int(month) - 1]} {year}"

    def sentences(self) -> Iterator[str]:
        """What happened, then what explains it."""
        share = self.outcome_moved / self.before if self.before else 0.0
        if share >= NEARLY_HALF and not self.new and not self.removed:
            yield (
                f"{self.label}: {self.outcome_moved:,} of {self.before:,} outcomes changed ({100 * share:.0f}%), and no record"
                " came or went. Outcomes came in late; the number of crimes is not restated by it."
            )
        elif self.outcome_moved:
            yield f"{self.label}: {self.outcome_moved:,} of {self.before:,} outcomes changed."
        if self.new:
            yield f"{self.label}: {_crimes(self.new, 'is', 'are')} new: recorded in it, and sent later (delay)."
        if self.removed:
            yield f"{self.label}: {_crimes(self.removed, 'was', 'were')} taken out. Ask why: a crime is cancelled, not removed."
        if self.reclassified:
            yield f"{self.label}: {_crimes(self.reclassified, 'was', 'were')} reclassified (another offence code or class)."
        if self.cancelled:
            now = _crimes(self.cancelled, "has", "have")
            yield f"{self.label}: {now} another status now, and so {_is(self.cancelled)} counted otherwise."
        if self.other and not (self.outcome_moved or self.reclassified or self.cancelled):
            yield f"{self.label}: {_crimes(self.other, 'has', 'have')} changed in other fields only."


def _crimes(n: int, one: str, several: str) -> str:
    return f"1 crime {one}" if n == 1 else f"{n:,} crimes {several}"


def _is(n: int) -> str:
    return "is" if n == 1 else "are"


def months(before: Path, after: Path) -> list[Month]:
    """The crimes of two versions of one return (Parquet), month by month of the date recorded."""
    old, new = _by_ref(before), _by_ref(after)
    names = sorted({_month(row) for row in (*old.values(), *new.values())})
    return [_of_month(name, old, new) for name in names]


def explained(before: Path, after: Path) -> list[str]:
    """Sentences for a person: each month that moved and why, then each field that stops or starts being filled in."""
    said = [words for month in months(before, after) if month.moved for words in month.sentences()]
    return [*said, *discontinuities(after)]


def discontinuities(path: Path) -> list[str]:
    """Fields that are answered up to some month and hardly after it, or the other way round."""
    rows = pq.read_table(path).to_pylist()
    by_month: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_month.setdefault(_month(row), []).append(row)
    names = sorted(name for name, held in by_month.items() if name and len(held) >= 5)
    fields = [name for name in (rows[0] if rows else {}) if name.endswith("_flag") or name.startswith("place")]
    return [words for field in fields for words in _breaks_of(field, names, by_month)]


def _breaks_of(field: str, names: Sequence[str], by_month: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    shares = [_answered(field, by_month[name]) for name in names]
    for at in range(1, len(names)):
        earlier, later = shares[:at], shares[at:]
        label = Month(names[at], *[0] * 8).label
        if min(earlier) >= FILLED and max(later) <= EMPTY:
            yield f"{field}: filled in up to {label} and hardly from then on: a discontinuity of recording, not of crime."
        elif max(earlier) <= EMPTY and min(later) >= FILLED:
            yield f"{field}: hardly filled in before {label} and from then on: a discontinuity of recording, not of crime."


def _answered(field: str, rows: Sequence[Mapping[str, Any]]) -> float:
    return sum(row[field] is not None and row[field] not in MISSING_WORDS for row in rows) / len(rows)


def _by_ref(path: Path) -> dict[str, dict[str, Any]]:
    return {row["crime_ref"]: row for row in pq.read_table(path).to_pylist()}


def _month(row: Mapping[str, Any]) -> str:
    return f"{row['recorded']:%Y-%m}" if row["recorded"] else ""


def _of_month(name: str, old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]) -> Month:
    then = {ref: row for ref, row in old.items() if _month(row) == name}
    now = {ref: row for ref, row in new.items() if _month(row) == name}
    pairs = [(row, new[ref]) for ref, row in then.items() if ref in new]
    reclassified = sum(_differ(a, b, _CLASS) for a, b in pairs)
    return Month(
        month=name,
        before=len(then),
        after=len(now),
        new=sum(ref not in old for ref in now),
        removed=sum(ref not in new for ref in then),
        reclassified=reclassified,
        outcome_moved=sum(_differ(a, b, _OUTCOME) for a, b in pairs),
        cancelled=sum(_differ(a, b, ("status",)) for a, b in pairs),
        other=sum(a != b for a, b in pairs),
    )


def _differ(a: Mapping[str, Any], b: Mapping[str, Any], names: Sequence[str]) -> bool:
    return any(a[name] != b[name] for name in names)
