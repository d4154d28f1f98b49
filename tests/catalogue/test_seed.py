"""The shipped seed: who the forces are, what the real table calls them, and that nothing recalled passes as official."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import zipfile
from collections import Counter, defaultdict
from datetime import date

import pytest

from vkpp.basics.identifiers import sha256_of_bytes
from vkpp.basics.periods import Period
from vkpp.basics.problems import RefusedByRule, UsageProblem
from vkpp.catalogue.load import SEED, Catalogue, Waiver
from vkpp.catalogue.rows import CONFIDENCES

TABLE = "prc-pfa-mar2013-onwards-tables201718"
DAY = date(2018, 3, 31)
FY = Period.parse("FY2017-18")


@pytest.fixture(scope="module")
def published() -> list[dict[str, str]]:
    with zipfile.ZipFile(SEED / "recorded_crime" / f"{TABLE}.zip") as packed:
        return list(csv.DictReader(io.StringIO(packed.read(f"{TABLE}.csv").decode("utf-8"))))


def test_forty_three_forces_and_the_british_transport_police(shipped: Catalogue) -> None:
    kinds = Counter(force.kind for force in shipped.forces_on(DAY))
    assert kinds == {"territorial": 43, "special": 1}
    codes = {force.pfa_code for force in shipped.forces_on(DAY) if force.kind == "territorial"}
    assert codes == {f"E230000{n:02d}" for n in range(1, 40)} | {f"W1500000{n}" for n in range(1, 5)}


def test_every_force_name_of_the_published_table_resolves(shipped: Catalogue, published: list[dict[str, str]]) -> None:
    names = {row["Force Name"] for row in published}
    found = {name: shipped.force_named(name) for name in names}
    assert [name for name, force in found.items() if force is None] == []
    assert {name for name, force in found.items() if force and force.kind == "body"} == {
        "Action Fraud",
        "CIFAS",
        "UK Finance",
        "Financial Fraud Action UK",
    }
    assert len({force.force_id for force in found.values() if force}) == len(names) == 48


def test_every_class_title_group_and_subgroup_of_the_published_table_is_held(
    shipped: Catalogue, published: list[dict[str, str]]
) -> None:
    for column, name in (
        ("Offence Description", "offence_class_titles"),
        ("Offence Group", "offence_class_groups"),
        ("Offence Subgroup", "offence_class_subgroups"),
    ):
        assert {(row["Offence Code"], row[column]) for row in published} <= shipped.code_list(name).pairs


def test_the_shipped_table_is_the_one_that_the_attribution_names(published: list[dict[str, str]]) -> None:
    with zipfile.ZipFile(SEED / "recorded_crime" / f"{TABLE}.zip") as packed:
        digest = sha256_of_bytes(packed.read(f"{TABLE}.csv"))
    words = (SEED / "recorded_crime" / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert digest in words
    assert "Open Government Licence v3.0" in words
    counts = Counter(row["Number of Offences"].strip() for row in published)
    assert len(published) == 23_068
    assert counts["-00"] == 5_792
    assert sum(n for text, n in counts.items() if text.startswith("-") and text != "-00") == 36


def test_the_published_figures_come_out_of_the_classes(shipped: Catalogue, published: list[dict[str, str]]) -> None:
    totals: dict[str, int] = defaultdict(int)
    for row in published:
        force, offence_class = shipped.force_named(row["Force Name"], DAY), shipped.offence_class(row["Offence Code"], DAY)
        if force and force.kind != "body" and offence_class:
            text = row["Number of Offences"].strip()
            totals[offence_class.csae] += 0 if text == "-00" else int(text)
    assert (totals["child-named"], totals["obscene-publications"]) == (59_679, 22_949)


def test_names_fold_and_days_decide(shipped: Catalogue) -> None:
    for text in ("london, city of", " City  of London Police ", "COLP"):
        force = shipped.force_named(text)
        assert force is not None
        assert force.force_id == "city-of-london"
    devon = shipped.force_named("Devon & Cornwall Police")
    assert devon is not None
    assert devon.name == "Devon and Cornwall"
    assert shipped.force_named("West Midlands region") is None
    assert shipped.force_named("Financial Fraud Action UK", date(2017, 12, 1)) is None
    assert shipped.force_named("Heddlu De Cymru") == shipped.force_named("South Wales")


def test_region_and_approval_area_are_two_attributes(shipped: Catalogue) -> None:
    kent = shipped.force("kent")
    assert (kent.region_name, kent.approval_area, kent.area_confidence) == ("South East", "ERSOU", "seen")
    assert shipped.force("metropolitan").approval_area == "London"
    assert shipped.force("devon-and-cornwall").area_confidence == "recalled"
    assert shipped.force("action-fraud").approval_area == "none"


def test_a_population_prints_its_year_and_the_small_one_says_so(shipped: Catalogue) -> None:
    kent, city = shipped.population("kent", FY), shipped.population("city-of-london", FY)
    assert (kent.value, kent.year, kent.unreliable) == (408_818, 2019, False)
    assert (city.value, city.unreliable) == (1_621, True)
    assert "[u]" in city.note
    assert shipped.population("kent", FY, "all").year == 2019
    assert shipped.population("kent", Period.parse("CY2021"), "all").year == 2020
    assert shipped.population("kent", FY, sex="male").value + shipped.population("kent", FY, sex="female").value == kent.value


def test_a_stale_population_is_refused_unless_somebody_signs(shipped: Catalogue) -> None:
    assert shipped.population("kent", Period.parse("CY2024")).year == 2019
    for code in ("CY2025", "CY2013"):
        with pytest.raises(RefusedByRule, match="mid-2019, 6 years from"):
            shipped.population("kent", Period.parse(code))
    waiver = Waiver("A. Statistician", date(2026, 1, 5), "no newer estimate is out")
    assert shipped.population("kent", Period.parse("CY2025"), waiver=waiver).year == 2019
    with pytest.raises(UsageProblem, match="not complete"):
        Waiver("", date(2026, 1, 5), "because")


def test_a_force_without_residents_has_no_population(shipped: Catalogue) -> None:
    with pytest.raises(RefusedByRule, match="no population of children under 18 for btp"):
        shipped.population("btp", FY)
    with pytest.raises(UsageProblem, match="No band"):
        shipped.population("kent", FY, "under_21")


def test_the_offence_code_alone_is_no_key(shipped: Catalogue) -> None:
    offences = shipped.offences("2026-04")
    classes = defaultdict(set)
    for offence in offences:
        classes[offence.code].add(offence.class_code)
    assert sum(len(found) > 1 for found in classes.values()) == 26
    assert len({offence.key for offence in offences}) == len(offences) == 1_608
    assert {o.class_code for o in shipped.offence_register.of("071/17", "88A")} == {"88A"}
    assert shipped.offence_register.of("071/17", "71") == ()
    assert not any(hasattr(shipped, name) for name in ("offence", "offence_by_code", "offence_named"))
    assert {c for code, c in shipped.code_list("offence_keys").pairs if code == "019/07"} == classes["019/07"]


def test_class_86_stays_in_its_official_group(shipped: Catalogue) -> None:
    held = shipped.offence_class("86", DAY)
    assert held is not None
    assert (held.ho_group, held.csae, held.edition) == ("Miscellaneous crimes", "obscene-publications", "2017-18")
    later = shipped.offence_class("86")
    assert later is not None
    assert later.edition == "2026-04"
    assert shipped.offence_class("86", date(2010, 1, 1)) is None


def test_the_two_ethnicity_schemes_stay_apart(shipped: Catalogue) -> None:
    own, officer = shipped.code_list("ethnicity_self_defined"), shipped.code_list("ethnicity_officer_defined")
    assert not set(own.codes) & set(officer.codes)
    assert [code for code in own.codes if officer.code_for(code)] == []
    assert [code for code in officer.codes if own.code_for(code)] == []
    assert (own.code_for("w1"), officer.code_for("w1")) == ("W1", None)
    assert (officer.code_for("IC1"), own.code_for("IC1")) == ("IC1", None)
    assert not any("ethnicity" in name for name in shipped.code_lists if name not in (own.name, officer.name))


def test_a_wording_that_may_mean_several_outcomes_is_never_accepted(shipped: Catalogue) -> None:
    outcomes = shipped.code_list("outcomes")
    assert outcomes.code_for("Type 1a - Charged/Summonsed (Alternate offence)") == "1A"
    assert outcomes.code_for("Unable to prosecute suspect") is None
    assert outcomes.code_for("Offender given a caution") is None
    several = [w for w in outcomes.wordings if w.code is None]
    assert several
    assert all(w.candidates for w in several)


def test_every_entry_says_how_sure_it_is_and_what_is_recalled_stays_so(shipped: Catalogue) -> None:
    for name, held in shipped.code_lists.items():
        assert held.source, name
        assert {entry.dated.confidence for entry in held.entries.values()} <= set(CONFIDENCES), name
    assert shipped.code_list("outcomes").confidence_of("19") == "recalled"
    assert shipped.code_list("flags").confidence_of("CCE") == "recalled"
    assert shipped.code_list("kinds_of_place").confidence_of("online") == "proposed"
    assert {offence.rule_confidence for offence in shipped.offences()} == {"proposed"}


def test_the_fourteenth_strand_is_not_guessed(shipped: Catalogue) -> None:
    strands = shipped.code_list("strands")
    groups = Counter(entry.group for entry in strands.entries.values())
    assert groups == {"thematic strand": 13, "not known": 1, "candidate for the fourteenth": 5}


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2018, "01-01 03-30 04-02 05-07 05-28 08-27 12-25 12-26"),
        (2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28"),
        (2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
        (2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"),
        (2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"),
    ],
)
def test_bank_holidays_are_those_that_were_kept(shipped: Catalogue, year: int, days: str) -> None:
    held = sorted(day for day in shipped.holidays if day.year == year)
    assert held == [date.fromisoformat(f"{year}-{day}") for day in days.split()]


def test_breaks_of_one_force_and_of_all(shipped: Catalogue) -> None:
    found = shipped.breaks_between(date(2019, 1, 1), date(2023, 12, 31), "greater-manchester")
    assert [b.break_id for b in found] == ["outcome-22", "gmp-2019", "counting-rules-2023"]
    assert {b.break_id for b in shipped.breaks_between(date(2019, 1, 1), date(2023, 12, 31))} == {
        "outcome-22",
        "counting-rules-2023",
    }


def test_disclosure_rules_of_the_two_products(shipped: Catalogue) -> None:
    open_table, returns = shipped.disclosure_rule("recorded-crime"), shipped.disclosure_rule("csae")
    assert (open_table.kind, open_table.words) == ("none", "already published official statistics: none")
    assert (returns.kind, returns.confidence, returns.secondary) == ("threshold", "proposed", True)
    with pytest.raises(UsageProblem, match="no disclosure rule"):
        shipped.disclosure_rule("csae", date(2001, 1, 1))


def test_the_map_of_tiles_holds_every_force_once(shipped: Catalogue) -> None:
    tiles = shipped.force_tiles(DAY)
    assert {tile.force_id for tile in tiles} == {force.force_id for force in shipped.forces_on(DAY)}
    assert len({(tile.column, tile.row) for tile in tiles}) == len({tile.short for tile in tiles}) == 44


def test_an_unknown_list_names_those_that_there_are(shipped: Catalogue) -> None:
    with pytest.raises(UsageProblem, match=r"no code list 'ethnicity'.*ethnicity_officer_defined"):
        shipped.code_list("ethnicity")


def test_loading_is_fast_and_brings_no_table_engine() -> None:
    program = (
        "import sys, time; from vkpp.catalogue.load import load_catalogue\n"
        "load_catalogue(); start = time.process_time(); load_catalogue(); spent = time.process_time() - start\n"
        "heavy = {'duckdb', 'ibis', 'pandas', 'polars', 'pyarrow', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert spent < 0.3, spent\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
