"""Periods: financial and calendar years and quarters, by the date on which a crime was recorded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from vkpp.basics.problems import UsageProblem

Kind = Literal["FY", "CY"]
_TEXT = re.compile(r"(?P<kind>FY|CY)(?P<year>\d{4})(?:-(?P<next>\d{2}))?(?:Q(?P<quarter>[1-4]))?\Z")
_EXPECTED = "FY2017-18, FY2024-25Q3, CY2024 or CY2024Q1 (FY is April to March, CY is January to December)"
_FIRST_MONTH: dict[Kind, int] = {"FY": 4, "CY": 1}
_EARLIEST, _LATEST = 1900, 2199
# Written out, because strftime follows the machine's language.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Period:
    """A financial year (April to March), a calendar year, or a quarter of either. Make one with `Period.parse`.

    `year` is the year in which the financial or calendar year begins; `quarter` is 1 to 4, or None for a whole year.
    """

    kind: Kind
    year: int
    quarter: int | None = None

    @classmethod
    def parse(cls, text: str) -> Period:
        """The period that a code such as FY2024-25Q3 names. Raises UsageProblem, with the accepted forms, on anything else."""
        match = _TEXT.match(text.strip().upper())
        if match is None:
            raise UsageProblem(f"{text!r} is not a period.", expected=_EXPECTED)
        kind: Kind = "FY" if match["kind"] == "FY" else "CY"
        year = int(match["year"])
        _refuse_wrong_years(text, kind, year, match["next"])
        return cls(kind, year, int(match["quarter"]) if match["quarter"] else None)

    @property
    def start(self) -> date:
        """The first day."""
        return _first_day(self.year, _FIRST_MONTH[self.kind] + 3 * ((self.quarter or 1) - 1))

    @property
    def end(self) -> date:
        """The last day."""
        months = 3 if self.quarter else 12
        return _first_day(self.start.year, self.start.month + months) - timedelta(days=1)

    @property
    def code(self) -> str:
        """The code that `parse` reads back."""
        years = f"{self.year}-{(self.year + 1) % 100:02d}" if self.kind == "FY" else f"{self.year}"
        return f"{self.kind}{years}" + (f"Q{self.quarter}" if self.quarter else "")

    @property
    def label(self) -> str:
        """The period in plain words: "April 2017 to March 2018", "October to December 2024"."""
        first, last = self.start, self.end
        begin = _month(first) if first.year == last.year else f"{_month(first)} {first.year}"
        return f"{begin} to {_month(last)} {last.year}"

    @property
    def whole_year(self) -> Period:
        """The year that this period is, or is a quarter of."""
        return Period(self.kind, self.year)

    @property
    def year_for_population(self) -> int:
        """The year whose mid-year population goes with the period: 2017 for FY2017-18 and for each quarter of it."""
        return self.year

    def quarters(self) -> tuple[Period, ...]:
        """The four quarters of a year in order; a quarter is its own only one."""
        return (self,) if self.quarter else tuple(Period(self.kind, self.year, q) for q in (1, 2, 3, 4))

    def contains(self, day: date) -> bool:
        return self.start <= day <= self.end

    def previous(self) -> Period:
        """The period of the same length just before."""
        if self.quarter and self.quarter > 1:
            return Period(self.kind, self.year, self.quarter - 1)
        return Period(self.kind, self.year - 1, 4 if self.quarter else None)

    def year_before(self) -> Period:
        """The same period one year earlier."""
        return Period(self.kind, self.year - 1, self.quarter)

    def __str__(self) -> str:
        return self.code


def _refuse_wrong_years(text: str, kind: Kind, year: int, following: str | None) -> None:
    if not _EARLIEST <= year <= _LATEST:
        raise UsageProblem(f"{text!r} has the year {year}.", expected=f"a year from {_EARLIEST} to {_LATEST}")
    if kind == "CY" and following is not None:
        raise UsageProblem(f"{text!r} gives a calendar year two years.", expected=_EXPECTED)
    if kind == "FY" and following is None:
        raise UsageProblem(f"{text!r} does not say in which year it ends.", expected=_EXPECTED)
    if kind == "FY" and following is not None and int(following) != (year + 1) % 100:
        raise UsageProblem(
            f"{text!r} does not run over two years that follow each other.", expected=f"FY{year}-{(year + 1) % 100:02d}"
        )


def _first_day(year: int, month: int) -> date:
    """The first day of a month, where months past December run on into the next year."""
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def _month(day: date) -> str:
    return _MONTHS[day.month - 1]
