"""Every operator as an Ibis expression: each gives true, false or null (not known), as its plain reference does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextvars import ContextVar
from functools import reduce
from typing import Any

import ibis

from vkpp.basics.identifiers import fold
from vkpp.catalogue.specifications import Field, Table
from vkpp.engine.tables import casting
from vkpp.engine.tables.folding import folded, full_match, says_why_missing, texts
from vkpp.engine.validation import values_plain
from vkpp.engine.validation.context import Context
from vkpp.engine.validation.functions import FUNCTIONS
from vkpp.engine.validation.vocabulary import OF_CODES, Compiled, Expression

# A wide decimal for sums and for whole numbers beside fractions: nothing of 64 bits overflows it.
_WIDE = "decimal(38, 6)"
_SHORT_LIST = 64  # constants
# Few records: the question itself costs more than its answer, so it is kept short. Each text is prepared once for all checks,
# and long lists are searched: IN with many constants would start a join for each, which costs more than a few thousand records.
FEW_RECORDS = 500_000
few: ContextVar[bool] = ContextVar("few", default=False)
# Searching a constant array is DuckDB's quickest way; elsewhere a search for null is false and not unknown, and IN is right.
searches: ContextVar[bool] = ContextVar("searches", default=True)
Asked = tuple[str, str]  # a field's name and what is asked of it: known, text, folded, present, readable


def prepared(staged: Any, table: Table, asked: Collection[Asked]) -> Row:
    """The staged table with what operators ask for beside each raw text.

    For a field x: `x` as received; `x~known` the typed value, null where it is not known; `x~text` the text of a known
    value; `x~folded` the text folded, whether known or not; `x~present` and `x~readable` as the operators ask. `asked` says
    which of these. Each is one expression of the raw text alone: so written, the engine works it out once for each distinct
    value of a stored column and not once for each record.
    """
    wanted = [(table.field(name), kind) for name, kind in sorted(asked)]
    from_text = {f"{f.name}~{kind}": _from_text(staged[f.name], f, kind) for f, kind in wanted if _is_first(f, kind)}
    first = staged.mutate(**from_text) if from_text else staged
    later = {f"{f.name}~{kind}": _from_value(first, f, kind) for f, kind in wanted if not _is_first(f, kind)}
    return Row(first.mutate(**later) if later else first, table)


def asks(check: Compiled) -> set[Asked]:
    """What a check wants prepared: a value that is there answers most questions, so that it always comes with its field."""
    found: set[Asked] = set()
    for expression in (check.must, *([check.when] if check.when else [])):
        for part in expression.flat():
            kinds = _ASKS.get(part.operator, ())
            found |= {(name, kind) for name in part.fields() for kind in kinds}
            if few.get() or not (part.operator in _LISTED and check.table.field(part.fields()[0]).type == "string"):
                found |= {(name, "known") for name in part.fields()}
            if few.get() and part.operator in ("in_list", "not_in_list"):
                found |= {(name, "folded") for name in part.fields()}
    return found


# What operators ask for beside the known value.
_ASKS: dict[str, tuple[str, ...]] = {
    "required": ("present",),
    "present_together": ("present",),
    "exactly_one_of": ("present",),
    "readable": ("readable",),
    **dict.fromkeys(OF_CODES, ("folded",)),
    **dict.fromkeys(("matches", "length_between", "pair_in_list"), ("text",)),
}


# For texts these look at the raw text first, and prepare nothing.
_LISTED = ("one_of", "in_list", "not_in_list")


def _is_first(f: Field, kind: str) -> bool:
    return kind in ("known", "folded") or (f.type == "string" and kind == "present")


def _from_text(text: Any, f: Field, kind: str) -> Any:
    clean = casting.cleaned(text, f)
    if kind == "folded":
        return folded(clean)
    if kind == "present":
        return clean.notnull()
    return casting.known_text(text, f) if f.type == "string" else casting.value(text, f)


def _from_value(t: Any, f: Field, kind: str) -> Any:
    """A value that is there is present and readable; only where there is none is the text looked at again."""
    known, yes = t[f"{f.name}~known"], ibis.literal(True)
    if f.type == "string":
        return known if kind == "text" else yes
    clean = casting.cleaned(t[f.name], f)
    if kind == "text":
        return known.notnull().ifelse(clean, ibis.null("string"))
    if kind == "present":
        return known.notnull().ifelse(yes, clean.notnull())
    return known.notnull().ifelse(yes, clean.isnull() | says_why_missing(clean).fill_null(False))


class Row:
    """A prepared table as the operators see it."""

    def __init__(self, prepared_table: Any, table: Table) -> None:
        self.t, self.table = prepared_table, table

    def present(self, name: str) -> Any:
        return self.t[f"{name}~present"]

    def readable(self, name: str) -> Any:
        return self.t[f"{name}~readable"]

    def known(self, name: str) -> Any:
        return self.t[f"{name}~known"]

    def text(self, name: str) -> Any:
        return self.t[f"{name}~text"]

    def folded(self, name: str) -> Any:
        """The folded text, also of a word that says why there is no value: ask `known` beside it."""
        return self.t[f"{name}~folded"]

    def comparable(self, names: Sequence[str]) -> list[Any]:
        return [side_by_side(self.known(n), self.table.field(n), [self.table.field(o) for o in names]) for n in names]


def side_by_side(value: Any, own: Field, others: Sequence[Field]) -> Any:
    """A value made comparable with others: dates by month where one is a month, whole numbers as decimals beside decimals."""
    types = {f.type for f in others}
    if "yearmonth" in types and own.type == "date":
        return value.truncate("M")
    return value.cast(_WIDE) if types == {"integer", "number"} else value


def found(check: Compiled, row: Row, context: Context) -> Any:
    """True where the check finds the record; null, as well as false, where it does not."""
    fails = ~holds(check.must, row, context)
    return holds(check.when, row, context) & fails if check.when else fails


def applies(check: Compiled, row: Row, context: Context) -> Any:
    """True where `when` holds or is absent; never null."""
    return holds(check.when, row, context).fill_null(False) if check.when else ibis.literal(True)


def holds(expression: Expression, row: Row, context: Context) -> Any:
    """The engine's three-valued logic is the one of docs/checks.md: false decides `all`, true decides `any`."""
    parts = [holds(part, row, context) for part in expression.parts]
    if expression.operator == "all":
        return reduce(lambda a, b: a & b, parts)
    if expression.operator == "any":
        return reduce(lambda a, b: a | b, parts)
    if expression.operator == "not":
        return ~parts[0]
    return _COMPILED[expression.operator](row, expression.arguments, context)


def _on_pair(judge: Callable[[Any, Any], Any]) -> Callable[[Row, Mapping[str, Any], Context], Any]:
    return lambda row, a, _: judge(*row.comparable(a["fields"]))


def _value(row: Row, arguments: Mapping[str, Any], name: str) -> Any:
    """A literal of the specification in the type of its field."""
    return literal(arguments[name], row.table.field(arguments["field"]))


def literal(value: Any, field: Field) -> Any:
    kinds = {"number": casting.NUMBER, "integer": "int64", "date": "date", "yearmonth": "date"}
    return ibis.literal(value, type=kinds.get(field.type))


def among(value: Any, values: Collection[Any]) -> Any:
    """`isin` for constants. DuckDB makes a join of IN with more than a handful of them; a short list is faster searched."""
    given = list(values)
    searched = searches.get() and len(given) > 1 and (few.get() or len(given) <= _SHORT_LIST)
    if not searched:
        return value.isin(given)
    return (texts(given) if all(isinstance(one, str) for one in given) else ibis.array(given)).contains(value)


def _in_list(row: Row, arguments: Mapping[str, Any], context: Context) -> Any:
    field = row.table.field(arguments["field"])
    accepted, codes = context.accepted(arguments["list"]), context.codes(arguments["list"])
    if few.get():
        there = row.known(field.name).notnull()
        return there.ifelse(among(row.folded(field.name), sorted(accepted)), ibis.null("boolean"))
    text = row.t[field.name]
    known = casting.known_text(text, field) if field.type == "string" else row.known(field.name)
    asked = known.notnull().ifelse(among(folded(casting.cleaned(text, field)), sorted(accepted)), ibis.null("boolean"))
    usual = {text for text in (*codes, *codes.values()) if fold(text) in accepted}
    return _unless_at_once(text, field, usual, asked) if field.type == "string" else asked


def _one_of(row: Row, arguments: Mapping[str, Any], _: Context) -> Any:
    field, values = row.table.field(arguments["field"]), arguments["values"]
    if field.type != "string" or few.get():
        return among(row.known(field.name), [literal(v, field) for v in values])
    text = row.t[field.name]
    return _unless_at_once(text, field, values, among(casting.known_text(text, field), values))


def _unless_at_once(text: Any, field: Field, usual: Collection[str], asked: Any) -> Any:
    """True at once where the raw text is one of the usual ones, as nearly all are; only the others are cleaned and asked."""
    at_once = sorted(t for t in usual if values_plain.known_text(t, field) == t)
    return among(text, at_once).ifelse(ibis.literal(True), asked) if at_once else asked


def _pair_in_list(row: Row, arguments: Mapping[str, Any], context: Context) -> Any:
    first, second = (row.text(name) for name in arguments["fields"])
    return among(folded(first + "|" + second), sorted(context.folded_codes(arguments["list"])))


def _sums_to(row: Row, arguments: Mapping[str, Any], _: Context) -> Any:
    total, *parts = (row.known(name).cast(_WIDE) for name in (arguments["field"], *arguments["parts"]))
    return total == reduce(lambda a, b: a + b, parts)


def _within_period(row: Row, arguments: Mapping[str, Any], context: Context) -> Any:
    period = context.the_period()
    return row.known(arguments["field"]).between(ibis.literal(period.start), ibis.literal(period.end))


def _not_after_period(row: Row, arguments: Mapping[str, Any], context: Context) -> Any:
    return row.known(arguments["field"]) <= ibis.literal(context.the_period().end)


def _how_many_present(row: Row, arguments: Mapping[str, Any]) -> Any:
    return reduce(lambda a, b: a + b, (row.present(name).cast("int64") for name in arguments["fields"]))


def _together(row: Row, arguments: Mapping[str, Any], _: Context) -> Any:
    return _how_many_present(row, arguments).isin([0, len(arguments["fields"])])


def _function(row: Row, arguments: Mapping[str, Any], _: Context) -> Any:
    function = FUNCTIONS[arguments["name"]]
    return function.compiled({name: row.known(name) for name in function.fields})


_COMPILED: dict[str, Callable[[Row, Mapping[str, Any], Context], Any]] = {
    "required": lambda row, a, _: row.present(a["field"]),
    "readable": lambda row, a, _: row.readable(a["field"]),
    "missing": lambda row, a, _: row.known(a["field"]).isnull(),
    "in_list": _in_list,
    "not_in_list": lambda row, a, context: ~_in_list(row, a, context),
    "one_of": _one_of,
    "matches": lambda row, a, _: full_match(row.text(a["field"]), a["pattern"]),
    "length_between": lambda row, a, _: row.text(a["field"]).length().between(a["min"], a["max"]),
    "between": lambda row, a, _: row.known(a["field"]).between(_value(row, a, "min"), _value(row, a, "max")),
    "at_least": lambda row, a, _: row.known(a["field"]) >= _value(row, a, "value"),
    "at_most": lambda row, a, _: row.known(a["field"]) <= _value(row, a, "value"),
    "equals": lambda row, a, _: row.known(a["field"]) == _value(row, a, "value"),
    "not_equals": lambda row, a, _: row.known(a["field"]) != _value(row, a, "value"),
    "same": _on_pair(lambda first, second: first == second),
    "different": _on_pair(lambda first, second: first != second),
    "before": _on_pair(lambda first, second: first <= second),
    "strictly_before": _on_pair(lambda first, second: first < second),
    "within_period": _within_period,
    "not_after_period": _not_after_period,
    "present_together": _together,
    "exactly_one_of": lambda row, a, _: _how_many_present(row, a) == 1,
    "pair_in_list": _pair_in_list,
    "sums_to": _sums_to,
    "function": _function,
}
