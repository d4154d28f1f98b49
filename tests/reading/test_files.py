"""Folders of files that must pass and must fail: walked, read, and held to what samples.py says of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reading.conftest import CRIMES, rows
from tests.reading.samples import FAIL, FILES, PASS, SAMPLES, Sample
from vkpp.basics.problems import ExitCode, UnreadableFile
from vkpp.engine.reading import StructuralFaults, read


def names(samples: list[Sample]) -> list[str]:
    return [sample.name for sample in samples]


def test_every_file_is_a_sample_and_every_sample_a_file() -> None:
    assert sorted(p.relative_to(FILES).as_posix() for p in FILES.rglob("*") if p.is_file()) == sorted(
        f"{sample.folder}/{sample.name}" for sample in SAMPLES
    )


def test_the_text_files_are_as_samples_makes_them() -> None:
    texts = [s for s in SAMPLES if s.content[:2] not in {b"PK", b"\xd0\xcf"}]
    assert [s.name for s in texts if (FILES / s.folder / s.name).read_bytes() != s.content] == []


@pytest.mark.parametrize("sample", PASS, ids=names(PASS))
def test_a_file_that_must_pass(sample: Sample, tmp_path: Path) -> None:
    staged = read(FILES / "pass" / sample.name, CRIMES, tmp_path)
    assert tuple(row for one in staged for row in rows(one)) == sample.rows
    assert tuple(sorted(finding.check for one in staged for finding in one.findings)) == sample.checks
    for one in staged:
        assert one.reconciliation.holds
        assert (one.records, one.reconciliation.accepted) == (one.reconciliation.records, one.records)
        assert one.parquet.parent == tmp_path
        assert all(finding.message and finding.fix for finding in one.findings)
        lines = [number for (number,) in rows(one, "_line")]
        assert lines == sorted(set(lines))
        assert rows(one, "_record") == [(i + 1,) for i in range(one.records)]
    assert {p.name for p in tmp_path.iterdir()} == {one.parquet.name for one in staged}


@pytest.mark.parametrize("sample", FAIL, ids=names(FAIL))
def test_a_file_that_must_fail(sample: Sample, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read(FILES / "fail" / sample.name, CRIMES, tmp_path / "w")
    assert refused.value.exit_code is ExitCode.UNREADABLE
    assert refused.value.where
    assert refused.value.expected
    assert refused.value.next_step
    if sample.faults:
        assert isinstance(refused.value, StructuralFaults)
        assert tuple((f.check, f.row) for f in refused.value.findings) == sample.faults
    assert sample.words in str(refused.value)
    assert not list((tmp_path / "w").iterdir())
