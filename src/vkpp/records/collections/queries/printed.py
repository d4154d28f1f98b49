"""What is printed with the numbers: answers that stand, nil returns, waivers, and what came late, corrected or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from django.db.models import F, Q

from vkpp.basics.working_days import LONDON, working_days_between
from vkpp.records.collections import rules
from vkpp.records.collections.models import CheckOutcome, Query, Round, Submission, Version, Waiver
from vkpp.records.collections.queries.answers import waiver_rows
from vkpp.records.collections.queries.rounds import round_seen
from vkpp.records.collections.queries.rows import marking_of, period_words, returns_seen
from vkpp.records.collections.rules import register
from vkpp.records.collections.rules.notes import NOTE_KINDS, Note
from vkpp.records.collections.rules.rows import PublishedWaiver, WaiverRow
from vkpp.records.collections.states import (
    ANSWERED,
    ASKED,
    DRAFT,
    GONE,
    OPEN,
    RECEIVED_WHOLE,
    SETTLED,
    SIGNED,
    WAIVED,
    WITH_THE_FORCE,
)
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people.rules import roles

_OF = ("submission__round", "submission__organisation")


def notes(*, viewer: Viewer, round_: UUID) -> tuple[Note, ...]:
    """What stands beside the numbers of a round, by kind and force.

    Nothing is printed of a return before its certifier signed, but that it is not in; then for whoever looks, its own force
    as well.
    """
    row = round_seen(viewer, round_)
    return notes_of(viewer, row, returns_seen(viewer, round=row))


def notes_of(viewer: Viewer, row: Round, found: Iterable[Submission]) -> tuple[Note, ...]:
    """The same of a round whose returns were read already."""
    returns = list(found)
    lines, kept = list(_said(viewer, row, returns)), _kept(viewer, row)
    for one in returns:
        lines += [*_late(one, kept[one.pk]), *_standing(one, kept[one.pk], row, viewer.on)]
    return tuple(sorted(lines, key=lambda one: (NOTE_KINDS.index(one.kind), one.organisation_name, one.check, one.words)))


def _said(viewer: Viewer, row: Round, returns: Sequence[Submission]) -> Iterator[Note]:
    """Words of forces: answers, reasons of nil returns and of signed waivers."""
    answers = Query.objects.seen_by(viewer).filter(
        submission__round=row, submission__state__in=RECEIVED_WHOLE, state__in=[ANSWERED, SETTLED]
    )
    nils = Version.objects.seen_by(viewer).filter(submission__round=row, nil=True, number=F("submission__accepted"))
    signed = Waiver.objects.seen_by(viewer).filter(submission__round=row, state=SIGNED)
    for query in (*answers.select_related(*_OF), *_stood(viewer, returns)):
        yield _note("query", query.submission, query.check_id, query.answer)
    for nil in nils.exclude(receipt="").select_related(*_OF):
        yield _note("nil", nil.submission, "", nil.nil_reason)
    for waiver in signed.select_related(*_OF):
        yield _note("waiver", waiver.submission, waiver.check_id, waiver.reason)


def _stood(viewer: Viewer, returns: Sequence[Submission]) -> Iterator[Query]:
    """Answers of what was accepted, while a correction of it is awaited: given before it was signed, to what it asks."""
    in_hand = {"submission__in": [one.pk for one in returns if one.accepted and one.state in WITH_THE_FORCE]}
    if not in_hand["submission__in"]:
        return
    of_accepted = CheckOutcome.objects.seen_by(viewer).filter(version__number=F("submission__accepted"), **in_hand).order_by()
    fields = ("submission_id", "check_id", "version__certified_at", "version__accepted_at")
    signed = {(key, check): certified or accepted for key, check, certified, accepted in of_accepted.values_list(*fields)}
    stood = Q(state=GONE) | Q(asked_again="")  # as `commands.withdraw` takes them up again
    answered = Query.objects.seen_by(viewer).filter(stood, answered_at__isnull=False, **in_hand).exclude(answer="")
    for query in answered.select_related(*_OF) if signed else ():
        by = signed.get((query.submission_id, query.check_id))
        if by is not None and query.answered_at is not None and query.answered_at <= by:
            yield query


def _kept(viewer: Viewer, row: Round) -> Mapping[UUID, list[Version]]:
    """Of each return what is counted or was: every version that was accepted, and the one that is signed and on its way."""
    on_its_way = Q(number=F("submission__version"), certified_at__isnull=False, submission__state__in=RECEIVED_WHOLE)
    found: defaultdict[UUID, list[Version]] = defaultdict(list)
    for one in Version.objects.seen_by(viewer).filter(on_its_way | ~Q(receipt=""), submission__round=row).order_by():
        found[one.submission_id].append(one)
    return found


def _late(one: Submission, kept: Sequence[Version]) -> Iterator[Note]:
    """A return that is counted and was first signed after its deadline, as the force's own pack counts it."""
    day = min((version.certified_at or version.received_at for version in kept), default=None)
    if day is None or one.state == WAIVED or (day := day.astimezone(LONDON).date()) <= one.due_on:
        return
    days = working_days_between(one.due_on, day, register.catalogue().holidays)
    when = f"{rules.counted(days, 'working day')} after" if days else "after"  # no working day lies before a Saturday
    words = f"Signed on {_day(day)}, {when} its deadline of {_day(one.due_on)}."
    yield _note("late", one, "", words)


def _standing(one: Submission, kept: Sequence[Version], row: Round, today: date) -> Iterator[Note]:
    """What has to be said of where a return stands: it is not in, or what was accepted is not its only word.

    A version is a sending: a return that was sent again before anybody had accepted it was not corrected.
    """
    with_force = one.state in WITH_THE_FORCE
    if with_force and not one.accepted and (row.state not in (DRAFT, OPEN) or one.due_on < today):
        yield _note("missing", one, "", f"It was due on {_day(one.due_on)} and is not in.")
    elif with_force and not one.accepted and one.due_on > row.due_on and row.due_on < today:
        yield _note("missing", one, "", f"It has more time, until {_day(one.due_on)}, and is not in yet.")
    reason = f" Unlocked because: {one.unlock_reason}" if one.unlock_reason else ""
    if with_force and one.accepted:
        yield _note("correction", one, "", "A corrected return is awaited; what was accepted stands." + reason)
    elif one.accepted and len(kept) > 1:
        yield _note("correction", one, "", "It was corrected after it had been accepted." + reason)


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
    return tuple(_published(one, by) for one in found.order_by("-signed_at", "pk").select_related(*_OF))


def _published(one: Waiver, by: str) -> PublishedWaiver:
    of = one.submission
    return PublishedWaiver(
        title=of.round.title,
        period_words=period_words(of.round.period),
        organisation_name=of.organisation.name,
        check=one.check_id,
        reason=one.reason,
        signed_by=by,
        signed_on=one.signed_at.astimezone(LONDON).date(),
        marking=marking_of(of),
        what=register.let_off(of.round.collection, one.check_id),
    )
