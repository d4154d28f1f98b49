"""Words that people write into a record: present, short, on one line, and naming or finding nobody."""

from __future__ import annotations

import re

from vkpp.basics.problems import RefusedByRule, UsageProblem

LONGEST = 300


def said(text: str, what: str, longest: int = LONGEST) -> str:
    """The words, trimmed. Raises UsageProblem where there are none or too many, RefusedByRule where they name somebody."""
    from vkpp.engine.reading.intake import CONTENT  # heavy, and needed only where somebody writes

    words = " ".join(text.split())
    if not words:
        raise UsageProblem(f"{what} is missing.", expected="words that say why", next_step="write a sentence")
    if len(words) > longest:
        raise UsageProblem(f"{what} has {len(words)} characters.", expected=f"{longest} at most", next_step="shorten it")
    for kind, pattern in CONTENT.items():
        if pattern.search(words):
            raise RefusedByRule(f"{what} holds {kind}.", expected="words that name and find nobody", next_step="reword it")
    return words


_PLAIN = re.compile(r"[^\w .()+-]+")


def file_name(text: str) -> str:
    """A name that was given to a file, safe to keep: no folder, no control character, 120 characters at most."""
    last = re.split(r"[\\/]", text)[-1]
    return _PLAIN.sub("_", last).strip(" .")[-120:] or "file"
