"""validate(): every check of a specification on a delivery, all findings in one pass, and what could not run named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pyarrow.compute as pc

from vkpp.basics.periods import Period
from vkpp.basics.problems import Problem
from vkpp.catalogue.specifications import Check, Specification
from vkpp.engine.shapes.findings import CheckResult, CheckRun, Findings
from vkpp.engine.shapes.national import National
from vkpp.engine.shapes.tables import Staged
from vkpp.engine.tables.session import connect
from vkpp.engine.validation import whole_tables
from vkpp.engine.validation.context import Catalogue, Context, NotApplicable
from vkpp.engine.validation.delivery import Delivered, Part, delivered
from vkpp.engine.validation.expanding import Expansion, expanded, in_order, of_whole_table
from vkpp.engine.validation.operators_ibis import FEW_RECORDS, asks, few, searches
from vkpp.engine.validation.questions import Questions, Views, columns_of
from vkpp.engine.validation.scan import scan
from vkpp.engine.validation.vocabulary import OF_CODES, CannotRun, Compiled, comparable, fingerprint, register
from vkpp.engine.validation.wording import fields_shown

Figured = dict[str, list[whole_tables.Figures]]
Scanned = tuple[tuple[Compiled, ...], pa.Table]
_ENGINE_ERRORS = (duckdb.Error, ibis.IbisError)


def validate(
    staged: Mapping[str, Sequence[Staged]],
    specification: Specification,
    catalogue: Catalogue,
    *,
    period: Period | None = None,
    benchmark: Path | None = None,
    nation: National | None = None,
    session: Any = None,
) -> CheckResult:
    """Run every check of the specification on the staged tables.

    `staged` maps a table's name to its files. `period` is the period of the return, `benchmark` a file of earlier returns
    (a staged Parquet or a CSV with the table's headings), `nation` the national aggregates; without them the checks that need
    them are not applicable, and their runs say so. A check that cannot run becomes a CheckRun with `ran=False`; the others
    still run. `session` is where the questions are asked: DuckDB's of this process, or Spark's (tables/on_spark.py).
    """
    session = connect() if session is None else session
    records = sum(one.records for files in staged.values() for one in files)
    small = few.set(records < FEW_RECORDS)
    lists = searches.set(getattr(session, "searches_lists", True))
    try:
        return _Checking(session, staged, specification, Context(catalogue, period, nation), benchmark).result()
    finally:
        few.reset(small)
        searches.reset(lists)
        session.disconnect()


class _Checking:
    """One delivery being checked: what ran, what was found, what could not run."""

    def __init__(
        self,
        session: Any,
        staged: Mapping[str, Sequence[Staged]],
        specification: Specification,
        context: Context,
        benchmark: Path | None,
    ) -> None:
        self.session, self.staged, self.specification = session, staged, specification
        self.context, self.benchmark = context, benchmark
        views = Views(session)
        self.tables = delivered(views, staged, specification)
        self.questions = Questions(session, views, self._surroundings())
        self.parts: list[Findings] = [Findings.of(f for files in staged.values() for one in files for f in one.findings)]
        self.could_not: dict[tuple[str, str], str] = {}
        self.not_applicable: dict[tuple[str, str], str] = {}
        self.counts: dict[tuple[str, str], int] = {}

    def _surroundings(self) -> Any:
        """What compiled questions depend on beside the checks; None where the catalogue cannot say what it holds."""
        digest = getattr(self.context.catalogue, "digest", None)
        if digest is None:
            return None
        tables = tuple((name, repr(one.table), tuple(map(columns_of, one.parts))) for name, one in self.tables.items())
        return digest, self.context.period, few.get(), searches.get(), tables

    def result(self) -> CheckResult:
        ready = [compiled for check in self.specification.checks if (compiled := self._compiled(check))]
        for name in self.tables:
            own = [check for check in ready if check.table.name == name]
            self._on_records([check for check in own if check.level != "table"])
            self._on_table([check for check in own if check.level == "table"])
        findings = in_order(Findings.joined(self.parts), self.staged)
        runs = tuple(self._run(check) for check in self.specification.checks)
        name = f"{self.specification.name} {self.specification.edition}"
        facts = {one.received.name: dict(one.facts) for files in self.staged.values() for one in files}
        return CheckResult(findings, runs, self._reconciliations(findings), name, facts)

    def _compiled(self, check: Check) -> Compiled | None:
        """Read a check and see whether it can run here; what cannot is noted and passed over."""
        try:
            compiled = register(check, self.specification.table(check.table))
            fields_shown((check.message, check.fix), compiled.table, compiled.column)
            self._refuse_absent(compiled)
        except (CannotRun, NotApplicable, KeyError) as reason:
            self._note(check, reason)
            return None
        return compiled

    def _refuse_absent(self, compiled: Compiled) -> None:
        needed = {compiled.table.name}
        if compiled.must.operator == "exists_in":
            needed.add(compiled.must.arguments["table"])
        for name in needed:
            if name not in self.tables:
                raise CannotRun(f"The table {name} is not in the delivery.", next_step="send it with the others")
        if compiled.must.operator == "exists_in":
            self._refuse_absent_column(compiled)

    def _refuse_absent_column(self, compiled: Compiled) -> None:
        other, column = self.tables[compiled.must.arguments["table"]], compiled.must.arguments["column"]
        own, referred = compiled.table.field(compiled.must.arguments["field"]), other.table.field(column)
        if not comparable(own, referred):
            raise CannotRun(f"{own.name} ({own.type}) cannot be compared with {column} ({referred.type}).")
        if column in other.missing:
            raise CannotRun(f"The table {other.table.name} has no column {column}.")

    def _on_records(self, checks: Sequence[Compiled]) -> None:
        if not checks:
            return
        whole = self.tables[checks[0].table.name]
        for part in whole.parts:
            runnable = [check for check in checks if self._has_columns(check, part, whole)]
            scanned = self._scanned(runnable, part) if runnable else None
            if scanned:
                self._expand(*scanned)

    def _has_columns(self, check: Compiled, part: Part, whole: Delivered) -> bool:
        """Whether the files of a part have what a check reads; a check among all records needs it in every file."""
        lacking = part.missing if check.level == "record" else whole.missing
        absent = [name for name in check.fields() if name in lacking]
        if not absent:
            return True
        titles = ", ".join(check.table.field(name).title for name in absent)
        files = ", ".join(sorted({one.received.name for one in part.files}))
        if any(check.table.field(name).required for name in absent):
            self._note(check.check, CannotRun(f"There is no column {titles}.", where=files))
        else:
            self._note(check.check, NotApplicable(f"There is no column {titles}, which the table may leave out.", where=files))
        return False

    def _scanned(self, checks: Sequence[Compiled], part: Part) -> Scanned | None:
        """All checks at once; if that fails, each alone first, so that one broken check does not silence the others."""
        try:
            return self._run_scan(checks, part)
        except (CannotRun, NotApplicable, *_ENGINE_ERRORS):
            able = [check for check in checks if self._runs_alone(check, part)]
        return self._run_scan(able, part) if able else None

    def _runs_alone(self, check: Compiled, part: Part) -> bool:
        try:
            self._run_scan([check], part)
        except (CannotRun, NotApplicable, *_ENGINE_ERRORS) as reason:
            self._note(check.check, reason)
            return False
        return True

    def _run_scan(self, checks: Sequence[Compiled], part: Part) -> Scanned:
        wanted = tuple(name for check in checks for name in self._shown(check))
        key = ("scan", part.number, wanted, fingerprint(checks))
        rows = self.questions.answer(key, lambda: scan(checks, part, self.tables, self.context, wanted))
        return tuple(checks), rows

    def _shown(self, check: Compiled) -> tuple[str, ...]:
        names = fields_shown((check.check.message, check.check.fix), check.table, check.column)
        return (*names, *self._period_field(check))

    def _period_field(self, check: Compiled) -> tuple[str, ...]:
        table, _, name = (self.specification.period_field or "").partition(".")
        return (name,) if table == check.table.name and name else ()

    def _expand(self, checks: Sequence[Compiled], rows: pa.Table) -> None:
        for number, check in enumerate(checks):
            dated = next(iter(self._period_field(check)), None)
            expansion = Expansion(check, number, dated, tuple(self.staged[check.table.name]))
            self._add(check, expanded(expansion, rows))

    def _on_table(self, checks: Sequence[Compiled]) -> None:
        """Whole-table checks: the counts of all of them are asked for together, the rest one by one."""
        if not checks:
            return
        whole = self.tables[checks[0].table.name]
        able = [c for c in checks if all(self._has_columns(c, part, whole) for part in whole.parts)]
        figures = self._figures([check for check in able if check.must.operator not in OF_CODES], whole)
        for check in able:
            try:
                verdicts = self._verdicts(check, whole, figures)
            except (CannotRun, NotApplicable, *_ENGINE_ERRORS) as reason:
                self._note(check.check, reason)
                continue
            self._add(check, of_whole_table(check, verdicts, self.staged[check.table.name]))

    def _verdicts(self, check: Compiled, whole: Delivered, figures: Figured) -> list[whole_tables.Verdict]:
        if check.must.operator in OF_CODES:
            return whole_tables.codes_absent(self.questions, check, lambda: whole.rows(asks(check)), self.context)
        nation = self.context.national_share(check.check.id) if check.must.operator == "share_as_nationally" else None
        now = figures.get(check.check.id)
        if now is None:
            now = self._counted([check], whole)[check.check.id]
        if check.must.operator != "changed_by_at_most":
            return whole_tables.judged(check, now, nation=nation)
        before = whole_tables.earlier(self.questions, check, self.benchmark, self.context)
        gone = set(before) - {one.group for one in now}
        return whole_tables.judged(check, [*now, *(whole_tables.Figures(group, 0) for group in gone)], before)

    def _figures(self, checks: Sequence[Compiled], whole: Delivered) -> Figured:
        """Nothing when the question as a whole fails: then each check asks alone, and says itself what is wrong."""
        try:
            return self._counted(checks, whole)
        except (CannotRun, NotApplicable, *_ENGINE_ERRORS):
            return {}

    def _counted(self, checks: Sequence[Compiled], whole: Delivered) -> Figured:
        wanted = set().union(*map(asks, checks))
        return whole_tables.counted(self.questions, checks, lambda: whole.rows(wanted), self.context)

    def _add(self, check: Compiled, findings: Findings) -> None:
        key = (check.check.id, check.table.name)
        self.counts[key] = self.counts.get(key, 0) + len(findings)
        self.parts.append(findings)

    def _note(self, check: Check, reason: BaseException) -> None:
        noted = self.not_applicable if isinstance(reason, NotApplicable) else self.could_not
        words = str(reason) if isinstance(reason, Problem) else f"The engine could not run it: {str(reason).splitlines()[0]}"
        noted.setdefault((check.id, check.table), words)

    def _run(self, check: Check) -> CheckRun:
        key = (check.id, check.table)
        why_not = self.could_not.get(key) or self.not_applicable.get(key, "")
        return CheckRun(check.id, check.table, check.severity, key not in self.could_not, self.counts.get(key, 0), why_not)

    def _reconciliations(self, findings: Findings) -> tuple[Any, ...]:
        """Accepted and rejected records: none is rejected unless the collection allows part of a return to be accepted."""
        filled = []
        for files in self.staged.values():
            for one in files:
                rejected = _records_with_errors(findings.table, one) if self.specification.partial_acceptance else 0
                records = one.reconciliation.records
                filled.append(replace(one.reconciliation, accepted=records - rejected, rejected=rejected))
        return tuple(filled)


def _records_with_errors(findings: pa.Table, one: Staged) -> int:
    mine = pc.and_(pc.equal(findings["file"], one.received.name), pc.equal(findings["table"], one.table))
    errors = findings.filter(pc.and_(mine, pc.equal(findings["severity"], "error")))
    return int(pc.count_distinct(errors["record"], mode="only_valid").as_py())
