"""Cells in, protected tables out: the only maker of a protected table; an edition that fails its audit is refused."""

from __future__ import annotations

from collections.abc import Sequence

from vkpp.basics.problems import RefusedByRule
from vkpp.catalogue.disclosure_rules import DisclosureRule
from vkpp.engine.shapes.cells import Cell, Cells
from vkpp.engine.shapes.measures import Measure
from vkpp.engine.shapes.protected import ProtectedCell, ProtectedTable

NOT_APPLICABLE = "not applicable"
ROUNDS = ("share", "rate", "ratio")  # units for which a printed 0 may not be a zero


def protect(cells: Sequence[Cells], rule: DisclosureRule) -> tuple[ProtectedTable, ...]:
    """The tables of one edition, protected together under one rule.

    Values pass as they are under kind "none". RefusedByRule, in the audit's words, when a hidden number could be worked out.
    """
    if rule.kind == "none":
        audit = f"Not audited: the rule is “{rule.title}”, under which nothing is hidden. Source: {rule.source}."
        return tuple(_as_published(table, rule, audit) for table in cells)
    raise RefusedByRule(
        f"The rule “{rule.title}” is of kind {rule.kind}, for which tables cannot be protected here.",
        where=", ".join(table.name for table in cells),
        expected="a rule of kind none",
        next_step="choose a rule that this version can audit",
    )


def _as_published(table: Cells, rule: DisclosureRule, audit: str) -> ProtectedTable:
    measures = {measure.name: measure for measure in table.measures}
    shown = tuple(_open_cell(cell, measures[cell.measure]) for cell in table.cells)
    return _table(table, shown, rule, audit)


def _table(table: Cells, shown: tuple[ProtectedCell, ...], rule: DisclosureRule, audit: str) -> ProtectedTable:
    return ProtectedTable(
        name=table.name,
        title=table.title,
        subtitle=table.subtitle,
        dimensions=table.dimensions,
        measures=table.measures,
        cells=shown,
        rule=rule.id,
        audit=audit,
        notes=table.notes,
        base=table.base,
        query=table.query,
    )


def _open_cell(cell: Cell, measure: Measure) -> ProtectedCell:
    """A cell that no rule hides: its value, or the symbol that says why there is none."""
    if cell.value is None or cell.value != cell.value:  # not a number is no number
        return _absent(cell)
    if measure.unit in ROUNDS and cell.value != 0 and round(cell.value, measure.decimals) == 0:
        words = "There is a number here, but it is so small that it would print as zero."
        return ProtectedCell(cell.key, cell.measure, None, "[low]", words)
    return ProtectedCell(cell.key, cell.measure, cell.value, None)


def _absent(cell: Cell) -> ProtectedCell:
    why = cell.missing or "not recorded"
    if why == NOT_APPLICABLE:
        return ProtectedCell(cell.key, cell.measure, None, "[z]", "Not applicable: there can be no number here.")
    return ProtectedCell(cell.key, cell.measure, None, "[x]", f"Not available: {why}.")
