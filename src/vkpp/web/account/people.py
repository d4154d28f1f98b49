"""Colleagues: who works here and as what; inviting, giving and taking roles, closing accounts. For whoever manages access."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from vkpp.records.collections.queries.leaving import in_hand
from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import commands, queries
from vkpp.records.people.rules import may_be_given, roles
from vkpp.records.work import commands as work
from vkpp.web.account import reviews, sessions
from vkpp.web.parts.acting import status_of, tried
from vkpp.web.parts.shapes import Act, Cell, Choice, Column, Crumb, Filters, Pages, Table, page_number

_HOME = Crumb("Home", "/")
_ACTS = {"suspend": "Suspend the account", "reinstate": "Open the account again", "leave": "Record that they left"}
# What each act does, said before it is done.
_WHAT = {
    "suspend": "They are signed out at once and cannot sign in until somebody opens the account again.",
    "reinstate": "They can sign in again with what they held before.",
    "leave": "Their membership and every role there end now. With the last membership the account closes for good.",
    "reset": "Their app, keys and recovery codes no longer count. With their password they set up a new second factor. "
    "Make sure by telephone or in person that it is they who ask.",
}


class Invitation(forms.Form):
    """Whom to invite where, and as what."""

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = _managed_places(viewer)
        kinds = {row.kind for row in places}
        offered = [(r.code, r.title) for r in roles().values() if r.code != "member" and may_be_given(r, kinds, viewer)]
        self.fields["organisation"] = _place(places)
        self.fields["name"] = forms.CharField(label="Name", max_length=120)
        self.fields["email"] = forms.EmailField(
            label="Mail address", help_text="Their own, at work. The invitation goes there.", max_length=254
        )
        self.fields["roles"] = forms.MultipleChoiceField(
            label="Roles",
            help_text="Everybody is a member. Choose what else they do.",
            choices=offered,
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )


def _place(places: list[queries.OrganisationRow]) -> forms.ChoiceField:
    """Where they work: of several organisations none is chosen already, or the first in the alphabet got the careless."""
    choices = [(str(row.id), row.name) for row in places]
    asked = [("", "Choose where they work")] if len(choices) != 1 else []
    missing = {"required": "Where they work is not chosen. Choose an organisation."}
    return forms.ChoiceField(label="Organisation", choices=[*asked, *choices], error_messages=missing)


def _managed_places(viewer: Viewer) -> list[queries.OrganisationRow]:
    where = viewer.where("people.manage")
    return [row for row in queries.organisations(viewer=viewer) if where is None or row.id in where]


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Everybody whom the viewer may see, by name, with a filter by organisation."""
    viewer = request.viewer
    places = [(str(row.id), row.name) for row in queries.organisations(viewer=viewer)]
    chosen = request.GET.get("organisation", "")
    chosen = chosen if chosen in dict(places) else ""
    found = queries.people(viewer=viewer, organisation=UUID(chosen) if chosen else None)
    address = reverse("account:people")
    kept = {"organisation": chosen} if chosen else {}
    pages = Pages(page_number(request.GET.get("page"), len(found)), len(found), address, "people", kept=kept)
    rows = [
        (Cell(row.name, reverse("account:person", args=[row.id])), row.email, row.state_words) for row in found[pages.slice]
    ]
    said = {
        "title": "People",
        "crumbs": [_HOME],
        "filters": Filters([Choice("organisation", "Organisation", [("", "All"), *places], chosen)], address),
        "pages": pages,
        "table": Table(f"People {pages.words}", (Column("Name"), Column("Mail address"), Column("Account")), rows),
        "may_invite": bool(_managed_places(viewer)),
        "may_review": viewer.may_anywhere("reviews.manage"),
        "notices": reviews.notices(viewer),
    }
    return render(request, "account/people.html", said)


@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    form, problem = Invitation(request.viewer, request.POST if request.method == "POST" else None), None
    if form.is_bound:
        problem = tried(form, lambda said: _invited(request, said))
        if problem is None and form.is_valid():
            messages.success(request, "The invitation is on its way.")
            return HttpResponseRedirect(reverse("account:people"))
    crumbs = [_HOME, Crumb("People", reverse("account:people"))]
    return render(
        request,
        "account/invite.html",
        {"title": "Invite a colleague", "crumbs": crumbs, "form": form},
        status=status_of(form, problem),
    )


def _invited(request: HttpRequest, said: Mapping[str, Any]) -> None:
    work.invite(
        by=request.viewer,
        at=request.at,
        organisation=UUID(said["organisation"]),
        name=said["name"],
        email=said["email"],
        roles=("member", *said["roles"]),
    )


@require_GET
def shown(request: HttpRequest, person: UUID) -> HttpResponse:
    """One person: their account, their roles, and what the viewer can do with both."""
    row = queries.person(viewer=request.viewer, person=person)
    held = queries.roles_of(viewer=request.viewer, person=person)
    manages = bool(row.acts.allowed)
    offers = {act: Act(words, reverse("account:person_act", args=[person, act]), "get", True) for act, words in _ACTS.items()}
    said = {
        "title": row.name,
        "crumbs": [_HOME, Crumb("People", reverse("account:people"))],
        "row": row,
        "held": held,
        "offers": offers,
        "manages": manages,
        "form": _Giving(request.viewer, held) if manages and held else None,
        "may_move": _may_move(request.viewer, row),
    }
    return render(request, "account/person.html", said)


def _may_move(viewer: Viewer, row: queries.PersonRow) -> bool:
    return bool(row.acts.allowed) and len(_managed_places(viewer)) > 1


class _Giving(forms.Form):
    """A role more, in one of the organisations of somebody who holds some.

    Offered are roles that the viewer can give there and that the person does not hold in each of them; whatever else is sent
    gets the server's own words.
    """

    def __init__(self, viewer: Viewer, held: tuple[queries.RoleRow, ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = dict.fromkeys((str(row.organisation), row.organisation_name) for row in held)
        kinds = {row.kind for row in _managed_places(viewer) if str(row.id) in {key for key, _ in places}}
        has = {role: sum(row.role == role for row in held) for role in roles()}
        self.fields["organisation"] = forms.ChoiceField(label="Where", choices=list(places))
        every = forms.ChoiceField(label="Role", choices=[(r.code, r.title) for r in roles().values()])
        every.widget.choices = [
            (r.code, r.title) for r in roles().values() if may_be_given(r, kinds, viewer) and has[r.code] < len(places)
        ]
        self.fields["role"] = every


@require_POST
def give(request: HttpRequest, person: UUID) -> HttpResponse:
    form = _Giving(request.viewer, queries.roles_of(viewer=request.viewer, person=person), request.POST)
    if not form.is_valid():
        raise NotThere
    said = form.cleaned_data
    commands.give_role(
        by=request.viewer, at=request.at, person=person, organisation=UUID(said["organisation"]), role=said["role"]
    )
    return _back(request, person, "The role is given.")


@require_POST
def withdraw(request: HttpRequest, person: UUID, held: UUID) -> HttpResponse:
    commands.withdraw_role(by=request.viewer, at=request.at, held=held)
    return _back(request, person, "The role is taken away.")


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, person: UUID, name: str) -> HttpResponse:
    """Say what an act does, and do it when that is confirmed."""
    row = queries.person(viewer=request.viewer, person=person)
    if name not in _WHAT:
        raise NotThere
    if request.method == "POST":
        return _done(request, person, name)
    places = dict.fromkeys(
        (r.organisation, r.organisation_name) for r in queries.roles_of(viewer=request.viewer, person=person)
    )
    said = {
        "title": _ACTS.get(name, "Let them set up a new second factor"),
        "crumbs": [
            _HOME,
            Crumb("People", reverse("account:people")),
            Crumb(row.name, reverse("account:person", args=[person])),
        ],
        "row": row,
        "what": _WHAT[name],
        "places": list(places) if name == "leave" else [],
        "refused": row.acts.refused.get(name, ""),
        **_in_hand(request.viewer, person, name),
    }
    return render(request, "account/person_act.html", said)


def _in_hand(viewer: Viewer, person: UUID, act: str) -> dict[str, Any]:
    """What lies still without them: roles that nobody else holds there, and returns that they prepared."""
    if act not in ("leave", "move", "suspend"):
        return {"alone": (), "in_hand": ()}
    return {
        "alone": queries.held_alone(viewer=viewer, person=person),
        "in_hand": in_hand(viewer=viewer, person=person),
    }


class _Moving(forms.Form):
    """From where to where somebody moves, of the organisations that the viewer manages."""

    def __init__(self, viewer: Viewer, held: tuple[queries.RoleRow, ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        managed = {str(row.id): row.name for row in _managed_places(viewer)}
        works = dict.fromkeys(str(row.organisation) for row in held if str(row.organisation) in managed)
        self.fields["origin"] = forms.ChoiceField(label="They leave", choices=[(key, managed[key]) for key in works])
        choices = [("", "Choose where"), *managed.items()]
        missing = {"required": "Where they move to is not chosen. Choose an organisation."}
        self.fields["target"] = forms.ChoiceField(label="They move to", choices=choices, error_messages=missing)


@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, person: UUID) -> HttpResponse:
    """A mover: what ends and what begins, in one act; their sessions end with it."""
    row = queries.person(viewer=request.viewer, person=person)
    if not _may_move(request.viewer, row):
        raise NotThere
    form = _Moving(request.viewer, queries.roles_of(viewer=request.viewer, person=person), request.POST or None)

    def do(said: Any) -> None:
        with transaction.atomic():
            origin, target = UUID(said["origin"]), UUID(said["target"])
            commands.move(by=request.viewer, at=request.at, person=person, origin=origin, target=target)
            sessions.end(person)

    problem = tried(form, do) if form.is_bound else None
    if form.is_bound and form.is_valid() and problem is None:
        return _back(request, person, "The move is recorded. They are signed out.")
    said = {
        "title": "They move to another organisation",
        "crumbs": [
            _HOME,
            Crumb("People", reverse("account:people")),
            Crumb(row.name, reverse("account:person", args=[person])),
        ],
        "row": row,
        "form": form,
        **_in_hand(request.viewer, person, "move"),
    }
    return render(request, "account/person_move.html", said, status=status_of(form, problem))


def _done(request: HttpRequest, person: UUID, name: str) -> HttpResponse:
    by, at = request.viewer, request.at
    if name == "leave":
        with transaction.atomic():
            closed = commands.leave(by=by, at=at, person=person, organisation=_uuid(request.POST.get("organisation", "")))
            sessions.end(person)
        messages.success(request, "Recorded. The account is closed." if closed else "Recorded. They still work elsewhere.")
        return HttpResponseRedirect(reverse("account:people"))
    if name == "reset":
        with transaction.atomic():
            commands.note_second_factor_reset(by=by, at=at, person=person)
            Authenticator.objects.filter(user_id=person).delete()
            sessions.end(person)
        return _back(request, person, "They set up a new second factor when they sign in next.")
    with transaction.atomic():
        {"suspend": commands.suspend, "reinstate": commands.reinstate}[name](by=by, at=at, person=person)
        sessions.end(person)
    return _back(request, person, "Done: " + _ACTS[name][0].lower() + _ACTS[name][1:] + ".")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotThere from None


def _back(request: HttpRequest, person: UUID, words: str) -> HttpResponse:
    messages.success(request, words)
    return HttpResponseRedirect(reverse("account:person", args=[person]))
