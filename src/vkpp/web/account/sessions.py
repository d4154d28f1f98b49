"""Where somebody is signed in: their own sessions by their times, no address and no browser's name, and the end of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from vkpp.web.parts.shapes import Column, Crumb, Table, pages_of


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One session: since when, when its last page was asked for, and whether it is the one that looks."""

    key: str
    since: datetime | None
    last: datetime
    this: bool


def of(person: UUID | str, this: str | None = None) -> list[SignedIn]:
    """Somebody's sessions that still run, the latest first. Sessions say whose they are only inside: each is opened."""
    found = [_signed_in(row, said, this) for row, said in _running() if said.get(SESSION_KEY) == str(person)]
    return sorted(found, key=lambda one: one.last, reverse=True)


def _running() -> Iterator[tuple[Any, dict[str, Any]]]:
    for row in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        yield row, row.get_decoded()


def _signed_in(row: Any, said: dict[str, Any], this: str | None) -> SignedIn:
    proofs = [float(one["at"]) for one in said.get("account_authentication_methods", ())]
    last = row.expire_date - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return SignedIn(
        row.session_key, datetime.fromtimestamp(min(proofs), UTC) if proofs else None, last, row.session_key == this
    )


def end(person: UUID | str, keep: str | None = None) -> int:
    """End somebody's sessions at once (all but one); gives how many."""
    keys = [one.key for one in of(person) if one.key != keep]
    Session.objects.filter(pk__in=keys).delete()
    return len(keys)


@require_http_methods(["GET", "POST"])
def shown(request: HttpRequest) -> HttpResponse:
    """One's own sessions; the button ends every other one."""
    this = request.session.session_key
    if request.method == "POST":
        ended = end(request.viewer.id, keep=this)
        messages.success(
            request, f"You are signed out everywhere else: {ended} ended." if ended else "You were signed in here only."
        )
        return HttpResponseRedirect(reverse("account:sessions"))
    found = of(request.viewer.id, this)
    pages = pages_of(request.GET, len(found), reverse("account:sessions"), "sessions")
    rows = [
        ("This one" if one.this else "Another browser", _at(one.since), "now" if one.this else _at(one.last))
        for one in found[pages.slice]
    ]
    columns = (Column("Where"), Column("Signed in"), Column("Last page"))
    said = {
        "title": "Where you are signed in",
        "crumbs": [Crumb("Home", "/"), Crumb("Sign-in and security", reverse("mfa_index"))],
        "table": Table(f"Sessions {pages.words}", columns, rows),
        "pages": pages,
        "others": sum(not one.this for one in found),
    }
    return render(request, "account/sessions.html", said)


def _at(instant: datetime | None) -> str:
    return f"{timezone.localtime(instant):%-d %B %Y, %H:%M}" if instant else "not known"
