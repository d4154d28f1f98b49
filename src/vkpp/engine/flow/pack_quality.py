"""The data-quality card of a return: measures under the standard dimensions' names, each with what to do next.

Dimensions are those of the Government Data Quality Framework (2020); comparability over time is the European Statistical
System's. Nothing is added up to one score: a score would hide which column to look at, and would rank forces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from vkpp.catalogue.specifications import Specification
from vkpp.engine.shapes.pack import Filled, Quality

_WORST = 3  # columns that a next step names


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check found, as the service counted it: severity, table and places (findings)."""

    check: str
    severity: str
    table: str
    places: int


@dataclass(frozen=True, slots=True)
class Sent:
    """When the return was sent: working days after its deadline (less than 0: before it), and in how many versions."""

    day: str  # in words
    deadline: str
    late: int
    versions: int
    extended: bool = False


@dataclass(frozen=True, slots=True)
class Checks:
    """What the checks of the version said. `touched` are records that an error or query on a value touches, by table."""

    ran: int
    of: int
    outcomes: tuple[Outcome, ...]
    waived: tuple[str, ...] = ()
    touched: Mapping[str, int] | None = None  # None: the findings are not held any more


@dataclass(frozen=True, slots=True)
class Moved:
    """The main total against its usual range: "higher", "lower", "no" or "unknown", and the sentence that says it."""

    verdict: str
    sentence: str


def card(
    specification: Specification,
    tables: Mapping[str, Path],
    columns: Sequence[Filled],
    checks: Checks,
    sent: Sent | None,
    moved: Moved,
) -> Iterator[Quality]:
    """Every measure, in the order of the dimensions."""
    held = {name: pq.read_table(path) for name, path in tables.items()}
    yield from list(_completeness(specification, columns)) or [_none("Completeness")]
    yield from _uniqueness(specification, held) if any(rows.num_rows for rows in held.values()) else (_none("Uniqueness"),)
    yield from _references(specification, held)
    yield _within_records(specification, checks)
    yield _timeliness(sent)
    yield from _validity(specification, held, checks)
    yield Quality(
        "Accuracy",
        "accuracy",
        "What is written is what took place",
        "Not measured. A return cannot show it: only the case file can.",
        "Draw some crimes at random each quarter, read their case files, and count the values that differ.",
    )
    yield from _comparability(columns, moved)


def _of(count: int, of: int, noun: str) -> str:
    """A share that would be rounded to all or to none stands without its percentage."""
    plain = f"{count:,} of {of:,} {noun}"
    return f"{100 * count / of:.1f}% ({plain})" if count in (0, of) or 0.05 <= 100 * count / of < 99.95 else plain


def _none(dimension: str) -> Quality:
    return Quality(dimension, dimension.lower(), "Records", "Nothing to measure: no record was sent.", "Nothing.")


def _completeness(specification: Specification, columns: Sequence[Filled]) -> Iterator[Quality]:
    for table in specification.tables:
        mine = [one for one in columns if one.table == table.name and one.expected and one.applies]
        have, of = sum(one.known for one in mine), sum(one.applies for one in mine)
        if not mine:
            continue  # a table without records
        worst = sorted((one for one in mine if one.unknown), key=lambda one: (-one.unknown / one.applies, one.field))[:_WORST]
        names = ", ".join(f"{one.title} ({one.unknown:,} of {one.applies:,} without a value)" for one in worst)
        step = (
            f"Look first at {names}. Where somebody knows it, fill it in; where nobody does, write which: not known, not asked,"
            " refused. A blank says only that nobody wrote."
            if worst
            else "Nothing: keep it so."
        )
        yield Quality(
            "Completeness",
            f"completeness.{table.name}",
            f"{table.title}: values where each record should hold one",
            _of(have, of, "values are there"),
            step,
            have,
            of,
            not worst,
        )


def _uniqueness(specification: Specification, held: Mapping[str, pa.Table]) -> Iterator[Quality]:
    for table in specification.tables:
        if not table.primary_key or table.name not in held or not held[table.name].num_rows:
            continue
        rows = held[table.name]
        own = rows.group_by(list(table.primary_key)).aggregate([]).num_rows
        fine = own == rows.num_rows
        keys = " and ".join(table.field(name).title for name in table.primary_key)
        step = "Nothing: keep it so." if fine else f"Find the records that share {keys}, and keep one of each."
        yield Quality(
            "Uniqueness",
            f"uniqueness.{table.name}",
            f"{table.title}: each record once",
            _of(own, rows.num_rows, "records have a key of their own"),
            step,
            own,
            rows.num_rows,
            fine,
        )


def _references(specification: Specification, held: Mapping[str, pa.Table]) -> Iterator[Quality]:
    """Across tables: what points at a record of another table finds it."""
    for table in specification.tables:
        for key in table.foreign_keys:
            field, other = str(key["fields"]), str(key["reference"]["resource"])
            if table.name not in held or other not in held or not held[table.name].num_rows:
                continue
            values = held[table.name][field]
            found = pc.is_in(values, value_set=held[other][str(key["reference"]["fields"])].combine_chunks())
            there = int(pc.sum(found).as_py() or 0)
            fine = there == len(values)
            title = f"{table.title}: {table.field(field).title} stands in {specification.table(other).title.lower()}"
            step = "Nothing: keep it so." if fine else f"Send the missing {specification.table(other).title.lower()}."
            words = _of(there, len(values), "records find it")
            yield Quality("Consistency", f"consistency.{table.name}.{field}", title, words, step, there, len(values), fine)


def _within_records(specification: Specification, checks: Checks) -> Quality:
    """Values that stand beside each other and do not fit, within a record or across tables: what the checks asked about."""
    tiers = {check.id: check.tier for check in specification.checks}
    mine = [one for one in checks.outcomes if tiers.get(one.check) in ("record", "cross-table") and one.severity != "note"]
    places = sum(one.places for one in mine)
    most = max(mine, key=lambda one: (one.places, one.check), default=None)
    words = (
        f"{places:,} places where two values do not fit each other" if places else "No two values that do not fit each other"
    )
    step = "Nothing: keep it so."
    if most is not None:
        step = (
            f"Look first at the check {most.check} ({most.places:,}): correct what is wrong, or keep the reason that you gave."
        )
    return Quality(
        "Consistency", "consistency.values", "Values that stand side by side fit each other", words, step, fine=not places
    )


def _timeliness(sent: Sent | None) -> Quality:
    title = "Sent by the deadline"
    if sent is None:
        return Quality(
            "Timeliness",
            "timeliness",
            title,
            "Not measured: the return came in before the service held its deadline.",
            "Nothing.",
        )
    days = abs(sent.late)
    noun = "working day" if days == 1 else "working days"
    late = sent.late > 0 or (not sent.late and sent.day != sent.deadline)  # on a Saturday after a Friday no working day lies
    when = "on the day of" if sent.day == sent.deadline else "after" if late else "before"
    when = f"{days} {noun} {when}" if days else when
    extended = ", which was extended" if sent.extended else ""
    words = f"First certified on {sent.day}, {when} the deadline of {sent.deadline}{extended}."
    words += f" Version {sent.versions} is the one accepted."
    step = "Nothing: keep it so."
    if late:
        step = (
            "See on your receipt which step took longest. Ask for more time before the deadline where a step cannot be sooner."
        )
    return Quality("Timeliness", "timeliness", title, words, step, fine=not late)


def _validity(specification: Specification, held: Mapping[str, pa.Table], checks: Checks) -> Iterator[Quality]:
    waived = f" {len(checks.waived)} let go by a waiver." if checks.waived else ""
    step = "Nothing: keep it so."
    if checks.waived:
        step = f"Meet next time what was waived: {', '.join(checks.waived)}."
    elif checks.ran < checks.of:
        step = "Send every table, so that every check can run."
    words = f"{checks.ran:,} of {checks.of:,} checks ran.{waived}"
    fine = checks.ran == checks.of and not checks.waived
    yield Quality("Validity", "validity.checks", "Checks that ran on it", words, step, checks.ran, checks.of, fine)
    if checks.touched is None:
        return
    for table in specification.tables:
        records = held[table.name].num_rows if table.name in held else 0
        if not records:
            continue
        clean = records - checks.touched.get(table.name, 0)
        asked = [one for one in checks.outcomes if one.table == table.name and one.severity != "note"]
        names = ", ".join(one.check for one in sorted(asked, key=lambda one: (-one.places, one.check))[:_WORST])
        step = f"Look first at {names}." if clean < records else "Nothing: keep it so."
        title = f"{table.title}: records on which no check asks about a value"
        words = _of(clean, records, "records")
        yield Quality("Validity", f"validity.{table.name}", title, words, step, clean, records, clean == records)


def _comparability(columns: Sequence[Filled], moved: Moved) -> Iterator[Quality]:
    step = "Nothing: keep it so."
    if moved.verdict in ("higher", "lower"):
        step = (
            "Say what made it so before somebody asks: a new system, a drive, late crimes of earlier periods, or more (fewer)"
            " crimes that came to you."
        )
    yield Quality(
        "Comparability over time",
        "comparability.total",
        "The total against earlier periods",
        moved.sentence,
        step,
        fine=moved.verdict in ("no", "unknown"),
    )
    beside = [one for one in columns if one.before is not None and one.expected]
    if not beside:
        words = "Nothing earlier of the same length is held to compare with."
        yield Quality("Comparability over time", "comparability.columns", "Columns filled as before", words, "Nothing.")
        return
    other = [one for one in beside if one.moved]
    names = "; ".join(f"{one.title} ({one.before:.0f}% before, {one.share or 0:.0f}% now)" for one in other[:_WORST])
    step = f"Ask whether a system or a form changed: {names}." if other else "Nothing: keep it so."
    yield Quality(
        "Comparability over time",
        "comparability.columns",
        "Columns filled as before",
        _of(len(beside) - len(other), len(beside), "columns are filled as in the period before, chance aside"),
        step,
        len(beside) - len(other),
        len(beside),
        not other,
    )


def records_touched(findings: Path, specification: Specification) -> dict[str, int]:
    """Records that an error or a query about a value or a record touches, by table: each once, however many ask about it."""
    tiers = {check.id: check.tier for check in specification.checks}
    rows = pq.read_table(findings, columns=["check", "severity", "file", "table", "sheet", "record"]).to_pylist()
    seen = {
        (row["table"], row["file"], row["sheet"], row["record"])  # each file and sheet counts its records from 1
        for row in rows
        if row["record"] is not None
        and row["severity"] != "note"
        and tiers.get(row["check"]) in ("cell", "record", "cross-table")
    }
    found: dict[str, int] = {}
    for table, *_ in seen:
        found[table] = found.get(table, 0) + 1
    return found
