"""What of rounds, returns, waivers and taskings search finds: each copied with the permissions that its scope asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.text import Truncator

from vkpp.basics.periods import Period
from vkpp.records.collections.models import MANAGE, SEE, SHARE, SIGN, Asked, Member, Round, Submission, Tasking, Waiver
from vkpp.records.collections.queries.rows import marking_of
from vkpp.records.collections.states import DRAFT, PLANNED
from vkpp.records.ground.viewer import Viewer
from vkpp.records.search.rules import Indexed

_ENTRY_HOLDS = 200  # characters of handling words: two of today’s length, while older ones could be longer
# What a command is about, and by which field it narrows returns and waivers down.
_RETURNS_OF = {"": "", "collections.round": "round", "collections.submission": "pk"}
_WAIVERS_OF = {
    "": "",
    "collections.waiver": "pk",
    "collections.submission": "submission",
    "collections.round": "submission__round",
}
_INDEX = "search copies each with the permissions that open it"
_MAKERS: frozenset[tuple[str, UUID | None]] = frozenset({(MANAGE, None), (SIGN, None)})


def findable_rounds(about: str = "", key: UUID | None = None) -> Iterator[Indexed]:
    """Every round, or the one that a command was about; a draft is found by its makers only."""
    if about not in ("", "collections.round"):
        return
    rows = Round.objects.unscoped(_INDEX).order_by("pk")
    for row in rows.filter(pk=key) if key else rows:
        yield Indexed(
            kind="round",
            key=row.pk,
            title=f"{row.title}, {_words(row.period)}",
            codes=f"{row.collection} {row.period} {row.edition}",
            changed_at=row.opened_at or row.drafted_at,
            leaves=_MAKERS | ({(SEE, None)} if row.state != DRAFT else frozenset()),
            level=row.level,
            handling=row.handling,
            compartment=row.compartment_id,
        )


def findable_returns(about: str = "", key: UUID | None = None) -> Iterator[Indexed]:
    """Every return of a round that was opened; or the one, or those of the round, that a command was about."""
    if about not in _RETURNS_OF:
        return
    rows = Submission.objects.unscoped(_INDEX).exclude(state=PLANNED).select_related("round", "organisation").order_by("pk")
    for row in rows.filter(**{_RETURNS_OF[about]: key}) if key else rows:
        yield Indexed(
            kind="return",
            key=row.pk,
            title=_title(row),
            codes=f"{row.round.collection} {row.round.period} {row.organisation.code} {row.organisation.welsh_name}",
            changed_at=row.round.opened_at,
            leaves=frozenset({(SEE, row.organisation_id)}),
            **_marked(row),
            compartment=row.compartment_id,
        )


def findable_waivers(about: str = "", key: UUID | None = None) -> Iterator[Indexed]:
    """Every waiver, or those that a command was about, with its reason: it is published once it is signed.

    It bears the marking of its return, and so follows what is done to that and to its round.
    """
    if about not in _WAIVERS_OF:
        return
    rows = Waiver.objects.unscoped(_INDEX).order_by("pk")
    related = rows.select_related("submission__round", "submission__organisation")
    for row in related.filter(**{_WAIVERS_OF[about]: key}) if key else related:
        of = row.submission
        yield Indexed(
            kind="waiver",
            key=row.pk,
            title=f"Waiver of {f'the check {row.check_id}' if row.check_id else 'a return'}: {_title(of)}"[:200],
            text=row.reason,
            codes=f"{of.round.collection} {of.round.period}",
            changed_at=row.signed_at or row.asked_at,
            leaves=frozenset({(SEE, of.organisation_id)}),
            **_marked(of),
            compartment=of.compartment_id,
        )


def findable_taskings(about: str = "", key: UUID | None = None) -> Iterator[Indexed]:
    """Every tasking, or the one that a command was about; once it is out, found by whoever it asks."""
    if about not in ("", "collections.tasking"):
        return
    rows, asked = Tasking.objects.unscoped(_INDEX).order_by("pk"), Asked.objects.unscoped(_INDEX)
    if key:
        rows, asked = rows.filter(pk=key), asked.filter(tasking=key)
    places: dict[UUID, set[UUID]] = {}
    for tasking, place in asked.values_list("tasking", "organisation"):
        places.setdefault(tasking, set()).add(place)
    together: dict[UUID, set[UUID]] = {}
    joined = Member.objects.unscoped(_INDEX)
    for tasking, place in (joined.filter(tasking=key) if key else joined).values_list("tasking", "organisation"):
        together.setdefault(tasking, set()).add(place)
    for row in rows:
        out = places.get(row.pk, set()) if row.state != DRAFT else set()
        with_us = together.get(row.pk, set()) if row.state != DRAFT else set()
        yield Indexed(
            kind="tasking",
            key=row.pk,
            title=row.title,
            text=f"{row.purpose} {row.basis}",
            changed_at=_latest(row.closed_at, row.opened_at, row.drafted_at),
            leaves=_MAKERS | {(SEE, place) for place in out} | {(SHARE, place) for place in with_us},
            level=row.level,
            handling=row.handling,
            compartment=row.compartment_id,
        )


def _marked(row: Submission) -> dict[str, Any]:
    """The stricter of a return's own marking and its round's, as its pages bear it."""
    marking = marking_of(row)
    return {"level": int(marking.level), "handling": Truncator(marking.handling).chars(_ENTRY_HOLDS)}


def _title(row: Submission) -> str:
    return f"{row.organisation.name}: {row.round.title}, {_words(row.round.period)}"


def _words(period: str) -> str:
    return Period.parse(period).label


def _latest(*instants: datetime | None) -> datetime:
    return max(one for one in instants if one is not None)


def returns_of_waivers(*, viewer: Viewer, waivers: Collection[UUID]) -> Mapping[UUID, UUID]:
    """The return on which each waiver stands, as far as the viewer may know of it."""
    return dict(Waiver.objects.seen_by(viewer).filter(pk__in=waivers).values_list("pk", "submission"))
