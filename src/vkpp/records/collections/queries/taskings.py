"""Taskings as rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from vkpp.records.collections import rules
from vkpp.records.collections.models import Asked, Tasking
from vkpp.records.collections.queries.rows import acts_of, days_left
from vkpp.records.collections.rules.rows import TaskingRow
from vkpp.records.collections.states import OPEN, TASKING
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
    found = Tasking.objects.seen_by(viewer)
    found = found if organisations is None else found.filter(pk__in=list(by_tasking), state=OPEN)
    return tuple(_tasking(one, by_tasking.get(one.pk, []), viewer) for one in found)


def _tasking(row: Tasking, asked: Sequence[Asked], viewer: Viewer) -> TaskingRow:
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
        acts=acts_of(TASKING, viewer, rules.Facts(row.state)),
    )
