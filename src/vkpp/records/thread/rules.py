"""Who may write, issue, withdraw and merge, and in which words it is refused; how a reference is spelled."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from vkpp.basics.problems import UsageProblem
from vkpp.basics.working_days import LONDON
from vkpp.records.ground.moves import States
from vkpp.records.ground.problems import Refused
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people.rules import refusal
from vkpp.records.thread.states import ISSUED

# What can be cited: the model, the letter in its references, and its name. A new line is all that a new kind needs.
CITED: Mapping[str, tuple[str, str]] = {
    "thread.finding": ("F", "finding"),
    "thread.recommendation": ("R", "recommendation"),
    "thread.evidence": ("E", "evidence"),
    "collections.round": ("C", "round"),
    "collections.submission": ("S", "return"),
    "collections.waiver": ("W", "waiver"),
}
PERMISSION = {
    "draft": "thread.write",
    "edit": "thread.write",
    "issue": "thread.issue",
    "withdraw": "thread.issue",
    "merge": "thread.issue",
}
ACTS = ("edit", "issue", "withdraw", "merge")
TRIES = 50
_DIGITS = 6
_REFERENCE = re.compile(r"VKPP-([A-Z])-([0-9]{7})\Z")
_POINTER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,159}\Z")
_HASH = re.compile(r"[0-9a-f]{64}\Z")


# References


def draw(kind: str) -> str:
    """A reference for an object of this kind: six digits drawn at random and a seventh that finds a slip of the pen.

    Numbers in sequence would say how many there are that one may not see.
    """
    if kind not in CITED:
        raise UsageProblem(f"{kind} cannot be cited.", expected=", ".join(CITED))
    drawn = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"
    return f"VKPP-{CITED[kind][0]}-{drawn}{_check_digit(drawn)}"


def spelled(text: str) -> str:
    """The reference as it is kept: capitals, no spaces. Raises UsageProblem when it is none, or mistyped."""
    tidy = "".join(text.split()).upper()
    found = _REFERENCE.match(tidy)
    if found is None:
        raise UsageProblem(
            f"{text[:40]!r} is no reference.",
            expected="a reference such as VKPP-F-1234566",
            next_step="look at the end of the reference again, or search for words of what it names",
        )
    if _check_digit(found[2][:_DIGITS]) != found[2][_DIGITS:]:
        raise UsageProblem(f"{tidy} is mistyped: its digits do not fit each other.", next_step="compare it with the document")
    return tidy


def _check_digit(digits: str) -> str:
    """Luhn's digit, which finds every single wrong digit and almost every exchange of two neighbours."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


# Acts


@dataclass(frozen=True, slots=True)
class Facts:
    """What a decision needs to know of a finding or a recommendation. `stands_on`: evidence, or findings."""

    state: str
    organisation: UUID
    drafted_by: str = ""
    stands_on: int = 0
    unissued: int = 0  # of the findings that a recommendation rests on
    addressees: int | None = None  # None: of a finding, which has none


def why_not(machine: States, act: str, viewer: Viewer, facts: Facts) -> str:
    """Why the viewer may not do this now, in words for the page and the server alike; "" when they may."""
    if not viewer.may(PERMISSION[act], facts.organisation):
        return refusal(PERMISSION[act])
    if act not in machine.acts_from(facts.state):
        return f"To {act} is not possible: {machine.thing} is {machine.words[facts.state]}."
    return _why_not_issue(machine, viewer, facts) if act == "issue" else ""


def _why_not_issue(machine: States, viewer: Viewer, facts: Facts) -> str:
    if facts.drafted_by == viewer.id:
        return f"You drafted {machine.thing}, so somebody else must issue it: two people, always."
    if not facts.stands_on:
        stand = "finding" if facts.addressees is not None else "evidence"
        return f"It cannot be issued: {machine.thing} names no {stand} that it rests on."
    if facts.unissued:
        return f"It cannot be issued: {facts.unissued} of its findings are not issued themselves, or no longer."
    if facts.addressees == 0:
        return f"It cannot be issued: {machine.thing} is addressed to nobody."
    return ""


def demand(machine: States, act: str, viewer: Viewer, facts: Facts) -> str:
    """The state after the act. Raises Refused with the words of why_not, where there are any."""
    if words := why_not(machine, act, viewer, facts):
        raise Refused(words, next_step="open the page again: it says what can be done now, and who can do it")
    return machine.after(facts.state, act)


def acts(machine: States, viewer: Viewer, facts: Facts) -> tuple[tuple[str, ...], dict[str, str]]:
    """The acts allowed now, and for each other one why not."""
    refused = {act: words for act in ACTS if (words := why_not(machine, act, viewer, facts))}
    return tuple(act for act in ACTS if act not in refused), refused


def demand_writes(viewer: Viewer, organisation: UUID, compartment: UUID | None) -> None:
    """Whoever writes for an organisation, and, into a compartment, is inside it: for others it is not there."""
    from vkpp.records.ground.problems import NotThere

    if compartment is not None and compartment not in viewer.compartments:
        raise NotThere
    if not viewer.may(PERMISSION["draft"], organisation):
        raise Refused(refusal(PERMISSION["draft"]), next_step="ask the access manager of your organisation")


def demand_same_circle(under: tuple[UUID | None, int], over: tuple[UUID | None, int]) -> None:
    """What rests on something is no more open than it. Each is (compartment, level); lowering a marking comes later."""
    if under[0] != over[0]:
        raise Refused("The two do not stand in the same compartment.", expected="both inside it, or both outside")
    if over[1] < under[1]:
        raise Refused(
            "What it rests on is marked more strictly.",
            expected="a marking at least as strict",
            next_step="write it anew with the stricter marking",
        )


def demand_mergeable(one: tuple[UUID, UUID], other: tuple[UUID, UUID], state: str, thing: str) -> None:
    """Each is (id, organisation): two of one organisation, and the one that remains is issued."""
    if one[0] == other[0]:
        raise Refused(f"A merger needs another than {thing} itself.")
    if one[1] != other[1]:
        raise Refused("Only what the same organisation said can be merged.", next_step="withdraw it, with the reason")
    if state != ISSUED:
        raise Refused("What remains after a merger must be issued.", next_step="issue it first, or choose another")


# Pointers


def pointer(text: str) -> str:
    """Where evidence is, as an id that says nothing of a person. Raises UsageProblem when it is none."""
    if not _POINTER.match(text):
        raise UsageProblem("That points at nothing.", expected="an id: letters, digits and . _ : / - up to 160 of them")
    return text


def digest(text: str, *, needed: bool) -> str:
    """The hash that proves what was pointed at. Raises UsageProblem when it is none, or is missing."""
    if (needed or text) and not _HASH.match(text):
        raise UsageProblem("The hash of what it points at is missing or is none.", expected="a SHA-256 of 64 digits")
    return text


def became(thing: str, at: datetime | None, how: str, reason: str, other: Callable[[], str | None]) -> str:
    """What became of something cited, in a sentence; "" while it stands. `other` gives the reference that it leads to."""
    if at is None:
        return ""
    on = at.astimezone(LONDON).strftime("%-d %B %Y")
    into = f" into {found}" if how == "merged" and (found := other()) else ""
    return f"This {thing} was {how}{into} on {on}. Reason: {reason}"
