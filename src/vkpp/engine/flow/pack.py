"""A force's own pack from its accepted version: totals, shares with their bases, what is not known, and the quality card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from vkpp.basics.periods import Period
from vkpp.basics.problems import RefusedByRule
from vkpp.catalogue.load import Catalogue
from vkpp.catalogue.specifications import Specification
from vkpp.catalogue.typologies import FILE, Typology, read_typology
from vkpp.engine.classification.csae import Return, answered, children_apart, counted
from vkpp.engine.shapes.pack import Filled, Share
from vkpp.engine.statistics.filling import compared, expected, filled, no_answers
from vkpp.engine.statistics.proportions import proportions
from vkpp.engine.statistics.rates import rates
from vkpp.engine.tables.session import connect

PER_CHILDREN, PERCENT = "per 1,000 children", "percent"
_FORCE = "own"  # the key that the classification wants; there is one force here


@dataclass(frozen=True, slots=True)
class Known:
    """Counted crimes by what they are, of one return: by crime type, and yes, no and unknown by type of the typology."""

    counted: int
    crime_types: Mapping[str, tuple[str, int]]  # code -> title, crimes
    types: Mapping[str, tuple[str, int, int, int]]  # code -> title, yes, no, unknown
    suspects: tuple[int, int, int]  # aged 10 to 17, 18 and over, age not known


def typology_of(catalogue: Catalogue, collection: str) -> Typology | None:
    """The collection's typology; None for a collection without one."""
    folder = catalogue.collections_folder / collection
    return read_typology(folder) if (folder / FILE).is_file() else None


def totals_of(files: Mapping[str, Path], typology: Typology | None) -> dict[str, int]:
    """What counts in the first table of many returns (key -> its Parquet file): records less those not counted."""
    if not files:
        return {}
    con = connect()
    try:
        found = {}
        for key, path in files.items():
            rows = con.read_parquet(str(path.resolve()))
            found[key] = int((counted(rows, typology) if typology else rows).count().to_pyarrow().as_py())
        return found
    finally:
        con.disconnect()


def known(tables: Mapping[str, Path], typology: Typology) -> Known:
    """Every crime of a return asked what it is; who is not known is counted as that."""
    con = connect()
    try:
        parts = {
            name: con.create_table(
                name,
                con.read_parquet(str(tables[name].resolve())).mutate(
                    force_id=ibis.literal(_FORCE), return_period=ibis.literal("")
                ),
                temp=True,
            )
            for name in ("crimes", "victims", "suspects", "relations")
        }
        returns, _ = children_apart(Return(**parts), typology)
        crimes = con.create_table("answered", answered(returns, typology), temp=True)
        by_type = _counts(crimes, crimes.crime_type)
        types = {entry.code: (entry.title, *_answers(crimes, crimes[entry.code])) for entry in typology.types}
        of_counted = returns.suspects.semi_join(crimes, "crime_ref")
        return Known(
            int(crimes.count().to_pyarrow().as_py()),
            {code: (title, by_type.get(code, 0)) for code, title, _ in typology.crime_types},
            types,
            _answers(of_counted, of_counted.age.between(10, 17)),
        )
    finally:
        con.disconnect()


def _counts(rows: Any, column: Any) -> dict[str, int]:
    found = rows.group_by(code=column).agg(n=rows.count()).to_pyarrow().to_pylist()
    return {str(row["code"]): int(row["n"]) for row in found}


def _answers(rows: Any, answer: Any) -> tuple[int, int, int]:
    """(yes, no, unknown)."""
    words = ibis.cases((answer.isnull(), "unknown"), (answer, "yes"), else_="no")
    found = _counts(rows, words)
    return found.get("yes", 0), found.get("no", 0), found.get("unknown", 0)


def shares(found: Known, catalogue: Catalogue, force_id: str, period: Period, small_below: int) -> Iterator[Share]:
    """The rate by children who live in the area, the crime types, and each question of the typology, each with its base."""
    yield from _rate(found.counted, catalogue, force_id, period, small_below)
    for code, (title, count) in found.crime_types.items():
        yield share(f"crime-type.{code}", title, count, found.counted - count, 0, "crimes", small_below)
    for code, (title, yes, no, unknown) in found.types.items():
        yield share(f"type.{code}", title, yes, no, unknown, "crimes", small_below)
    words = "Suspects who are children (10 to 17)"
    yield share("suspects-child", words, *found.suspects, "suspects", small_below)


def _rate(count: int, catalogue: Catalogue, force_id: str, period: Period, small_below: int) -> Iterator[Share]:
    try:
        people = catalogue.population(force_id, period)
    except RefusedByRule:
        return  # a force without residents, or no figure near enough: the count stands without a rate
    made = rates([count], [people.value], multiplier=1_000)
    words = f"children under 18 who lived in the area in the middle of {people.year}"
    low, high = (float(side[0]) for side in (made.lower, made.upper))
    small = 0 < count < small_below
    title = "Crimes recorded, in the period"
    yield Share("rate", title, PER_CHILDREN, count, people.value, words, float(made.value[0]), low, high, small=small)


def share(name: str, title: str, yes: int, no: int, unknown: int, noun: str, small_below: int) -> Share:
    """A share of those known, in percent, with Wilson's limits; and what it could be if the unknown were all no, or all yes."""
    base, every = yes + no, yes + no + unknown
    small = any(0 < n < small_below for n in (yes, no, unknown))
    if not base:
        lowest, highest = (0.0, 100.0) if unknown else (None, None)
        return Share(name, title, PERCENT, yes, 0, noun, None, None, None, unknown, lowest, highest, small)
    made = proportions([yes], [base], multiplier=100)
    value, low, high = (float(one[0]) for one in (made.value, made.lower, made.upper))
    noun = noun if base != 1 else noun.removesuffix("s")
    words = f"{noun} of which it is known" if unknown else noun
    return Share(
        name,
        title,
        PERCENT,
        yes,
        base,
        words,
        value,
        low,
        high,
        unknown,
        100 * yes / every,
        100 * (yes + unknown) / every,
        small,
    )


# How full the columns are


def columns(
    tables: Mapping[str, Path], before: Mapping[str, Path], specification: Specification, catalogue: Catalogue
) -> tuple[Filled, ...]:
    """Every column of a return, beside the return of the period before (empty where none is held)."""
    return compared(_filled(tables, specification, catalogue), _filled(before, specification, catalogue))


def _filled(tables: Mapping[str, Path], specification: Specification, catalogue: Catalogue) -> list[Filled]:
    wanted = expected(specification)
    found: list[Filled] = []
    for table in specification.tables:
        if table.name not in tables:
            continue
        lists = {f.code_list: catalogue.code_list(f.code_list).entries for f in table.fields if f.code_list}
        held = pq.read_table(tables[table.name])
        counts = {name: _counted_values(held[name]) for name in held.column_names}
        found += filled(table, counts, wanted, no_answers(table, lists))
    return found


def _counted_values(column: pa.ChunkedArray) -> dict[Any, int]:
    """How often each text stands in a column; of a number or a date only whether it is there."""
    text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    counted_ = pc.value_counts(column if text else pc.if_else(column.is_valid(), True, None))
    return {one["values"]: one["counts"] for one in counted_.to_pylist()}
