"""What an edition is made of: words with places for numbers, tables that may be shown, charts, and where it all came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from vkpp.engine.dissemination.words import Allowed
from vkpp.engine.shapes.findings import CheckRun, Reconciliation
from vkpp.engine.shapes.measures import Unit
from vkpp.engine.shapes.notes import ForceNote
from vkpp.engine.shapes.protected import ProtectedTable

ChartKind = Literal["bar", "line", "funnel", "dots", "tiles"]
NOT_OUR_SITE = "Invented data. Nothing here describes a real force, place or person. This is not the programme's own site."


@dataclass(frozen=True, slots=True)
class Headline:
    """One headline finding. `text` and `does_not_say` are wordings (wording.py); `numbers` are the ids it stands on.

    The first of `numbers` is printed large, unless `figure` is a wording of its own, such as "{{ share('a', 'b') }}".
    """

    text: str
    numbers: tuple[str, ...]
    does_not_say: str
    figure: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Control limits of a funnel, as names of measures in its table: inner and outer, below and above, and the centre."""

    centre: str
    lower: str
    upper: str
    outer_lower: str = ""
    outer_upper: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart of one table; every number drawn is a cell of that table.

    `by` names the dimension along which it is drawn (force_id, code, period), `measure` what is drawn. `series` names a second
    dimension or stays empty. `chosen` fixes codes of the table's other dimensions; what is not chosen is its total.
    Interval: `low` and `high`. Funnel: `size` (the denominator along the bottom) and `limits`. `named` are the codes that a
    funnel may name, which only public data allows. `headline`, `subtitle` and `reading` are wordings.
    """

    name: str
    kind: ChartKind
    table: str
    measure: str
    by: str
    headline: str
    subtitle: str
    reading: str
    series: str = ""
    also: tuple[str, ...] = ()  # further measures of the table drawn as series beside `measure`; lines only
    chosen: Mapping[str, str] = field(default_factory=dict)
    low: str = ""
    high: str = ""
    size: str = ""
    limits: Limits | None = None
    named: tuple[str, ...] = ()
    provisional: tuple[str, ...] = ()  # period codes drawn hollow
    breaks: tuple[SeriesBreak, ...] = ()
    layout: Mapping[str, tuple[int, int, str]] = field(default_factory=dict)  # tiles: code -> column, row, short name
    apart: tuple[str, ...] = ()  # codes drawn hollow, such as "not known"
    size_title: str = ""  # words along the bottom of a funnel
    note: str = ""


@dataclass(frozen=True, slots=True)
class SeriesBreak:
    """A break in a series: no comparison across it. `first_after` is the first period code on the new basis."""

    first_after: str
    words: str
    tables: tuple[str, ...] = ()  # empty: every table


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report: its words, then its charts (each with its table), then tables without a chart.

    `text` is a wording: paragraphs parted by blank lines, lists by "- ". `anchor` is the id in the address.
    """

    title: str
    text: str
    anchor: str
    charts: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A number that is not a cell of a table: something counted while checking, or a figure of somebody else.

    A quoted figure needs `source`, `address`, `read_on` (ISO date) and `checker`, and never enters a computation (R1).
    """

    id: str
    value: int | float
    definition: str
    source: str
    kind: Literal["checked", "quoted"] = "checked"
    unit: Unit = "count"
    decimals: int = 0
    address: str = ""
    read_on: str = ""
    checker: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the edition was made from; all of it goes into manifest.json, nothing else about the machine or the day."""

    program_version: str
    specification: str
    specification_edition: str
    catalogue_digest: str
    lock_hash: str
    inputs: Mapping[str, str]  # file name -> sha256 of the received bytes
    parameters: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, Any] = field(default_factory=dict)  # whole documents, such as the specification as read


@dataclass(frozen=True, slots=True)
class SupportLine:
    """A number or address to turn to, with where it was read and when: a wrong help line does harm."""

    number: str
    words: str
    source: str
    read_on: str


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of one product, ready to be written. No clock: the period and its words are given.

    `status` is the release's status in words ("management information", "official statistics"). `bases` maps a table name, a
    period code or "table/period" to the words of the basis on which it counts; a comparison of two bases is refused.
    """

    id: str
    title: str
    subtitle: str
    period_label: str
    product: str
    status: str
    basis: str
    attribution: str
    provenance: Provenance
    tables: tuple[ProtectedTable, ...]
    charts: tuple[Chart, ...] = ()
    headlines: tuple[Headline, ...] = ()
    sections: tuple[Section, ...] = ()
    quality: tuple[tuple[str, str], ...] = ()  # the method and quality box: term, wording
    reasons: tuple[str, ...] = ()  # what forces said of their queries, in their own words; never a template
    notes: tuple[ForceNote, ...] = ()  # the national notes, in the order of printing; no number in them, and never a template
    facts: tuple[Fact, ...] = ()
    reconciliations: tuple[Reconciliation, ...] = ()
    checks: tuple[CheckRun, ...] = ()
    bases: Mapping[str, str] = field(default_factory=dict)
    breaks: tuple[SeriesBreak, ...] = ()
    provisional: tuple[str, ...] = ()  # period codes that may still be revised: [p]
    publisher: str = "Vulnerability Knowledge and Practice Platform"
    marking: str = ""
    invented: bool = False
    support: tuple[SupportLine, ...] = ()
    glossary: tuple[tuple[str, str], ...] = ()
    allowed_words: tuple[Allowed, ...] = ()  # R12: exact phrases that were read by a person and may stand

    def table(self, name: str) -> ProtectedTable:
        for candidate in self.tables:
            if candidate.name == name:
                return candidate
        raise KeyError(f"the edition has no table {name!r}; it has {', '.join(t.name for t in self.tables)}")

    def printed(self) -> tuple[ProtectedTable, ...]:
        """The tables in the order in which the report prints and numbers them: a section's charts first, then its tables."""
        names = [n for s in self.sections for n in (*(self.chart(c).table for c in s.charts), *s.tables)]
        ordered = dict.fromkeys([*names, *(t.name for t in self.tables)])
        return tuple(self.table(name) for name in ordered)

    def chart(self, name: str) -> Chart:
        for candidate in self.charts:
            if candidate.name == name:
                return candidate
        raise KeyError(f"the edition has no chart {name!r}; it has {', '.join(c.name for c in self.charts)}")


@dataclass(frozen=True, slots=True)
class EditionWritten:
    """What was written: the folder, each file's sha256 (paths relative to it), and why there is no PDF, if there is none."""

    folder: Path
    files: Mapping[str, str]
    no_pdf: str = ""
