"""A round in draft: made, cloned, edited and discarded, with its list of forces."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from vkpp.basics.periods import Period
from vkpp.basics.problems import UsageProblem
from vkpp.basics.working_days import add_working_days
from vkpp.records.collections import rules
from vkpp.records.collections.commands.hours import hours_given
from vkpp.records.collections.commands.locking import about, day_of, known_row, rows_of
from vkpp.records.collections.commands.rounds import round_rule
from vkpp.records.collections.models import REASON, Round, Submission
from vkpp.records.collections.rules import register
from vkpp.records.collections.rules.words import said
from vkpp.records.collections.states import DRAFT, RETURN, ROUND
from vkpp.records.ground.problems import NotThere, Refused
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import queries as people
from vkpp.records.trail.commands import Done, command


@command("collections.round.draft")
def draft_round(
    *,
    by: Viewer,
    at: datetime,
    collection: str,
    period: str,
    opens_on: date,
    working_days: int,
    hours: float | None = None,
    hours_rest_on: str = "",
    already_held: str = "",
    respondents: Sequence[UUID] | None = None,
    compartment: UUID | None = None,
) -> Done[UUID]:
    """Draft a round of a collection of the catalogue. Gives its id.

    `respondents` are organisations; None takes every force of the register on the period's last day. Hours, what they rest on
    and what is already held come from the specification where they are not given (R9).
    """
    rules.demand(ROUND, "draft", by, rules.Facts(""))
    if compartment is not None and compartment not in by.compartments:
        raise NotThere
    specification = _specification(collection)
    burden = specification.burden
    row = Round(
        collection=collection,
        title=specification.title,
        period=Period.parse(period).code,
        edition=specification.edition,
        asked=json.dumps(register.asked_of(specification), sort_keys=True),
        hours=hours_given(burden.get("hours_per_force", 0) if hours is None else hours),
        hours_rest_on=_long(hours_rest_on or burden.get("rests_on", ""), "What the hours rest on"),
        already_held=_long(already_held or burden.get("already_held", ""), "What is already held"),
        compartment_id=compartment,
        drafted_at=at,
        state=DRAFT,
    )
    return _new_round(row, opens_on, working_days, respondents, by, at)


def _specification(collection: str) -> Any:
    known = register.catalogue().collections
    if collection not in known:
        raise UsageProblem(
            f"There is no collection {collection!r}.", expected=" or ".join(known), next_step="choose one of them"
        )
    return register.catalogue().specification(collection)


def _long(text: object, what: str) -> str:
    return said(str(text)[:REASON], what, REASON)


def _new_round(
    row: Round, opens_on: date, working_days: int, respondents: Sequence[UUID] | None, by: Viewer, at: datetime
) -> Done[UUID]:
    _date(row, opens_on, working_days)
    if rows_of(Round, collection=row.collection, period=row.period, compartment=row.compartment_id).exists():
        raise Refused(f"There is a round of {row.collection} for {row.period} already.", next_step="open it from the list")
    row.save()
    listed = _list(row, _forces(row, by) if respondents is None else respondents, by, at)
    return Done(about(row), row.pk, {"collection": row.collection, "period": row.period, "forces": listed})


def _date(row: Round, opens_on: date, working_days: int) -> None:
    """The deadline, in working days from the opening."""
    if working_days < 1:
        raise UsageProblem("A round needs at least one working day.", expected="working days from opening to deadline")
    row.opens_on, row.working_days = opens_on, working_days
    row.due_on = add_working_days(opens_on, working_days, register.catalogue().holidays)


def _forces(row: Round, by: Viewer) -> list[UUID]:
    """The organisations of the forces from which the register expects a return of the period."""
    end = Period.parse(row.period).end
    expected = {force.force_id for force in register.catalogue().forces_on(end)}
    return [one.id for one in people.organisations(viewer=by, kind="force", on=end) if one.code in expected]


def _list(row: Round, organisations: Iterable[UUID], by: Viewer, at: datetime) -> int:
    """Make the list these organisations, with their approval area of today; gives how many."""
    wanted, areas = set(organisations), people.areas(viewer=by, on=day_of(at))
    if wanted - {one.id for one in people.organisations(viewer=by, on=day_of(at))}:
        raise NotThere
    held = {one.organisation_id: one for one in rows_of(Submission, round=row)}
    rows_of(Submission, pk__in=[one.pk for key, one in held.items() if key not in wanted]).delete()
    for key in sorted(wanted - held.keys(), key=str):
        Submission(
            round=row,
            organisation_id=key,
            area_id=areas.get(key),
            state=RETURN.after("", "plan"),
            state_since=at,
            due_on=row.due_on,
            compartment_id=row.compartment_id,
            level=row.level,
            handling=row.handling,
        ).save()
    return len(wanted)


@command("collections.round.clone")
def clone_round(*, by: Viewer, at: datetime, round_: UUID, period: str, opens_on: date) -> Done[UUID]:
    """Draft the next round from an earlier one: the same forces, days and hours, today's edition. Gives its id."""
    rules.demand(ROUND, "draft", by, rules.Facts(""))
    before = known_row(Round, by, round_)
    specification = _specification(before.collection)
    row = Round(
        collection=before.collection,
        title=specification.title,
        period=Period.parse(period).code,
        edition=specification.edition,
        asked=json.dumps(register.asked_of(specification), sort_keys=True),
        cloned_from=before,
        hours=before.hours,
        hours_rest_on=before.hours_rest_on,
        already_held=before.already_held,
        level=before.level,
        handling=before.handling,
        compartment_id=before.compartment_id,
        drafted_at=at,
        state=DRAFT,
    )
    earlier = rows_of(Submission, round=before).values_list("organisation", flat=True)
    same = [people.successor(viewer=by, organisation=one, on=opens_on) for one in earlier]
    return _new_round(row, opens_on, before.working_days, same, by, at)


@command("collections.round.edit")
def edit_round(
    *,
    by: Viewer,
    at: datetime,
    round_: UUID,
    opens_on: date | None = None,
    working_days: int | None = None,
    hours: float | None = None,
    hours_rest_on: str = "",
    already_held: str = "",
    respondents: Sequence[UUID] | None = None,
) -> Done[None]:
    """Change a draft; what is not given stays. Other hours than were signed for need a new signature."""
    row = known_row(Round, by, round_)
    round_rule(row, by, "edit")
    _date(row, opens_on or row.opens_on, working_days or row.working_days)
    if hours is not None and hours_given(hours) != row.hours:
        row.hours, row.hours_signed_by, row.hours_reason = hours_given(hours), None, ""
    row.hours_rest_on = _long(hours_rest_on or row.hours_rest_on, "What the hours rest on")
    row.already_held = _long(already_held or row.already_held, "What is already held")
    row.save()
    if respondents is not None:
        _list(row, respondents, by, at)
    rows_of(Submission, round=row).update(due_on=row.due_on)
    return Done(about(row), None, {"due": row.due_on.isoformat(), "forces": rows_of(Submission, round=row).count()})


@command("collections.round.discard")
def discard_round(*, by: Viewer, at: datetime, round_: UUID) -> Done[None]:
    """Throw a draft away."""
    row = known_row(Round, by, round_)
    round_rule(row, by, "discard")
    called = about(row)
    rows_of(Submission, round=row).delete()
    row.delete()
    return Done(called, None)
