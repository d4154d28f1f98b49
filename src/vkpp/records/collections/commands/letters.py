"""Letters about returns: to whom they go, that each gets one, and under which marking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from vkpp.basics.markings import strictest
from vkpp.records.collections.commands.locking import day_of
from vkpp.records.collections.models import Round, Submission
from vkpp.records.people import queries as people
from vkpp.records.work import commands as work
from vkpp.records.work.rules import marked


def write_letters(template: str, to: Iterable[UUID], row: Submission, round_: Round, at: datetime, **facts: object) -> int:
    """One letter each, about a return of a round, its period and a day, under the return's marking; gives how many."""
    marking = strictest(round_.marking, row.marking)
    known = {"collection": round_.collection, "period": round_.period, **facts, **marked(marking)}
    people_ = sorted(set(to), key=str)
    for person in people_:
        work.ask_letter(to=person, template=template, facts=known, at=at)
    return len(people_)


def preparers_of(row: Submission, at: datetime) -> tuple[UUID, ...]:
    return _reached(people.holders(permission="collections.prepare", organisation=row.organisation_id, on=day_of(at)), row, at)


def certifiers_of(row: Submission, at: datetime) -> tuple[UUID, ...]:
    return _reached(people.holders(permission="collections.certify", organisation=row.organisation_id, on=day_of(at)), row, at)


def _reached(found: Sequence[UUID], row: Submission, at: datetime) -> tuple[UUID, ...]:
    """Whom a letter about this return may reach: where it stands in a compartment, only those who are in it."""
    if row.compartment_id is None:
        return tuple(found)
    viewers = {person: people.viewer_of(person, on=day_of(at)) for person in found}
    return tuple(p for p, viewer in viewers.items() if viewer and row.compartment_id in viewer.compartments)
