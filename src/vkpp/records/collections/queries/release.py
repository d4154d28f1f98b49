"""What must be true before a round is published, from records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from django.db.models import F

from vkpp.basics.periods import Period
from vkpp.basics.problems import UsageProblem
from vkpp.basics.working_days import LONDON
from vkpp.records.collections.models import Query, Round, Submission, Version, Waiver
from vkpp.records.collections.queries.printed import notes_of
from vkpp.records.collections.queries.rounds import whole_round
from vkpp.records.collections.queries.rows import returns_seen
from vkpp.records.collections.rules import register
from vkpp.records.collections.rules.lateness import is_lost
from vkpp.records.collections.rules.notes import digest_of
from vkpp.records.collections.rules.release import Read, ReleaseLine, Signed, Standing, checklist
from vkpp.records.collections.states import ASKED, GONE, RECEIVED_WHOLE, UNLOCKED, WITH_THE_FORCE
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import queries as people
from vkpp.records.trail.queries import history

READ = "collections.notes.read"


def release_checklist(*, viewer: Viewer, round_: UUID) -> tuple[ReleaseLine, ...]:
    """The lines that must hold before the round is published. Raises NotThere."""
    row = whole_round(viewer, round_)
    found = returns_seen(viewer, round=row)
    keys = [one.pk for one in found]
    asked = Query.objects.seen_by(viewer).filter(submission__in=keys, submission__state__in=RECEIVED_WHOLE).exclude(state=GONE)
    printed = notes_of(viewer, row, found)
    rule, proposed = _rule(row)
    return checklist(
        Standing(
            round_state=row.state,
            states=[UNLOCKED if one.accepted and one.state in WITH_THE_FORCE else one.state for one in found],
            signed=_signed(viewer, found),
            queries=Counter(asked.order_by().values_list("state", flat=True)),
            uncertified=_uncertified(viewer, row, found),
            waivers_asked=Waiver.objects.seen_by(viewer).filter(submission__in=keys, state=ASKED).count(),
            rule=rule,
            rule_proposed=proposed,
            notes=len(printed),
            read=_read(viewer, row, digest_of(printed)),
        )
    )


def _signed(viewer: Viewer, found: Sequence[Submission]) -> list[Signed]:
    areas = {one.pk: one.area_id is not None for one in found if one.accepted}
    rows = Version.objects.seen_by(viewer).filter(submission__in=areas, number=F("submission__accepted")).order_by()
    fields = ("submission", "certified_at", "approved_at", "accepted_at")
    found_ = rows.values_list(*fields)
    return [Signed(certified, approved, accepted, areas[key]) for key, certified, approved, accepted in found_]


def _uncertified(viewer: Viewer, row: Round, found: Sequence[Submission]) -> list[str]:
    can = people.places_held(permission="collections.certify", on=viewer.on, compartment=row.compartment_id)
    waiting = [one for one in found if one.state in WITH_THE_FORCE and not is_lost(one.state, row.state)]
    waiting = [one for one in waiting if one.organisation_id not in can]
    return sorted(one.organisation.name for one in waiting)


def _rule(row: Round) -> tuple[str, bool]:
    """The rule that holds on the last day of the period, in its own words, and whether nobody has decided on it yet."""
    catalogue = register.catalogue()
    name = catalogue.specification(row.collection).disclosure_rule
    try:
        rule = catalogue.disclosure_rule(name, Period.parse(row.period).end) if name else None
    except UsageProblem:
        rule = None
    return (f"{rule.title}: {rule.words}", rule.confidence == "proposed") if rule else ("", False)


def _read(viewer: Viewer, row: Round, digest: str) -> Read | None:
    """The last time that somebody said it, from the round's trail."""
    said = [line for line in history(viewer=viewer, of=Round, key=row.pk) if line.act == READ]
    return Read(said[-1].at.astimezone(LONDON), said[-1].facts.get("sha256") == digest) if said else None
