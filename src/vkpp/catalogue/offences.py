"""Offences and offence classes by edition. The code alone is no key: 26 codes stand in more than one class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from vkpp.catalogue.rows import DATED, Dated, Row, Source, holds, rows_of

CLASS_CSAE = ("child-named", "obscene-publications", "victim-age-needed", "some-titles", "flag-only", "no")
OFFENCE_CSAE = ("child-named", "indecent-images", "victim-age-needed", "flag-only", "no")


class OffenceKey(NamedTuple):
    """What makes an offence one offence."""

    code: str
    class_code: str
    title: str
    act: str
    section: str
    edition: str


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of the offence list: what it holds and for which dates we use it."""

    edition: str
    title: str
    holds: str
    note: str
    dated: Dated


@dataclass(frozen=True, slots=True)
class OffenceClass:
    """A class of offences in one edition. `csae` is this project's own rule (proposed), the rest as published.

    csae: "child-named" (the class names a child), "obscene-publications" (class 86), "victim-age-needed" (any age: the victim's
    age at the offence decides), "some-titles", "flag-only", "no".
    """

    code: str
    title: str
    ho_group: str
    csae: str
    edition: str
    valid_from: date | None
    valid_to: date | None
    source: str
    ho_subgroup: str = ""
    note: str = ""
    confidence: str = ""

    def holds_on(self, day: date) -> bool:
        return holds(self.valid_from, self.valid_to, day)


@dataclass(frozen=True, slots=True)
class Offence:
    """One line of a notifiable offence list. `csae` to `da` are this project's own rule (proposed), the rest as published."""

    code: str
    class_code: str
    title: str
    act: str
    section: str
    edition: str
    mode: str
    max_sentence: str
    victim_or_state: str  # V, S or S/V: who the victim is
    csae: str
    csae_type: str
    contact: str
    victim_age: str
    victim_sex: str
    offender_age: str
    vawg: str
    da: str
    commenced: str  # as published
    note: str
    valid_from: date | None
    valid_to: date | None
    source: str
    confidence: str
    rule_confidence: str = "proposed"  # how sure csae, csae_type, contact, ages, vawg and da are

    @property
    def key(self) -> OffenceKey:
        return OffenceKey(self.code, self.class_code, self.title, self.act, self.section, self.edition)

    def holds_on(self, day: date) -> bool:
        return holds(self.valid_from, self.valid_to, day)


class Offences:
    """Editions, classes and offences, found by code and class together."""

    def __init__(self, editions: Iterable[Edition], classes: Iterable[OffenceClass], offences: Iterable[Offence]) -> None:
        self.editions, self.classes, self.all = tuple(editions), tuple(classes), tuple(offences)
        self._by_code: dict[str, list[OffenceClass]] = {}
        for entry in self.classes:
            self._by_code.setdefault(entry.code, []).append(entry)
        self._by_pair: dict[tuple[str, str], list[Offence]] = {}
        for offence in self.all:
            self._by_pair.setdefault((offence.code, offence.class_code), []).append(offence)

    def class_(self, code: str, on: date | None = None) -> OffenceClass | None:
        """The class with this code on a day; without one, in the latest edition that has it. None when there is none."""
        found = [c for c in self._by_code.get(code, ()) if on is None or c.holds_on(on)]
        return max(found, key=lambda c: c.valid_to or date.max, default=None)

    def of(self, code: str, class_code: str, on: date | None = None) -> tuple[Offence, ...]:
        """The offences with this code in this class: often several titles. There is no look-up by code alone."""
        return tuple(o for o in self._by_pair.get((code, class_code), ()) if on is None or o.holds_on(on))


def read_offences(folder: Path, sources: Mapping[str, Source]) -> Offences:
    """offence_editions.csv, offence_classes.csv and offences.csv. A row without dates takes those of its edition."""
    editions: dict[str, Edition] = {}
    for row in rows_of(folder / "offence_editions.csv", ("edition", "title", "holds", "note", *DATED)):
        if (name := row.text("edition")) in editions:
            raise row.problem(f"Edition {name!r} stands here a second time.", "each edition once")
        editions[name] = Edition(name, row.text("title"), row.text("holds"), row.maybe("note"), row.dated(sources))
    classes = _classes(folder, editions, sources)
    offences = _offences(folder, editions, {(c.edition, c.code) for c in classes}, sources)
    return Offences(editions.values(), classes, offences)


def _classes(folder: Path, editions: Mapping[str, Edition], sources: Mapping[str, Source]) -> list[OffenceClass]:
    columns = ("edition", "code", "title", "ho_group", "ho_subgroup", "csae", "note", *DATED)
    made: dict[tuple[str, str], OffenceClass] = {}
    for row in rows_of(folder / "offence_classes.csv", columns):
        dated = _dates(row, editions, sources)
        key = (row.text("edition"), row.text("code"))
        if key in made:
            raise row.problem(f"Class {key[1]} stands twice in edition {key[0]}.", "each class once in an edition")
        made[key] = OffenceClass(
            code=key[1],
            title=row.text("title"),
            ho_group=row.text("ho_group"),
            csae=row.one_of("csae", CLASS_CSAE),
            edition=key[0],
            valid_from=dated.valid_from,
            valid_to=dated.valid_to,
            source=dated.source,
            ho_subgroup=row.maybe("ho_subgroup"),
            note=row.maybe("note"),
            confidence=dated.confidence,
        )
    return list(made.values())


_PUBLISHED = ("mode", "max_sentence", "victim_or_state")
_RULED = ("csae_type", "contact", "victim_age", "victim_sex", "offender_age", "vawg", "da")
_OFFENCE_COLUMNS = (
    "edition",
    "code",
    "class_code",
    "title",
    "act",
    "section",
    *_PUBLISHED,
    "csae",
    *_RULED,
    "commenced",
    "note",
    *DATED,
)


def _offences(
    folder: Path, editions: Mapping[str, Edition], classes: set[tuple[str, str]], sources: Mapping[str, Source]
) -> list[Offence]:
    made: dict[OffenceKey, Offence] = {}
    for row in rows_of(folder / "offences.csv", _OFFENCE_COLUMNS):
        offence = _offence(row, _dates(row, editions, sources))
        if (offence.edition, offence.class_code) not in classes:
            raise row.problem(
                f"Class {offence.class_code!r} is not in edition {offence.edition}.",
                "a class of offence_classes.csv in the same edition",
            )
        if offence.key in made:
            raise row.problem(
                f"{offence.key} stands here a second time.", "each code, class, title, act and section once in an edition"
            )
        made[offence.key] = offence
    return list(made.values())


def _offence(row: Row, dated: Dated) -> Offence:
    plain = {column: row.maybe(column) for column in ("act", "section", *_PUBLISHED, *_RULED, "commenced", "note")}
    needed = {column: row.text(column) for column in ("edition", "code", "class_code", "title")}
    return Offence(
        **needed,
        **plain,
        csae=row.one_of("csae", OFFENCE_CSAE),
        valid_from=dated.valid_from,
        valid_to=dated.valid_to,
        source=dated.source,
        confidence=dated.confidence,
    )


def _dates(row: Row, editions: Mapping[str, Edition], sources: Mapping[str, Source]) -> Dated:
    edition = row.text("edition")
    if edition not in editions:
        raise row.problem(f"Edition {edition!r} is not in offence_editions.csv.", "an edition of that file")
    dated, whole = row.dated(sources), editions[edition].dated
    return Dated(dated.valid_from or whole.valid_from, dated.valid_to or whole.valid_to, dated.source, dated.confidence)
