"""Disclosure rules: what each product must hide, as dated data with a source; the maths lives in engine/disclosure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal

RuleKind = Literal["none", "threshold", "contributors"]
Zeros = Literal["shown", "hidden"]
KINDS: tuple[RuleKind, ...] = ("none", "threshold", "contributors")


@dataclass(frozen=True, slots=True)
class DisclosureRule:
    """The rule of one product.

    kind "none": values pass as they are ("already published official statistics"). kind "threshold": a count from 1 to
    `threshold` - 1 is hidden (0 too where `zeros` is "hidden"), and with `secondary` as many more cells as keep each hidden
    count in doubt by `protect_below` and `protect_above`. kind "contributors": amounts are judged by who contributed
    (`dominance`, `p_percent`, `pq`, `few`), for which the rows must be at hand.
    """

    id: str
    title: str
    kind: RuleKind
    source: str
    confidence: str = "recorded"  # how sure we are of the rule, in the catalogue's words
    valid_from: date | None = None
    valid_to: date | None = None  # the last day on which it holds
    threshold: int = 0  # smallest count that may be printed
    zeros: Zeros = "shown"
    protect_below: int = 1  # a hidden count must stay possible at value - protect_below (never under 0), whole numbers
    protect_above: int = 1  # and at value + protect_above
    secondary: bool = True
    negatives: bool = False  # the collection allows negative counts (corrections of earlier periods)
    unreliable_below: int = 0  # a share or rate on a count below this is printed as [u]; 0 = never
    known_upper: int | None = None  # what everybody may be assumed to know: no hidden count is larger
    dominance: tuple[tuple[int, float], ...] = ()  # (n, k): the n largest contributors hold more than k percent
    p_percent: float | None = None  # the second largest can work out the largest to within p percent
    pq: tuple[float, float] | None = None  # the same, where everybody knows each other to within q percent beforehand
    few: int = 0  # fewest contributors
    words: str = ""  # the rule in a sentence, printed above each table

    def holds_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


def disclosure_rule_from(entry: Mapping[str, Any]) -> DisclosureRule:
    """One rule from a mapping as YAML gives it; ValueError names what is wrong, so that a bad rule never weakens a table."""
    name = entry.get("id", "(no id)")
    known = {f.name for f in fields(DisclosureRule)}
    if unknown := sorted(set(entry) - known):
        raise ValueError(f"disclosure rule {name}: {', '.join(unknown)} not known; known are {', '.join(sorted(known))}")
    if absent := [key for key in ("id", "title", "kind", "source") if not entry.get(key)]:
        raise ValueError(f"disclosure rule {name}: {', '.join(absent)} missing")
    values = dict(entry)
    if "dominance" in values:
        values["dominance"] = tuple((int(n), float(k)) for n, k in values["dominance"] or ())
    if values.get("pq") is not None:
        p, q = values["pq"]
        values["pq"] = (float(p), float(q))
    for key in ("valid_from", "valid_to"):
        if isinstance(values.get(key), str):
            values[key] = date.fromisoformat(values[key])
    return _sound(DisclosureRule(**values))


def _sound(rule: DisclosureRule) -> DisclosureRule:
    if rule.kind not in KINDS:
        raise ValueError(f"disclosure rule {rule.id}: kind {rule.kind!r} not known; known are {', '.join(KINDS)}")
    if rule.zeros not in ("shown", "hidden"):
        raise ValueError(f"disclosure rule {rule.id}: zeros {rule.zeros!r}; expected shown or hidden")
    if rule.kind == "threshold" and rule.threshold < 2:
        raise ValueError(f"disclosure rule {rule.id}: threshold {rule.threshold}; a threshold under 2 hides nothing")
    if rule.kind == "contributors" and not (rule.dominance or rule.p_percent or rule.pq or rule.few):
        raise ValueError(f"disclosure rule {rule.id}: kind contributors without dominance, p_percent, pq or few")
    if min(rule.protect_below, rule.protect_above) < 0 or rule.protect_below + rule.protect_above < 1:
        raise ValueError(f"disclosure rule {rule.id}: a hidden count needs a doubt of at least 1 below or above")
    return rule
