"""What changes rounds, returns, queries, waivers and taskings; the jobs' outcomes; and the index rebuilt from the store.

Locks are taken in one order, so that two commands never wait for each other: round; return; version, query, waiver; tasking.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from vkpp.basics.periods import Period
from vkpp.basics.problems import UsageProblem
from vkpp.basics.working_days import LONDON, add_working_days
from vkpp.records.collections import rules
from vkpp.records.collections.models import REASON, Asked, CheckOutcome, Query, Round, Submission, Tasking, Version, Waiver
from vkpp.records.collections.rules import places, register
from vkpp.records.collections.rules.outcomes import CheckCount, Checked, InStore, Kept
from vkpp.records.collections.rules.words import said
from vkpp.records.collections.states import (
    ACCEPTED,
    ACCEPTING,
    ANSWERED,
    ASKED,
    CHASED,
    CHECKING,
    DRAFT,
    GONE,
    LOCKED,
    ON_THEIR_WAY,
    OPEN,
    QUERY,
    RETURN,
    ROUND,
    SETTLED,
    SIGNED,
    TASKING,
    TO_ANSWER,
    TO_CERTIFY,
    TO_FIX,
    WAIVER,
)
from vkpp.records.ground.problems import NotThere, Refused
from vkpp.records.ground.viewer import Viewer, system
from vkpp.records.people import queries as people
from vkpp.records.trail.commands import Done, command
from vkpp.records.trail.rules import reference
from vkpp.records.work import commands as work

_WHY = "a command reads the rows that it changes"
CHECK, ACCEPT = "collections.check", "collections.accept"


def _day(at: datetime) -> date:
    return at.astimezone(LONDON).date()


def _about(row: Any) -> str:
    return reference(row._meta.label_lower, row.pk)


def _rows(model: type[Any], **by: Any) -> Any:
    return model.objects.unscoped(_WHY).filter(**by)


def _locked(model: type[Any], key: UUID) -> Any:
    row = _rows(model, pk=key).select_for_update(no_key=True).first()
    if row is None:
        raise NotThere
    return row


def _known(model: type[Any], by: Viewer, key: UUID) -> Any:
    """The row, locked. NotThere, in the same words, for whoever may not know of it and where there is none."""
    if not by.id.startswith("system:") and not model.objects.seen_by(by).filter(pk=key).exists():
        raise NotThere
    return _locked(model, key)


def _person(by: Viewer) -> UUID | None:
    return None if by.id.startswith("system:") else UUID(by.id)


# Letters


def _write(template: str, to: Iterable[UUID], round_: Round, at: datetime, **facts: object) -> int:
    """One letter each, about a round, its period and a day; gives how many."""
    known = {"collection": round_.collection, "period": round_.period, **facts}
    people_ = sorted(set(to), key=str)
    for person in people_:
        work.ask_letter(to=person, template=template, facts=known, at=at)
    return len(people_)


def _preparers(row: Submission, at: datetime) -> tuple[UUID, ...]:
    return _reached(people.holders(permission="collections.prepare", organisation=row.organisation_id, on=_day(at)), row, at)


def _certifiers(row: Submission, at: datetime) -> tuple[UUID, ...]:
    return _reached(people.holders(permission="collections.certify", organisation=row.organisation_id, on=_day(at)), row, at)


def _reached(found: Sequence[UUID], row: Submission, at: datetime) -> tuple[UUID, ...]:
    """Whom a letter about this return may reach: where it stands in a compartment, only those who are in it."""
    if row.compartment_id is None:
        return tuple(found)
    viewers = {person: people.viewer_of(person, on=_day(at)) for person in found}
    return tuple(p for p, viewer in viewers.items() if viewer and row.compartment_id in viewer.compartments)


# Rounds


def _of_round(row: Round, by: Viewer, act: str) -> str:
    return rules.demand(ROUND, act, by, rules.Facts(row.state))


@command("collections.round.draft")
def draft_round(
    *,
    by: Viewer,
    at: datetime,
    collection: str,
    period: str,
    opens_on: date,
    working_days: int,
    hours: float | None = None,
    hours_rest_on: str = "",
    already_held: str = "",
    respondents: Sequence[UUID] | None = None,
    compartment: UUID | None = None,
) -> Done[UUID]:
    """Draft a round of a collection of the catalogue. Gives its id.

    `respondents` are organisations; None takes every force of the register on the period's last day. Hours, what they rest on
    and what is already held come from the specification where they are not given (R9).
    """
    rules.demand(ROUND, "draft", by, rules.Facts(""))
    if compartment is not None and compartment not in by.compartments:
        raise NotThere
    specification = _specification(collection)
    burden = specification.burden
    row = Round(
        collection=collection,
        title=specification.title,
        period=Period.parse(period).code,
        edition=specification.edition,
        asked=json.dumps(register.asked_of(specification), sort_keys=True),
        hours=_hours(burden.get("hours_per_force", 0) if hours is None else hours),
        hours_rest_on=_long(hours_rest_on or burden.get("rests_on", ""), "What the hours rest on"),
        already_held=_long(already_held or burden.get("already_held", ""), "What is already held"),
        compartment_id=compartment,
        drafted_at=at,
        state=DRAFT,
    )
    return _new_round(row, opens_on, working_days, respondents, by, at)


def _specification(collection: str) -> Any:
    known = register.catalogue().collections
    if collection not in known:
        raise UsageProblem(
            f"There is no collection {collection!r}.", expected=" or ".join(known), next_step="choose one of them"
        )
    return register.catalogue().specification(collection)


def _hours(value: object) -> Decimal:
    hours = Decimal(str(value))
    if hours < 0:
        raise UsageProblem(f"{hours} hours cannot be.", expected="hours of one force, 0 or more")
    return hours


def _long(text: object, what: str) -> str:
    return said(str(text)[:REASON], what, REASON)


def _new_round(
    row: Round, opens_on: date, working_days: int, respondents: Sequence[UUID] | None, by: Viewer, at: datetime
) -> Done[UUID]:
    _date(row, opens_on, working_days)
    taken = _rows(Round, collection=row.collection, period=row.period, compartment__isnull=True)
    if row.compartment_id is None and taken.exists():
        raise Refused(f"There is a round of {row.collection} for {row.period} already.", next_step="open it from the list")
    row.save()
    listed = _list(row, _forces(row, by) if respondents is None else respondents, by, at)
    return Done(_about(row), row.pk, {"collection": row.collection, "period": row.period, "forces": listed})


def _date(row: Round, opens_on: date, working_days: int) -> None:
    """The deadline, in working days from the opening."""
    if working_days < 1:
        raise UsageProblem("A round needs at least one working day.", expected="working days from opening to deadline")
    row.opens_on, row.working_days = opens_on, working_days
    row.due_on = add_working_days(opens_on, working_days, register.catalogue().holidays)


def _forces(row: Round, by: Viewer) -> list[UUID]:
    """The organisations of the forces from which the register expects a return of the period."""
    end = Period.parse(row.period).end
    expected = {force.force_id for force in register.catalogue().forces_on(end)}
    return [one.id for one in people.organisations(viewer=by, kind="force", on=end) if one.code in expected]


def _list(row: Round, organisations: Iterable[UUID], by: Viewer, at: datetime) -> int:
    """Make the list these organisations, with their approval area of today; gives how many."""
    wanted, areas = set(organisations), people.areas(viewer=by, on=_day(at))
    if wanted - {one.id for one in people.organisations(viewer=by, on=_day(at))}:
        raise NotThere
    held = {one.organisation_id: one for one in _rows(Submission, round=row)}
    _rows(Submission, pk__in=[one.pk for key, one in held.items() if key not in wanted]).delete()
    for key in sorted(wanted - held.keys(), key=str):
        Submission(
            round=row,
            organisation_id=key,
            area_id=areas.get(key),
            state=RETURN.after("", "plan"),
            state_since=at,
            due_on=row.due_on,
            compartment_id=row.compartment_id,
            level=row.level,
            handling=row.handling,
        ).save()
    return len(wanted)


@command("collections.round.clone")
def clone_round(*, by: Viewer, at: datetime, round_: UUID, period: str, opens_on: date) -> Done[UUID]:
    """Draft the next round from an earlier one: the same forces, days and hours, today's edition. Gives its id."""
    rules.demand(ROUND, "draft", by, rules.Facts(""))
    before = _known(Round, by, round_)
    specification = _specification(before.collection)
    row = Round(
        collection=before.collection,
        title=specification.title,
        period=Period.parse(period).code,
        edition=specification.edition,
        asked=json.dumps(register.asked_of(specification), sort_keys=True),
        cloned_from=before,
        hours=before.hours,
        hours_rest_on=before.hours_rest_on,
        already_held=before.already_held,
        level=before.level,
        handling=before.handling,
        compartment_id=before.compartment_id,
        drafted_at=at,
        state=DRAFT,
    )
    earlier = _rows(Submission, round=before).values_list("organisation", flat=True)
    same = [people.successor(viewer=by, organisation=one, on=opens_on) for one in earlier]
    return _new_round(row, opens_on, before.working_days, same, by, at)


@command("collections.round.edit")
def edit_round(
    *,
    by: Viewer,
    at: datetime,
    round_: UUID,
    opens_on: date | None = None,
    working_days: int | None = None,
    hours: float | None = None,
    hours_rest_on: str = "",
    already_held: str = "",
    respondents: Sequence[UUID] | None = None,
) -> Done[None]:
    """Change a draft; what is not given stays. Other hours than were signed for need a new signature."""
    row = _known(Round, by, round_)
    _of_round(row, by, "edit")
    _date(row, opens_on or row.opens_on, working_days or row.working_days)
    if hours is not None and _hours(hours) != row.hours:
        row.hours, row.hours_signed_by, row.hours_reason = _hours(hours), None, ""
    row.hours_rest_on = _long(hours_rest_on or row.hours_rest_on, "What the hours rest on")
    row.already_held = _long(already_held or row.already_held, "What is already held")
    row.save()
    if respondents is not None:
        _list(row, respondents, by, at)
    _rows(Submission, round=row).update(due_on=row.due_on)
    return Done(_about(row), None, {"due": row.due_on.isoformat(), "forces": _rows(Submission, round=row).count()})


@command("collections.round.discard")
def discard_round(*, by: Viewer, at: datetime, round_: UUID) -> Done[None]:
    """Throw a draft away."""
    row = _known(Round, by, round_)
    _of_round(row, by, "discard")
    about = _about(row)
    _rows(Submission, round=row).delete()
    row.delete()
    return Done(about, None)


@command("collections.round.sign_hours")
def sign_hours(*, by: Viewer, at: datetime, round_: UUID, reason: str) -> Done[None]:
    """The national lead signs for hours above the limit, with a reason that is printed with the ask (R9)."""
    row = _known(Round, by, round_)
    _of_round(row, by, "sign_hours")
    row.hours_signed_by_id, row.hours_reason = _person(by), said(reason, "The reason")
    row.save()
    return Done(_about(row), None, {"hours": str(row.hours)})


@command("collections.round.open")
def open_round(*, by: Viewer, at: datetime, round_: UUID) -> Done[int]:
    """Open a draft to its forces, each of which gets a letter and a return to send. Gives how many letters went."""
    row = _known(Round, by, round_)
    state = _of_round(row, by, "open")
    returns = list(_rows(Submission, round=row))
    rules.demand_whole_list(len(returns))
    most = _most_hours(row, [one.organisation_id for one in returns]) + float(row.hours)
    rules.demand_hours_signed(row.hours_signed_by_id is not None, most, *register.hours_limit(row.due_on))
    row.state, row.opened_at = state, at
    row.save()
    _rows(Submission, round=row).update(state=RETURN.after("planned", "expect"), state_since=at)
    due = row.due_on.isoformat()
    letters = sum(_write("collections.opened", _preparers(one, at), row, at, due=due) for one in returns)
    return Done(_about(row), letters, {"forces": len(returns), "due": due, "letters": letters})


def _most_hours(ask: Round | Tasking, organisations: Sequence[UUID]) -> float:
    """The most hours that one of these is asked for, in the quarter of the deadline, by what is out already."""
    quarter, hours = register.quarter_of(ask.due_on), dict.fromkeys(organisations, 0.0)
    returns = _rows(Submission, organisation__in=organisations).exclude(round__state=DRAFT).exclude(round=ask.pk)
    others = _rows(Asked, organisation__in=organisations).exclude(tasking__state=DRAFT).exclude(tasking=ask.pk)
    asks = [
        *returns.values_list("organisation", "round__due_on", "round__hours"),
        *others.values_list("organisation", "tasking__due_on", "tasking__hours"),
    ]
    for where, due, each in asks:
        hours[where] += float(each) if register.quarter_of(due) == quarter else 0.0
    return max(hours.values(), default=0.0)


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
    row = _known(Round, by, round_)
    state = _of_round(row, by, "lock")
    rules.demand_nothing_on_its_way(_rows(Submission, round=row, state__in=ON_THEIR_WAY).count())
    row.state, row.locked_at = state, at
    row.save()
    locked = _rows(Submission, round=row, state=ACCEPTED).update(state=RETURN.after(ACCEPTED, "lock"), state_since=at)
    return Done(_about(row), locked, {"locked": locked})


@command("collections.round.unlock")
def unlock_round(*, by: Viewer, at: datetime, round_: UUID, reason: str) -> Done[None]:
    """Unlock a round, with a reason; its returns stay locked until each is unlocked."""
    return _move_round(by, at, round_, "unlock", reason=said(reason, "The reason"))


def _move_round(by: Viewer, at: datetime, round_: UUID, act: str, **values: Any) -> Done[None]:
    row = _known(Round, by, round_)
    before, row.state = row.state, _of_round(row, by, act)
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    return Done(_about(row), None, {"was": before, "is": row.state})


@command("collections.chase")
def chase(*, by: Viewer, at: datetime, round_: UUID) -> Done[int]:
    """Remind every force of a round that the viewer may chase and whose return is late, in one act.

    Gives how many returns were chased; one that was chased on the same day is left alone.
    """
    row = _known(Round, by, round_)
    rules.demand(ROUND, "chase", rules.anywhere(by, "collections.chase"), rules.Facts(row.state))
    today = _day(at)
    waiting = Submission.objects.seen_by(by).filter(round=row, state__in=CHASED, due_on__lt=today)
    due = [one for one in waiting if by.may("collections.chase", one.organisation_id)]
    due = [one for one in due if one.chased_at is None or _day(one.chased_at) != today]
    for one in due:
        _rows(Submission, pk=one.pk).update(chased_at=at, chases=one.chases + 1)
        to = _certifiers(one, at) if one.state == TO_CERTIFY else _preparers(one, at)
        _write("collections.chase", to, row, at, due=one.due_on.isoformat())
    return Done(_about(row), len(due), {"chased": [str(one.pk) for one in due]})


# Returns


def _return(by: Viewer, submission: UUID) -> tuple[Submission, Round]:
    """The return and its round, both locked in their order."""
    if not by.id.startswith("system:") and not Submission.objects.seen_by(by).filter(pk=submission).exists():
        raise NotThere
    key = _rows(Submission, pk=submission).values_list("round", flat=True).first()
    if key is None:
        raise NotThere
    round_ = _locked(Round, key)
    return _locked(Submission, submission), round_


def _current(row: Submission) -> Version | None:
    found: Version | None = _rows(Version, submission=row, number=row.version).first()
    return found


def _facts(row: Submission, round_: Round, version: Version | None) -> rules.Facts:
    return rules.facts_of(row, round_.state, version, whole=_whole(row, version))


def _whole(row: Submission, version: Version | None) -> bool:
    """Whether the version in hand passed its checks and every query on it is answered."""
    if version is None or version.receipt or not (version.nil or version.checked_at):
        return False
    return _is_clean(row, version) and not _rows(Query, submission=row, state=OPEN).exists()


def _is_clean(row: Submission, version: Version) -> bool:
    """Whether nothing is left to fix: no error of a check that is not waived, and every check ran."""
    waived = list(_rows(Waiver, submission=row, state=SIGNED).values_list("check_id", flat=True))
    errors = _rows(CheckOutcome, version=version, severity="error").exclude(check_id__in=waived)
    return version.nil or not (version.trouble or errors.exists() or version.checks_ran < version.checks_all)


def _move(row: Submission, state: str, at: datetime) -> None:
    row.state, row.state_since = state, at
    row.save()


@command("collections.receive")
def receive(*, by: Viewer, at: datetime, submission: UUID, upload: places.Upload) -> Done[UUID]:
    """Take files that `rules.places.keep` has kept; they are checked as work. Gives the version's id, which is the upload's."""
    row, round_ = _return(by, submission)
    state = rules.demand(RETURN, "receive", by, _facts(row, round_, _current(row)))
    if not places.sent(register.root(), upload.id).is_dir():
        raise UsageProblem("The files did not arrive.", next_step="send them again")
    files = json.dumps([[one.name, one.size] for one in upload.files])
    version = _new_version(row, by, at, pk=upload.id, files=files, sha256=upload.sha256, size=upload.size)
    _move(row, state, at)
    work.ask(CHECK, str(version.pk), at=at, once=f"{CHECK}/{version.pk}")
    return Done(_about(row), version.pk, {"version": version.number, "sha256": upload.sha256, "bytes": upload.size})


def _new_version(row: Submission, by: Viewer, at: datetime, **values: Any) -> Version:
    row.version += 1
    version = Version(submission=row, number=row.version, prepared_by_id=_person(by), received_at=at, **values)
    version.save(force_insert=True)
    return version


@command("collections.declare_nil")
def declare_nil(*, by: Viewer, at: datetime, submission: UUID, reason: str) -> Done[UUID]:
    """A nil return is a return: there is nothing to report, for this reason; it is certified like any other. Gives its id."""
    row, round_ = _return(by, submission)
    state = rules.demand(RETURN, "declare_nil", by, _facts(row, round_, _current(row)))
    edition = f"{round_.collection} {round_.edition}"
    version = _new_version(row, by, at, nil=True, nil_reason=said(reason, "The reason"), total=0, specification=edition)
    _forget_queries(row, set())
    _move(row, state, at)
    return Done(_about(row), version.pk, {"version": version.number})


def _forget_queries(row: Submission, found: set[str]) -> None:
    for query in _rows(Query, submission=row).exclude(state=GONE).exclude(check_id__in=found):
        query.state = QUERY.after(query.state, "go")
        query.save()


@command("collections.checked")
def note_checked(*, by: Viewer, at: datetime, version: UUID, outcome: Checked) -> Done[str]:
    """What the checks of a version said; `by` is the service. Gives the state that the return is in now."""
    row, round_ = _return(by, _rows(Version, pk=version).values_list("submission", flat=True).get())
    found = _locked(Version, version)
    if row.version != found.number or row.state != CHECKING:
        return Done(_about(row), row.state, {"version": found.number, "overtaken": True})
    _keep_outcome(found, row, outcome, at)
    _keep_queries(row, round_, outcome, at)
    act = _found_what(row, found)
    _move(row, rules.demand(RETURN, act, by, _facts(row, round_, found)), at)
    if act != "pass":
        _write("collections.checked", _preparers(row, at), round_, at, due=row.due_on.isoformat())
    facts = {"version": found.number, "errors": found.errors, "queries": found.queries, "is": row.state}
    return Done(_about(row), row.state, facts)


def _found_what(row: Submission, version: Version) -> str:
    if not _is_clean(row, version):
        return "find_errors"
    return "find_queries" if _rows(Query, submission=row, state=OPEN).exists() else "pass"


def _keep_outcome(version: Version, row: Submission, outcome: Checked, at: datetime) -> None:
    version.checked_at, version.trouble, version.specification = at, outcome.trouble[:1000], outcome.specification
    version.errors, version.queries, version.notes = (outcome.found(s) for s in ("error", "query", "note"))
    version.checks_ran, version.checks_all = outcome.ran, outcome.of
    version.findings_sha256, version.total = outcome.findings_sha256, outcome.total
    version.lines, version.records = json.dumps(list(outcome.lines)), json.dumps(dict(outcome.records))
    version.difference, version.moved = json.dumps(list(outcome.difference)), json.dumps(list(outcome.moved))
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


def _keep_queries(row: Submission, round_: Round, outcome: Checked, at: datetime) -> None:
    """One query a check, its tables together. An answer to the same check on an earlier version of this return stands."""
    asked: dict[str, list[CheckCount]] = {}
    for one in outcome.counts:
        if one.severity == "query":
            asked.setdefault(one.check, []).append(one)
    offered = _earlier_answers(row, round_) if asked else {}
    _forget_queries(row, set(asked))
    held = {query.check_id: query for query in _rows(Query, submission=row)}
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
    others = _rows(Round, collection=round_.collection, compartment=round_.compartment_id).exclude(pk=round_.pk)
    earlier = [one for one in others if Period.parse(one.period).start < start]
    if not earlier:
        return {}
    latest = max(earlier, key=lambda one: Period.parse(one.period).start)
    answers = _rows(
        Query, submission__round=latest, submission__organisation=row.organisation_id, state__in=[ANSWERED, SETTLED]
    )
    return dict(answers.values_list("check_id", "answer"))


@command("collections.answer")
def answer(*, by: Viewer, at: datetime, query: UUID, reason: str) -> Done[bool]:
    """Say why something that looks odd is right; the words are printed in the national notes.

    Gives whether every query on the return is answered now; then the return is ready for the certifier.
    """
    row, round_, found = _part(Query, by, query)
    rules.demand(RETURN, "answer", by, _facts(row, round_, _current(row)))
    found.state = rules.demand(QUERY, "answer", by, rules.Facts(found.state, row.organisation_id))
    found.answer, found.answered_by_id, found.answered_at = said(reason, "The reason"), _person(by), at
    found.save()
    left = _rows(Query, submission=row, state=OPEN).count()
    if not left and row.state == TO_ANSWER:
        _move(row, RETURN.after(row.state, "have_answered"), at)
    return Done(_about(found), not left, {"check": found.check_id, "left": left})


def _part(model: type[Any], by: Viewer, key: UUID) -> tuple[Submission, Round, Any]:
    """A query or a waiver with its return and round, locked in their order."""
    if not model.objects.seen_by(by).filter(pk=key).exists():
        raise NotThere
    row, round_ = _return(by, _rows(model, pk=key).values_list("submission", flat=True).get())
    return row, round_, _locked(model, key)


@command("collections.settle")
def settle(*, by: Viewer, at: datetime, query: UUID) -> Done[None]:
    """The national team has read the answer and lets it stand."""
    row, _, found = _part(Query, by, query)
    found.state = rules.demand(QUERY, "settle", by, rules.Facts(found.state, row.organisation_id))
    found.settled_by_id, found.settled_at = _person(by), at
    found.save()
    return Done(_about(found), None, {"check": found.check_id})


@command("collections.ask_again")
def ask_again(*, by: Viewer, at: datetime, query: UUID, reason: str) -> Done[None]:
    """The answer does not do: ask again, in words. The return itself goes back by `send_back`."""
    row, round_, found = _part(Query, by, query)
    found.state = rules.demand(QUERY, "ask_again", by, rules.Facts(found.state, row.organisation_id))
    found.asked_again, found.settled_by, found.settled_at = said(reason, "What is asked"), None, None
    found.save()
    _write("collections.asked_again", _preparers(row, at), round_, at, due=row.due_on.isoformat())
    return Done(_about(found), None, {"check": found.check_id})


@command("collections.offer")
def offer(*, by: Viewer, at: datetime, submission: UUID) -> Done[int]:
    """Ask the force's certifier to sign. Gives how many letters went: none says that the force has no certifier."""
    row, round_ = _return(by, submission)
    _move(row, rules.demand(RETURN, "offer", by, _facts(row, round_, _current(row))), at)
    letters = _write("collections.to_certify", _certifiers(row, at), round_, at, due=row.due_on.isoformat())
    return Done(_about(row), letters, {"version": row.version, "letters": letters})


@command("collections.certify")
def certify(*, by: Viewer, at: datetime, submission: UUID, version: int) -> Done[None]:
    """Sign a return that somebody else prepared; `version` is the one that was read. Its receipt goes to the force."""
    row, round_, current = _in_hand(by, submission, version)
    _move(row, rules.demand(RETURN, "certify", by, _facts(row, round_, current)), at)
    current.certified_by_id, current.certified_at = _person(by), at
    current.save()
    to = (*_preparers(row, at), *_certifiers(row, at))
    _write("collections.sent", to, round_, at, version=row.version, fingerprint=current.sha256 or "nil")
    return Done(_about(row), None, {"version": row.version, "sha256": current.sha256})


def _in_hand(by: Viewer, submission: UUID, version: int) -> tuple[Submission, Round, Version]:
    """The return and the version that was read; Refused where another was sent in the meantime."""
    row, round_ = _return(by, submission)
    current = _current(row)
    if current is None or current.number != version:
        raise Refused(
            f"You read version {version}, and the return is at version {row.version} now.",
            next_step="open the page and read it again",
        )
    return row, round_, current


@command("collections.send_back")
def send_back(*, by: Viewer, at: datetime, submission: UUID, reason: str) -> Done[None]:
    """Certifier, area or national team sends the return back to its force, with words."""
    row, round_ = _return(by, submission)
    before, state = row.state, rules.demand(RETURN, "return", by, _facts(row, round_, _current(row)))
    row.returned_words = said(reason, "The reason")
    _unsign(row)
    _move(row, state, at)
    _write("collections.returned", _preparers(row, at), round_, at, due=row.due_on.isoformat())
    return Done(_about(row), None, {"was": before, "version": row.version})


def _unsign(row: Submission) -> None:
    _rows(Version, submission=row, number=row.version).update(
        certified_by=None, certified_at=None, approved_by=None, approved_at=None, accepted_by=None
    )


@command("collections.approve")
def approve(*, by: Viewer, at: datetime, submission: UUID, version: int) -> Done[None]:
    """The approval area (or the national team, for a force without one) lets a certified return go on."""
    row, round_, current = _in_hand(by, submission, version)
    _move(row, rules.demand(RETURN, "approve", by, _facts(row, round_, current)), at)
    current.approved_by_id, current.approved_at = _person(by), at
    current.save()
    return Done(_about(row), None, {"version": row.version})


@command("collections.accept")
def accept(*, by: Viewer, at: datetime, submission: UUID, version: int) -> Done[None]:
    """The national team accepts a return; a job puts it into the store, and only then it is accepted."""
    row, round_, current = _in_hand(by, submission, version)
    _move(row, rules.demand(RETURN, "accept", by, _facts(row, round_, current)), at)
    current.accepted_by_id = _person(by)
    current.save()
    work.ask(ACCEPT, str(current.pk), at=at)
    return Done(_about(row), None, {"version": row.version})


@command("collections.kept")
def note_kept(*, by: Viewer, at: datetime, version: UUID, kept: Kept) -> Done[str]:
    """What the store said: it holds the version, or why not. `by` is the service. Gives the return's state."""
    row, round_ = _return(by, _rows(Version, pk=version).values_list("submission", flat=True).get())
    found = _locked(Version, version)
    if found.receipt or row.state != ACCEPTING:
        return Done(_about(row), row.state, {"version": found.number, "known": True})
    if kept.trouble:
        row.returned_words = kept.trouble[:REASON]
        _unsign(row)
        _move(row, rules.demand(RETURN, "refuse_to_keep", by, _facts(row, round_, found)), at)
        _write("collections.returned", _preparers(row, at), round_, at, due=row.due_on.isoformat())
        return Done(_about(row), row.state, {"version": found.number, "kept": False})
    state = rules.demand(RETURN, "keep", by, _facts(row, round_, found))
    _index(row, found, kept, at)
    _move(row, state, at)
    _write("collections.accepted", (*_preparers(row, at), *_certifiers(row, at)), round_, at, receipt=found.receipt)
    return Done(_about(row), row.state, {"version": found.number, "receipt": found.receipt, "sha256": found.receipt_sha256})


def _index(row: Submission, version: Version, kept: Kept, at: datetime) -> None:
    version.receipt, version.receipt_sha256, version.accepted_at = kept.receipt, kept.sha256, at
    version.records, version.total = json.dumps(dict(kept.records)), kept.total
    version.save()
    row.accepted, row.returned_words = version.number, ""


@command("collections.withdraw")
def withdraw(*, by: Viewer, at: datetime, submission: UUID, reason: str) -> Done[None]:
    """Take a corrected return back: the version that was accepted before stands."""
    row, round_ = _return(by, submission)
    state = rules.demand(RETURN, "withdraw", by, _facts(row, round_, _current(row)))
    row.returned_words = said(reason, "The reason")
    _unsign(row)
    _move(row, state, at)
    return Done(_about(row), None, {"version": row.version, "stands": row.accepted})


@command("collections.lock")
def lock(*, by: Viewer, at: datetime, submission: UUID) -> Done[None]:
    """Lock one accepted return."""
    row, round_ = _return(by, submission)
    _move(row, rules.demand(RETURN, "lock", by, _facts(row, round_, _current(row))), at)
    return Done(_about(row), None)


@command("collections.unlock")
def unlock(*, by: Viewer, at: datetime, submission: UUID, reason: str) -> Done[None]:
    """Unlock one return for a correction, with a reason that is printed beside it; its force is told."""
    row, round_ = _return(by, submission)
    state = rules.demand(RETURN, "unlock", by, _facts(row, round_, _current(row)))
    row.unlock_reason = said(reason, "The reason")
    _move(row, state, at)
    _write("collections.unlocked", _preparers(row, at), round_, at)
    return Done(_about(row), None)


@command("collections.extend")
def extend(*, by: Viewer, at: datetime, submission: UUID, working_days: int, reason: str) -> Done[date]:
    """Give a force more working days after its deadline, with a reason. Gives the new deadline."""
    row, round_ = _return(by, submission)
    state = rules.demand(RETURN, "extend", by, _facts(row, round_, _current(row)))
    later = add_working_days(row.due_on, working_days, register.catalogue().holidays)
    rules.demand_later(row.due_on, later, "The deadline")
    row.due_on, row.extension_reason, row.state = later, said(reason, "The reason"), state
    row.save()
    _write("collections.extended", _preparers(row, at), round_, at, due=later.isoformat())
    return Done(_about(row), later, {"due": later.isoformat()})


# Waivers


@command("collections.waiver.ask")
def ask_waiver(*, by: Viewer, at: datetime, submission: UUID, reason: str, check: str = "") -> Done[UUID]:
    """Ask not to send a return, or not to meet one check on it; the reason will be published. Gives the waiver's id."""
    row, _ = _return(by, submission)
    state = rules.demand(WAIVER, "ask", by, rules.Facts("", row.organisation_id))
    if _rows(Waiver, submission=row, check_id=check, state__in=[ASKED, SIGNED]).exists():
        raise Refused("This waiver was asked for already.", next_step="wait for the national lead")
    if check and not _rows(CheckOutcome, submission=row, check_id=check, severity="error").exists():
        raise UsageProblem(f"The check {check!r} found no error in this return.", next_step="choose one from its results")
    found = Waiver(submission=row, check_id=check, state=state, asked_by_id=_person(by), asked_at=at)
    found.reason = said(reason, "The reason")
    found.save()
    return Done(_about(found), found.pk, {"check": check})


@command("collections.waiver.sign")
def sign_waiver(*, by: Viewer, at: datetime, waiver: UUID) -> Done[None]:
    """Sign a waiver that somebody else asked for. It is published with its reason; the return or the check is let go."""
    row, round_, found = _waiver(by, waiver, "sign", at)
    found.save()
    current = _current(row)
    if not found.check_id:
        _move(row, rules.demand(RETURN, "waive", by, _facts(row, round_, current)), at)
    elif row.state == TO_FIX and current is not None and _is_clean(row, current):
        _move(row, RETURN.after(CHECKING, _found_what(row, current)), at)
    _write("collections.waived", _preparers(row, at), round_, at)
    return Done(_about(found), None, {"check": found.check_id})


@command("collections.waiver.refuse")
def refuse_waiver(*, by: Viewer, at: datetime, waiver: UUID, reason: str) -> Done[None]:
    """Refuse a waiver, with a reason."""
    row, round_, found = _waiver(by, waiver, "refuse", at)
    found.refusal = said(reason, "The reason")
    found.save()
    _write("collections.not_waived", _preparers(row, at), round_, at)
    return Done(_about(found), None, {"check": found.check_id})


def _waiver(by: Viewer, waiver: UUID, act: str, at: datetime) -> tuple[Submission, Round, Waiver]:
    """A waiver decided, not saved yet."""
    row, round_, found = _part(Waiver, by, waiver)
    did = {"asked": str(found.asked_by_id)}
    found.state = rules.demand(WAIVER, act, by, rules.Facts(found.state, row.organisation_id, did=did))
    found.signed_by_id, found.signed_at = _person(by), at
    return row, round_, found


# Taskings


@command("collections.tasking.draft")
def draft_tasking(
    *,
    by: Viewer,
    at: datetime,
    title: str,
    purpose: str,
    basis: str,
    working_days: int,
    hours: float,
    organisations: Sequence[UUID],
    compartment: UUID | None = None,
) -> Done[UUID]:
    """Draft a tasking: what for, on what basis, by when in working days, at what effort, asked of whom. Gives its id."""
    state = rules.demand(TASKING, "draft", by, rules.Facts(""))
    if compartment is not None and compartment not in by.compartments:
        raise NotThere
    if set(organisations) - {one.id for one in people.organisations(viewer=by, on=_day(at))}:
        raise NotThere
    row = Tasking(
        title=said(title, "The title", 160),
        purpose=said(purpose, "The purpose"),
        basis=said(basis, "The basis"),
        due_on=add_working_days(_day(at), working_days, register.catalogue().holidays),
        hours=_hours(hours),
        state=state,
        drafted_at=at,
        compartment_id=compartment,
    )
    row.save()
    for key in sorted(set(organisations), key=str):
        Asked(tasking=row, organisation_id=key).save()
    return Done(_about(row), row.pk, {"hours": str(row.hours), "due": row.due_on.isoformat(), "asked": len(set(organisations))})


@command("collections.tasking.sign_hours")
def sign_tasking_hours(*, by: Viewer, at: datetime, tasking: UUID, reason: str) -> Done[None]:
    """The national lead signs for a tasking's hours above the limit."""
    row = _known(Tasking, by, tasking)
    rules.demand(TASKING, "sign_hours", by, rules.Facts(row.state))
    row.hours_signed_by_id, row.hours_reason = _person(by), said(reason, "The reason")
    row.save()
    return Done(_about(row), None, {"hours": str(row.hours)})


@command("collections.tasking.open")
def open_tasking(*, by: Viewer, at: datetime, tasking: UUID) -> Done[None]:
    """Send a tasking out; its hours stand in the burden meter from then on."""
    row = _known(Tasking, by, tasking)
    state = rules.demand(TASKING, "open", by, rules.Facts(row.state))
    asked = list(_rows(Asked, tasking=row).values_list("organisation", flat=True))
    rules.demand_whole_list(len(asked))
    most = _most_hours(row, asked) + float(row.hours)
    rules.demand_hours_signed(row.hours_signed_by_id is not None, most, *register.hours_limit(row.due_on))
    row.state, row.opened_at = state, at
    row.save()
    return Done(_about(row), None, {"asked": len(asked), "hours": str(row.hours)})


@command("collections.tasking.done")
def report_done(*, by: Viewer, at: datetime, tasking: UUID, organisation: UUID) -> Done[None]:
    """A force says that it has done what a tasking asked of it."""
    row = _known(Tasking, by, tasking)
    rules.demand_asked(row.state, by, organisation)
    if not _rows(Asked, tasking=row, organisation=organisation, done_at__isnull=True).update(done_at=at, done_by=_person(by)):
        raise NotThere
    return Done(_about(row), None, {"organisation": str(organisation)})


@command("collections.tasking.close")
def close_tasking(*, by: Viewer, at: datetime, tasking: UUID) -> Done[None]:
    """Close a tasking."""
    row = _known(Tasking, by, tasking)
    row.state, row.closed_at = rules.demand(TASKING, "close", by, rules.Facts(row.state)), at
    row.save()
    return Done(_about(row), None)


# The index


@command("collections.reindex")
def reindex(*, by: Viewer, at: datetime, store: Sequence[InStore]) -> Done[dict[str, int]]:
    """Make the index say what the store holds, which is the truth; gives counts: known, mended, added, strange, missing.

    `store` is in the order of the versions. `strange` are versions of no round here; `missing` are rows whose version the
    store does not hold: both stay as they are, for people to look at.
    """
    counts = dict.fromkeys(("known", "mended", "added", "strange", "missing"), 0)
    for one in store:
        counts[_indexed(one, at)] += 1
    names = {one.receipt for one in store}
    counts["missing"] = sum(name not in names for name in _rows(Version).exclude(receipt="").values_list("receipt", flat=True))
    return Done(reference("collections.store", at.date().isoformat()), counts, counts)


def _indexed(one: InStore, at: datetime) -> str:
    found = _rows(Version, receipt=one.receipt).first()
    if found is not None:
        if (found.receipt_sha256, found.total) == (one.sha256, one.total):
            return "known"
        found.receipt_sha256, found.total, found.records = one.sha256, one.total, json.dumps(dict(one.records))
        found.save()
        return "mended"
    of = {"round__collection": one.collection, "round__period": one.period, "organisation__code": one.force_id}
    key = _rows(Submission, **of).exclude(round__state=DRAFT).values_list("pk", flat=True).first()
    if key is None:
        return "strange"
    _add(key, one, at)
    return "added"


def _add(submission: UUID, one: InStore, at: datetime) -> None:
    """A version that the store holds and no row says: of a row whose acceptance was cut off, or of no row at all."""
    by, then = system("reindex", at.date()), datetime.fromisoformat(one.at)
    row, _ = _return(by, submission)
    version = _rows(Version, pk=UUID(one.version), submission=row).first() if one.version else None
    files = json.dumps([[name, size] for name, size, _ in one.received])
    if version is None:
        version = _new_version(row, by, then, files=files, specification=one.specification, checked_at=then)
    _index(row, version, Kept(one.receipt, one.sha256, one.records, one.total), then)
    _move(row, ACCEPTED if version.number == row.version and row.state != LOCKED else row.state, at)
