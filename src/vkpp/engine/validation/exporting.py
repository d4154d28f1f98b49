"""The checks of a specification as questions in SQL, for an engine that is not here: DuckDB in a browser asks the same ones.

Compiled once without any file: every table is taken to have all its columns. What a delivery lacks (a column, the period, an
earlier return) is known where it is asked, and what such a check says is then left out or read as "not applicable" there.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import ibis

from vkpp.basics.periods import Period
from vkpp.catalogue.specifications import Check, Field, Specification
from vkpp.engine.shapes.national import National
from vkpp.engine.shapes.tables import LINE, RECORD
from vkpp.engine.tables.session import connect
from vkpp.engine.validation import whole_tables
from vkpp.engine.validation.context import Catalogue, Context, NotApplicable
from vkpp.engine.validation.delivery import Delivered, Part
from vkpp.engine.validation.operators_ibis import asks, few, searches
from vkpp.engine.validation.questions import FILE, Views, layers_kept
from vkpp.engine.validation.scan import BITS, scan
from vkpp.engine.validation.vocabulary import OF_CODES, CannotRun, Compiled, comparable, register
from vkpp.engine.validation.wording import fields_shown, is_masked

# A period that no return is for: its days are found in the SQL and given names there.
_STAND_IN = Period("CY", 1776)
_OF_PERIOD = ("within_period", "not_after_period")
START, END = "{period_start}", "{period_end}"


class _Blank(Views):
    """Views without files: a table of the specification with all its columns, each text."""

    def make(self, name: str, part: Any) -> Any:
        texts = {field.name: "string" for field in part.table.fields}
        return ibis.table({FILE: "string", RECORD: "int64", LINE: "int64", **texts}, name=name)


def exported(specification: Specification, catalogue: Catalogue) -> dict[str, Any]:
    """Checks, questions and what reads their answers, as values of JSON.

    `checks` stand in the specification's order. `scans` hold one question a table: rows with at least one finding, whose masks
    have the bits of `checks` (positions in the list above). `counts` ask for the figures of whole-table checks with the same
    groups, `codes` for the different texts of a field with their records. A question reads the `views` that it names, each a
    view on the records of a table; {period_start} and {period_end} in its text are days (ISO 8601).
    """
    session, small, lists = connect(), few.set(True), searches.set(True)
    try:
        return _Exporting(session, specification, catalogue).result()
    finally:
        few.reset(small)
        searches.reset(lists)
        session.disconnect()


class _Exporting:
    """One specification being written down."""

    def __init__(self, session: Any, specification: Specification, catalogue: Catalogue) -> None:
        self.session, self.specification = session, specification
        self.context = Context(catalogue, _STAND_IN)
        self.views = _Blank(session)
        self.tables = {t.name: Delivered(t, (Part((), self.views, t),)) for t in specification.tables}
        self.could_not: dict[int, str] = {}
        self.compiled: dict[int, Compiled] = {}

    def result(self) -> dict[str, Any]:
        for number, check in enumerate(self.specification.checks):
            self._read(number, check)
        scans = [one for name in self.tables if (one := self._scan(name))]
        counts = [one for name in self.tables for one in self._counts(name)]
        codes = [one for name in self.tables for one in self._codes(name)]
        checks = [self._check(number, check) for number, check in enumerate(self.specification.checks)]
        return {"checks": checks, "scans": scans, "counts": counts, "codes": codes, "without": _not_applicable()}

    def _read(self, number: int, check: Check) -> None:
        try:
            compiled = register(check, self.specification.table(check.table))
            fields_shown((check.message, check.fix), compiled.table, compiled.column)
            self._refuse_incomparable(compiled)
            self._compile(lambda: self._alone(compiled))
        except (CannotRun, NotApplicable, KeyError) as reason:
            self.could_not[number] = str(reason)
        else:
            self.compiled[number] = compiled

    def _refuse_incomparable(self, check: Compiled) -> None:
        if check.must.operator != "exists_in":
            return
        arguments = check.must.arguments
        if arguments["table"] not in self.tables:
            raise CannotRun(f"The table {arguments['table']} is not in the delivery.", next_step="send it with the others")
        own = check.table.field(arguments["field"])
        referred = self.tables[arguments["table"]].table.field(arguments["column"])
        if not comparable(own, referred):
            raise CannotRun(f"{own.name} ({own.type}) cannot be compared with {referred.name} ({referred.type}).")

    def _alone(self, check: Compiled) -> Any:
        """The question of one check, to see whether it can be put at all."""
        whole = self.tables[check.table.name]
        if check.level != "table":
            return scan([check], whole.parts[0], self.tables, self.context, self._shown(check))
        if check.must.operator in OF_CODES:
            self._lists(check)
            return whole_tables.codes_question(check, whole.rows(asks(check)), self.context)
        return whole_tables.summed((), [check], whole.rows(asks(check)), self.context)

    def _compile(self, build: Callable[[], Any]) -> dict[str, Any]:
        self.views.begin()
        expression = build()
        with layers_kept():
            sql = str(self.session.compile(expression))
        for day, name in ((_STAND_IN.start, START), (_STAND_IN.end, END)):
            sql = sql.replace(_made(day), f"CAST('{name}' AS DATE)")
        return {"sql": sql, "views": [[name, table] for name, table, _ in self.views.used]}

    def _of(self, table: str, wanted: Callable[[Compiled], bool]) -> dict[int, Compiled]:
        return {n: check for n, check in self.compiled.items() if check.table.name == table and wanted(check)}

    def _scan(self, table: str) -> dict[str, Any] | None:
        checks = self._of(table, lambda check: check.level != "table")
        if not checks:
            return None
        wanted = tuple(name for check in checks.values() for name in self._shown(check))
        part = self.tables[table].parts[0]
        asked = self._compile(lambda: scan(tuple(checks.values()), part, self.tables, self.context, wanted))
        return {"table": table, "checks": list(checks), "bits": BITS, "shown": list(dict.fromkeys(wanted)), **asked}

    def _counts(self, table: str) -> list[dict[str, Any]]:
        alike: dict[tuple[str, ...], dict[int, Compiled]] = defaultdict(dict)
        for number, check in self._of(table, lambda c: c.level == "table" and c.must.operator not in OF_CODES).items():
            alike[tuple(check.must.arguments.get("by", ()))][number] = check
        return [self._count(table, by, checks) for by, checks in alike.items()]

    def _count(self, table: str, by: tuple[str, ...], checks: dict[int, Compiled]) -> dict[str, Any]:
        whole, of = self.tables[table], tuple(checks.values())
        wanted = set().union(*map(asks, of))
        asked = self._compile(lambda: whole_tables.summed(by, of, whole.rows(wanted), self.context))
        types = [whole.table.field(name).type for name in by]
        return {"table": table, "checks": list(checks), "by": list(by), "types": types, **asked}

    def _codes(self, table: str) -> list[dict[str, Any]]:
        found = self._of(table, lambda c: c.level == "table" and c.must.operator in OF_CODES)
        return [self._code(table, number, check) for number, check in found.items()]

    def _code(self, table: str, number: int, check: Compiled) -> dict[str, Any]:
        whole = self.tables[table]
        asked = self._compile(lambda: whole_tables.codes_question(check, whole.rows(asks(check)), self.context))
        return {"table": table, "check": number, **asked, **self._lists(check)}

    def _lists(self, check: Compiled) -> dict[str, Any]:
        """Folded texts by the code that they mean, and the codes that are to be there, where the check names them."""
        arguments, every = check.must.arguments, check.must.operator == "every_of"
        name = arguments["list"] if every else check.table.field(arguments["field"]).code_list or ""
        wanted = list(self.context.codes(name)) if every else None
        return {"accepts": dict(self.context.accepted(name)), "wanted": wanted}

    def _shown(self, check: Compiled) -> tuple[str, ...]:
        names = fields_shown((check.check.message, check.check.fix), check.table, check.column)
        dated = self._dated(check)
        return (*names, dated) if dated else names

    def _dated(self, check: Compiled) -> str | None:
        table, _, name = (self.specification.period_field or "").partition(".")
        return name if table == check.table.name and name else None

    def _check(self, number: int, check: Check) -> dict[str, Any]:
        found = {"id": check.id, "table": check.table, "severity": check.severity, "message": check.message, "fix": check.fix}
        if number in self.could_not:
            return found | {"could_not": self.could_not[number]}
        compiled = self.compiled[number]
        arguments = compiled.must.arguments
        asked = {name: str(arguments[name]) for name in ("min", "max", "ratio") if name in arguments}
        return found | {
            "level": compiled.level,
            "operator": compiled.must.operator,
            "column": compiled.column.name,
            "title": compiled.column.title,
            "fields": list(compiled.fields()),
            "dated": self._dated(compiled),
            "of_period": _names_the_period(compiled),
            "refers": [arguments["table"], arguments["column"]] if compiled.must.operator == "exists_in" else None,
            "by": list(arguments.get("by", ())),
            "asked": asked,
        }


def field_facts(field: Field) -> dict[str, Any]:
    """What a finding needs of a field: its heading, whether it must be there, and whether its values are masked."""
    return {"name": field.name, "title": field.title, "required": field.required, "masked": is_masked(field)}


def _names_the_period(check: Compiled) -> bool:
    expressions: Sequence[Any] = [check.must, *([check.when] if check.when else [])]
    return any(part.operator in _OF_PERIOD for one in expressions for part in one.flat())


def _made(day: dt.date) -> str:
    """A day as Ibis writes it for DuckDB."""
    return f"MAKE_DATE({day.year}, {day.month}, {day.day})"


def _not_applicable() -> dict[str, str]:
    """What a check says that has nothing to judge, in the words of this station, by what was not given."""
    nothing: Any = None
    without = Context(catalogue=nothing)
    empty = Context(catalogue=nothing, nation=National("", "", 0))
    return {
        "period": _words(without.the_period),
        "nation": _words(lambda: without.national_share("")),
        "printed": _words(lambda: empty.national_share("")),
        "earlier": _words(lambda: whole_tables.earlier(nothing, nothing, None, without)),
    }


def _words(ask: Callable[[], Any]) -> str:
    try:
        ask()
    except NotApplicable as reason:
        return str(reason)
    raise AssertionError("what was not given must make a check not applicable")
