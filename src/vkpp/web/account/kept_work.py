"""A time-out that loses no work: what was sent after the session ended is kept, and offered again after signing in.

The words lie in the new session on the server, for as long as a session lasts, and only for the person who was signed in
before: their id is in a signed cookie, which says nothing about them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404, resolve, reverse

KEY = "kept_work"
_SALT = "vkpp.kept_work"
_NEVER = frozenset({"csrfmiddlewaretoken", "password", "password1", "password2", "oldpassword", "code", "credential"})


def cookie_name() -> str:
    return str(settings.SESSION_COOKIE_NAME) + "-holder"


def holder_of(request: HttpRequest) -> str:
    """The id of whoever was signed in last in this browser, if the cookie is ours."""
    try:
        return str(signing.loads(request.COOKIES.get(cookie_name(), ""), salt=_SALT))
    except signing.BadSignature:
        return ""


def keep(request: HttpRequest) -> None:
    """Keep what was sent. Files are not kept: they are still where they came from, and the page says so."""
    holder = holder_of(request)
    if request.method != "POST" or not holder:
        return
    fields = [(name, value) for name, values in request.POST.lists() if name not in _NEVER for value in values]
    request.session[KEY] = {
        "path": request.get_full_path(),
        "fields": fields,
        "files": sorted(request.FILES),
        "holder": holder,
    }


def back_to(request: HttpRequest) -> str:
    """Where to go after signing in: to the kept words, or to the page that was asked for."""
    if request.session.get(KEY):
        return reverse("account:kept_work")
    return request.get_full_path() if request.method in ("GET", "HEAD") else "/"


def kept_for(request: HttpRequest) -> dict[str, Any] | None:
    """What was kept for the viewer; somebody else's is forgotten."""
    kept: dict[str, Any] | None = request.session.get(KEY)
    if kept and kept["holder"] != request.viewer.id:
        forget(request)
        return None
    return kept


_CELL = re.compile(r"[ves][0-9]+")
_LABELS = {"v": "New value of a cell", "e": "Empty the cell", "s": "", "version": "", "digest": ""}
_SAID = {"same": "New value for every other cell", "period": "Period of the return"}


_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def said(fields: Iterable[tuple[str, str]], path: str = "/") -> list[tuple[str, str]]:
    """Label and value of what somebody wrote: no tick, no code of a letter or two, and no id of what they chose from a list."""
    wrote = [(name, value) for name, value in fields if len(value) > 2 and value.strip() and not _ID.fullmatch(value)]
    return [(label, value) for name, value in wrote if (label := label_of(name, path))]


def label_of(name: str, path: str = "/") -> str:
    """What a field of the page at `path` asked for, in words. "" for what nobody typed.

    The page is not open, so its form's own label is looked up; for a cell, the heading of its column, which the address names.
    Where neither says it, the field's name made plain.
    """
    if _CELL.fullmatch(name):
        column = QueryDict(urlsplit(path).query).get("column", "")
        return f"{_LABELS[name[0]]} in {column}" if column and _LABELS[name[0]] else _LABELS[name[0]]
    words = " ".join(part for part in re.split(r"[-_.\s]+", name) if part)
    return _LABELS.get(name, _SAID.get(name) or _on_its_form(name, path) or words[:1].upper() + words[1:])


def _on_its_form(name: str, path: str) -> str:
    """The label of the field of this name on the forms of the page's area; "" where there is none, or two that differ."""
    try:
        module = sys.modules[resolve(urlsplit(path).path).func.__module__]
    except (Resolver404, KeyError):
        return ""
    known = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, forms.BaseForm)]
    asked: list[dict[str, forms.Field]] = [getattr(one, "base_fields", {}) for one in known]
    labels = {str(fields[name].label or "") for fields in asked if name in fields}
    return labels.pop() if len(labels) == 1 else ""


def forget(request: HttpRequest) -> None:
    request.session.pop(KEY, None)


def _forget_what_was_sent(request: HttpRequest) -> None:
    kept = request.session.get(KEY)
    if kept and kept["path"] == request.get_full_path():
        forget(request)


class Holder:
    """Remembers in a signed cookie who is signed in, so that kept work is shown to nobody else."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer: HttpResponse = self.get_response(request)
        viewer = getattr(request, "viewer", None)
        if viewer and request.method == "POST" and answer.status_code < 400:
            _forget_what_was_sent(request)
        if viewer and holder_of(request) != viewer.id:
            answer.set_cookie(
                cookie_name(),
                signing.dumps(viewer.id, salt=_SALT),
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return answer
