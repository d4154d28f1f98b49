"""The base of every model of records: scoped, written by commands only, each field with its class and retention."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import uuid4

from django.db import models

from vkpp.basics.markings import Level, Marking
from vkpp.basics.problems import UsageProblem
from vkpp.records.ground.classes import Kept, RowKept, for_good
from vkpp.records.ground.scope import ScopedManager, require_command
from vkpp.records.ground.viewer import Viewer


class Record(models.Model):
    """A row of records. Its id says nothing: a number in sequence would tell an outsider how many there are."""

    KEPT: ClassVar[Mapping[str, Kept]]
    ROW: ClassVar[RowKept | None] = None

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)

    objects = ScopedManager()

    class Meta:
        abstract = True

    @classmethod
    def scope(cls, viewer: Viewer) -> models.Q:
        """What of this model the viewer may know to exist, compartments aside. Every model says it itself."""
        raise NotImplementedError(f"{cls.__name__} does not say who may see it")

    @classmethod
    def visible_to(cls, viewer: Viewer) -> models.Q:
        return cls.scope(viewer)

    def save(self, *args: Any, **kwargs: Any) -> None:
        require_command(type(self))
        _refuse_too_long(self)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        require_command(type(self))
        return super().delete(*args, **kwargs)


class Marked(Record):
    """A record with a marking and, where there is one, the compartment outside of which it does not exist."""

    level = models.PositiveSmallIntegerField(default=int(Level.OFFICIAL), choices=[(int(x), x.words) for x in Level])
    handling = models.CharField(max_length=200, blank=True, default="")
    compartment = models.ForeignKey("people.Compartment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True
        constraints: tuple[Any, ...] = (
            models.CheckConstraint(condition=models.Q(level__in=[int(x) for x in Level]), name="%(app_label)s_%(class)s_level"),
        )

    @property
    def marking(self) -> Marking:
        return Marking(Level(self.level), self.handling)

    @classmethod
    def visible_to(cls, viewer: Viewer) -> models.Q:
        inside = models.Q(compartment__isnull=True) | models.Q(compartment__in=viewer.compartments)
        return inside & cls.scope(viewer)


ID_KEPT: dict[str, Kept] = {"id": for_good("a bare id, so that the trail's references keep their meaning")}
MARKED_KEPT: dict[str, Kept] = ID_KEPT | {
    "level": for_good("how the record must be handled, for as long as it stands"),
    "handling": for_good("how the record must be handled, for as long as it stands"),
    "compartment": for_good("who may know of the record, for as long as it stands"),
}


def _refuse_too_long(row: models.Model) -> None:
    """SQLite does not hold text to its length; both databases must refuse alike, and in words."""
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if (
            isinstance(field, models.CharField)
            and isinstance(value, str)
            and field.max_length
            and len(value) > field.max_length
        ):
            raise UsageProblem(
                f"The {field.verbose_name} has {len(value)} characters.",
                expected=f"{field.max_length} characters at most",
                next_step="shorten it",
            )
