"""The rows that a command changes, locked in one order, and what the trail calls them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from vkpp.basics.working_days import LONDON
from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer
from vkpp.records.trail.rules import reference

_WHY = "a command reads the rows that it changes"
CHECK, ACCEPT, PACK, MARK = "collections.check", "collections.accept", "collections.pack", "collections.mark"


def day_of(at: datetime) -> date:
    return at.astimezone(LONDON).date()


def about(row: Any) -> str:
    return reference(row._meta.label_lower, row.pk)


def rows_of(model: type[Any], **by: Any) -> Any:
    return model.objects.unscoped(_WHY).filter(**by)


def locked_row(model: type[Any], key: UUID) -> Any:
    row = rows_of(model, pk=key).select_for_update(no_key=True).first()
    if row is None:
        raise NotThere
    return row


def known_row(model: type[Any], by: Viewer, key: UUID) -> Any:
    """The row, locked. NotThere, in the same words, for whoever may not know of it and where there is none."""
    if not by.id.startswith("system:") and not model.objects.seen_by(by).filter(pk=key).exists():
        raise NotThere
    return locked_row(model, key)


def person_of(by: Viewer) -> UUID | None:
    return None if by.id.startswith("system:") else UUID(by.id)
