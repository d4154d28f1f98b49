"""Cells that a force fixes on screen: gathered one by one, then a new version of the file with exactly these replaced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from vkpp.records.collections import rules
from vkpp.records.collections.commands.holding import current_version, facts_of, move_return, new_version, return_row
from vkpp.records.collections.commands.locking import CHECK, about, person_of, rows_of
from vkpp.records.collections.commands.quota import demand_room
from vkpp.records.collections.models import Fix, Round, Submission, Version
from vkpp.records.collections.rules import fixing, places, register
from vkpp.records.collections.rules.fixing import MOST_CELLS, Cell
from vkpp.records.collections.states import RETURN
from vkpp.records.ground.problems import Refused
from vkpp.records.ground.viewer import Viewer
from vkpp.records.trail.commands import Done, command
from vkpp.records.work import commands as work


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall stand in the cell of one finding (its `index` in the list). None leaves the cell as it was sent.

    `seen` is the fix that the page showed for it, None for none: where a colleague has put another since, theirs stays.
    """

    index: int
    value: str | None
    seen: str | None = None


@dataclass(frozen=True, slots=True)
class SameForAll:
    """One value for every cell of a kind of finding that has no fix yet."""

    check: str
    table: str
    column: str
    value: str


@command("collections.fix.gather")
def gather_fixes(
    *, by: Viewer, at: datetime, submission: UUID, version: int, wanted: Sequence[Wanted] = (), rest: SameForAll | None = None
) -> Done[int]:
    """Keep what cells of the version in hand shall hold; nothing is changed before `fix`. Gives how many are gathered now.

    Raises Refused where another version came in the meantime, the files are gone, or a colleague has fixed a cell otherwise;
    UsageProblem for a value that may not stand in the file. Then nothing of this is kept.
    """
    row, _, current = _fixable(by, submission, version)
    known = fixing.read(places.cells(register.root(), current.pk))
    held = {_place(one): one for one in rows_of(Fix, of=current)}
    before = len(held)
    for one, found in _findings(current, known, wanted):
        _gather(row, current, known, held, found, one.value, by, at, seen=one.seen, guarded=True)
    if rest is not None:
        _gather_rest(row, current, known, held, rest, by, at)
    _demand_few(len(held))
    return Done(
        about(row), len(held), {"version": version, "before": before, "cells": len(held), "columns": _counted(row, held)}
    )


def _fixable(by: Viewer, submission: UUID, version: int) -> tuple[Submission, Round, Version]:
    """The return with the version that the page showed; Refused in the rule's words where no cell of it can be fixed now."""
    row, round_ = return_row(by, submission)
    current = current_version(row)
    rules.demand(RETURN, "fix", by, facts_of(row, round_, current))
    if current is None or current.number != version:
        raise Refused(
            f"You looked at version {version}, and the return is at version {row.version} now. Nothing was changed.",
            next_step="open the results again and fix what is left",
        )
    if current.nil or not places.sent(register.root(), current.pk).is_dir():
        raise Refused(
            f"The files of version {version} are not here any more, so no cell of them can be fixed.",
            next_step="send the whole return again",
        )
    return row, round_, current


def _place(one: Fix) -> tuple[str, str, str, int, str]:
    return one.file, one.table, one.sheet, one.row, one.column


def _table(current: Version, known: fixing.Places, **narrow: str) -> Any:
    path = places.findings(register.root(), current.pk)
    if not path.is_file():
        raise Refused("What the checks found is not here any more.", next_step="send the whole return again")
    return fixing.cells_found(path, known, **narrow)


def _findings(current: Version, known: fixing.Places, wanted: Sequence[Wanted]) -> Iterable[tuple[Wanted, Mapping[str, Any]]]:
    """Each wish with its finding. Refused where the list has no such cell."""
    if not wanted:
        return []
    by_index = {one.index: one for one in wanted}
    found = [row for row in _table(current, known).to_pylist() if row["index"] in by_index]
    if len(found) != len(by_index):
        raise Refused("A cell is not among the findings that can be fixed here.", next_step="open the page again")
    return [(by_index[row["index"]], row) for row in found]


def _demand_few(cells: int) -> None:
    if cells > MOST_CELLS:
        raise Refused(
            f"{cells:,} cells would be fixed.",
            expected=f"{MOST_CELLS:,} cells at most",
            next_step="mend so many in the system that the file comes from, and send it again",
        )


def _gather_rest(
    row: Submission,
    current: Version,
    known: fixing.Places,
    held: dict[tuple[str, str, str, int, str], Fix],
    rest: SameForAll,
    by: Viewer,
    at: datetime,
) -> None:
    """The one value into every cell of the kind that has no fix; a cell that holds it already is left as it is."""
    found = _table(current, known, check=rest.check, table=rest.table, column=rest.column)
    _demand_few(found.num_rows)
    made = []
    for one in found.to_pylist():
        cell = fixing.cell_of(one)
        place = known.of(cell.file, cell.table, cell.sheet)
        if place is None or cell.place in held or cell.shown == rest.value.strip():
            continue
        new = _new(row, current, cell, one)
        new.value, new.fixed_at, new.fixed_by_id = (
            fixing.demand_value(rest.value, cell.shown, place.encoding),
            at,
            person_of(by),
        )
        new.check_id = held.setdefault(cell.place, new).check_id = one["check"]
        made.append(new)
    Fix.objects.bulk_create(made, batch_size=500)


def _gather(
    row: Submission,
    current: Version,
    known: fixing.Places,
    held: dict[tuple[str, str, str, int, str], Fix],
    found: Mapping[str, Any],
    value: str | None,
    by: Viewer,
    at: datetime,
    *,
    seen: str | None = None,
    guarded: bool = False,
) -> None:
    cell = fixing.cell_of(found)
    mine = held.get(cell.place)
    there = mine.value if mine else None
    if guarded and there not in (seen, value):
        raise Refused(
            f"A colleague has changed what row {cell.row:,}, column {cell.column!r}, shall hold. Theirs stands.",
            next_step="open the page again and look at it",
        )
    if value is None:
        if mine is not None:
            held.pop(cell.place).delete()
        return
    place = known.of(cell.file, cell.table, cell.sheet)
    plain = fixing.demand_value(value, cell.shown, place.encoding) if place else value
    if mine is None:
        mine = held[cell.place] = _new(row, current, cell, found)
    mine.value, mine.fixed_at, mine.fixed_by_id, mine.check_id = plain, at, person_of(by), found["check"]
    mine.save()


def _new(row: Submission, current: Version, cell: Cell, found: Mapping[str, Any]) -> Fix:
    return Fix(
        submission=row,
        of=current,
        file=cell.file,
        table=cell.table,
        sheet=cell.sheet,
        row=cell.row,
        record=found["record"],
        column=cell.column,
        shown=cell.shown,
    )


def _counted(row: Submission, held: Mapping[tuple[str, str, str, int, str], Fix]) -> list[str]:
    """How many cells of which columns, for the trail: names of fields, never a value."""
    specification = register.catalogue().specification(row.round.collection)
    names = {(table.name, field.title): field.name for table in specification.tables for field in table.fields}
    counts = Counter((one.table, one.column) for one in held.values())
    return [f"{table}.{names.get((table, column), 'other')}:{n}" for (table, column), n in sorted(counts.items())]


@command("collections.fix")
def fix(*, by: Viewer, at: datetime, submission: UUID, version: int) -> Done[UUID]:
    """Make a new version from the one in hand with the gathered cells replaced; it is checked as work. Gives its id.

    The version in hand stays as it was sent. Raises as gather_fixes, and Refused where nothing was gathered.
    """
    row, round_, current = _fixable(by, submission, version)
    held = {_place(one): one for one in rows_of(Fix, of=current)}
    if not held:
        raise Refused("No cell was fixed yet.", next_step="write a new value into a cell, then check again")
    state = rules.demand(RETURN, "fix", by, facts_of(row, round_, current))
    demand_room(row, current.size, at)
    made = new_version(row, by, at, files=current.files, fixed_from=current)
    rows_of(Fix, of=current).update(version=made)
    move_return(row, state, at)
    work.ask(CHECK, str(made.pk), at=at, once=f"{CHECK}/{made.pk}")
    facts = {"version": made.number, "from": current.number, "cells": len(held), "columns": _counted(row, held)}
    return Done(about(row), made.pk, facts)
