"""What somebody has in hand of their force's returns: named to whoever closes their account, so that somebody takes it over."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import F

from vkpp.basics.periods import Period
from vkpp.records.collections.models import Submission, Version
from vkpp.records.collections.states import ACCEPTED, LOCKED, RETURN, WAIVED
from vkpp.records.ground.viewer import Viewer

_WHY = "period and state of what a leaver has in hand, for whoever manages them; never of a compartment"


@dataclass(frozen=True, slots=True)
class InHand:
    """A return whose newest version somebody prepared: its title with the period, and how it stands."""

    title: str
    state_words: str


def in_hand(*, viewer: Viewer, person: UUID) -> tuple[InHand, ...]:
    """Unfinished returns that somebody prepared last, in organisations in which the viewer manages people."""
    places = viewer.where("people.manage")
    mine = Version.objects.unscoped(_WHY).filter(prepared_by=person, number=F("submission__version")).values("submission")
    rows = Submission.objects.unscoped(_WHY).filter(pk__in=mine, compartment__isnull=True)
    rows = rows.exclude(state__in=[ACCEPTED, LOCKED, WAIVED]).select_related("round")
    if places is not None:
        rows = rows.filter(organisation__in=places)
    return tuple(
        InHand(f"{row.round.title}, {Period.parse(row.round.period).label}", RETURN.states.words[row.state])
        for row in rows.order_by("due_on", "id")
    )
