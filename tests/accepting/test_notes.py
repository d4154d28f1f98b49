"""National notes: what the service gives is read strictly, printed by check and force, frozen, and made again to the byte."""

from __future__ import annotations

import csv
import io
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.accepting.conftest import CSV_FORCE, WORKBOOK_FORCE
from vkpp.basics.periods import Period
from vkpp.basics.problems import Problem, RefusedByRule, UnreadableFile
from vkpp.catalogue.example import WORDS, example_catalogue
from vkpp.engine.shapes.notes import ASKS, ForceNote, without_numbers
from vkpp.ops import editions, stores
from vkpp.ops.command_line import main
from vkpp.ops.notes import HEADINGS, Wanted, read_notes

PERIOD = Period.parse("CY2024")
WANTED = Wanted("csae", PERIOD, example_catalogue(), invented=True)
CHECK = "suspects-under-10"
NAMES = {f.force_id: f.name for f in example_catalogue().forces_on(PERIOD.end)}
WAIVED = next(force for force in NAMES if force not in (CSV_FORCE, WORKBOOK_FORCE))


def row(**changes: str) -> dict[str, str]:
    whole = dict(zip(HEADINGS, ("csae", "CY2024", CSV_FORCE, "", "query", "", CHECK, "A new system.", "OFFICIAL"), strict=True))
    whole |= {"Note": WORDS} | changes
    return whole | {"force": changes.get("force", NAMES.get(whole["force_id"], ""))}


def written(path: Path, *rows: dict[str, str]) -> Path:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]) if rows else [*HEADINGS, "Note"])
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8-sig", newline="")
    return path


def read(tmp_path: Path, *rows: dict[str, str]) -> tuple[ForceNote, ...]:
    return read_notes([written(tmp_path / "notes.csv", *rows)], WANTED, {"CY2024": [CSV_FORCE]}).notes


def test_a_good_file_is_read_in_the_order_of_printing(tmp_path: Path) -> None:
    waiver = row(kind="waiver", check="", force_id=WAIVED, words="'=It is down, 3 of us say.")
    late = row(kind="late", check="", words="Signed on 3 March 2025, 2 working days after its deadline.")
    found = read(tmp_path, row(), row(), waiver, late)
    assert [note.kind for note in found] == ["late", "waiver", "query"]
    assert [note.words for note in found] == [
        "Signed on 3 March 2025, after its deadline.",
        "=It is down, [number] of us say.",
        "A new system.",
    ]  # fmt: skip
    assert read(tmp_path) == ()


def test_what_a_check_asks_is_for_people_and_files_without_it_are_read_alike(tmp_path: Path) -> None:
    before = {name: value for name, value in row().items() if name != ASKS}
    assert read(tmp_path, before) == read(tmp_path, row()) == read(tmp_path, row(asks="Is it so?"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"collection": "recorded-crime"}, "collection is 'recorded-crime'"),
        ({"period": "CY2022"}, "period is 'CY2022'"),
        ({"period": "CY2025Q1"}, "period is 'CY2025Q1'"),
        ({"period": ""}, "period is ''"),
        ({"force_id": "nowhere", "force": "Nowhere"}, "force is 'nowhere'"),
        ({"force": "Nowhere"}, "named 'Nowhere'"),
        ({"force_id": WAIVED, "force": NAMES[CSV_FORCE]}, f"force is '{WAIVED}'"),
        ({"kind": "rumour"}, "kind is 'rumour'"),
        ({"check": ""}, "check of this query is ''"),
        ({"check": "no-such-check"}, "'no-such-check'"),
        ({"kind": "late"}, "check of this late"),
        ({"words": " "}, "no words"),
        ({"words": "Ring anna.smith@example.org"}, "holds"),
        ({"Marking": ""}, "marking is ''"),
        ({"Marking": "SECRET"}, "marking is 'SECRET'"),
        ({"Marking": "OFFICIAL-SENSITIVE"}, "marked OFFICIAL-SENSITIVE, and the edition OFFICIAL"),
        ({"Marking": "OFFICIAL: For one force"}, "marked OFFICIAL: For one force"),
        ({"Note": ""}, "does not say that it is invented"),
        ({"kind": "waiver", "check": ""}, "is waived in the notes and counted in the edition"),
    ],
)
def test_a_note_that_is_not_of_this_edition_is_refused(tmp_path: Path, changes: dict[str, str], said: str) -> None:
    with pytest.raises(Problem) as trouble:
        read(tmp_path, row(), row(**changes))
    assert said in str(trouble.value) and "notes.csv" in trouble.value.where
    assert trouble.value.expected and trouble.value.next_step


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe\x00", b"force,words\r\na,b\r\n", b'"collection', "\u00e9".encode("latin-1"),
        (",".join([*HEADINGS, "Note"]) + "\r\ncsae,CY2024\r\n").encode(),
        (",".join([*HEADINGS, "Note"]) + '\r\ncsae,"CY2024\r\n').encode(),
        (",".join(reversed([*HEADINGS, "Note"])) + "\r\n").encode(),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile) as trouble:
        read_notes([path], WANTED, {})
    assert trouble.value.expected and trouble.value.next_step


def test_real_notes_have_no_place_in_an_invented_edition(tmp_path: Path) -> None:
    real = {name: value for name, value in row().items() if name != "Note"}
    with pytest.raises(RefusedByRule, match="The notes are real and the edition is invented"):
        read(tmp_path, real)


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("We had 3 girls, 1,204 in all.", "We had [number] girls, [number] in all."),
        ("\u0663 and \u00bd and \u2462", "[number] and [number] and [number]"),
        ("none", "none"),
    ],
)
def test_no_digit_of_any_script_is_left(words: str, left: str) -> None:
    assert without_numbers(words) == left == without_numbers(left)


def everything(folder: Path) -> str:
    """Every word of every file of an edition, the workbook's among them; marks of the page are left out."""
    texts = []
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".ods":
            texts.append(zipfile.ZipFile(path).read("content.xml").decode())
        elif path.is_file() and path.suffix != ".pdf":
            texts.append(path.read_text("utf-8"))
    return "\n".join(texts)


@pytest.mark.slow
def test_from_notes_to_the_report_and_to_the_same_bytes(
    small_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = (
        row(words="The planted 3 siblings of Zedford are one crime."),
        row(kind="waiver", check="", force_id=WAIVED, words="The system is being replaced."),
        row(kind="late", check="", words="Signed on 3 March 2025, 2 working days after its deadline of 27 February 2025."),
    )
    notes = written(tmp_path / "csae_CY2024_notes.csv", *rows)
    out = tmp_path / "edition"
    asked = ["analyse", "--collection", "csae", "--store", str(small_store), "--period", "CY2024", "--quiet", "--no-pdf"]
    assert main([*asked, "--notes", str(notes), "--out", str(out)]) == 0
    report = " ".join(re.sub(r"<[^>]+>", " ", (out / "report.html").read_text("utf-8")).split())
    said = "A child of … is listed as a suspect. Children under 10 are never suspects."
    assert f"Answers to queries {said} {CHECK} {NAMES[CSV_FORCE]} " in report
    assert "“The planted [number] siblings of Zedford are one crime.”" in report
    assert "Signed on 3 March 2025, after its deadline of 27 February 2025." in report
    assert f"The whole return {NAMES[WAIVED]} Waived, " in report and "“The system is being replaced.”" in report
    whole = everything(out)
    assert "planted 3" not in whole and whole.count("planted [number] siblings") == 4  # page, workbook, CSV, frozen tables

    manifest = editions.manifest_of(out)
    assert len(manifest["provenance"]["parameters"]["notes"]) == 64 and "notes.csv" in manifest["files"]
    notes.unlink()
    for more in (["--store", str(small_store)], []):
        assert main(["rebuild", str(out), "--quiet", *more]) == 0
    assert capsys.readouterr().out.count("the same to the byte") == 2

    broken = written(tmp_path / "broken.csv", row(Marking="OFFICIAL-SENSITIVE"))
    assert main([*asked, "--notes", str(broken), "--out", str(tmp_path / "none")]) == 1
    assert not (tmp_path / "none").exists()
    shutil.rmtree(out)
    assert main([*asked, "--out", str(out)]) == 0
    assert "Notes from forces" not in (out / "report.html").read_text("utf-8")
    assert stores.existing_store(small_store)[1]
