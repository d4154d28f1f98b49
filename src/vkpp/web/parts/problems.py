"""Trouble as a page in words: what we saw, what we expected, what to do next; never what stands behind it."""

from __future__ import annotations

import sys
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template

from vkpp.basics.problems import NotYet, Problem, RefusedByRule
from vkpp.records.ground.problems import NotThere, RefusedForNow
from vkpp.web.parts import full_disk

_AWAY_SECONDS = 30  # a database that restarts is back sooner; who asks by themselves asks no oftener


def page(request: HttpRequest, status: int, heading: str, problem: Problem | None = None, **words: str) -> HttpResponse:
    """A problem page. `problem` brings its own words; otherwise `saw` and `next_step` do."""
    said: dict[str, Any] = {"heading": heading, "problem": problem, **words}
    answer = render(request, "parts/problem.html", said, status=status)
    answer.is_problem = True  # it shows nothing of a record: see openings.note
    return answer


def answer_to(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The page for a problem that was raised: not there 404, refused 403 or 429, not yet 503, their own slip 400."""
    if isinstance(problem, NotThere):
        return not_found(request)
    if isinstance(problem, RefusedForNow):
        answer = page(request, 429, "That was too often", problem)
        answer["Retry-After"] = str(problem.seconds)
        return answer
    if isinstance(problem, NotYet):
        answer = page(request, 503, "Not ready yet", problem)
        answer["Retry-After"] = str(_AWAY_SECONDS)
        return answer
    if isinstance(problem, RefusedByRule):
        return page(request, 403, "You cannot do this", problem)
    return page(request, 400, "There is a problem", problem)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if full_disk.is_full(exception):  # a session that could not be saved
        return full_disk.answer(request, exception)
    return page(
        request,
        400,
        "We could not read that request",
        saw="Your browser sent something that this service cannot read.",
        next_step="Go back, and try again.",
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(
        request,
        403,
        "You cannot do this",
        saw="Your roles do not let you open this page.",
        next_step="Ask the access manager of your organisation.",
    )


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without this browser's own mark: most often a page that was open since before signing in."""
    return page(
        request,
        403,
        "This page was open for too long",
        saw="The form came from a page that your browser opened before you last signed in. Nothing was changed.",
        next_step="Go back, open the page again and send it from there.",
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The same page whether it exists or not: words that differ would be an answer."""
    return page(request, 404, "Page not found", NotThere())


def not_opened(request: HttpRequest) -> HttpResponse:
    """An address to which a button sends and that shows nothing itself. Nobody is told whether it stands for something."""
    return page(
        request,
        405,
        "This address shows no page",
        saw="A button sends to this address, and you opened it by itself. Nothing was changed.",
        next_step="Go back to the page with the button, or begin at Home.",
    )


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(
        request,
        429,
        "Too many attempts",
        saw="There were too many attempts from your account or your network in a short time.",
        next_step="Wait five minutes, then try again.",
    )


def broken(request: HttpRequest) -> HttpResponse:
    """Our fault, or a database that does not answer. It stands on nothing that may be broken too, such as the session."""
    if full_disk.is_full(sys.exc_info()[1]):
        return full_disk.answer(request, sys.exc_info()[1])
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        away = get_template("parts/away.html").render({})
        return HttpResponse(away, status=503, headers={"Retry-After": str(_AWAY_SECONDS)})
    return HttpResponse(get_template("parts/broken.html").render({}), status=500)
