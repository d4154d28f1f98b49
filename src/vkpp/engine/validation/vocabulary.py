"""The closed vocabulary of checks: which operators there are, what they take, and what a check reads (docs/checks.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vkpp.basics.problems import Problem
from vkpp.catalogue.specifications import Check, Field, Table
from vkpp.engine.validation.values_plain import literal


class CannotRun(Problem):
    """A check cannot run as it is written, or not on this delivery. It blocks: what did not run has not passed."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One word of the vocabulary. `needs` and `may` are its arguments; `level` says whether it judges records or a table."""

    needs: tuple[str, ...]
    may: tuple[str, ...] = ()
    level: str = "record"


_RECORD: dict[str, Operator] = {
    "required": Operator(("field",)),
    "readable": Operator(("field",)),
    "missing": Operator(("field",)),
    "in_list": Operator(("field", "list")),
    "not_in_list": Operator(("field", "list")),
    "one_of": Operator(("field", "values")),
    "matches": Operator(("field", "pattern")),
    "length_between": Operator(("field", "min", "max")),
    "between": Operator(("field", "min", "max")),
    "at_least": Operator(("field", "value")),
    "at_most": Operator(("field", "value")),
    "equals": Operator(("field", "value")),
    "not_equals": Operator(("field", "value")),
    "same": Operator(("fields",)),
    "different": Operator(("fields",)),
    "before": Operator(("fields",)),
    "strictly_before": Operator(("fields",)),
    "within_period": Operator(("field",)),
    "not_after_period": Operator(("field",)),
    "present_together": Operator(("fields",)),
    "exactly_one_of": Operator(("fields",)),
    "pair_in_list": Operator(("fields", "list")),
    "sums_to": Operator(("field", "parts"), ("by",)),
}
# These name the records that they find, though they have to look at the whole table.
_AMONG: dict[str, Operator] = {
    "unique": Operator(("fields",), level="among"),
    "exists_in": Operator(("field", "table", "column"), level="among"),
}
_TABLE: dict[str, Operator] = {
    "share_between": Operator(("field",), ("values", "missing", "min", "max", "by"), level="table"),
    "count_between": Operator((), ("min", "max", "by"), level="table"),
    "every_of": Operator(("field", "list"), level="table"),
    "changed_by_at_most": Operator(("by", "ratio"), ("field", "count"), level="table"),
    "recorded_as_everywhere": Operator(("field",), level="table"),
    "share_as_nationally": Operator(("field", "ratio"), ("values", "missing"), level="table"),
}
OPERATORS: Mapping[str, Operator] = {**_RECORD, **_AMONG, **_TABLE, "function": Operator(("name",))}
COMBINATORS = ("all", "any", "not")
SHARES = ("share_between", "share_as_nationally")
OF_CODES = ("every_of", "recorded_as_everywhere")  # they find codes that no record has
NATIONAL = ("recorded_as_everywhere", "share_as_nationally")
_PAIRS = {"same", "different", "before", "strictly_before", "pair_in_list"}
_COMPARED = {"between": ("min", "max"), "at_least": ("value",), "at_most": ("value",), "equals": ("value",)}
_COMPARED |= {"not_equals": ("value",), "one_of": ("values",)}


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed `when` or `must`: an operator with its arguments, or a combinator with its parts."""

    operator: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[Expression, ...] = ()

    @property
    def level(self) -> str:
        if self.operator == "sums_to" and self.arguments.get("by"):
            return "table"
        return "record" if self.operator in COMBINATORS else OPERATORS[self.operator].level

    def fields(self) -> tuple[str, ...]:
        """The fields it reads, each once, in the order in which they are named."""
        return tuple(dict.fromkeys(self._named()))

    def flat(self) -> Iterator[Expression]:
        """The operators in it, combinators taken apart."""
        if self.operator not in COMBINATORS:
            yield self
        for part in self.parts:
            yield from part.flat()

    def _named(self) -> Iterator[str]:
        for part in self.parts:
            yield from part._named()
        if self.operator == "function":
            yield from self.arguments["fields"]
            return
        if "field" in self.arguments:
            yield self.arguments["field"]
        for name in ("fields", "parts", "by"):
            yield from self.arguments.get(name, ())


@dataclass(frozen=True, slots=True)
class Compiled:
    """A check that was read and found complete: where it looks, what must hold, and the words for a finding."""

    check: Check
    table: Table
    must: Expression
    when: Expression | None
    column: Field  # whose heading and value a finding shows

    @property
    def level(self) -> str:
        return self.must.level

    def fields(self) -> tuple[str, ...]:
        """What must be there for the check to run: the fields it judges, and the one that it shows."""
        named = (*self.must.fields(), *(self.when.fields() if self.when else ()), *self._shown())
        return tuple(dict.fromkeys(named))

    def _shown(self) -> tuple[str, ...]:
        return (self.check.column,) if self.check.column else ()


def fingerprint(checks: Sequence[Compiled]) -> str:
    """What the checks say, so that two lists of checks with the same fingerprint ask the same question."""
    return "\n".join(repr((c.check.id, c.check.table, c.check.must, c.check.when, c.check.column)) for c in checks)


def register(check: Check, table: Table) -> Compiled:
    """Read a check. Raises CannotRun when it lacks a place, a rule, words or a fix, or does not speak the vocabulary."""
    must = parse(check.must, table)
    when = parse(check.when, table) if check.when else None
    if when and must.operator in NATIONAL:
        raise CannotRun(f"{must.operator} looks at every record, as the national aggregates do: it takes no `when`.")
    if when and when.level != "record":
        raise CannotRun(f"`when` holds {when.operator}, which judges a whole table; `when` speaks of one record.")
    for name in ("id", "message", "fix", "source"):
        if not str(getattr(check, name)).strip():
            raise CannotRun(f"The check has no {name}.", next_step=f"give the check a {name}")
    _refuse_words_of_placeholders_only(check)
    shown = check.column or next(iter(must.fields()), table.fields[0].name if must.level == "table" else "")
    if not shown:
        raise CannotRun("The check has no place: it names no column and reads no field.")
    return Compiled(check, table, must, when, _field(table, shown))


def _refuse_words_of_placeholders_only(check: Check) -> None:
    """Words made only of placeholders would be empty for an empty record."""
    for name in ("message", "fix"):
        if not re.sub(r"\{[^{}]*\}|\W", "", getattr(check, name)):
            raise CannotRun(f"The {name} has no words of its own.", expected="a sentence, placeholders beside it")


def parse(expression: Mapping[str, Any], table: Table) -> Expression:
    """Read an expression. Raises CannotRun in words when it is not of the vocabulary or does not fit the table."""
    if not isinstance(expression, Mapping) or not expression:
        raise CannotRun(f"{expression!r} is not an expression.", expected="an operator with its arguments")
    parts = tuple(_one(str(name), arguments, table) for name, arguments in expression.items())
    if len(parts) == 1:
        return parts[0]
    return Expression("all", parts=_on_records(parts))


def _one(name: str, arguments: Any, table: Table) -> Expression:
    if name in ("all", "any"):
        if not isinstance(arguments, list | tuple) or not arguments:
            raise CannotRun(f"{name} has nothing in it.", expected="a list of expressions")
        return Expression(name, parts=_on_records(tuple(parse(a, table) for a in arguments)))
    if name == "not":
        return Expression(name, parts=_on_records((parse(arguments, table),)))
    if name not in OPERATORS:
        raise CannotRun(f"There is no operator {name!r}.", expected=f"one of {', '.join((*COMBINATORS, *OPERATORS))}")
    return Expression(name, _arguments(name, arguments, table))


def _on_records(parts: tuple[Expression, ...]) -> tuple[Expression, ...]:
    for part in parts:
        if part.level != "record":
            raise CannotRun(f"{part.operator} judges a whole table and must stand alone.")
    return parts


def _arguments(name: str, given: Any, table: Table) -> dict[str, Any]:
    operator = OPERATORS[name]
    if name == "function":
        return _function(given, table)
    arguments = _written_short(operator, given)
    known = {*operator.needs, *operator.may}
    if absent := [a for a in operator.needs if a not in arguments]:
        raise CannotRun(f"{name} lacks {', '.join(absent)}.", expected=f"{name} with {', '.join(operator.needs)}")
    if extra := [a for a in arguments if a not in known]:
        raise CannotRun(
            f"{name} does not take {', '.join(map(str, extra))}.", expected=", ".join((*operator.needs, *operator.may))
        )
    for many in ("fields", "parts", "by"):
        if many in arguments:
            arguments[many] = _several(arguments[many])
    _refuse_what_does_not_fit(name, arguments, table)
    return _with_literals(name, arguments, table)


def _function(given: Any, table: Table) -> dict[str, Any]:
    from vkpp.engine.validation.functions import FUNCTIONS

    name = given if isinstance(given, str) else given.get("name")
    if name not in FUNCTIONS:
        raise CannotRun(f"There is no reviewed function {name!r}.", expected=", ".join(FUNCTIONS) or "none is registered")
    for each in FUNCTIONS[name].fields:
        _field(table, each)
    return {"name": name, "fields": FUNCTIONS[name].fields}


def _written_short(operator: Operator, given: Any) -> dict[str, Any]:
    """`required: age` and `before: [from, to]` say as much as the long form."""
    if isinstance(given, Mapping):
        return dict(given)
    wanted = "fields" if isinstance(given, list | tuple) else "field"
    if operator.needs != (wanted,):
        raise CannotRun(f"{given!r} does not say which argument it is.", expected=f"a mapping of {', '.join(operator.needs)}")
    return {wanted: given}


def _several(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(v) for v in value)


def _refuse_what_does_not_fit(name: str, arguments: Mapping[str, Any], table: Table) -> None:
    for each in Expression(name, arguments).fields():
        _field(table, each)
    if name in _PAIRS and len(arguments["fields"]) != 2:
        raise CannotRun(f"{name} compares two fields, not {len(arguments['fields'])}.")
    if name in _PAIRS - {"pair_in_list"}:
        _refuse_mixed_kinds(*(_field(table, each) for each in arguments["fields"]))
    if name == "matches":
        _refuse_broken_pattern(arguments["pattern"])
    if name in ("within_period", "not_after_period") and _field(table, arguments["field"]).type not in ("date", "yearmonth"):
        raise CannotRun(f"{arguments['field']} is not a date.", expected="a field of type date or yearmonth")
    if name == "sums_to":
        _refuse_texts(table, (arguments["field"], *arguments["parts"]))
    if name == "changed_by_at_most" and ("field" in arguments) == bool(arguments.get("count")):
        raise CannotRun("changed_by_at_most compares a field or the count of records: one of the two.")
    if name == "changed_by_at_most" and "field" in arguments:
        _refuse_texts(table, (arguments["field"],))
    if name in SHARES and ("values" in arguments) == bool(arguments.get("missing")):
        raise CannotRun(f"{name} asks for values or for missing: one of the two.")
    if name == "recorded_as_everywhere" and not _field(table, arguments["field"]).code_list:
        raise CannotRun(f"{arguments['field']} has no code list.", expected="a field whose codes a list gives")
    if name in ("changed_by_at_most", "share_as_nationally") and not float(arguments["ratio"]) >= 1:
        raise CannotRun("The ratio is below 1.", expected="3 for: at most three times as much and at least a third")
    if name in ("share_between", "count_between") and not {"min", "max"} & set(arguments):
        raise CannotRun(f"{name} has neither min nor max.")


def comparable(first: Field, second: Field) -> bool:
    """Whether values of two fields can be set side by side: the same type, whole numbers and fractions, dates and months."""
    return first.type == second.type or {first.type, second.type} in ({"integer", "number"}, {"date", "yearmonth"})


def _refuse_mixed_kinds(first: Field, second: Field) -> None:
    if not comparable(first, second):
        raise CannotRun(f"{first.name} ({first.type}) cannot be compared with {second.name} ({second.type}).")


def _refuse_texts(table: Table, names: tuple[str, ...]) -> None:
    if texts := [n for n in names if _field(table, n).type not in ("integer", "number")]:
        raise CannotRun(f"{', '.join(texts)} cannot be added up.", expected="fields of type integer or number")


def _refuse_broken_pattern(pattern: Any) -> None:
    """Python's own reading comes first; the engine refuses look-around and back-references, which it does not have."""
    try:
        re.compile(str(pattern), re.ASCII)
    except re.error as broken:
        raise CannotRun(f"The pattern {pattern!r} is broken: {broken}.") from broken
    if re.search(r"\(\?(<?[=!]|P=)|\\[1-9]", str(pattern)):
        raise CannotRun(f"The pattern {pattern!r} looks around or back.", expected="RE2 syntax, which has neither")


def _with_literals(name: str, arguments: dict[str, Any], table: Table) -> dict[str, Any]:
    """Texts of the specification become values of the field's type once, here, so that both engines compare the same."""
    if name == "length_between":
        return arguments | {each: int(arguments[each]) for each in ("min", "max")}
    compared = ("values",) if name in SHARES and "values" in arguments else _COMPARED.get(name, ())
    for each in compared:
        of = _field(table, arguments["field"])
        given = arguments[each]
        many = isinstance(given, list | tuple)
        found = tuple(_literal(of, one) for one in (given if many else (given,)))
        arguments[each] = found if each == "values" else found[0]
    return arguments


def _literal(of: Field, given: Any) -> Any:
    found = literal(given, of)
    if found is None:
        raise CannotRun(f"{given!r} is not a value of {of.name}.", expected=f"something of type {of.type}")
    return found


def _field(table: Table, name: str) -> Field:
    try:
        return table.field(name)
    except KeyError as unknown:
        raise CannotRun(str(unknown.args[0])) from unknown
