"""How fast one person may send files and take files: enough for work by hand, too little for a script that does not stop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache, wraps
from pathlib import Path
from typing import Any

import yaml
from django.core.cache import cache as counts
from django.http import HttpRequest, HttpResponse

from vkpp.basics.problems import Problem
from vkpp.basics.working_days import LONDON
from vkpp.records.ground.problems import RefusedForNow

View = Callable[..., HttpResponse]
SEND, TAKE = "send", "take"  # how often in how long: limits.yaml, which is data
_WORDS = {
    SEND: ("sent files or had them checked", "Nothing of this one was kept.", "send it again"),
    TAKE: ("taken files", "This one was not made.", "ask for it again"),
}


def taking(view: View) -> View:
    """A view that hands out a file, to one person only so often. Who is not signed in takes what lies ready for everybody."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.viewer is not None:
            demand(request, TAKE)
        return view(request, *args, **kwargs)

    asked.paced = TAKE  # type: ignore[attr-defined]
    return asked


def demand(request: HttpRequest, what: str) -> None:
    """Count it for whoever is signed in. RefusedForNow where they have done it so often that they must wait.

    The instants lie in the cache, as those of sign-in do: files, which every process of the service sees, whatever database it
    has. Two at the same instant may be counted as one.
    """
    often, within = pace_on(what, request.at.astimezone(LONDON).date())
    key, at = f"pace/{what}/{request.viewer.id}", request.at.timestamp()
    done = [one for one in counts.get(key, []) if one > at - within]
    if len(done) < often:
        counts.set(key, [*done, at], within)
        return
    wait = max(1, int(done[-often] + within - at) + 1)
    did, outcome, again = _WORDS[what]
    minutes = -(-wait // 60)
    raise RefusedForNow(
        f"From your account somebody has {did} {often} times within {within // 60} minutes. {outcome}",
        seconds=wait,
        next_step=f"wait {minutes} minute{'s' if minutes > 1 else ''}, then {again}; if it was not you, change your password"
        " and tell your access manager",
    )


def told(answer: HttpResponse, problem: Problem | None) -> HttpResponse:
    """The answer of a page that shows a problem: where it passes by itself, a machine too is told when."""
    if isinstance(problem, RefusedForNow):
        answer.status_code, answer["Retry-After"] = 429, str(problem.seconds)
    return answer


def pace_on(what: str, on: date) -> tuple[int, int]:
    """How often one person may do it ("send", "take"), within how many seconds."""
    rows = limits()
    row = max((row for row in rows if row["valid_from"] <= on), key=lambda row: row["valid_from"], default=rows[0])
    return int(row[what]), int(row["minutes"]) * 60


@cache
def limits() -> list[dict[str, Any]]:
    """The rows of limits.yaml, each with its date and source."""
    read: dict[str, list[dict[str, Any]]] = yaml.safe_load((Path(__file__).parent / "limits.yaml").read_text(encoding="utf-8"))
    return read["pace_per_person"]
