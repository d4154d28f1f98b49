"""What a force sends: a file received, a nil return, and what the check found."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from vkpp.basics.periods import Period
from vkpp.basics.problems import UsageProblem
from vkpp.records.collections import rules
from vkpp.records.collections.commands.holding import (
    current_version,
    facts_of,
    forget_queries,
    move_return,
    new_version,
    return_row,
    state_found,
)
from vkpp.records.collections.commands.letters import preparers_of, write_letters
from vkpp.records.collections.commands.locking import CHECK, about, locked_row, rows_of
from vkpp.records.collections.commands.marking import mark_anew
from vkpp.records.collections.commands.quota import demand_room
from vkpp.records.collections.models import CheckOutcome, Fix, Query, Round, Submission, Version
from vkpp.records.collections.rules import places, register
from vkpp.records.collections.rules.outcomes import CheckCount, Checked
from vkpp.records.collections.rules.words import said
from vkpp.records.collections.states import ANSWERED, CHECKING, GONE, QUERY, RETURN, SETTLED
from vkpp.records.ground.viewer import Viewer
from vkpp.records.trail.commands import Done, command
from vkpp.records.work import commands as work


@command("collections.receive")
def receive(*, by: Viewer, at: datetime, submission: UUID, upload: places.Upload) -> Done[UUID]:
    """Take files that `rules.places.keep` has kept; they are checked as work. Gives the version's id, which is the upload's."""
    row, round_ = return_row(by, submission)
    state = rules.demand(RETURN, "receive", by, facts_of(row, round_, current_version(row)))
    if not places.sent(register.root(), upload.id).is_dir():
        raise UsageProblem("The files did not arrive.", next_step="send them again")
    demand_room(row, upload.size, at)
    files = json.dumps([[one.name, one.size] for one in upload.files])
    version = new_version(row, by, at, pk=upload.id, files=files, sha256=upload.sha256, size=upload.size)
    move_return(row, state, at)
    work.ask(CHECK, str(version.pk), at=at, once=f"{CHECK}/{version.pk}")
    return Done(about(row), version.pk, {"version": version.number, "sha256": upload.sha256, "bytes": upload.size})


@command("collections.declare_nil")
def declare_nil(*, by: Viewer, at: datetime, submission: UUID, reason: str) -> Done[UUID]:
    """A nil return is a return: there is nothing to report, for this reason; it is certified like any other. Gives its id."""
    row, round_ = return_row(by, submission)
    state = rules.demand(RETURN, "declare_nil", by, facts_of(row, round_, current_version(row)))
    demand_room(row, 0, at)
    edition = f"{round_.collection} {round_.edition}"
    version = new_version(row, by, at, nil=True, nil_reason=said(reason, "The reason"), total=0, specification=edition)
    forget_queries(row, set())
    move_return(row, state, at)
    return Done(about(row), version.pk, {"version": version.number})


@command("collections.checked")
def note_checked(*, by: Viewer, at: datetime, version: UUID, outcome: Checked) -> Done[str]:
    """What the checks of a version said; `by` is the service. Gives the state that the return is in now."""
    row, round_ = return_row(by, rows_of(Version, pk=version).values_list("submission", flat=True).get())
    found = locked_row(Version, version)
    if row.version != found.number or row.state != CHECKING:
        return Done(about(row), row.state, {"version": found.number, "overtaken": True})
    _keep_outcome(found, row, outcome, at)
    keep_queries(row, round_, outcome.counts, at)
    mark_anew(row, round_, outcome.marking, at)
    act = state_found(row, found)
    move_return(row, rules.demand(RETURN, act, by, facts_of(row, round_, found)), at)
    if act != "pass":
        write_letters("collections.checked", preparers_of(row, at), row, round_, at, due=row.due_on.isoformat())
    facts = {"version": found.number, "errors": found.errors, "queries": found.queries, "is": row.state}
    return Done(about(row), row.state, facts)


def _keep_outcome(version: Version, row: Submission, outcome: Checked, at: datetime) -> None:
    version.checked_at, version.trouble, version.specification = at, outcome.trouble[:1000], outcome.specification
    version.errors, version.queries, version.notes = (outcome.found(s) for s in ("error", "query", "note"))
    version.checks_ran, version.checks_all = outcome.ran, outcome.of
    version.findings_sha256, version.total = outcome.findings_sha256, outcome.total
    version.lines, version.records = json.dumps(list(outcome.lines)), json.dumps(dict(outcome.records))
    version.difference, version.moved = json.dumps(list(outcome.difference)), json.dumps(list(outcome.moved))
    if version.fixed_from_id and outcome.sha256:
        _keep_fixed(version, outcome)
    version.save()
    for one in outcome.counts:
        CheckOutcome(
            submission=row,
            version=version,
            check_id=one.check,
            severity=one.severity,
            table=one.table,
            sheets=one.sheets[:200],
            columns=one.columns[:300],
            places=one.places,
            records=one.records,
            message=one.message[:600],
            fix=one.fix[:600],
            checked_at=at,
        ).save()


def _keep_fixed(version: Version, outcome: Checked) -> None:
    """Of a version that the job made: its files as they are now, and what stood in the cells before."""
    version.files, version.sha256 = json.dumps([list(one) for one in outcome.files]), outcome.sha256
    version.size = sum(size for _, size in outcome.files)
    fixes = rows_of(Fix, version=version).order_by(*Fix.ORDER)
    for one, was in zip(fixes, outcome.was, strict=True):
        one.was = was
        one.save()


def keep_queries(row: Submission, round_: Round, found: Iterable[CheckCount], at: datetime) -> None:
    """One query a check, its tables together. An answer to the same check on an earlier version of this return stands."""
    asked: dict[str, list[CheckCount]] = {}
    for one in found:
        if one.severity == "query":
            asked.setdefault(one.check, []).append(one)
    offered = _earlier_answers(row, round_) if asked else {}
    forget_queries(row, set(asked))
    held = {query.check_id: query for query in rows_of(Query, submission=row)}
    for check, counts in asked.items():
        query = held.get(check) or Query(submission=row, check_id=check, state="", offered=offered.get(check, ""))
        if query.state in ("", GONE):
            query.state = QUERY.after(query.state, "ask")
        touched = [one.records for one in counts if one.records is not None]
        query.records = sum(touched) if len(touched) == len(counts) else None
        query.places, query.asked_at, query.message = sum(one.places for one in counts), at, counts[0].message[:600]
        query.save()


def _earlier_answers(row: Submission, round_: Round) -> dict[str, str]:
    """The force's answers in the latest earlier round of the collection, by check: offered again, never taken as given."""
    start = Period.parse(round_.period).start
    others = rows_of(Round, collection=round_.collection, compartment=round_.compartment_id).exclude(pk=round_.pk)
    earlier = [one for one in others if Period.parse(one.period).start < start]
    if not earlier:
        return {}
    latest = max(earlier, key=lambda one: Period.parse(one.period).start)
    answers = rows_of(
        Query, submission__round=latest, submission__organisation=row.organisation_id, state__in=[ANSWERED, SETTLED]
    )
    return dict(answers.values_list("check_id", "answer"))
