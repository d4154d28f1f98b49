"""Every check on records in one scan: a bit for each check, and only the rows with a bit set come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from vkpp.engine.validation import operators_ibis
from vkpp.engine.validation.context import Context
from vkpp.engine.validation.delivery import OWN, Delivered, Part
from vkpp.engine.validation.operators_ibis import Row, side_by_side
from vkpp.engine.validation.vocabulary import Compiled

BITS = 63  # of a signed 64-bit mask; more checks take more masks


def scan(checks: Sequence[Compiled], part: Part, whole: Mapping[str, Delivered], context: Context, shown: Sequence[str]) -> Any:
    """The question about one part, as an expression: rows that at least one check finds, with their places, the raw texts of
    the fields in `shown`, and the masks. The checks stand in the order of their bits.
    """
    delivered = whole[checks[0].table.name]
    row = delivered.rows_of(part, set().union(*map(operators_ibis.asks, checks)))
    marks: dict[int, Any] = {}
    for number, check in enumerate(checks):
        if check.level == "among":
            row, marks[number] = _joined(check, number, row, whole)
    failing = [_fails(check, marks.get(n), row, context) for n, check in enumerate(checks)]
    masks = {f"_mask{i // BITS}": _mask(failing[i : i + BITS]) for i in range(0, len(failing), BITS)}
    masked = row.t.select(*OWN, *dict.fromkeys(shown), **masks)
    return masked.filter(reduce(lambda a, b: a | b, (masked[name] != 0 for name in masks)))


def found_by(rows: pa.Table, number: int) -> pa.Table:
    """Of the rows that a scan gave, those whose bit of this check is set."""
    bit = pa.scalar(1 << (number % BITS), pa.int64())
    return rows.filter(pc.not_equal(pc.bit_wise_and(rows[f"_mask{number // BITS}"], bit), pa.scalar(0, pa.int64())))


def _mask(failing: Sequence[Any]) -> Any:
    bits = (fails.ifelse(ibis.literal(1 << i, "int64"), ibis.literal(0, "int64")) for i, fails in enumerate(failing))
    return reduce(lambda a, b: a | b, bits)


def _fails(check: Compiled, mark: str | None, row: Row, context: Context) -> Any:
    if mark is None:
        return operators_ibis.found(check, row, context)
    marked = row.t[mark].notnull()
    if check.must.operator == "exists_in":
        marked = row.known(check.must.arguments["field"]).notnull() & ~marked
    return operators_ibis.applies(check, row, context) & marked


def _joined(check: Compiled, number: int, row: Row, whole: Mapping[str, Delivered]) -> tuple[Row, str]:
    """The rows with one more column, null or not: from a left join, which stays fast where `not in (subquery)` does not."""
    mark = f"_mark{number}"
    if check.must.operator == "unique":
        fields = check.must.arguments["fields"]
        keys = [row.known(name) for name in fields]
        others = _repeated(fields, whole[row.table.name].rows({(name, "known") for name in fields}), mark)
    else:
        keys, others = _referred(check, row, whole, mark)
    same = [key == others[f"{mark}~{i}"] for i, key in enumerate(keys)]
    joined = row.t.left_join(others, same).select(*row.t.columns, mark)
    return Row(joined, row.table), mark


def _repeated(fields: Sequence[str], rows: Row, mark: str) -> Any:
    """Keys that stand on more than one record; a key with a missing value is no key."""
    keys = {f"{mark}~{i}": rows.known(name) for i, name in enumerate(fields)}
    there = rows.t.select(**keys).drop_null(list(keys))
    counted = there.group_by(list(keys)).agg(_records=there.count())
    return counted.filter(counted["_records"] > 1).select(*keys, **{mark: ibis.literal(True)})


def _referred(check: Compiled, row: Row, whole: Mapping[str, Delivered], mark: str) -> tuple[list[Any], Any]:
    arguments = check.must.arguments
    other = whole[arguments["table"]].rows({(arguments["column"], "known")})
    own_field, other_field = row.table.field(arguments["field"]), other.table.field(arguments["column"])
    both = (own_field, other_field)
    values = other.t.select(**{f"{mark}~0": side_by_side(other.known(other_field.name), other_field, both)})
    distinct = values.drop_null().distinct()
    return [side_by_side(row.known(own_field.name), own_field, both)], distinct.mutate(**{mark: ibis.literal(True)})
