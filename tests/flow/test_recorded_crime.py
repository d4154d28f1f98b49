"""The first national edition: the known figures, every number traceable, rebuildable to the byte, nothing lost."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from pathlib import Path

import pytest

from vkpp.ops import editions
from vkpp.ops.command_line import main

DATA = Path(__file__).resolve().parents[1] / "data"


@pytest.fixture(scope="module")
def numbers(edition: Path) -> dict[str, str]:
    return {name: row["symbol"] or row["value"] for name, row in editions.numbers_of(edition).items()}


def test_the_national_figures(numbers: dict[str, str]) -> None:
    assert numbers["quarter.child_named.total"] == "59679"
    assert numbers["quarter.obscene.total"] == "22949"
    assert numbers["quarter.crimes.total"] == "82628"
    quarters = [numbers[f"quarter.crimes.FY2017-18Q{q}"] for q in (1, 2, 3, 4)]
    assert quarters == ["20172", "18973", "20453", "23030"]


CLASSES = {"17B": 3821, "19D": 7524, "19E": 5360, "19G": 885, "19H": 2504, "20B": 9646, "21": 8562, "22B": 14544}
CLASSES |= {"23": 893, "71": 1206, "73": 290, "88A": 4444, "86": 22949}


@pytest.mark.parametrize(("code", "count"), CLASSES.items())
def test_each_class(numbers: dict[str, str], code: str, count: int) -> None:
    assert numbers[f"class.crimes.{code}"] == str(count)


def test_each_force_and_class_equals_the_reference(numbers: dict[str, str]) -> None:
    with (DATA / "calib_prc_csae_by_force_2017_18.csv").open(encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    assert len(rows) == 44
    for row in rows:
        force = row["force_id"]
        for code in CLASSES:
            assert numbers[f"force-class.crimes.{force}.{code}"] == row[code], (force, code)
        assert numbers[f"force.child_named.{force}"] == row["core_child_named"]
        assert numbers[f"force.crimes.{force}"] == row["core_plus_86_obscene"]
        if row["core_plus_86_per_1000_u18"] and force != "city-of-london":
            assert float(numbers[f"force.rate.{force}"]) == pytest.approx(float(row["core_plus_86_per_1000_u18"]), abs=0.01)


def test_each_headline_says_who_replied_and_when(edition: Path) -> None:
    report = (edition / "report.html").read_text(encoding="utf-8")
    cards = re.findall(r'<li><span class="figure">.*?</li>', report, re.S)
    assert len(cards) == 4
    for card in cards:
        words = re.sub(r"<[^>]+>", "", card)
        assert "What this does not say" in words
        assert "Base: 44 of 44 forces; April 2017 to March 2018" in words
        assert "Status: Management information" in words


def test_what_has_no_rate_says_why(numbers: dict[str, str]) -> None:
    assert numbers["force.rate.btp"] == "[z]"  # nobody lives on the railway
    assert numbers["force.rate.city-of-london"] == "[u]"  # so few children live there that a rate means nothing


def test_the_quality_page_says_what_was_done(numbers: dict[str, str], edition: Path) -> None:
    found = {name.rsplit(".", 1)[1]: value for name, value in numbers.items() if name.startswith("quality.count.")}
    assert found["rows"] == "23068"
    assert found["minus_zero"] == "5792"
    assert (found["negative"], found["negative_csae"], found["bodies"]) == ("36", "4", "4")
    assert (found["forces_with_rows"], found["forces_expected"]) == ("44", "44")
    report = (edition / "report.html").read_text(encoding="utf-8")
    for words in ("padded with spaces", "read as zero", "below zero", "not police forces"):
        assert words in report


def test_margins_add_up(numbers: dict[str, str]) -> None:
    """Every total is the sum of its parts, over forces, classes and quarters."""
    for table, total in (
        ("force-class", "force-class.crimes.total.total"),
        ("force-quarter", "force-quarter.crimes.total.total"),
    ):
        inner = {n: v for n, v in numbers.items() if re.fullmatch(rf"{table}\.crimes\.(?!total)[^.]+\.(?!total)[^.]+", n)}
        assert sum(int(v) for v in inner.values()) == int(numbers[total]) == 82628
    regions = [int(v) for n, v in numbers.items() if re.fullmatch(r"region\.crimes\.[EW]\d+", n)]
    assert sum(regions) == int(numbers["region.crimes.total"])


def test_rebuilt_to_the_byte(edition: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rebuild", str(edition), "--quiet"]) == 0
    assert "the same to the byte" in capsys.readouterr().out
    assert main(["rebuild", str(edition), "--compare", "--quiet"]) == 0


def _copied(edition: Path, to: Path) -> Path:
    import shutil

    return Path(shutil.copytree(edition, to))


def test_another_program_refuses_and_compares(edition: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = _copied(edition, tmp_path / "other")
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    manifest["provenance"]["program_version"] = "0.0.9"
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    text = (copy / "numbers.csv").read_text(encoding="utf-8-sig")
    assert ",7524," in text
    (copy / "numbers.csv").write_text(text.replace(",7524,", ",7525,", 1), encoding="utf-8")
    assert main(["rebuild", str(copy), "--quiet"]) == 1
    assert "another program version" in capsys.readouterr().err
    assert main(["rebuild", str(copy), "--compare", "--quiet"]) == 1
    assert "was 7525, is 7524" in capsys.readouterr().out


def test_without_its_input_it_is_made_from_frozen_tables(
    edition: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(editions, "shipped_inputs", list)
    assert main(["rebuild", str(edition), "--quiet"]) == 0
    said = capsys.readouterr().out
    assert "from its frozen tables" in said
    assert "the same to the byte" in said


def test_changed_frozen_tables_are_refused(edition: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = _copied(edition, tmp_path / "other")
    frozen = copy / "frozen.json"
    frozen.write_text(frozen.read_text(encoding="utf-8").replace("59679", "59680", 1), encoding="utf-8")
    monkeypatch.setattr(editions, "shipped_inputs", list)
    assert main(["rebuild", str(copy), "--quiet"]) == 1


@pytest.mark.parametrize(
    ("number", "lines", "total"),
    [
        ("force-class.crimes.kent.19D", 4, None),
        ("class.crimes.19D", 176, 7524),
        ("quarter.child_named.FY2017-18Q2", 44 * 12, 13944),
        ("region.crimes.W92000004", 4 * 13 * 4, None),
    ],
)
def test_a_number_is_traced_to_its_lines(
    edition: Path, numbers: dict[str, str], number: str, lines: int, total: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trace", str(edition), number, "--rows", "all"]) == 0
    said = capsys.readouterr().out
    total = int(numbers[number]) if total is None else total
    assert f"Lines behind it: {lines:,}, which sum to {total:,}" in said
    assert len(re.findall(r"^  line \d+:", said, re.M)) == lines
    assert "sha256" in said


def test_a_rate_is_traced_to_what_it_was_worked_out_from(edition: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", str(edition), "force.rate.kent"]) == 0
    said = capsys.readouterr().out
    assert "force.crimes.kent" in said
    assert "force.children.kent" in said


def test_a_number_that_is_not_there_is_answered_with_those_near(edition: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", str(edition), "force.crimes.knet"]) == 64
    assert "force.crimes.kent" in capsys.readouterr().err


def test_one_quarter_by_itself(home_office_table: Path, tmp_path: Path) -> None:
    out = tmp_path / "q3"
    arguments = ["analyse", "--collection", "recorded-crime", "--from", str(home_office_table), "--period", "FY2017-18Q3"]
    assert main([*arguments, "--out", str(out), "--no-pdf", "--quiet"]) == 0
    numbers = {name: row["value"] for name, row in editions.numbers_of(out).items()}
    assert numbers["quarter.crimes.total"] == "20453"
    # What was found in the table is counted over the quarter alone: by an independent count of the file, 5,767 rows.
    counted = [numbers[f"quality.count.{name}"] for name in ("rows", "padded", "minus_zero", "outcome_only")]
    assert counted == ["5767", "5767", "1448", "352"]
    report = (out / "report.html").read_text(encoding="utf-8")
    assert "had the most" not in report and "in each quarter" not in report
    assert "compares no quarters" in report


def test_a_period_that_the_table_lacks_is_refused(
    home_office_table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["analyse", "--collection", "recorded-crime", "--from", str(home_office_table), "--period", "FY2018-19"]
    assert main([*arguments, "--out", str(tmp_path / "none"), "--no-pdf", "--quiet"]) != 0
    assert not (tmp_path / "none").exists()
    assert "2018" in capsys.readouterr().err


def test_a_table_with_an_error_makes_no_edition(
    home_office_table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(home_office_table) as packed:
        text = packed.read(packed.namelist()[0]).decode()
    broken = tmp_path / "broken.csv"
    broken.write_text(text.replace("Kent,Sexual grooming", "Knet,Sexual grooming", 1), encoding="utf-8")
    arguments = ["analyse", "--collection", "recorded-crime", "--from", str(broken), "--period", "FY2017-18"]
    assert main([*arguments, "--out", str(tmp_path / "none"), "--no-pdf", "--quiet"]) == 1
    assert not (tmp_path / "none").exists()
    said = capsys.readouterr().out
    assert "Knet" in said
    assert "No edition was made" in said
