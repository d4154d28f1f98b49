"""Words that people write into a record: present, short, on one line, and naming or finding nobody."""

from __future__ import annotations

import re

from vkpp.records.ground import words

LONGEST = 300


def said(text: str, what: str, longest: int = LONGEST) -> str:
    """As ground has it, with the length of a reason."""
    return words.said(text, what, longest)


_PLAIN = re.compile(r"[^\w .()+-]+")


def file_name(text: str) -> str:
    """A name that was given to a file, safe to keep: no folder, no control character, 120 characters at most."""
    last = re.split(r"[\\/]", text)[-1]
    return _PLAIN.sub("_", last).strip(" .")[-120:] or "file"
