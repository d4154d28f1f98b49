"""Record-level CSAE returns to answers: for each counted crime, what kind it is: true, false, or null where nobody knows.

The rules are the typology's (catalogue/collections/csae/typology.yaml), compiled here to Ibis. Rows are never counted as
crimes: suspects and relations are asked about crime by crime.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_, or_
from typing import Any

import ibis

from vkpp.basics.missing import MISSING_WORDS
from vkpp.catalogue.typologies import Typology

KEY = ("force_id", "return_period", "crime_ref")  # a force may number its crimes anew in each return
NOT_KNOWN_RELATIONSHIP = "REL-NK"
UNKNOWN = (*MISSING_WORDS, NOT_KNOWN_RELATIONSHIP)


@dataclass(frozen=True, slots=True)
class Return:
    """The four coded tables of one or many returns, each with force_id and return_period (Ibis tables)."""

    crimes: Any
    victims: Any
    suspects: Any
    relations: Any


def children_apart(returns: Return, typology: Typology) -> tuple[Return, Any]:
    """The returns without children who are listed as suspects below the age for it, and those children's rows (R12).

    All that is counted is as if the force had taken the rows out, as its check asks: their relations go with them.
    """
    suspects, below = returns.suspects, typology.suspects_from
    listed = suspects.filter((suspects.age < below).fill_null(False))
    whose = listed.select(*KEY, suspect_ref=listed.person_ref).distinct()
    left = suspects.filter((suspects.age >= below).fill_null(True))
    related = returns.relations.anti_join(whose, [*KEY, "suspect_ref"])
    return replace(returns, suspects=left, relations=related), listed


def answered(returns: Return, typology: Typology) -> Any:
    """The counted crimes with `crime_type` (text) and one nullable boolean for each type's code."""
    crimes = counted(returns.crimes, typology)
    crimes = _with_people(crimes, returns, typology)
    types = {entry.code: _answer(entry.rule, entry.unknown_when, crimes, typology) for entry in typology.types}
    return crimes.mutate(crime_type=_crime_type(crimes, typology), **types).drop(*_asides(typology))


def counted(crimes: Any, typology: Typology) -> Any:
    """Those of the crimes that count: a transferred one is counted by the force that received it, a cancelled one by nobody."""
    return crimes.filter(_rule(typology.counted, crimes, typology))


def known(column: Any) -> Any:
    """The column with the words for a missing value, and an unknown relationship, as null."""
    return column.isin(list(UNKNOWN)).ifelse(ibis.null("string"), column) if column.type().is_string() else column


def _answer(rule: Mapping[str, Any], unknown_when: Mapping[str, Any] | None, crimes: Any, typology: Typology) -> Any:
    holds = _rule(rule, crimes, typology).fill_null(False)
    if unknown_when is None:
        return holds
    unknown = _rule(unknown_when, crimes, typology).fill_null(False)
    return ibis.cases((holds, True), (unknown, ibis.null("boolean")), else_=False)


def _rule(rule: Mapping[str, Any], crimes: Any, typology: Typology) -> Any:
    ((kind, argument),) = rule.items()
    if kind in ("any", "all"):
        parts = [_rule(part, crimes, typology).fill_null(False) for part in argument]
        return reduce(or_ if kind == "any" else and_, parts)
    if kind == "offences":
        return crimes.offence_code.isin(typology.offence_lists[argument])
    if kind == "crime":
        return _expression(argument, crimes)
    if kind == "days_between":
        first, last = (crimes[name] for name in argument["fields"])
        return last.delta(first, unit="day") > argument["more_than"]
    return crimes[_aside(kind, argument)].fill_null(kind == "none_known")


def _expression(expression: Mapping[str, Any], rows: Any) -> Any:
    ((operator, argument),) = expression.items()
    column = rows[argument["field"]]
    if operator == "missing":
        return known(column).isnull()
    if operator == "equals":
        return known(column) == argument["value"]
    if operator == "one_of":
        return known(column).isin(argument["values"])
    return column.between(argument["min"], argument["max"])


def _crime_type(crimes: Any, typology: Typology) -> Any:
    branches = [(crimes.offence_code.isin(typology.offence_lists[name]), code) for code, _, name in typology.crime_types]
    return ibis.cases(*branches, else_="other")


# Questions to the people of a crime become one column each, joined to the crime.


def _aside(kind: str, argument: Mapping[str, Any]) -> str:
    return f"_{kind}_" + "".join(c if c.isalnum() else "_" for c in str(argument))


def _questions(typology: Typology) -> dict[str, tuple[str, Mapping[str, Any]]]:
    found: dict[str, tuple[str, Mapping[str, Any]]] = {}

    def walk(rule: Mapping[str, Any]) -> None:
        ((kind, argument),) = rule.items()
        if kind in ("any", "all"):
            for part in argument:
                walk(part)
        elif kind in ("any_suspect", "any_relation", "none_known"):
            found[_aside(kind, argument)] = (kind, argument)

    for entry in typology.types:
        walk(entry.rule)
        if entry.unknown_when is not None:
            walk(entry.unknown_when)
    return found


def _asides(typology: Typology) -> tuple[str, ...]:
    return tuple(_questions(typology))


def _with_people(crimes: Any, returns: Return, typology: Typology) -> Any:
    for table in ("suspects", "relations"):
        rows = getattr(returns, table)
        asked = {name: _asked(q, rows) for name, q in _questions(typology).items() if _table_of(q) == table}
        if asked:
            grouped = rows.group_by(list(KEY)).agg(**asked)
            crimes = crimes.left_join(grouped, list(KEY)).drop(*(f"{key}_right" for key in KEY))
    return crimes


def _table_of(question: tuple[str, Mapping[str, Any]]) -> str:
    kind, argument = question
    if kind == "none_known":
        return str(next(iter(argument)))
    return "suspects" if kind == "any_suspect" else "relations"


def _asked(question: tuple[str, Mapping[str, Any]], rows: Any) -> Any:
    kind, argument = question
    if kind == "none_known":
        return known(rows[next(iter(argument.values()))]).count() == 0
    return _expression(argument, rows).fill_null(False).any()
