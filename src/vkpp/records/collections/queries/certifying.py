"""What a certifier reads before signing, and the receipt afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterable
from uuid import UUID

from django.db.models import F, Q

from vkpp.basics.periods import Period
from vkpp.basics.problems import RefusedByRule
from vkpp.records.collections.models import Query, Submission, Version
from vkpp.records.collections.queries.answers import query_rows, waiver_rows
from vkpp.records.collections.queries.history import Past, history_of
from vkpp.records.collections.queries.rows import one_return, period_words, version_row
from vkpp.records.collections.rules import figures, register
from vkpp.records.collections.rules.rows import CertifyPage, Position, Receipt
from vkpp.records.collections.states import ANSWERED, ASKED, RECEIVED_WHOLE, SETTLED, SIGNED
from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer


def certify_page(*, viewer: Viewer, submission: UUID) -> CertifyPage:
    """What a certifier reads: totals, whether the change is more than noise, open queries, the force's own position."""
    row, held, shown = one_return(viewer, submission)
    newest = held.versions.get(row.pk)
    if newest is None or not shown.inside:
        raise NotThere
    history = history_of(viewer, row.round, row.organisation_id)
    return CertifyPage(
        row=shown,
        version=version_row(newest),
        totals=_totals(newest, history[-1] if history else None, row.round.collection),
        moved=figures.moved([(one.period, one.total) for one in history], (row.round.period, newest.total), "this return"),
        position=_position(row, newest),
        queries=query_rows(viewer, Q(submission=row)),
        waivers=waiver_rows(viewer, Q(submission=row, state__in=[ASKED, SIGNED])),
    )


def _totals(version: Version, before: Past | None, collection: str) -> tuple[tuple[str, int, int | None], ...]:
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
    certified = Version.objects.unscoped(why).filter(states, number=F("submission__version")).order_by()
    own = row.organisation.code
    totals = dict(certified.values_list("submission__organisation__code", "total"))
    totals |= {own: version.total} if version.total is not None else {}
    return figures.position(own, totals, _populations(totals, row.round.period))


def _populations(codes: Iterable[str], period: str) -> dict[str, int]:
    found = {}
    for code in codes:
        try:
            found[code] = int(register.catalogue().population(code, Period.parse(period)).value)
        except (RefusedByRule, KeyError):
            continue  # not in the register, or no figure near enough: the point is left out
    return found


def _checks(version: Version) -> str:
    if version.nil:
        return "A nil return has no file to check"
    if not version.checks_all:  # accepted by the command line: no check ran here
        return "checked when it was accepted, as the receipt of the store says"
    return f"{version.checks_ran} of {version.checks_all} checks ran"


def receipt(*, viewer: Viewer, submission: UUID, version: int = 0) -> Receipt:
    """Proof of a submission (0: the newest version that was certified). Raises NotThere where nothing was certified."""
    row, _, line = one_return(viewer, submission)
    certified = Version.objects.seen_by(viewer).filter(submission=row).filter(~Q(receipt="") | Q(certified_at__isnull=False))
    found = (certified.filter(number=version) if version else certified).order_by("-number").first()
    if found is None:
        raise NotThere
    shown = version_row(found)
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
        period_words=period_words(row.round.period),
        version=found.number,
        nil=found.nil,
        sha256=found.sha256,
        files=shown.files,
        records=shown.records,
        specification=found.specification,
        checks=_checks(found),
        lines=shown.lines,
        steps=tuple((words, at) for words, at in steps if at is not None),
        reasons=tuple(answered.values_list("check_id", "answer")) if line.inside else (),
        store_name=found.receipt,
        store_sha256=found.receipt_sha256,
        accepted_at=found.accepted_at,
        marking=line.marking,
    )
