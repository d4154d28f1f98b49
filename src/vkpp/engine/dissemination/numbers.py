"""Every number of an edition under its lasting name: what it is, how it is printed, and what it may be compared with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from vkpp.basics.problems import RefusedByRule
from vkpp.engine.dissemination.edition import Edition, Fact
from vkpp.engine.dissemination.words import rule_count
from vkpp.engine.shapes.measures import TOTAL, Measure, Unit
from vkpp.engine.shapes.protected import ProtectedTable

MINUS = "\u2212"
DERIVED, FACTS = "derived", "facts"  # table names of numbers that no table holds
PERCENT_UNITS: tuple[Unit, ...] = ("share", "change")


@dataclass(frozen=True, slots=True)
class Number:
    """One number: a value or the symbol in its place. `keys` maps dimensions to codes; `of` are ids it was worked out from."""

    id: str
    table: str
    measure: str
    value: int | float | None
    symbol: str | None
    unit: Unit
    decimals: int
    definition: str
    source: str
    keys: Mapping[str, str] = field(default_factory=dict)
    of: tuple[str, ...] = ()
    quoted: bool = False
    explanation: str = ""
    words: str = ""  # what it is, for the page that traces it

    @property
    def machine(self) -> str:
        """As written to files: a point, no separators, the decimals that are printed; empty where a symbol stands."""
        return "" if self.value is None else plain(self.value, self.decimals)

    @property
    def printed(self) -> str:
        return self.symbol or printed(self.value, self.unit, self.decimals)

    @property
    def anchor(self) -> str:
        return anchor(self.id)


def anchor(number_id: str) -> str:
    """The number's place on its trace page; one to one, since any other character becomes its code point."""
    return "n-" + re.sub(r"[^A-Za-z0-9.-]", lambda m: f"_{ord(m[0]):x}_", number_id)


def plain(value: int | float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if float(text) == 0 else text


def printed(value: int | float | None, unit: Unit, decimals: int) -> str:
    """As people read it: thousands parted by commas, a true minus, % on shares and changes, + on rises."""
    if value is None:
        return "[x]"
    text = f"{abs(value):,.{decimals}f}"
    zero = not text.strip("0.,")
    sign = "" if zero else MINUS if value < 0 else "+" if unit == "change" else ""
    return sign + text + ("%" if unit in PERCENT_UNITS else "")


def _of_table(table: ProtectedTable) -> Iterator[Number]:
    measures: dict[str, Measure] = {m.name: m for m in table.measures}
    names = [d.name for d in table.dimensions]
    for cell in table.cells:
        m = measures[cell.measure]
        labels = [d.codes.get(code, code) for d, code in zip(table.dimensions, cell.key, strict=True)]
        yield Number(
            id=table.id_of(cell),
            table=table.name,
            measure=m.name,
            value=cell.value,
            symbol=cell.symbol,
            unit=m.unit,
            decimals=m.decimals,
            definition=m.definition,
            source=m.source,
            keys=dict(zip(names, cell.key, strict=True)),
            explanation=cell.explanation,
            words=", ".join([m.title, *labels]),
        )


def _of_fact(fact: Fact) -> Number:
    if fact.kind == "quoted" and not all((fact.source, fact.address, fact.read_on, fact.checker)):
        raise RefusedByRule(
            f"The quoted figure {fact.id} does not say whose it is.",
            where=fact.definition,
            expected="source, address, the date it was read and who checked it (R1)",
            next_step="add what is missing, or leave the figure out",
        )
    quoted = f"{fact.source}, {fact.address}, read {fact.read_on}, checked by {fact.checker}"
    return Number(
        id=fact.id,
        table=FACTS,
        measure=fact.kind,
        value=fact.value,
        symbol=None,
        unit=fact.unit,
        decimals=fact.decimals,
        definition=fact.definition,
        source=quoted if fact.kind == "quoted" else fact.source,
        quoted=fact.kind == "quoted",
        words=fact.definition,
    )


def _of_checking(edition: Edition) -> Iterator[Number]:
    for i, r in enumerate(edition.reconciliations, 1):
        for part in ("physical_lines", "header", "blanks", "notes", "breaks_inside", "records", "accepted", "rejected"):
            where = f"{r.file}, sheet {r.sheet}" if r.sheet else r.file
            yield _counted(f"reconciliation.{i}.{part}", getattr(r, part), f"{part.replace('_', ' ')} of {where}", r.file)
    for run in edition.checks:
        if run.ran:
            yield _counted(f"checks.{run.check}.{run.table}", run.findings, f"findings of check {run.check}", run.check)
    yield _counted("checks.ran", sum(run.ran for run in edition.checks), "checks that ran", "the specification")
    yield _counted(
        "checks.not-run", sum(not run.ran for run in edition.checks), "checks that could not run", "the specification"
    )
    yield _counted(
        "checks.words", rule_count(), "rules on wording that every text of the edition was held against", "the program"
    )
    for severity in ("error", "query", "note"):
        found = sum(run.findings for run in edition.checks if run.severity == severity)
        yield _counted(f"checks.{severity}", found, f"findings of severity {severity}", "the specification")


def _counted(id_: str, value: int, definition: str, source: str) -> Number:
    return Number(id_, FACTS, "checked", value, None, "count", 0, definition, source, words=definition)


class Numbers:
    """All numbers of an edition, those of its tables first; words add what they work out."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self._all: dict[str, Number] = {}
        for table in edition.tables:
            for number in _of_table(table):
                self._add_new(number)
        for fact in edition.facts:
            self._add_new(_of_fact(fact))
        for number in _of_checking(edition):
            self._add_new(number)

    def __iter__(self) -> Iterator[Number]:
        return iter(self._all.values())

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, number_id: str) -> bool:
        return number_id in self._all

    def __getitem__(self, number_id: str) -> Number:
        if number_id not in self._all:
            raise RefusedByRule(
                f"The words name the number {number_id}, which this edition does not have.",
                where=f"edition {self.edition.id}",
                expected="the id of a cell, as table.measure.key",
                next_step="look the id up in numbers.csv, or mend the wording",
            )
        return self._all[number_id]

    def _add_new(self, number: Number) -> None:
        if number.id in self._all:
            raise RefusedByRule(
                f"Two numbers are called {number.id}.",
                where=f"tables {self._all[number.id].table} and {number.table}",
                expected="one lasting name for each number",
                next_step="rename one of the tables",
            )
        self._all[number.id] = number

    def derive(self, number: Number) -> Number:
        """Keeps a number that the words worked out; the same working out gives the same number."""
        return self._all.setdefault(number.id, number)

    def comparable(self, new: Number, old: Number) -> None:
        """Refuses a comparison over time whose two sides are not counted alike."""
        if why := unlike(self.edition, new, old):
            raise RefusedByRule(
                f"{new.id} cannot be compared with {old.id}: {why}.",
                where=f"edition {self.edition.id}",
                expected="the same measure of the same people and places on the same basis, at two periods",
                next_step='state both numbers side by side and say why they differ; never "from what was previously known"',
            )


def unlike(edition: Edition, new: Number, old: Number) -> str:
    """Why two numbers are not like for like, or nothing."""
    return _not_our_numbers(new, old) or _not_one_series(new, old) or _not_one_basis(edition, new, old)


def _not_our_numbers(new: Number, old: Number) -> str:
    if new.quoted or old.quoted:
        return "a quoted figure is somebody else's and never enters a computation"
    if new.value is None or old.value is None:
        return f"one of them is {new.symbol or old.symbol}, not a number"
    return ""


def _not_one_series(new: Number, old: Number) -> str:
    late, early = new.keys.get("period", ""), old.keys.get("period", "")
    if (new.measure, new.unit, new.definition) != (old.measure, old.unit, old.definition):
        return "they measure different things"
    if _but_period(new) != _but_period(old):
        return "they are about different people, places or kinds"
    if not late or not early or late == early:
        return "they are not two periods of one series"
    return "" if _length(late) == _length(early) else "the periods are not equally long"


def _not_one_basis(edition: Edition, new: Number, old: Number) -> str:
    if (a := _basis(edition, new)) != (b := _basis(edition, old)):
        return f'they are counted on different bases ("{a}", and "{b}")'
    return _across_break(edition, new, old)


def _but_period(number: Number) -> dict[str, str]:
    return {k: v for k, v in number.keys.items() if k != "period" and v != TOTAL}


def _length(period: str) -> str:
    return "quarter" if re.search(r"Q[1-4]$", period) else period[:2]


def _basis(edition: Edition, number: Number) -> str:
    period = number.keys.get("period", "")
    for key in (f"{number.table}/{period}", period, number.table):
        if key in edition.bases:
            return edition.bases[key]
    return edition.basis


def _across_break(edition: Edition, new: Number, old: Number) -> str:
    late, early = new.keys["period"], old.keys["period"]
    first, last = sorted((late, early))
    for brk in edition.breaks:
        if (not brk.tables or {new.table, old.table} & set(brk.tables)) and first < brk.first_after <= last:
            return f"the series is broken between them ({brk.words})"
    return ""
