"""How the deadline of a return that is not in is told, and whether it can still come, in an open round and in a closed one."""

from __future__ import annotations

from vkpp.records.collections.rules import counted
from vkpp.records.collections.rules.rows import SubmissionRow
from vkpp.records.collections.states import CHASED, LOST_WHEN_CLOSED, OPEN


def is_lost(state: str, round_state: str) -> bool:
    """Whether nothing that the force can do brings the file in that it owes: the round does not take it any more."""
    return round_state != OPEN and state in LOST_WHEN_CLOSED


def can_come(state: str, round_state: str) -> bool:
    """Whether a letter to the force makes sense: it can still do something that brings its return in."""
    return state in CHASED and not is_lost(state, round_state)


def due_in(left: int, *, past: bool) -> str:
    """A deadline against today, in working days: "in 5 working days", "today", "6 working days ago".

    `left` is 0 on its own day, and on a day off after it: then it is `past`, and no working day lies between.
    """
    if past:
        return f"{counted(-left, 'working day')} ago" if left else "just past"
    return f"in {counted(left, 'working day')}" if left else "today"


def late_words(row: SubmissionRow) -> str:
    """What stands beside the deadline of a late return; "" for any other. In a closed round nobody counts days any more."""
    if not row.late:
        return ""
    if row.round_state != OPEN:
        return "the round is closed"
    return f"{counted(-row.working_days_left, 'working day')} late" if row.working_days_left else "late"
