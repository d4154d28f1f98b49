"""The yearly access review: which are due, how each stands, and its lines with what helps to decide them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Max, Min, Q

from vkpp.basics.identifiers import fold
from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import rules
from vkpp.records.people.models import AccessReview, Organisation, Person, ReviewLine, RoleHeld, in_force
from vkpp.records.people.queries.who import Acts
from vkpp.records.people.states import ACTIVE, CLOSED, OPEN, REVIEW
from vkpp.records.trail.queries import latest

_PERMISSION = "reviews.manage"
_OPEN_LINES = Q(decision="") & (Q(held__ended_on__isnull=True) & Q(held__isnull=False))


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A yearly access review with how many of its lines wait for a decision."""

    id: UUID
    organisation: UUID
    year: int
    state_words: str
    due_on: date
    waiting: int


@dataclass(frozen=True, slots=True)
class DueReview:
    """An open review and the people who can decide it, by id; `overdue_to` also has the national ones, once it is overdue."""

    id: UUID
    year: int
    due_on: date
    deciders: tuple[UUID, ...]
    overdue_to: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """An organisation's next review: when it is due, and the open one with its waiting lines where there is one."""

    organisation: UUID
    organisation_name: str
    due_on: date
    last_closed: date | None
    review: UUID | None
    waiting: int
    overdue: bool


@dataclass(frozen=True, slots=True)
class LineRow:
    """One role under review: who holds it since when, when they last signed in (None: never), and what was decided ("" waits).

    `refused` says why the viewer cannot decide it; "" when they can.
    """

    id: UUID
    person: UUID
    name: str
    state_words: str
    role: str
    since: date
    ended_on: date | None
    last_signed_in: datetime | None
    decision: str
    refused: str


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """A review as a page: whose it is, how it stands, its lines by name, and the acts of the viewer."""

    row: ReviewRow
    organisation_name: str
    overdue: bool
    closed_on: date | None
    lines: tuple[LineRow, ...]
    acts: Acts


def reviews_due(*, before: date, on: date) -> tuple[DueReview, ...]:
    """Open reviews that are due before a day, for the service's own reminders: no page asks this, it names no viewer."""
    why = "the service reminds whoever can decide"
    rows = AccessReview.objects.unscoped(why).filter(state=OPEN, due_on__lt=before).order_by("due_on", "id")
    return tuple(_due_review(row, on) for row in rows)


def _due_review(row: AccessReview, on: date) -> DueReview:
    deciders = _deciders(row.organisation_id, on) or _national(on)
    late = tuple(dict.fromkeys((*deciders, *_national(on)))) if row.due_on < on else ()
    return DueReview(row.pk, row.year, row.due_on, deciders, late)


def _deciders(organisation: UUID, on: date) -> tuple[UUID, ...]:
    """Whoever holds a role there that manages reviews, and is still in use; each asked once whatever they hold."""
    return _holders("own", on, organisation=organisation)


def _national(on: date) -> tuple[UUID, ...]:
    """Whoever manages reviews everywhere."""
    return _holders("everywhere", on)


def _holders(reach: str, on: date, **where: UUID) -> tuple[UUID, ...]:
    managing = [role.code for role in rules.roles().values() if _PERMISSION in role.may and role.reach == reach]
    held = RoleHeld.objects.unscoped("the service reminds whoever can decide").filter(
        in_force(on), role__in=managing, person__state=ACTIVE, **where
    )
    return tuple(held.order_by("person").values_list("person", flat=True).distinct())


def reviews_to_open(*, on: date, before: date) -> tuple[tuple[UUID, date], ...]:
    """(organisation, due day) of each yearly review that is due before a day and not open yet; for the service's own day."""
    plan = _plan(None, on)
    return tuple((one.organisation, one.due_on) for one in plan if one.review is None and one.due_on < before)


def review_plan(*, viewer: Viewer) -> tuple[Planned, ...]:
    """The next review of each organisation that the viewer reviews and in which somebody holds a role, the earliest first."""
    places = viewer.where(_PERMISSION)
    return () if places == frozenset() else _plan(places, viewer.on)


def _plan(places: Collection[UUID] | None, on: date) -> tuple[Planned, ...]:
    """Four queries. A review is due a year after the last one was closed; the first, a year after the first role was given."""
    why = "of the organisations that the caller reviews"
    narrow = Q() if places is None else Q(organisation__in=places)
    held = RoleHeld.objects.unscoped(why).filter(narrow, in_force(on), person__state=ACTIVE)
    first = dict(held.order_by().values_list("organisation").annotate(first=Min("valid_from")))
    closed = AccessReview.objects.unscoped(why).filter(narrow, state=CLOSED)
    last = dict(closed.order_by().values_list("organisation").annotate(last=Max("closed_on")))
    running = {row.organisation_id: row for row in AccessReview.objects.unscoped(why).filter(narrow, state=OPEN)}
    waiting = Counter(
        ReviewLine.objects.unscoped(why)
        .filter(_OPEN_LINES, review__in=[row.pk for row in running.values()])
        .values_list("review", flat=True)
    )
    names = dict(Organisation.objects.unscoped(why).filter(pk__in=first.keys() | running.keys()).values_list("pk", "name"))
    found = []
    for key, name in names.items():
        row = running.get(key)
        due = row.due_on if row else rules.a_year_after(last.get(key) or first[key])
        found.append(Planned(key, name, due, last.get(key), row.pk if row else None, waiting[row.pk] if row else 0, due < on))
    return tuple(sorted(found, key=lambda one: (one.due_on, one.organisation_name)))


def open_reviews(*, viewer: Viewer) -> tuple[tuple[UUID, str, date], ...]:
    """(id, organisation, due day) of the open reviews that the viewer manages, the earliest due first. One query."""
    rows = AccessReview.objects.seen_by(viewer).filter(state=OPEN).order_by("due_on", "organisation__name")
    return tuple(rows.values_list("id", "organisation__name", "due_on"))


def reviews(*, viewer: Viewer) -> tuple[ReviewRow, ...]:
    """Access reviews of the viewer's organisations, the latest first."""
    rows = list(AccessReview.objects.seen_by(viewer).order_by("-year", "organisation"))
    lines = ReviewLine.objects.seen_by(viewer).filter(_OPEN_LINES, review__in=[r.pk for r in rows])
    waiting = Counter(lines.values_list("review", flat=True))
    return tuple(_review_row(row, waiting[row.pk]) for row in rows)


def _review_row(row: AccessReview, waiting: int) -> ReviewRow:
    return ReviewRow(row.pk, row.organisation_id, row.year, REVIEW.words[row.state], row.due_on, waiting)


def review_lines(*, viewer: Viewer, review: UUID) -> tuple[tuple[UUID, UUID, str], ...]:
    """The lines of one review: line, person, decision ("" while it waits)."""
    lines = ReviewLine.objects.seen_by(viewer).filter(review=review).order_by("person", "id")
    return tuple(lines.values_list("id", "person", "decision"))


def review(*, viewer: Viewer, review: UUID) -> ReviewPage:
    """One review with its lines. Raises NotThere, the same whether it exists or not."""
    row = AccessReview.objects.seen_by(viewer).filter(pk=review).select_related("organisation").first()
    if row is None:
        raise NotThere
    lines = list(ReviewLine.objects.seen_by(viewer).filter(review=row).select_related("person", "held"))
    seen = latest(viewer=viewer, act="people.signed_in", of=Person, keys={line.person_id for line in lines})
    waiting = sum(not line.decision and _still_held(line) for line in lines)
    shown = sorted(
        (_line_row(line, row, viewer, seen.get(str(line.person_id))) for line in lines), key=lambda x: (fold(x.name), x.role)
    )
    return ReviewPage(
        row=_review_row(row, waiting),
        organisation_name=row.organisation.name,
        overdue=row.state == OPEN and row.due_on < viewer.on,
        closed_on=row.closed_on,
        lines=tuple(shown),
        acts=_acts(row, waiting),
    )


def _still_held(line: ReviewLine) -> bool:
    return line.held is not None and line.held.ended_on is None


def _line_row(line: ReviewLine, row: AccessReview, viewer: Viewer, signed_in: datetime | None) -> LineRow:
    held = line.held
    role = rules.roles().get(held.role) if held else None
    refused = rules.NOT_ONESELF if viewer.id == str(line.person_id) else ""
    return LineRow(
        id=line.pk,
        person=line.person_id,
        name=line.person.name,
        state_words=line.person.state,
        role=role.title if role else "A role that is no longer kept",
        since=held.valid_from if held else row.opened_on,
        ended_on=held.ended_on if held else row.opened_on,
        last_signed_in=signed_in,
        decision=line.decision,
        refused=refused,
    )


def _acts(row: AccessReview, waiting: int) -> Acts:
    words = {"decide": "" if row.state == OPEN else f"This review is {REVIEW.words[row.state]}."}
    words["close"] = words["decide"] or rules.why_not_close(waiting)
    return Acts(tuple(a for a, why in words.items() if not why), {a: why for a, why in words.items() if why})
