"""The index of what can be found: one entry for each object, and by which permissions it may be found."""

from __future__ import annotations

import secrets
from functools import reduce
from operator import or_
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q

from vkpp.records.ground.classes import Kept, RowKept, with_row
from vkpp.records.ground.record import Marked, Record
from vkpp.records.ground.viewer import Viewer

_NOTHING = Q(pk__in=())


def _number() -> int:
    """A row number for SQLite's word index, drawn at random: a sequence would count what is hidden."""
    return secrets.randbits(62)


class Entry(Marked):
    """What can be found of one object. A copy: `rebuild` makes it again, and it goes no later than what it copies.

    The databases keep their word index from `heading` and `body` themselves (migration 0002), so that a purged word is gone.
    """

    ROW = RowKept(0, "forget_on")
    KEPT: ClassVar[dict[str, Kept]] = {
        name: with_row()
        for name in (
            *("id", "level", "handling", "compartment", "number", "kind", "key", "reference", "title"),
            *("heading", "body", "said", "changed_at", "forget_on"),
        )
    }

    number = models.BigIntegerField(unique=True, default=_number, editable=False)
    kind = models.SlugField(max_length=40)
    key = models.UUIDField()
    reference = models.CharField(max_length=40, blank=True, default="")
    title = models.CharField(max_length=200)
    heading = models.TextField()  # folded words of reference and title
    body = models.TextField(blank=True, default="")  # folded words of everything else
    # The words as they were said, for the line beneath a result. Null, not "": so SQLite adds the column without making the
    # table anew, which would lose the triggers of its word index.
    said = models.TextField(null=True, blank=True)
    changed_at = models.DateTimeField()
    forget_on = models.DateField(null=True, blank=True)  # the last day on which the object itself is kept

    class Meta(Marked.Meta):
        constraints = (
            *Marked.Meta.constraints,
            models.UniqueConstraint(fields=["kind", "key"], name="search_entry_one_an_object"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(kind=""), name="search_entry_named"),
        )

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        return Q(pk__in=Leave.objects.seen_by(viewer).values("entry"))


class Leave(Record):
    """Whoever holds this permission in this organisation (none: anywhere at all) may find the entry."""

    ROW = RowKept(0, "forget_on")
    KEPT: ClassVar[dict[str, Kept]] = {name: with_row() for name in ("id", "entry", "permission", "organisation", "forget_on")}

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="leaves")
    permission = models.CharField(max_length=60)
    organisation = models.ForeignKey("people.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    forget_on = models.DateField(null=True, blank=True)

    class Meta:
        indexes = (models.Index(fields=["permission", "organisation"], name="search_leave_holders"),)
        constraints = (models.UniqueConstraint(fields=["entry", "permission", "organisation"], name="search_leave_once"),)

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        places: dict[str, set[UUID | None]] = {}
        for permission, place in viewer.permits:
            places.setdefault(permission, set()).add(place)
        return reduce(or_, (_held(permission, where) for permission, where in sorted(places.items())), _NOTHING)


def _held(permission: str, where: set[UUID | None]) -> Q:
    if None in where:
        return Q(permission=permission)
    return Q(permission=permission) & (Q(organisation__isnull=True) | Q(organisation__in=where))
