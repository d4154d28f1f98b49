"""What changes outside is an edit of data: a merger of forces, a new edition of the offence list. No code moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from vkpp.basics.periods import Period
from vkpp.basics.problems import RefusedByRule, UsageProblem
from vkpp.catalogue.load import load_catalogue
from vkpp.catalogue.rows import CatalogueProblem

LAST, FIRST = date(2027, 3, 31), date(2027, 4, 1)


def merge(seed: Path) -> None:
    """Norfolk and Suffolk end on 31 March 2027 and become one force, as a reviewer would write it."""
    forces = [_ended(line) for line in (seed / "forces.csv").read_text(encoding="utf-8").splitlines()]
    names = "norfolk-and-suffolk,Norfolk and Suffolk,,Norfolk and Suffolk Police,E23000099"
    forces.append(f"{names},England,territorial,,,2027-04-01,,proposed,proposed")
    (seed / "forces.csv").write_text("\n".join(forces) + "\n", encoding="utf-8")
    add(
        seed / "force_areas.csv",
        "norfolk-and-suffolk,region,E12000006,East,,2027-04-01,,proposed,proposed\n"
        "norfolk-and-suffolk,approval_area,ERSOU,Eastern Region Special Operations Unit,,2027-04-01,,proposed,proposed\n",
    )
    add(seed / "force_aliases.csv", "Norfolk & Suffolk Constabulary,norfolk-and-suffolk,,2027-04-01,,proposed,proposed\n")
    add(seed / "populations.csv", "norfolk-and-suffolk,2026,under_18,persons,325000,,invented for a test,proposed,proposed\n")


def _ended(line: str) -> str:
    cells = line.split(",")
    if cells[0] in ("norfolk", "suffolk"):
        cells[7], cells[10] = "norfolk-and-suffolk", "2027-03-31"
    return ",".join(cells)


def add(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as stream:
        stream.write(text)


def test_a_merger_of_two_forces_is_an_edit_of_data(seed: Path) -> None:
    before = load_catalogue(seed)
    merge(seed)
    after = load_catalogue(seed)

    old = {force.force_id for force in after.forces_on(LAST)}
    new = {force.force_id for force in after.forces_on(FIRST)}
    assert old - new == {"norfolk", "suffolk"}
    assert new - old == {"norfolk-and-suffolk"}
    assert (len(old), len(new)) == (44, 43)
    assert {force.force_id for force in after.register.predecessors("norfolk-and-suffolk")} == {"norfolk", "suffolk"}
    assert before.digest != after.digest


def test_after_a_merger_names_follow_the_day(seed: Path) -> None:
    assert load_catalogue(seed).force_named("Norfolk and Suffolk") is None
    merge(seed)
    after = load_catalogue(seed)
    joint = after.force_named("Norfolk and Suffolk", FIRST)
    assert joint is not None
    assert (joint.force_id, joint.region_name, joint.approval_area) == ("norfolk-and-suffolk", "East", "ERSOU")
    assert after.force_named("norfolk & suffolk constabulary") == after.force("norfolk-and-suffolk")
    assert after.force_named("Norfolk and Suffolk", LAST) is None
    assert after.force_named("Norfolk", FIRST) is None
    norfolk = after.force_named("Norfolk", LAST)
    assert norfolk is not None
    assert norfolk.successor == "norfolk-and-suffolk"
    assert after.population("norfolk-and-suffolk", Period.parse("FY2027-28")).year == 2026
    with pytest.raises(RefusedByRule):
        after.population("norfolk-and-suffolk", Period.parse("FY2017-18"))


def test_a_force_that_moves_to_another_area_keeps_its_past(seed: Path, edit: Callable[[str, str, str], None]) -> None:
    rows = (seed / "force_areas.csv").read_text(encoding="utf-8").splitlines()
    old = next(row for row in rows if row.startswith("kent,approval_area,"))
    ended = old.replace(",,,hmicfrs-soc", ",,2027-03-31,hmicfrs-soc") if ",,,hmicfrs-soc" in old else _with_end(old)
    moved = "kent,approval_area,SEROCU,South East regional organised crime unit,,2027-04-01,,proposed,proposed"
    edit("force_areas.csv", old, f"{ended}\n{moved}")
    catalogue = load_catalogue(seed)
    areas = [catalogue.force("kent", day).approval_area for day in (LAST, FIRST)]
    assert areas == ["ERSOU", "SEROCU"]
    assert {f.force_id: f.approval_area for f in catalogue.forces_on(FIRST)}["kent"] == "SEROCU"


def _with_end(row: str) -> str:
    cells = row.split(",")
    cells[-3] = "2027-03-31"
    return ",".join(cells)


def test_a_new_edition_of_the_offence_list_is_an_edit_of_data(seed: Path, edit: Callable[[str, str, str], None]) -> None:
    edit("offence_editions.csv", "2018-04-01,,ho-nol-2026-04", "2018-04-01,2027-03-31,ho-nol-2026-04")
    add(seed / "offence_editions.csv", "2027-04,Invented edition,classes and offences,,2027-04-01,,proposed,proposed\n")
    add(
        seed / "offence_classes.csv",
        "2027-04,88A,Sexual Communication and Grooming,Sexual Offences,,child-named,,,,proposed,proposed\n",
    )
    add(
        seed / "offences.csv",
        "2027-04,071/17,88A,Sexual communication with a child,Act,Sec 1,E,2,V,child-named,,,,,,no,no,,,,,proposed,proposed\n",
    )
    catalogue = load_catalogue(seed)
    old, new = catalogue.offence_class("88A", LAST), catalogue.offence_class("88A", FIRST)
    assert old is not None
    assert new is not None
    assert (old.edition, old.title) == ("2026-04", "Sexual Grooming")
    assert (new.edition, new.title) == ("2027-04", "Sexual Communication and Grooming")
    assert len(catalogue.offences("2027-04")) == 1
    assert len(catalogue.offences("2026-04")) == 1_608
    assert [o.edition for o in catalogue.offence_register.of("071/17", "88A", FIRST)] == ["2027-04"]
    assert list(catalogue.code_list("offence_classes@2027-04").codes) == ["88A"]


def test_a_folder_with_the_register_alone_borrows_the_rest(tmp_path: Path, seed: Path) -> None:
    folder = tmp_path / "register"
    folder.mkdir()
    (folder / "forces.csv").write_text(
        (seed / "forces.csv").read_text(encoding="utf-8").splitlines()[0]
        + "\nfenmarch,Fenmarch,,Fenmarch Constabulary,,Invented,territorial,,,,,proposed,proposed\n",
        encoding="utf-8",
    )
    for name in ("force_areas.csv", "force_aliases.csv", "populations.csv"):
        header = (seed / name).read_text(encoding="utf-8").splitlines()[0]
        (folder / name).write_text(header + "\n", encoding="utf-8")
    catalogue = load_catalogue(folder)
    assert [force.force_id for force in catalogue.forces] == ["fenmarch"]
    assert catalogue.force_named("Kent") is None
    assert len(catalogue.offences("2026-04")) == 1_608
    assert catalogue.force_tiles(FIRST) == ()
    (folder / "populations.csv").unlink()
    with pytest.raises(CatalogueProblem, match=r"no file populations\.csv"):
        load_catalogue(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="no folder 'nothing'"):
        load_catalogue(tmp_path / "nothing")
