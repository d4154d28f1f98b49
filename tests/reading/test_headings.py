"""Headings are matched without case, spaces and punctuation; what is unknown or missing comes with the nearest one."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.reading.conftest import CRIMES, written
from vkpp.engine.reading import NotThisTable, read
from vkpp.engine.reading.headings import matched, nearest


@pytest.mark.parametrize(
    "heading", ["Force name", "FORCE NAME", " force_name ", "Force-name:", "Ｆorce name", "force", "Constabulary"]
)
def test_one_heading_in_many_spellings(heading: str) -> None:
    found = matched([heading, "Crime ID"], CRIMES, file="t.csv", row=1)
    assert found.columns == {"force": 0, "crime_id": 1}
    assert found.headings["force"] == heading


def test_a_misspelt_heading_is_told_with_the_nearest_both_ways() -> None:
    found = matched(["Force name", "Crime ID", "Date recored"], CRIMES, file="t.csv", row=3)
    assert found.unknown == ("Date recored",)
    assert found.missing == ("recorded", "note")
    by_check = {f.check: f for f in found.findings}
    assert by_check["file-unknown-column"].fix.startswith("Rename it to 'Date recorded'")
    assert by_check["file-missing-column"].fix == "Add the column, or rename 'Date recored' to 'Date recorded'."
    assert by_check["file-missing-column"].severity == "error"
    assert by_check["file-absent-column"].severity == "note"
    assert {f.row for f in found.findings} == {3}


def test_two_columns_of_one_heading_the_first_is_read_and_the_second_told(tmp_path: Path) -> None:
    (staged,) = read(written(tmp_path, b"Force,Crime ID,Constabulary\nA,1,B\n"), CRIMES, tmp_path / "w")
    assert pq.read_table(staged.parquet).column("force").to_pylist() == ["A"]
    assert staged.unknown == ("Constabulary",)
    (told,) = [f for f in staged.findings if f.check == "file-duplicate-heading"]
    assert "column 1" in told.message
    assert "column 3" in told.message


def test_nothing_is_near_to_something_else_altogether() -> None:
    assert nearest("Colour of the sky", ["Force name", "Crime ID"]) is None


def test_another_table_is_refused_with_its_first_line_and_the_nearest_headings(tmp_path: Path) -> None:
    with pytest.raises(NotThisTable) as refused:
        read(written(tmp_path, b"Forse nam,Offence\nA,1\n"), CRIMES, tmp_path / "w")
    assert "'Forse nam,Offence'" in refused.value.saw
    assert "'Forse nam' is near 'Force name'" in refused.value.next_step


def test_a_staged_table_holds_every_field_as_text_and_is_zstd(tmp_path: Path) -> None:
    (staged,) = read(written(tmp_path, b"Crime ID,Force\n1,A\n"), CRIMES, tmp_path / "w")
    table = pq.read_table(staged.parquet)
    assert table.column_names == ["force", "crime_id", "recorded", "note", "_record", "_line"]
    assert [pa.types.is_integer(t) for t in table.schema.types] == [False] * 4 + [True] * 2
    assert table.to_pylist() == [{"force": "A", "crime_id": "1", "recorded": None, "note": None, "_record": 1, "_line": 2}]
    group = pq.ParquetFile(staged.parquet).metadata.row_group(0)
    assert {group.column(i).compression for i in range(group.num_columns)} == {"ZSTD"}
    assert staged.missing == ("recorded", "note")
