"""Primary rules: which cells are too small, or too much one contributor's, to be printed."""

from __future__ import annotations

from collections.abc import Sequence

from vkpp.catalogue.disclosure_rules import DisclosureRule


def too_small(count: float, threshold: int, *, zeros_hidden: bool = False) -> bool:
    """Minimum frequency: a count from 1 to threshold - 1 is hidden, and 0 where zeros are. Negative counts by their size.

    Source: Office for National Statistics, policy on protecting confidentiality in tables; the rule of most UK registers.
    """
    return 0 < abs(count) < threshold or (zeros_hidden and count == 0)


def dominated(contributions: Sequence[float], n: int, k: float) -> bool:
    """(n, k) dominance: the n largest contributions together are more than k percent of the total.

    Source: Hundepool and others, Statistical Disclosure Control (2012), section 4.2.
    """
    total = sum(contributions)
    return total > 0 and sum(_largest(contributions, n)) > k / 100 * total


def estimable(contributions: Sequence[float], p: float, q: float = 100.0) -> bool:
    """p percent rule, or pq where q < 100: the second contributor can work out the largest to within p percent.

    Unsafe when q / 100 x (total - largest - second) < p / 100 x largest: the others, known beforehand to within q percent,
    are all that hides it. Source: Hundepool and others (2012), section 4.2.
    """
    first, second = [*_largest(contributions, 2), 0.0, 0.0][:2]
    rest = sum(contributions) - first - second
    return first > 0 and q / 100 * rest < p / 100 * first


def few(contributors: int, least: int) -> bool:
    """Some contributors, but fewer than `least`."""
    return 0 < contributors < least


def unsafe_amount(contributions: Sequence[float], rule: DisclosureRule) -> tuple[str, ...]:
    """The names of the contributor rules that this cell breaks: dominance, p percent, pq, few contributors."""
    broken = []
    if any(dominated(contributions, n, k) for n, k in rule.dominance):
        broken.append("dominance")
    if rule.p_percent is not None and estimable(contributions, rule.p_percent):
        broken.append("p percent")
    if rule.pq is not None and estimable(contributions, *rule.pq):
        broken.append("pq")
    if few(len(contributions), rule.few):
        broken.append("few contributors")
    return tuple(broken)


def _largest(contributions: Sequence[float], n: int) -> list[float]:
    return sorted((float(c) for c in contributions), reverse=True)[:n]


def worked_example() -> dict[str, object]:
    """Nine contributors of which one gives 280 of 366: dominated at (2, 75), estimable at p = 70, not few."""
    parts = [280.0, 11.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 15.0]
    return {
        "contributions": parts,
        "two largest hold more than 75%": dominated(parts, 2, 75),
        "second can work out the largest to within 70%": estimable(parts, 70),
        "count of 4 under a threshold of 5": too_small(4, 5),
        "count of 0 under a threshold of 5, zeros shown": too_small(0, 5),
    }
