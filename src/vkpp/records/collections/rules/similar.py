"""Which earlier taskings are like one that is being drafted: by the words that both use."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")
SHARED, SHARE = 2, 0.3  # words that both use at least, and their share of the shorter one's
_WORD = re.compile(r"[^\W\d_]{4,}")
_COMMON_WORDS = """about after also been before child children each every force forces from have into know known many more much
other police say said says than that their them then there they this those what when where which with would your"""
_COMMON = frozenset(_COMMON_WORDS.split())


def words_of(*texts: str) -> frozenset[str]:
    """The telling words, without their endings."""
    found = (word.casefold() for text in texts for word in _WORD.findall(text))
    return frozenset(_stem(word) for word in found if word not in _COMMON)


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """From 0 to 1; 0 where they share too little to be worth showing."""
    shared, shorter = len(one & other), min(len(one), len(other))
    share = shared / shorter if shorter else 0.0
    return share if shared >= SHARED and share >= SHARE else 0.0


def ranked(wanted: frozenset[str], held: Iterable[tuple[T, frozenset[str]]], most: int = 5) -> list[T]:
    """Those that are like it, the likest first."""
    scored = [(likeness(wanted, words), n, thing) for n, (thing, words) in enumerate(held)]
    return [thing for score, _, thing in sorted(scored, key=lambda s: (-s[0], s[1])) if score][:most]
