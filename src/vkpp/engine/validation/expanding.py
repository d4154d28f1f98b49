"""Rows with a bit set become findings: places, values, words, in the order in which analysts fix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from vkpp.engine.shapes.findings import Finding, Findings
from vkpp.engine.shapes.tables import LINE, RECORD, SHEET, Staged
from vkpp.engine.validation.questions import FILE
from vkpp.engine.validation.scan import found_by
from vkpp.engine.validation.vocabulary import OF_CODES, Compiled
from vkpp.engine.validation.whole_tables import Verdict
from vkpp.engine.validation.wording import filled, filled_column, is_masked, masked, masked_column


@dataclass(frozen=True, slots=True)
class Expansion:
    """One check whose bit is `number`; `dated` is the field that gives a record's period, if the table has one."""

    check: Compiled
    number: int
    dated: str | None
    files: tuple[Staged, ...]


def expanded(of: Expansion, rows: pa.Table) -> Findings:
    """The findings of one check among the rows that a scan gave."""
    check, bad = of.check, found_by(rows, of.number)
    count = bad.num_rows

    def texts(name: str) -> pa.ChunkedArray:
        field = check.column if name == "value" else check.table.field(name)
        return masked_column(bad[field.name], field)

    def placeholder(name: str) -> pa.ChunkedArray:
        return _repeated(check.column.title, count) if name == "column" else texts(name)

    columns = {
        "check": _repeated(check.check.id, count),
        "severity": _repeated(check.check.severity, count),
        "file": _file_names(bad[FILE], of.files),
        "table": _repeated(check.table.name, count),
        "sheet": bad[SHEET],
        "row": bad[LINE],
        "record": bad[RECORD],
        "period": texts(of.dated) if of.dated else pa.nulls(count, pa.string()),
        "column": _repeated(check.column.title, count),
        "value": texts("value"),
        "message": filled_column(check.check.message, placeholder, count),
        "fix": filled_column(check.check.fix, placeholder, count),
    }
    return Findings(pa.table(columns))


def of_whole_table(check: Compiled, verdicts: Sequence[Verdict], files: Sequence[Staged]) -> Findings:
    """Findings about a table or a group of it: the value is the figure, and the fields of `by` are the group's values."""
    by = check.must.arguments.get("by", ())
    where = files[0].received.name if len(files) == 1 else f"{len(files)} files"
    sheet = files[0].facts.get("sheet") if len(files) == 1 else None
    return Findings.of(_verdict(check, verdict, by, where, sheet) for verdict in verdicts)


def _verdict(check: Compiled, verdict: Verdict, by: Sequence[str], where: str, sheet: str | None) -> Finding:
    group = {name: masked(text, check.table.field(name)) for name, text in zip(by, verdict.group, strict=False)}
    shown = verdict.shown
    if check.must.operator in OF_CODES and is_masked(check.column):
        shown = masked(shown, check.column) or ""
    values = {"column": check.column.title, "value": shown, **group}
    in_group = ", ".join(f"{check.table.field(name).title} {text}" for name, text in group.items())
    message = filled(check.check.message, values)
    return Finding(
        check=check.check.id,
        severity=check.check.severity,
        message=f"{in_group}: {message}" if in_group else message,
        fix=filled(check.check.fix, values),
        file=where,
        table=check.table.name,
        sheet=sheet,
        column=check.column.title,
        value=shown,
    )


def in_order(findings: Findings, staged: Mapping[str, Sequence[Staged]]) -> Findings:
    """By table and file as delivered, then record, period, message, column; what is about a whole file comes first."""
    table = findings.table.combine_chunks()
    names = [one.received.name for files in staged.values() for one in files]
    order = pa.table(
        {
            "table": _place(table["table"], list(staged)),
            "file": _place(table["file"], list(dict.fromkeys(names))),
            "record": pc.fill_null(table["record"], 0),
            **{name: pc.fill_null(table[name], "") for name in ("period", "message", "column", "check", "value")},
        }
    )
    keys = [(name, "ascending") for name in order.column_names]
    return Findings(table.take(pc.sort_indices(order, sort_keys=keys)))


def _place(texts: pa.ChunkedArray, known: Sequence[str]) -> pa.Array | pa.ChunkedArray:
    return pc.fill_null(pc.index_in(texts, pa.array(known, pa.string())), -1)


def _repeated(text: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.string()), count)


def _file_names(paths: pa.ChunkedArray, files: Sequence[Staged]) -> pa.Array | pa.ChunkedArray:
    """The engine names the staged file; a finding names the file as it was received."""
    where = pc.index_in(paths, pa.array([str(f.parquet) for f in files], pa.string()))
    return pc.take(pa.array([f.received.name for f in files], pa.string()), where)
