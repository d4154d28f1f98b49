"""The yearly access review: which are due, how each stands, and its lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import rules
from vkpp.records.people.models import AccessReview, ReviewLine, RoleHeld, in_force
from vkpp.records.people.states import ACTIVE, OPEN, REVIEW


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
    """An open review and the people who can decide it, by id."""

    id: UUID
    year: int
    due_on: date
    deciders: tuple[UUID, ...]


def reviews_due(*, before: date, on: date) -> tuple[DueReview, ...]:
    """Open reviews that are due before a day, for the service's own reminders: no page asks this, it names no viewer."""
    why = "the service reminds whoever can decide"
    rows = AccessReview.objects.unscoped(why).filter(state=OPEN, due_on__lt=before).order_by("due_on", "id")
    return tuple(DueReview(row.pk, row.year, row.due_on, _deciders(row.organisation_id, on)) for row in rows)


def _deciders(organisation: UUID, on: date) -> tuple[UUID, ...]:
    """Whoever holds a role there that manages reviews, and is still in use; each asked once whatever they hold."""
    managing = [role.code for role in rules.roles().values() if "reviews.manage" in role.may and role.reach == "own"]
    held = RoleHeld.objects.unscoped("the service reminds whoever can decide").filter(
        in_force(on), organisation=organisation, role__in=managing, person__state=ACTIVE
    )
    return tuple(held.order_by("person").values_list("person", flat=True).distinct())


def reviews(*, viewer: Viewer) -> tuple[ReviewRow, ...]:
    """Access reviews of the viewer's organisations, the latest first."""
    rows = list(AccessReview.objects.seen_by(viewer).order_by("-year", "organisation"))
    lines = ReviewLine.objects.seen_by(viewer).filter(review__in=[r.pk for r in rows], decision="")
    waiting: dict[UUID, int] = {}
    for review in lines.values_list("review", flat=True):
        waiting[review] = waiting.get(review, 0) + 1
    return tuple(
        ReviewRow(r.pk, r.organisation_id, r.year, REVIEW.words[r.state], r.due_on, waiting.get(r.pk, 0)) for r in rows
    )


def review_lines(*, viewer: Viewer, review: UUID) -> tuple[tuple[UUID, UUID, str], ...]:
    """The lines of one review: line, person, decision ("" while it waits)."""
    lines = ReviewLine.objects.seen_by(viewer).filter(review=review).order_by("person", "id")
    return tuple(lines.values_list("id", "person", "decision"))
