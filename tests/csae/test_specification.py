"""The specification csae: complete, asking for no name, address or date of birth, and its examples do what they say."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from vkpp.basics.missing import MISSING_WORDS
from vkpp.catalogue.example import example_catalogue
from vkpp.catalogue.load import load_catalogue
from vkpp.catalogue.specifications import Specification

ISSUE_FIELDS = {
    "crimes": {
        *("crime_ref", "offence_code", "offence_class", "offence_title", "offence_edition", "recorded", "offence_from"),
        *("offence_to", "outcome", "outcome_date", "place", "place_kind", "group_criteria", "victim_by_design", "status"),
    },
    "victims": {"crime_ref", "person_ref", "age", "age_basis", "sex", "ethnicity_self", "ethnicity_officer", "nationality"},
    "suspects": {"crime_ref", "person_ref", "age", "age_basis", "sex", "ethnicity_self", "ethnicity_officer", "nationality"},
    "relations": {"crime_ref", "victim_ref", "suspect_ref", "relationship"},
}
NEVER_ASKED = ("name", "surname", "forename", "address", "postcode", "birth", "dob", "telephone", "email", "national_insurance")
# Empty by design where they do not apply: an outcome that is not there has no date.
MAY_BE_EMPTY = {("crimes", "outcome_date"), ("crimes", "group_criteria"), ("crimes", "other_force")}


@pytest.fixture(scope="module")
def csae() -> Specification:
    return load_catalogue().specification("csae")


@pytest.fixture(scope="module")
def typology() -> Mapping[str, Any]:
    path = load_catalogue().collections_folder / "csae" / "typology.yaml"
    read: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return read


def _fields_of(expression: Any) -> set[str]:
    """Every field that an expression names."""
    if isinstance(expression, list):
        return set().union(*(_fields_of(e) for e in expression)) if expression else set()
    if not isinstance(expression, Mapping):
        return set()
    found = {expression["field"]} if isinstance(expression.get("field"), str) else set()
    found |= {f for f in expression.get("fields", ()) if isinstance(f, str)}
    return found.union(*(_fields_of(value) for value in expression.values()))


def test_it_has_the_tables_and_fields_of_the_issue(csae: Specification) -> None:
    assert {t.name for t in csae.tables} == set(ISSUE_FIELDS)
    for table in csae.tables:
        assert ISSUE_FIELDS[table.name] <= {f.name for f in table.fields}


def test_no_name_address_or_date_of_birth_is_asked_for(csae: Specification) -> None:
    for table in csae.tables:
        for field in table.fields:
            for heading in (field.name, field.title, *field.headings):
                assert not [w for w in NEVER_ASKED if w in heading.lower().split()], (table.name, heading)
                assert "birth" not in heading.lower()


def test_people_are_personal_and_ethnicity_and_nationality_special(csae: Specification) -> None:
    for table in ("victims", "suspects"):
        kinds = {f.name: f.sensitivity for f in csae.table(table).fields}
        assert {kinds[n] for n in ("ethnicity_self", "ethnicity_officer", "nationality")} == {"special"}
        assert {kinds[n] for n in ("person_ref", "age", "sex")} == {"personal"}


def test_every_field_has_a_missingness_check_and_another(csae: Specification) -> None:
    for table in csae.tables:
        own = [c for c in csae.checks if c.table == table.name]
        required = {c.must["required"]["field"] for c in own if "required" in c.must}
        judged = set().union(*(_fields_of(c.must) for c in own if "required" not in c.must))
        for field in table.fields:
            assert field.name in required or (table.name, field.name) in MAY_BE_EMPTY, (table.name, field.name)
            assert field.name in judged, (table.name, field.name)


def test_every_tier_and_severity_is_used(csae: Specification) -> None:
    assert {c.tier for c in csae.checks} == {"file", "cell", "record", "cross-table", "history", "national"}
    assert {c.severity for c in csae.checks} == {"error", "query", "note"}


def test_every_check_says_what_to_do_and_has_examples(csae: Specification) -> None:
    for check in csae.checks:
        assert check.message and check.fix and check.source and check.passes and check.fails, check.id
        assert check.message.endswith("."), check.id
        assert check.fix.endswith("."), check.id


def test_words_about_children_and_suspects(csae: Specification) -> None:
    """Rule R12: suspects until an outcome says otherwise; children, not minors; no juvenile, no perpetrator, no occurred."""
    words = " ".join(f"{c.message} {c.fix}" for c in csae.checks) + " ".join(
        f.description for t in csae.tables for f in t.fields
    )
    for refused in ("minor", "juvenile", "perpetrator", "offender", "occurred", "young person"):
        assert f"{refused}" not in words.lower(), refused


def test_children_under_10_stand_apart(csae: Specification, typology: Mapping[str, Any]) -> None:
    age = csae.table("suspects").field("age")
    assert age.constraints["minimum"] == 10
    assert next(c for c in csae.checks if c.id == "suspects-under-10").severity == "error"
    assert typology["under_ten"]["counts"] == {"sum_of": {"field": "children_under_10"}}


def test_it_says_purpose_basis_retention_and_hours(csae: Specification) -> None:
    assert "PROPOSED" in csae.lawful_basis
    assert "PROPOSED" in csae.retention
    assert csae.burden["hours_per_force"] > 0
    assert csae.period_field == "crimes.recorded"


def test_missing_words_are_answers_in_every_coded_field(csae: Specification) -> None:
    """A field may not read a word for a missing value as something else, but where the list has a code of its own for it."""
    for table in csae.tables:
        for field in table.fields:
            turned = {k: v for k, v in field.read_as.items() if k.lower() in MISSING_WORDS and v.lower() not in MISSING_WORDS}
            assert not turned or field.name == "relationship", (field.name, turned)


def test_outcome_wordings_are_those_of_the_catalogue(csae: Specification) -> None:
    outcomes = load_catalogue().code_list("outcomes")
    read_as = csae.table("crimes").field("outcome").read_as
    assert {text: outcomes.code_for(text) for text in read_as if outcomes.code_for(text)} == {
        text: code for text, code in read_as.items() if outcomes.code_for(text)
    }
    assert set(read_as.values()) <= set(outcomes.codes)
    assert [w.text for w in outcomes.wordings if w.code and w.text not in read_as] == []


@pytest.mark.parametrize(
    ("field", "name"), [("place_kind", "kinds_of_place"), ("relationship", "relationships"), ("sex", "sexes")]
)
def test_what_is_read_as_a_code_is_a_code(csae: Specification, field: str, name: str) -> None:
    codes = set(load_catalogue().code_list(name).codes)
    for table in csae.tables:
        for found in (f for f in table.fields if f.name == field):
            assert {v for v in found.read_as.values() if v not in MISSING_WORDS} <= codes


def test_it_loads_with_the_invented_register_as_it_is(csae: Specification) -> None:
    assert example_catalogue().specification("csae") == csae


def test_the_typology_is_proposed_and_every_offence_has_one_type(typology: Mapping[str, Any]) -> None:
    assert typology["status"] == "proposed"
    assert {t["code"] for t in typology["types"]} == {
        *("T-CONTACT", "T-IIOC", "T-ONLINE", "T-FAM", "T-CHILD", "T-GROUP", "T-NONREC", "T-EXPLOIT", "T-INST"),
    }
    for kind in typology["types"]:
        assert kind["status"] == "proposed"
        assert kind["source"] in typology["sources"]
    lists = typology["offence_lists"]
    typed = [code for kind in typology["crime_types"] for code in lists[kind["offences"]]]
    assert len(typed) == len(set(typed))
    known = {
        o.code
        for o in load_catalogue().offences("2026-04")
        if o.csae in ("child-named", "victim-age-needed", "indecent-images")
    }
    assert set(typed) == known
    assert set(lists["contact"]).isdisjoint(lists["contact-or-online"])
    assert set(lists["images"]) == {"086/02", "086/10", "086/15"}
