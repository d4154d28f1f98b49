"""What is printed with the numbers: answers that stand, and waivers."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Q

from vkpp.basics.markings import OFFICIAL, Marking
from vkpp.records.collections.models import Query, Submission, Version, Waiver
from vkpp.records.collections.queries.answers import waiver_rows
from vkpp.records.collections.queries.rounds import round_seen
from vkpp.records.collections.queries.rows import marking_of
from vkpp.records.collections.rules.rows import WaiverRow
from vkpp.records.collections.states import ANSWERED, ASKED, RECEIVED_WHOLE, SETTLED, SIGNED
from vkpp.records.ground.viewer import Viewer

_OF = ("submission__round", "submission__organisation")


@dataclass(frozen=True, slots=True)
class Note:
    """A line of the national notes: a force's reason for a query, a nil return's reason, or a signed waiver."""

    kind: str  # query, nil, waiver
    organisation_name: str
    check: str
    words: str
    marking: Marking = OFFICIAL  # of the return on which it was said


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
    lines = [_note("query", one.submission, one.check_id, one.answer) for one in answers.select_related(*_OF)]
    lines += [_note("nil", one.submission, "", one.nil_reason) for one in nils.select_related(*_OF)]
    lines += [_note("waiver", one.submission, one.check_id, one.reason) for one in signed.select_related(*_OF)]
    return tuple(sorted(lines, key=lambda one: (one.organisation_name, one.kind, one.check)))


def _note(kind: str, of: Submission, check: str, words: str) -> Note:
    return Note(kind, of.organisation.name, check, words, marking_of(of))


def waivers(*, viewer: Viewer) -> tuple[WaiverRow, ...]:
    """Waivers of returns that the viewer may see; those that wait for a signature first."""
    found = waiver_rows(viewer, Q())
    return tuple(sorted(found, key=lambda one: (one.state != ASKED, -one.asked_at.timestamp())))
