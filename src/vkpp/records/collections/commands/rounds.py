"""A round from its opening to its lock, and the letters that chase it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from vkpp.records.collections import rules
from vkpp.records.collections.commands.hours import most_hours
from vkpp.records.collections.commands.letters import certifiers_of, preparers_of, write_letters
from vkpp.records.collections.commands.locking import about, day_of, known_row, person_of, rows_of
from vkpp.records.collections.models import Round, Submission
from vkpp.records.collections.rules import register
from vkpp.records.collections.rules.lateness import can_come
from vkpp.records.collections.rules.words import said
from vkpp.records.collections.states import ACCEPTED, CHASED, ON_THEIR_WAY, RETURN, ROUND, TO_CERTIFY
from vkpp.records.ground.viewer import Viewer
from vkpp.records.trail.commands import Done, command


def round_rule(row: Round, by: Viewer, act: str) -> str:
    return rules.demand(ROUND, act, by, rules.Facts(row.state))


@command("collections.round.sign_hours")
def sign_hours(*, by: Viewer, at: datetime, round_: UUID, reason: str) -> Done[None]:
    """The national lead signs for hours above the limit, with a reason that is printed with the ask (R9)."""
    row = known_row(Round, by, round_)
    round_rule(row, by, "sign_hours")
    row.hours_signed_by_id, row.hours_reason = person_of(by), said(reason, "The reason")
    row.save()
    return Done(about(row), None, {"hours": str(row.hours)})


@command("collections.round.open")
def open_round(*, by: Viewer, at: datetime, round_: UUID) -> Done[int]:
    """Open a draft to its forces, each of which gets a letter and a return to send. Gives how many letters went."""
    row = known_row(Round, by, round_)
    state = round_rule(row, by, "open")
    returns = list(rows_of(Submission, round=row))
    rules.demand_whole_list(len(returns))
    most = most_hours(row, [one.organisation_id for one in returns], by) + float(row.hours)
    rules.demand_hours_signed(row.hours_signed_by_id is not None, most, *register.hours_limit(row.due_on))
    row.state, row.opened_at = state, at
    row.save()
    rows_of(Submission, round=row).update(state=RETURN.after("planned", "expect"), state_since=at)
    due = row.due_on.isoformat()
    letters = sum(write_letters("collections.opened", preparers_of(one, at), one, row, at, due=due) for one in returns)
    return Done(about(row), letters, {"forces": len(returns), "due": due, "letters": letters})


@command("collections.round.close")
def close_round(*, by: Viewer, at: datetime, round_: UUID) -> Done[None]:
    """Close a round: no first file is taken any more; what is in goes on its way."""
    return _move_round(by, at, round_, "close", closed_at=at)


@command("collections.round.reopen")
def reopen_round(*, by: Viewer, at: datetime, round_: UUID, reason: str) -> Done[None]:
    """Open a closed round again, with a reason."""
    return _move_round(by, at, round_, "reopen", reason=said(reason, "The reason"), closed_at=None)


@command("collections.round.lock")
def lock_round(*, by: Viewer, at: datetime, round_: UUID) -> Done[int]:
    """Lock a closed round and every accepted return in it. Gives how many returns were locked."""
    row = known_row(Round, by, round_)
    state = round_rule(row, by, "lock")
    rules.demand_nothing_on_its_way(rows_of(Submission, round=row, state__in=ON_THEIR_WAY).count())
    row.state, row.locked_at = state, at
    row.save()
    locked = rows_of(Submission, round=row, state=ACCEPTED).update(state=RETURN.after(ACCEPTED, "lock"), state_since=at)
    return Done(about(row), locked, {"locked": locked})


@command("collections.round.unlock")
def unlock_round(*, by: Viewer, at: datetime, round_: UUID, reason: str) -> Done[None]:
    """Unlock a round, with a reason; its returns stay locked until each is unlocked."""
    return _move_round(by, at, round_, "unlock", reason=said(reason, "The reason"))


def _move_round(by: Viewer, at: datetime, round_: UUID, act: str, **values: Any) -> Done[None]:
    row = known_row(Round, by, round_)
    before, row.state = row.state, round_rule(row, by, act)
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    return Done(about(row), None, {"was": before, "is": row.state})


@command("collections.chase")
def chase(*, by: Viewer, at: datetime, round_: UUID) -> Done[int]:
    """Remind every force of a round that the viewer may chase and whose return is late, in one act.

    Gives how many returns were chased. Left alone is one that was chased on the same day, and one that a closed round does not
    take any more.
    """
    row = known_row(Round, by, round_)
    rules.demand(ROUND, "chase", rules.anywhere(by, "collections.chase"), rules.Facts(row.state))
    today = day_of(at)
    states = [state for state in CHASED if can_come(state, row.state)]
    waiting = Submission.objects.seen_by(by).filter(round=row, state__in=states, due_on__lt=today)
    due = [one for one in waiting if by.may("collections.chase", one.organisation_id)]
    due = [one for one in due if one.chased_at is None or day_of(one.chased_at) != today]
    for one in due:
        rows_of(Submission, pk=one.pk).update(chased_at=at, chases=one.chases + 1)
        to = certifiers_of(one, at) if one.state == TO_CERTIFY else preparers_of(one, at)
        write_letters("collections.chase", to, one, row, at, due=one.due_on.isoformat())
    return Done(about(row), len(due), {"chased": [str(one.pk) for one in due]})
