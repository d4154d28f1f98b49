"""What is remembered of rounds, returns and taskings, for a named viewer: the pages of force, region and national team.

Public: rounds, round_changes, force_home, submission_page, findings, findings_report, certify_page, receipt, round_overview,
region_overview, notes (answers and waivers that are printed), taskings. Each row carries its allowed acts and
the words of the refused ones.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from vkpp.basics.periods import Period
from vkpp.basics.problems import RefusedByRule
from vkpp.basics.working_days import working_days_between
from vkpp.records.collections import rules
from vkpp.records.collections.models import Asked, CheckOutcome, Query, Round, Submission, Tasking, Version, Waiver
from vkpp.records.collections.rules import figures, places, register
from vkpp.records.collections.rules.rows import (
    AreaRound,
    CertifyPage,
    Changes,
    CheckRow,
    FindingsPage,
    FindingsReport,
    ForceHome,
    Hours,
    Matter,
    Moved,
    Position,
    QueryRow,
    Receipt,
    RegionOverview,
    RoundOverview,
    RoundRow,
    SubmissionPage,
    SubmissionRow,
    TaskingRow,
    TaskLine,
    VersionRow,
    WaiverRow,
)
from vkpp.records.collections.states import (
    ACCEPTED,
    ANSWERED,
    ASKED,
    CHASED,
    DRAFT,
    GONE,
    LOCKED,
    NEXT,
    OPEN,
    QUERY,
    RECEIVED_WHOLE,
    RETURN,
    RETURNED,
    ROUND,
    SETTLED,
    SIGNED,
    TASKING,
    TO_FIX,
    UNLOCKED,
    WAIVED,
    WAIVER,
    WITH_AREA,
    WITH_THE_FORCE,
)
from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people.queries import Acts

_FINISHED = (ACCEPTED, LOCKED, WAIVED)
_UNLIMITED = 10**9


def _acts(machine: Any, viewer: Viewer, facts: rules.Facts) -> Acts:
    allowed, refused = rules.acts(machine, viewer, facts)
    return Acts(allowed, refused)


def _left(viewer: Viewer, due: date) -> int:
    return working_days_between(viewer.on, due, register.catalogue().holidays)


def _words(period: str) -> str:
    return Period.parse(period).label


# Rounds


def rounds(*, viewer: Viewer) -> tuple[RoundRow, ...]:
    """Rounds that the viewer may know of, the latest deadline first."""
    return tuple(_round_row(row, viewer) for row in Round.objects.seen_by(viewer))


def _round_row(row: Round, viewer: Viewer) -> RoundRow:
    return RoundRow(
        id=row.pk,
        collection=row.collection,
        edition=row.edition,
        title=row.title,
        period=row.period,
        period_words=_words(row.period),
        state=row.state,
        state_words=ROUND.states.words[row.state],
        opens_on=row.opens_on,
        working_days=row.working_days,
        due_on=row.due_on,
        working_days_left=_left(viewer, row.due_on),
        hours=float(row.hours),
        hours_rest_on=row.hours_rest_on,
        already_held=row.already_held,
        hours_signed=row.hours_signed_by_id is not None,
        reason=row.reason,
        marking=str(row.marking),
        acts=_acts(ROUND, rules.anywhere(viewer, "collections.chase"), rules.Facts(row.state)),
    )


def _round(viewer: Viewer, key: UUID) -> Round:
    row: Round | None = Round.objects.seen_by(viewer).filter(pk=key).first()
    if row is None:
        raise NotThere
    return row


def round_changes(*, viewer: Viewer, round_: UUID) -> Changes:
    """What a round asks that the one it was cloned from did not, and what it costs forces in hours (R9)."""
    row = _round(viewer, round_)
    before = Round.objects.seen_by(viewer).filter(pk=row.cloned_from_id).first() if row.cloned_from_id else None
    now, then = json.loads(row.asked), json.loads(before.asked) if before else {"fields": {}, "checks": {}}
    forces = list(Submission.objects.seen_by(viewer).filter(round=row).values_list("organisation", flat=True))
    hours = _hours_of(viewer, forces, register.quarter_of(row.due_on))
    most = max((h + (float(row.hours) if row.state == DRAFT else 0.0) for h in hours.values()), default=float(row.hours))
    limit, source = register.hours_limit(row.due_on)
    added, removed = _gone(now["fields"], then["fields"]), _gone(then["fields"], now["fields"])
    made = Changes(
        round=row.pk,
        cloned_from=row.cloned_from_id if before else None,
        added=added if before else (),
        removed=removed,
        checks_added=tuple(sorted(now["checks"].keys() - then["checks"].keys())) if before else (),
        checks_removed=tuple(sorted(then["checks"].keys() - now["checks"].keys())),
        hours=float(row.hours),
        hours_before=float(before.hours) if before else None,
        forces=len(forces),
        hours_in_all=float(row.hours) * len(forces),
        most_hours_of_a_force=most,
        limit=limit,
        limit_source=source,
        sentences=(),
    )
    return _said(made, row, before)


def _gone(fields: Mapping[str, str], without: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(title for name, title in fields.items() if name not in without)


def _said(made: Changes, row: Round, before: Round | None) -> Changes:
    lines = []
    if before is None:
        lines.append("This round was not cloned from an earlier one, so everything it asks is new.")
    else:
        lines.append(f"Columns: {_listed(made.added, 'added')}; {_listed(made.removed, 'removed')}.")
        lines.append(f"Checks: {len(made.checks_added)} added, {len(made.checks_removed)} removed.")
        if row.edition != before.edition:
            lines.append(f"The specification is edition {row.edition}; it was {before.edition}.")
        if row.working_days != before.working_days:
            lines.append(f"Forces have {row.working_days} working days; they had {before.working_days}.")
    change = "" if before is None else f" (it was {made.hours_before:g})"
    lines.append(f"It costs a force {made.hours:g} hours{change}, and {made.forces} forces {made.hours_in_all:g} hours in all.")
    lines.append(f"With it, the most that a force is asked for in the quarter is {made.most_hours_of_a_force:g} hours.")
    if made.most_hours_of_a_force > made.limit:
        lines.append(f"That is above the limit of {made.limit:g} hours: it waits for the national lead's signature.")
    return replace(made, sentences=tuple(lines))


def _listed(titles: Sequence[str], word: str) -> str:
    return f"{len(titles)} {word}" + (f" ({', '.join(titles)})" if titles else "")


def _hours_of(viewer: Viewer, organisations: Iterable[UUID], quarter: str) -> dict[UUID, float]:
    """Hours that each organisation is asked for in a quarter by everything that is out and that the viewer may know of."""
    hours: dict[UUID, float] = dict.fromkeys(organisations, 0.0)
    returns = Submission.objects.seen_by(viewer).filter(organisation__in=hours).exclude(round__state=DRAFT)
    others = Asked.objects.seen_by(viewer).filter(organisation__in=hours).exclude(tasking__state=DRAFT)
    asks = (
        *returns.order_by().values_list("organisation", "round__due_on", "round__hours"),
        *others.values_list("organisation", "tasking__due_on", "tasking__hours"),
    )
    for where, due, each in asks:
        hours[where] += float(each) if register.quarter_of(due) == quarter else 0.0
    return hours


# Returns as rows


@dataclass(frozen=True, slots=True)
class _Held:
    """All that rows of returns need, read in a constant number of questions."""

    versions: Mapping[UUID, Version]  # the newest of each return
    accepted: Mapping[UUID, Version]
    queries: Mapping[UUID, int]
    errors: Mapping[UUID, int]  # that are not waived

    def whole(self, row: Submission) -> bool:
        version = self.versions.get(row.pk)
        if version is None or version.receipt or not (version.nil or version.checked_at):
            return False
        ran = version.checks_ran >= version.checks_all and not version.trouble
        return not self.queries.get(row.pk) and (version.nil or (ran and not self.errors.get(row.pk)))


def _returns(viewer: Viewer, *narrow: Q, **by: Any) -> list[Submission]:
    found = Submission.objects.seen_by(viewer).filter(*narrow, **by)
    return list(found.select_related("round", "organisation", "area"))


def _held(viewer: Viewer, rows: Sequence[Submission]) -> _Held:
    keys = [row.pk for row in rows]
    newest, accepted = {}, {}
    by_key = {row.pk: row for row in rows}
    for version in Version.objects.seen_by(viewer).filter(submission__in=keys):
        row = by_key[version.submission_id]
        if version.number == row.version:
            newest[row.pk] = version
        if version.number == row.accepted:
            accepted[row.pk] = version
    queries = Counter(
        Query.objects.seen_by(viewer).filter(submission__in=keys, state=OPEN).values_list("submission", flat=True)
    )
    waived = set(Waiver.objects.seen_by(viewer).filter(submission__in=keys, state=SIGNED).values_list("submission", "check_id"))
    errors: Counter[UUID] = Counter()
    outcomes = CheckOutcome.objects.seen_by(viewer).filter(version__in=[v.pk for v in newest.values()], severity="error")
    for key, check, n in outcomes.values_list("submission", "check_id", "places"):
        errors[key] += 0 if (key, check) in waived else n
    return _Held(newest, accepted, queries, errors)


def _rows(viewer: Viewer, found: Sequence[Submission], held: _Held | None = None) -> tuple[SubmissionRow, ...]:
    known = held or _held(viewer, found)
    return tuple(_row(one, viewer, known) for one in found)


def _row(row: Submission, viewer: Viewer, held: _Held) -> SubmissionRow:
    version, round_ = held.versions.get(row.pk), row.round
    errors, queries = held.errors.get(row.pk, 0), held.queries.get(row.pk, 0)
    left = _left(viewer, row.due_on)
    words, holder = NEXT[row.state]
    if row.state == TO_FIX and version is not None and version.trouble:
        words = "Send a file that can be read"
    if row.state == TO_FIX and version is not None and not version.trouble and not errors:
        words = "Send again: some checks could not run"
    return SubmissionRow(
        id=row.pk,
        round=round_.pk,
        collection=round_.collection,
        title=round_.title,
        period=round_.period,
        period_words=_words(round_.period),
        organisation=row.organisation_id,
        organisation_name=row.organisation.name,
        area_name=row.area.name if row.area_id else "",
        state=row.state,
        state_words=RETURN.states.words[row.state],
        next_words=words.format(errors=rules.counted(errors, "error"), queries=rules.counted(queries, "query", "queries")),
        holder=holder if row.area_id or row.state != WITH_AREA else "National team",
        due_on=row.due_on,
        working_days_left=left,
        late=row.state in WITH_THE_FORCE and row.due_on < viewer.on,
        version=row.version,
        accepted=row.accepted,
        nil=bool(version and version.nil),
        errors=errors,
        open_queries=queries,
        changed=row.accepted > 0 and (row.version > row.accepted or row.accepted > 1 or row.state == UNLOCKED),
        total=version.total if version else None,
        received_at=version.received_at if version else None,
        chased_at=row.chased_at,
        chases=row.chases,
        acts=_acts(RETURN, viewer, rules.facts_of(row, round_.state, version, whole=held.whole(row))),
    )


def _plain(viewer: Viewer, key: UUID) -> Submission:
    """One return by itself. Raises NotThere, the same whether it exists or not."""
    found = _returns(viewer, pk=key)
    if not found:
        raise NotThere
    return found[0]


def _one(viewer: Viewer, key: UUID) -> tuple[Submission, _Held, SubmissionRow]:
    """One return. Raises NotThere, as above."""
    found = _plain(viewer, key)
    held = _held(viewer, [found])
    return found, held, _row(found, viewer, held)


# A force's home


def force_home(*, viewer: Viewer) -> ForceHome:
    """What waits for the viewer's own forces: returns by deadline, taskings, hours of this quarter."""
    mine = viewer.organisations
    found = _returns(viewer, organisation__in=mine)
    rows = _rows(viewer, found)
    waiting = sorted((r for r in rows if r.state not in _FINISHED), key=lambda r: (r.due_on, r.title, str(r.id)))
    finished = sorted((r for r in rows if r.state in _FINISHED), key=lambda r: r.due_on, reverse=True)
    quarter = register.quarter_of(viewer.on)
    limit, _ = register.hours_limit(viewer.on)
    names = {row.organisation: row.organisation_name for row in rows}
    hours = _hours_of(viewer, names, quarter)
    meter = tuple(Hours(key, names[key], quarter, hours[key], limit) for key in sorted(names, key=lambda k: names[k]))
    return ForceHome(tuple(waiting), tuple(finished), _taskings(viewer, mine), meter)


def submission_page(*, viewer: Viewer, submission: UUID) -> SubmissionPage:
    """A return with its task list, versions, check results, queries and waivers. Raises NotThere."""
    row, held, shown = _one(viewer, submission)
    versions = tuple(_version(one) for one in Version.objects.seen_by(viewer).filter(submission=row).order_by("-number"))
    queries = _queries(viewer, Q(submission=row))
    return SubmissionPage(
        row=shown,
        tasks=_tasks(shown, versions, queries, whole=held.whole(row)),
        versions=versions,
        checks=_checks(viewer, row),
        queries=queries,
        waivers=_waivers(viewer, Q(submission=row)),
        returned_words=row.returned_words,
        extension_reason=row.extension_reason,
        unlock_reason=row.unlock_reason,
        marking=str(row.marking),
    )


def _version(row: Version) -> VersionRow:
    return VersionRow(
        id=row.pk,
        number=row.number,
        nil=row.nil,
        nil_reason=row.nil_reason,
        received_at=row.received_at,
        files=tuple((name, size) for name, size in json.loads(row.files or "[]")),
        sha256=row.sha256,
        checked_at=row.checked_at,
        specification=row.specification,
        trouble=row.trouble,
        errors=row.errors,
        queries=row.queries,
        notes=row.notes,
        checks_ran=row.checks_ran,
        checks_all=row.checks_all,
        lines=tuple(json.loads(row.lines)),
        records=json.loads(row.records),
        total=row.total,
        receipt=row.receipt,
        accepted_at=row.accepted_at,
        difference=tuple(json.loads(row.difference)),
        moved=tuple(json.loads(row.moved)),
    )


def _checks(viewer: Viewer, row: Submission) -> tuple[CheckRow, ...]:
    """What the checks of the newest version found: errors first, then queries, then notes; the most places first."""
    found = CheckOutcome.objects.seen_by(viewer).filter(submission=row, version__number=row.version)
    signed = Waiver.objects.seen_by(viewer).filter(submission=row, state=SIGNED).values_list("check_id", flat=True)
    waived, order = set(signed), ("error", "query", "note")
    rows = [
        CheckRow(
            one.check_id,
            one.severity,
            one.table,
            one.sheets,
            one.columns,
            one.places,
            one.records,
            one.message,
            one.fix,
            one.check_id in waived,
        )
        for one in found
    ]
    return tuple(sorted(rows, key=lambda one: (order.index(one.severity), -one.places, one.check, one.table)))


def _queries(viewer: Viewer, narrow: Q) -> tuple[QueryRow, ...]:
    found = Query.objects.seen_by(viewer).filter(narrow).exclude(state=GONE).select_related("submission__organisation")
    return tuple(_query(one, viewer) for one in found)


def _query(one: Query, viewer: Viewer) -> QueryRow:
    where = one.submission.organisation
    return QueryRow(
        id=one.pk,
        submission=one.submission_id,
        organisation_name=where.name,
        check=one.check_id,
        state=one.state,
        state_words=QUERY.states.words[one.state],
        message=one.message,
        places=one.places,
        records=one.records,
        offered=one.offered,
        answer=one.answer,
        asked_again=one.asked_again,
        answered_at=one.answered_at,
        acts=_acts(QUERY, viewer, rules.Facts(one.state, where.pk)),
    )


def _waivers(viewer: Viewer, narrow: Q) -> tuple[WaiverRow, ...]:
    found = Waiver.objects.seen_by(viewer).filter(narrow).select_related("submission__organisation", "submission__round")
    return tuple(_waiver(one, viewer) for one in found)


def _waiver(one: Waiver, viewer: Viewer) -> WaiverRow:
    where = one.submission.organisation
    facts = rules.Facts(one.state, where.pk, did={"asked": str(one.asked_by_id)})
    return WaiverRow(
        id=one.pk,
        submission=one.submission_id,
        organisation_name=where.name,
        period_words=_words(one.submission.round.period),
        check=one.check_id,
        state=one.state,
        state_words=WAIVER.states.words[one.state],
        reason=one.reason,
        refusal=one.refusal,
        asked_at=one.asked_at,
        signed_at=one.signed_at,
        acts=_acts(WAIVER, viewer, facts),
    )


def _tasks(
    row: SubmissionRow, versions: Sequence[VersionRow], queries: Sequence[QueryRow], *, whole: bool
) -> tuple[TaskLine, ...]:
    """The task list, in its order. A name starts with a verb; what cannot start says so and is no act."""
    newest = versions[0] if versions else None
    sent = row.state in RECEIVED_WHOLE
    return (
        _read_task(newest),
        _upload_task(row, newest),
        _fix_task(row, newest, sent=sent),
        _answer_task(row, newest, queries, sent=sent),
        _later("summary", "Read the summary", "What the area and the national team will see", whole or sent, done=sent),
        _certify_task(row, whole=whole, sent=sent),
        _later("receipt", "Save your receipt", "File fingerprint, counts, times and roles", sent, done=False),
    )


def _read_task(newest: VersionRow | None) -> TaskLine:
    """Nobody is asked to tick that they have read; once something was sent it is behind them."""
    status, kind = ("Read it first", "do") if newest is None else ("Completed", "done")
    return TaskLine("get_ready", "Read what changed, who will see the data, and why", "", status, kind)


def _upload_task(row: SubmissionRow, newest: VersionRow | None) -> TaskLine:
    again = "receive" in row.acts.allowed
    if newest is None:
        return TaskLine(
            "upload", "Upload your file", row.acts.refused.get("receive", ""), "Upload", "do", "receive" if again else ""
        )
    said = "Nothing to report" if newest.nil else ", ".join(name for name, _ in newest.files)
    if row.state in (RETURNED, UNLOCKED):
        return TaskLine("upload", "Upload your file", said, row.next_words, "do", "receive")
    return TaskLine("upload", "Upload your file", said, "Completed", "done", "receive" if again else "")


def _fix_task(row: SubmissionRow, newest: VersionRow | None, *, sent: bool) -> TaskLine:
    words, checked = "Fix the errors", newest is not None and (newest.nil or newest.checked_at is not None)
    if not checked:
        return TaskLine("fix", words, "", "Being checked" if newest else "Cannot start yet", "wait")
    if row.state == TO_FIX:
        return TaskLine("fix", words, newest.trouble if newest else "", row.next_words, "fix", "receive")
    return TaskLine("fix", words, "", "Completed", "done")


def _answer_task(row: SubmissionRow, newest: VersionRow | None, queries: Sequence[QueryRow], *, sent: bool) -> TaskLine:
    offered = sum(bool(one.offered) and one.state == OPEN for one in queries)
    hint = f"{rules.counted(offered, 'reason')} filled in from last quarter" if offered else ""
    if row.open_queries:
        status = f"Answer {rules.counted(row.open_queries, 'query', 'queries')}"
        return TaskLine("answer", "Answer the queries", hint, status, "do", "answer" if "answer" in row.acts.allowed else "")
    if newest is None or not (newest.nil or newest.checked_at):
        return TaskLine("answer", "Answer the queries", "", "Cannot start yet", "wait")
    return TaskLine("answer", "Answer the queries", "", "Completed", "done")


def _certify_task(row: SubmissionRow, *, whole: bool, sent: bool) -> TaskLine:
    words, hint = "Ask your certifier to sign", "They can sign on a phone. It cannot be you"
    if sent:
        return TaskLine("certify", words, "", "Completed", "done")
    if row.state == "to_certify":
        return TaskLine("certify", words, "", "With the certifier", "wait", "certify" if "certify" in row.acts.allowed else "")
    if "offer" in row.acts.allowed:
        return TaskLine("certify", words, hint, "Ask now", "do", "offer")
    return TaskLine("certify", words, hint, "Cannot start yet", "wait")


def _later(name: str, words: str, hint: str, ready: bool, *, done: bool) -> TaskLine:
    if not ready:
        return TaskLine(name, words, hint, "Cannot start yet", "wait")
    return TaskLine(
        name, words, hint, "Completed" if done else "Read" if name == "summary" else "Save", "done" if done else "do", name
    )


# Findings


def findings(
    *,
    viewer: Viewer,
    submission: UUID,
    version: int = 0,
    check: str = "",
    severity: str = "",
    sheet: str = "",
    order: str = "file",
    start: int = 0,
    length: int = 100,
) -> FindingsPage:
    """Findings of a version (0: the newest), never capped: a page of them, filtered by check, severity, sheet or table.

    order: "file" (as in the file) or "check". Rows are mappings with the keys of engine.shapes.findings.FINDINGS_SCHEMA.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    row = _plain(viewer, submission)
    found = Version.objects.seen_by(viewer).filter(submission=row, number=version or row.version).first()
    if found is None:
        raise NotThere
    path = places.findings(register.root(), found.pk)
    if not path.exists():
        return FindingsPage(found.pk, "", (), 0, 0, (), ())
    table = pq.read_table(path)
    place = pc.coalesce(table["sheet"], table["table"])
    checks = Counter(zip(table["check"].to_pylist(), table["severity"].to_pylist(), strict=True))
    sheets = Counter(place.to_pylist())
    mine = table
    for column, wanted in (("check", check), ("severity", severity)):
        mine = mine.filter(pc.equal(mine[column], wanted)) if wanted else mine
    mine = mine.filter(pc.equal(pc.coalesce(mine["sheet"], mine["table"]), sheet)) if sheet else mine
    by = [("check", "ascending"), ("record", "ascending")] if order == "check" else None
    mine = mine.sort_by(by) if by else mine
    return FindingsPage(
        found.pk,
        str(path),
        tuple(mine.slice(max(start, 0), length).to_pylist()),
        mine.num_rows,
        table.num_rows,
        tuple((name, kind, n) for (name, kind), n in sorted(checks.items(), key=lambda item: (-item[1], item[0]))),
        tuple(sorted(sheets.items())),
    )


def findings_report(*, viewer: Viewer, submission: UUID, kind: str = "xlsx") -> FindingsReport:
    """Every finding of the newest version as a file: "xlsx" or "jsonl". Raises NotThere."""
    row = _plain(viewer, submission)
    found = Version.objects.seen_by(viewer).filter(submission=row, number=row.version).first()
    if found is None or kind not in ("xlsx", "jsonl"):
        raise NotThere
    path = places.report(register.root(), found.pk, kind)
    name = f"{row.organisation.code}_{row.round.collection}_{row.round.period}_v{found.number}_findings.{kind}"
    there = path.is_file()
    return FindingsReport(str(path) if there else "", name, path.stat().st_size if there else 0)


# Certifying


def certify_page(*, viewer: Viewer, submission: UUID) -> CertifyPage:
    """What a certifier reads: totals, whether the change is more than noise, open queries, the force's own position."""
    row, held, shown = _one(viewer, submission)
    newest = held.versions.get(row.pk)
    if newest is None:
        raise NotThere
    history = _history(viewer, row.round, row.organisation_id)
    return CertifyPage(
        row=shown,
        version=_version(newest),
        totals=_totals(newest, history[-1] if history else None, row.round.collection),
        moved=figures.moved([(one.period, one.total) for one in history], (row.round.period, newest.total), "this return"),
        position=_position(row, newest),
        queries=_queries(viewer, Q(submission=row)),
        waivers=_waivers(viewer, Q(submission=row, state__in=[ASKED, SIGNED])),
    )


@dataclass(frozen=True, slots=True)
class _Past:
    """A force's accepted total of one earlier period."""

    organisation: UUID
    period: str
    total: int
    records: Mapping[str, int]


def _history(viewer: Viewer, round_: Round, organisation: UUID | None = None) -> list[_Past]:
    """Accepted totals of the earlier periods of a collection, of one force or of all that the viewer may see, in time order."""
    start, kind = Period.parse(round_.period).start, Period.parse(round_.period)
    found = Version.objects.seen_by(viewer).filter(
        ~Q(receipt=""), submission__round__collection=round_.collection, submission__round__compartment=round_.compartment_id
    )
    found = found.filter(submission__organisation=organisation) if organisation else found
    latest: dict[tuple[UUID, str], tuple[int, _Past]] = {}
    fields = ("submission__organisation", "submission__round__period", "number", "total", "records")
    for where, period, number, total, records in found.order_by().values_list(*fields):
        past = Period.parse(period)
        same = (past.kind, past.quarter is None) == (kind.kind, kind.quarter is None)
        if same and past.start < start and number > latest.get((where, period), (0, None))[0]:
            latest[(where, period)] = (number, _Past(where, period, total or 0, json.loads(records)))
    return sorted((past for _, past in latest.values()), key=lambda one: Period.parse(one.period).start)


def _totals(version: Version, before: _Past | None, collection: str) -> tuple[tuple[str, int, int | None], ...]:
    records = json.loads(version.records)
    specification = register.catalogue().specification(collection)
    return tuple(
        (table.title, int(records.get(table.name, 0)), int(before.records.get(table.name, 0)) if before else None)
        for table in specification.tables
    )


def _position(row: Submission, version: Version) -> Position:
    """The force among all whose returns of the round were certified, by population; the others are numbers without a name."""
    why = "a funnel of all forces: rates without names leave here, and only where there are five or more"
    states = Q(submission__state__in=RECEIVED_WHOLE) & Q(submission__round=row.round_id) & Q(total__isnull=False)
    counts: dict[str, tuple[int, int]] = {}
    for code, number, total in (
        Version.objects.unscoped(why).filter(states).order_by().values_list("submission__organisation__code", "number", "total")
    ):
        if number > counts.get(code, (0, 0))[0]:
            counts[code] = (number, total)
    own = row.organisation.code
    totals = {code: total for code, (_, total) in counts.items()} | ({own: version.total} if version.total is not None else {})
    return figures.position(own, totals, _populations(totals, row.round.period))


def _populations(codes: Iterable[str], period: str) -> dict[str, int]:
    found = {}
    for code in codes:
        try:
            found[code] = int(register.catalogue().population(code, Period.parse(period)).value)
        except (RefusedByRule, KeyError):
            continue  # not in the register, or no figure near enough: the point is left out
    return found


def receipt(*, viewer: Viewer, submission: UUID, version: int = 0) -> Receipt:
    """Proof of a submission (0: the newest version that was certified). Raises NotThere where nothing was certified."""
    row, _, _ = _one(viewer, submission)
    certified = Version.objects.seen_by(viewer).filter(submission=row).filter(~Q(receipt="") | Q(certified_at__isnull=False))
    found = (certified.filter(number=version) if version else certified).order_by("-number").first()
    if found is None:
        raise NotThere
    shown = _version(found)
    steps = (
        ("Received", found.received_at),
        ("Checked", found.checked_at),
        ("Certified", found.certified_at),
        ("Approved by the area", found.approved_at),
        ("Accepted", found.accepted_at),
    )
    answered = Query.objects.seen_by(viewer).filter(submission=row, state__in=[ANSWERED, SETTLED])
    return Receipt(
        submission=row.pk,
        organisation_name=row.organisation.name,
        title=row.round.title,
        period_words=_words(row.round.period),
        version=found.number,
        nil=found.nil,
        sha256=found.sha256,
        files=shown.files,
        records=shown.records,
        specification=found.specification,
        checks=f"{found.checks_ran} of {found.checks_all} checks ran" if not found.nil else "A nil return has no file to check",
        lines=shown.lines,
        steps=tuple((words, at) for words, at in steps if at is not None),
        reasons=tuple(answered.values_list("check_id", "answer")),
        store_name=found.receipt,
        store_sha256=found.receipt_sha256,
        accepted_at=found.accepted_at,
    )


# Can I publish?


def round_overview(*, viewer: Viewer, round_: UUID) -> RoundOverview:
    """One screen that answers "can I publish?": who is in, who is late, what could still move the total and by how much."""
    row = _round(viewer, round_)
    found = _returns(viewer, round=row)
    held = _held(viewer, found)
    rows = _rows(viewer, found, held)
    history = _history(viewer, row)
    total = sum(_counted(one, held) for one in found)
    matters = _matters(viewer, found, rows, history, total)
    stops = tuple(one for one in matters if one.query is None or _matters_much(one))
    small = tuple(one for one in matters if one not in stops)
    late = tuple(one for one in rows if one.late)
    received = sum(one.state in RECEIVED_WHOLE for one in rows)
    by_state = Counter(one.state for one in rows)
    chase = tuple(one.id for one in late if one.state in CHASED and viewer.may("collections.chase", one.organisation))
    can = bool(rows) and not stops
    return RoundOverview(
        row=_round_row(row, viewer),
        can_publish=can,
        sentence=_answer(can, stops, rows),
        expected=len(rows),
        received=received,
        accepted=sum(one.state in (ACCEPTED, LOCKED) for one in rows),
        waived=by_state.get(WAIVED, 0),
        by_state=tuple((s, words, by_state[s]) for s, words in RETURN.states.words.items() if by_state.get(s)),
        late=late,
        returns=rows,
        total=total,
        likely=_likely(total, matters),
        moved=_national_moved(row, history, total, len(rows) - by_state.get(WAIVED, 0), received),
        stops=stops,
        small=small,
        chase=chase,
        chase_words=f"Chase {'all ' if len(chase) > 1 else ''}{rules.counted(len(chase), 'force')}" if chase else "",
    )


def _counted(row: Submission, held: _Held) -> int:
    """What a return adds to the total so far: its newest version once certified, or what was accepted before."""
    version = held.versions.get(row.pk) if row.state in RECEIVED_WHOLE else held.accepted.get(row.pk)
    return (version.total or 0) if version else 0


def _matters(
    viewer: Viewer, found: Sequence[Submission], rows: Sequence[SubmissionRow], history: Sequence[_Past], total: int
) -> list[Matter]:
    """Returns that are not in and queries that are not settled, each with its effect on the total; the largest first."""
    past: dict[UUID, list[int]] = defaultdict(list)
    for one in history:
        past[one.organisation].append(one.total)
    matters = [_of_return(row, past[row.organisation], total) for row in rows if row.state not in _FINISHED]
    open_ = Query.objects.seen_by(viewer).filter(submission__in=[row.pk for row in found], state__in=[OPEN, ANSWERED])
    by_key = {row.id: row for row in rows}
    matters += [_of_query(one, by_key[one.submission_id], total) for one in open_]
    return sorted(matters, key=lambda one: -max(abs(one.low or 0), abs(one.high or 0)) if one.high is not None else -_UNLIMITED)


def _of_return(row: SubmissionRow, past: Sequence[int], total: int) -> Matter:
    """A return that is certified can only be sent back; one that is not in adds what the force usually sends."""
    inside = row.state in RECEIVED_WHOLE
    range_ = (0, 0) if inside else figures.usual(past)
    low, high = range_ if range_ else (None, None)
    what = f"{row.organisation_name}: {row.state_words}"
    if row.late:
        what += f", {rules.counted(-row.working_days_left, 'working day')} late"
    return Matter(what, row.organisation_name, row.id, None, low, high, figures.share(high, total), row.holder, row.next_words)


def _of_query(one: Query, row: SubmissionRow, total: int) -> Matter:
    """If every record that a query touches were wrong, the total would fall by so many."""
    low = None if one.records is None else -one.records
    what = f"{row.organisation_name}: {one.message}"
    holder, words = (
        ("National team", "Read the reason and decide") if one.state == ANSWERED else ("Returns officer", "Answer it")
    )
    high = None if low is None else 0
    return Matter(what, row.organisation_name, row.id, one.pk, low, high, figures.share(low, total), holder, words)


def _matters_much(one: Matter) -> bool:
    return one.share is None or one.share >= figures.SHARE_THAT_MATTERS


def _likely(total: int, matters: Iterable[Matter]) -> tuple[int, int] | None:
    """The final total if returns that are not in are as usual; None where one of them has no history."""
    waiting = [one for one in matters if one.query is None]
    if any(one.low is None or one.high is None for one in waiting):
        return None
    return total + sum(one.low or 0 for one in waiting), total + sum(one.high or 0 for one in waiting)


def _national_moved(row: Round, history: Sequence[_Past], total: int, expected: int, received: int) -> Moved:
    """The national total against its usual range; only periods in which as many forces replied are on the same basis."""
    sums: dict[str, list[int]] = defaultdict(list)
    for one in history:
        sums[one.period].append(one.total)
    same = [(period, sum(totals)) for period, totals in sums.items() if len(totals) >= expected]
    return figures.moved(same, (row.period, total if received == expected and expected else None), "the national total")


def _answer(can: bool, stops: Sequence[Matter], rows: Sequence[SubmissionRow]) -> str:
    if can:
        return f"Yes: {rules.counted(len(rows), 'return')} of {len(rows)} are accepted or waived, and no query matters."
    if not rows:
        return "No: no force is on the list of this round."
    returns, queries = sum(one.query is None for one in stops), sum(one.query is not None for one in stops)
    parts = [rules.counted(returns, "return")] if returns else []
    parts += [rules.counted(queries, "query", "queries")] if queries else []
    return f"Not yet: {' and '.join(parts)} could move the national total."


# A region's desk


def region_overview(*, viewer: Viewer) -> RegionOverview:
    """The forces whose returns the viewer approves, in every round that is not locked: late, queried, changed, to approve."""
    places_ = viewer.where("collections.approve")
    mine = Q() if places_ is None else Q(organisation__in=places_)
    found = _returns(viewer, mine, ~Q(round__state__in=[DRAFT, LOCKED]))
    rows = _rows(viewer, found)
    by_round: dict[UUID, list[SubmissionRow]] = defaultdict(list)
    for row in rows:
        by_round[row.round].append(row)
    rounds_ = {one.round_id: one.round for one in found}
    ordered = sorted(rounds_.values(), key=lambda one: (one.due_on, one.collection, str(one.pk)))
    return RegionOverview(tuple(_area_round(one, by_round[one.pk], viewer) for one in ordered))


def _area_round(row: Round, rows: Sequence[SubmissionRow], viewer: Viewer) -> AreaRound:
    late = tuple(one for one in rows if one.late)
    return AreaRound(
        row=_round_row(row, viewer),
        expected=len(rows),
        received=sum(one.state in RECEIVED_WHOLE for one in rows),
        late=late,
        queried=tuple(one for one in rows if one.open_queries),
        changed=tuple(one for one in rows if one.changed),
        to_approve=tuple(one for one in rows if "approve" in one.acts.allowed),
        returns=tuple(rows),
        chase=tuple(one.id for one in late if one.state in CHASED and viewer.may("collections.chase", one.organisation)),
    )


# What is printed


@dataclass(frozen=True, slots=True)
class Note:
    """A line of the national notes: a force's reason for a query, a nil return's reason, or a signed waiver."""

    kind: str  # query, nil, waiver
    organisation_name: str
    check: str
    words: str


def notes(*, viewer: Viewer, round_: UUID) -> tuple[Note, ...]:
    """Reasons that stand beside the numbers of a round: of answered queries, nil returns and signed waivers."""
    row = _round(viewer, round_)
    answers = Query.objects.seen_by(viewer).filter(submission__round=row, state__in=[ANSWERED, SETTLED])
    nils = Version.objects.seen_by(viewer).filter(submission__round=row, nil=True).exclude(receipt="")
    signed = Waiver.objects.seen_by(viewer).filter(submission__round=row, state=SIGNED)
    name = "submission__organisation__name"
    lines = [Note("query", *one) for one in answers.values_list(name, "check_id", "answer")]
    lines += [Note("nil", who, "", words) for who, words in nils.values_list(name, "nil_reason")]
    lines += [Note("waiver", *one) for one in signed.values_list(name, "check_id", "reason")]
    return tuple(sorted(lines, key=lambda one: (one.organisation_name, one.kind, one.check)))


def waivers(*, viewer: Viewer) -> tuple[WaiverRow, ...]:
    """Waivers of returns that the viewer may see; those that wait for a signature first."""
    found = _waivers(viewer, Q())
    return tuple(sorted(found, key=lambda one: (one.state != ASKED, -one.asked_at.timestamp())))


# Taskings


def taskings(*, viewer: Viewer) -> tuple[TaskingRow, ...]:
    """Taskings that the viewer may know of, by deadline."""
    return _taskings(viewer, None)


def _taskings(viewer: Viewer, organisations: Iterable[UUID] | None) -> tuple[TaskingRow, ...]:
    asked = Asked.objects.seen_by(viewer).select_related("organisation")
    asked = asked if organisations is None else asked.filter(organisation__in=organisations)
    by_tasking: dict[UUID, list[Asked]] = defaultdict(list)
    for one in asked:
        by_tasking[one.tasking_id].append(one)
    found = Tasking.objects.seen_by(viewer)
    found = found if organisations is None else found.filter(pk__in=list(by_tasking), state=OPEN)
    return tuple(_tasking(one, by_tasking.get(one.pk, []), viewer) for one in found)


def _tasking(row: Tasking, asked: Sequence[Asked], viewer: Viewer) -> TaskingRow:
    return TaskingRow(
        id=row.pk,
        title=row.title,
        purpose=row.purpose,
        basis=row.basis,
        state=row.state,
        state_words=TASKING.states.words[row.state],
        due_on=row.due_on,
        working_days_left=_left(viewer, row.due_on),
        hours=float(row.hours),
        hours_signed=row.hours_signed_by_id is not None,
        forces=len(asked),
        done=sum(one.done_at is not None for one in asked),
        waiting_for=tuple(sorted(one.organisation.name for one in asked if one.done_at is None)),
        acts=_acts(TASKING, viewer, rules.Facts(row.state)),
    )


# For jobs


@dataclass(frozen=True, slots=True)
class Job:
    """What a job needs to know of one version; no page asks this."""

    version: UUID
    number: int
    nil: bool
    collection: str
    period: str
    force_id: str
    reasons: Mapping[str, str]
    waived: frozenset[str]
    accepted_by: str
    total_table: str


def job_of(version: UUID) -> Job | None:
    """What the check and accept jobs need; None where the version is gone. It names no viewer: the service asks."""
    why = "the service checks and keeps what was sent"
    found = (
        Version.objects.unscoped(why).filter(pk=version).select_related("submission__round", "submission__organisation").first()
    )
    if found is None:
        return None
    row = found.submission
    answers = Query.objects.unscoped(why).filter(submission=row, state__in=[ANSWERED, SETTLED])
    signed = Waiver.objects.unscoped(why).filter(submission=row, state=SIGNED).exclude(check_id="")
    tables = register.catalogue().specification(row.round.collection).tables
    return Job(
        version=found.pk,
        number=found.number,
        nil=found.nil,
        collection=row.round.collection,
        period=row.round.period,
        force_id=row.organisation.code,
        reasons=dict(answers.values_list("check_id", "answer")),
        waived=frozenset(signed.values_list("check_id", flat=True)),
        accepted_by=str(found.accepted_by_id or ""),
        total_table=tables[0].name,
    )


def files_needed() -> frozenset[UUID]:
    """Versions whose files as they arrived are still needed: the newest of a return, not accepted yet. It names no viewer."""
    found = Version.objects.unscoped("files that nobody needs any more are removed").filter(receipt="", nil=False)
    newest = found.filter(number=F("submission__version")).exclude(submission__state__in=[WAIVED, ACCEPTED, LOCKED])
    return frozenset(newest.order_by().values_list("pk", flat=True))


def indexed() -> dict[str, tuple[str, int | None]]:
    """What the rows say of the store: the receipt's hash and the records of each accepted version. It names no viewer."""
    found = Version.objects.unscoped("the index is compared with the store").exclude(receipt="")
    return {name: (sha256, total) for name, sha256, total in found.values_list("receipt", "receipt_sha256", "total")}
