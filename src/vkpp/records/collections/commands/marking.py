"""A round's or a tasking's marking set: what stands at the head and foot of its pages, prints and files from then on."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from vkpp.records.collections import rules
from vkpp.records.collections.commands.locking import about, known_row
from vkpp.records.collections.models import Round, Tasking
from vkpp.records.collections.rules import marking
from vkpp.records.collections.states import ROUND, TASKING, Machine
from vkpp.records.ground.viewer import Viewer
from vkpp.records.trail.commands import Done, command


@command("collections.round.mark")
def mark_round(*, by: Viewer, at: datetime, round_: UUID, level: int, handling: str = "", reason: str = "") -> Done[None]:
    """Mark a round, and with it every return in it: a return carries the stricter of both. Lowering needs a reason's code."""
    return _marked(known_row(Round, by, round_), ROUND, by, level, handling, reason)


@command("collections.tasking.mark")
def mark_tasking(*, by: Viewer, at: datetime, tasking: UUID, level: int, handling: str = "", reason: str = "") -> Done[None]:
    """Mark a tasking. Lowering needs a reason's code."""
    return _marked(known_row(Tasking, by, tasking), TASKING, by, level, handling, reason)


def _marked(row: Any, machine: Machine, by: Viewer, level: int, handling: str, reason: str) -> Done[None]:
    """The trail keeps the levels, whether the handling words changed, and the reason's code: it keeps no words."""
    rules.demand(machine, "mark", by, rules.Facts(row.state))
    before, after = row.marking, marking.marking_of(level, handling)
    marking.demand_reason(before, after, reason)
    row.level, row.handling = int(after.level), after.handling
    row.save()
    facts = {"before": int(before.level), "after": int(after.level), "handling_changed": before.handling != after.handling}
    lowered = {"reason": reason} if marking.is_lower(before, after) else {}
    return Done(about(row), None, facts | lowered)
