"""Each invented force's own habits: how it heads its columns and words its answers. Values become text here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

import polars as pl

from vkpp.catalogue.example import example_catalogue
from vkpp.catalogue.specifications import Field, Table
from vkpp.ops.example.nation import Respondent

ANSWERED = ("csa_flag", "cse_flag", "online_flag", "group_based")
LEFT_EMPTY = ("outcome_date", "group_criteria", "other_force")  # empty where they do not apply: no reason is asked for
_ANSWERS = {
    "words": {},
    "letters": {"yes": "Y", "no": "N", "suspected": "S"},
    "capitals": {"yes": "Yes", "no": "No", "suspected": "Suspected"},
}
_SEX = {"capitals": {"F": "Female", "M": "Male", "X": "Other"}}
_STATUS = {
    "capitals": {"recorded": "Recorded", "transferred": "Transferred", "cancelled": "Cancelled"},
    "letters": {"recorded": "Live"},
}
_VICTIM = {"capitals": {"person": "Person", "state": "Regina"}, "letters": {"person": "P", "state": "S"}}
_CRITERIA = {
    "capitals": {c: c.capitalize() for c in ("familial", "institutional", "ritualistic", "other", "unknown")}
    | {"exploitation": "CSE"}
}
_MISSING = {"letters": {"not recorded": "NR", "not known": "Unknown"}}
_NATION = {"spoken": {"GB": "British"}}
_NO_OUTCOME = {"titles": "Ongoing", "typed": "No Outcome", "numbered": "Ongoing", "oc": "New – Under Investigation"}
_OUTCOME_SHAPES = {"typed": r"Type [0-9]+[a-z]? - ", "numbered": r"[0-9]+[A-Z]?: ", "oc": r"OC[0-9]+ "}


def rendered(tables: Mapping[str, pl.DataFrame], force: Respondent) -> dict[str, pl.DataFrame]:
    """The tables in the force's words, under the specification's names: text, but for dates and whole numbers."""
    return {name: _rendered(table, force) for name, table in tables.items()}


def headed(table: pl.DataFrame, name: str, force: Respondent) -> pl.DataFrame:
    """The table under the force's own headings."""
    fields = {f.name: f for f in specified(name).fields}
    return table.rename({column: _heading(fields[column], force.headings) for column in table.columns})


def as_text(table: pl.DataFrame) -> pl.DataFrame:
    """Dates and numbers as text too: what a text file holds, and what faults are planted in."""
    return table.with_columns(pl.col(pl.Date).dt.to_string("%Y-%m-%d"), pl.col(pl.Int64).cast(pl.String)).with_columns(
        pl.all().fill_null("")
    )


@cache
def specified(name: str) -> Table:
    return example_catalogue().specification("csae").table(name)


def _heading(field: Field, style: str) -> str:
    if style == "terse":
        return field.name
    if style == "spoken" and field.headings:
        return field.headings[0]
    if style == "system" and field.headings:
        return field.headings[-1].upper()
    return field.title


def _rendered(table: pl.DataFrame, force: Respondent) -> pl.DataFrame:
    changes = {column: _wording(column, force) for column in table.columns}
    filled = [c for c in table.columns if c not in LEFT_EMPTY]
    words = {c: _missing(c, force) for c in filled if table.schema[c] == pl.String}
    said = table.with_columns(pl.col(c).replace(m) for c, m in changes.items() if m)
    return said.with_columns(pl.col(c).fill_null(word) for c, word in words.items()).with_columns(
        pl.col(c).cast(pl.String).fill_null(force.missing) for c in ("age", "children_under_10") if c in table.columns
    )


def _missing(column: str, force: Respondent) -> str:
    """Why there is no value, in the force's words; only columns that take such a word get its short form."""
    short = _MISSING.get(force.answers, {}) if column in _SHORT else {}
    return short.get(force.missing, force.missing)


_SHORT = (*ANSWERED, "place", "place_kind", "sex", "age_basis", "ethnicity_self", "ethnicity_officer", "nationality")


def _wording(column: str, force: Respondent) -> Mapping[str, str]:
    if column in ANSWERED:
        return _ANSWERS[force.answers]
    by_answers = {"sex": _SEX, "status": _STATUS, "victim_by_design": _VICTIM, "group_criteria": _CRITERIA}
    if column in by_answers:
        return by_answers[column].get(force.answers, {})
    if column == "outcome":
        return outcome_words(force.outcomes)
    if column == "nationality":
        return _NATION.get(force.headings, {})
    lists = {"place_kind": "kinds_of_place", "relationship": "relationships"}
    if column in lists and force.outcomes != "codes":
        return example_catalogue().code_list(lists[column]).codes
    return {}


@cache
def outcome_words(style: str) -> Mapping[str, str]:
    """Outcome code to the wording of a style; the list's title where the style has none of its own."""
    outcomes = example_catalogue().code_list("outcomes")
    if style == "codes":
        return {}
    words = dict(outcomes.codes)
    shape = re.compile(_OUTCOME_SHAPES.get(style, "$^"))
    for wording in reversed(outcomes.wordings):
        if wording.code and shape.match(wording.text):
            words[wording.code] = wording.text
    return words | {"none-yet": _NO_OUTCOME[style]}
