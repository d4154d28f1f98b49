"""Typed tables to coded ones: each code-list field holds the list's code, whatever wording the force used for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vkpp.basics.missing import MISSING_WORDS
from vkpp.catalogue.load import Catalogue
from vkpp.catalogue.specifications import Table
from vkpp.engine.tables.folding import folded, looked_up


def coded(rows: Any, table: Table, catalogue: Catalogue) -> Any:
    """`rows` (typed, Ibis) with codes in every field that has a code list; words for a missing value stay as they are.

    A text that the list does not know becomes null: validation has refused it before.
    """
    changed = {
        field.name: _codes(rows[field.name], catalogue.code_list(field.code_list).accepts)
        for field in table.fields
        if field.code_list and field.type == "string" and field.name in rows.columns
    }
    return rows.mutate(**changed)


def _codes(text: Any, accepts: Mapping[str, str]) -> Any:
    return looked_up(folded(text), dict(sorted({**{word: word for word in MISSING_WORDS}, **accepts}.items())))
