"""Protected national aggregates for the checks of tier national: what all accepted returns of a year say together.

What leaves here is about no force and no person: codes that nearly every force (nine in ten or more) recorded at least
as often as may be printed, and shares of many records, to three decimals, with many records on both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis

from vkpp.basics.problems import RefusedByRule
from vkpp.catalogue.load import Catalogue
from vkpp.catalogue.specifications import Specification
from vkpp.engine.classification.csae import known
from vkpp.engine.shapes.national import National
from vkpp.engine.tables.session import connect
from vkpp.engine.validation.vocabulary import NATIONAL, Compiled, register

FEWEST_FORCES = 10  # with fewer, "nearly every force" says too much of one
NEARLY_EVERY = (9, 10)  # of the forces that are in: a small or special force may have none of a rare class
MANY = 100  # records on each side of a share that is given


def national(collection: str, period: str, returns: Mapping[str, Mapping[str, Path]], catalogue: Catalogue) -> National:
    """The aggregates of one period from its accepted returns (coded Parquet files by force and table).

    Raises RefusedByRule where fewer than ten forces are in, or the collection prints every count as it is and needs no file.
    """
    specification = catalogue.specification(collection)
    least = catalogue.disclosure_rule(specification.disclosure_rule).threshold
    if len(returns) < FEWEST_FORCES or least < 1:
        raise RefusedByRule(
            f"The returns of {len(returns)} forces are in for {period}.",
            expected=f"at least {FEWEST_FORCES} forces, and a disclosure rule with a threshold",
            next_step="make the aggregates when more returns are accepted, or name another period",
        )
    con = connect()
    try:
        everywhere, shares = {}, {}
        for check in _asking(specification):
            rows = _rows(con, check, returns)
            if check.must.operator == "recorded_as_everywhere":
                everywhere[check.check.id] = _everywhere(rows, len(returns), least)
            elif (share := _share(rows, check)) is not None:
                shares[check.check.id] = share
    finally:
        con.disconnect()
    return National(collection, period, len(returns), everywhere, shares)


def _asking(specification: Specification) -> list[Compiled]:
    read = (register(check, specification.table(check.table)) for check in specification.checks if check.tier == "national")
    return [one for one in read if one.must.operator in NATIONAL]


def _rows(con: Any, check: Compiled, returns: Mapping[str, Mapping[str, Path]]) -> Any:
    """The field that a check asks about, with the return that each record came from."""
    read = con.read_parquet([str(files[check.table.name]) for _, files in sorted(returns.items())], filename="_file")
    return read.select("_file", value=known(read[check.must.arguments["field"]]))


def _everywhere(rows: Any, forces: int, least: int) -> dict[str, Decimal]:
    counted = rows.drop_null("value").group_by("_file", "value").agg(n=lambda t: t.count())
    often = counted.filter(counted.n >= least).group_by("value").agg(forces=lambda t: t.count())
    nearly = often.filter(often.forces * NEARLY_EVERY[1] >= forces * NEARLY_EVERY[0]).to_pyarrow()["value"].to_pylist()
    records = {row["value"]: int(row["n"]) for row in _records(rows)}
    total = sum(records.values())
    shares = {code: _printed(records[code], total) for code in sorted(nearly)}
    return {code: share for code, share in shares.items() if share is not None}


def _records(rows: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rows.drop_null("value").group_by("value").agg(n=lambda t: t.count()).to_pyarrow().to_pylist()
    return found


def _printed(part: int, total: int) -> Decimal | None:
    """A share as it may leave, or nothing where few records are on one side of it."""
    return round(Decimal(part) / Decimal(total), 3) if part >= MANY and total - part >= MANY else None


def _share(rows: Any, check: Compiled) -> Decimal | None:
    arguments = check.must.arguments
    if arguments.get("missing"):
        part, there = rows.value.isnull(), ibis.literal(True)
    else:
        part, there = rows.value.isin(list(arguments["values"])).fill_null(False), rows.value.notnull()
    sums = rows.agg(part=(part & there).sum(), total=there.sum() if arguments.get("values") else rows.count())
    row = sums.to_pyarrow().to_pylist()[0]
    return _printed(int(row["part"] or 0), int(row["total"] or 0))
