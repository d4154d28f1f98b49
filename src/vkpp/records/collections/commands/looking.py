"""A force lets its area and the national team look inside a return before it certifies it, or keeps it to itself again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from vkpp.records.collections import rules
from vkpp.records.collections.commands.holding import current_version, facts_of, return_row
from vkpp.records.collections.commands.locking import about
from vkpp.records.collections.states import RETURN
from vkpp.records.ground.viewer import Viewer
from vkpp.records.trail.commands import Done, command


@command("collections.show")
def show(*, by: Viewer, at: datetime, submission: UUID) -> Done[None]:
    """Let the area and the national team see what the return says, to get help; until it is certified or kept back again."""
    return _shown(by, submission, "show", at)


@command("collections.hide")
def hide(*, by: Viewer, at: datetime, submission: UUID) -> Done[None]:
    """Keep the return to the force again."""
    return _shown(by, submission, "hide", None)


def _shown(by: Viewer, submission: UUID, act: str, since: datetime | None) -> Done[None]:
    row, round_ = return_row(by, submission)
    current = current_version(row)
    row.state = rules.demand(RETURN, act, by, facts_of(row, round_, current))
    row.shown_at = since
    row.save()
    return Done(about(row), None, {"version": row.version})
