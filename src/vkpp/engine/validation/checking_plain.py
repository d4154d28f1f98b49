"""A whole delivery checked in plain Python: the slow, obvious reference for the scan and the counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from vkpp.basics.identifiers import fold
from vkpp.catalogue.specifications import Check, Specification
from vkpp.engine.validation import operators_plain
from vkpp.engine.validation.context import Context
from vkpp.engine.validation.operators_plain import Record, Row
from vkpp.engine.validation.vocabulary import OF_CODES, Compiled, register
from vkpp.engine.validation.whole_tables import Figures, Group, judged, shown, wanted_codes

# check, table, record (1-based; None where a table or a group is found), group
Found = tuple[str, str, int | None, Group]
Records = Mapping[str, Sequence[Record]]


def found_plainly(
    tables: Records, specification: Specification, context: Context, earlier: Records | None = None
) -> set[Found]:
    """What every check finds. `earlier` are the records of earlier returns. Raises CannotRun and NotApplicable as they come."""
    found: set[Found] = set()
    for check in specification.checks:
        found |= found_by(check, tables, specification, context, earlier)
    return found


def found_by(
    check: Check, tables: Records, specification: Specification, context: Context, earlier: Records | None = None
) -> set[Found]:
    """What one check finds."""
    compiled = register(check, specification.table(check.table))
    records = tables.get(check.table, ())
    if compiled.level == "table":
        return {(check.id, check.table, None, group) for group in _groups(compiled, records, context, earlier)}
    if compiled.must.operator == "unique":
        numbers = _repeated(compiled, records)
    elif compiled.must.operator == "exists_in":
        numbers = _unmatched(compiled, tables, specification)
    else:
        numbers = {n for n, record in enumerate(records, 1) if operators_plain.found(compiled, record, context)}
        return {(check.id, check.table, n, ()) for n in numbers}
    return {(check.id, check.table, n, ()) for n in numbers if _applies(compiled, records[n - 1], context)}


def _applies(check: Compiled, record: Record, context: Context) -> bool:
    return check.when is None or operators_plain.holds(check.when, Row(record, check.table), context) is True


def _repeated(check: Compiled, records: Sequence[Record]) -> set[int]:
    names = check.must.arguments["fields"]
    keys = [tuple(Row(record, check.table).known(name) for name in names) for record in records]
    counts = Counter(keys)
    return {n for n, key in enumerate(keys, 1) if None not in key and counts[key] > 1}


def _unmatched(check: Compiled, tables: Records, specification: Specification) -> set[int]:
    a = check.must.arguments
    other = specification.table(a["table"])
    by_month = "yearmonth" in {check.table.field(a["field"]).type, other.field(a["column"]).type}

    def comparable(value: Any) -> Any:
        return value.replace(day=1) if by_month and value is not None else value

    there = {comparable(Row(record, other).known(a["column"])) for record in tables.get(other.name, ())}
    values = [comparable(Row(record, check.table).known(a["field"])) for record in tables.get(check.table.name, ())]
    return {n for n, value in enumerate(values, 1) if value is not None and value not in there}


def _groups(check: Compiled, records: Sequence[Record], context: Context, earlier: Records | None) -> Iterator[Group]:
    rows = [Row(record, check.table) for record in records if _applies(check, record, context)]
    if check.must.operator in OF_CODES:
        yield from _absent(check, rows, context)
        return
    figures = _figures(check, rows)
    before: dict[Group, Any] = {}
    if check.must.operator == "changed_by_at_most":
        old = [Row(r, check.table) for r in (earlier or {}).get(check.table.name, ()) if _applies(check, r, context)]
        before = {one.group: one.total for one in _figures(check, old)}
        figures += [Figures(group, 0) for group in set(before) - {one.group for one in figures}]
    nation = context.national_share(check.check.id) if check.must.operator == "share_as_nationally" else None
    for verdict in judged(check, figures, before, nation):
        yield verdict.group


def _absent(check: Compiled, rows: Sequence[Row], context: Context) -> Iterator[Group]:
    a = check.must.arguments
    texts = [text for row in rows if (text := row.text(a["field"])) is not None]
    accepts, codes = wanted_codes(check, context, len(texts))
    there = {accepts.get(fold(text)) for text in texts}
    for code in codes:
        if code not in there:
            yield (code,)


def _figures(check: Compiled, rows: Sequence[Row]) -> list[Figures]:
    groups: dict[Group, list[Row]] = defaultdict(list)
    by = check.must.arguments.get("by", ())
    if not by:
        groups[()] = []
    for row in rows:
        keys = [row.known(name) for name in by]
        if None not in keys:
            groups[tuple(shown(key) for key in keys)].append(row)
    measure = _MEASURES[check.must.operator]
    return [measure(group, members, check.must.arguments) for group, members in groups.items()]


def _share(group: Group, rows: Sequence[Row], a: Mapping[str, Any]) -> Figures:
    values = [row.known(a["field"]) for row in rows]
    if a.get("missing"):
        return Figures(group, len(values), values.count(None))
    known = [value for value in values if value is not None]
    return Figures(group, len(known), sum(value in a["values"] for value in known))


def _sums(group: Group, rows: Sequence[Row], a: Mapping[str, Any]) -> Figures:
    totals = [row.known(a["field"]) for row in rows]
    parts = [[row.known(name) for name in a["parts"]] for row in rows]
    unknown = sum(total is None or None in each for total, each in zip(totals, parts, strict=True))
    if unknown:
        return Figures(group, 0, 0, unknown)
    return Figures(group, sum(totals), sum(sum(each) for each in parts))


def _change(group: Group, rows: Sequence[Row], a: Mapping[str, Any]) -> Figures:
    if "field" not in a:
        return Figures(group, len(rows))
    return Figures(group, sum(value for row in rows if (value := row.known(a["field"])) is not None))


_MEASURES: dict[str, Callable[[Group, Sequence[Row], Mapping[str, Any]], Figures]] = {
    **dict.fromkeys(("share_between", "share_as_nationally"), _share),
    "count_between": lambda group, rows, a: Figures(group, len(rows)),
    "sums_to": _sums,
    "changed_by_at_most": _change,
}
