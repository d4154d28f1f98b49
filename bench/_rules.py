"""The benchmark's checks as polars expressions, for the peers: true where a check holds or its value is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import reduce
from typing import Any

import polars as pl

from bench._return import DATES, FIELDS, INTEGERS, MUST, Lists
from vkpp.basics.missing import MISSING_WORDS

KINDS = {f.name: f.type for f in FIELDS}
HEADINGS = {f.title: f.name for f in FIELDS}
WHITE = " \t\n\r\v\f\u00a0"


def read(path: str) -> pl.LazyFrame:
    return pl.scan_csv(path, infer_schema=False).rename(HEADINGS)


def clean(name: str) -> pl.Expr:
    text = pl.col(name).str.strip_chars(WHITE)
    return pl.when(text.is_in(["", "n/k"])).then(None).otherwise(text)


def known(name: str) -> pl.Expr:
    text = clean(name)
    if name in DATES:
        return pl.when(text.str.contains(r"^\d{4}-\d{2}-\d{2}$")).then(text).str.to_date("%Y-%m-%d", strict=False)
    if name in INTEGERS:
        return pl.when(text.str.contains(r"^[+-]?\d{1,19}$")).then(text).cast(pl.Int64, strict=False)
    if KINDS[name] == "number":
        return pl.when(text.str.contains(r"^[+-]?(\d{1,12}(\.\d*)?|\.\d+)$")).then(text).cast(pl.Float64, strict=False)
    return pl.when(text.str.to_lowercase().is_in(sorted(MISSING_WORDS))).then(None).otherwise(text)


def rules() -> Iterator[tuple[str, str, pl.Expr]]:
    """Check, the column that a finding shows, and the expression."""
    for check, must in MUST.items():
        operator, arguments = next(iter(must.items()))
        inner = next(iter(arguments.values())) if operator == "not" else arguments
        yield check, inner.get("field") or inner["fields"][0], holds(operator, arguments)


def holds(operator: str, a: dict[str, Any]) -> pl.Expr:
    if operator == "not":
        return ~holds(*next(iter(a.items()))) | known(next(iter(a.values()))["field"]).is_null()
    if operator == "required":
        return clean(a["field"]).is_not_null()
    if operator == "unique":
        key = clean(a["fields"][0])
        return ~key.is_duplicated() | key.is_null()
    if operator == "before":
        first, second = (known(name) for name in a["fields"])
        return (first <= second).fill_null(True)
    value = known(a["field"])
    if operator == "readable":
        word = clean(a["field"]).str.to_lowercase().is_in(sorted(MISSING_WORDS))
        return clean(a["field"]).is_null() | value.is_not_null() | word
    return _of_value(operator, a, value).fill_null(True)


def _of_value(operator: str, a: dict[str, Any], value: pl.Expr) -> pl.Expr:
    if operator == "matches":
        return value.str.contains(f"^(?:{a['pattern']})$")
    if operator == "in_list":
        return value.str.to_lowercase().is_in(list(Lists.lists[a["list"]].accepts))
    if operator == "one_of":
        values = [dt.date.fromisoformat(v) for v in a["values"]] if a["field"] in DATES else a["values"]
        return reduce(lambda x, y: x | y, (value == v for v in values))
    if operator == "at_least":
        return value >= a["value"]
    return value.is_between(float(a["min"]), float(a["max"]))
