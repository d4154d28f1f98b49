"""Every operator in plain Python: the reference against which the engine's compiled form is tested."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from vkpp.basics.identifiers import fold
from vkpp.catalogue.specifications import Table
from vkpp.engine.validation import values_plain
from vkpp.engine.validation.context import Context
from vkpp.engine.validation.functions import FUNCTIONS
from vkpp.engine.validation.vocabulary import Compiled, Expression

Record = Mapping[str, str | None]
Holds = bool | None  # None: not known, because a value is missing


class Row:
    """One record as the operators see it: raw texts read by the fields of the table."""

    def __init__(self, record: Record, table: Table) -> None:
        self.record, self.table = record, table

    def present(self, name: str) -> bool:
        return values_plain.cleaned(self.record.get(name), self.table.field(name)) is not None

    def readable(self, name: str) -> bool:
        return values_plain.readable(self.record.get(name), self.table.field(name))

    def known(self, name: str) -> Any:
        return values_plain.known(self.record.get(name), self.table.field(name))

    def text(self, name: str) -> str | None:
        return values_plain.known_text(self.record.get(name), self.table.field(name))

    def comparable(self, names: tuple[str, ...]) -> list[Any]:
        """Values side by side: a date beside a month is compared by month."""
        values = [self.known(name) for name in names]
        if any(self.table.field(name).type == "yearmonth" for name in names):
            return [v.replace(day=1) if isinstance(v, dt.date) else v for v in values]
        return values


def found(check: Compiled, record: Record, context: Context) -> bool:
    """Whether a check finds this record: `when` holds (or is absent) and `must` does not."""
    row = Row(record, check.table)
    if check.when is not None and holds(check.when, row, context) is not True:
        return False
    return holds(check.must, row, context) is False


def holds(expression: Expression, row: Row, context: Context) -> Holds:
    """Holds, does not hold, or None for not known."""
    parts = [holds(part, row, context) for part in expression.parts]
    if expression.operator == "all":
        return False if False in parts else None if None in parts else True
    if expression.operator == "any":
        return True if True in parts else None if None in parts else False
    if expression.operator == "not":
        return None if parts[0] is None else not parts[0]
    return _PLAIN[expression.operator](row, expression.arguments, context)


def _on_value(judge: Callable[[Any, Mapping[str, Any]], bool]) -> Callable[[Row, Mapping[str, Any], Context], Holds]:
    def operator(row: Row, arguments: Mapping[str, Any], _: Context) -> Holds:
        value = row.known(arguments["field"])
        return None if value is None else judge(value, arguments)

    return operator


def _on_text(judge: Callable[[str, Mapping[str, Any], Context], bool]) -> Callable[[Row, Mapping[str, Any], Context], Holds]:
    def operator(row: Row, arguments: Mapping[str, Any], context: Context) -> Holds:
        text = row.text(arguments["field"])
        return None if text is None else judge(text, arguments, context)

    return operator


def _on_pair(judge: Callable[[Any, Any], bool]) -> Callable[[Row, Mapping[str, Any], Context], Holds]:
    def operator(row: Row, arguments: Mapping[str, Any], _: Context) -> Holds:
        first, second = row.comparable(arguments["fields"])
        return None if first is None or second is None else judge(first, second)

    return operator


def _in_list(text: str, arguments: Mapping[str, Any], context: Context) -> bool:
    return fold(text) in context.accepted(arguments["list"])


def _pair_in_list(row: Row, arguments: Mapping[str, Any], context: Context) -> Holds:
    first, second = (row.text(name) for name in arguments["fields"])
    return None if first is None or second is None else fold(f"{first}|{second}") in context.folded_codes(arguments["list"])


def _sums_to(row: Row, arguments: Mapping[str, Any], _: Context) -> Holds:
    total, *parts = (row.known(name) for name in (arguments["field"], *arguments["parts"]))
    return None if total is None or None in parts else total == sum(parts)


def _within_period(row: Row, arguments: Mapping[str, Any], context: Context) -> Holds:
    period, day = context.the_period(), row.known(arguments["field"])
    return None if day is None else period.start <= day <= period.end


def _not_after_period(row: Row, arguments: Mapping[str, Any], context: Context) -> Holds:
    period, day = context.the_period(), row.known(arguments["field"])
    return None if day is None else day <= period.end


def _how_many_present(row: Row, arguments: Mapping[str, Any]) -> int:
    return sum(row.present(name) for name in arguments["fields"])


def _function(row: Row, arguments: Mapping[str, Any], _: Context) -> Holds:
    function = FUNCTIONS[arguments["name"]]
    return function.plain({name: row.known(name) for name in function.fields})


_PLAIN: dict[str, Callable[[Row, Mapping[str, Any], Context], Holds]] = {
    "required": lambda row, a, _: row.present(a["field"]),
    "readable": lambda row, a, _: row.readable(a["field"]),
    "missing": lambda row, a, _: row.known(a["field"]) is None,
    "in_list": _on_text(_in_list),
    "not_in_list": _on_text(lambda text, a, context: not _in_list(text, a, context)),
    "one_of": _on_value(lambda value, a: value in a["values"]),
    "matches": _on_text(lambda text, a, _: re.fullmatch(a["pattern"], text, re.ASCII) is not None),
    "length_between": _on_text(lambda text, a, _: a["min"] <= len(text) <= a["max"]),
    "between": _on_value(lambda value, a: a["min"] <= value <= a["max"]),
    "at_least": _on_value(lambda value, a: value >= a["value"]),
    "at_most": _on_value(lambda value, a: value <= a["value"]),
    "equals": _on_value(lambda value, a: value == a["value"]),
    "not_equals": _on_value(lambda value, a: value != a["value"]),
    "same": _on_pair(lambda first, second: first == second),
    "different": _on_pair(lambda first, second: first != second),
    "before": _on_pair(lambda first, second: first <= second),
    "strictly_before": _on_pair(lambda first, second: first < second),
    "within_period": _within_period,
    "not_after_period": _not_after_period,
    "present_together": lambda row, a, _: _how_many_present(row, a) in (0, len(a["fields"])),
    "exactly_one_of": lambda row, a, _: _how_many_present(row, a) == 1,
    "pair_in_list": _pair_in_list,
    "sums_to": _sums_to,
    "function": _function,
}
