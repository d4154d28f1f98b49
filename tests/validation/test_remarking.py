"""Another marking on reports that lie there: what is then read is what would have been written with it, and nothing else."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.validation.test_reports import finding, result
from vkpp.engine.shapes.findings import Finding
from vkpp.engine.validation import remarking
from vkpp.engine.validation.remarking import mark_json_lines, mark_workbook
from vkpp.engine.validation.reports import CouldNotWrite, write_json_lines, write_workbook

BEFORE, AFTER = "OFFICIAL", r"OFFICIAL-SENSITIVE: <b> & \1 \g<2> only"
MANY: tuple[Finding, ...] = tuple(finding(f"<oddHeader>&COFFICIAL</oddHeader> {n}", record=n) for n in range(60))


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist()}


@pytest.mark.parametrize("piece", [1 << 20, 700])
def test_a_workbook_marked_anew_is_the_workbook_written_with_that_marking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(remarking, "_END", 600)
    for name, words in (("a.xlsx", BEFORE), ("b.xlsx", AFTER)):
        write_workbook(result(*MANY), tmp_path / name, marking=words, sheet_rows=40)
    if piece == 700:  # so that a sheet is read in many pieces; its first cell stands in the first of them
        monkeypatch.setattr(remarking, "_A_PIECE", 2000)
    mark_workbook(tmp_path / "a.xlsx", AFTER)
    assert parts(tmp_path / "a.xlsx") == parts(tmp_path / "b.xlsx")
    mark_workbook(tmp_path / "a.xlsx", BEFORE)
    assert parts(tmp_path / "a.xlsx") != parts(tmp_path / "b.xlsx")


@pytest.mark.parametrize("before", [BEFORE, ""])
def test_json_lines_marked_anew_are_those_written_with_that_marking(tmp_path: Path, before: str) -> None:
    for name, words in (("a.jsonl", before), ("b.jsonl", AFTER)):
        write_json_lines(result(*MANY), tmp_path / name, marking=words)
    mark_json_lines(tmp_path / "a.jsonl", AFTER)
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_workbook(result(*MANY), tmp_path / "a.xlsx", marking=BEFORE)
    held = (tmp_path / "a.xlsx").read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(remarking.shutil, "copyfileobj", full)
    with pytest.raises(CouldNotWrite):
        mark_workbook(tmp_path / "a.xlsx", AFTER)
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"] and (tmp_path / "a.xlsx").read_bytes() == held
