"""Words that people write into a record: present, short, on one line, and naming or finding nobody."""

from __future__ import annotations

from vkpp.basics.problems import UsageProblem
from vkpp.records.ground.problems import Refused


def said(text: str, what: str, longest: int) -> str:
    """The words, trimmed. Raises UsageProblem where there are none or too many, Refused where they name or find somebody."""
    from vkpp.engine.reading.intake import CONTENT  # heavy, and needed only where somebody writes

    words = " ".join(text.split())
    if not words:
        raise UsageProblem(f"{what} is missing.", expected="words", next_step="write a sentence")
    if len(words) > longest:
        raise UsageProblem(f"{what} has {len(words)} characters.", expected=f"{longest} at most", next_step="shorten it")
    for kind, pattern in CONTENT.items():
        if pattern.search(words):
            raise Refused(f"{what} holds {kind}.", expected="words that name and find nobody", next_step="reword it")
    return words
