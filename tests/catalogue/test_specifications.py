"""Specifications: complete or refused; their vocabulary is the one that docs/checks.md describes; their examples hold."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from vkpp.catalogue.load import COLLECTIONS, Catalogue, load_catalogue
from vkpp.catalogue.rows import CatalogueProblem
from vkpp.catalogue.specification_file import specification_from
from vkpp.catalogue.vocabulary import COMBINATORS, OPERATORS, steps
from vkpp.engine.validation.vocabulary import OPERATORS as ENGINE

DOCS = Path(__file__).resolve().parents[2] / "docs" / "checks.md"
OURS = ("recorded-crime", "street-crime")


@pytest.mark.parametrize("name", OURS)
def test_a_shipped_specification_is_complete_in_words(shipped: Catalogue, name: str) -> None:
    held = shipped.specification(name)
    assert held.document["name"] == name
    assert min(len(getattr(held, words)) for words in ("purpose", "lawful_basis", "attribution", "retention")) > 40
    assert held.burden["hours_per_force"] == 0
    assert all(check.passes and check.fails and check.source for check in held.checks)


def test_the_open_table_expects_the_published_headings(shipped: Catalogue) -> None:
    titles = [field.title for field in shipped.specification("recorded-crime").table("recorded-crime").fields]
    assert titles == [
        "Financial Year",
        "Financial Quarter",
        "Force Name",
        "Offence Description",
        "Offence Group",
        "Offence Subgroup",
        "Offence Code",
        "Number of Offences",
    ]


def test_the_street_table_expects_the_published_headings(shipped: Catalogue) -> None:
    folder = Path(__file__).resolve().parents[1] / "data" / "street_crime"
    titles = ",".join(field.title for field in shipped.specification("street-crime").table("street").fields)
    assert {path.read_text(encoding="utf-8").splitlines()[0] for path in folder.glob("*.csv")} == {titles}


def test_negative_counts_are_no_error_and_say_why(shipped: Catalogue) -> None:
    checks = {check.id: check for check in shipped.specification("recorded-crime").checks}
    assert {checks[name].severity for name in ("count-negative", "body-not-force", "outcome-only")} == {"note"}
    assert "netted off" in checks["count-negative"].fix


def test_the_docs_and_the_code_speak_one_vocabulary() -> None:
    text = DOCS.read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE))
    assert described == set(OPERATORS) - {"function"}
    assert all(f"`{name}:" in text for name in (*COMBINATORS, "function"))


def test_a_new_collection_is_one_folder(tmp_path: Path) -> None:
    shutil.copytree(COLLECTIONS / "street-crime", tmp_path / "street-crime")
    (tmp_path / "empty-folder").mkdir()
    catalogue = load_catalogue(collections=tmp_path)
    assert catalogue.collections == ("street-crime",)
    assert catalogue.specification("street-crime").title.startswith("Street-level crime")


def document(name: str = "recorded-crime") -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((COLLECTIONS / name / "specification.yaml").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(
    ("path", "value", "saw"),
    [
        (("purpose",), "", "purpose is ''"),
        (("edition",), 2017, "edition is 2017"),
        (("burden",), {"rests_on": "x"}, "hours_per_force is None"),
        (("period_field",), "recorded-crime.day", "period_field"),
        (("surprise",), 1, "it has surprise"),
        (("tables", 0, "fields", 0, "type"), "text", "type is 'text'"),
        (("tables", 0, "fields", 2, "code_list"), "force", "code_list is 'force'"),
        (("tables", 0, "fields", 7, "read_as"), {"-00": 0}, "read_as"),
        (("tables", 0, "fields", 1, "name"), "financial_year", "a second time"),
        (("checks", 1, "id"), "year-given", "a second time"),
        (("checks", 0, "severity"), "fatal", "severity is 'fatal'"),
        (("checks", 0, "source"), "", "source is ''"),
        (("checks", 0, "passes"), [], "no example under passes"),
        (("checks", 0, "fails"), [{"financial_year": 2017}], "financial_year is 2017"),
        (("checks", 0, "fails"), [{"year": "2017"}], "it has year"),
        (("checks", 0, "message"), "Year {year} is odd.", "message holds year in braces"),
        (("checks", 0, "message"), "Year {value is odd.", "braces that do not match"),
        (("checks", 0, "must"), {"is_there": {"field": "financial_year"}}, "no operator 'is_there'"),
        (("checks", 0, "must"), {"required": {"field": "year"}}, "a field of required"),
        (("checks", 0, "must"), {"in_list": {"field": "force_name", "list": "force"}}, "the list of in_list"),
        (("checks", 0, "must"), {"matches": {"field": "force_name", "pattern": "(?=x)"}}, "looks around"),
        (("checks", 0, "must"), {"matches": {"field": "force_name", "pattern": "("}}, "cannot be read"),
        (("checks", 0, "must"), {"all": [{"unique": {"fields": ["force_name"]}}]}, "looks at a whole table"),
        (("checks", 0, "when"), {"count_between": {"min": 1}}, "looks at a whole table"),
        (("checks", 0, "must"), {"before": {"fields": ["force_name"]}}, "two names"),
        (("checks", 0, "must"), {"between": {"field": "financial_quarter", "min": 1}}, "needs max"),
        (("checks", 0, "must"), {}, "is not an operator"),
    ],
)
def test_what_is_not_complete_is_refused_in_words(shipped: Catalogue, path: tuple[Any, ...], value: object, saw: str) -> None:
    found = document()
    place: Any = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(CatalogueProblem) as refused:
        specification_from(found, shipped.code_lists)
    assert saw in refused.value.saw
    assert refused.value.expected


def test_a_refusal_names_the_line(tmp_path: Path) -> None:
    shutil.copytree(COLLECTIONS / "street-crime", tmp_path / "street-crime")
    path = tmp_path / "street-crime" / "specification.yaml"
    text = path.read_text(encoding="utf-8").replace("severity: note", "severity: remark")
    path.write_text(text, encoding="utf-8")
    line = text.splitlines().index("  - id: no-location") + 1
    with pytest.raises(CatalogueProblem) as refused:
        load_catalogue(collections=tmp_path).specification("street-crime")
    assert refused.value.where == f"catalogue file street-crime/specification.yaml, line {line}"


def test_the_folder_gives_the_name(tmp_path: Path) -> None:
    shutil.copytree(COLLECTIONS / "street-crime", tmp_path / "street")
    with pytest.raises(CatalogueProblem, match="the name of its folder, 'street'"):
        load_catalogue(collections=tmp_path).specification("street")


def test_short_forms_say_as_much_as_long_ones() -> None:
    assert [step.fields() for step in steps({"any": [{"required": "a"}, {"not": {"before": ["b", "c"]}}]})] == [
        ("a",),
        ("b", "c"),
    ]


def test_yaml_keeps_dates_as_text(tmp_path: Path) -> None:
    shutil.copytree(COLLECTIONS / "street-crime", tmp_path / "street-crime")
    path = tmp_path / "street-crime" / "specification.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace('edition: "2018.1"', "edition: 2018-04-01"), encoding="utf-8")
    assert load_catalogue(collections=tmp_path).specification("street-crime").edition == "2018-04-01"


def test_the_engine_speaks_the_same_vocabulary() -> None:
    assert {name: (set(o.needs), set(o.may)) for name, o in OPERATORS.items()} == {
        name: (set(o.needs), set(o.may)) for name, o in ENGINE.items()
    }
    assert {name for name, o in OPERATORS.items() if o.whole_table} == {
        name for name, o in ENGINE.items() if o.level != "record"
    }
