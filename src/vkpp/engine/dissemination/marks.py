"""The numbers that a chart draws, each a cell of its protected table; nothing else reaches a drawing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from vkpp.basics.problems import RefusedByRule
from vkpp.engine.dissemination.edition import Chart, Edition
from vkpp.engine.dissemination.numbers import printed
from vkpp.engine.shapes.measures import TOTAL, Dimension, Measure
from vkpp.engine.shapes.protected import ProtectedCell, ProtectedTable


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing drawn. `place` is the code's position as listed, `segment` counts breaks in the series before it."""

    code: str
    label: str
    place: int
    value: float | None
    printed: str
    series: str = ""
    series_label: str = ""
    provisional: bool = False
    segment: int = 0
    others: Mapping[str, float | None] = field(default_factory=dict)  # low, high, size and the limits, by name of measure

    def other(self, measure: str) -> float | None:
        return self.others.get(measure) if measure else None


def marks(chart: Chart, edition: Edition) -> list[Mark]:
    """The marks of a chart in the order of its table's codes, series by series; what sums up others is left out."""
    table = edition.table(chart.table)
    by = next((d for d in table.dimensions if d.name == chart.by), None)
    if by is None:
        raise RefusedByRule(
            f"Table {table.name} is not cut by {chart.by}.", where=f"chart {chart.name}", next_step="mend the chart"
        )
    series = next((d for d in table.dimensions if d.name == chart.series), None)
    sums = {TOTAL, *by.parents.values()}
    provisional = {*chart.provisional, *edition.provisional}
    found = []
    for name, series_code, series_label in _series(chart, table, series):
        measure = _measure(table, name)
        for place, code in enumerate(c for c in by.codes if c not in sums):
            key = tuple(_code(chart, d.name, code, series_code) for d in table.dimensions)
            cell = table.index.get((key, name))
            if cell is None:
                continue
            found.append(
                Mark(
                    code=code,
                    label=by.codes[code],
                    place=place,
                    value=None if cell.value is None else float(cell.value),
                    printed=_shown(cell, measure),
                    series=series_code or name,
                    series_label=series_label,
                    provisional=code in provisional,
                    segment=_segment(chart, edition, code),
                    others=_others(chart, table, key),
                )
            )
    return found


def _series(chart: Chart, table: ProtectedTable, series: Dimension | None) -> Iterator[tuple[str, str, str]]:
    """Measure, code of the series' dimension (or none) and words of each series."""
    if series is None:
        yield from ((name, "", _measure(table, name).title) for name in (chart.measure, *chart.also))
        return
    sums = {TOTAL, *series.parents.values()}
    codes = [c for c in series.codes if c not in sums] or list(series.codes)
    yield from ((chart.measure, code, series.codes[code]) for code in codes)


def _code(chart: Chart, dimension: str, code: str, series: str) -> str:
    if dimension == chart.by:
        return code
    return series if dimension == chart.series else chart.chosen.get(dimension, TOTAL)


def _others(chart: Chart, table: ProtectedTable, key: tuple[str, ...]) -> dict[str, float | None]:
    names = [chart.low, chart.high, chart.size]
    if chart.limits:
        limits = chart.limits
        names += [limits.centre, limits.lower, limits.upper, limits.outer_lower, limits.outer_upper]
    cells = {name: table.index.get((key, name)) for name in names if name}
    return {name: None if cell is None or cell.value is None else float(cell.value) for name, cell in cells.items()}


def _segment(chart: Chart, edition: Edition, code: str) -> int:
    breaks = [*chart.breaks, *(b for b in edition.breaks if not b.tables or chart.table in b.tables)]
    return sum(code >= b.first_after for b in breaks)


def _measure(table: ProtectedTable, name: str) -> Measure:
    for measure in table.measures:
        if measure.name == name:
            return measure
    raise RefusedByRule(f"Table {table.name} has no measure {name}.", next_step="mend the chart")


def _shown(cell: ProtectedCell, measure: Measure) -> str:
    return cell.symbol or printed(cell.value, measure.unit, measure.decimals)
