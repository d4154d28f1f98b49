"""Queries and waivers as rows."""

from __future__ import annotations

from django.db.models import Q

from vkpp.records.collections import rules
from vkpp.records.collections.models import Query, Waiver
from vkpp.records.collections.queries.rows import acts_of, marking_of, period_words
from vkpp.records.collections.rules import register
from vkpp.records.collections.rules.rows import QueryRow, WaiverRow
from vkpp.records.collections.states import GONE, QUERY, WAIVER
from vkpp.records.ground.viewer import Viewer


def query_rows(viewer: Viewer, narrow: Q) -> tuple[QueryRow, ...]:
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
        acts=acts_of(QUERY, viewer, rules.Facts(one.state, where.pk)),
    )


def waiver_rows(viewer: Viewer, narrow: Q) -> tuple[WaiverRow, ...]:
    found = Waiver.objects.seen_by(viewer).filter(narrow).select_related("submission__organisation", "submission__round")
    return tuple(_waiver(one, viewer) for one in found)


def _waiver(one: Waiver, viewer: Viewer) -> WaiverRow:
    where = one.submission.organisation
    facts = rules.Facts(one.state, where.pk, did={"asked": str(one.asked_by_id)})
    return WaiverRow(
        id=one.pk,
        submission=one.submission_id,
        organisation_name=where.name,
        period_words=period_words(one.submission.round.period),
        check=one.check_id,
        state=one.state,
        state_words=WAIVER.states.words[one.state],
        reason=one.reason,
        refusal=one.refusal,
        asked_at=one.asked_at,
        signed_at=one.signed_at,
        acts=acts_of(WAIVER, viewer, facts),
        marking=marking_of(one.submission),
        what=register.let_off(one.submission.round.collection, one.check_id),
    )
