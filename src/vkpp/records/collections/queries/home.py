"""A force's home and the page of one of its returns."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from vkpp.records.collections import rules
from vkpp.records.collections.models import CheckOutcome, Submission, Version, Waiver
from vkpp.records.collections.queries.answers import query_rows, waiver_rows
from vkpp.records.collections.queries.fixing import fixed_counts
from vkpp.records.collections.queries.rounds import hours_asked
from vkpp.records.collections.queries.rows import as_rows, one_return, progress_of, returns_seen, sees_version, version_row
from vkpp.records.collections.queries.taskings import tasking_rows
from vkpp.records.collections.queries.tasks import task_lines
from vkpp.records.collections.rules import register
from vkpp.records.collections.rules.rows import CheckRow, ForceHome, Hours, SubmissionPage, SubmissionRow
from vkpp.records.collections.rules.turns import TURNS, waits_for
from vkpp.records.collections.states import ACCEPTED, LOCKED, SIGNED, WAIVED
from vkpp.records.ground.viewer import Viewer

FINISHED = (ACCEPTED, LOCKED, WAIVED)


def force_home(*, viewer: Viewer) -> ForceHome:
    """What waits for the viewer's own forces: returns by deadline, taskings, hours of this quarter."""
    mine = viewer.organisations
    found = returns_seen(viewer, organisation__in=mine)
    rows = as_rows(viewer, found)
    waiting = sorted((r for r in rows if r.state not in FINISHED), key=lambda r: (r.due_on, r.title, str(r.id)))
    finished = sorted((r for r in rows if r.state in FINISHED), key=lambda r: r.due_on, reverse=True)
    quarter = register.quarter_of(viewer.on)
    limit, _ = register.hours_limit(viewer.on)
    names = {row.organisation: row.organisation_name for row in rows}
    hours = hours_asked(viewer, names, quarter)
    meter = tuple(Hours(key, names[key], quarter, hours[key], limit) for key in sorted(names, key=lambda k: names[k]))
    return ForceHome(tuple(waiting), tuple(finished), tasking_rows(viewer, mine), meter)


def waiting_for(*, viewer: Viewer) -> tuple[SubmissionRow, ...]:
    """The returns of the viewer's own forces on which it is their turn, by deadline."""
    if not any(viewer.may_anywhere(permission) for permission in TURNS.values()):
        return ()
    found = returns_seen(viewer, ~Q(state__in=FINISHED), organisation__in=viewer.organisations)
    rows = [row for row in as_rows(viewer, found) if waits_for(row, viewer)]
    return tuple(sorted(rows, key=lambda r: (r.due_on, r.title, str(r.id))))


def submission_page(*, viewer: Viewer, submission: UUID) -> SubmissionPage:
    """A return with its task list, versions, check results, queries and waivers. Raises NotThere."""
    row, held, shown = one_return(viewer, submission)
    fixed = fixed_counts(viewer, submission)
    sent = Version.objects.seen_by(viewer).filter(submission=row).select_related("fixed_from").order_by("-number")
    rows = [(version_row(one, fixed.get(one.pk, 0)), sees_version(viewer, row, one)) for one in sent]
    versions = tuple(one if inside else progress_of(one) for one, inside in rows)
    versions = tuple(sorted(versions, key=lambda one: one.number != row.version))  # a correction taken back is not in hand
    queries = query_rows(viewer, Q(submission=row)) if shown.inside else ()
    return SubmissionPage(
        row=shown,
        tasks=task_lines(shown, versions, queries, whole=held.whole(row), own=rules.reads_pack(viewer, row.organisation_id)),
        versions=versions,
        checks=_checks(viewer, row) if shown.inside else (),
        queries=queries,
        waivers=waiver_rows(viewer, Q(submission=row)),
        returned_words=row.returned_words,
        extension_reason=row.extension_reason,
        unlock_reason=row.unlock_reason,
        marking=shown.marking,
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
