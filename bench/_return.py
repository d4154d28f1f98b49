"""The benchmark's specification: the 30 columns of make_csv and 32 checks on them, and the lists that they ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.make_csv import FORCES, TITLES
from vkpp.basics.identifiers import fold
from vkpp.catalogue.specifications import Check, Field, Specification, Table

INTEGERS = ("victim_age", "suspect_age", "easting", "northing", "victims", "suspects")
NUMBERS = ("longitude", "latitude", "weight")
DATES = ("recorded_date", "offence_from", "offence_to", "outcome_date")
CLASSES = ("17A", "17B", "19C", "19D", "20A", "21", "22A", "22B", "70", "71", "73", "86", "88A")
ETHNICITY = ("W1", "W2", "B1", "B2", "A1", "A2", "M1", "O9", "N8", "N9")
SEXES = ("F", "M", "U")
YES_NO = ("yes", "suspected", "no")
PLACES = ("home", "school", "street", "online", "institution")
RELATIONSHIPS = ("parent", "sibling", "other family", "acquaintance", "stranger")
OUTCOMES = tuple(str(n) for n in range(1, 23))


def _type(name: str) -> str:
    return "integer" if name in INTEGERS else "number" if name in NUMBERS else "date" if name in DATES else "string"


FIELDS = tuple(
    Field(name, title, _type(name), title, required=True, missing_values=("", "n/k"))  # type: ignore[arg-type]
    for name, title in TITLES.items()
)
TABLE = Table("crimes", "Crimes", "An invented return", FIELDS)


@dataclass(frozen=True)
class List:
    codes: Mapping[str, str]
    accepts: Mapping[str, str] = field(default_factory=dict)


def _list(values: tuple[str, ...] | list[str]) -> List:
    return List(dict.fromkeys(values, ""), {fold(v): v for v in values})


class Lists:
    """As much of a catalogue as the checks ask for."""

    lists: Mapping[str, List] = {"forces": _list(FORCES), "classes": _list(CLASSES), "outcomes": _list(OUTCOMES)}

    def code_list(self, name: str) -> List:
        return self.lists[name]


def _limits(name: str, low: Any, high: Any) -> dict[str, Any]:
    return {"between": {"field": name, "min": low, "max": high}}


def _one_of(name: str, values: tuple[str, ...]) -> dict[str, Any]:
    return {"one_of": {"field": name, "values": list(values)}}


MUST: dict[str, dict[str, Any]] = {
    "crime-id-given": {"required": {"field": "crime_id"}},
    "crime-id-once": {"unique": {"fields": ["crime_id"]}},
    "crime-id-form": {"matches": {"field": "crime_id", "pattern": "X[0-9]{9}"}},
    "force-given": {"required": {"field": "force"}},
    "force-known": {"in_list": {"field": "force", "list": "forces"}},
    "recorded-given": {"required": {"field": "recorded_date"}},
    **{f"{name}-readable": {"readable": {"field": name}} for name in (*DATES, *INTEGERS, *NUMBERS)},
    "from-before-to": {"before": {"fields": ["offence_from", "offence_to"]}},
    "to-before-recorded": {"before": {"fields": ["offence_to", "recorded_date"]}},
    "from-default-date": {"not": _one_of("offence_from", ("1900-01-01",))},
    "offence-code-form": {"matches": {"field": "offence_code", "pattern": "[0-9]{3}/[0-9]{2}"}},
    "class-known": {"in_list": {"field": "offence_class", "list": "classes"}},
    "outcome-known": {"in_list": {"field": "outcome_code", "list": "outcomes"}},
    "victim-age-child": _limits("victim_age", 0, 17),
    "suspect-age-range": _limits("suspect_age", 10, 95),
    "victim-sex-known": _one_of("victim_sex", SEXES),
    "victim-ethnicity-known": _one_of("victim_ethnicity", ETHNICITY),
    "suspect-sex-known": _one_of("suspect_sex", SEXES),
    "suspect-ethnicity-known": _one_of("suspect_ethnicity", ETHNICITY),
    "relationship-known": _one_of("relationship", RELATIONSHIPS),
    "place-known": _one_of("place_kind", PLACES),
    "online-known": _one_of("online", YES_NO),
    "group-known": _one_of("group_offending", YES_NO),
    "sector-form": {"matches": {"field": "postcode_sector", "pattern": "[A-Z]{2}[0-9]{1,2} [0-9]"}},
    "longitude-range": _limits("longitude", -9, 2),
    "latitude-range": _limits("latitude", "49.5", 61),
    "victims-some": {"at_least": {"field": "victims", "value": 1}},
}
CHECKS = tuple(
    Check(
        id=name,
        severity="error",
        tier="cell",
        table="crimes",
        column=None,
        must=must,
        message="{column} is {value}.",
        fix="Correct it at its source and send the file again.",
        source="The benchmark",
    )
    for name, must in MUST.items()
)
SPECIFICATION = Specification(
    name="bench",
    edition="1",
    title="A return for measuring",
    purpose="Measuring",
    lawful_basis="None: every value is invented",
    publisher="The benchmark",
    attribution="None",
    tables=(TABLE,),
    checks=CHECKS,
)
