"""Cells of a CSV that a spreadsheet program would take for a formula: written as text, and read back as they were said."""

from __future__ import annotations

import re

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_SIGNED = re.compile(r"[+-][0-9]+(\.[0-9]+)?")


def harmless(value: str) -> str:
    """A value that would be a formula gets an apostrophe before it, as those programs write it; a signed number stays one."""
    return f"'{value}" if value.startswith(_STARTS) and not _SIGNED.fullmatch(value) else value


def as_said(value: str) -> str:
    """What `harmless` was given, but for words that began with the apostrophe and such a sign themselves: they lose it."""
    return value[1:] if value.startswith("'") and value[1:].startswith(_STARTS) else value
