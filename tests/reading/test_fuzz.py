"""Any bytes at all: either a table with a reconciliation that holds, or a refusal in words; never another exception."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reading.conftest import CRIMES
from tests.reading.samples import SAMPLES
from vkpp.basics.problems import UnreadableFile
from vkpp.engine.reading import LIMITS, read

HEADERS = [
    b"",
    b"Force,Crime ID,Date recorded,Note\n",
    b"Force;Crime ID\r\n",
    b"\xef\xbb\xbfForce\tCrime ID\r",
    b"notes\nForce|Crime ID\n",
]
PARTS = [
    b",",
    b";",
    b"\t",
    b"|",
    b'"',
    b"'",
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b"\xff",
    b"\xe9",
    "é".encode(),
    b"a",
    b" ",
    b"Force",
]
TEXTS = st.lists(st.sampled_from(PARTS), max_size=40).map(b"".join)
ZIPPED = [sample.content for sample in SAMPLES if sample.content.startswith(b"PK")]
OLD = [sample.content for sample in SAMPLES if sample.content.startswith(b"\xd0\xcf")]


def table_or_words(content: bytes, block: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, work = Path(folder) / "x.csv", Path(folder) / "w"
        path.write_bytes(content)
        try:
            staged = read(path, CRIMES, work, limits=replace(LIMITS, block_bytes=block))
        except UnreadableFile as refused:
            assert str(refused)
            assert not list(work.glob("*")) if work.exists() else True
            return
        assert staged
        for one in staged:
            assert one.reconciliation.holds
            assert one.reconciliation.records == pl.read_parquet(one.parquet).height > 0
        assert {p.name for p in work.iterdir()} == {one.parquet.name for one in staged}


ANY_TEXT = st.builds(lambda header, body: header + body, st.sampled_from(HEADERS), st.one_of(TEXTS, st.binary(max_size=60)))


@st.composite
def damaged(draw: st.DrawFn, files: list[bytes]) -> bytes:
    """A sound workbook or zip with some bytes changed, or cut short."""
    content = bytearray(draw(st.sampled_from(files)))
    for _ in range(draw(st.integers(0, 4))):
        content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    return bytes(content[: draw(st.integers(2, len(content)))] if draw(st.booleans()) else content)


FUZZ = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=250, **FUZZ)  # type: ignore[arg-type]
@given(ANY_TEXT, st.sampled_from([5, 64, 1 << 20]))
def test_any_text(content: bytes, block: int) -> None:
    table_or_words(content, block)


@settings(max_examples=120, **FUZZ)  # type: ignore[arg-type]
@given(damaged(ZIPPED))
def test_any_damage_to_a_workbook(content: bytes) -> None:
    table_or_words(content, 1 << 20)


@pytest.mark.slow
@settings(max_examples=5000, **FUZZ)  # type: ignore[arg-type]
@given(ANY_TEXT, st.sampled_from([5, 64, 1 << 20]))
def test_any_text_many_times(content: bytes, block: int) -> None:
    table_or_words(content, block)


@pytest.mark.slow
@settings(max_examples=3000, **FUZZ)  # type: ignore[arg-type]
@given(damaged(ZIPPED))
def test_any_damage_to_a_workbook_many_times(content: bytes) -> None:
    table_or_words(content, 1 << 20)


@pytest.mark.slow
@settings(max_examples=60, **FUZZ)  # type: ignore[arg-type]
@given(damaged(OLD))
def test_any_damage_to_an_old_workbook(content: bytes) -> None:
    table_or_words(content, 1 << 20)
