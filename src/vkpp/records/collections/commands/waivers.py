"""Waivers of a return or of a check: asked, signed, refused."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from vkpp.basics.problems import UsageProblem
from vkpp.records.collections import rules
from vkpp.records.collections.commands.holding import (
    current_version,
    facts_of,
    is_clean,
    move_return,
    part_of_return,
    return_row,
    state_found,
)
from vkpp.records.collections.commands.letters import preparers_of, write_letters
from vkpp.records.collections.commands.locking import about, person_of, rows_of
from vkpp.records.collections.models import CheckOutcome, Round, Submission, Waiver
from vkpp.records.collections.rules.words import said
from vkpp.records.collections.states import ASKED, CHECKING, RETURN, SIGNED, TO_FIX, WAIVER
from vkpp.records.ground.problems import Refused
from vkpp.records.ground.viewer import Viewer
from vkpp.records.trail.commands import Done, command


@command("collections.waiver.ask")
def ask_waiver(*, by: Viewer, at: datetime, submission: UUID, reason: str, check: str = "") -> Done[UUID]:
    """Ask not to send a return, or not to meet one check on it; the reason will be published. Gives the waiver's id."""
    row, _ = return_row(by, submission)
    state = rules.demand(WAIVER, "ask", by, rules.Facts("", row.organisation_id))
    if rows_of(Waiver, submission=row, check_id=check, state__in=[ASKED, SIGNED]).exists():
        raise Refused("This waiver was asked for already.", next_step="wait for the national lead")
    if check and not rows_of(CheckOutcome, submission=row, check_id=check, severity="error").exists():
        raise UsageProblem(f"The check {check!r} found no error in this return.", next_step="choose one from its results")
    found = Waiver(submission=row, check_id=check, state=state, asked_by_id=person_of(by), asked_at=at)
    found.reason = said(reason, "The reason")
    found.save()
    return Done(about(found), found.pk, {"check": check})


@command("collections.waiver.sign")
def sign_waiver(*, by: Viewer, at: datetime, waiver: UUID) -> Done[None]:
    """Sign a waiver that somebody else asked for. It is published with its reason; the return or the check is let go."""
    row, round_, found = _waiver(by, waiver, "sign", at)
    found.save()
    current = current_version(row)
    if not found.check_id:
        move_return(row, rules.demand(RETURN, "waive", by, facts_of(row, round_, current)), at)
    elif row.state == TO_FIX and current is not None and is_clean(row, current):
        move_return(row, RETURN.after(CHECKING, state_found(row, current)), at)
    write_letters("collections.waived", preparers_of(row, at), row, round_, at)
    return Done(about(found), None, {"check": found.check_id})


@command("collections.waiver.refuse")
def refuse_waiver(*, by: Viewer, at: datetime, waiver: UUID, reason: str) -> Done[None]:
    """Refuse a waiver, with a reason."""
    row, round_, found = _waiver(by, waiver, "refuse", at)
    found.refusal = said(reason, "The reason")
    found.save()
    write_letters("collections.not_waived", preparers_of(row, at), row, round_, at)
    return Done(about(found), None, {"check": found.check_id})


def _waiver(by: Viewer, waiver: UUID, act: str, at: datetime) -> tuple[Submission, Round, Waiver]:
    """A waiver decided, not saved yet."""
    row, round_, found = part_of_return(Waiver, by, waiver)
    did = {"asked": str(found.asked_by_id)}
    found.state = rules.demand(WAIVER, act, by, rules.Facts(found.state, row.organisation_id, did=did))
    found.signed_by_id, found.signed_at = person_of(by), at
    return row, round_, found
