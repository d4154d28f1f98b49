"""Dimensions and measures: the words, units and codes that cells and protected tables share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Unit = Literal["count", "share", "rate", "ratio", "change", "index"]
TOTAL = "total"  # the code of the total in every dimension


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way in which a table is cut.

    `codes` maps each code to its words, in the order of printing. `parents` maps a code to the code that it adds up to;
    a code without a parent is a top. `name` is one of force_id, code, period: the columns of numbers.csv. `of` says of which
    classification the codes are, where the name does not: "not-known" by sex is another count than "not-known" by age.
    """

    name: str
    title: str
    codes: Mapping[str, str]
    parents: Mapping[str, str] = field(default_factory=dict)
    of: str = ""

    @property
    def classification(self) -> str:
        return self.of or self.name


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing measured. `of` names the count measures that a share, rate, ratio or change is worked out from.

    `counted` says what a count counts, where its name does not: counts of one name are of one population, or say which.
    """

    name: str
    title: str
    unit: Unit
    decimals: int = 0
    multiplier: float = 1.0  # 100 for percent, 1000 for a rate per 1,000
    of: tuple[str, ...] = ()
    definition: str = ""
    source: str = ""
    counted: str = ""

    @property
    def meaning(self) -> str:
        return self.counted or self.name


@dataclass(frozen=True, slots=True)
class Sum:
    """A count that others of the edition add up to, in whichever tables they stand, as every reader of the definitions knows.

    Both are named as `number_id` names them. One part alone means that the two are the same count.
    """

    whole: str
    parts: tuple[str, ...]


def number_id(table: str, measure: str, key: tuple[str, ...]) -> str:
    """The lasting name of a number: table.measure.key parts, as in `force.rate.kent`."""
    return ".".join((table, measure, *key))
