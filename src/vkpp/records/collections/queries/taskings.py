"""Taskings as rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from vkpp.records.collections import rules
from vkpp.records.collections.models import Asked, Member, Tasking
from vkpp.records.collections.queries.rows import acts_of, days_left
from vkpp.records.collections.rules.rows import TaskingRow
from vkpp.records.collections.rules.similar import ranked, words_of
from vkpp.records.collections.states import DRAFT, OPEN, TASKING
from vkpp.records.ground.viewer import Viewer


def taskings(*, viewer: Viewer) -> tuple[TaskingRow, ...]:
    """Taskings that the viewer may know of, by deadline."""
    return tasking_rows(viewer, None)


def tasking_rows(viewer: Viewer, organisations: Iterable[UUID] | None) -> tuple[TaskingRow, ...]:
    asked = Asked.objects.seen_by(viewer).select_related("organisation")
    asked = asked if organisations is None else asked.filter(organisation__in=organisations)
    by_tasking: dict[UUID, list[Asked]] = defaultdict(list)
    for one in asked:
        by_tasking[one.tasking_id].append(one)
    together: dict[UUID, list[str]] = defaultdict(list)
    for key, name in Member.objects.seen_by(viewer).values_list("tasking", "organisation__name"):
        together[key].append(name)
    found = Tasking.objects.seen_by(viewer)
    found = found if organisations is None else found.filter(pk__in=list(by_tasking), state=OPEN)
    return tuple(_tasking(one, by_tasking.get(one.pk, []), together.get(one.pk, ()), viewer) for one in found)


def similar_taskings(*, viewer: Viewer, title: str, purpose: str) -> tuple[TaskingRow, ...]:
    """Taskings that are out or closed and like one that is being drafted, the likest first."""
    held = [(one, words_of(one.title, one.purpose)) for one in tasking_rows(viewer, None) if one.state != DRAFT]
    return tuple(ranked(words_of(title, purpose), held))


def _tasking(row: Tasking, asked: Sequence[Asked], members: Sequence[str], viewer: Viewer) -> TaskingRow:
    return TaskingRow(
        id=row.pk,
        title=row.title,
        purpose=row.purpose,
        basis=row.basis,
        state=row.state,
        state_words=TASKING.states.words[row.state],
        due_on=row.due_on,
        working_days_left=days_left(viewer, row.due_on),
        hours=float(row.hours),
        hours_signed=row.hours_signed_by_id is not None,
        forces=len(asked),
        done=sum(one.done_at is not None for one in asked),
        waiting_for=tuple(sorted(one.organisation.name for one in asked if one.done_at is None)),
        members=tuple(sorted(members)),
        hours_reason=row.hours_reason,
        marking=row.marking,
        acts=acts_of(TASKING, viewer, rules.Facts(row.state)),
    )
