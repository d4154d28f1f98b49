"""The invented nation as the generator needs it: its forces with sizes, mixes and habits, and what it is calibrated to."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from vkpp.basics.problems import UsageProblem
from vkpp.catalogue.example import example_catalogue
from vkpp.ops.example.draws import Draws, Whole, apportion

HERE = Path(__file__).parent
LAST_YEAR = 2024
FEWEST = 12  # crimes of the smallest respondent in a year: with fewer, no share of a return means anything


@dataclass(frozen=True, slots=True)
class Respondent:
    """One invented force: its size and mixes, and the habits in which it sends. Shares are in ten thousand."""

    force_id: str
    name: str
    region: str  # code; "" for a force without a place
    weight: int
    images: int
    districts: tuple[str, ...]
    prefix: str
    ethnicity_known: int
    place_missing: int
    flag_missing: int
    format: str  # xlsx, csv, tab, semicolon-1252
    headings: str
    outcomes: str
    answers: str
    refs: str
    missing: str
    pairs: bool


@cache
def respondents() -> tuple[Respondent, ...]:
    """The 44 respondents, in the order of the example register."""
    catalogue = example_catalogue()
    with (HERE / "nation.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(_respondent(row, catalogue.force(row["force_id"])) for row in csv.DictReader(stream))


def _respondent(row: Mapping[str, str], force: Any) -> Respondent:
    given: dict[str, Any] = {n: int(row[n]) for n in ("weight", "images", "ethnicity_known", "place_missing", "flag_missing")}
    given |= {n: row[n] for n in ("force_id", "prefix", "format", "headings", "outcomes", "answers", "refs", "missing")}
    return Respondent(
        name=force.name,
        region=force.region_code or "",
        districts=tuple(row["districts"].split("|")),
        pairs=row["pairs"] == "yes",
        **given,
    )


@cache
def calibration() -> Mapping[str, Any]:
    read: Mapping[str, Any] = yaml.safe_load((HERE / "calibration.yaml").read_text(encoding="utf-8"))
    return read


def year_total(year: int, scale_myriad: int) -> int:
    """Recorded crimes of a year at a scale in ten thousand; between two published years along a straight line."""
    known: dict[int, int] = {y: entry["n"] for y, entry in calibration()["totals"].items()}
    if year in known:
        return known[year] * scale_myriad // 10_000
    before, after = [y for y in known if y < year], [y for y in known if y > year]
    if not before or not after:
        raise UsageProblem(
            f"There is no total for {year} to calibrate to.", expected=f"a year from {min(known)} to {max(known)}"
        )
    y0, y1 = max(before), min(after)
    return (known[y0] + (known[y1] - known[y0]) * (year - y0) // (y1 - y0)) * scale_myriad // 10_000


def of_year(table: Mapping[Any, Any], year: int) -> int:
    """The number of the nearest year that the table has (its `source` left out)."""
    years = [y for y in table if isinstance(y, int)]
    return int(table[min(years, key=lambda y: (abs(y - year), y))])


def crimes_of(year: int, scale_myriad: int, seed: int) -> Whole:
    """How many crimes each respondent recorded in the year; they add up to the year's total.

    The smallest are lifted to FEWEST, unless the total is too small for that: such a year has a history, and no returns.
    """
    forces = respondents()
    wobble = Draws(seed, year, 1).whole(940, 1060, len(forces))
    weights = np.array([f.weight for f in forces], dtype=np.int64) * wobble
    total = year_total(year, scale_myriad)
    counts = apportion(total, weights.tolist())
    if enough_for_returns(total):
        counts = np.maximum(counts, FEWEST)
        counts[int(np.argmax(counts))] -= int(counts.sum()) - total
    return counts


def enough_for_returns(total: int) -> bool:
    return total >= 2 * FEWEST * len(respondents())


def image_share(force: Respondent) -> int:
    """The respondent's share of image offences, shifted so that the nation's is the calibrated one."""
    forces = respondents()
    nation = sum(f.weight * f.images for f in forces) // sum(f.weight for f in forces)
    return force.images * int(calibration()["crime_types"]["images"]) // nation


def years_of(years: int) -> tuple[int, ...]:
    """The last `years` calendar years that there is a total for."""
    if not 1 <= years <= LAST_YEAR - min(calibration()["totals"]) + 1:
        raise UsageProblem(f"{years} years were asked for.", expected="1 to 12 years, the last of them 2024")
    return tuple(range(LAST_YEAR - years + 1, LAST_YEAR + 1))
