"""A table written by the csv module in any dialect and encoding comes back value for value, or is refused in words."""

from __future__ import annotations

import csv
import io
import tempfile
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reading.conftest import table_of
from vkpp.basics.problems import UnreadableFile
from vkpp.engine.reading import LIMITS, read
from vkpp.engine.shapes.tables import LINE, RECORD

ENCODINGS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "cp1252": b"",
    "utf-16-le": b"",
    "utf-16-be": b"",
    "utf-16-le+bom": b"\xff\xfe",
    "utf-16-be+bom": b"\xfe\xff",
}
LATIN = st.text(alphabet=st.sampled_from("abcXYZ019 ,;|\t\"'\r\n#éÉ£œ-=."), max_size=12)
ANY = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, list[list[str]]]:
    width = draw(st.integers(1, 6))
    cell = st.one_of(st.sampled_from(["", "a", "1.0", " x "]), LATIN, ANY)
    return width, draw(st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=12))


def dialect(draw: st.DrawFn) -> dict[str, object]:
    return {
        "delimiter": draw(st.sampled_from(",;\t|")),
        "lineterminator": draw(st.sampled_from(["\n", "\r\n", "\r"])),
        "quoting": draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    }


def physical_lines(text: str) -> int:
    return len(text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n"))


def round_trip(data: st.DataObject) -> None:
    width, records = data.draw(tables())
    made, encoding = dialect(data.draw), data.draw(st.sampled_from(sorted(ENCODINGS)))
    if any(c in cell for record in records for cell in record for c in "\r\n"):
        made["quoting"] = csv.QUOTE_ALL  # the csv module writes a bare \r without quotes where lines end in \n
    out = io.StringIO()
    writer = csv.writer(out, **made)  # type: ignore[arg-type]
    writer.writerow([f"Field {i}" for i in range(width)])
    writer.writerows(records)
    text = out.getvalue()
    if data.draw(st.booleans()):
        text = text.removesuffix(str(made["lineterminator"]))
    codec = encoding.removesuffix("+bom")
    try:
        content = ENCODINGS[encoding] + text.encode(codec)
    except UnicodeEncodeError:
        return
    if codec == "cp1252" and _mixes(content):
        return
    if codec.startswith("utf-16") and not ENCODINGS[encoding] and not _looks_like_utf16(text):
        return
    empty = [not any(record) and not (made["quoting"] == csv.QUOTE_ALL or width == 1) for record in records]
    kept = [tuple(c or None for c in record) for record, hollow in zip(records, empty, strict=True) if not hollow]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(content)
        small = replace(LIMITS, block_bytes=data.draw(st.sampled_from([7, 64, LIMITS.block_bytes])))
        if not kept or _is_no_text(text, len(content)):
            with pytest.raises(UnreadableFile):
                read(path, table_of(width), Path(folder) / "w", limits=small)
            return
        (staged,) = read(path, table_of(width), Path(folder) / "w", limits=small)
        frame = pl.read_parquet(staged.parquet)
        assert frame.drop(RECORD, LINE).rows() == kept
        assert frame[RECORD].to_list() == list(range(1, len(kept) + 1))
        assert frame[LINE].to_list() == first_lines(records, empty, made, width)
        assert staged.reconciliation.holds
        assert staged.reconciliation.physical_lines == physical_lines(text)


def first_lines(records: list[list[str]], empty: list[bool], made: dict[str, object], width: int) -> list[int]:
    """Physical first line of each kept record, by writing one record at a time."""
    line, found = 2, []
    for record, hollow in zip(records, empty, strict=True):
        out = io.StringIO()
        csv.writer(out, **made).writerow(record)  # type: ignore[arg-type]
        if not hollow:
            found.append(line)
        line += physical_lines(out.getvalue())
    return found


def _looks_like_utf16(text: str) -> bool:
    """Without a mark UTF-16 is known by its zeros: most letters are Latin, and few have a zero for their other byte."""
    units = text.encode("utf-16-be")
    half, high, low = len(units) / 2, units[0::2].count(0), units[1::2].count(0)
    return high > 0.4 * half and low < 0.1 * half


def _is_no_text(text: str, size: int) -> bool:
    """Whether more than one letter in twenty is a control character: such a file is refused, being no table of text."""
    controls = sum(ord(c) < 32 and c not in "\t\n\v\f\r\x1a\x1b" for c in text)
    return size >= 256 and controls > 0.05 * len(text.encode())


@pytest.mark.parametrize("encoding", [name for name in ENCODINGS if name.startswith("utf-16")])
@pytest.mark.parametrize("words", ["Ŵyn ŷd", "Имя", "Όνομα", "نام"])
def test_letters_whose_bytes_look_like_controls_are_text(tmp_path: Path, encoding: str, words: str) -> None:
    text = "Field 0,Field 1\r\n" + f"{words},{words}\r\n" * 30 + "plain,plain\r\n" * 120
    (tmp_path / "t.csv").write_bytes(ENCODINGS[encoding] + text.encode(encoding.removesuffix("+bom")))
    (staged,) = read(tmp_path / "t.csv", table_of(2), tmp_path / "w")
    assert pl.read_parquet(staged.parquet).drop(RECORD, LINE).rows()[0] == (words, words)


def _mixes(content: bytes) -> bool:
    """Whether Windows-1252 bytes happen to read as UTF-8 somewhere, so that nobody could tell the two apart."""
    from vkpp.engine.reading.encodings import UTF8_SEQUENCE

    return not content.isascii() and UTF8_SEQUENCE.search(content) is not None


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_was_written_is_read(data: st.DataObject) -> None:
    round_trip(data)


@pytest.mark.slow
@settings(max_examples=4000, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_was_written_is_read_many_times(data: st.DataObject) -> None:
    round_trip(data)
