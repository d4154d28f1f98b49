"""The read log of returns: who opened the findings, fixes and packs of which return, for an auditor of the trail."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from vkpp.basics.markings import OFFICIAL, Marking
from vkpp.basics.periods import Period
from vkpp.records.collections.models import Submission
from vkpp.records.collections.queries.rows import marking_of
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people.queries import names_for_audit
from vkpp.records.trail import queries as trail
from vkpp.records.trail.rules import reference

KIND = "collections.submission"
_WHY = "an auditor reads which return was opened, by its force and period; never of a compartment that they are not in"
_HOW = {"page": "Looked at", "file": "Took away as a file"}


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """One opening: when, by whom ("" where the name was purged), and of whose return."""

    at: datetime
    person: str
    name: str
    organisation_name: str
    title: str
    how: str
    marking: Marking = OFFICIAL


@dataclass(frozen=True, slots=True)
class Log:
    """A page of the read log, and how many openings there are in all of what was asked for."""

    total: int
    rows: tuple[OpeningRow, ...]


def openings(
    *,
    viewer: Viewer,
    person: str = "",
    organisation: UUID | None = None,
    since: datetime | None = None,
    before: datetime | None = None,
    start: int = 0,
    size: int = 50,
) -> Log:
    """Who opened what, the latest first. Raises Refused for whoever may not read the trail. Six queries at most."""
    about = None if organisation is None else _references(Q(organisation=organisation) & _known(viewer))
    hidden = _references(~_known(viewer))
    asked = trail.Asked(person, about, since, before)
    total, lines = trail.openings(viewer=viewer, kind=KIND, asked=asked, without=hidden, start=start, size=size)
    names = names_for_audit(viewer=viewer, people={line.who for line in lines if not line.who.startswith("system:")})
    returns = _returns({line.about.partition("/")[2] for line in lines})
    return Log(total, tuple(_row(line, names, returns) for line in lines))


def _known(viewer: Viewer) -> Q:
    return Q(compartment__isnull=True) | Q(compartment__in=viewer.compartments)


def _references(narrow: Q) -> list[str]:
    return [reference(KIND, key) for key in Submission.objects.unscoped(_WHY).filter(narrow).values_list("pk", flat=True)]


def _returns(keys: Collection[str]) -> Mapping[str, Submission]:
    rows = Submission.objects.unscoped(_WHY).filter(pk__in=keys).select_related("round", "organisation")
    return {str(row.pk): row for row in rows}


def _row(line: trail.Line, names: Mapping[str, str], returns: Mapping[str, Submission]) -> OpeningRow:
    row = returns.get(line.about.partition("/")[2])
    return OpeningRow(
        at=line.at,
        person=line.who,
        name=names.get(line.who, ""),
        organisation_name=row.organisation.name if row else "",
        title=f"{row.round.title}, {Period.parse(row.round.period).label}" if row else "A return that is no longer kept",
        how=_HOW.get(str(line.facts.get("how", "page")), "Looked at"),
        marking=marking_of(row) if row else OFFICIAL,
    )
