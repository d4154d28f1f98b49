"""The two reports: a contract for machines, a workbook in which nothing can act as a formula."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from vkpp.engine.shapes.findings import CheckResult, CheckRun, Finding, Findings, Reconciliation
from vkpp.engine.validation.reports import CouldNotWrite, write_json_lines, write_workbook


def result(*findings: Finding) -> CheckResult:
    runs = (
        CheckRun("ages", "crimes", "error", True, len(findings)),
        CheckRun("lists", "crimes", "error", False, 0, "The catalogue has no list 'x'."),
        CheckRun("history", "crimes", "query", True, 0, "No earlier returns were given."),
    )
    balance = Reconciliation("a.csv", "crimes", 4, 1, 0, 0, 0, 3, 3, 0)
    return CheckResult(Findings.of(findings), runs, (balance,), "test 1")


def finding(value: str | None = "x", record: int | None = 7, **more: object) -> Finding:
    given = {"check": "ages", "severity": "error", "message": f"Age is {value}.", "fix": "Correct it.", "file": "a.csv"}
    return Finding(**(given | {"table": "crimes", "row": 8, "record": record, "column": "Age", "value": value} | more))


def test_json_lines_have_exactly_the_keys_of_the_contract(tmp_path):
    write_json_lines(result(finding("Ł\u2028"), finding(None, None, row=None)), tmp_path / "out.jsonl")
    lines = (tmp_path / "out.jsonl").read_bytes().decode().rstrip("\n").split("\n")
    first, second = (json.loads(line) for line in lines)
    keys = ["check", "severity", "file", "table", "sheet", "row", "record", "column", "value", "message", "fix"]
    assert [list(first), list(second)] == [keys, keys]
    assert (first["value"], first["row"], second["record"]) == ("Ł\u2028", 8, None)
    assert [p.name for p in tmp_path.iterdir()] == ["out.jsonl"]


def test_json_lines_to_a_stream():
    stream = io.StringIO()
    write_json_lines(result(finding()), stream)
    assert json.loads(stream.getvalue())["check"] == "ages"


def test_no_finding_writes_an_empty_file(tmp_path):
    write_json_lines(result(), tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_bytes() == b""


@pytest.mark.parametrize(
    "value", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "http://x", "0012", "\t=1", "{=1}"]
)
def test_no_value_acts_as_a_formula_a_link_or_a_number(tmp_path, value):
    write_workbook(result(finding(value)), tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["Findings"]
    cells = {sheet.cell(1, c).value: sheet.cell(2, c) for c in range(1, sheet.max_column + 1)}
    assert cells["Value"].value == value
    assert cells["Value"].data_type == "s" and cells["Value"].hyperlink is None
    assert cells["Value"].number_format == "@"
    assert cells["Record"].value == 7


def test_summary_counts_by_check_and_names_what_could_not_run(tmp_path):
    write_workbook(result(finding(), finding(check="file-blank-lines")), tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["Summary"]
    rows = [[c.value for c in row] for row in sheet.iter_rows()]
    assert rows[1][0] == "2 errors to correct, 0 queries to answer, 0 notes."
    assert rows[2][0].endswith("3 records = 3 accepted + 0 rejected.")
    start = next(i for i, row in enumerate(rows) if row[0] == "Check")
    assert [row[:1] + row[3:] for row in rows[start + 1 :]] == [
        ["ages", 2, "ran"],
        ["lists", 0, "could not run: The catalogue has no list 'x'."],
        ["history", 0, "not applicable: No earlier returns were given."],
        ["file-blank-lines", 1, "found while reading"],
    ]
    assert sheet.freeze_panes == "B6"


def test_findings_spill_to_further_sheets_and_none_is_lost(tmp_path):
    write_workbook(result(*(finding(record=n) for n in range(1, 8))), tmp_path / "out.xlsx", sheet_rows=3)
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert book.sheetnames == ["Summary", "Findings", "Findings 2", "Findings 3"]
    records = [row[3] for name in book.sheetnames[1:] for row in list(book[name].values)[1:]]
    assert records == list(range(1, 8))
    assert [book[name].auto_filter.ref for name in book.sheetnames[1:]] == ["A1:L4", "A1:L4", "A1:L2"]


def test_no_finding_still_gives_a_sheet_with_headings(tmp_path):
    write_workbook(result(), tmp_path / "out.xlsx")
    assert openpyxl.load_workbook(tmp_path / "out.xlsx").sheetnames == ["Summary", "Findings"]


def test_the_same_findings_give_the_same_bytes(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(result(finding("é"), finding(None)), tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_text_longer_than_a_cell_is_cut_and_says_so(tmp_path):
    write_workbook(result(finding("x" * 40_000)), tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["Findings"]
    assert str(sheet.cell(2, 10).value).endswith("(cut, too long)")


@pytest.mark.parametrize("writer", [write_json_lines, write_workbook])
def test_a_folder_that_is_not_there_is_said_in_words(tmp_path, writer):
    with pytest.raises(CouldNotWrite, match="No such file or directory"):
        writer(result(finding()), tmp_path / "nowhere" / "out")


FULL = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.validation.test_reports import finding, result
from vkpp.engine.validation import reports
many = result(*(finding("x" * 500, record=n) for n in range(400)))
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    getattr(reports, sys.argv[3])(many, Path(sys.argv[1]))
except reports.CouldNotWrite as problem:
    print(problem)
"""


@pytest.mark.parametrize("writer", ["write_json_lines", "write_workbook"])
def test_a_full_disk_is_said_in_words_and_what_stood_there_stays(tmp_path, writer):
    target = tmp_path / "out"
    target.write_text("before")
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", FULL, str(target), str(root), writer], capture_output=True, text=True, check=False
    )
    assert "could not be written: File too large" in run.stdout, run.stderr
    assert run.stderr == ""
    assert target.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
