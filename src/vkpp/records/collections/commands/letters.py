"""Letters about a round: to whom they go, and that each gets one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from vkpp.records.collections.commands.locking import day_of
from vkpp.records.collections.models import Round, Submission
from vkpp.records.people import queries as people
from vkpp.records.work import commands as work


def write_letters(template: str, to: Iterable[UUID], round_: Round, at: datetime, **facts: object) -> int:
    """One letter each, about a round, its period and a day; gives how many."""
    known = {"collection": round_.collection, "period": round_.period, **facts}
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
