"""Checks that judge a whole table or each group of it: counted once in the engine, judged here in exact arithmetic."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from pathlib import Path
from typing import Any

import ibis

from vkpp.engine.tables.casting import NUMBER
from vkpp.engine.validation import operators_ibis
from vkpp.engine.validation.context import Context, NotApplicable
from vkpp.engine.validation.operators_ibis import Row, literal, prepared
from vkpp.engine.validation.questions import Questions
from vkpp.engine.validation.vocabulary import SHARES, CannotRun, Compiled, fingerprint

_WIDE = "decimal(38, 6)"
Group = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted for one check in one group. `total` and `part` are records, or sums for sums_to and a changed sum."""

    group: Group
    total: Decimal | int
    part: Decimal | int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """A group that does not hold, and the figure to show for it."""

    group: Group
    shown: str


ENOUGH = 10  # records that the national share would give here; with fewer, a difference tells nothing


def judged(
    check: Compiled,
    figures: Iterable[Figures],
    before: Mapping[Group, Decimal | int] | None = None,
    nation: Decimal | None = None,
) -> list[Verdict]:
    """The groups that fail, in order. `before` are earlier totals by group, for changed_by_at_most; `nation` is a share."""
    failing = []
    for one in figures:
        if nation is not None:
            shown = _far_from(nation, check.must.arguments, one)
        else:
            shown = _judge(check.must.operator, check.must.arguments, one, before or {})
        if shown is not None:
            failing.append(Verdict(one.group, shown))
    return sorted(failing, key=lambda verdict: verdict.group)


def _judge(operator: str, arguments: Mapping[str, Any], one: Figures, before: Mapping[Group, Decimal | int]) -> str | None:
    if operator == "share_between":
        return _outside_share(arguments, one)
    if operator == "count_between":
        outside = not arguments.get("min", 0) <= one.total <= arguments.get("max", one.total)
        return f"{one.total:,}" if outside else None
    if operator == "sums_to":
        return f"{_number(one.total)} against {_number(one.part)}" if not one.unknown and one.total != one.part else None
    return _changed(arguments, one, before)


def _outside_share(arguments: Mapping[str, Any], one: Figures) -> str | None:
    """Shares of nothing are not known, so they fail no check."""
    if one.total == 0:
        return None
    share = Fraction(int(one.part), int(one.total))
    least, most = (Fraction(str(arguments[name])) if name in arguments else share for name in ("min", "max"))
    return None if least <= share <= most else f"{float(share):.1%} ({one.part:,} of {one.total:,})"


def _far_from(nation: Decimal, arguments: Mapping[str, Any], one: Figures) -> str | None:
    """More than `ratio` times the national share, or less than one `ratio`-th of it; unknown where few are to be expected."""
    if one.total == 0 or int(one.total) * nation < ENOUGH:
        return None
    ratio, here, there = Fraction(str(arguments["ratio"])), Fraction(int(one.part), int(one.total)), Fraction(nation)
    too_far = here > ratio * there or there > ratio * here
    return f"{float(here):.1%} ({one.part:,} of {one.total:,}) against {float(there):.1%} nationally" if too_far else None


def _changed(arguments: Mapping[str, Any], one: Figures, before: Mapping[Group, Decimal | int]) -> str | None:
    """At most `ratio` times as much and at least one `ratio`-th; a group without earlier returns cannot be compared."""
    if one.group not in before:
        return None
    ratio, earlier, now = Fraction(str(arguments["ratio"])), Fraction(before[one.group]), Fraction(one.total)
    too_far = now > ratio * earlier or earlier > ratio * now
    return f"{_number(one.total)} after {_number(before[one.group])}" if too_far else None


def _number(value: Decimal | int) -> str:
    exact = Decimal(value)
    return f"{int(exact):,}" if exact == exact.to_integral_value() else f"{exact.normalize():,f}"


def counted(
    questions: Questions, checks: Sequence[Compiled], rows: Callable[[], Row], context: Context
) -> dict[str, list[Figures]]:
    """Figures by check id: one question to the engine for all checks with the same groups."""
    alike: dict[Group, list[Compiled]] = defaultdict(list)
    for check in checks:
        alike[tuple(check.must.arguments.get("by", ()))].append(check)
    figures: dict[str, list[Figures]] = {}
    for by, group in alike.items():
        figures |= _counted_by(questions, by, group, rows, context)
    return figures


def _counted_by(
    questions: Questions, by: Group, checks: Sequence[Compiled], rows: Callable[[], Row], context: Context
) -> dict[str, list[Figures]]:
    found = questions.answer(("counted", by, fingerprint(checks)), lambda: summed(by, checks, rows(), context)).to_pylist()
    return {check.check.id: [f for row in found if (f := _figures(row, n, len(by)))] for n, check in enumerate(checks)}


def summed(by: Group, checks: Sequence[Compiled], rows: Row, context: Context) -> Any:
    """The question of counts as an expression: a row a group, with `_n0`, `_total0`, ... of each check."""
    keys = {f"_by{i}": rows.known(name) for i, name in enumerate(by)}
    asked: dict[str, Any] = {}
    for number, check in enumerate(checks):
        asked |= {f"_{name}{number}": value for name, value in _measures(check, rows, context).items()}
    laid_out = rows.t.select(**keys, **asked)
    there = laid_out.drop_null(list(keys)) if keys else laid_out
    sums = {name: there[name].sum() for name in asked}
    return there.group_by(list(keys)).agg(**sums) if keys else there.agg(**sums)


def _measures(check: Compiled, rows: Row, context: Context) -> dict[str, Any]:
    """What is added up for a check: `n` says how many records it is about."""
    arguments, operator = check.must.arguments, check.must.operator
    applies = operators_ibis.applies(check, rows, context)
    if operator in SHARES:
        value = rows.known(arguments["field"])
        if arguments.get("missing"):
            return {"n": _one(applies), "total": _one(applies), "part": _one(applies & value.isnull())}
        field = rows.table.field(arguments["field"])
        among = value.isin([literal(v, field) for v in arguments["values"]]).fill_null(False)
        known = applies & value.notnull()
        return {"n": _one(applies), "total": _one(known), "part": _one(known & among)}
    if operator == "sums_to":
        total, *parts = (rows.known(name).cast(_WIDE) for name in (arguments["field"], *arguments["parts"]))
        added = reduce(lambda a, b: a + b, parts)
        unknown = _one(applies & (total.isnull() | added.isnull()))
        return {"n": _one(applies), "total": _amount(applies, total), "part": _amount(applies, added), "unknown": unknown}
    if "field" in arguments:
        return {"n": _one(applies), "total": _amount(applies, rows.known(arguments["field"]).cast(_WIDE))}
    return {"n": _one(applies), "total": _one(applies)}


def _one(condition: Any) -> Any:
    return condition.cast("int64").cast(_WIDE)


def _amount(applies: Any, value: Any) -> Any:
    return applies.ifelse(value.fill_null(ibis.literal(0, type=NUMBER).cast(_WIDE)), ibis.literal(0, type=NUMBER).cast(_WIDE))


def _figures(row: Mapping[str, Any], number: int, keys: int) -> Figures | None:
    """None for a group in which `when` holds nowhere; a table without groups is judged even when it is empty."""
    records = row[f"_n{number}"] or 0
    if keys and not records:
        return None
    total, part, unknown = (row.get(f"_{name}{number}") or 0 for name in ("total", "part", "unknown"))
    return Figures(tuple(shown(row[f"_by{i}"]) for i in range(keys)), _whole(total), _whole(part), int(unknown))


def _whole(value: Decimal | int) -> Decimal | int:
    return int(value) if value == int(value) else value


def shown(value: Any) -> str:
    """A group's value as text: dates as ISO 8601, numbers without needless zeros."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def codes_absent(questions: Questions, check: Compiled, rows: Callable[[], Row], context: Context) -> list[Verdict]:
    """The codes that no record has: of a list for every_of, of those to be expected here for recorded_as_everywhere."""
    wanted_codes(check, context, 0)  # says that there is nothing to compare with before the engine is asked
    found = questions.answer(("codes", fingerprint([check])), lambda: codes_question(check, rows(), context)).to_pylist()
    accepts, wanted = wanted_codes(check, context, sum(row["_records"] for row in found))
    there = {accepts[row["_text"]] for row in found if row["_text"] in accepts}
    return [Verdict((code,), code) for code in sorted(set(wanted) - there)]


def codes_question(check: Compiled, row: Row, context: Context) -> Any:
    """The different known texts of the check's field, folded, with the records that have each."""
    field = check.must.arguments["field"]
    there = operators_ibis.applies(check, row, context) & row.known(field).notnull()
    return row.t.filter(there).select(_text=row.folded(field)).group_by("_text").agg(_records=lambda t: t.count())


def wanted_codes(check: Compiled, context: Context, records: int) -> tuple[Mapping[str, str], Iterable[str]]:
    """Which texts mean which code, and the codes that are to be there among so many records with a known value.

    Of the national codes those are meant of which ten or more would be here if this force were as the nation: so many are not
    missing by chance (once in some twenty thousand).
    """
    arguments = check.must.arguments
    if check.must.operator == "every_of":
        return context.accepted(arguments["list"]), context.codes(arguments["list"])
    shares = context.recorded_everywhere(check.check.id)
    expected = [code for code, share in shares.items() if records * share >= ENOUGH]
    return context.accepted(check.table.field(arguments["field"]).code_list or ""), expected


def earlier(questions: Questions, check: Compiled, benchmark: Path | None, context: Context) -> dict[Group, Decimal | int]:
    """Earlier totals by group. The benchmark is a staged Parquet of the same table, or a CSV (UTF-8) with its headings."""
    if benchmark is None:
        raise NotApplicable("No earlier returns were given.", next_step="name them with --benchmark")
    session = questions.session
    rows = prepared(_benchmark_rows(session, check, benchmark), check.table, operators_ibis.asks(check))
    once = Questions(session, questions.views, None)  # the benchmark is another file each time: not remembered
    figures = counted(once, [check], lambda: rows, context)[check.check.id]
    return {one.group: one.total for one in figures}


def _benchmark_rows(session: Any, check: Compiled, benchmark: Path) -> Any:
    try:
        if benchmark.suffix == ".parquet":
            stored = session.read_parquet(str(benchmark))
        else:
            stored = session.read_csv(str(benchmark), all_varchar=True, header=True, delim=",", quote='"', escape='"')
    except Exception as broken:
        raise CannotRun(f"The benchmark {benchmark.name} cannot be read.", expected="CSV in UTF-8 with commas") from broken
    nothing = ibis.null("string")
    names = {f.name: next((n for n in (f.name, f.title) if n in stored.columns), None) for f in check.table.fields}
    if lacking := [name for name in check.fields() if names[name] is None]:
        raise CannotRun(f"The benchmark {benchmark.name} has no column {', '.join(lacking)}.")
    return stored.select(**{name: stored[found].cast("string") if found else nothing for name, found in names.items()})
