"""Joint taskings as their members see them: the tasking, who else works on it, and the rows agreed for them (R5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from vkpp.records.collections.models import PREPARE, SHARE, Agreed, Asked, GivenRow, Member
from vkpp.records.collections.queries.taskings import tasking_rows
from vkpp.records.collections.rules.rows import AgreedRow, JointPage, TaskingRow
from vkpp.records.collections.states import DRAFT
from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer


def joint_taskings(*, viewer: Viewer) -> tuple[TaskingRow, ...]:
    """Taskings that are out and that the viewer's own organisations work on, by deadline."""
    mine = _worked_on(viewer)
    return tuple(one for one in tasking_rows(viewer, None) if one.id in mine and one.state != DRAFT)


def _worked_on(viewer: Viewer) -> set[UUID]:
    own = [one for one in viewer.organisations if viewer.may(SHARE, one)]
    return set(Member.objects.seen_by(viewer).filter(organisation__in=own).values_list("tasking", flat=True))


def joint_page(*, viewer: Viewer, tasking: UUID) -> JointPage:
    """One joint tasking for a member or a force that it asks. NotThere for everybody else, whoever runs it included."""
    found = next((one for one in tasking_rows(viewer, None) if one.id == tasking and one.members), None)
    givers = _givers(viewer, tasking)
    if found is None or not givers or found.state == DRAFT:
        raise NotThere
    members = Member.objects.seen_by(viewer).filter(tasking=tasking).values_list("organisation", "organisation__name")
    return JointPage(found, tuple(members), _rows(viewer, tasking), givers)


def _givers(viewer: Viewer, tasking: UUID) -> tuple[tuple[UUID, str], ...]:
    """The viewer's own organisations that may give a row: members, and forces that are asked."""
    share = [one for one in viewer.organisations if viewer.may(SHARE, one)]
    prepare = [one for one in viewer.organisations if viewer.may(PREPARE, one)]
    members = Member.objects.seen_by(viewer).filter(tasking=tasking, organisation__in=share)
    asked = Asked.objects.seen_by(viewer).filter(tasking=tasking, organisation__in=prepare)
    fields = ("organisation", "organisation__name")
    return tuple(sorted({*members.values_list(*fields), *asked.values_list(*fields)}, key=lambda one: one[1]))


def joint_pages(*, viewer: Viewer, taskings: Collection[UUID]) -> frozenset[UUID]:
    """Which of these taskings `joint_page` opens for the viewer; one query."""
    share = [one for one in viewer.organisations if viewer.may(SHARE, one)]
    prepare = [one for one in viewer.organisations if viewer.may(PREPARE, one)]
    members = Member.objects.seen_by(viewer).exclude(tasking__state=DRAFT).filter(tasking__in=taskings)
    asked = Asked.objects.seen_by(viewer).filter(tasking__in=members.values("tasking"), organisation__in=prepare)
    mine = members.filter(organisation__in=share).order_by()  # a union takes no order of its halves
    return frozenset(mine.values_list("tasking", flat=True).union(asked.order_by().values_list("tasking", flat=True)))


def _rows(viewer: Viewer, tasking: UUID) -> tuple[AgreedRow, ...]:
    agreed: dict[UUID, list[str]] = defaultdict(list)
    for key, name in Agreed.objects.seen_by(viewer).filter(row__tasking=tasking).values_list("row", "organisation__name"):
        agreed[key].append(name)
    found = GivenRow.objects.seen_by(viewer).filter(tasking=tasking).select_related("organisation")
    return tuple(
        AgreedRow(
            one.pk,
            one.organisation.name,
            one.what,
            one.words,
            one.given_at,
            one.organisation_id in viewer.organisations,
            tuple(agreed[one.pk]),
            one.withdrawn_at is not None,
        )
        for one in found
    )
