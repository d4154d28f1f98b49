"""Which moves exist for rounds, returns, queries, waivers and taskings, and who makes each: read from states.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from vkpp.records.ground.moves import Move, States

SERVICE = "service"
SAME = "same"
DRAFT, OPEN, CLOSED, LOCKED = "draft", "open", "closed", "locked"
PLANNED, AWAITED, CHECKING, TO_FIX, TO_ANSWER = "planned", "awaited", "checking", "to_fix", "to_answer"
READY, TO_CERTIFY, WITH_AREA, WITH_NATIONAL = "ready", "to_certify", "with_area", "with_national"
ACCEPTING, ACCEPTED, UNLOCKED, RETURNED, WAIVED = "accepting", "accepted", "unlocked", "returned", "waived"
ANSWERED, SETTLED, GONE = "answered", "settled", "gone"
ASKED, SIGNED, REFUSED = "asked", "signed", "refused"


@dataclass(frozen=True, slots=True)
class Act:
    """One act from one state: who may do it and what it demands; see states.yaml."""

    act: str
    origin: str
    target: str
    who: str
    words: str
    or_who: str = ""
    without_area: str = ""
    reason: bool = False
    open_round: bool = False
    whole: bool = False  # only where the version in hand passed its checks and its queries are answered
    earlier: bool = False  # only where a version was accepted before
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Machine:
    """A table of moves with who makes them."""

    states: States
    acts: tuple[Act, ...]

    def act(self, name: str, state: str) -> Act | None:
        """The act from this state; None where no such move exists."""
        return next((a for a in self.acts if a.act == name and a.origin == state), None)

    def named(self, name: str) -> tuple[Act, ...]:
        """The act from every state that knows it."""
        return tuple(a for a in self.acts if a.act == name)

    @property
    def names(self) -> tuple[str, ...]:
        """Every act, in the table's order."""
        return tuple(dict.fromkeys(a.act for a in self.acts))

    def after(self, state: str, act: str) -> str:
        """The state that the act leads to. Raises Refused, in words, where no such move exists."""
        return self.states.after(state, act)


def _machine(name: str, said: Mapping[str, Any]) -> Machine:
    acts = tuple(one for row in said["acts"] for one in _acts(row))
    moves = tuple(Move(a.act, a.origin, a.target) for a in acts if a.target)
    return Machine(States(said["thing"], dict(said["states"]), moves), acts)


def _acts(row: Mapping[str, Any]) -> list[Act]:
    kept = {key: row[key] for key in ("or_who", "without_area", "reason", "open_round", "whole", "earlier") if key in row}
    return [
        Act(
            row["act"],
            origin,
            origin if row["to"] == SAME else row["to"],
            row["who"],
            row["words"],
            others=tuple(row.get("others", ())),
            **kept,
        )
        for origin in row["from"]
    ]


_SAID = yaml.safe_load((Path(__file__).parent / "states.yaml").read_text(encoding="utf-8"))
ROUND, RETURN, QUERY, WAIVER, TASKING = (
    _machine(name, _SAID[name]) for name in ("round", "return", "query", "waiver", "tasking")
)
MACHINES: Mapping[str, Machine] = {"round": ROUND, "return": RETURN, "query": QUERY, "waiver": WAIVER, "tasking": TASKING}

NEXT: Mapping[str, tuple[str, str]] = {state: (words, holder) for state, (words, holder) in _SAID["return"]["next"].items()}
NEXT_FROM_OUTSIDE: Mapping[str, str] = _SAID["return"]["next_from_outside"]

# Returns that wait for their force, or that may still move the total.
WITH_THE_FORCE = (AWAITED, CHECKING, TO_FIX, TO_ANSWER, READY, TO_CERTIFY, RETURNED, UNLOCKED)
RECEIVED_WHOLE = (WITH_AREA, WITH_NATIONAL, ACCEPTING, ACCEPTED, LOCKED)
CHASED = tuple(state for state in WITH_THE_FORCE if state != CHECKING)
# What its force cannot bring in once the round is closed: no first file is taken any more, and none instead of a faulty one.
LOST_WHEN_CLOSED = (AWAITED, TO_FIX)
ON_THEIR_WAY = (CHECKING, WITH_AREA, WITH_NATIONAL, ACCEPTING)
