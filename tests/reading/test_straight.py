"""A plain text is given to the parser whole, any other in blocks: what is staged, counted and found must not differ."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reading.conftest import CRIMES, table_of
from tests.reading.samples import SAMPLES
from tests.reading.test_round_trip import tables
from vkpp.basics.problems import Problem
from vkpp.catalogue.specifications import Table
from vkpp.engine.reading import delimited, read

NEVER = 1 << 60


def said(path: Path, table: Table, straight_from: int) -> Any:
    """All that reading says of a file: what was staged, counted and found, or its refusal."""
    with patch.object(delimited, "STRAIGHT_FROM", straight_from), tempfile.TemporaryDirectory() as work:
        try:
            staged = read(path, table, Path(work))
        except Problem as problem:
            return str(problem), getattr(problem, "findings", ())
        frames = [pl.read_parquet(one.parquet).to_dict(as_series=False) for one in staged]
        return frames, [
            (one.reconciliation, one.findings, one.received, one.headers, one.unknown, one.missing) for one in staged
        ]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_every_sample_is_read_the_same(sample: Any, tmp_path: Path) -> None:
    path = tmp_path / sample.name
    path.write_bytes(sample.content)
    assert said(path, CRIMES, 0) == said(path, CRIMES, NEVER)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_generated_texts_are_read_the_same(data: st.DataObject) -> None:
    width, records = data.draw(tables())
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    quoting = data.draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=data.draw(st.sampled_from(",;\t|")), lineterminator=end, quoting=quoting)
    heading = [f"Field {i}" for i in range(width)]
    writer.writerows([heading, *records, *([heading] if data.draw(st.booleans()) else [])])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(out.getvalue().encode())
        assert said(path, table_of(width), 0) == said(path, table_of(width), NEVER)


def test_a_plain_text_goes_straight_and_a_break_inside_a_cell_does_not(tmp_path: Path) -> None:
    taken: list[bool] = []
    real = delimited._straight

    def noted(*args: Any) -> Any:
        found = real(*args)
        taken.append(found is not None)
        return found

    plain, broken = tmp_path / "plain.csv", tmp_path / "broken.csv"
    plain.write_bytes(b'Field 0,Field 1\na,b\n"c","d, e"\n,""\n')
    broken.write_bytes(b'Field 0,Field 1\na,b\n"c","d\ne"\n')
    with patch.object(delimited, "_straight", noted):
        results = [said(path, table_of(2), 0) for path in (plain, broken)]
    assert taken == [True, False]
    assert results[0][0][0]["_line"] == [2, 3, 4]
    assert results[0][0][0]["f0"] == ["a", "c", None]
