"""The data-quality card's counts where a return came in several files, and its words where it came on a Saturday."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vkpp.catalogue.example import example_catalogue
from vkpp.engine.flow import pack_quality as quality
from vkpp.engine.shapes.findings import FINDINGS_SCHEMA, Finding, Findings
from vkpp.engine.shapes.pack import Quality

CHECK = "suspects-age-there"


def finding(file: str, sheet: str | None, record: int) -> Finding:
    return Finding(CHECK, "query", "m", "f", file, "suspects", sheet, record + 1, record, None, "Age", "")


FOUND = [finding("jan.csv", None, 1), finding("feb.csv", None, 1), finding("q.xlsx", "a", 1), finding("q.xlsx", "b", 1)]


def test_the_same_record_number_in_another_file_or_sheet_is_another_record(tmp_path: Path) -> None:
    path = tmp_path / "findings.parquet"
    rows = [one.as_dict() for one in (*FOUND, FOUND[0])]
    pq.write_table(pa.Table.from_pylist(rows, schema=FINDINGS_SCHEMA), path)
    assert quality.records_touched(path, example_catalogue().specification("csae")) == {"suspects": 4}


def test_a_query_says_how_many_records_of_all_files_it_touches() -> None:
    from vkpp.engine.shapes.findings import CheckResult
    from vkpp.ops import returns

    (count,) = returns._counts(CheckResult(Findings.of([*FOUND, FOUND[0]]), (), (), "csae"))
    assert (count.places, count.records) == (5, 4)


def timeliness(**values: Any) -> Quality:
    known = {"day": "6 June 2026", "deadline": "5 June 2026", "late": 0, "versions": 1}
    specification = example_catalogue().specification("csae")
    checks = quality.Checks(1, 1, ())
    sent, moved = quality.Sent(**known | values), quality.Moved("no", "No.")
    return next(one for one in quality.card(specification, {}, (), checks, sent, moved) if one.name == "timeliness")


@pytest.mark.parametrize(
    ("values", "words", "fine"),
    [
        ({}, "certified on 6 June 2026, after the deadline of 5 June 2026", False),  # a Saturday: no working day between
        ({"day": "5 June 2026"}, "on the day of the deadline of 5 June 2026", True),
        ({"day": "8 June 2026", "late": 1}, "1 working day after the deadline of 5 June 2026", False),
        ({"day": "3 June 2026", "late": -2}, "2 working days before the deadline of 5 June 2026", True),
    ],
)
def test_a_deadline_ends_with_its_day(values: dict[str, Any], words: str, fine: bool) -> None:
    found = timeliness(**values)
    assert words in found.words and found.fine is fine
    assert (found.next_step == "Nothing: keep it so.") is fine
