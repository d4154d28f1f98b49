"""The tables of the recorded-crime edition: what is counted, by what, out of what, each with its definition and query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from vkpp.basics.periods import Period
from vkpp.catalogue.load import Force, OffenceClass, Population
from vkpp.engine.shapes.cells import Cell, Cells
from vkpp.engine.shapes.measures import TOTAL, Dimension, Measure
from vkpp.engine.statistics.funnels import rate_limits_over_dispersed
from vkpp.engine.statistics.rates import rates
from vkpp.engine.statistics.series import LIMITS, Charted, charted, limit_measures
from vkpp.engine.statistics.tabulation import Cube, column_cells

CHILD, OBSCENE = "child-named", "obscene-publications"
VIEWS = (CHILD, OBSCENE)
PER = 1000.0


@dataclass(frozen=True, slots=True)
class Facts:
    """What the tables are made from: counts of the period, and the catalogue's words and populations for it.

    `cube` counts crimes by force_id, offence_class and quarter (a period code), in the two views only. `populations` holds
    the children (under 18) of each territorial force; a force without one (British Transport Police) has no rate.
    """

    cube: Cube
    period: Period
    quarters: tuple[Period, ...]
    forces: tuple[Force, ...]
    classes: tuple[OffenceClass, ...]
    populations: Mapping[str, Population]
    quality: Mapping[str, tuple[str, int]] = field(default_factory=dict)  # code -> words, count
    base: str = ""
    source: str = ""


def tables(facts: Facts) -> tuple[Cells, ...]:
    """Every table of the edition, in the order of printing."""
    return (
        by_class(facts),
        by_quarter(facts),
        by_force(facts),
        by_region(facts),
        force_limits(facts),
        force_by_class(facts),
        force_by_quarter(facts),
        quality(facts),
    )


def by_class(facts: Facts) -> Cells:
    order: dict[str, str] = {}
    parents: dict[str, str] = {}
    for view in VIEWS:
        members = _classes(facts, view)
        order |= {entry.code: f"{entry.code} {entry.title}" for entry in members}
        if len(members) == 1:  # its own subtotal
            parents[members[0].code] = TOTAL
            continue
        parents |= {entry.code: view for entry in members} | {view: TOTAL}
        order[view] = _view_words(view)
    order[TOTAL] = "Both"
    counts = facts.cube.over("offence_class")
    by_view = _view_cube(facts).over("offence_class")
    n: dict[tuple[str, ...], int] = {(code,): by_view.get((code,), counts.get((code,), 0)) for code in order}
    everything = n[(TOTAL,)]
    cells = column_cells("crimes", n, n.__getitem__)
    cells += column_cells("share", n, lambda key: 100 * n[key] / everything if everything else None)
    return _table(
        facts,
        "class",
        "Crimes recorded, by offence class",
        "Home Office offence classes",
        (Dimension("code", "Offence class", order, parents),),
        (
            _crimes("Crimes recorded", "in the offence class"),
            Measure(
                "share",
                "Share of both",
                "share",
                1,
                100,
                ("crimes",),
                "crimes recorded in the class, out of those in the child-named classes and class 86 together",
                facts.source,
            ),
        ),
        cells,
        "sum of Number of Offences by Offence Code, forces only",
    )


def by_quarter(facts: Facts) -> Cells:
    codes = {quarter.code: quarter.label for quarter in facts.quarters} | {TOTAL: facts.period.label}
    view = _view_cube(facts).over("offence_class", "quarter")
    cells: list[Cell] = []
    for measure, name in (("child_named", CHILD), ("obscene", OBSCENE), ("crimes", TOTAL)):
        cells += column_cells(measure, [(code,) for code in codes], partial(_in_view, view, name))
    chart = quarters_charted(facts)
    cells += chart.cells
    cells += [Cell((TOTAL,), name, None, "not applicable") for name, _, _ in LIMITS]
    return _table(
        facts,
        "quarter",
        "Crimes recorded, by quarter",
        "Quarters of the financial year",
        (Dimension("period", "Quarter", codes, {q.code: TOTAL for q in facts.quarters}),),
        (*_view_measures(facts), *limit_measures(facts.source)),
        cells,
        "sum of Number of Offences by Financial Quarter and view, forces only; control limits over the quarters",
        notes=(chart.rules,) if chart.rules else (),
    )


def quarters_charted(facts: Facts) -> Charted:
    """The control chart of the quarters, both views together."""
    counts = facts.cube.over("quarter")
    return charted({q.code: counts.get((q.code,), 0) for q in facts.quarters})


def by_force(facts: Facts) -> Cells:
    codes, parents = _force_codes(facts)
    view = _view_cube(facts).over("offence_class", "force_id")
    cells: list[Cell] = []
    for measure, name in (("child_named", CHILD), ("obscene", OBSCENE), ("crimes", TOTAL)):
        cells += column_cells(measure, [(code,) for code in codes], partial(_in_view, view, name))
    counts = {key[1]: n for key, n in view.items() if key[0] == TOTAL}
    cells += _rate_cells(facts, codes, counts, {force_id: (force_id,) for force_id in facts.populations})
    return _table(
        facts,
        "force",
        "Crimes recorded and rate per 1,000 children, by force",
        "Forces from A to Z",
        (Dimension("force_id", "Force", codes, parents),),
        (*_view_measures(facts), *_rate_measures(facts)),
        cells,
        "sum of Number of Offences by Force Name; children under 18 from the population list",
        notes=(
            "The rate of England and Wales leaves out the British Transport Police, which has no resident population.",
            "A rate is not a measure of performance: neither high nor low says that a force does well or badly.",
        ),
    )


def by_region(facts: Facts) -> Cells:
    inside_regions = [f for f in facts.forces if f.force_id in facts.populations]
    regions = {f.region_code or "": f.region_name or "" for f in inside_regions}
    codes = dict(sorted(regions.items())) | {TOTAL: "England and Wales"}
    region_of = {f.force_id: f.region_code or "" for f in inside_regions}
    inside = facts.cube.where(force_id=set(region_of)).merged("force_id", region_of)
    counts = {key[0]: n for key, n in inside.over("force_id").items()}
    members = {code: tuple(f for f, r in region_of.items() if r == code) for code in regions}
    cells = column_cells("crimes", [(code,) for code in codes], lambda key: counts.get(key[0], 0))
    cells += _rate_cells(facts, codes, counts, members)
    return _table(
        facts,
        "region",
        "Crimes recorded and rate per 1,000 children, by region",
        "Statistical regions of England, and Wales; territorial forces",
        (Dimension("code", "Region", codes, dict.fromkeys(regions, TOTAL)),),
        (_crimes("Crimes recorded", "in both views"), *_rate_measures(facts)),
        cells,
        "sum of Number of Offences by the region of the force; British Transport Police left out",
    )


def force_limits(facts: Facts) -> Cells:
    """The funnel: each force's rate, the number of children, and limits widened for ordinary difference between forces."""
    counts = {key[0]: n for key, n in facts.cube.over("force_id").items()}
    inside = [f for f in facts.forces if f.force_id in facts.populations and not facts.populations[f.force_id].unreliable]
    children = [facts.populations[f.force_id].value for f in inside]
    limits = rate_limits_over_dispersed([counts.get(f.force_id, 0) for f in inside], children, multiplier=PER)
    columns: dict[str, Sequence[Any]] = {
        "children": children,
        "rate": [PER * counts.get(f.force_id, 0) / n for f, n in zip(inside, children, strict=True)],
        "centre": [limits.centre] * len(inside),
        "lower": list(limits.lower_95),
        "upper": list(limits.upper_95),
        "outer_lower": list(limits.lower_998),
        "outer_upper": list(limits.upper_998),
    }
    cells = [
        Cell((f.force_id,), measure, _plain(value))
        for measure, column in columns.items()
        for f, value in zip(inside, column, strict=True)
    ]
    year = next(iter(facts.populations.values())).year
    rate = "crimes recorded in both views per 1,000 children under 18"
    return _table(
        facts,
        "funnel",
        "Rates against the number of children, with limits",
        "Limits widened for ordinary difference between forces (over-dispersion)",
        (Dimension("force_id", "Force", {f.force_id: f.name for f in inside}),),
        (
            _children(facts, year),
            Measure("rate", "Rate per 1,000 children", "rate", 2, PER, ("crimes", "children"), rate, facts.source),
            Measure("centre", "All forces together", "rate", 2, PER, (), f"{rate}, all these forces together", facts.source),
            *(
                Measure(name, words, "rate", 2, PER, (), f"limit around the rate of all forces together: {words}", facts.source)
                for name, words in (
                    ("lower", "95% lower limit"),
                    ("upper", "95% upper limit"),
                    ("outer_lower", "99.8% lower limit"),
                    ("outer_upper", "99.8% upper limit"),
                )
            ),
        ),
        cells,
        "rate by force; limits by the additive over-dispersion method, z scores winsorised",
        notes=("The City of London is left out: so few children live there that a rate means nothing.",),
    )


def force_by_class(facts: Facts) -> Cells:
    forces, parents = _force_codes(facts)
    classes = {c.code: f"{c.code} {c.title}" for view in VIEWS for c in _classes(facts, view)} | {TOTAL: "Both"}
    counts = facts.cube.over("force_id", "offence_class")
    keys = [(force, code) for force in forces for code in classes]
    return _table(
        facts,
        "force-class",
        "Crimes recorded, by force and offence class",
        "Forces from A to Z; Home Office offence classes",
        (
            Dimension("force_id", "Force", forces, parents),
            Dimension("code", "Offence class", classes, {c: TOTAL for c in classes if c != TOTAL}),
        ),
        (_crimes("Crimes recorded", "in the class by the force"),),
        column_cells("crimes", keys, lambda key: counts.get(key, 0)),
        "sum of Number of Offences by Force Name and Offence Code",
    )


def force_by_quarter(facts: Facts) -> Cells:
    forces, parents = _force_codes(facts)
    quarters = {q.code: q.label for q in facts.quarters} | {TOTAL: facts.period.label}
    counts = facts.cube.over("force_id", "quarter")
    keys = [(force, quarter) for force in forces for quarter in quarters]
    return _table(
        facts,
        "force-quarter",
        "Crimes recorded, by force and quarter",
        "Forces from A to Z; both views together",
        (
            Dimension("force_id", "Force", forces, parents),
            Dimension("period", "Quarter", quarters, {q.code: TOTAL for q in facts.quarters}),
        ),
        (_crimes("Crimes recorded", "in both views by the force in the quarter"),),
        column_cells("crimes", keys, lambda key: counts.get(key, 0)),
        "sum of Number of Offences by Force Name and Financial Quarter",
    )


def quality(facts: Facts) -> Cells:
    codes = {code: words for code, (words, _) in facts.quality.items()}
    return _table(
        facts,
        "quality",
        "What was found in the table, and what was done with it",
        "Counted while checking the received file",
        (Dimension("code", "What was counted", codes),),
        (Measure("count", "Count", "count", 0, 1.0, (), "counted in the received file before any exclusion", facts.source),),
        column_cells("count", [(code,) for code in codes], lambda key: facts.quality[key[0]][1]),
        "counted over all rows of the received file",
    )


def _rate_cells(
    facts: Facts, codes: Mapping[str, str], counts: Mapping[str, int], members: Mapping[str, Sequence[str]]
) -> list[Cell]:
    """Children, rate and interval for each code; not applicable where no population belongs to it."""
    everybody = tuple(facts.populations)
    members = {**members, TOTAL: everybody}
    inside = facts.cube.where(force_id=set(everybody)).total()
    cells: list[Cell] = []
    for code in codes:
        forces = members.get(code, ())
        if not forces:
            cells += [Cell((code,), m, None, "not applicable") for m in ("children", "rate", "rate_low", "rate_high")]
            continue
        children = sum(facts.populations[f].value for f in forces)
        cells.append(Cell((code,), "children", children))
        if any(facts.populations[f].unreliable for f in forces) and len(forces) == 1:
            cells += [Cell((code,), m, None, "unreliable") for m in ("rate", "rate_low", "rate_high")]
            continue
        n = inside if code == TOTAL else counts.get(code, 0)
        if n < 0:
            cells += [Cell((code,), m, None, "not applicable") for m in ("rate", "rate_low", "rate_high")]
            continue
        rate = rates([n], [children], multiplier=PER)
        cells += [
            Cell((code,), "rate", _plain(rate.value[0])),
            Cell((code,), "rate_low", _plain(rate.lower[0])),
            Cell((code,), "rate_high", _plain(rate.upper[0])),
        ]
    return cells


def _in_view(view: Mapping[tuple[str, ...], int], name: str, key: tuple[str, ...]) -> int:
    return view.get((name, key[0]), 0)


def _view_cube(facts: Facts) -> Cube:
    return facts.cube.merged("offence_class", {c.code: c.csae for c in facts.classes})


def _classes(facts: Facts, view: str) -> list[OffenceClass]:
    return [c for c in facts.classes if c.csae == view]


def _view_words(view: str) -> str:
    return "All child-named classes" if view == CHILD else "All of class 86"


def _force_codes(facts: Facts) -> tuple[dict[str, str], dict[str, str]]:
    codes = {f.force_id: f.name for f in sorted(facts.forces, key=lambda f: f.name)}
    return codes | {TOTAL: "England and Wales"}, dict.fromkeys(codes, TOTAL)


def _crimes(title: str, where: str) -> Measure:
    return Measure(
        "crimes", title, "count", 0, 1.0, (), f"crimes recorded {where}, by date recorded, net of earlier crimes taken back"
    )


def _children(facts: Facts, year: int) -> Measure:
    source = next(iter(facts.populations.values())).source
    return Measure(
        "children", f"Children under 18, mid-{year}", "count", 0, 1.0, (), f"resident children under 18, mid-{year}", source
    )


def _view_measures(facts: Facts) -> tuple[Measure, ...]:
    child = "crimes recorded in the offence classes whose titles name a child or a child's age"
    obscene = "crimes recorded in class 86, obscene publications: mostly images of child abuse, with some adult material"
    return (
        Measure("child_named", "Child-named classes", "count", 0, 1.0, (), child, facts.source),
        Measure("obscene", "Class 86", "count", 0, 1.0, (), obscene, facts.source),
        Measure(
            "crimes",
            "Both",
            "count",
            0,
            1.0,
            ("child_named", "obscene"),
            "the child-named classes and class 86 together",
            facts.source,
        ),
    )


def _rate_measures(facts: Facts) -> tuple[Measure, ...]:
    year = next(iter(facts.populations.values())).year
    rate = f"crimes recorded in both views per 1,000 resident children under 18, mid-{year} population"
    limits = "95% interval by Byar's method; exact Poisson under 10 crimes"
    return (
        _children(facts, year),
        Measure("rate", "Rate per 1,000 children", "rate", 2, PER, ("crimes", "children"), rate, facts.source),
        Measure(
            "rate_low",
            "95% lower limit",
            "rate",
            2,
            PER,
            ("crimes", "children"),
            f"{rate}; lower end of the {limits}",
            facts.source,
        ),
        Measure(
            "rate_high",
            "95% upper limit",
            "rate",
            2,
            PER,
            ("crimes", "children"),
            f"{rate}; upper end of the {limits}",
            facts.source,
        ),
    )


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
    subtitle = f"{cut}. England and Wales, {facts.period.label}, by date recorded"
    return Cells(name, title, subtitle, dimensions, measures, tuple(cells), notes, facts.base, query)
