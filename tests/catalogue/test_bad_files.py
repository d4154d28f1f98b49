"""A corrupt file of the catalogue is refused whole, with file, line and what was expected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vkpp.catalogue.load import load_catalogue
from vkpp.catalogue.rows import CatalogueProblem

Edit = Callable[[str, str, str], None]


@pytest.mark.parametrize(
    ("name", "old", "new", "saw"),
    [
        ("forces.csv", "kent,Kent,", "Kent!,Kent,", "force_id is 'Kent!'"),
        ("forces.csv", "kent,Kent,", "essex,Kent,", "'essex' stands here a second time"),
        ("forces.csv", "force_id,name,", "id,name,", "The header is id, name"),
        ("forces.csv", "CIFAS,,CIFAS,", "CIFAS,,CIFAS,,,,", "The line has 16 cells"),
        ("forces.csv", "2017-07-01", "July 2017", "'July 2017'"),
        ("forces.csv", ",uk-finance,", ",uk-finances,", "'uk-finances' is no force of this file"),
        ("force_aliases.csv", "GMP,greater-manchester", "GMP,greater-london", "'greater-london' is not in forces.csv"),
        ("force_aliases.csv", "GMP,greater-manchester", "Kent Police,greater-manchester", "would mean both"),
        ("force_areas.csv", "kent,region,", "kent,district,", "'district'"),
        ("force_tiles.csv", "suffolk,8,6", "suffolk,8,5", "stand on one tile"),
        ("populations.csv", "kent,2019,under_18,persons,408818", "kent,2019,under_18,persons,408 818", "'408 818'"),
        ("populations.csv", "kent,2019,under_18,persons,408818", "kent,2019,under_81,persons,408818", "'under_81'"),
        ("bank_holidays.csv", "2022-09-19", "2022-08-29", "2022-08-29 stands here a second time"),
        ("lists/sexes.csv", "M,Male,,man|boy", "M,Male,,man|girl", "'girl' would mean both"),
        ("lists/sexes.csv", "F,Female,,woman|girl,,,,proposed", "F,Female,,woman|girl,,,,hearsay", "'hearsay'"),
        ("wordings/outcomes.csv", "Offender has died,5,,hert", "Offender has died,55,,hert", "'55' is not in the list"),
        ("limits.csv", "proposed", "sure", "'sure'"),
        ("breaks.csv", "2023-06-01", "2023-06-31", "'2023-06-31'"),
        ("offence_editions.csv", "2017-04-01,2018-03-31", "2017-04-01,2016-03-31", "It ends on 2016-03-31"),
    ],
)
def test_a_corrupt_row_is_named(seed: Path, edit: Edit, name: str, old: str, new: str, saw: str) -> None:
    before, _, _ = (seed / name).read_text(encoding="utf-8").partition(old)
    edit(name, old, new)
    with pytest.raises(CatalogueProblem) as refused:
        load_catalogue(seed)
    problem = refused.value
    assert saw in problem.saw
    assert problem.expected
    assert problem.where == f"catalogue file {Path(name).name}, line {before.count(chr(10)) + 1}"


def test_bytes_that_are_not_utf8_are_named(seed: Path) -> None:
    (seed / "forces.csv").write_bytes((seed / "forces.csv").read_bytes() + b"\xff\xfe")
    with pytest.raises(CatalogueProblem, match=r"not UTF-8.*forces\.csv"):
        load_catalogue(seed)


def test_an_open_quote_is_named(seed: Path) -> None:
    text = (seed / "forces.csv").read_text(encoding="utf-8")
    (seed / "forces.csv").write_text(text + 'x,"open', encoding="utf-8")
    with pytest.raises(CatalogueProblem, match="cannot be read as CSV"):
        load_catalogue(seed)


def test_an_empty_file_is_named(seed: Path) -> None:
    (seed / "force_areas.csv").write_text("", encoding="utf-8")
    with pytest.raises(CatalogueProblem, match=r"header is empty.*force_areas\.csv"):
        load_catalogue(seed)


@pytest.mark.parametrize(
    ("old", "new", "saw"),
    [
        ("id: csae", "id: csae\n    treshold: 5", "treshold not known"),
        ("threshold: 5 ", "threshold: 1 ", "hides nothing"),
        ("rules:", "rule:", "no list of rules"),
        ("kind: threshold", "kind: [threshold", "cannot be read as YAML"),
    ],
)
def test_a_bad_disclosure_rule_never_loads(seed: Path, edit: Edit, old: str, new: str, saw: str) -> None:
    edit("disclosure_rules.yaml", old, new)
    with pytest.raises(CatalogueProblem, match=saw):
        load_catalogue(seed)


def test_a_class_that_no_edition_has_is_named(seed: Path) -> None:
    with (seed / "offences.csv").open("a", encoding="utf-8") as stream:
        stream.write("2026-04,999/99,ZZ,Title,Act,Sec,E,2,V,no,,,,,,no,no,,,,,proposed,proposed\n")
    with pytest.raises(CatalogueProblem, match=r"Class 'ZZ' is not in edition 2026-04.*line 1610"):
        load_catalogue(seed)
