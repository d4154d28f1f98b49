"""Words that several of a force's pages share: when something is due, where a page stands, and what acts are called."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.urls import reverse

from vkpp.records.collections.rules.lateness import due_in
from vkpp.records.collections.rules.rows import SubmissionRow
from vkpp.records.collections.states import OPEN
from vkpp.records.people.queries import Acts
from vkpp.web.parts.shapes import Act, Crumb, Tag

HOME = Crumb("Home", "/")
KINDS = {"done": "", "do": "do", "fix": "fix", "wait": ""}
_NAMES = {
    "receive": ("Upload a file", "send", False),
    "declare_nil": ("Say that there is nothing to report", "nil", True),
    "offer": ("Ask your certifier to sign", "summary", False),
    "certify": ("Read and certify", "certify", False),
    "return": ("Send it back with a reason", "send_back", True),
    "raise_marking": ("Raise the marking", "marking", True),
    "withdraw": ("Take the corrected return back", "withdraw", True),
}


def at(name: str, submission: UUID) -> str:
    """The address of one of a return's pages."""
    return str(reverse(f"force:{name}", args=[submission]))


def crumbs(row: SubmissionRow | None = None) -> list[Crumb]:
    """Home, Returns, and this return when the page is one below it."""
    found = [HOME, Crumb("Returns", str(reverse("force:returns")))]
    return [*found, Crumb(f"{row.organisation_name}, {row.period_words}", at("return", row.id))] if row else found


def caption(row: SubmissionRow) -> str:
    return f"{row.title} · {row.organisation_name} · {row.period_words}"


def due(row: SubmissionRow) -> str:
    """Due Friday 27 November 2026, in 5 working days; nothing about time where the return is not with its force any more."""
    when = f"{row.due_on:%A %-d %B %Y}"
    if row.late:
        past = due_in(row.working_days_left, past=True) if row.round_state == OPEN else "and the round is closed"
        return f"It was due {when}, {past}."
    if row.working_days_left == 0:
        return f"Due today, {when}."
    return f"Due {when}" + (f", {due_in(row.working_days_left, past=False)}." if row.working_days_left > 0 else ".")


def next_tag(row: SubmissionRow) -> Tag:
    """What its holder does next, in the colour of a status: red for errors only."""
    if row.state == "to_fix":
        return Tag(row.next_words, "fix")
    waits = row.state in ("checking", "accepting", "planned", "with_area", "with_national")
    return Tag(row.next_words, "" if row.holder == "Nobody" else "plain" if waits else "do")


def offers(row: SubmissionRow, *names: str) -> dict[str, Act]:
    """Buttons for acts of a return, each leading to the page that says what it does."""
    return {name: Act(_NAMES[name][0], at(_NAMES[name][1], row.id), "get", _NAMES[name][2]) for name in names}


def only(acts: Acts, names: Mapping[str, Act]) -> Acts:
    """Of a row's acts those that this page offers; what others do is told on their own pages."""
    return Acts(
        tuple(name for name in acts.allowed if name in names),
        {name: words for name, words in acts.refused.items() if name in names},
    )


def receiver(row: SubmissionRow) -> str:
    """Who gets the return once it is certified."""
    return row.area_name or "the national team"
