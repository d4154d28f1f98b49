"""The yearly access review on pages: what is due, each role confirmed or marked, and the review closed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from vkpp.basics.problems import UsageProblem
from vkpp.records.ground.problems import NotThere
from vkpp.records.people import commands, queries
from vkpp.web.parts.shapes import Act, Cell, Column, Crumb, Fact, Pages, Table, page_number, pages_of

_A_PAGE = 30
_WORDS = {"": "", "keep": "Keep", "remove": "Take away"}


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb("Home", "/"), Crumb("People", reverse("account:people")), *more]


def _day(value: Any) -> str:
    return f"{value:%-d %B %Y}"


def notices(viewer: Any) -> list[tuple[str, str]]:
    """(words, address) of the reviews that the viewer can decide now: one by its name, several by their number."""
    found = queries.open_reviews(viewer=viewer) if viewer.may_anywhere("reviews.manage") else ()
    if len(found) > 1:
        late = sum(due < viewer.on for _, _, due in found)
        words = f"{len(found)} access reviews are open" + (f", {late} of them overdue." if late else ".")
        return [(words, reverse("account:reviews"))]
    return [
        (
            f"The access review of {name} {'was' if due < viewer.on else 'is'} due on {_day(due)}.",
            reverse("account:review", args=[key]),
        )
        for key, name, due in found
    ]


def _address(one: queries.Planned) -> str:
    return reverse("account:review", args=[one.review]) if one.review else reverse("account:reviews")


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Each organisation's next review, the earliest due first, and the ones that were closed."""
    if not request.viewer.may_anywhere("reviews.manage"):
        raise NotThere
    plan = queries.review_plan(viewer=request.viewer)
    here = reverse("account:reviews")
    pages = pages_of(request.GET, len(plan), here, "organisations")
    closed = [row for row in queries.reviews(viewer=request.viewer) if row.state_words == "closed"]
    older = pages_of(request.GET, len(closed), here, "closed reviews", "closed")
    names = {one.organisation: one.organisation_name for one in plan}
    columns = (Column("Organisation"), Column("Due"), Column("Stands"), Column("Last closed"))
    said = {
        "title": "Access reviews",
        "crumbs": _crumbs(),
        "table": Table(
            f"The next review of each organisation: {pages.words}", columns, [_line(one) for one in plan[pages.slice]]
        ),
        "pages": pages,
        "closed": _closed(closed[older.slice], names, older.words) if closed else None,
        "older": older,
    }
    return render(request, "account/reviews.html", said)


def _line(one: queries.Planned) -> tuple[Cell, ...]:
    href = _address(one) if one.review else reverse("account:start_review", args=[one.organisation])
    if one.review:
        words = f"{'Overdue' if one.overdue else 'Open'}: {one.waiting} to decide" if one.waiting else "Ready to close"
    else:
        words = "Overdue" if one.overdue else "Not due yet"
    tag = "do" if one.review or one.overdue else "plain"
    last = _day(one.last_closed) if one.last_closed else "Never"
    return Cell(one.organisation_name, href), Cell(_day(one.due_on)), Cell(words, tag=tag), Cell(last)


def _closed(rows: list[queries.ReviewRow], names: dict[UUID, str], which: str) -> Table:
    lines = [
        (
            Cell(names.get(row.organisation, "An organisation that ended"), reverse("account:review", args=[row.id])),
            str(row.year),
        )
        for row in rows
    ]
    return Table(f"Closed reviews {which}", (Column("Organisation"), Column("Year")), lines)


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, organisation: UUID) -> HttpResponse:
    """Begin the next review before its day: it lists every role that is held now."""
    found = next((one for one in queries.review_plan(viewer=request.viewer) if one.organisation == organisation), None)
    if found is None or found.review is not None:
        raise NotThere
    if request.method == "POST":
        key = commands.open_review(
            by=request.viewer, at=request.at, organisation=organisation, year=found.due_on.year, due_on=found.due_on
        )
        messages.success(request, "The review is open.")
        return HttpResponseRedirect(reverse("account:review", args=[key]))
    crumb = Crumb("Access reviews", reverse("account:reviews"))
    said = {"title": f"Begin the access review of {found.organisation_name}", "crumbs": _crumbs(crumb), "due": found.due_on}
    return render(request, "account/review_start.html", said)


@require_http_methods(["GET", "POST"])
def shown(request: HttpRequest, review: UUID) -> HttpResponse:
    """One review: every role with who holds it since when and when they last signed in; keep or take away, saved together."""
    page = queries.review(viewer=request.viewer, review=review)
    here = reverse("account:review", args=[review])
    pages = Pages(page_number(request.GET.get("page"), len(page.lines), _A_PAGE), len(page.lines), here, "roles", size=_A_PAGE)
    if request.method == "POST":
        return _decided(request, page, pages)
    said = {
        "title": f"Access review of {page.organisation_name}, {page.row.year}",
        "crumbs": _crumbs(Crumb("Access reviews", reverse("account:reviews"))),
        "page": page,
        "facts": _facts(page),
        "lines": [(line, _about(line), _WORDS[line.decision]) for line in page.lines[pages.slice]],
        "pages": pages,
        "may_decide": "decide" in page.acts.allowed,
        "offers": {"close": Act("Close the review", reverse("account:close_review", args=[review]))},
    }
    return render(request, "account/review.html", said)


def _facts(page: queries.ReviewPage) -> list[Fact]:
    late = "overdue" if page.overdue else ""
    done = [Fact("Closed", _day(page.closed_on))] if page.closed_on else [Fact("Due", _day(page.row.due_on), late)]
    removed = sum(line.decision == "remove" for line in page.lines)
    return [*done, Fact("Roles", len(page.lines)), Fact("To decide", page.row.waiting), Fact("To take away", removed)]


def _about(line: queries.LineRow) -> str:
    """ "Since 2 March 2026. Last signed in on 1 November 2026.\""""
    seen = (
        f"Last signed in on {_day(timezone.localtime(line.last_signed_in))}" if line.last_signed_in else "Has never signed in"
    )
    ended = f" Ended on {_day(line.ended_on)}." if line.ended_on else ""
    return f"Since {_day(line.since)}. {seen}.{ended}"


def _decided(request: HttpRequest, page: queries.ReviewPage, pages: Pages) -> HttpResponse:
    """What was chosen on this page of the list and is new; all of it or nothing."""
    wanted = {line.id: request.POST.get(f"line-{line.id}", "") for line in page.lines[pages.slice]}
    if any(choice not in _WORDS for choice in wanted.values()):
        raise UsageProblem("A choice on the page is neither to keep nor to take away.", next_step="open the review again")
    changed = [(line.id, wanted[line.id]) for line in page.lines[pages.slice] if wanted[line.id] not in ("", line.decision)]
    with transaction.atomic():
        for key, choice in changed:
            commands.decide(by=request.viewer, at=request.at, line=key, keep=choice == "keep")
    words = f"{len(changed)} decision{'' if len(changed) == 1 else 's'} saved." if changed else "Nothing was changed."
    messages.success(request, words)
    following = pages.next or reverse("account:review", args=[page.row.id])
    return HttpResponseRedirect(following)


@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, review: UUID) -> HttpResponse:
    """Say which roles go, and close the review when that is confirmed."""
    page = queries.review(viewer=request.viewer, review=review)
    if request.method == "POST":
        removed = commands.close_review(by=request.viewer, at=request.at, review=review)
        messages.success(request, f"The review is closed; {removed} role{'' if removed == 1 else 's'} taken away.")
        return HttpResponseRedirect(reverse("account:reviews"))
    here = Crumb(f"{page.organisation_name}, {page.row.year}", reverse("account:review", args=[review]))
    said = {
        "title": "Close the review",
        "crumbs": _crumbs(Crumb("Access reviews", reverse("account:reviews")), here),
        "page": page,
        "going": [(line.name, line.role) for line in page.lines if line.decision == "remove" and not line.ended_on],
        "refused": page.acts.refused.get("close", ""),
    }
    return render(request, "account/review_close.html", said)
