"""The tables of the record-level CSAE edition (W17.8): every number with its base and what is missing beside it.

What is not known is a row of its own and never "no". A share is of those known; its lowest and highest possible values,
should everybody unknown be no or yes, stand beside it (W5.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vkpp.basics.periods import Period
from vkpp.catalogue.load import Force, Population
from vkpp.engine.shapes.cells import Cell, Cells
from vkpp.engine.shapes.measures import TOTAL, Dimension, Measure, Sum
from vkpp.engine.statistics.funnels import rate_limits_over_dispersed
from vkpp.engine.statistics.rates import rates
from vkpp.engine.statistics.series import Charted, charted, corrected, delay_measures, limit_measures
from vkpp.engine.statistics.tabulation import Cube, column_cells

NOT_KNOWN = "not-known"
REPLIED, SAME = "replied", "same"
YES, NO, UNKNOWN = "yes", "no", "unknown"
PER = 1000.0
LONGEST_DELAY = 4  # quarters


@dataclass(frozen=True, slots=True)
class Spread:
    """One question with several answers. `cube` counts by answer code and period code; NOT_KNOWN where nobody knows.

    `noun` is what is counted ("crimes", "victims", "suspects"); `codes` are the answers in the order of printing.
    """

    name: str
    title: str
    noun: str
    codes: Mapping[str, str]
    cube: Cube
    definition: str
    note: str = ""
    counted: str = ""  # where not all of the noun are asked


@dataclass(frozen=True, slots=True)
class Question:
    """One yes-or-no question of each crime (or suspect). `cube` counts by answer (yes, no, unknown) and period code.

    `of_all` is False where only some of the noun are asked.
    """

    code: str
    title: str
    noun: str
    definition: str
    cube: Cube
    of_all: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """What the tables are made from. `crimes` counts by force_id, crime_type and quarter code, both years together.

    `replied` are the forces whose return of the period is in; `same` those in for both years. `history` holds earlier
    editions' totals by period code and force. `expected` are all respondents of the period.
    """

    period: Period
    before: Period
    crimes: Cube
    people: Mapping[str, Mapping[str, int]]  # "victims", "suspects", "under_10", "listed" -> period code -> count
    crime_types: Mapping[str, str]
    questions: Sequence[Question]
    spreads: Sequence[Spread]
    forces: tuple[Force, ...]
    replied: frozenset[str]
    same: frozenset[str]
    populations: Mapping[str, Population]
    history: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    late: Mapping[tuple[str, int], int] = field(default_factory=dict)  # quarter of the offence, quarters until recorded
    base: str = ""
    source: str = ""
    regions: Mapping[str, str] = field(default_factory=dict)
    sums: Sequence[Sum] = ()  # that hold between tables by the definitions of questions and answers

    @property
    def periods(self) -> dict[str, str]:
        return {self.before.code: _short(self.before), self.period.code: _short(self.period)}

    @property
    def ten_before(self) -> str:
        return Period(self.period.kind, self.period.year - 10).code


def tables(facts: Facts) -> tuple[Cells, ...]:
    """Every table of the edition, in the order of printing."""
    made = [total(facts), spread(facts, _crime_types(facts)), questions(facts)]
    made += [spread(facts, entry) for entry in facts.spreads]
    made += [under_ten(facts), by_quarter(facts), by_delay(facts), by_force(facts), force_limits(facts), force_by_type(facts)]
    made[0] = replace(made[0], sums=(*known_sums(facts), *facts.sums))
    return tuple(made)


def known_sums(facts: Facts) -> tuple[Sum, ...]:
    """What any reader knows of counts in different tables: who knows one from here knows it there."""
    year = facts.period.code
    made = [Sum(f"total.crimes.{year}", ("force.crimes.total",)), Sum("force.crimes.total", ("force-type.crimes.total.total",))]
    made += [Sum(f"crime-type.crimes.{code}.{year}", (f"force-type.crimes.total.{code}",)) for code in facts.crime_types]
    for asked in facts.questions:
        if asked.of_all:
            made += [Sum(f"total.{asked.noun}.{p}", (f"questions.count.{asked.code}-all.{p}",)) for p in facts.periods]
    for each in (facts.before, facts.period):
        made.append(Sum(f"total.same.{each.code}", tuple(f"quarter.crimes.{q.code}" for q in each.quarters())))
    if _all_same(facts):
        made += [Sum(f"total.crimes.{period}", (f"total.same.{period}",)) for period in facts.periods]
    return tuple(made)


def _all_same(facts: Facts) -> bool:
    return facts.crimes.where(force_id=facts.same).total() == facts.crimes.total()


def total(facts: Facts) -> Cells:
    """Totals of all who replied, and of the same forces in both years: only those may be compared."""
    periods = {facts.ten_before: _short(Period.parse(facts.ten_before))} | facts.periods
    keys = [(period,) for period in periods]
    now = (facts.period.code,)
    same = {key: _crimes_in(facts, SAME, key[0]) for key in keys}
    cells = [
        *(_derived(key, "crimes", _crimes_in(facts, REPLIED, key[0]), key[0] in facts.periods) for key in keys),
        *(_derived(key, "same", same[key], True) for key in keys),
    ]
    for key in keys:
        moved = _change(same[(facts.before.code,)], same[now]) if key == now else None
        times = _ratio(same[(facts.ten_before,)], same[now]) if key == now else None
        cells += [_derived(key, "change", moved, key == now), _derived(key, "ratio", times, key == now)]
    for noun in ("victims", "suspects"):
        cells += [_derived(key, noun, facts.people[noun].get(key[0]), key[0] in facts.periods) for key in keys]
    return _table(
        facts,
        "total",
        "Crimes recorded, and the change on the year before",
        "All crimes of the collection",
        (Dimension("period", "Year", periods),),
        (
            _count(
                "crimes",
                "Crimes recorded",
                "crimes recorded and not transferred or cancelled; a crime with several people is one",
                facts,
            ),
            _count("same", "Crimes, same forces", "the same, of the forces whose returns of both years are in", facts),
            Measure(
                "change",
                "Change",
                "change",
                1,
                100,
                ("same",),
                "change on the year before in crimes recorded, same forces",
                facts.source,
            ),
            Measure(
                "ratio",
                "Times ten years before",
                "ratio",
                1,
                1,
                ("same",),
                "crimes recorded over those ten years before, same forces",
                facts.source,
            ),
            _count("victims", "Victims", "victims recorded, counted once for each crime", facts),
            _count(
                "suspects",
                "Suspects",
                "suspects recorded, counted once for each crime; children under 10 are never suspects",
                facts,
            ),
        ),
        cells,
        "count of crimes with status recorded, by return and year recorded",
    )


def _change(start: int | None, end: int | None) -> float | None:
    return 100 * (end - start) / start if start and end is not None else None


def _ratio(start: int | None, end: int | None) -> float | None:
    return end / start if start and end is not None else None


def _crimes_in(facts: Facts, code: str, period: str) -> int | None:
    if period == facts.ten_before:
        held = facts.history.get(period)
        if held is None or code == REPLIED or not facts.same <= held.keys():
            return None
        return sum(held[force] for force in facts.same)
    inside = facts.crimes.where(quarter=_quarters(facts, period))
    return (inside.where(force_id=facts.same) if code == SAME else inside).total()


def _crime_types(facts: Facts) -> Spread:
    by_year = facts.crimes.merged("quarter", _years(facts)).over("crime_type", "quarter")
    inner = {key: n for key, n in by_year.items() if TOTAL not in key}
    definition = "the first group of offences of the typology that holds the crime's offence code"
    return Spread(
        "crime-type", "Crimes recorded, by type", "crimes", facts.crime_types, Cube(("code", "period"), inner), definition
    )


def spread(facts: Facts, asked: Spread) -> Cells:
    """Counts by answer, share of those known, and lowest and highest possible share."""
    codes = dict(asked.codes) | {NOT_KNOWN: "Not known", TOTAL: f"All {asked.noun}"}
    n = {
        (code, period): asked.cube.counts.get((code, period), 0) for code in codes for period in facts.periods if code != TOTAL
    }
    for period in facts.periods:
        n[(TOTAL, period)] = sum(n[(code, period)] for code in codes if code != TOTAL)
    keys = [(code, period) for code in codes for period in facts.periods]
    cells = column_cells(asked.noun, keys, n.__getitem__)
    for key in keys:
        code, period = key
        everybody, unknown = n[(TOTAL, period)], n[(NOT_KNOWN, period)]
        cells += _share_cells(key, n[key], everybody, unknown, asked_of=code not in (NOT_KNOWN, TOTAL))
    return _table(
        facts,
        asked.name,
        asked.title,
        "Both years",
        (
            Dimension("code", "Answer", codes, {code: TOTAL for code in codes if code != TOTAL}, asked.name),
            Dimension("period", "Year", facts.periods),
        ),
        (
            _count(asked.noun, asked.noun.capitalize(), asked.definition, facts, asked.counted),
            *_share_measures(asked.noun, facts),
        ),
        cells,
        f"count of {asked.noun} by answer and year recorded",
        notes=(asked.note,) if asked.note else (),
    )


def questions(facts: Facts) -> Cells:
    """Each question's yes, no and not known, which add up to all that were asked about."""
    codes: dict[str, str] = {}
    parents: dict[str, str] = {}
    n: dict[tuple[str, str], int] = {}
    for asked in facts.questions:
        own = {YES: asked.code, NO: f"{asked.code}-no", UNKNOWN: f"{asked.code}-unknown"}
        whole = f"{asked.code}-all"
        codes |= {own[YES]: asked.title, own[NO]: f"{asked.title}: no", own[UNKNOWN]: f"{asked.title}: not known"}
        codes[whole] = f"{asked.title}: all {asked.noun}"
        parents |= dict.fromkeys(own.values(), whole)
        for period in facts.periods:
            for answer, code in own.items():
                n[(code, period)] = asked.cube.counts.get((answer, period), 0)
            n[(whole, period)] = sum(n[(code, period)] for code in own.values())
    keys = [(code, period) for code in codes for period in facts.periods]
    cells = column_cells("count", keys, n.__getitem__)
    yes_codes = {asked.code for asked in facts.questions}
    for code, period in keys:
        root = code if code in yes_codes else code.rsplit("-", 1)[0]
        cells += _share_cells(
            (code, period),
            n[(code, period)],
            n[(f"{root}-all", period)],
            n[(f"{root}-unknown", period)],
            asked_of=code in yes_codes,
        )
    definitions = tuple(f"{asked.title}: {asked.definition}" for asked in facts.questions)
    return _table(
        facts,
        "questions",
        "What kind of crime it was",
        "Each question is answered yes, no or not known; a crime may be of many kinds",
        (Dimension("code", "Question", codes, parents, "questions"), Dimension("period", "Year", facts.periods)),
        (
            _count("count", "Count", "crimes (or suspects, where the question is about them) with the answer", facts),
            *_share_measures("count", facts),
        ),
        cells,
        "rules of the typology, asked of each counted crime",
        notes=definitions,
    )


_LISTED = "rows that a return gave among suspects with an age below 10; set apart, counted here and nowhere else"


def under_ten(facts: Facts) -> Cells:
    """Children under 10 stand apart and are never suspects (R12)."""
    keys = [(period,) for period in facts.periods]
    words = "children under 10 said to have caused harm; below the age of criminal responsibility, and never suspects"
    return _table(
        facts,
        "under-10",
        "Children under 10 involved",
        "Children, not suspects",
        (Dimension("period", "Year", facts.periods),),
        (
            _count("children", "Children under 10", words, facts),
            _count("listed", "Rows set apart", _LISTED, facts),
        ),
        [
            *column_cells("children", keys, lambda key: facts.people["under_10"].get(key[0], 0)),
            *column_cells("listed", keys, lambda key: facts.people["listed"].get(key[0], 0)),
        ],
        "sum of children_under_10 over counted crimes; rows of suspects of counted crimes with an age under 10",
        notes=("The two counts must not be added: a child whose row was set apart may be in the first count as well.",),
    )


def by_quarter(facts: Facts) -> Cells:
    quarters = _all_quarters(facts)
    counts = facts.crimes.where(force_id=facts.same).over("quarter")
    chart = quarters_charted(facts)
    cells = column_cells("crimes", [(q,) for q in quarters], lambda key: counts.get(key, 0))
    return _table(
        facts,
        "quarter",
        "Crimes recorded, by quarter",
        "The same forces throughout",
        (Dimension("period", "Quarter", quarters),),
        (
            _count(
                "crimes",
                "Crimes recorded",
                "crimes recorded in the quarter by the forces that replied for both years",
                facts,
                "" if _all_same(facts) else "same",
            ),
            *limit_measures(facts.source),
        ),
        [*cells, *chart.cells],
        "count of crimes with status recorded, by quarter recorded; forces in for both years; control limits over the quarters",
        notes=(chart.rules,) if chart.rules else (),
    )


def quarters_charted(facts: Facts) -> Charted:
    """The control chart of the quarters, over the forces that are in for both years."""
    counts = facts.crimes.where(force_id=facts.same).over("quarter")
    return charted({code: counts.get((code,), 0) for code in _all_quarters(facts)})


def by_delay(facts: Facts) -> Cells:
    """Crimes by the quarter in which the offence ended: recorded so far, and expected once four quarters have gone by."""
    quarters = _all_quarters(facts)
    return _table(
        facts,
        "delay",
        "Crimes by the quarter in which the offence ended, recorded so far and expected",
        "The same forces throughout; offences that were recorded within four quarters",
        (Dimension("period", "Quarter of the offence", quarters),),
        delay_measures(facts.source),
        corrected(list(quarters), facts.late, LONGEST_DELAY),
        "count of crimes by quarter of offence_to and of recorded; corrected for delay as in docs/methods",
        notes=("Non-recent abuse, recorded more than four quarters later, is not in this table.",),
    )


def _all_quarters(facts: Facts) -> dict[str, str]:
    return {q.code: q.label for year in (facts.before, facts.period) for q in year.quarters()}


def by_force(facts: Facts) -> Cells:
    """Counts and rates of the period; a force whose return is not in has no number, and that is said."""
    codes, parents = _force_codes(facts)
    counts = _nested(facts, facts.crimes.where(quarter=_quarters(facts, facts.period.code)).over("force_id"))
    cells: list[Cell] = []
    for code in codes:
        if code in facts.replied or code not in {f.force_id for f in facts.forces}:
            cells.append(Cell((code,), "crimes", counts.get(code, 0)))
            cells += _rate(facts, code, counts.get(code, 0))
        else:
            cells += [Cell((code,), m, None, "no return") for m in ("crimes", "children", "rate", "rate_low", "rate_high")]
    rate = "crimes recorded per 1,000 resident children under 18"
    return _table(
        facts,
        "force",
        "Crimes recorded and rate per 1,000 children, by force",
        f"Forces from A to Z within regions, {facts.period.label}",
        (Dimension("force_id", "Force", codes, parents),),
        (
            _count("crimes", "Crimes recorded", "crimes recorded by the force and not transferred or cancelled", facts),
            Measure(
                "children", _children_words(facts), "count", 0, 1.0, (), "resident children under 18", _population_source(facts)
            ),
            Measure("rate", "Rate per 1,000 children", "rate", 1, PER, ("crimes", "children"), rate, facts.source),
            Measure(
                "rate_low",
                "95% lower limit",
                "rate",
                1,
                PER,
                ("crimes", "children"),
                f"{rate}; lower end of the 95% interval",
                facts.source,
            ),
            Measure(
                "rate_high",
                "95% upper limit",
                "rate",
                1,
                PER,
                ("crimes", "children"),
                f"{rate}; upper end of the 95% interval",
                facts.source,
            ),
        ),
        cells,
        "count of crimes with status recorded, by force; children from the population list",
        notes=("A rate is not a measure of performance: neither high nor low says that a force does well or badly.",),
    )


def force_limits(facts: Facts) -> Cells:
    """The funnel of the period, limits widened for ordinary difference between forces."""
    counts = facts.crimes.where(quarter=_quarters(facts, facts.period.code)).over("force_id")
    inside = [
        f
        for f in facts.forces
        if f.force_id in facts.replied and f.force_id in facts.populations and not facts.populations[f.force_id].unreliable
    ]
    children = [facts.populations[f.force_id].value for f in inside]
    n = [counts.get((f.force_id,), 0) for f in inside]
    limits = rate_limits_over_dispersed(n, children, multiplier=PER)
    columns: dict[str, Sequence[Any]] = {
        "children": children,
        "rate": [PER * x / d for x, d in zip(n, children, strict=True)],
        "centre": [limits.centre] * len(inside),
        "lower": list(limits.lower_95),
        "upper": list(limits.upper_95),
        "outer_lower": list(limits.lower_998),
        "outer_upper": list(limits.upper_998),
    }
    cells = [Cell((f.force_id,), m, _plain(v)) for m, column in columns.items() for f, v in zip(inside, column, strict=True)]
    of = ("crimes", "children")  # of the table "force": a limit whose force is hidden there is hidden here
    words = "limit around the rate of all forces together"
    names = (
        ("lower", "95% lower limit"),
        ("upper", "95% upper limit"),
        ("outer_lower", "99.8% lower limit"),
        ("outer_upper", "99.8% upper limit"),
    )
    return _table(
        facts,
        "funnel",
        "Rates against the number of children, with limits",
        "Limits widened for ordinary difference between forces (over-dispersion)",
        (Dimension("force_id", "Force", {f.force_id: f.name for f in inside}),),
        (
            Measure(
                "children", _children_words(facts), "count", 0, 1.0, (), "resident children under 18", _population_source(facts)
            ),
            Measure("rate", "Rate per 1,000 children", "rate", 1, PER, of, "crimes recorded per 1,000 children", facts.source),
            Measure("centre", "All forces together", "rate", 1, PER, of, "rate of all these forces together", facts.source),
            *(Measure(name, title, "rate", 1, PER, of, f"{words}: {title}", facts.source) for name, title in names),
        ),
        cells,
        "rate by force; limits by the additive over-dispersion method, z scores winsorised",
    )


def force_by_type(facts: Facts) -> Cells:
    forces, parents = _force_codes(facts)
    types = dict(facts.crime_types) | {TOTAL: "All crimes"}
    inside = facts.crimes.where(quarter=_quarters(facts, facts.period.code))
    counts: dict[tuple[str, str], int] = {}
    for code in types:
        part = inside if code == TOTAL else inside.where(crime_type=code)
        counts |= {(force, code): n for force, n in _nested(facts, part.over("force_id")).items()}
    missing = {f.force_id for f in facts.forces} - facts.replied
    cells = [
        Cell((force, code), "crimes", None, "no return")
        if force in missing
        else Cell((force, code), "crimes", counts.get((force, code), 0))
        for force in forces
        for code in types
    ]
    return _table(
        facts,
        "force-type",
        "Crimes recorded, by force and type",
        f"Forces from A to Z within regions, {facts.period.label}",
        (
            Dimension("force_id", "Force", forces, parents),
            Dimension("code", "Type", types, {code: TOTAL for code in types if code != TOTAL}, "crime-type"),
        ),
        (_count("crimes", "Crimes recorded", "crimes recorded by the force, of the type", facts),),
        cells,
        "count of crimes with status recorded, by force and crime type",
    )


# Parts.


def _share_cells(key: tuple[str, str], n: int, everybody: int, unknown: int, *, asked_of: bool) -> list[Cell]:
    """Share of those known, and the lowest and highest it could be; nothing where there is no base."""
    if not asked_of:
        return [Cell(key, name, None, "not applicable") for name in ("share", "low", "high")]
    known = everybody - unknown
    low = 100 * n / everybody if everybody else None
    high = 100 * (n + unknown) / everybody if everybody else None
    values = {"share": 100 * n / known if known else None, "low": low, "high": high}
    return [Cell(key, name, value, None if value is not None else "nothing is known") for name, value in values.items()]


def _share_measures(noun: str, facts: Facts) -> tuple[Measure, ...]:
    return (
        Measure("share", "Share of those known", "share", 1, 100, (noun,), "out of those whose answer is known", facts.source),
        Measure(
            "low",
            "Lowest possible share",
            "share",
            1,
            100,
            (noun,),
            "share of all, if everybody unknown were a no",
            facts.source,
        ),
        Measure(
            "high",
            "Highest possible share",
            "share",
            1,
            100,
            (noun,),
            "share of all, if everybody unknown were a yes",
            facts.source,
        ),
    )


def _rate(facts: Facts, code: str, n: int) -> list[Cell]:
    members = _members(facts).get(code, ())
    held = [facts.populations[f] for f in members if f in facts.populations]
    names = ("children", "rate", "rate_low", "rate_high")
    if not held:
        return [Cell((code,), m, None, "not applicable") for m in names]
    children = sum(p.value for p in held)
    if len(held) == 1 and held[0].unreliable:
        return [Cell((code,), "children", children), *(Cell((code,), m, None, "unreliable") for m in names[1:])]
    inside = facts.crimes.where(
        quarter=_quarters(facts, facts.period.code), force_id={f for f in members if f in facts.populations}
    )
    made = rates([inside.total()], [children], multiplier=PER)
    values = (children, _plain(made.value[0]), _plain(made.lower[0]), _plain(made.upper[0]))
    return [Cell((code,), name, value) for name, value in zip(names, values, strict=True)]


def _members(facts: Facts) -> dict[str, tuple[str, ...]]:
    """The forces that replied, under their own code, their region's and the total's."""
    members: dict[str, tuple[str, ...]] = {TOTAL: tuple(sorted(facts.replied))}
    for force in facts.forces:
        if force.force_id in facts.replied:
            members[force.force_id] = (force.force_id,)
            region = force.region_code or ""
            members[region] = (*members.get(region, ()), force.force_id)
    return members


def _nested(facts: Facts, counts: Mapping[tuple[str, ...], int]) -> dict[str, int]:
    """Counts by force with regions and the total added."""
    flat = {key[0]: n for key, n in counts.items() if key[0] != TOTAL}
    return {code: sum(flat.get(force, 0) for force in members) for code, members in _members(facts).items()}


def _force_codes(facts: Facts) -> tuple[dict[str, str], dict[str, str]]:
    """Region after region, each with its forces from A to Z; forces without a region come last."""
    codes: dict[str, str] = {}
    parents: dict[str, str] = {}
    for region, name in sorted(facts.regions.items(), key=lambda item: item[1]):
        inside = sorted((f for f in facts.forces if f.region_code == region), key=lambda f: f.name)
        codes |= {f.force_id: f.name for f in inside} | {region: f"All of {name}"}
        parents |= dict.fromkeys((f.force_id for f in inside), region) | {region: TOTAL}
    for force in facts.forces:
        if force.region_code not in facts.regions:
            codes[force.force_id], parents[force.force_id] = force.name, TOTAL
    return codes | {TOTAL: "All forces that replied"}, parents


def _quarters(facts: Facts, year: str) -> frozenset[str]:
    return frozenset(q.code for q in Period.parse(year).quarters())


def _years(facts: Facts) -> dict[str, str]:
    return {q.code: year.code for year in (facts.before, facts.period) for q in year.quarters()}


def _short(year: Period) -> str:
    """A year as it heads a column: 2024, or 2023/24."""
    return str(year.year) if year.kind == "CY" else f"{year.year}/{(year.year + 1) % 100:02d}"


def _derived(key: tuple[str, ...], measure: str, value: float | None, applies: bool) -> Cell:
    return Cell(key, measure, value, None if value is not None else "not available" if applies else "not applicable")


def _count(name: str, title: str, definition: str, facts: Facts, counted: str = "") -> Measure:
    return Measure(name, title, "count", 0, 1.0, (), definition, facts.source, counted)


def _children_words(facts: Facts) -> str:
    years: Iterable[int] = sorted({p.year for p in facts.populations.values()})
    return f"Children under 18, mid-{next(iter(years), 0)}"


def _population_source(facts: Facts) -> str:
    return next((p.source for p in facts.populations.values()), "")


def _plain(value: Any) -> float | None:
    number = float(value)
    return number if number == number else None  # noqa: PLR0124  NaN is not itself


def _table(
    facts: Facts,
    name: str,
    title: str,
    cut: str,
    dimensions: tuple[Dimension, ...],
    measures: tuple[Measure, ...],
    cells: Sequence[Cell],
    query: str,
    notes: tuple[str, ...] = (),
) -> Cells:
    subtitle = f"{cut}. Date recorded, {facts.before.label} and {facts.period.label}"
    return Cells(name, title, subtitle, dimensions, measures, tuple(cells), notes, facts.base, query)
