"""Organisations with what ties them, each with its dates: region, host, merger; the national access manager records them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import commands, queries
from vkpp.web.parts.acting import status_of, tried
from vkpp.web.parts.shapes import Act, Cell, Choice, Column, Crumb, Filters, Pages, Table, page_number, pages_of

_DAY = ("%d/%m/%Y", "%Y-%m-%d", "%d %B %Y", "%d %b %Y")
_KINDS = (("force", "Force"), ("region", "Region"), ("programme", "Programme"), ("partner", "Partner"), ("panel", "Panel"))
_TIES = (("region", "Belongs to the region"), ("host", "Is hosted by"), ("merger", "Was merged into"))
_MANAGE = "organisations.manage"


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb("Home", "/"), Crumb("People", reverse("account:people")), *more]


def _list() -> Crumb:
    return Crumb("Organisations", reverse("account:organisations"))


def _day(value: date | None) -> str:
    return f"{value:%-d %B %Y}" if value else ""


def _day_field(label: str, hint: str = "") -> forms.DateField:
    said = f"{hint} Day, month and year, such as 1/4/2026.".strip()
    wrong = f"{label} cannot be read as a day. Write day, month and year, such as 1/4/2026."
    widget = forms.DateInput(format="%d/%m/%Y", attrs={"class": "govuk-input--width-10"})
    return forms.DateField(label=label, help_text=said, widget=widget, input_formats=_DAY, error_messages={"invalid": wrong})


class Adding(forms.Form):
    """A new organisation."""

    name = forms.CharField(label="Name", max_length=160)
    welsh_name = forms.CharField(label="Welsh name, where it has one", max_length=160, required=False)
    code = forms.SlugField(
        label="Code",
        max_length=80,
        help_text="Small letters and hyphens. Of a force: its code in the register, such as avon-and-somerset.",
    )
    kind = forms.ChoiceField(label="Kind", choices=_KINDS)
    valid_from = _day_field("Since")


class Tying(forms.Form):
    """A tie of one organisation to another from a day on."""

    def __init__(self, viewer: Viewer, organisation: UUID, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [(str(o.id), o.name) for o in queries.organisations(viewer=viewer) if o.id != organisation]
        self.fields["kind"] = forms.ChoiceField(label="What", choices=_TIES)
        self.fields["other"] = forms.ChoiceField(label="The other organisation", choices=others)
        self.fields["valid_from"] = _day_field(
            "From", "The first day on which it holds. A merger ends this organisation on that day."
        )


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Every organisation that there is or was, with what it is tied to today."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in dict(_KINDS) else ""
    found = queries.register(viewer=request.viewer, kind=kind)
    here = reverse("account:organisations")
    kept = {"kind": kind} if kind else {}
    pages = Pages(page_number(request.GET.get("page"), len(found)), len(found), here, "organisations", kept=kept)
    columns = (
        Column("Organisation"),
        Column("Kind"),
        Column("Region"),
        Column("Host"),
        Column("Merged into"),
        Column("Since"),
        Column("Ended"),
    )
    said = {
        "title": "Organisations",
        "crumbs": _crumbs(),
        "filters": Filters([Choice("kind", "Kind", [("", "All"), *_KINDS], kind)], here),
        "table": Table(f"Organisations {pages.words}", columns, [_line(one) for one in found[pages.slice]]),
        "pages": pages,
        "may_add": request.viewer.may(_MANAGE),
    }
    return render(request, "account/organisations.html", said)


def _line(one: queries.Register) -> tuple[Any, ...]:
    row, tied = one.row, one.tied
    href = reverse("account:organisation", args=[row.id])
    ties = (tied.get("region", ""), tied.get("host", ""), tied.get("merger", ""))
    return (Cell(row.name, href), one.kind_words, *ties, _day(row.valid_from), _day(row.ended_on))


@require_GET
def shown(request: HttpRequest, organisation: UUID) -> HttpResponse:
    """One organisation, and every tie that it has or had."""
    page = queries.organisation(viewer=request.viewer, organisation=organisation)
    columns = (Column("Organisation"), Column("What"), Column("Which"), Column("From"), Column("Until"))
    here = reverse("account:organisation", args=[organisation])
    pages = pages_of(request.GET, len(page.ties), here, "ties")
    rows = [
        (one.organisation_name, one.words.capitalize(), one.other_name, _day(one.valid_from), _day(one.ended_on) or "holds now")
        for one in page.ties[pages.slice]
    ]
    tie = Act("Record a region, a host or a merger", reverse("account:tie", args=[organisation]), "get", True)
    said = {
        "title": page.row.name,
        "crumbs": _crumbs(_list()),
        "page": page,
        "table": Table(f"Its ties: {pages.words}", columns, rows, empty="It is tied to no other organisation."),
        "pages": pages,
        "offers": {"tie": tie},
    }
    return render(request, "account/organisation.html", said)


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    _demand(request.viewer)
    form = Adding(request.POST or None)
    problem = (
        tried(form, lambda said: commands.found_organisation(by=request.viewer, at=request.at, **said))
        if form.is_bound
        else None
    )
    if form.is_bound and form.is_valid() and problem is None:
        messages.success(request, "The organisation is added.")
        return HttpResponseRedirect(reverse("account:organisations"))
    said = {"title": "Add an organisation", "crumbs": _crumbs(_list()), "form": form, "act": "Add it"}
    return render(request, "account/organisation_form.html", said, status=status_of(form, problem))


@require_http_methods(["GET", "POST"])
def tie(request: HttpRequest, organisation: UUID) -> HttpResponse:
    _demand(request.viewer)
    page = queries.organisation(viewer=request.viewer, organisation=organisation)
    form = Tying(request.viewer, organisation, request.POST or None)

    def do(said: Any) -> object:
        return commands.tie_organisations(
            by=request.viewer,
            at=request.at,
            organisation=organisation,
            kind=said["kind"],
            other=UUID(said["other"]),
            valid_from=said["valid_from"],
        )

    problem = tried(form, do) if form.is_bound else None
    here = reverse("account:organisation", args=[organisation])
    if form.is_bound and form.is_valid() and problem is None:
        messages.success(request, "It is recorded.")
        return HttpResponseRedirect(here)
    crumbs = _crumbs(_list(), Crumb(page.row.name, here))
    said = {"title": f"Record a tie of {page.row.name}", "crumbs": crumbs, "form": form, "act": "Record it"}
    return render(request, "account/organisation_form.html", said, status=status_of(form, problem))


def _demand(viewer: Viewer) -> None:
    """For whoever does not manage organisations there is no such page."""
    if not viewer.may(_MANAGE):
        raise NotThere
