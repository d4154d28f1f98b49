"""What a viewer finds: by words, of what they may see, counted and ordered by nothing that they may not see."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, Case, Count, IntegerField, Q, Value, When
from django.db.models.expressions import RawSQL

from vkpp.basics.markings import Marking
from vkpp.records.ground.viewer import Viewer
from vkpp.records.search import rules
from vkpp.records.search.models import Entry

PAGE, _MOST_LISTED = 20, 100
_SQLITE = "SELECT rowid FROM search_words WHERE search_words MATCH %s"


@dataclass(frozen=True, slots=True)
class Hit:
    """One object that was found: its kind in code and words, its id, its reference ("" where it has none) and title.

    `snippet` are the words around what was asked for, in pieces: (words, whether they were asked for).
    """

    kind: str
    kind_words: str
    key: UUID
    reference: str
    title: str
    marking: Marking
    changed_at: datetime
    snippet: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A page of hits; `total` over all pages; `kinds` (kind, words, how many) over all kinds; `after` opens the next page."""

    hits: tuple[Hit, ...]
    total: int
    kinds: tuple[tuple[str, str, int], ...]
    after: str | None


def search(viewer: Viewer, text: str, *, kinds: Collection[str] = (), after: str | None = None) -> Page:
    """What holds every word of the text, or words that begin with them; of these kinds, or of every kind. Two queries.

    Matches in title or reference stand first, then the latest. No score of the whole collection of texts is used: it would
    move with records that the viewer may not know of. Raises UsageProblem at too many words, an unknown kind or page.
    """
    asked, wanted = rules.asked(text), rules.known_kinds(kinds)
    place = rules.from_bookmark(after) if after else None
    if not asked:
        return Page((), 0, (), None)
    found = Entry.objects.seen_by(viewer).filter(_holds(asked), kind__in=rules.sources())
    counts = dict(found.order_by().values_list("kind").annotate(n=Count("id")))
    rows = list(_page(found, asked, wanted, place))
    more = rules.bookmark(rows[PAGE - 1].rank, rows[PAGE - 1].changed_at, rows[PAGE - 1].key) if len(rows) > PAGE else None
    total = sum(n for kind, n in counts.items() if not wanted or kind in wanted)
    return Page(tuple(_hit(row, asked) for row in rows[:PAGE]), total, _by_kind(counts), more)


def in_compartment(viewer: Viewer, compartment: UUID) -> tuple[int, tuple[Hit, ...]]:
    """How many things stand in a compartment, and the latest hundred that the viewer may see; none for whoever is not in it."""
    if compartment not in viewer.compartments:
        return 0, ()
    total = Entry.objects.unscoped("their number, for whoever is in the compartment").filter(compartment=compartment).count()
    rows = Entry.objects.seen_by(viewer).filter(compartment=compartment, kind__in=rules.sources())
    return total, tuple(_hit(row, ()) for row in rows.order_by("-changed_at", "key")[:_MOST_LISTED])


def _page(found: Any, asked: Collection[str], wanted: Collection[str], place: tuple[int, datetime, UUID] | None) -> Any:
    ranked = found.annotate(
        rank=Case(When(_holds(asked, "heading"), then=Value(0)), default=Value(1), output_field=IntegerField())
    )
    if wanted:
        ranked = ranked.filter(kind__in=wanted)
    if place:
        rank, at, key = place
        later = Q(rank=rank, changed_at__lt=at) | Q(rank=rank, changed_at=at, key__gt=key)
        ranked = ranked.filter(Q(rank__gt=rank) | later)
    return ranked.order_by("rank", "-changed_at", "key")[: PAGE + 1]


def _holds(words: Collection[str], column: str = "") -> Any:
    """The condition that an entry holds every word, in one column or in any, as this database asks it."""
    if connection.vendor == "sqlite":
        return Q(number__in=RawSQL(_SQLITE, [rules.for_sqlite(words, column)]))  # noqa: S611  a constant, its value bound
    vector = "heading_words" if column else "all_words"
    sql = f"search_entry.{vector} @@ %s::tsquery"
    return RawSQL(sql, [rules.for_postgresql(words)], output_field=BooleanField())  # noqa: S611  likewise


def _hit(row: Entry, asked: Collection[str]) -> Hit:
    words = rules.sources()[row.kind].words
    said = rules.snippet(row.title, row.said or "", asked)
    return Hit(row.kind, words, row.key, row.reference, row.title, row.marking, row.changed_at, said)


def _by_kind(counts: dict[str, int]) -> tuple[tuple[str, str, int], ...]:
    return tuple((kind, source.words, counts[kind]) for kind, source in sorted(rules.sources().items()) if kind in counts)
