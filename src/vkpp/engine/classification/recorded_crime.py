"""Recorded-crime rows to facts: which force, which offence class, which programme view, which quarter.

The official class is always kept; the programme's view ("child-named", "obscene-publications") stands beside it and never
replaces it: class 86 sits in "Miscellaneous crimes", so a count of "Sexual offences" alone would lose it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import ibis

from vkpp.basics.periods import Period
from vkpp.catalogue.load import Catalogue

NOT_CSAE = "no"


def classified(rows: Any, catalogue: Catalogue) -> Any:
    """`rows` (typed recorded-crime table, Ibis) with force_id, body_kind, offence_class, csae_view, quarter and crimes.

    Names of forces and classes are looked up as they were on the first day of the row's quarter. Rows of bodies that are not
    forces keep their body's id and kind "body"; a name that the catalogue does not know becomes null, which validation has
    already refused.
    """
    dated = rows.mutate(quarter=_quarter(rows))
    forces = _lookup(dated, "force_name", catalogue.force_named)
    classes = _lookup(dated, "offence_code", catalogue.offence_class)
    name, code = _keyed(dated, "force_name"), _keyed(dated, "offence_code")
    return dated.mutate(
        force_id=_mapped(name, {key: force.force_id for key, force in forces.items()}),
        body_kind=_mapped(name, {key: force.kind for key, force in forces.items()}),
        offence_class=dated.offence_code,
        csae_view=_mapped(code, {key: entry.csae for key, entry in classes.items()}).fill_null(NOT_CSAE),
        crimes=dated.number_of_offences,
    )


def _quarter(rows: Any) -> Any:
    """The period code of a row's quarter: 2017/18 and 1 give FY2017-18Q1."""
    return ibis.literal("FY") + rows.financial_year.replace("/", "-") + "Q" + rows.financial_quarter.cast("string")


def _keyed(rows: Any, column: str) -> Any:
    return rows.quarter + "|" + rows[column]


def _lookup(rows: Any, column: str, find: Callable[[str, date | None], Any]) -> dict[str, Any]:
    """What each text of a column means in each quarter, by "quarter|text"; texts that mean nothing are left out."""
    pairs = rows.select("quarter", text=rows[column]).distinct().order_by("quarter", "text").to_pyarrow().to_pylist()
    found = {}
    for pair in pairs:
        if pair["quarter"] is not None and pair["text"] is not None:
            entry = find(pair["text"], Period.parse(pair["quarter"]).start)
            if entry is not None:
                found[f"{pair['quarter']}|{pair['text']}"] = entry
    return found


def _mapped(column: Any, mapping: dict[str, str]) -> Any:
    return column.cases(*sorted(mapping.items()), else_=ibis.null("string")) if mapping else ibis.null("string")
