"""Rule R11: no name of the real register stands beside an invented figure, and every file says that it is invented."""

import csv
import io
import re
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import yaml

from tests.example.conftest import files_of
from vkpp.catalogue.example import FOLDER, MARK, example_catalogue
from vkpp.catalogue.load import SEED, load_catalogue
from vkpp.ops.example import nation, scenario
from vkpp.ops.example.generate import Generated
from vkpp.ops.example.scenario import Scenario


@pytest.fixture(scope="module")
def real_names() -> re.Pattern[str]:
    """Every name of the real register: forces, bodies, aliases, regions, approval areas and area codes."""
    seed = load_catalogue()
    names = {name for f in seed.forces for name in (f.name, f.full_name, f.welsh_name, f.pfa_code) if name}
    names |= {alias.alias for alias in seed.register.aliases}
    names |= {text for area in seed.register.areas for text in (area.name, area.code)}
    return re.compile(
        r"(?<![\w-])(" + "|".join(re.escape(n) for n in sorted(names, key=len, reverse=True)) + r")(?![\w-])", re.IGNORECASE
    )


def texts_of(folder: Path) -> dict[str, str]:
    """The text of every file; of a workbook every part of it, its properties too."""
    texts = {}
    for name, content in files_of(folder).items():
        if name.endswith(".xlsx"):
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                texts |= {f"{name}!{part}": book.read(part).decode() for part in book.namelist()}
        else:
            encoding = "cp1252" if _is_1252(content) else "utf-8-sig"
            texts[name] = content.decode(encoding)
    return texts


def _is_1252(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def test_the_walk_can_find_a_name(real_names: re.Pattern[str]) -> None:
    for planted in ("Kent", "avon and somerset", "E23000032", "West Midlands", "British Transport Police"):
        assert real_names.search(f"a;{planted};7"), planted
    assert not real_names.search("Eastmere;Northmarch;Great Harbour")


def test_no_real_name_in_any_generated_file(small: Generated, demo: Scenario, real_names: re.Pattern[str]) -> None:
    seen: set[str] = set()  # the same words stand in thousands of cells: each is walked once
    hits = {
        found.group()
        for folder in (small.folder, demo.folder)
        for name, text in texts_of(folder).items()
        for cell in {name.replace("/", " "), *re.split(r"[;,\t\r\n<>]", text)} - seen
        if not seen.add(cell)  # type: ignore[func-returns-value]
        for found in real_names.finditer(cell)
    }
    assert hits == set()


def test_no_real_name_in_the_example_register(real_names: re.Pattern[str]) -> None:
    texts = texts_of(FOLDER) | {"nation.csv": (Path(nation.__file__).parent / "nation.csv").read_text(encoding="utf-8")}
    assert {(name, found.group()) for name, text in texts.items() for found in real_names.finditer(text)} == set()


def test_every_file_says_invented(demo: Scenario) -> None:
    names = list(files_of(demo.folder))
    assert names
    assert [n for n in names if "invented" not in Path(n).name.lower()] == []
    assert MARK in (demo.folder / "README-INVENTED.txt").read_text(encoding="utf-8")


def test_every_workbook_says_so_in_its_properties_and_in_a_sheet(demo: Scenario) -> None:
    books = list(demo.folder.rglob("*.xlsx"))
    assert books
    for path in books:
        book = openpyxl.load_workbook(path, read_only=True)
        assert MARK in book.properties.title
        assert MARK in book.properties.subject
        assert "invented" in book.properties.description
        assert not book.properties.creator or MARK in book.properties.creator or book.properties.creator == "openpyxl"
        assert book["About"]["A1"].value == MARK
        book.close()


def test_the_example_register_has_44_respondents_on_every_day() -> None:
    catalogue = example_catalogue()
    for day in (date(2013, 1, 1), date(2024, 12, 31)):
        forces = catalogue.forces_on(day)
        assert len(forces) == 44
        assert [f.kind for f in forces].count("special") == 1
    assert {f.force_id for f in catalogue.forces_on(date(2024, 1, 1))} == {r.force_id for r in nation.respondents()}


def test_example_entries_say_invented() -> None:
    with (FOLDER / "forces.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert all(row["source"] == "invented" and row["note"].startswith("Invented") for row in rows)


@pytest.mark.parametrize("name", ["lists/flags.csv", "lists/strands.csv", "wordings/outcomes.csv"])
def test_what_was_taken_from_the_seed_has_the_same_codes(name: str) -> None:
    def codes(path: Path) -> list[tuple[str, str]]:
        with path.open(encoding="utf-8") as stream:
            return [(row["code"], row.get("title") or row.get("text") or "") for row in csv.DictReader(stream)]

    assert codes(FOLDER / name) == codes(SEED / name)


def test_the_demonstration_is_42_of_44(demo: Scenario) -> None:
    told = yaml.safe_load((demo.folder / "invented_scenario.yaml").read_text(encoding="utf-8"))
    assert told["invented"] is True
    assert (len(told["in"]), told["expected"]) == (42, 44)
    assert {told["late"][0], told["missing"][0]}.isdisjoint(told["in"])
    acts = [event["act"] for event in told["events"]]
    assert {act: acts.count(act) for act in set(acts)} == {
        "received": 85,
        "late": 1,
        "missing": 1,
        "rejected": 1,
        "corrected": 1,
        "resubmitted": 1,
    }
    for event in told["events"]:
        assert all((demo.folder / name).is_file() for name in event["files"])


def test_restated_month_has_the_same_crimes_and_nearly_half_other_outcomes(demo: Scenario) -> None:
    sent = [e for e in demo.events if e["force"] == scenario.RESUBMITTED and e["period"] == "CY2024"]
    first, second = (next(name for name in e["files"] if name.endswith(("crimes.csv", ".xlsx"))) for e in sent)
    assert files_of(demo.folder)[first] != files_of(demo.folder)[second]
    with (demo.folder / "truth" / "invented_restated.csv").open(encoding="utf-8") as stream:
        assert all(row["before"] == "none-yet" != row["after"] for row in csv.DictReader(stream))
