"""Missing values: one vocabulary for why a value is not there, and for answers that are not yes or no. Unknown is not no."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from vkpp.basics.identifiers import fold


class Missing(StrEnum):
    """Why there is no value. The text is what is printed and what a return may hold."""

    NOT_RECORDED = "not recorded"
    NOT_KNOWN = "not known"
    NOT_ASKED = "not asked"
    REFUSED = "refused"
    WITHHELD = "withheld"
    NOT_APPLICABLE = "not applicable"
    UNREADABLE = "unreadable"


MEANINGS: Mapping[Missing, str] = {
    Missing.NOT_RECORDED: "Nobody wrote it down, or it was left blank without a reason.",
    Missing.NOT_KNOWN: "It was looked for, and nobody knows.",
    Missing.NOT_ASKED: "The question was not put.",
    Missing.REFUSED: "The person was asked and would not say.",
    Missing.WITHHELD: "The sender knows and does not pass it on.",
    Missing.NOT_APPLICABLE: "There can be no value here, by design: a State-based crime has no victim.",
    Missing.UNREADABLE: "Something stands there that cannot be read as a value.",
}

MISSING_WORDS: frozenset[str] = frozenset(word.value for word in Missing)


class Answer(StrEnum):
    """An answer that is there. Anything else is one of Missing."""

    YES = "yes"
    SUSPECTED = "suspected"
    NO = "no"


def missing_of(text: str | None) -> Missing | None:
    """Why the text is no value: None when it is one. A blank is "not recorded"; case and spaces do not matter."""
    folded = fold(text or "")
    if not folded:
        return Missing.NOT_RECORDED
    return Missing(folded) if folded in MISSING_WORDS else None


def answer_of(text: str | None) -> Answer | Missing:
    """Yes, suspected, no, or why there is no answer. What is none of these is unreadable, never no."""
    if (missing := missing_of(text)) is not None:
        return missing
    folded = fold(text or "")
    return Answer(folded) if folded in {a.value for a in Answer} else Missing.UNREADABLE
