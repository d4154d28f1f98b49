"""The commands as a person gives them: what each prints, its exit code, and what is in the store afterwards."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.accepting.conftest import CSV_FORCE, WORKBOOK_FORCE, rows_of, table_of, write_rows
from tests.accepting.test_pairs_and_preparing import as_pairs, extract
from vkpp.engine.keeping import Store
from vkpp.ops.command_line import main

Accept = Callable[..., int]
Output = pytest.CaptureFixture[str]


def bytes_outside_quarantine(store: Path) -> bytes:
    """Everything in the store that is not quarantine, zips unpacked."""
    found = []
    for path in sorted(store.rglob("*")):
        if path.is_file() and "quarantine" not in path.parts:
            content = path.read_bytes()
            found.append(path.name.encode() + content)
            if zipfile.is_zipfile(io.BytesIO(content)):
                with zipfile.ZipFile(io.BytesIO(content)) as archive:
                    found += [archive.read(name) for name in archive.namelist()]
    return b"".join(found)


# Quick ones: what ends before the checks.


PLANTED = {
    "a name": ("Name", "Zebedee Plantedname"),
    "an address": ("Home address", "7 Plantedname Road"),
    "a date of birth": ("Date of birth", "2011-04-05Plantedname"),
}


@pytest.mark.parametrize("what", PLANTED)
def test_what_finds_a_person_is_set_aside_and_nowhere_else(
    what: str, sent: dict[str, list[Path]], accept: Accept, tmp_path: Path, capsys: Output
) -> None:
    heading, value = PLANTED[what]
    files = [path for path in sent[CSV_FORCE] if "victims" not in path.stem]
    rows = [{**row, heading: value} for row in rows_of(table_of(sent[CSV_FORCE], "victims"))]
    bad = write_rows(tmp_path / "victims.csv", rows)
    assert accept([*files, bad], CSV_FORCE) == 1
    said = capsys.readouterr().out
    assert f"victims.csv: {what} in column {heading!r}" in said and "Plantedname" not in said
    assert "vkpp prepare" in said
    store = tmp_path / "store"
    (aside,) = (store / "quarantine").iterdir()
    assert aside.name == hashlib.sha256(bad.read_bytes()).hexdigest()
    assert (aside / "file").read_bytes() == bad.read_bytes()
    assert "Plantedname" not in (aside / "reasons.json").read_text(encoding="utf-8")
    assert b"Plantedname" not in bytes_outside_quarantine(store)
    assert list(Store(store).all()) == []


def test_a_store_never_mixes_real_and_invented(
    sent: dict[str, list[Path]], accept: Accept, tmp_path: Path, capsys: Output
) -> None:
    store = tmp_path / "store"
    store.mkdir()
    (store / "register.json").write_text('{"register": "real"}', encoding="utf-8")
    assert accept(sent[CSV_FORCE], CSV_FORCE) == 1
    assert "belongs to the real register" in capsys.readouterr().err
    (store / "register.json").write_text('{"register": "invented"}', encoding="utf-8")
    assert accept(sent[CSV_FORCE], "kent", register="") == 1
    assert "belongs to the invented register" in capsys.readouterr().err
    assert sorted(path.name for path in store.iterdir()) == ["register.json"]


def test_a_folder_that_is_something_else_is_left_alone(sent: dict[str, list[Path]], accept: Accept, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "letter.txt").write_text("mine", encoding="utf-8")
    assert accept(sent[CSV_FORCE], CSV_FORCE) == 64
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["letter.txt"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--force", "kent"], 64, "The register has no force 'kent'"),
        (["--reason", "crimes-place-there"], 64, "gives no reason"),
        (["--reason", "crimes-place-there=Mr Example said so"], 1, "holds a name"),
        (["--reasons", "nowhere.yaml"], 2, "cannot be read"),
        (["--period", "2024"], 64, "is not a period"),
        (["--collection", "nothing"], 64, "There is no collection"),
    ],
)
def test_asked_in_a_way_that_it_cannot_follow(
    arguments: list[str], code: int, words: str, sent: dict[str, list[Path]], accept: Accept, capsys: Output, tmp_path: Path
) -> None:
    assert accept(sent[CSV_FORCE], CSV_FORCE, *arguments) == code
    assert words in capsys.readouterr().err
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("verb", [["verify"], ["analyse", "--collection", "csae", "--period", "CY2024", "--out", "x"]])
def test_no_store_is_said(verb: list[str], tmp_path: Path, capsys: Output) -> None:
    assert main([*verb, "--store", str(tmp_path)]) == 64
    assert "is no store" in capsys.readouterr().err


def test_an_edition_of_returns_needs_a_store(capsys: Output) -> None:
    assert main(["analyse", "--collection", "csae", "--period", "CY2024", "--out", "x", "--from", __file__]) == 64
    assert "made from accepted returns" in capsys.readouterr().err


def test_generate_says_what_it_made_and_leaves_what_is_there(tmp_path: Path, capsys: Output) -> None:
    out = tmp_path / "invented"
    arguments = ["generate", "--collection", "csae", "--years", "1", "--scale", "0.01", "--seed", "5", "--quiet"]
    assert main([*arguments, "--clean", "--out", str(out)]) == 0
    assert "44 invented returns" in capsys.readouterr().out
    assert main([*arguments, "--out", str(out)]) == 64
    assert main(["generate", "--collection", "other", "--years", "1", "--seed", "5", "--out", str(tmp_path / "x")]) == 64


# Whole ones: with all checks.


def receipt(store: Path, force: str, version: int = 1) -> dict[str, object]:
    path = store / "returns" / "csae" / "CY2024" / force / f"v{version:04d}" / "receipt.json"
    found: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.slow
def test_from_first_acceptance_to_destruction(
    sent: dict[str, list[Path]], accept: Accept, tmp_path: Path, capsys: Output
) -> None:
    store = tmp_path / "store"
    assert accept(sent[CSV_FORCE], "Ashwater", "--by", "A Certifier") == 0
    said = capsys.readouterr().out
    kept = receipt(store, CSV_FORCE)
    assert re.search(r"At 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ, by A Certifier", said)
    for path in sent[CSV_FORCE]:
        assert hashlib.sha256(path.read_bytes()).hexdigest() in said
    assert kept["specification"] == "csae 2026-11-proposed"
    assert {name: t["records"] for name, t in kept["tables"].items()} == {  # type: ignore[attr-defined]
        name: len(rows_of(table_of(sent[CSV_FORCE], name))) for name in ("crimes", "victims", "suspects", "relations")
    }
    # The same again: nothing is accepted twice.
    assert accept(sent[CSV_FORCE], CSV_FORCE) == 0
    assert "these very records as version 1" in capsys.readouterr().out
    # A resubmission stops after its difference, until it is confirmed.
    rows = rows_of(table_of(sent[CSV_FORCE], "crimes"))
    rows[0]["Place (district)"] = "Elsewhere end"
    again = [path for path in sent[CSV_FORCE] if "crimes" not in path.stem] + [write_rows(tmp_path / "crimes.csv", rows)]
    for arguments, code in (([], 1), (["--preview"], 0)):
        assert accept(again, CSV_FORCE, *arguments) == code
        assert "no record came or went; 1 of" in capsys.readouterr().out
        assert len(Store(store).versions("csae", "CY2024", CSV_FORCE)) == 1
    assert accept(again, CSV_FORCE, "--yes") == 0
    assert receipt(store, CSV_FORCE, 2)["before"] is not None
    capsys.readouterr()
    assert main(["verify", "--store", str(store), "--candidates"]) == 0
    assert "2 version(s) of invented returns: every byte as accepted." in capsys.readouterr().out
    # One changed byte is found.
    table = store / "returns" / "csae" / "CY2024" / CSV_FORCE / "v0002" / "crimes.parquet"
    whole = table.read_bytes()
    table.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert main(["verify", "--store", str(store)]) == 1
    table.write_bytes(whole)
    # Two people and a reason; then the records are nowhere, and the store verifies.
    capsys.readouterr()
    where = ["destroy", "--store", str(store), "--collection", "csae", "--force", CSV_FORCE, "--period", "CY2024"]
    assert main([*where, "--by", "A", "--reason", "retention ended"]) == 64
    assert main([*where, "--by", "A", "--by", "B", "--reason", "retention ended"]) == 0
    assert b"Elsewhere end" not in bytes_outside_quarantine(store)
    assert not list(store.rglob("*.parquet"))
    assert main(["verify", "--store", str(store), "--candidates"]) == 0


@pytest.mark.slow
def test_a_workbooks_author_is_nowhere_in_the_store(
    sent: dict[str, list[Path]], accept: Accept, tmp_path: Path, capsys: Output
) -> None:
    (book,) = sent[WORKBOOK_FORCE]
    opened = openpyxl.load_workbook(book)
    opened.properties.creator = "Zebedee Plantedauthor"
    opened.properties.lastModifiedBy = "Yolanda Plantededitor"
    opened.save(tmp_path / "return.xlsx")
    assert accept([tmp_path / "return.xlsx"], WORKBOOK_FORCE) == 0
    said = capsys.readouterr().out
    assert "Left out of the kept copy: return.xlsx: the workbook's author" in said
    assert "last modified by" in said and "Planted" not in said
    assert b"Planted" not in bytes_outside_quarantine(tmp_path / "store")
    assert (
        receipt(tmp_path / "store", WORKBOOK_FORCE)["received"][0]["sha256"]
        == hashlib.sha256(  # type: ignore[index]
            (tmp_path / "return.xlsx").read_bytes()
        ).hexdigest()
    )


@pytest.mark.slow
def test_errors_refuse_and_queries_want_a_reason(
    sent: dict[str, list[Path]], accept: Accept, tmp_path: Path, capsys: Output
) -> None:
    store = tmp_path / "store"
    rows = rows_of(table_of(sent[CSV_FORCE], "crimes"))
    others = [path for path in sent[CSV_FORCE] if "crimes" not in path.stem]
    bad = [{**row, "Outcome": "Filed"} if at == 3 else row for at, row in enumerate(rows)]
    assert accept([*others, write_rows(tmp_path / "crimes.csv", bad)], CSV_FORCE) == 1
    said = capsys.readouterr().out
    assert '"Filed" is not an outcome that we know.' in said and "Nothing was accepted." in said
    assert list(Store(store).all()) == []
    asked = [{**row, "Place (district)": ""} if at == 3 else row for at, row in enumerate(rows)]
    files = [*others, write_rows(tmp_path / "crimes.csv", asked)]
    assert accept(files, CSV_FORCE) == 1
    assert '--reason "crimes-place-there=..."' in capsys.readouterr().out
    assert accept(files, CSV_FORCE, "--reason", "crimes-place-their=typing") == 64
    (tmp_path / "reasons.yaml").write_text("crimes-place-there: The system has no district for it.\n", encoding="utf-8")
    assert accept(files, CSV_FORCE, "--reasons", str(tmp_path / "reasons.yaml")) == 0
    (reason,) = receipt(store, CSV_FORCE)["reasons"]  # type: ignore[misc]
    assert reason == {"check": "crimes-place-there", "findings": 1, "reason": "The system has no district for it."}


@pytest.mark.slow
def test_prepare_then_accept(sent: dict[str, list[Path]], accept: Accept, tmp_path: Path, capsys: Output) -> None:
    files = extract(sent[CSV_FORCE], tmp_path / "extract")
    out = tmp_path / "return"
    arguments = ["--invented", "--collection", "csae", "--period", "CY2024", "--out", str(out), "--quiet"]
    assert main(["prepare", *map(str, files), *arguments]) == 0
    said = capsys.readouterr().out
    assert "column 'Name' was dropped: it holds a name, which never leaves the force" in said
    assert "ready to send" in said and "Planted" not in said.replace("PlantedOfficer", "")
    assert accept(sorted(out.iterdir()), CSV_FORCE) == 0
    assert b"Planted" not in bytes_outside_quarantine(tmp_path / "store")
    assert main(["prepare", *map(str, files), *arguments]) == 64  # never over what is there


@pytest.mark.slow
def test_a_pair_level_extract_is_accepted_as_the_same_return(
    sent: dict[str, list[Path]], accept: Accept, tmp_path: Path
) -> None:
    assert accept(sent[CSV_FORCE], CSV_FORCE) == 0
    pairs = as_pairs(sent[CSV_FORCE], tmp_path / "extract.csv")
    assert accept([pairs], CSV_FORCE, store="other") == 0
    one, other = receipt(tmp_path / "store", CSV_FORCE), receipt(tmp_path / "other", CSV_FORCE)
    assert one["tables"]["crimes"] == other["tables"]["crimes"]  # type: ignore[index]
    assert any("rows" in words or "lines" in words for words in other["reconciled"])  # type: ignore[attr-defined]
