"""A round's, a return's or a tasking's marking set: what stands on its pages, prints, files and mails from then on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from vkpp.basics.markings import Marking, strictest
from vkpp.records.collections import rules
from vkpp.records.collections.commands.holding import current_version, facts_of, return_row
from vkpp.records.collections.commands.locking import MARK, about, known_row, rows_of
from vkpp.records.collections.models import Round, Submission, Tasking
from vkpp.records.collections.rules import marking
from vkpp.records.collections.states import RETURN, ROUND, TASKING
from vkpp.records.ground.viewer import Viewer
from vkpp.records.trail.commands import Done, command
from vkpp.records.work import commands as work


@command("collections.round.mark")
def mark_round(*, by: Viewer, at: datetime, round_: UUID, level: int, handling: str = "", reason: str = "") -> Done[None]:
    """Mark a round, and with it every return in it: a return carries the stricter of both. Lowering needs a reason's code."""
    row = known_row(Round, by, round_)
    rules.demand(ROUND, "mark", by, rules.Facts(row.state))
    done = _marked(row, level, handling, reason, marking.demand_reason)
    for submission in rows_of(Submission, round=row, version__gte=1).order_by("pk").values_list("pk", flat=True):
        mark_files(submission, at)
    return done


@command("collections.submission.mark")
def mark_return(*, by: Viewer, at: datetime, submission: UUID, level: int, handling: str = "", reason: str = "") -> Done[None]:
    """Set a return's own marking, as the national team may: lowering needs a reason's code. Its files follow."""
    return _of_return(by, at, submission, "mark", level, handling, reason)


@command("collections.submission.raise_marking")
def raise_marking(*, by: Viewer, at: datetime, submission: UUID, level: int, handling: str = "") -> Done[None]:
    """Make a return's own marking stricter, as its force may. Its files follow. Refused where it may be less strict."""
    return _of_return(by, at, submission, "raise_marking", level, handling, "")


@command("collections.tasking.mark")
def mark_tasking(*, by: Viewer, at: datetime, tasking: UUID, level: int, handling: str = "", reason: str = "") -> Done[None]:
    """Mark a tasking. Lowering needs a reason's code."""
    row = known_row(Tasking, by, tasking)
    rules.demand(TASKING, "mark", by, rules.Facts(row.state))
    return _marked(row, level, handling, reason, marking.demand_reason)


def mark_files(submission: UUID, at: datetime) -> None:
    """Ask, inside a command, that the files made of a return say its marking as it is now; until then nobody is given them."""
    work.ask(MARK, str(submission), at=at)


def mark_anew(row: Submission, round_: Round, said: str, at: datetime) -> None:
    """As above, where files were made while the marking was another: `said` is what they say, "" where none were made."""
    if said and said != str(strictest(round_.marking, row.marking)):
        mark_files(row.pk, at)


def _of_return(by: Viewer, at: datetime, submission: UUID, act: str, level: int, handling: str, reason: str) -> Done[None]:
    row, round_ = return_row(by, submission)
    rules.demand(RETURN, act, by, facts_of(row, round_, current_version(row)))
    demands = marking.demand_reason if act == "mark" else _never_lower
    done = _marked(row, level, handling, reason, demands)
    if row.version:
        mark_files(row.pk, at)
    return done


def _never_lower(before: Marking, after: Marking, reason: str) -> None:
    marking.demand_not_lower(before, after)


def _marked(row: Any, level: int, handling: str, reason: str, demands: Callable[[Marking, Marking, str], None]) -> Done[None]:
    """The trail keeps the levels, whether the handling words changed, and the reason's code: it keeps no words."""
    before, after = row.marking, marking.marking_of(level, handling)
    demands(before, after, reason)
    row.level, row.handling = int(after.level), after.handling
    row.save()
    facts = {"before": int(before.level), "after": int(after.level), "handling_changed": before.handling != after.handling}
    lowered = {"reason": reason} if marking.is_lower(before, after) else {}
    return Done(about(row), None, facts | lowered)
