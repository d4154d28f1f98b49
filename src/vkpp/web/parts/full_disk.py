"""A disk that is full, told to whoever was sending something: what happened, that nothing was kept, what to do, who knows."""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Iterator

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template

_LOG = logging.getLogger("vkpp.web")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_WORDS = ("disk is full", "no space left", "disk quota", "could not extend file")  # as SQLite and PostgreSQL say it
_STEP, _SECONDS = 1 << 16, 120


def is_full(problem: BaseException | None) -> bool:
    """Whether a full disk stands behind it, directly or as what it came of."""
    return any(_says_so(one) for one in _behind(problem))


def _behind(problem: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while problem is not None and id(problem) not in seen:
        seen.add(id(problem))
        yield problem
        problem = problem.__cause__ or problem.__context__


def _says_so(problem: BaseException) -> bool:
    if isinstance(problem, DatabaseError):
        return any(words in str(problem).lower() for words in _WORDS)
    return isinstance(problem, OSError) and problem.errno in _FULL


def answer(request: HttpRequest, problem: BaseException | None) -> HttpResponse:
    """The page, 507. It stands on nothing that writes: no session, no message. The log gets a line for the operator.

    Where only the session could not be saved, what was sent may be kept: the page does not say that it was not.
    """
    _LOG.error("The disk is full: a request was refused with 507. Make room; see docs/operating.md, When the disk is full.")
    _read_to_the_end(request)
    unsure = isinstance(problem, SessionInterrupted)
    said = {"sent": request.method == "POST", "unsure": unsure}
    return HttpResponse(get_template("parts/full_disk.html").render(said), status=507)


def _read_to_the_end(request: HttpRequest) -> None:
    """Take in what is still being sent, and throw it away: a browser that is cut off while it sends shows no page at all."""
    stream, until = getattr(request, "_stream", None), time.monotonic() + _SECONDS
    try:
        while stream is not None and time.monotonic() < until and stream.read(_STEP):
            pass
    except (OSError, ValueError):  # the browser has gone
        return
