"""The index kept: an entry put or dropped by whichever command changes its object, and all of it made again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection

from vkpp.records.ground.scope import require_command
from vkpp.records.ground.viewer import Viewer
from vkpp.records.search.models import Entry, Leave
from vkpp.records.search.rules import Indexed, fields_of, sources
from vkpp.records.trail.commands import Done, command, follow
from vkpp.records.trail.rules import reference

_WHY = "the index is kept for every viewer"
SAME, MENDED, ADDED = "same", "mended", "added"


def put(entry: Indexed) -> str:
    """Make an object findable as it is now; part of the command that changes it. Gives "same", "mended" or "added".

    Raises WriteOutsideCommand outside a command, and ValueError at a kind that nobody registered.
    """
    require_command(Entry)
    if entry.kind not in sources():
        raise ValueError(f"no app registers the kind {entry.kind!r}")
    row = Entry.objects.unscoped(_WHY).filter(kind=entry.kind, key=entry.key).first()
    if row and _same(row, entry):
        return SAME
    kept = row or Entry(kind=entry.kind, key=entry.key)
    for name, value in fields_of(entry).items():
        setattr(kept, name, value)
    kept.save()
    _leave(kept, entry)
    return MENDED if row else ADDED


def _same(row: Entry, entry: Indexed) -> bool:
    held = Leave.objects.unscoped(_WHY).filter(entry=row).values_list("permission", "organisation", "forget_on")
    wanted = {(permission, place, entry.forget_on) for permission, place in entry.leaves}
    return all(getattr(row, name) == value for name, value in fields_of(entry).items()) and set(held) == wanted


def _leave(row: Entry, entry: Indexed) -> None:
    Leave.objects.unscoped(_WHY).filter(entry=row).delete()
    Leave.objects.bulk_create(
        Leave(entry=row, permission=permission, organisation_id=place, forget_on=entry.forget_on)
        for permission, place in sorted(entry.leaves, key=str)
    )


def drop(kind: str, key: UUID) -> bool:
    """Make an object findable no longer; part of the command that removes it. Gives whether there was an entry."""
    require_command(Entry)
    return bool(Entry.objects.unscoped(_WHY).filter(kind=kind, key=key).delete()[0])


def _follow(about: str) -> None:
    """Keep the index true to what a command has just done, in its transaction: called after each by `trail.commands`."""
    kind, _, key = about.partition("/")
    followed = [source for source in sources().values() if source.changed]
    if followed and (known := _uuid(key)):
        for source in followed:
            found = list(source.changed(kind, known)) if source.changed else []
            for entry in found:
                put(entry)
            if not found and kind == source.model:
                drop(source.kind, known)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


follow(_follow)


@command("search.rebuild")
def rebuild(*, by: Viewer, at: datetime) -> Done[Mapping[str, int]]:
    """Make the whole index again from what every app registers: counts of what was same, mended, added and removed."""
    counts: Counter[str] = Counter()
    _words("rebuild")  # first: SQLite's triggers fail where the word index differs from the rows that they take out of it
    rows = Entry.objects.unscoped(_WHY).values_list("kind", "key", "pk")
    known = {(kind, key): pk for kind, key, pk in rows}
    for source in sources().values():
        for entry in source.everything():
            counts[put(entry)] += 1
            known.pop((entry.kind, entry.key), None)
    counts["removed"] = _remove(list(known.values()))
    _words("optimize")
    return Done(reference("search.index", at.date().isoformat()), dict(counts), dict(counts))


def _remove(gone: list[UUID], at_once: int = 500) -> int:
    for start in range(0, len(gone), at_once):
        Entry.objects.unscoped(_WHY).filter(pk__in=gone[start : start + at_once]).delete()
    return len(gone)


def _words(order: str) -> None:
    """SQLite's word index stands beside the table and could differ from it; PostgreSQL's is a column of it."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO search_words(search_words) VALUES (%s)", [order])
