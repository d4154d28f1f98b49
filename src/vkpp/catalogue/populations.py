"""Populations by force, year, age band and sex; a rate refuses one that is too far from its period."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from vkpp.basics.periods import Period
from vkpp.basics.problems import RefusedByRule, UsageProblem
from vkpp.catalogue.rows import Source, rows_of

BANDS: Mapping[str, str] = {
    "all": "people",
    "under_18": "children under 18",
    "under_16": "children under 16",
    "10_17": "children aged 10 to 17",
}
SEXES = ("persons", "male", "female")


@dataclass(frozen=True, slots=True)
class Population:
    """People who live in a force's area in the middle of a year. Print the year with every rate.

    `unreliable` is true where so few live there that a rate misleads (City of London): print [u] and the note.
    """

    value: int
    year: int
    source: str
    band: str = "under_18"
    sex: str = "persons"
    confidence: str = ""
    unreliable: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A person's signed leave to use a population that the rule refuses. All three are required and printed."""

    who: str
    when: date
    why: str

    def __post_init__(self) -> None:
        if not self.who.strip() or not self.why.strip():
            raise UsageProblem("The waiver is not complete.", expected="who signed, when, and why in words")


class Populations:
    """All populations held; the nearest year is chosen, the earlier of two equally near."""

    def __init__(self, held: Mapping[tuple[str, str, str], tuple[Population, ...]], max_years: int) -> None:
        self._held, self.max_years = held, max_years

    def nearest(self, force_id: str, period: Period, band: str, sex: str, waiver: Waiver | None) -> Population:
        """Raises RefusedByRule when there is none, or none near enough and no waiver; UsageProblem for an unknown band."""
        if band not in BANDS or sex not in SEXES:
            raise UsageProblem(
                f"No band {band!r} for {sex!r}.", expected=f"one of {', '.join(BANDS)} and one of {', '.join(SEXES)}"
            )
        found = self._held.get((force_id, band, sex))
        if not found:
            raise RefusedByRule(
                f"There is no population of {BANDS[band]} for {force_id}.",
                where="catalogue file populations.csv",
                expected="a rate only where people live in the force's area",
                next_step="Print the count without a rate",
            )
        wanted = period.year_for_population
        best = min(found, key=lambda p: (abs(p.year - wanted), p.year))
        if abs(best.year - wanted) > self.max_years and waiver is None:
            raise self._stale(best, force_id, period)
        return best

    def _stale(self, best: Population, force_id: str, period: Period) -> RefusedByRule:
        apart = abs(best.year - period.year_for_population)
        return RefusedByRule(
            f"The nearest population of {force_id} is of mid-{best.year}, {apart} years from {period.label}.",
            where="catalogue file populations.csv",
            expected=f"one at most {self.max_years} years from the period",
            next_step="Load a newer population, or give a signed waiver (who, when, why)",
        )


def read_populations(path: Path, forces: Container[str], sources: Mapping[str, Source], max_years: int) -> Populations:
    """populations.csv: one row a force, year, band and sex."""
    columns = ("force_id", "year", "band", "sex", "value", "unreliable", "note", "source", "confidence")
    held: dict[tuple[str, str, str], list[Population]] = {}
    for row in rows_of(path, columns):
        force_id, year = row.text("force_id"), row.whole("year")
        if force_id not in forces:
            raise row.problem(f"force_id {force_id!r} is not in forces.csv.", "a force_id of forces.csv")
        key = (force_id, row.one_of("band", tuple(BANDS)), row.one_of("sex", SEXES))
        entries = held.setdefault(key, [])
        if any(p.year == year for p in entries):
            raise row.problem(f"{' '.join(key)} of {year} stands here a second time.", "each force, year, band and sex once")
        entries.append(
            Population(
                row.whole("value"),
                year,
                row.source(sources),
                key[1],
                key[2],
                row.confidence(),
                row.yes("unreliable"),
                row.maybe("note"),
            )
        )
    return Populations({key: tuple(entries) for key, entries in held.items()}, max_years)
