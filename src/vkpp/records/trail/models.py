"""One entry for each act, chained by hash; it can be added to and never changed, by model, manager and database trigger."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models

from vkpp.records.ground.classes import Kept, Privacy, RowKept, for_good

_IDS_ONLY = "evidence of who acted: ids only, and purging the person's own row takes the name from behind the id"


class AppendOnly(Exception):
    """Ours: something tried to change or remove an entry of the trail."""


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise AppendOnly("the trail is added to, never changed")


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Reads; every way of changing is refused."""

    update = bulk_update = delete = bulk_create = update_or_create = _raw_delete = _refuse


class Entry(models.Model):
    """Who did what to which object, with facts that are codes, numbers, dates or ids, at an instant in UTC."""

    KEPT: ClassVar[dict[str, Kept]] = {
        "number": for_good("the order of the trail"),
        "at": for_good(_IDS_ONLY),
        "who": for_good(_IDS_ONLY, Privacy.PERSONAL),
        "act": for_good(_IDS_ONLY),
        "about": for_good(_IDS_ONLY),
        "facts": for_good(_IDS_ONLY),
        "previous": for_good("the chain"),
        "digest": for_good("the chain"),
    }
    ROW: ClassVar[RowKept | None] = None

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    who = models.CharField(max_length=80, db_index=True)
    act = models.CharField(max_length=80)
    about = models.CharField(max_length=160, db_index=True)
    facts = models.TextField()  # canonical JSON as text: a JSON column would reorder what was hashed
    previous = models.CharField(max_length=64, unique=True)  # no two entries follow the same one: the chain cannot fork
    digest = models.CharField(max_length=64, unique=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ("number",)
        constraints = (
            models.CheckConstraint(condition=models.Q(number__gte=1), name="trail_entry_number"),
            models.CheckConstraint(
                condition=~models.Q(who="") & ~models.Q(act="") & ~models.Q(about=""), name="trail_entry_full"
            ),
            models.CheckConstraint(condition=~models.Q(previous=models.F("digest")), name="trail_entry_not_its_own"),
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            _refuse()
        super().save(*args, **(kwargs | {"force_insert": True}))

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        _refuse()


class Head(models.Model):
    """The last entry, in one row. Appending locks it, so that entries stand in one order; verification compares it."""

    KEPT: ClassVar[dict[str, Kept]] = {
        "id": for_good("there is one row"),
        "number": for_good("the chain"),
        "digest": for_good("the chain"),
    }
    ROW: ClassVar[RowKept | None] = None

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="trail_head_one_row"),)
