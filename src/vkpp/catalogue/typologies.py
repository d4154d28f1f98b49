"""A collection's typology: rules with sources that say of a record what kind it is; data beside the specification.

The programme's view stands beside the official class and never in its place. Rules are a small closed vocabulary:

    offences: NAME                  the crime's offence_code is in the list NAME
    crime: EXPR                     EXPR on the crime's own fields
    any_suspect: EXPR               EXPR holds for at least one suspect of the crime
    any_relation: EXPR              EXPR holds for at least one relation of the crime
    none_known: {suspects: FIELD}   no suspect (or relation) of the crime has a known FIELD
    days_between: {fields: [a, b], more_than: n}
    any: [...], all: [...]

EXPR is {equals: {field, value}}, {one_of: {field, values}}, {between: {field, min, max}} or {missing: {field}}.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vkpp.basics.problems import UsageProblem
from vkpp.catalogue.specification_file import read_yaml

FILE = "typology.yaml"
CONNECTIVES = ("any", "all")
RULES = ("offences", "crime", "any_suspect", "any_relation", "none_known", "days_between", *CONNECTIVES)
EXPRESSIONS = ("equals", "one_of", "between", "missing")


@dataclass(frozen=True, slots=True)
class TypeRule:
    """One type: its rule, and when the answer is not known although the rule does not hold."""

    code: str
    title: str
    definition: str
    rule: Mapping[str, Any]
    unknown_when: Mapping[str, Any] | None
    source: str
    status: str
    criteria: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Typology:
    """All rules of one edition. `crime_types` give each record one type: the first list that holds (code, title, list name)."""

    edition: str
    status: str
    offence_lists: Mapping[str, tuple[str, ...]]
    crime_types: tuple[tuple[str, str, str], ...]
    types: tuple[TypeRule, ...]
    counted: Mapping[str, Any]
    document: Mapping[str, Any]
    suspects_from: int  # the age in years below which nobody is a suspect


def read_typology(folder: Path) -> Typology:
    """typology.yaml of a collection's folder, each rule proved to be in the vocabulary. Raises UsageProblem that names it."""
    document = read_yaml(folder / FILE)
    lists = {name: tuple(str(code) for code in codes) for name, codes in document["offence_lists"].items()}
    types = tuple(
        TypeRule(
            code=entry["code"],
            title=entry["title"],
            definition=entry["definition"],
            rule=_sound(entry["rule"], lists, entry["code"]),
            unknown_when=_sound(entry["unknown_when"], lists, entry["code"]) if entry.get("unknown_when") else None,
            source=entry["source"],
            status=entry["status"],
            criteria=entry.get("criteria", {}),
        )
        for entry in document["types"]
    )
    counted = _sound(document["counted"]["rule"], lists, "counted")
    suspects_from = int(document["under_ten"]["below"])
    crime_types = tuple((entry["code"], entry["title"], entry["offences"]) for entry in document["crime_types"])
    return Typology(str(document["edition"]), document["status"], lists, crime_types, types, counted, document, suspects_from)


def _sound(rule: Any, lists: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    if not isinstance(rule, Mapping) or len(rule) != 1 or next(iter(rule)) not in RULES:
        raise UsageProblem(
            f"The rule of {where} cannot be read: {rule!r}.",
            where=FILE,
            expected=f"one of {', '.join(RULES)}",
            next_step="correct it",
        )
    ((kind, argument),) = rule.items()
    if kind in CONNECTIVES:
        for part in argument:
            _sound(part, lists, where)
    if kind == "offences" and argument not in lists:
        raise UsageProblem(f"{where} names the offence list {argument!r}.", where=FILE, expected=f"one of {', '.join(lists)}")
    if kind in ("crime", "any_suspect", "any_relation") and next(iter(argument)) not in EXPRESSIONS:
        raise UsageProblem(f"{where}: {argument!r} cannot be read.", where=FILE, expected=f"one of {', '.join(EXPRESSIONS)}")
    return rule
