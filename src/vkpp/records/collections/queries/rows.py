"""Returns as rows of a list, each with its allowed acts and the words of the refused ones."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from vkpp.basics.markings import Marking, strictest
from vkpp.basics.periods import Period
from vkpp.basics.working_days import working_days_between
from vkpp.records.collections import rules
from vkpp.records.collections.models import CheckOutcome, Query, Submission, Version, Waiver
from vkpp.records.collections.rules import register
from vkpp.records.collections.rules.lateness import can_come, is_lost
from vkpp.records.collections.rules.rows import SubmissionRow, VersionRow
from vkpp.records.collections.states import (
    NEXT,
    NEXT_FROM_OUTSIDE,
    OPEN,
    RETURN,
    SIGNED,
    TO_FIX,
    UNLOCKED,
    WITH_AREA,
    WITH_THE_FORCE,
)
from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people.queries import Acts


def acts_of(machine: Any, viewer: Viewer, facts: rules.Facts) -> Acts:
    allowed, refused = rules.acts(machine, viewer, facts)
    return Acts(allowed, refused)


def days_left(viewer: Viewer, due: date) -> int:
    return working_days_between(viewer.on, due, register.catalogue().holidays)


def period_words(period: str) -> str:
    return Period.parse(period).label


@dataclass(frozen=True, slots=True)
class Held:
    """All that rows of returns need, read in a constant number of questions."""

    versions: Mapping[UUID, Version]  # the newest of each return
    accepted: Mapping[UUID, Version]
    kept: Mapping[UUID, int]  # how many versions of each return were accepted
    queries: Mapping[UUID, int]
    errors: Mapping[UUID, int]  # that are not waived

    def whole(self, row: Submission) -> bool:
        version = self.versions.get(row.pk)
        if version is None or version.receipt or not (version.nil or version.checked_at):
            return False
        ran = version.checks_ran >= version.checks_all and not version.trouble
        return not self.queries.get(row.pk) and (version.nil or (ran and not self.errors.get(row.pk)))


def sees_version(viewer: Viewer, row: Submission, version: Version | None) -> bool:
    """Whether the viewer may see what a version says; see rules.sees_inside."""
    certified = version is not None and bool(version.certified_at or version.receipt)
    return rules.sees_inside(viewer, row.organisation_id, certified=certified, shown=row.shown_at is not None)


def marking_of(row: Submission) -> Marking:
    """A return's page says what its round asks, too: the stricter of the two markings stands on it."""
    return strictest(row.round.marking, row.marking)


def returns_seen(viewer: Viewer, *narrow: Q, **by: Any) -> list[Submission]:
    found = Submission.objects.seen_by(viewer).filter(*narrow, **by)
    return list(found.select_related("round", "organisation", "area"))


def held_for(viewer: Viewer, rows: Sequence[Submission]) -> Held:
    keys = [row.pk for row in rows]
    newest, accepted = {}, {}
    kept: Counter[UUID] = Counter()
    by_key = {row.pk: row for row in rows}
    for version in Version.objects.seen_by(viewer).filter(submission__in=keys):
        row = by_key[version.submission_id]
        kept[row.pk] += bool(version.receipt)
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
    return Held(newest, accepted, kept, queries, errors)


def as_rows(viewer: Viewer, found: Sequence[Submission], held: Held | None = None) -> tuple[SubmissionRow, ...]:
    known = held or held_for(viewer, found)
    return tuple(_row(one, viewer, known) for one in found)


def chased(viewer: Viewer, late: Iterable[SubmissionRow]) -> tuple[UUID, ...]:
    """Of late returns those that the viewer may remind their forces of, and that a letter can still bring in."""
    may = [one for one in late if viewer.may("collections.chase", one.organisation)]
    return tuple(one.id for one in may if can_come(one.state, one.round_state))


def _row(row: Submission, viewer: Viewer, held: Held) -> SubmissionRow:
    version, round_ = held.versions.get(row.pk), row.round
    errors, queries = held.errors.get(row.pk, 0), held.queries.get(row.pk, 0)
    left, inside = days_left(viewer, row.due_on), sees_version(viewer, row, version)
    words, holder = NEXT[row.state]
    if not any(viewer.may(act, row.organisation_id) for act in ("collections.prepare", "collections.certify")):
        words = NEXT_FROM_OUTSIDE.get(row.state, words)
    if is_lost(row.state, round_.state):
        words, holder = ("Take the corrected return back", holder) if row.accepted else ("Not taken any more", "Nobody")
        words += ": the round is closed"
    elif row.state == TO_FIX and version is not None and version.trouble:
        words = "Send a file that can be read"
    elif row.state == TO_FIX and version is not None and not version.trouble and not errors:
        words = "Send again: some checks could not run"
    return SubmissionRow(
        id=row.pk,
        round=round_.pk,
        collection=round_.collection,
        title=round_.title,
        period=round_.period,
        period_words=period_words(round_.period),
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
        nil=bool(version and inside and version.nil),
        errors=errors,
        open_queries=queries,
        changed=row.accepted > 0 and (row.version > row.accepted or held.kept[row.pk] > 1 or row.state == UNLOCKED),
        total=version.total if version and inside else None,
        inside=inside,
        shown=row.shown_at is not None,
        marking=marking_of(row),
        own_marking=row.marking,
        round_marking=round_.marking,
        round_state=round_.state,
        received_at=version.received_at if version else None,
        chased_at=row.chased_at,
        chases=row.chases,
        acts=acts_of(RETURN, viewer, rules.facts_of(row, round_.state, version, whole=held.whole(row))),
    )


def plain_return(viewer: Viewer, key: UUID) -> Submission:
    """One return by itself. Raises NotThere, the same whether it exists or not."""
    found = returns_seen(viewer, pk=key)
    if not found:
        raise NotThere
    return found[0]


def one_return(viewer: Viewer, key: UUID) -> tuple[Submission, Held, SubmissionRow]:
    """One return. Raises NotThere, as above."""
    found = plain_return(viewer, key)
    held = held_for(viewer, [found])
    return found, held, _row(found, viewer, held)


def progress_of(version: VersionRow) -> VersionRow:
    """Of a version only how far it is, for whoever may not see what it says: no name, no word, no count of its records."""
    return replace(
        version,
        nil=False,
        nil_reason="",
        files=(),
        sha256="",
        specification="",
        trouble="",
        lines=(),
        records={},
        total=None,
        difference=(),
        moved=(),
        fixed_cells=0,
        inside=False,
    )


def version_row(row: Version, fixed: int = 0) -> VersionRow:
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
        fixed_from=row.fixed_from.number if row.fixed_from_id else 0,
        fixed_cells=fixed,
    )
