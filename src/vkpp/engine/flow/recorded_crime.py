"""The recorded-crime product: from the Home Office open table to the national edition, station by station."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis

from vkpp.basics.periods import Period
from vkpp.basics.problems import RefusedByRule, UnreadableFile
from vkpp.catalogue.load import Catalogue, Force
from vkpp.catalogue.populations import Population, Waiver
from vkpp.catalogue.specifications import Specification
from vkpp.engine.classification.recorded_crime import classified
from vkpp.engine.disclosure import protect
from vkpp.engine.dissemination.edition import Edition
from vkpp.engine.flow.checking import Checked
from vkpp.engine.flow.making import Made, Program, provenance
from vkpp.engine.flow.wordings import Wordings, standing_out, worded
from vkpp.engine.shapes.protected import ProtectedTable
from vkpp.engine.statistics.recorded_crime import VIEWS, Facts, quarters_charted, tables
from vkpp.engine.statistics.tabulation import Cube
from vkpp.engine.tables.casting import typed
from vkpp.engine.tables.session import connect

COLLECTION, TABLE = "recorded-crime", "recorded-crime"
POLICE = ("territorial", "special")


def make(checked: Checked, period: Period, catalogue: Catalogue, program: Program, waiver: Waiver | None = None) -> Made:
    """Classify, count and protect a checked delivery, and put its words to it.

    Raises RefusedByRule where a check blocks or a population is stale, UnreadableFile where the file has nothing of the period.
    """
    if checked.result.blocked:
        raise RefusedByRule(
            "The table was not analysed: it has errors, or a check could not run.",
            expected="a table without errors",
            next_step="run `vkpp check` on it and mend what it lists",
        )
    con = connect()
    try:
        rows = _rows(con, checked, catalogue, period)
        facts = _facts(rows, checked, period, catalogue, waiver)
    finally:
        con.disconnect()
    protected = protect(tables(facts), catalogue.disclosure_rule(checked.specification.disclosure_rule))
    return finish(protected, checked.specification, period, catalogue, program, Made.of(checked, _context(facts)))


def finish(
    protected: Sequence[ProtectedTable],
    specification: Specification,
    period: Period,
    catalogue: Catalogue,
    program: Program,
    made: Made,
) -> Made:
    """The edition from protected tables and what was said of the checking: the same from fresh counts and from frozen ones."""
    wordings = worded(COLLECTION, {"period": period.label, **made.context})
    edition = Edition(
        id=f"{COLLECTION}-{period.code}",
        title=wordings.title,
        subtitle=wordings.subtitle,
        period_label=period.label,
        product=wordings.product,
        status=wordings.status,
        basis=wordings.basis,
        attribution=specification.attribution,
        provenance=provenance(
            specification, catalogue, program, made.inputs, {"collection": COLLECTION, "period": period.code}
        ),
        tables=tuple(protected),
        charts=wordings.charts(_layouts(catalogue, period)),
        headlines=wordings.headlines,
        sections=wordings.sections,
        quality=wordings.quality,
        reconciliations=made.reconciliations,
        checks=made.checks,
        support=wordings.support,
        glossary=wordings.glossary,
        allowed_words=wordings.allowed,
    )
    return made.with_edition(edition)


def contributions(checked: Checked, period: Period, catalogue: Catalogue, keys: Mapping[str, str], measure: str) -> Any:
    """The rows of the received file that add to a number, as an Arrow table ordered by line.

    `keys` maps dimension names of the number's table to its codes; TOTAL and absent dimensions take every code.
    """
    con = connect()
    try:
        rows = _counted(_rows(con, checked, catalogue, period))
        rows = rows.filter(_chosen(rows, keys, measure, catalogue, period))
        columns = ["_line", "_record", "force_name", "quarter", "offence_code", "offence_description", "crimes"]
        return rows.select(*columns).order_by("_line").to_pyarrow()
    finally:
        con.disconnect()


def _chosen(rows: Any, keys: Mapping[str, str], measure: str, catalogue: Catalogue, period: Period) -> Any:
    chosen = ibis.literal(True)
    for name, code in keys.items():
        if code == "total":
            continue
        if name == "force_id":
            chosen &= rows.force_id == code
        elif name == "period":
            chosen &= rows.quarter == code
        elif code in VIEWS:
            chosen &= rows.csae_view == code
        elif code in {f.region_code for f in _forces(catalogue, period)}:
            inside = [f.force_id for f in _forces(catalogue, period) if f.region_code == code and f.kind == "territorial"]
            chosen &= rows.force_id.isin(inside)
        else:
            chosen &= rows.offence_class == code
    views = {"child_named": VIEWS[0], "obscene": VIEWS[1]}
    return chosen & (rows.csae_view == views[measure]) if measure in views else chosen


def _rows(con: Any, checked: Checked, catalogue: Catalogue, period: Period) -> Any:
    """Every row of the delivery, typed and classified, in one table of the session."""
    table = checked.specification.table(TABLE)
    parts = [typed(con.read_parquet(str(staged.parquet)), table) for staged in checked.staged[TABLE]]
    whole = ibis.union(*parts) if len(parts) > 1 else parts[0]
    rows = con.create_table("recorded_crime", classified(whole, catalogue), temp=True)
    wanted = [quarter.code for quarter in _quarters(period)]
    present = set(rows.quarter.name("q").as_table().distinct().to_pyarrow().column("q").to_pylist())
    absent = [quarter.label for quarter in _quarters(period) if quarter.code not in present]
    if absent:
        raise UnreadableFile(
            f"The table has no rows for {' and '.join(absent)}.",
            where=", ".join(staged.received.name for staged in checked.staged[TABLE]),
            expected=f"rows for {period.label}",
            next_step="name a period that the table holds",
        )
    return rows.filter(rows.quarter.isin(wanted))


def _quarters(period: Period) -> tuple[Period, ...]:
    return tuple(period.quarters())


def _counted(rows: Any) -> Any:
    """The rows that the edition counts: police forces, in the two views."""
    return rows.filter(rows.body_kind.isin(POLICE) & rows.csae_view.isin(VIEWS))


def _facts(rows: Any, checked: Checked, period: Period, catalogue: Catalogue, waiver: Waiver | None) -> Facts:
    forces = _forces(catalogue, period)
    cube = Cube.of(_counted(rows), ("force_id", "offence_class", "quarter"), "crimes")
    replied = {key[0] for key in cube.counts}
    populations: dict[str, Population] = {
        f.force_id: catalogue.population(f.force_id, period, waiver=waiver) for f in forces if f.kind == "territorial"
    }
    return Facts(
        cube=cube,
        period=period,
        quarters=_quarters(period),
        forces=forces,
        classes=tuple(
            c for c in catalogue.offence_classes if c.csae in VIEWS and c.holds_on(period.start) and _used(c.code, cube)
        ),
        populations=populations,
        quality=_quality(rows, checked, period, replied, len(forces)),
        base="{{ n('quality.count.forces_with_rows') }} of {{ n('quality.count.forces_expected') }} forces; "
        f"{period.label}; the day on which the table was drawn is not stated in it",
        source=checked.specification.attribution,
    )


def _forces(catalogue: Catalogue, period: Period) -> tuple[Force, ...]:
    """Every police force that existed in a quarter of the period, with its areas as they then were; the latest state wins."""
    found = {f.force_id: f for quarter in _quarters(period) for f in catalogue.forces_on(quarter.start)}
    return tuple(found.values())


def _used(code: str, cube: Cube) -> bool:
    return any(key[1] == code for key in cube.counts)


def _of_period(raw: Any, period: Period) -> Any:
    """The rows of the period, as received: what was trimmed or read as nought can be seen in them only."""
    quarter = ibis.literal("FY") + raw.financial_year.strip().replace("/", "-") + "Q" + raw.financial_quarter.strip()
    return raw.filter(quarter.isin([quarter.code for quarter in _quarters(period)]))


def _quality(rows: Any, checked: Checked, period: Period, replied: set[str], expected: int) -> dict[str, tuple[str, int]]:
    """What the quality page says was found, counted over every row of the period."""
    table = checked.specification.table(TABLE)
    con = connect()
    try:
        parts = [con.read_parquet(str(staged.parquet)) for staged in checked.staged[TABLE]]
        raw = _of_period(ibis.union(*parts) if len(parts) > 1 else parts[0], period)
        text = raw[table.field("number_of_offences").name]
        padded = int(raw.filter(text != text.strip()).count().to_pyarrow().as_py())
        minus_zero = int(raw.filter(text.strip() == "-00").count().to_pyarrow().as_py())
        outcome = raw.offence_description.lower().contains("outcome only")
        outcome_only = int(raw.filter(outcome).count().to_pyarrow().as_py())
    finally:
        con.disconnect()
    negative = rows.crimes < 0
    inside = rows.csae_view.isin(VIEWS)

    def count(condition: Any) -> int:
        return int(rows.filter(condition).count().to_pyarrow().as_py())

    bodies = rows.filter(~rows.body_kind.isin(POLICE))
    return {
        "rows": ("Rows read", int(rows.count().to_pyarrow().as_py())),
        "forces_expected": ("Forces that exist", expected),
        "forces_with_rows": ("Forces with rows in the table", len(replied)),
        "padded": ("Counts padded with spaces, which were trimmed", padded),
        "minus_zero": ("Counts written -00, which were read as 0", minus_zero),
        "negative": ("Cells below zero, which were kept: earlier crimes taken back", count(negative)),
        "negative_csae": ("Of these, in the classes of this report", count(negative & inside)),
        "bodies": ("Bodies that are not forces, kept apart", int(bodies.force_name.nunique().to_pyarrow().as_py())),
        "bodies_rows": ("Their rows, which are not counted here", int(bodies.count().to_pyarrow().as_py())),
        "outcome_only": ("Rows of classes closed to new crimes (outcome only)", outcome_only),
    }


def _context(facts: Facts) -> dict[str, str]:
    """What the wordings are chosen by: codes, never numbers."""
    quarters = facts.cube.over("quarter")
    codes = [q.code for q in facts.quarters]
    classes = {
        key[0]: n for key, n in facts.cube.where(offence_class={c.code for c in facts.classes}).over("offence_class").items()
    }
    named = {c.code: classes.get(c.code, 0) for c in facts.classes if c.csae == VIEWS[0]}
    return {
        "first_quarter": codes[0],
        "last_quarter": codes[-1],
        "one_quarter": "yes" if len(codes) == 1 else "",
        "several_quarters": "yes" if len(codes) > 1 else "",
        "standing_out": standing_out(quarters_charted(facts)),
        "highest_quarter": max(codes, key=lambda code: (quarters.get((code,), 0), code)),
        "lowest_quarter": min(codes, key=lambda code: (quarters.get((code,), 0), code)),
        "largest_class": max(named, key=lambda code: (named[code], code)),
        "population_year": str(next(iter(facts.populations.values())).year),
    }


def _layouts(catalogue: Catalogue, period: Period) -> Mapping[str, tuple[int, int, str]]:
    return {tile.force_id: (tile.column, tile.row, tile.short) for tile in catalogue.force_tiles(period.end)}


__all__ = ["COLLECTION", "Path", "Wordings", "contributions", "finish", "make"]
