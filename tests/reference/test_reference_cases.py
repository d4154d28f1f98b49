"""Every reference case is met by the checker of its area, or waits with a reason that the report prints."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from .case import (
    OTHER_FOLDER,
    Case,
    NotReached,
    all_cases,
    cases_folder,
    checker_of,
    folders_without_case,
    waiting_list,
    waiting_reason,
    waits,
)
from .pack_cases import pack


def test_the_folder_holds_cases() -> None:
    assert cases_folder().is_dir(), f"no such folder: {cases_folder()}"
    assert all_cases(), f"{cases_folder()} holds no case: expected AREA/CASE/case.json"


def test_every_case_folder_has_its_case_json() -> None:
    assert folders_without_case() == []


def test_no_two_cases_share_a_name() -> None:
    names = [str(case) for case in all_cases()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("case", all_cases(), ids=str)
def test_case(case: Case) -> None:
    if reason := waiting_reason(case):
        pytest.skip(f"waiting: {reason}")
    try:
        checker_of(case)(case)
    except NotReached as unknown:
        pytest.fail(f"neither reached nor waiting: {unknown}", pytrace=False)


def test_nothing_waits_that_may_not() -> None:
    assert {case.area for case in all_cases() if waiting_reason(case)} <= {"05", "06", "07"}


@pytest.mark.skipif(OTHER_FOLDER in os.environ, reason="another folder may lack what waits")
def test_every_entry_of_the_waiting_list_is_of_use() -> None:
    assert [entry for entry in waiting_list() if not any(waits(entry, case) for case in all_cases())] == []


def test_a_case_of_an_unknown_area_is_not_reached(tmp_path: Path) -> None:
    with pytest.raises(NotReached, match="area 99"):
        checker_of(Case("99", "x", {}, {}, tmp_path, {}))


def test_packing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    source = tmp_path / "cases" / "01_x" / "one"
    source.mkdir(parents=True)
    (source / "case.json").write_text('{"id": "one"}')
    pack(tmp_path / "cases", tmp_path / "a.zip")
    (source / "case.json").touch()
    pack(tmp_path / "cases", tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert zipfile.ZipFile(tmp_path / "a.zip").namelist() == ["01_x/one/case.json"]
