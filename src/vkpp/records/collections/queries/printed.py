"""What is printed with the numbers: answers that stand, and waivers."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Q

from vkpp.records.collections.models import Query, Version, Waiver
from vkpp.records.collections.queries.answers import waiver_rows
from vkpp.records.collections.queries.rounds import round_seen
from vkpp.records.collections.rules.rows import WaiverRow
from vkpp.records.collections.states import ANSWERED, ASKED, RECEIVED_WHOLE, SETTLED, SIGNED
from vkpp.records.ground.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Note:
    """A line of the national notes: a force's reason for a query, a nil return's reason, or a signed waiver."""

    kind: str  # query, nil, waiver
    organisation_name: str
    check: str
    words: str


def notes(*, viewer: Viewer, round_: UUID) -> tuple[Note, ...]:
    """Reasons that stand beside the numbers of a round: of answered queries, nil returns and signed waivers.

    Nothing is printed of a return before its certifier signed; then for whoever looks, its own force as well.
    """
    row = round_seen(viewer, round_)
    answers = Query.objects.seen_by(viewer).filter(
        submission__round=row, submission__state__in=RECEIVED_WHOLE, state__in=[ANSWERED, SETTLED]
    )
    nils = Version.objects.seen_by(viewer).filter(submission__round=row, nil=True, number=F("submission__accepted"))
    signed = Waiver.objects.seen_by(viewer).filter(submission__round=row, state=SIGNED)
    name = "submission__organisation__name"
    lines = [Note("query", *one) for one in answers.values_list(name, "check_id", "answer")]
    lines += [Note("nil", who, "", words) for who, words in nils.values_list(name, "nil_reason")]
    lines += [Note("waiver", *one) for one in signed.values_list(name, "check_id", "reason")]
    return tuple(sorted(lines, key=lambda one: (one.organisation_name, one.kind, one.check)))


def waivers(*, viewer: Viewer) -> tuple[WaiverRow, ...]:
    """Waivers of returns that the viewer may see; those that wait for a signature first."""
    found = waiver_rows(viewer, Q())
    return tuple(sorted(found, key=lambda one: (one.state != ASKED, -one.asked_at.timestamp())))
