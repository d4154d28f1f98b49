"""Dated facts that stand alone: breaks in series, bank holidays, limits, and the spellings of offence titles."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from vkpp.catalogue.rows import DATED, Dated, Source, rows_of

TOUCHES = ("all", "classes", "outcomes", "flags", "lists")


@dataclass(frozen=True, slots=True)
class SeriesBreak:
    """From this day on, numbers do not compare with those before. `date` is None where the day is not known."""

    break_id: str
    title: str
    date: date | None
    touches: str  # one of TOUCHES
    codes: tuple[str, ...]  # codes of the classes, outcomes, flags touched; empty: all
    force_id: str | None  # None: every force
    note: str
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class BankHoliday:
    """A bank holiday of England and Wales."""

    date: date
    title: str
    note: str
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A number that somebody decided, such as the years between a population and its period."""

    limit_id: str
    value: int
    unit: str
    note: str
    dated: Dated


@dataclass(frozen=True, slots=True)
class TitleVariant:
    """An offence title as a return spelt it, and what it matches. Without a code, a person has to map it."""

    text: str
    match: str
    codes: tuple[str, ...]
    classes: tuple[str, ...]
    dated: Dated


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace(";", "|").split("|") if part.strip())


def read_breaks(path: Path, forces: Container[str], sources: Mapping[str, Source]) -> tuple[SeriesBreak, ...]:
    made: dict[str, SeriesBreak] = {}
    for row in rows_of(path, ("break_id", "title", "date", "touches", "codes", "force_id", "note", "source", "confidence")):
        name, force_id = row.text("break_id"), row.maybe("force_id")
        if name in made:
            raise row.problem(f"Break {name!r} stands here a second time.", "each break_id once")
        if force_id and force_id not in forces:
            raise row.problem(
                f"force_id {force_id!r} is not in forces.csv.", "a force_id of forces.csv, or nothing for every force"
            )
        made[name] = SeriesBreak(
            name,
            row.text("title"),
            row.day("date"),
            row.one_of("touches", TOUCHES),
            _parts(row.maybe("codes")),
            force_id or None,
            row.text("note"),
            row.source(sources),
            row.confidence(),
        )
    return tuple(made.values())


def read_bank_holidays(path: Path, sources: Mapping[str, Source]) -> tuple[BankHoliday, ...]:
    made: dict[date, BankHoliday] = {}
    for row in rows_of(path, ("date", "title", "note", "source", "confidence")):
        if (day := row.day("date")) is None:
            raise row.problem("Column date is empty.", "a date written as 2024-04-01")
        if day in made:
            raise row.problem(f"{day} stands here a second time.", "each date once")
        made[day] = BankHoliday(day, row.text("title"), row.maybe("note"), row.source(sources), row.confidence())
    return tuple(made[day] for day in sorted(made))


def read_limits(path: Path, sources: Mapping[str, Source]) -> dict[str, Limit]:
    rows = rows_of(path, ("limit_id", "value", "unit", "note", *DATED))
    limits = [Limit(r.text("limit_id"), r.whole("value"), r.text("unit"), r.text("note"), r.dated(sources)) for r in rows]
    return {limit.limit_id: limit for limit in limits}


def read_title_variants(path: Path, sources: Mapping[str, Source]) -> tuple[TitleVariant, ...]:
    rows = rows_of(path, ("text", "match", "codes", "classes", *DATED))
    return tuple(
        TitleVariant(r.text("text"), r.text("match"), _parts(r.maybe("codes")), _parts(r.maybe("classes")), r.dated(sources))
        for r in rows
    )
