"""What a text is read as: the promises of every field type, at and beyond their edges."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import ibis
import pytest

from vkpp.basics.problems import UsageProblem
from vkpp.catalogue.specifications import Field, Table
from vkpp.engine.tables.casting import typed
from vkpp.engine.tables.session import connect


@pytest.fixture(scope="module")
def session():
    con = connect(threads=1)
    yield con
    con.disconnect()


def read(session: Any, texts: list[str | None], **kwargs: Any) -> list[Any]:
    field = Field(name="x", title="X", description="", **kwargs)
    table = Table(name="t", title="T", description="", fields=(field,))
    rows = ibis.memtable({"x": texts, "_record": list(range(len(texts)))}, schema={"x": "string", "_record": "int64"})
    return session.to_pyarrow(typed(rows, table).order_by("_record"))["x"].to_pylist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12), (" 12\u00a0", 12), ("+12", 12), ("-12", -12), ("0012", 12), ("9223372036854775807", 9223372036854775807),
        ("9223372036854775808", None), ("1,234", None), ("1_234", None), ("1e3", None), ("12.0", None), ("1 2", None),
        ("", None), (None, None), ("x", None), ("٣", None), ("12\n", 12), ("1\n2", None), ("0x10", None), ("--1", None),
    ],
)  # fmt: skip
def test_integers_are_strict(session, text, expected):
    assert read(session, [text], type="integer") == [expected]


def test_padded_counts_and_exact_texts(session):
    found = read(session, [" 66776 ", " -00 ", "-0", "-36"], type="integer", read_as={"-00": "0"})
    assert found == [66776, 0, 0, -36]


def test_thousands_separators_only_where_the_field_says_so(session):
    texts = ["1,234", "1234", "12,34", "1,234,567", ",123"]
    assert read(session, texts, type="integer", constraints={"groupChar": ","}) == [1234, 1234, None, 1234567, None]


def test_numbers_are_decimals(session):
    texts = ["1.5", ".5", "5.", "-0.123456", "0.1234567", "1e3", "NaN", "inf", "1,5", "123456789012.5", "1234567890123"]
    exact = [Decimal("1.5"), Decimal("0.5"), Decimal(5), Decimal("-0.123456"), Decimal("0.123457")]
    assert read(session, texts, type="number") == [*exact, None, None, None, None, Decimal("123456789012.5"), None]


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("default", "2024-02-29", dt.date(2024, 2, 29)),
        ("default", "2023-02-29", None),
        ("default", "2024-2-9", None),
        ("default", "2024-02-09 00:00", None),
        ("default", "09/02/2024", None),
        ("default", "0000-01-01", None),
        ("%d/%m/%Y", "09/02/2024", dt.date(2024, 2, 9)),
        ("%d/%m/%Y", "9/2/2024", None),
        ("%d/%m/%Y", "02/13/2024", None),
        ("%d/%m/%Y", "2024-02-09", None),
        ("%Y%m%d", "20240209", dt.date(2024, 2, 9)),
        ("%d.%m.%Y", "09x02x2024", None),
    ],
)
def test_dates_have_one_shape(session, form, text, expected):
    assert read(session, [text], type="date", format=form) == [expected]


def test_yearmonth_is_the_first_day(session):
    assert read(session, ["2024-01", "2024-13", "2024-1", "202401"], type="yearmonth") == [
        dt.date(2024, 1, 1),
        None,
        None,
        None,
    ]


def test_booleans(session):
    assert read(session, ["Yes", "FALSE", "1", "n", "maybe", ""], type="boolean") == [True, False, True, False, None, None]


def test_missing_values_and_read_as_work_together(session):
    found = read(session, ["NK", " n/k", "A", "not known"], type="string", missing_values=("", "NK"), read_as={"n/k": "NK"})
    assert found == [None, None, "A", "not known"]


def test_a_format_that_cannot_be_held_to_is_refused(session):
    with pytest.raises(UsageProblem, match="%b"):
        read(session, ["1 Jan 2024"], type="date", format="%d %b %Y")


def test_a_field_that_the_file_lacks_is_null(session):
    fields = tuple(Field(name=n, title=n, description="", type="integer") for n in ("a", "b"))
    rows = ibis.memtable(
        {"a": ["1"], "_record": [1], "_line": [2]}, schema={"a": "string", "_record": "int64", "_line": "int64"}
    )
    found = session.to_pyarrow(typed(rows, Table(name="t", title="T", description="", fields=fields))).to_pylist()
    assert found == [{"_record": 1, "_line": 2, "a": 1, "b": None}]


def test_the_session_cannot_fetch_extensions():
    con = connect(threads=1)
    names = "('autoinstall_known_extensions', 'autoload_known_extensions', 'allow_community_extensions')"
    settings = con.raw_sql(f"SELECT DISTINCT value FROM duckdb_settings() WHERE name IN {names}").fetchall()  # noqa: S608
    con.disconnect()
    assert settings == [("false",)]
