"""One-time sign-in links for the demonstration: each is a file, and whoever takes the file away has used it up."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from pathlib import Path
from uuid import UUID

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from vkpp.basics.working_days import LONDON
from vkpp.records.people import commands
from vkpp.records.people.queries import SignIn, viewer_of

_LOOPBACK = frozenset({"127.0.0.1", "::1"})


def _folder() -> Path:
    return Path(settings.FOLDER) / "sign-in-links"


def _file(token: str) -> Path:
    return _folder() / hashlib.sha256(token.encode()).hexdigest()  # the folder tells nobody a link


def forget_all() -> None:
    shutil.rmtree(_folder(), ignore_errors=True)


def make(person: UUID) -> str:
    """A new link's token. Only a service that holds invented records may; the view asks again."""
    if not settings.INVENTED:
        raise ValueError("sign-in links are for invented records only")
    token = secrets.token_urlsafe(24)
    _folder().mkdir(mode=0o700, exist_ok=True)
    _file(token).write_text(str(person), encoding="ascii")
    return token


@login_not_required
@require_http_methods(["GET", "POST"])
def use(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link shows a button; pressing it signs in and uses the link up, so that a preview does not."""
    if not settings.INVENTED or request.META.get("REMOTE_ADDR") not in _LOOPBACK:
        raise Http404
    if not _file(token).is_file():
        return render(request, "account/link_over.html", {"title": "This link does not work any more"}, status=404)
    if request.method == "GET":
        return render(request, "account/link.html", {"title": "Sign in to the demonstration"})
    person = SignIn().get_user(_taken(token))
    viewer = person and viewer_of(person.pk, on=request.at.astimezone(LONDON).date())
    if person is None or viewer is None:
        raise Http404
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    record_authentication(request, person, method="link")
    commands.note_signed_in(by=viewer, at=request.at, ways=["link"])
    return HttpResponseRedirect("/")


def _taken(token: str) -> str:
    """The person of a link, which is gone from this moment: of two who press at once, one finds no file."""
    path = _file(token)
    person = path.read_text(encoding="ascii")
    try:
        path.unlink()
    except FileNotFoundError as gone:
        raise Http404 from gone
    return person
