"""Compartments on pages, for whoever is in one: who is in it and why, what stands in it, and what its keeper did."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from vkpp.basics.markings import strictest
from vkpp.basics.problems import UsageProblem
from vkpp.records.ground.problems import NotThere
from vkpp.records.people import commands, queries
from vkpp.records.search.queries import in_compartment
from vkpp.web.parts.acting import status_of, tried
from vkpp.web.parts.shapes import Act, Cell, Column, Crumb, Pages, Table, pages_of

_KEEP = "compartments.manage"
_WORDS = {"open": "opened it", "admit": "let in", "dismiss": "took out", "close": "closed it"}
_WORDS["take_up"] = "let in, when no keeper was left:"


class Opening(forms.Form):
    """A new compartment."""

    title = forms.CharField(label="Title", max_length=120, help_text="Only those who are in it ever see it. Name nobody.")
    purpose = forms.CharField(label="Why it is needed", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class Reason(forms.Form):
    reason = forms.CharField(label="Why", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class Admitting(Reason):
    """Whom to let in, by their mail address, and why."""

    email = forms.EmailField(label="Their mail address", help_text="As it stands in People.", max_length=254)
    field_order = ("email", "reason")


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb("Home", "/"), Crumb("What you can do", reverse("account:roles")), *more]


def _list() -> Crumb:
    return Crumb("Compartments", reverse("account:compartments"))


def _day(value: Any) -> str:
    return f"{value:%-d %B %Y}" if value else ""


def known(viewer: Any) -> bool:
    """Whether there are compartments at all for this viewer: for a keeper, and for whoever is in one."""
    return bool(viewer.compartments) or viewer.may(_KEEP)


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """The compartments that the viewer is in."""
    if not known(request.viewer):
        raise NotThere
    rows = [
        (Cell(one.title, reverse("account:compartment", args=[one.id])), one.purpose)
        for one in queries.compartments(viewer=request.viewer)
    ]
    said = {
        "title": "Compartments",
        "crumbs": _crumbs(),
        "table": Table("Those that you are in", (Column("Title"), Column("Purpose")), rows, empty="You are in none."),
        "may_open": request.viewer.may(_KEEP),
    }
    return render(request, "account/compartments.html", said)


@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """Open a compartment with oneself in it."""
    if not request.viewer.may(_KEEP):
        raise NotThere
    form, made = Opening(request.POST or None), []

    def do(said: Any) -> None:
        made.append(commands.open_compartment(by=request.viewer, at=request.at, title=said["title"], purpose=said["purpose"]))

    problem = tried(form, do) if form.is_bound else None
    if made:
        messages.success(request, "The compartment is open, with you in it.")
        return HttpResponseRedirect(reverse("account:compartment", args=made))
    said = {"title": "Open a compartment", "crumbs": _crumbs(_list()), "form": form, "act": "Open it"}
    return render(request, "account/organisation_form.html", said, status=status_of(form, problem))


@require_GET
def shown(request: HttpRequest, compartment: UUID) -> HttpResponse:
    """Who is in it and why, what stands in it, and everything that was done to it."""
    page = queries.compartment(viewer=request.viewer, compartment=compartment)
    total, things = in_compartment(request.viewer, compartment)
    offers = {
        "admit": Act("Let somebody in", reverse("account:compartment_admit", args=[compartment])),
        "close": Act("Close it for good", reverse("account:compartment_close", args=[compartment]), secondary=True),
    }
    said = {
        "title": "A compartment",
        "crumbs": _crumbs(_list()),
        "marking": strictest(*(one.marking for one in things)),
        "page": page,
        **_lists(request, page),
        "things": _things(total, things),
        "acts": queries.Acts(tuple(a for a in page.acts.allowed if a in offers), page.acts.refused),
        "offers": offers | {"dismiss": Act("Take somebody out", "")},
    }
    return render(request, "account/compartment.html", said)


def _lists(request: HttpRequest, page: queries.CompartmentPage) -> dict[str, Any]:
    """Who is in it, who was, and what was done: each a list that is turned by itself."""
    here = reverse("account:compartment", args=[page.row.id])
    members = pages_of(request.GET, len(page.members), here, "members", "members")
    earlier = pages_of(request.GET, len(page.earlier), here, "earlier members", "earlier")
    events = pages_of(request.GET, len(page.events), here, "acts", "acts")
    return {
        "members": _members(page, members, "dismiss" in page.acts.allowed),
        "earlier": _earlier(page, earlier) if page.earlier else None,
        "events": _events(page, events),
        "members_pages": members,
        "earlier_pages": earlier,
        "events_pages": events,
    }


def _members(page: queries.CompartmentPage, pages: Pages, may_dismiss: bool) -> Table:
    columns = [Column("Name"), Column("Since"), Column("Why"), *([Column("Take out")] if may_dismiss else [])]
    rows: list[list[Cell | str | int]] = []
    for one in page.members[pages.slice]:
        out = Cell("Take out", reverse("account:compartment_dismiss", args=[page.row.id, one.person]), hidden=one.name)
        rows.append(
            [one.name, _day(one.since), one.reason or "Opened it, or no reason was asked", *([out] if may_dismiss else [])]
        )
    return Table(f"Who is in it: {pages.words}", columns, rows)


def _earlier(page: queries.CompartmentPage, pages: Pages) -> Table:
    columns = (Column("Name"), Column("From"), Column("Until"), Column("Why no longer"))
    rows = [
        (one.name, _day(one.since), _day(one.ended_on), one.ended_reason or "They moved or left")
        for one in page.earlier[pages.slice]
    ]
    return Table(f"Who was in it: {pages.words}", columns, rows)


def _things(total: int, things: Any) -> Table:
    rows = [(Cell(one.title), one.kind_words, one.reference, str(one.marking)) for one in things]
    columns = (Column("What"), Column("Kind"), Column("Reference"), Column("Marking"))
    words = f"What stands in it: {total}" + (f", of which your roles let you see {len(rows)}" if total != len(rows) else "")
    return Table(words, columns, rows, empty="Nothing that your roles let you see.")


def _events(page: queries.CompartmentPage, pages: Pages) -> Table:
    rows = [
        (f"{timezone.localtime(one.at):%-d %B %Y, %H:%M}", one.by, " ".join((_WORDS.get(one.act, one.act), one.whom)).strip())
        for one in page.events[pages.slice]
    ]
    return Table(f"What was done: {pages.words}", (Column("When"), Column("Who"), Column("What")), rows)


@require_http_methods(["GET", "POST"])
def admit(request: HttpRequest, compartment: UUID) -> HttpResponse:
    page = _kept(request, compartment)
    form = Admitting(request.POST or None)

    def do(said: Any) -> None:
        person = queries.by_address(viewer=request.viewer, email=said["email"])
        if person is None:
            raise UsageProblem("Nobody whom you can see has that address.", next_step="look it up in People")
        commands.admit(by=request.viewer, at=request.at, compartment=compartment, person=person, reason=said["reason"])

    return _form(request, page, form, do, "Let somebody in", "They are in it.")


@require_http_methods(["GET", "POST"])
def dismiss(request: HttpRequest, compartment: UUID, person: UUID) -> HttpResponse:
    page = _kept(request, compartment)
    one = next((one for one in page.members if one.person == person), None)
    if one is None:
        raise NotThere

    def do(said: Any) -> None:
        commands.dismiss(by=request.viewer, at=request.at, compartment=compartment, person=person, reason=said["reason"])

    oneself = str(person) == request.viewer.id
    done = "It does not exist for you any more." if oneself else "It does not exist for them any more."
    form = Reason(request.POST or None)
    return _form(request, page, form, do, f"Take out {one.name}", done, reverse("account:compartments") if oneself else "")


@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, compartment: UUID) -> HttpResponse:
    page = _kept(request, compartment)
    if request.method == "POST":
        commands.close_compartment(by=request.viewer, at=request.at, compartment=compartment)
        messages.success(request, "The compartment is closed. What stands in it stays there, and nobody can open it.")
        return HttpResponseRedirect(reverse("account:compartments"))
    here = Crumb("The compartment", reverse("account:compartment", args=[compartment]))
    said = {"title": "Close the compartment for good", "crumbs": _crumbs(_list(), here), "page": page}
    return render(request, "account/compartment_close.html", said)


def _kept(request: HttpRequest, compartment: UUID) -> queries.CompartmentPage:
    """The compartment for its keeper; whoever else is in it reads on its page why not, and has no page of the act."""
    page = queries.compartment(viewer=request.viewer, compartment=compartment)
    if not page.acts.allowed:
        raise NotThere
    return page


def _form(
    request: HttpRequest, page: queries.CompartmentPage, form: Any, do: Any, title: str, done: str, onwards: str = ""
) -> HttpResponse:
    """The page of an act; after it the compartment's, or `onwards` for whoever is out of it now."""
    problem = tried(form, do) if form.is_bound else None
    here = reverse("account:compartment", args=[page.row.id])
    if form.is_bound and form.is_valid() and problem is None:
        messages.success(request, done)
        return HttpResponseRedirect(onwards or here)
    crumbs = _crumbs(_list(), Crumb("The compartment", here))
    said = {"title": title, "crumbs": crumbs, "form": form, "act": title}
    return render(request, "account/organisation_form.html", said, status=status_of(form, problem))
