"""A region's desk: its forces late, queried, changed and to approve."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q

from vkpp.records.collections.models import Round
from vkpp.records.collections.queries.rounds import round_row
from vkpp.records.collections.queries.rows import as_rows, chased, returns_seen
from vkpp.records.collections.rules.rows import AreaRound, RegionOverview, SubmissionRow
from vkpp.records.collections.states import DRAFT, LOCKED, OPEN
from vkpp.records.ground.viewer import Viewer


def region_overview(*, viewer: Viewer) -> RegionOverview:
    """The forces whose returns the viewer approves, in every round that is not locked: late, queried, changed, to approve.

    Open rounds stand first.
    """
    places_ = viewer.where("collections.approve")
    mine = Q() if places_ is None else Q(organisation__in=places_)
    found = returns_seen(viewer, mine, ~Q(round__state__in=[DRAFT, LOCKED]))
    rows = as_rows(viewer, found)
    by_round: dict[UUID, list[SubmissionRow]] = defaultdict(list)
    for row in rows:
        by_round[row.round].append(row)
    rounds_ = {one.round_id: one.round for one in found}
    ordered = sorted(rounds_.values(), key=_order)
    return RegionOverview(tuple(_area_round(one, by_round[one.pk], viewer) for one in ordered))


def _order(row: Round) -> tuple[object, ...]:
    """Open ones first, the earliest deadline first; then closed ones, the latest first: that is where work is left."""
    days = row.due_on.toordinal()
    return (row.state != OPEN, days if row.state == OPEN else -days, row.collection, str(row.pk))


def _area_round(row: Round, rows: Sequence[SubmissionRow], viewer: Viewer) -> AreaRound:
    late = tuple(one for one in rows if one.late)
    return AreaRound(
        row=round_row(row, viewer),
        expected=sum(one.owed for one in rows),
        received=sum(one.counted for one in rows),
        late=late,
        queried=tuple(one for one in rows if one.open_queries),
        changed=tuple(one for one in rows if one.changed),
        to_approve=tuple(one for one in rows if "approve" in one.acts.allowed),
        returns=tuple(rows),
        chase=chased(viewer, late),
    )
