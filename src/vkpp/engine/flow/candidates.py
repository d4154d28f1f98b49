"""Crimes that may stand twice in the accepted returns: shown with the reasons, never merged. People are not linked (16.11).

Two records are a candidate when what both say of the crime itself agrees; what they say of people is not looked at. The
person who reads the list decides, at the force: identical records may be separate events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

SAME_REFERENCE, SENT_TWICE = "one reference twice", "sent twice"
TRANSFERRED, STILL_COUNTED, NOT_FOUND = "transferred", "counted by both forces", "transferred and not found"
COUNTED = "recorded"
_READ = ["crime_ref", "offence_code", "offence_class", "recorded", "offence_from", "offence_to", "outcome", "outcome_date"]
_READ += ["place", "place_kind", "status", "other_force"]
NEAR_DAYS, LONG_AGO = 30, 60  # days between two recordings of one crime; from the offence to its recording
SMALL = 5  # a count below this is not printed


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two records that may be one crime; `other_ref` is None where a transfer names a force that sent no such crime."""

    kind: str
    force_id: str
    crime_ref: str
    other_force: str
    other_ref: str | None
    reasons: tuple[str, ...]

    def sentence(self) -> str:
        other = f"{self.other_force} {self.other_ref}" if self.other_ref else self.other_force
        return f"{self.kind}: {self.force_id} {self.crime_ref} and {other}: {'; '.join(self.reasons)}"


def candidates(returns: Mapping[str, Mapping[str, Path]]) -> list[Candidate]:
    """Candidates among accepted returns (files by force and table) in the order of force and reference."""
    crimes = {force: _rows(files["crimes"]) for force, files in sorted(returns.items())}
    found = [one for force, rows in crimes.items() for one in _within(force, rows)]
    found += _between(crimes)
    return sorted(found, key=lambda c: (c.force_id, c.crime_ref, c.kind, c.other_ref or ""))


def counted(found: Iterable[Candidate]) -> dict[str, int]:
    """How many candidates there are of each kind, kinds without one included."""
    counts = Counter(one.kind for one in found)
    return {kind: counts[kind] for kind in (SAME_REFERENCE, SENT_TWICE, TRANSFERRED, STILL_COUNTED, NOT_FOUND)}


def counts_file(counts: Mapping[str, int], mark: str) -> bytes:
    """The counts as CSV for a folder beside an edition: kinds and numbers, small ones as [c], no reference and no force."""
    lines = [mark] if mark else []
    lines += ["kind,candidates"]
    lines += [f"{kind},{n if n == 0 or n >= SMALL else '[c]'}" for kind, n in sorted(counts.items())]
    return ("\n".join(lines) + "\n").encode()


def _rows(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(path, columns=_READ).to_pylist()
    return rows


def _what(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What two records of one crime must have in common, whoever wrote them."""
    return row["offence_code"], row["offence_class"], row["offence_from"], row["offence_to"]


def _within(force: str, rows: list[dict[str, Any]]) -> Iterable[Candidate]:
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        alike = (*_what(row), row["recorded"], row["place"], row["place_kind"], row["outcome"], row["outcome_date"])
        if row["offence_from"] is not None and row["status"] == COUNTED:
            groups.setdefault(alike, []).append(row)
    reasons = ("the same offence", "the same days", "recorded on the same day", "the same place", "the same outcome")
    for group in groups.values():
        first, *others = sorted(group, key=lambda row: row["crime_ref"])
        yield from (Candidate(SENT_TWICE, force, o["crime_ref"], force, first["crime_ref"], reasons) for o in others)
    for ref, n in Counter(row["crime_ref"] for row in rows).items():
        if n > 1:
            yield Candidate(SAME_REFERENCE, force, ref, force, ref, (f"the reference stands on {n} records",))


def _between(crimes: Mapping[str, list[dict[str, Any]]]) -> Iterable[Candidate]:
    """A record that names another force, and the records of that force that say the same of the crime."""
    asking = [(force, row) for force, rows in crimes.items() for row in rows if _names_another(row, crimes) or _astray(row)]
    wanted = {_what(row) for _, row in asking}
    by_what: dict[tuple[Any, ...], list[tuple[str, dict[str, Any]]]] = {}
    for force, rows in crimes.items():
        for row in rows:
            if row["offence_from"] is not None and (what := _what(row)) in wanted:
                by_what.setdefault(what, []).append((force, row))
    for force, row in asking:
        alike = by_what.get(_what(row), [])
        yield from _of_transfer(force, row, alike) if _names_another(row, crimes) else _still_counted(force, row, alike)


def _names_another(row: Mapping[str, Any], crimes: Mapping[str, Any]) -> bool:
    return row["status"] == "transferred" and row["other_force"] in crimes


def _astray(row: Mapping[str, Any]) -> bool:
    """Counted here, and said to have been outside the force's area."""
    return row["status"] == COUNTED and row["offence_from"] is not None and _outside(row)


def _of_transfer(force: str, row: Mapping[str, Any], alike: list[tuple[str, dict[str, Any]]]) -> Iterable[Candidate]:
    named = row["other_force"]
    there = [other for owner, other in alike if owner == named]
    reasons = ("the first names the second as the force that counts it", "the same offence", "the same days")
    if not there:
        why = (*reasons[:1], "that force sent no crime of the offence and the days")
        yield Candidate(NOT_FOUND, force, row["crime_ref"], named, None, why)
    yield from (Candidate(TRANSFERRED, force, row["crime_ref"], named, other["crime_ref"], reasons) for other in there)


def _still_counted(force: str, row: Mapping[str, Any], alike: list[tuple[str, dict[str, Any]]]) -> Iterable[Candidate]:
    """Both count it: a record whose place is outside its force's area, and one recorded soon after by another force.

    Offence and days alone agree by chance where an offence is common and recent, so the outcome must agree too, or the
    offence must have begun long before.
    """
    reasons = ("the same offence", "the same days", "the same kind of place", f"recorded up to {NEAR_DAYS} days later")
    for other_force, other in alike:
        if other_force == force or other["status"] != COUNTED or _outside(other) or not _soon_after(row, other):
            continue
        outcome = all(row[name] == other[name] for name in ("outcome", "outcome_date")) and row["outcome_date"] is not None
        long_ago = (row["recorded"] - row["offence_from"]).days > LONG_AGO
        if other["place_kind"] == row["place_kind"] and (outcome or long_ago):
            why = "the same outcome on the same day" if outcome else f"begun more than {LONG_AGO} days before it was recorded"
            said = ("the first says that it was outside its area", *reasons, why)
            yield Candidate(STILL_COUNTED, force, row["crime_ref"], other_force, other["crime_ref"], said)


def _soon_after(row: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    if row["recorded"] is None or other["recorded"] is None:
        return False
    days: int = (other["recorded"] - row["recorded"]).days
    return 0 <= days <= NEAR_DAYS


def _outside(row: Mapping[str, Any]) -> bool:
    return (row["place"] or "").casefold().startswith("outside")
