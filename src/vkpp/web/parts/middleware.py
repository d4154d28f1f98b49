"""Once a request: who is looking, whether they may be here at all, and problems turned into pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.module_loading import import_string

from vkpp.basics.problems import Problem
from vkpp.basics.working_days import LONDON
from vkpp.records.people.queries import viewer_of
from vkpp.web.parts import full_disk, openings
from vkpp.web.parts.problems import answer_to, not_opened

Answer = Callable[[HttpRequest], HttpResponse]


class Viewers:
    """Sets `request.viewer` and closes every page to whoever is not signed in; a view opens itself with login_not_required.

    `GATE` of the settings names a function that may send a signed-in person elsewhere first (to show their second factor).
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.at = timezone.now()
        request.viewer = None
        if request.user.is_authenticated:
            request.viewer = viewer_of(request.user.pk, on=request.at.astimezone(LONDON).date())
        answer = self.get_response(request)
        openings.note(request, answer)
        return answer

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not getattr(view, "login_required", True):
            return None
        from django.conf import settings

        answer: HttpResponse | None = import_string(settings.GATE)(request)
        return answer


class Problems:
    """What a query or a command says goes to the person in its own words; anything else is ours and stays a fault."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if answer.status_code != 405 or request.method != "GET":
            return answer
        # A button's own address, opened from a bookmark or after signing in again: else the window stays white.
        told = not_opened(request)
        told["Allow"] = answer["Allow"]
        return told

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if full_disk.is_full(exception):
            return full_disk.answer(request, exception)
        return answer_to(request, exception) if isinstance(exception, Problem) else None


def sign_in_first(request: HttpRequest) -> HttpResponse | None:
    """The simplest gate: somebody signed in passes, everybody else is asked to."""
    return None if request.viewer else redirect_to_login(request.get_full_path())
