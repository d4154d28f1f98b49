"""Answers to queries, and whether they stand."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from vkpp.records.collections import rules
from vkpp.records.collections.commands.holding import current_version, facts_of, move_return, part_of_return
from vkpp.records.collections.commands.letters import preparers_of, write_letters
from vkpp.records.collections.commands.locking import about, person_of, rows_of
from vkpp.records.collections.models import Query, Submission
from vkpp.records.collections.rules.words import said
from vkpp.records.collections.states import OPEN, QUERY, RETURN, TO_ANSWER
from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer
from vkpp.records.trail.commands import Done, command


@command("collections.answer")
def answer(*, by: Viewer, at: datetime, query: UUID, reason: str) -> Done[bool]:
    """Say why something that looks odd is right; the words are printed in the national notes.

    Gives whether every query on the return is answered now; then the return is ready for the certifier.
    """
    row, round_, found = part_of_return(Query, by, query)
    rules.demand(RETURN, "answer", by, facts_of(row, round_, current_version(row)))
    found.state = rules.demand(QUERY, "answer", by, rules.Facts(found.state, row.organisation_id))
    found.answer, found.answered_by_id, found.answered_at = said(reason, "The reason"), person_of(by), at
    found.save()
    left = rows_of(Query, submission=row, state=OPEN).count()
    if not left and row.state == TO_ANSWER:
        move_return(row, RETURN.after(row.state, "have_answered"), at)
    return Done(about(found), not left, {"check": found.check_id, "left": left})


@command("collections.settle")
def settle(*, by: Viewer, at: datetime, query: UUID) -> Done[None]:
    """The national team has read the answer and lets it stand."""
    row, _, found = part_of_return(Query, by, query)
    _demand_inside(by, row)
    found.state = rules.demand(QUERY, "settle", by, rules.Facts(found.state, row.organisation_id))
    found.settled_by_id, found.settled_at = person_of(by), at
    found.save()
    return Done(about(found), None, {"check": found.check_id})


@command("collections.ask_again")
def ask_again(*, by: Viewer, at: datetime, query: UUID, reason: str) -> Done[None]:
    """The answer does not do: ask again, in words. The return itself goes back by `send_back`."""
    row, round_, found = part_of_return(Query, by, query)
    _demand_inside(by, row)
    found.state = rules.demand(QUERY, "ask_again", by, rules.Facts(found.state, row.organisation_id))
    found.asked_again, found.settled_by, found.settled_at = said(reason, "What is asked"), None, None
    found.save()
    write_letters("collections.asked_again", preparers_of(row, at), row, round_, at, due=row.due_on.isoformat())
    return Done(about(found), None, {"check": found.check_id})


def _demand_inside(by: Viewer, row: Submission) -> None:
    """A query on a version that is not certified does not exist for others: it is its force's own."""
    version = current_version(row)
    certified = version is not None and bool(version.certified_at or version.receipt)
    if not rules.sees_inside(by, row.organisation_id, certified=certified, shown=row.shown_at is not None):
        raise NotThere
