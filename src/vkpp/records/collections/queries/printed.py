"""What is printed with the numbers: answers that stand, nil returns, waivers, and what came late, corrected or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from django.db.models import F, Q

from vkpp.basics.working_days import LONDON, working_days_between
from vkpp.records.collections import rules
from vkpp.records.collections.models import Query, Round, Submission, Version, Waiver
from vkpp.records.collections.queries.answers import waiver_rows
from vkpp.records.collections.queries.rounds import round_seen
from vkpp.records.collections.queries.rows import marking_of, period_words, returns_seen
from vkpp.records.collections.rules import register
from vkpp.records.collections.rules.notes import NOTE_KINDS, Note
from vkpp.records.collections.rules.rows import PublishedWaiver, WaiverRow
from vkpp.records.collections.states import ANSWERED, ASKED, DRAFT, OPEN, RECEIVED_WHOLE, SETTLED, SIGNED, WITH_THE_FORCE
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people.rules import roles

_NAME, _CODE = "submission__organisation__name", "submission__organisation__code"
_OF = ("submission__round", "submission__organisation")


def notes(*, viewer: Viewer, round_: UUID) -> tuple[Note, ...]:
    """What stands beside the numbers of a round, by kind and force.

    Nothing is printed of a return before its certifier signed, but that it is not in; then for whoever looks, its own force
    as well.
    """
    row = round_seen(viewer, round_)
    lines = [*_said(viewer, row), *_late(viewer, row)]
    lines += [note for one in returns_seen(viewer, round=row) if (note := _standing(one, row, viewer.on))]
    return tuple(sorted(lines, key=lambda one: (NOTE_KINDS.index(one.kind), one.organisation_name, one.check)))


def _said(viewer: Viewer, row: Round) -> Iterator[Note]:
    """Words of forces: answers, reasons of nil returns and of signed waivers."""
    answers = Query.objects.seen_by(viewer).filter(
        submission__round=row, submission__state__in=RECEIVED_WHOLE, state__in=[ANSWERED, SETTLED]
    )
    nils = Version.objects.seen_by(viewer).filter(submission__round=row, nil=True, number=F("submission__accepted"))
    signed = Waiver.objects.seen_by(viewer).filter(submission__round=row, state=SIGNED)
    for query in answers.select_related(*_OF):
        yield _note("query", query.submission, query.check_id, query.answer)
    for nil in nils.exclude(receipt="").select_related(*_OF):
        yield _note("nil", nil.submission, "", nil.nil_reason)
    for waiver in signed.select_related(*_OF):
        yield _note("waiver", waiver.submission, waiver.check_id, waiver.reason)


def _late(viewer: Viewer, row: Round) -> Iterator[Note]:
    """Returns that are in and were first signed after their deadline, as the force's own pack counts it."""
    kept = Q(number=F("submission__version")) & Q(certified_at__isnull=False) | ~Q(receipt="")
    found = Version.objects.seen_by(viewer).filter(kept, submission__round=row, submission__state__in=RECEIVED_WHOLE)
    first: dict[UUID, tuple[date, Submission]] = {}
    for one in found.order_by().select_related(*_OF):
        day = (one.certified_at or one.received_at).astimezone(LONDON).date()
        before = first.get(one.submission_id)
        first[one.submission_id] = (min(day, before[0]) if before else day, one.submission)
    for day, of in first.values():
        if day > of.due_on:
            days = working_days_between(of.due_on, day, register.catalogue().holidays)
            words = f"Signed on {_day(day)}, {rules.counted(days, 'working day')} after its deadline of {_day(of.due_on)}."
            yield _note("late", of, "", words)


def _standing(one: Submission, row: Round, today: date) -> Note | None:
    """What has to be said of where a return stands: it is not in, or what was accepted is not its only word."""
    with_force = one.state in WITH_THE_FORCE
    if with_force and not one.accepted and (row.state not in (DRAFT, OPEN) or one.due_on < today):
        return _note("missing", one, "", f"It was due on {_day(one.due_on)} and is not in.")
    if with_force and not one.accepted and one.due_on > row.due_on and row.due_on < today:
        return _note("missing", one, "", f"It has more time, until {_day(one.due_on)}, and is not in yet.")
    reason = f" Unlocked because: {one.unlock_reason}" if one.unlock_reason else ""
    if with_force and one.accepted:
        return _note("correction", one, "", "A corrected return is awaited; what was accepted stands." + reason)
    if one.accepted > 1 or (one.accepted and one.version > one.accepted):
        return _note("correction", one, "", "It was corrected after it had been accepted." + reason)
    return None


def _day(day: date) -> str:
    return f"{day:%-d %B %Y}"


def _note(kind: str, of: Submission, check: str, words: str) -> Note:
    return Note(kind, of.organisation.name, check, words, of.organisation.code, marking_of(of))


def waivers(*, viewer: Viewer) -> tuple[WaiverRow, ...]:
    """Waivers of returns that the viewer may see; those that wait for a signature first."""
    found = waiver_rows(viewer, Q())
    return tuple(sorted(found, key=lambda one: (one.state != ASKED, -one.asked_at.timestamp())))


def published_waivers(*, viewer: Viewer) -> tuple[PublishedWaiver, ...]:
    """Every signed waiver, the latest first, for everybody who is signed in. Of a round in a compartment none, for nobody."""
    _ = viewer  # a read names its viewer; to this one everybody is the same
    why = "signed waivers are published: asked for and signed in the knowledge that they are"
    found = Waiver.objects.unscoped(why).filter(
        state=SIGNED, submission__compartment__isnull=True, submission__round__compartment__isnull=True
    )
    by = ", ".join(role.title for role in roles().values() if "collections.sign" in role.may)
    fields = ("submission__round__title", "submission__round__period", _NAME, "check_id", "reason", "signed_at", "pk")
    rows = found.order_by("-signed_at", "pk").values_list(*fields)
    return tuple(
        PublishedWaiver(title, period_words(period), name, check, reason, by, signed.astimezone(LONDON).date())
        for title, period, name, check, reason, signed, _ in rows
    )
