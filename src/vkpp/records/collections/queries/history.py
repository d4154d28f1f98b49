"""What was accepted in earlier rounds of the same collection."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from vkpp.basics.periods import Period
from vkpp.records.collections.models import Round, Version
from vkpp.records.ground.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Past:
    """A force's accepted total of one earlier period."""

    organisation: UUID
    period: str
    total: int
    records: Mapping[str, int]


def history_of(viewer: Viewer, round_: Round, organisation: UUID | None = None) -> list[Past]:
    """Accepted totals of the earlier periods of a collection, of one force or of all that the viewer may see, in time order."""
    start, kind = Period.parse(round_.period).start, Period.parse(round_.period)
    found = Version.objects.seen_by(viewer).filter(
        ~Q(receipt=""), submission__round__collection=round_.collection, submission__round__compartment=round_.compartment_id
    )
    found = found.filter(submission__organisation=organisation) if organisation else found
    latest: dict[tuple[UUID, str], tuple[int, Past]] = {}
    fields = ("submission__organisation", "submission__round__period", "number", "total", "records")
    for where, period, number, total, records in found.order_by().values_list(*fields):
        past = Period.parse(period)
        same = (past.kind, past.quarter is None) == (kind.kind, kind.quarter is None)
        if same and past.start < start and number > latest.get((where, period), (0, None))[0]:
            latest[(where, period)] = (number, Past(where, period, total or 0, json.loads(records)))
    return sorted((past for _, past in latest.values()), key=lambda one: Period.parse(one.period).start)
