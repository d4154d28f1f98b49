"""What the trail remembers: the history of an object for whoever was shown it, and the proof that nothing was changed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max

from vkpp.records.ground.problems import Refused
from vkpp.records.ground.record import Record
from vkpp.records.ground.viewer import Viewer
from vkpp.records.trail.models import Entry, Head
from vkpp.records.trail.rules import FIRST, digest_of, reference

READ_TRAIL, OPENED = "trail.read", "trail.opened"


@dataclass(frozen=True, slots=True)
class Line:
    """One entry, for reading."""

    number: int
    at: datetime
    who: str
    act: str
    about: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HeadCopy:
    """A copy of the head that was exported: the entry's number and digest, and where the copy is kept."""

    number: int
    digest: str
    kept_in: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """What verification found. `faults` are sentences; none means that the chain is whole up to `number`."""

    number: int
    digest: str
    faults: tuple[str, ...]
    witnessed: int  # the last entry that an exported head vouches for


def history(*, viewer: Viewer, of: type[Record], key: object) -> tuple[Line, ...]:
    """What was done to one record, oldest first; nothing when this viewer may not know of the record."""
    if not of.objects.seen_by(viewer).filter(pk=key).exists():
        return ()
    about = reference(of._meta.label_lower, key)
    return tuple(_line(entry) for entry in Entry.objects.filter(about=about).exclude(act=OPENED))


def read_log(*, viewer: Viewer, of: type[Record], key: object) -> tuple[Line, ...]:
    """Who opened a special-category record: for auditors, and for them too only where the record exists.

    Raises Refused for whoever may not read the trail.
    """
    _demand_auditor(viewer)
    if not of.objects.seen_by(viewer).filter(pk=key).exists():
        return ()
    about = reference(of._meta.label_lower, key)
    return tuple(_line(entry) for entry in Entry.objects.filter(about=about, act=OPENED))


def _demand_auditor(viewer: Viewer) -> None:
    if not viewer.may(READ_TRAIL):
        raise Refused("Only an auditor of the trail can see who opened a record.", next_step="ask the data protection lead")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which openings an auditor asks for: by whom, of what (references; None: of anything), from and to which instant."""

    who: str = ""
    about: Collection[str] | None = None
    since: datetime | None = None
    before: datetime | None = None


def openings(
    *, viewer: Viewer, kind: str, asked: Asked, without: Collection[str], start: int, size: int
) -> tuple[int, tuple[Line, ...]]:
    """The read log of one kind of record, the latest first: how many there are, and a stretch of them. Two queries.

    `without` are the references that this auditor may not know of: the app of the kind names them. Raises Refused.
    """
    _demand_auditor(viewer)
    found = Entry.objects.filter(act=OPENED, about__startswith=f"{kind}/").exclude(about__in=without)
    if asked.who:
        found = found.filter(who=asked.who)
    if asked.about is not None:
        found = found.filter(about__in=asked.about)
    if asked.since:
        found = found.filter(at__gte=asked.since)
    if asked.before:
        found = found.filter(at__lt=asked.before)
    rows = found.order_by("-number")[start : start + size]
    return found.count(), tuple(_line(entry) for entry in rows)


def opened_since(*, viewer: Viewer, about: str, since: datetime) -> bool:
    """Whether this viewer's own opening of the record stands in the read log already."""
    return Entry.objects.filter(act=OPENED, who=viewer.id, about=about, at__gt=since).exists()


def latest(*, viewer: Viewer, act: str, of: type[Record], keys: Collection[object]) -> Mapping[str, datetime]:
    """When an act was last done to each of these records that the viewer may know of, by its id as text."""
    seen = of.objects.seen_by(viewer).filter(pk__in=keys).values_list("pk", flat=True)
    names = {reference(of._meta.label_lower, key): str(key) for key in seen}
    rows = Entry.objects.filter(act=act, about__in=names).order_by().values_list("about").annotate(last=Max("at"))
    return {names[about]: last for about, last in rows}


def _line(entry: Entry) -> Line:
    return Line(entry.number, entry.at, entry.who, entry.act, entry.about, json.loads(entry.facts))


def head() -> HeadCopy:
    """The last entry's number and digest, for export to where the database's administrator cannot write."""
    row = Head.objects.get(pk=1)
    return HeadCopy(row.number, row.digest)


def founder() -> str:
    """Who wrote the first entry, "" on an empty trail: "system:demonstration" marks a service of invented records for good."""
    first: str | None = Entry.objects.filter(number=1).values_list("who", flat=True).first()
    return first or ""


def verify(copies: Iterable[HeadCopy] = ()) -> Verified:
    """Walk the whole chain and say every place at which it was changed, shortened or added to.

    `copies` are heads exported earlier: they catch a chain that was rewritten as a whole, or cut at its end.
    """
    faults: list[str] = []
    digests: dict[int, str] = {}
    wanted = sorted(copies, key=lambda copy: (copy.number, copy.kept_in))
    kept = {copy.number for copy in wanted}
    number, digest = 0, FIRST
    for entry in Entry.objects.order_by("number").iterator(chunk_size=2000):
        faults += _faults_of(entry, number, digest)
        number, digest = entry.number, entry.digest
        if number in kept:
            digests[number] = digest
    faults += _faults_of_head(number, digest)
    faults += _faults_of_copies(wanted, digests)
    return Verified(number, digest, tuple(faults), max((n for n in digests), default=0))


def _faults_of(entry: Entry, number: int, digest: str) -> Iterator[str]:
    if entry.number != number + 1:
        yield f"Between entry {number} and entry {entry.number}, {entry.number - number - 1} entries are missing."
    elif entry.previous != digest:
        yield f"Entry {entry.number} does not follow entry {number}: one of the two was put in or changed."
    said = digest_of(entry.number, entry.at, entry.who, entry.act, entry.about, entry.facts, entry.previous)
    if said != entry.digest:
        yield f"Entry {entry.number} was changed: what it says is not what was hashed."


def _faults_of_head(number: int, digest: str) -> Iterator[str]:
    row = Head.objects.filter(pk=1).first()
    if row is None:
        yield "The head of the trail is missing."
    elif (row.number, row.digest) != (number, digest):
        yield f"The head names entry {row.number}, and the last entry is {number}: entries were removed or added at the end."


def _faults_of_copies(copies: list[HeadCopy], digests: Mapping[int, str]) -> Iterator[str]:
    for copy in copies:
        if copy.number and digests.get(copy.number) != copy.digest:
            yield f"The head kept in {copy.kept_in} names entry {copy.number}, and the trail has another entry there, or none."
