"""Structural faults: each one listed at its own line, in one pass, and two ways of looking at a block agree."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reading.conftest import table_of, written
from vkpp.basics.problems import ExitCode
from vkpp.engine.reading import LIMITS, StructuralFaults, read
from vkpp.engine.reading.careful import Dialect
from vkpp.engine.reading.scanning import exact, regular

WIDTH = 6
KINDS = {
    "file-too-few-fields": lambda cells: ",".join(cells[:-1]),
    "file-too-many-fields": lambda cells: ",".join([*cells, "x"]),
    "file-stray-quote": lambda cells: ",".join(['a"b', *cells[1:]]),
    "file-unclosed-quote": lambda cells: ",".join(['"ab', *cells[1:]]),
    "file-nul": lambda cells: ",".join(["a\0b", *cells[1:]]),
    "file-undecodable": lambda cells: ",".join(["a\udcffb", *cells[1:]]),
}


def planted(count: int, records: int, seed: int) -> tuple[bytes, list[tuple[str, int]]]:
    """A table with `count` faults of all kinds, never in neighbouring records; good records hold breaks inside quotes too."""
    rng = random.Random(seed)  # noqa: S311
    bad = sorted(rng.sample(range(0, records, 2), count))
    faults, out, line = [], [",".join(f"Field {i}" for i in range(WIDTH))], 2
    for number in range(records):
        cells = [f"{number}", "é", "", "x y", "1.0", "z"]
        if number in bad:
            kind = rng.choice(sorted(KINDS))
            out.append(KINDS[kind](cells))
            faults.append((kind, line))
        elif number % 7 == 0:
            out.append(",".join([*cells[:-1], '"one\ntwo, ""three"""']))
            line += 1
        else:
            out.append(",".join(cells))
        line += 1
    return ("\n".join(out) + "\n").encode("utf-8", "surrogateescape"), faults


@pytest.mark.parametrize("block", [512, 4096, LIMITS.block_bytes])
@pytest.mark.parametrize("seed", range(3))
def test_two_hundred_planted_faults_are_two_hundred_listed(tmp_path: Path, seed: int, block: int) -> None:
    content, faults = planted(200, 2000, seed)
    with pytest.raises(StructuralFaults) as refused:
        read(written(tmp_path, content), table_of(WIDTH), tmp_path / "w", limits=replace(LIMITS, block_bytes=block))
    assert [(f.check, f.row) for f in refused.value.findings] == faults
    assert refused.value.exit_code is ExitCode.UNREADABLE
    assert all(f.severity == "error" and f.fix for f in refused.value.findings)
    assert f"line {faults[0][1]}:" in str(refused.value)
    assert "and 197 more" in str(refused.value)
    assert not list((tmp_path / "w").iterdir())


def test_an_open_quote_is_reported_where_it_opens_not_where_the_file_ends(tmp_path: Path) -> None:
    lines = ["Field 0,Field 1,Field 2", *(f"{i},b,c" for i in range(5000))]
    lines[10] = '9,"b,c'
    with pytest.raises(StructuralFaults) as refused:
        read(written(tmp_path, "\n".join(lines).encode()), table_of(3), tmp_path / "w")
    assert [(f.check, f.row) for f in refused.value.findings] == [("file-unclosed-quote", 11)]


def test_an_open_quote_in_the_second_line_of_a_record_is_reported_there(tmp_path: Path) -> None:
    content = b'Field 0,Field 1,Field 2\n1,"a\nb","c\n2,b,c\n3,b,c\n'
    with pytest.raises(StructuralFaults) as refused:
        read(written(tmp_path, content), table_of(3), tmp_path / "w")
    assert [(f.check, f.row) for f in refused.value.findings] == [("file-unclosed-quote", 3)]


def test_faults_over_the_bound_are_counted(tmp_path: Path) -> None:
    content = b"Field 0,Field 1\n" + b"x\n" * 50
    with pytest.raises(StructuralFaults) as refused:
        read(written(tmp_path, content), table_of(2), tmp_path / "w", limits=replace(LIMITS, faults=10))
    assert len(refused.value.findings) == 11
    assert refused.value.findings[-1].check == "file-more-faults"
    assert refused.value.findings[-1].message.startswith("40 more")


def test_a_cell_over_the_bound_is_a_fault(tmp_path: Path) -> None:
    content = b"Field 0,Field 1\na,b\n" + b"x" * 200 + b",b\n"
    with pytest.raises(StructuralFaults) as refused:
        read(written(tmp_path, content), table_of(2), tmp_path / "w", limits=replace(LIMITS, cell_bytes=100))
    assert [(f.check, f.row) for f in refused.value.findings] == [("file-cell-too-long", 3)]


def test_a_line_without_end_is_refused_without_holding_it_all(tmp_path: Path) -> None:
    content = b"Field 0,Field 1\na,b\n" + b"x" * 100_000
    small = replace(LIMITS, line_bytes=10_000, cell_bytes=10_000, block_bytes=1000)
    with pytest.raises(StructuralFaults) as refused:
        read(written(tmp_path, content), table_of(2), tmp_path / "w", limits=small)
    assert [(f.check, f.row) for f in refused.value.findings] == [("file-cell-too-long", 3)]


CELL = st.text(alphabet=st.sampled_from('ab,"\n\r '), max_size=6)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=8),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.lists(st.tuples(st.integers(0, 200), st.sampled_from([b",", b'"', b"\n", b"\r", b"\r\n", b"a"])), max_size=2),
    st.booleans(),
)
def test_the_fast_scan_and_the_careful_one_agree(
    records: list[list[str]], ending: str, changes: list[tuple[int, bytes]], at_end: bool
) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows(records)
    block = out.getvalue().encode()
    for at, insert in changes:
        block = block[:at] + insert + block[at:]
    fast = regular(block, Dialect(b","), 3, LIMITS, at_end)
    slow = exact(block, Dialect(b","), 3, LIMITS, 1, at_end)
    if fast is None:
        return
    assert not [f for f in slow.faults if f.line <= fast.lines]
    if fast.consumed == slow.consumed:
        assert fast.starts.tolist() == slow.starts.tolist()
        assert (fast.lines, fast.blanks, fast.breaks_inside) == (slow.lines, slow.blanks, slow.breaks_inside)
        assert (fast.empty_rows, fast.suspects) == (slow.empty_rows, slow.suspects)
        assert fast.text.rstrip(b"\r\n") == slow.text.rstrip(b"\r\n")
