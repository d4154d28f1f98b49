"""Recorded-crime rows to facts: which force, which offence class, which programme view, which quarter.

The official class is always kept; the programme's view ("child-named", "obscene-publications") stands beside it and never
replaces it: class 86 sits in "Miscellaneous crimes", so a count of "Sexual offences" alone would lose it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis

from vkpp.catalogue.load import Catalogue

NOT_CSAE = "no"


def classified(rows: Any, catalogue: Catalogue, *, on: date) -> Any:
    """`rows` (typed recorded-crime table, Ibis) with force_id, body_kind, offence_class, csae_view, quarter and crimes.

    `on` is a day of the period: names of forces and classes are looked up as they were then. Rows of bodies that are not
    forces keep their body's id and kind "body"; a name or class that the catalogue does not know becomes null, which
    validation has already refused.
    """
    forces = _lookup(rows, "force_name", lambda text: catalogue.force_named(text, on))
    classes = {c.code: c.csae for c in catalogue.offence_classes if _holds(c.valid_from, c.valid_to, on)}
    name, code = rows.force_name, rows.offence_code
    return rows.mutate(
        force_id=_mapped(name, {text: force.force_id for text, force in forces.items()}),
        body_kind=_mapped(name, {text: force.kind for text, force in forces.items()}),
        offence_class=code,
        csae_view=_mapped(code, classes).fill_null(NOT_CSAE),
        quarter=_quarter(rows),
        crimes=rows.number_of_offences,
    )


def _quarter(rows: Any) -> Any:
    """The period code of a row's quarter: 2017/18 and 1 give FY2017-18Q1."""
    return ibis.literal("FY") + rows.financial_year.replace("/", "-") + "Q" + rows.financial_quarter.cast("string")


def _lookup(rows: Any, column: str, find: Any) -> dict[str, Any]:
    texts = rows[column].name("text").as_table().distinct().order_by("text").to_pyarrow().column("text").to_pylist()
    found = {text: find(text) for text in texts if text is not None}
    return {text: entry for text, entry in found.items() if entry is not None}


def _mapped(column: Any, mapping: dict[str, str]) -> Any:
    return column.cases(*sorted(mapping.items()), else_=ibis.null("string")) if mapping else ibis.null("string")


def _holds(valid_from: date | None, valid_to: date | None, on: date) -> bool:
    return (valid_from is None or valid_from <= on) and (valid_to is None or on <= valid_to)
