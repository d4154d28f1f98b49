"""Collection specifications: fields in Frictionless Table Schema, checks in a closed vocabulary, words for people.

A specification is one folder in catalogue/collections/<name>/ with `specification.yaml`. From it come the checks, the
guidance page, the blank workbook and the data dictionary. The loader refuses a specification that is not complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

FieldType = Literal["string", "integer", "number", "date", "yearmonth", "boolean"]
Tier = Literal["file", "cell", "record", "cross-table", "history", "national"]
Sensitivity = Literal["public", "internal", "personal", "special"]  # personal and special values are masked in findings


@dataclass(frozen=True, slots=True)
class Field:
    """One column. Type, format, constraints and missingValues as Table Schema has them; the rest is ours."""

    name: str
    title: str  # the heading that we print and expect
    type: FieldType
    description: str
    format: str = "default"  # dates: strptime pattern, "default" is ISO 8601; see "read_as" for accepted variants
    required: bool = False  # the column must be there
    headings: tuple[str, ...] = ()  # other headings accepted for this field, compared without case, spaces, punctuation
    code_list: str | None = None  # a code list of the catalogue: "forces", "offences", "outcomes", ...
    constraints: Mapping[str, Any] = field(default_factory=dict)
    missing_values: tuple[str, ...] = ("",)
    read_as: Mapping[str, str] = field(default_factory=dict)  # exact texts read as another: {"-00": "0"}; trimmed first
    example: str = ""
    sensitivity: Sensitivity = "public"


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    title: str
    description: str
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[Mapping[str, Any], ...] = ()
    record_words: tuple[str, str] = ("record", "records")

    def field(self, name: str) -> Field:
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise KeyError(f"table {self.name!r} has no field {name!r}; it has {', '.join(f.name for f in self.fields)}")


@dataclass(frozen=True, slots=True)
class Check:
    """One check: one id, one severity, one wording, one source, one example that passes, one that fails.

    `when` and `must` are expressions of the closed vocabulary (docs/checks.md): mappings operator -> arguments, such as
    {"in_list": {"field": "force", "list": "forces"}} or {"before": ["offence_from", "recorded"]}. A record is found when `when`
    holds (or is absent) and `must` does not. `message` and `fix` may hold {value}, {column} and field names in braces.
    `passes` and `fails` are lists of records (mappings field -> text as received) that a test runs.
    """

    id: str
    severity: Literal["error", "query", "note"]
    tier: Tier
    table: str
    column: str | None
    must: Mapping[str, Any]
    message: str
    fix: str
    source: str
    when: Mapping[str, Any] | None = None
    passes: tuple[Mapping[str, str], ...] = ()
    fails: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Specification:
    name: str
    edition: str
    title: str
    purpose: str
    lawful_basis: str
    publisher: str
    attribution: str
    tables: tuple[Table, ...]
    checks: tuple[Check, ...]
    period_field: str | None = None  # "table.field" that dates a record
    disclosure_rule: str = ""  # id of a rule in catalogue/data/disclosure_rules.yaml
    partial_acceptance: bool = False
    burden: Mapping[str, Any] = field(default_factory=dict)  # R9: hours per force and what they rest on
    retention: str = ""
    document: Mapping[str, Any] = field(default_factory=dict)  # the whole file as read, for the manifest

    def table(self, name: str) -> Table:
        for candidate in self.tables:
            if candidate.name == name:
                return candidate
        raise KeyError(f"specification {self.name!r} has no table {name!r}")
