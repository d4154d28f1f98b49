"""Words that an edition may not use about children, suspects and change (R12), as a file that a person can review."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

RULES = Path(__file__).with_name("forbidden_words.yaml")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Allowed:
    """A phrase that may stand although a rule finds it: the exact words, who read it, and why."""

    phrase: str
    why: str


@dataclass(frozen=True, slots=True)
class Flag:
    """One wording to mend: the rule, the words found, the sentence, why, and what to write instead."""

    rule: str
    found: str
    sentence: str
    why: str
    instead: str


@dataclass(frozen=True, slots=True)
class _Rule:
    id: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    why: str
    instead: str


@cache
def _rules() -> tuple[_Rule, ...]:
    entries: list[dict[str, Any]] = yaml.safe_load(RULES.read_text(encoding="utf-8"))["rules"]
    return tuple(
        _Rule(
            id=e["id"],
            pattern=re.compile(e["pattern"], re.IGNORECASE),
            unless=re.compile(e["unless"], re.IGNORECASE) if e.get("unless") else None,
            why=e["why"],
            instead=e["instead"],
        )
        for e in entries
    )


def rule_count() -> int:
    return len(_rules())


def flagged(text: str, allowed: Iterable[Allowed] = ()) -> tuple[Flag, ...]:
    """Every wording of `text` that a rule forbids, sentence by sentence, in order."""
    for phrase in allowed:
        text = text.replace(phrase.phrase, "")
    flags: list[Flag] = []
    for sentence in SENTENCE_END.split(text):
        for rule in _rules():
            found = rule.pattern.search(sentence)
            if found and not (rule.unless and rule.unless.search(sentence)):
                flags.append(Flag(rule.id, found[0], sentence.strip(), rule.why, rule.instead))
    return tuple(flags)
