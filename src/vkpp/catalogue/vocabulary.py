"""The closed vocabulary of checks: which operators there are and what each takes. docs/checks.md says what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

COMBINATORS = ("all", "any", "not")
_LOOK_AROUND = re.compile(r"\(\?(?:[=!]|<[=!])|\\[1-9]")


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator: the arguments that it needs, and those that it may have."""

    name: str
    needs: tuple[str, ...]
    may: tuple[str, ...] = ()
    whole_table: bool = False
    pair: bool = False  # `fields` holds exactly two


def _operators(*operators: Operator) -> Mapping[str, Operator]:
    return {operator.name: operator for operator in operators}


OPERATORS: Mapping[str, Operator] = _operators(
    Operator("required", ("field",)),
    Operator("readable", ("field",)),
    Operator("missing", ("field",)),
    Operator("in_list", ("field", "list")),
    Operator("not_in_list", ("field", "list")),
    Operator("one_of", ("field", "values")),
    Operator("matches", ("field", "pattern")),
    Operator("length_between", ("field", "min", "max")),
    Operator("between", ("field", "min", "max")),
    Operator("at_least", ("field", "value")),
    Operator("at_most", ("field", "value")),
    Operator("equals", ("field", "value")),
    Operator("not_equals", ("field", "value")),
    Operator("same", ("fields",), pair=True),
    Operator("different", ("fields",), pair=True),
    Operator("before", ("fields",), pair=True),
    Operator("strictly_before", ("fields",), pair=True),
    Operator("within_period", ("field",)),
    Operator("not_after_period", ("field",)),
    Operator("present_together", ("fields",)),
    Operator("exactly_one_of", ("fields",)),
    Operator("pair_in_list", ("fields", "list"), pair=True),
    Operator("sums_to", ("field", "parts"), ("by",)),
    Operator("unique", ("fields",), whole_table=True),
    Operator("exists_in", ("field", "table", "column"), whole_table=True),
    Operator("share_between", ("field",), ("values", "missing", "min", "max", "by"), whole_table=True),
    Operator("count_between", (), ("min", "max", "by"), whole_table=True),
    Operator("every_of", ("field", "list"), whole_table=True),
    Operator("changed_by_at_most", ("by", "ratio"), ("field", "count"), whole_table=True),
    Operator("recorded_as_everywhere", ("field",), whole_table=True),
    Operator("share_as_nationally", ("field", "ratio"), ("values", "missing"), whole_table=True),
    Operator("function", ("name",)),  # a reviewed function of the engine; validation knows which there are
)


@dataclass(frozen=True, slots=True)
class Step:
    """One operator as it stands in an expression, its arguments, and whether it stands there alone."""

    operator: Operator
    arguments: Mapping[str, Any]
    alone: bool

    def fields(self) -> tuple[str, ...]:
        """The fields of the check's own table that the arguments name."""
        several = (*self._many("fields"), *self._many("parts"), *self._many("by"))
        return (str(self.arguments["field"]), *several) if "field" in self.arguments else several

    def _many(self, name: str) -> tuple[str, ...]:
        value = self.arguments.get(name, ())
        return tuple(str(v) for v in value) if isinstance(value, (list, tuple)) else (str(value),)

    @property
    def whole_table(self) -> bool:
        return self.operator.whole_table or (self.operator.name == "sums_to" and bool(self.arguments.get("by")))


def steps(expression: Mapping[str, Any], *, alone: bool = True) -> Iterator[Step]:
    """Every operator in an expression, combinators walked through. Raises ValueError, in words, where it is not well formed."""
    if not isinstance(expression, Mapping) or not expression:
        raise ValueError(f"{expression!r} is not an operator with its arguments")
    alone = alone and len(expression) == 1
    for name, arguments in expression.items():
        if name in COMBINATORS:
            yield from _inside(name, arguments)
        else:
            given = _long_form(name, arguments)
            yield Step(_operator(name, given), given, alone)


def _inside(name: str, arguments: object) -> Iterator[Step]:
    parts = [arguments] if name == "not" else arguments
    if not isinstance(parts, list) or not parts:
        raise ValueError(f"{name} takes {'one expression' if name == 'not' else 'a list of expressions'}")
    for part in parts:
        yield from steps(part, alone=False)


def _long_form(name: str, given: Any) -> Any:
    """`required: age` and `before: [from, to]` say as much as the long form; so does `function: name`."""
    if isinstance(given, list):
        return {"fields": given}
    if isinstance(given, str):
        return {"name" if name == "function" else "field": given}
    return given


def _operator(name: str, arguments: object) -> Operator:
    if name not in OPERATORS:
        raise ValueError(f"there is no operator {name!r}; there are {', '.join((*OPERATORS, *COMBINATORS))}")
    operator = OPERATORS[name]
    if not isinstance(arguments, Mapping):
        raise ValueError(f"{name} takes {', '.join(operator.needs)} by name")
    if absent := [a for a in operator.needs if a not in arguments]:
        raise ValueError(f"{name} needs {', '.join(absent)}")
    if unknown := [a for a in arguments if a not in (*operator.needs, *operator.may)]:
        raise ValueError(f"{name} does not take {', '.join(unknown)}")
    _sound(operator, arguments)
    return operator


def _sound(operator: Operator, arguments: Mapping[str, Any]) -> None:
    """What is true of single operators only."""
    name, fields = operator.name, arguments.get("fields", [])
    if "fields" in operator.needs and (not isinstance(fields, list) or not fields):
        raise ValueError(f"{name}: fields is a list of names")
    if operator.pair and len(fields) != 2:
        raise ValueError(f"{name}: fields holds two names, first and second")
    if name == "one_of" and (not isinstance(arguments["values"], list) or not arguments["values"]):
        raise ValueError("one_of: values is a list")
    if name == "share_between" and ("values" in arguments) == bool(arguments.get("missing")):
        raise ValueError("share_between takes values, or missing: true, and not both")
    if name == "changed_by_at_most" and ("field" in arguments) == bool(arguments.get("count")):
        raise ValueError("changed_by_at_most takes a field, or count: true, and not both")
    if name == "changed_by_at_most" and not (isinstance(arguments["ratio"], int | float) and arguments["ratio"] >= 1):
        raise ValueError("changed_by_at_most: ratio is 1 or more; 3 is at most three times as much and at least a third")
    if name in ("share_between", "count_between") and not {"min", "max"} & set(arguments):
        raise ValueError(f"{name} needs min, max or both")
    if name == "matches":
        _sound_pattern(str(arguments["pattern"]))


def _sound_pattern(pattern: str) -> None:
    if _LOOK_AROUND.search(pattern):
        raise ValueError(f"matches: the pattern {pattern!r} looks around or refers back, which the table engine cannot do")
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"matches: the pattern {pattern!r} cannot be read ({error})") from None
