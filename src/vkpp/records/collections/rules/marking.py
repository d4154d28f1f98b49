"""What a new marking of a round, return or tasking must be: stricter at will, less strict only for a named reason."""

from __future__ import annotations

from collections.abc import Mapping

from vkpp.basics.markings import Level, Marking
from vkpp.basics.problems import UsageProblem
from vkpp.records.ground.problems import Refused

# Of a round and of a return: a return carries both, with "; " between, and search keeps 200 characters of them.
LONGEST_HANDLING = 98
# A code, because the trail keeps it and the trail keeps no words.
REASONS: Mapping[str, str] = {
    "set_too_strict": "It was set stricter than what it holds needs",
    "content_gone": "What made it stricter is no longer in it",
    "owner_agreed": "Whoever owns what made it stricter has agreed",
}


def marking_of(level: int, handling: str) -> Marking:
    """A marking as it was asked for. Raises UsageProblem on a level that the service may not hold, or on too many words."""
    words = " ".join(handling.split())
    if level not in set(Level):
        raise UsageProblem("This is not a marking that this service may hold.", expected="OFFICIAL or OFFICIAL-SENSITIVE")
    if len(words) > LONGEST_HANDLING or not words.isprintable():
        raise UsageProblem(f"The handling instruction takes at most {LONGEST_HANDLING} characters, in one line.")
    return Marking(Level(level), words)


def is_lower(before: Marking, after: Marking) -> bool:
    """A lower level, or other handling words than those that stood: whether "until March" loosens them nobody can tell here."""
    return after.level < before.level or before.handling not in ("", after.handling)


def demand_reason(before: Marking, after: Marking, reason: str) -> None:
    """Anything less strict needs one of REASONS; an unknown reason is refused whatever is asked."""
    if reason and reason not in REASONS:
        raise UsageProblem("This is not a reason that can be given.", expected="one of the reasons of the list")
    if is_lower(before, after) and not reason:
        raise Refused(
            f"{after} may be less strict than {before}.",
            expected="a reason, or a marking that keeps the level and the handling instruction",
            next_step="choose the reason for the lower marking",
        )


def demand_not_lower(before: Marking, after: Marking) -> None:
    """A force makes its return's marking stricter; what may loosen it is the national team's to decide."""
    if is_lower(before, after):
        raise Refused(
            f"{after} may be less strict than {before}.",
            expected="a stricter marking, which keeps the handling instruction that stands",
            next_step="ask the national team: it can set a less strict one with a reason",
        )
