"""What must be true before a round is published, each line told from records: so, not so, or not known, and who settles it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from vkpp.records.collections.rules import counted
from vkpp.records.collections.states import (
    ACCEPTED,
    ACCEPTING,
    LOCKED,
    OPEN,
    UNLOCKED,
    WAIVED,
    WITH_AREA,
    WITH_NATIONAL,
    WITH_THE_FORCE,
)


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """One line of the checklist. `holds` is None where the records do not say. `settled_on` names the page that settles it."""

    name: str
    words: str
    holds: bool | None
    why: str
    todo: str  # what settles it; "" where it holds
    settled_on: str  # returns, matters, organisations, waivers, collection, notes


@dataclass(frozen=True, slots=True)
class Signed:
    """The signatures of one accepted version: when it was certified, approved (where its force has an area) and accepted."""

    certified: datetime | None
    approved: datetime | None
    accepted: datetime | None
    has_area: bool

    @property
    def known(self) -> bool:
        """A row that was made again from the store does not hold them: the receipt does."""
        return bool(self.certified and self.accepted and (self.approved or not self.has_area))


@dataclass(frozen=True, slots=True)
class Read:
    """When somebody last said that the notes are read, and whether these are still the notes."""

    at: datetime
    same: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """All that the checklist rests on."""

    round_state: str
    states: Sequence[str]  # of every return; one that is being corrected is unlocked: what was accepted stands
    signed: Sequence[Signed]
    queries: Mapping[str, int]  # state, queries of certified returns
    uncertified: Sequence[str]  # forces that must still sign and in which nobody can, by name
    waivers_asked: int
    rule: str  # the disclosure rule in words; "" where the collection names none that holds
    rule_proposed: bool
    notes: int
    read: Read | None

    @property
    def is_over(self) -> bool:
        """Whether no return can come any more: each is waived, or the round takes none. A round without forces never began."""
        waits = ACCEPTING in self.states or (self.round_state == OPEN and any(state != WAIVED for state in self.states))
        return bool(self.states) and not waits


def checklist(found: Standing) -> tuple[ReleaseLine, ...]:
    """The lines in the order in which they are settled."""
    return (
        _returns(found),
        _certifiers(found),
        _approvals(found),
        _queries(found),
        _waivers(found),
        _disclosure(found),
        _notes(found),
    )


def _returns(found: Standing) -> ReleaseLine:
    """A force that will not come is let go by a waiver, or by closing the round: then the notes name it."""
    done = sum(state in (ACCEPTED, LOCKED, UNLOCKED) for state in found.states)
    waived = sum(state == WAIVED for state in found.states)
    moving = sum(state in (WITH_AREA, WITH_NATIONAL, ACCEPTING) for state in found.states)
    lacking = sum(state in WITH_THE_FORCE and state != UNLOCKED for state in found.states)
    closed = found.round_state != OPEN
    holds = bool(found.states) and not moving and (closed or not lacking)
    why = f"Of {len(found.states):,}: {done:,} accepted, {waived:,} waived, {moving:,} on the way, {lacking:,} not in"
    why += f"; the notes name {'it' if lacking == 1 else 'them'}." if lacking and closed else "."
    todo = "" if holds else "Accept or send back" if closed or not lacking else "Chase, waive, or close the round"
    return ReleaseLine(
        "returns", "Every return is accepted, waived, or named in the notes as not in", holds, why, todo, "returns"
    )


def _certifiers(found: Standing) -> ReleaseLine:
    names = found.uncertified
    why = "Each force that must still sign has somebody who can."
    if names:
        why = (
            f"In {counted(len(names), 'force')} nobody holds the role of certifier, so that {_its(names)} can never be signed:"
            f" {', '.join(names)}."
        )
    words = "Every force that must still sign has a certifier"
    return ReleaseLine("certifiers", words, not names, why, "Ask for a certifier" if names else "", "organisations")


def _its(names: Sequence[str]) -> str:
    return "its return" if len(names) == 1 else "their returns"


def _approvals(found: Standing) -> ReleaseLine:
    """The rules let nobody accept what they prepared, certified or approved; what is asked here is that each step was made."""
    unknown = sum(not one.known for one in found.signed)
    waiting = sum(state in (WITH_AREA, WITH_NATIONAL) for state in found.states)
    words = "Each accepted return was certified, approved by its area and accepted, by different people"
    if waiting:
        why = f"{counted(waiting, 'return waits', 'returns wait')} for a second pair of eyes."
        return ReleaseLine("approvals", words, False, why, "Approve, accept or send back", "returns")
    if not found.signed and found.is_over:
        return ReleaseLine("approvals", words, True, "None was accepted, and none can come any more.", "", "returns")
    if not found.signed:
        return ReleaseLine("approvals", words, False, "None is accepted.", "Approve, accept or send back", "returns")
    if unknown:
        why = (
            f"Of {unknown:,} of {counted(len(found.signed), 'accepted return')} the service does not hold who signed when:"
            " they came from the store, and their receipts say it."
        )
        return ReleaseLine("approvals", words, None, why, "Look at the receipts", "returns")
    return ReleaseLine("approvals", words, True, f"So for {counted(len(found.signed), 'accepted return')}.", "", "returns")


def _queries(found: Standing) -> ReleaseLine:
    open_, answered = found.queries.get("open", 0), found.queries.get("answered", 0)
    settled = found.queries.get("settled", 0)
    why = f"{settled:,} settled, {answered:,} answered and not decided, {open_:,} without an answer, on certified returns."
    todo = "Read the reasons and decide" if answered else "Ask again or send back" if open_ else ""
    return ReleaseLine("queries", "Every query on a certified return is settled", not (open_ or answered), why, todo, "matters")


def _waivers(found: Standing) -> ReleaseLine:
    n = found.waivers_asked
    why = f"{counted(n, 'waiver waits', 'waivers wait')} for the national lead." if n else "None waits for a signature."
    words = "Every waiver that was asked for is signed or refused"
    return ReleaseLine("waivers", words, not n, why, "Sign or refuse" if n else "", "waivers")


def _disclosure(found: Standing) -> ReleaseLine:
    words = "The rule on what is hidden is named"
    if not found.rule:
        why = "The collection names no rule that holds for this period."
        return ReleaseLine("disclosure", words, False, why, "Name the rule in the specification", "collection")
    proposed = " It is proposed and waits for the programme’s own decision." if found.rule_proposed else ""
    return ReleaseLine("disclosure", words, True, found.rule + proposed, "", "collection")


def _notes(found: Standing) -> ReleaseLine:
    """Nobody having said so is not the same as nobody having read them."""
    words = "The national notes were read"
    many = counted(found.notes, "note")
    if found.read is None:
        return ReleaseLine("notes", words, None, f"Nobody has said so yet. There are {many}.", "Read the notes", "notes")
    said = f"{found.read.at:%-d %B %Y}"
    if not found.read.same:
        why = f"They were read on {said} and have changed since. There are {many}."
        return ReleaseLine("notes", words, False, why, "Read the notes again", "notes")
    return ReleaseLine("notes", words, True, f"Read on {said}, all {many}.", "", "notes")
