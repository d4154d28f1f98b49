"""Text folded in the engine as `vkpp.basics.identifiers.fold` folds it in Python, and the words for a missing value."""

from __future__ import annotations

from typing import Any

from vkpp.basics.missing import MISSING_WORDS

# What Python's \s matches; RE2's own \s knows five characters of ASCII only.
_WHITE_SPACE = r"[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+"


def folded(text: Any) -> Any:
    """Small letters; "&" is "and"; en and em dashes are hyphens; runs of white space are one space; ends trimmed."""
    return text.translate("–—", "--").lower().replace("&", " and ").re_replace(_WHITE_SPACE, " ").strip()


def says_why_missing(folded_text: Any) -> Any:
    """True where a folded text is one of the words for a missing value; null for null."""
    return folded_text.isin(sorted(MISSING_WORDS))
