"""How full the columns of a return are: values, and each reason why there is none; against the period before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from vkpp.basics.missing import Missing, missing_of
from vkpp.catalogue.specifications import Specification, Table
from vkpp.engine.shapes.pack import Filled
from vkpp.engine.statistics.proportions import proportions

NOT_KNOWN, NOT_STATED = Missing.NOT_KNOWN.value, "not stated"
NO_WHY = "for a reason that is not kept"  # of a number or a date: the word that stood there went when it was typed
# Codes of a list that stand for no answer, by the group that the list puts them in.
_NO_ANSWER = {"Unknown": NOT_KNOWN, "Not stated": NOT_STATED}


def expected(specification: Specification) -> frozenset[tuple[str, str]]:
    """(table, field) of the columns in which every record should hold a value: a check asks for one without a condition."""
    return frozenset(
        (check.table, str(check.must["required"].get("field", check.column)))
        for check in specification.checks
        if check.when is None and isinstance(check.must.get("required"), Mapping)
    )


def no_answers(table: Table, lists: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """By field: codes that stand for no answer, and the word for each. `lists` are code lists' entries by name."""
    return {
        field.name: {
            code: _NO_ANSWER[entry.group] for code, entry in lists[field.code_list].items() if entry.group in _NO_ANSWER
        }
        for field in table.fields
        if field.code_list and field.code_list in lists
    }


def filled(
    table: Table,
    columns: Mapping[str, Mapping[Any, int]],
    wanted: frozenset[tuple[str, str]],
    words: Mapping[str, Mapping[str, str]],
) -> Iterator[Filled]:
    """Each column of a table from its values and how often each stands there (None: no value).

    A word or a code for no answer is counted by what it says, a blank text as "not recorded".
    """
    for field in table.fields:
        counts: Counter[str] = Counter()
        for value, n in columns.get(field.name, {}).items():
            counts[_why(value, words.get(field.name, {}), text=field.type == "string")] += n
        records = counts.total()
        known = counts.pop("", 0)
        yield Filled(
            table.name,
            field.name,
            field.title,
            records,
            known,
            dict(sorted(counts.items())),
            (table.name, field.name) in wanted,
        )


def _why(value: Any, codes: Mapping[str, str], *, text: bool) -> str:
    """Why there is no value; "" where there is one."""
    if value is None:
        return Missing.NOT_RECORDED.value if text else NO_WHY
    if not isinstance(value, str):
        return ""
    if value in codes:
        return codes[value]
    if value.casefold() == "unknown":
        return NOT_KNOWN
    missing = missing_of(value)
    return missing.value if missing else ""


def compared(now: Sequence[Filled], before: Sequence[Filled]) -> tuple[Filled, ...]:
    """The columns with their share of the period before; moved where the two 95% intervals do not touch."""
    held = {(one.table, one.field): one for one in before if one.applies}
    return tuple(_beside(one, held.get((one.table, one.field))) for one in now)


def _beside(one: Filled, before: Filled | None) -> Filled:
    if before is None:
        return one
    if not one.applies:
        return replace(one, before=before.share)
    both = proportions([before.known, one.known], [before.applies, one.applies]).at(0.95)
    apart = both.lower[1] > both.upper[0] or both.upper[1] < both.lower[0]
    return replace(one, before=before.share, moved=bool(apart))
