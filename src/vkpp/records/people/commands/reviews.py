"""The yearly access review: opened, each role confirmed or marked, closed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count
from uuid import UUID

from vkpp.records.ground.problems import NotThere, Refused
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import rules
from vkpp.records.people.commands.rows import WHY, about, day_of, end_rows, locked_row, read_row
from vkpp.records.people.models import AccessReview, Organisation, ReviewLine, RoleHeld, in_force
from vkpp.records.people.queries.reviews import reviews_to_open
from vkpp.records.people.states import REVIEW
from vkpp.records.trail.commands import Done, command
from vkpp.records.trail.rules import reference

_AHEAD = timedelta(days=30)


@command("people.review.open")
def open_review(*, by: Viewer, at: datetime, organisation: UUID, year: int, due_on: date) -> Done[UUID]:
    """Open the year's review of an organisation, one line for every role held there today. Gives its id."""
    where = locked_row(Organisation, organisation)
    rules.demand(by, "reviews.manage", where.pk)
    return _opened(where, at, year, due_on)


@command("people.reviews.open_due")
def open_due_reviews(*, by: Viewer, at: datetime) -> Done[int]:
    """Open every yearly review that is due within thirty days; `by` is the service. Gives how many."""
    due = reviews_to_open(on=day_of(at), before=day_of(at) + _AHEAD)
    for organisation, day in due:
        where = locked_row(Organisation, organisation)
        taken = set(AccessReview.objects.unscoped(WHY).filter(organisation=where).values_list("year", flat=True))
        _opened(where, at, next(year for year in count(day.year) if year not in taken), day)
    return Done(reference("people.day", day_of(at).isoformat()), len(due), {"opened": len(due)})


def _opened(where: Organisation, at: datetime, year: int, due_on: date) -> Done[UUID]:
    if AccessReview.objects.unscoped(WHY).filter(organisation=where, year=year).exists():
        raise Refused(f"The review of {year} is open or done already.", next_step="open it from the list")
    row = AccessReview(organisation=where, year=year, state=REVIEW.after("", "open"), opened_on=day_of(at), due_on=due_on)
    row.save()
    held = list(RoleHeld.objects.unscoped(WHY).filter(in_force(day_of(at)), organisation=where))
    for role in held:
        ReviewLine(review=row, held=role, person_id=role.person_id).save()
    return Done(about(row), row.pk, {"year": year, "lines": len(held)})


@command("people.review.decide")
def decide(*, by: Viewer, at: datetime, line: UUID, keep: bool) -> Done[None]:
    """Confirm a role or mark it to be taken away. Nobody decides on themselves."""
    review = _reviewable(by, read_row(ReviewLine, line).review_id, "decide")
    row = locked_row(ReviewLine, line)
    rules.demand_not_oneself(by, row.person_id)
    row.decision, row.decided_by_id = "keep" if keep else "remove", UUID(by.id)
    row.save()
    return Done(about(review), None, {"line": str(line), "decision": row.decision})


@command("people.review.close")
def close_review(*, by: Viewer, at: datetime, review: UUID) -> Done[int]:
    """Close a review whose every line is decided, and take away what was marked. Gives how many roles were."""
    row = _reviewable(by, review, "close")
    lines = ReviewLine.objects.unscoped(WHY).filter(review=row)
    rules.demand_all_decided(lines.filter(decision="", held__isnull=False, held__ended_on__isnull=True).count())
    marked = [key for key in lines.filter(decision="remove").values_list("held", flat=True) if key]
    removed = end_rows(RoleHeld.objects.unscoped(WHY).filter(pk__in=marked), day_of(at))
    row.state, row.closed_on = REVIEW.after(row.state, "close"), day_of(at)
    row.save()
    lines.update(closed_on=day_of(at))
    return Done(about(row), removed, {"removed": removed})


def _reviewable(by: Viewer, review: UUID, act: str) -> AccessReview:
    row: AccessReview = locked_row(AccessReview, review)
    if not AccessReview.objects.seen_by(by).filter(pk=review).exists():
        raise NotThere
    REVIEW.after(row.state, act)
    return row
