"""Who is who, for a named viewer; who the viewer is; and the library's door for sign-in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import ValidationError

from vkpp.basics.identifiers import fold
from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import rules
from vkpp.records.people.models import (
    AccessReview,
    Compartment,
    Inside,
    Membership,
    Organisation,
    Person,
    ReviewLine,
    RoleHeld,
    Tie,
    in_force,
)
from vkpp.records.people.states import ACCOUNT, ACTIVE, INVITED, OPEN, REVIEW


@dataclass(frozen=True, slots=True)
class Acts:
    """What the viewer can do with a row, and for every other act why not, in the words that the server would answer."""

    allowed: tuple[str, ...]
    refused: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as the viewer may see them."""

    id: UUID
    name: str
    email: str
    state: str
    state_words: str
    acts: Acts


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role that somebody holds, with the words that its holder reads."""

    id: UUID
    role: str
    title: str
    words: str
    organisation: UUID
    organisation_name: str
    valid_from: date
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    id: UUID
    code: str
    kind: str
    name: str
    valid_from: date
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class CompartmentRow:
    id: UUID
    title: str
    purpose: str


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A yearly access review with how many of its lines wait for a decision."""

    id: UUID
    organisation: UUID
    year: int
    state_words: str
    due_on: date
    waiting: int


@dataclass(frozen=True, slots=True)
class DueReview:
    """An open review and the people who can decide it, by id."""

    id: UUID
    year: int
    due_on: date
    deciders: tuple[UUID, ...]


class SignIn(ModelBackend):
    """Local accounts: an address and a password. Only an account in use signs in; permissions come from roles alone."""

    def get_user(self, user_id: Any) -> Person | None:
        try:
            found = Person.objects.unscoped("sign-in: the session names its holder").filter(pk=user_id).first()
        except ValidationError:
            return None
        return found if found is not None and found.is_active else None

    def has_perm(self, *_: Any, **__: Any) -> bool:
        return False


def viewer_of(person: UUID, *, on: date) -> Viewer | None:
    """The person as a viewer on a day; None when the account is not in use, from the moment that it is closed."""
    why = "the viewer is being made"
    if not Person.objects.unscoped(why).filter(pk=person, state=ACTIVE).exists():
        return None
    memberships = Membership.objects.unscoped(why).filter(in_force(on), person=person)
    held = RoleHeld.objects.unscoped(why).filter(in_force(on), person=person).values_list("role", "organisation")
    inside = Inside.objects.unscoped(why).filter(in_force(on), person=person, compartment__closed_on__isnull=True)
    organisations = frozenset(memberships.values_list("organisation", flat=True))
    return Viewer(
        id=str(person),
        on=on,
        organisations=organisations,
        permits=_permits([(role, place) for role, place in held if place in organisations], on),
        compartments=frozenset(inside.values_list("compartment", flat=True)),
    )


def newcomer(person: UUID, *, on: date) -> Viewer | None:
    """The holder of an invitation, who may accept it and do nothing else; None when it is used up. The link was proved."""
    rows = Person.objects.unscoped("an invitation's link was followed").filter(pk=person, state=INVITED)
    return Viewer(id=str(person), on=on) if rows.exists() else None


def invited(address: str) -> UUID | None:
    """Whose unused invitation stands under a mail address, for the letter with its link; no page shows the answer."""
    rows = Person.objects.unscoped("an invitation's link is asked for").filter(email=address.strip().lower(), state=INVITED)
    found: UUID | None = rows.values_list("pk", flat=True).first()
    return found


def _permits(held: list[tuple[str, UUID]], on: date) -> frozenset[tuple[str, UUID | None]]:
    """A role counts only while its holder is a member there. Ties are followed one step: a region's forces, a host's guests."""
    permits: set[tuple[str, UUID | None]] = set()
    known = [(rules.roles()[role], place) for role, place in held if role in rules.roles()]
    guests = _guests_of({place for role, place in known if role.reach == "ties"}, on)
    for role, place in known:
        reached: Iterable[UUID | None] = {
            "own": [place],
            "ties": [place, *guests.get(place, ())],
            "everywhere": [None],
        }[role.reach]
        permits |= {(permission, there) for permission in role.may for there in reached}
    return frozenset(permits)


def _guests_of(places: set[UUID], on: date) -> dict[UUID, list[UUID]]:
    if not places:
        return {}
    ties = Tie.objects.unscoped("the viewer is being made").filter(in_force(on), other__in=places, kind__in=("region", "host"))
    guests: dict[UUID, list[UUID]] = {}
    for organisation, other in ties.values_list("organisation", "other"):
        guests.setdefault(other, []).append(organisation)
    return guests


def my_roles(*, viewer: Viewer) -> tuple[RoleRow, ...]:
    """What the viewer holds, in words: the page "What you can do here"."""
    held = RoleHeld.objects.seen_by(viewer).filter(in_force(viewer.on), person=viewer.id).select_related("organisation")
    return tuple(_role_row(row) for row in held.order_by("organisation__name", "role") if row.role in rules.roles())


def roles_of(*, viewer: Viewer, person: UUID) -> tuple[RoleRow, ...]:
    """What somebody holds, as far as the viewer may see it."""
    held = RoleHeld.objects.seen_by(viewer).filter(in_force(viewer.on), person=person).select_related("organisation")
    return tuple(_role_row(row) for row in held.order_by("organisation__name", "role") if row.role in rules.roles())


def _role_row(row: RoleHeld) -> RoleRow:
    role = rules.roles()[row.role]
    where = row.organisation
    return RoleRow(row.id, row.role, role.title, role.words, where.id, where.name, row.valid_from, row.ended_on)


def organisations(*, viewer: Viewer, kind: str = "", on: date | None = None) -> tuple[OrganisationRow, ...]:
    """Organisations of a kind (all without one) that exist on a day (the viewer's)."""
    found = Organisation.objects.seen_by(viewer).filter(in_force(on or viewer.on))
    rows = found.filter(kind=kind) if kind else found
    return tuple(OrganisationRow(o.id, o.code, o.kind, o.name, o.valid_from, o.ended_on) for o in rows)


def successor(*, viewer: Viewer, organisation: UUID, on: date) -> UUID:
    """Who stands for an organisation on a day: itself, or what it was merged into, step by step."""
    seen = {organisation}
    while True:
        tie = Tie.objects.seen_by(viewer).filter(in_force(on), organisation=organisation, kind="merger").first()
        if tie is None or tie.other_id in seen:
            return organisation
        organisation = tie.other_id
        seen.add(organisation)


def people(*, viewer: Viewer, organisation: UUID | None = None, search: str = "") -> tuple[PersonRow, ...]:
    """People whom the viewer may see, by name; `search` finds part of a name, folded alike on both databases."""
    found = Person.objects.seen_by(viewer)
    if organisation is not None:
        members = Membership.objects.seen_by(viewer).filter(in_force(viewer.on), organisation=organisation)
        found = found.filter(pk__in=members.values("person"))
    if search:
        found = found.filter(search_name__contains=fold(search))
    rows = list(found)
    places = _places_of(rows, viewer)
    return tuple(_person_row(row, viewer, places.get(row.pk, frozenset())) for row in rows)


def person(*, viewer: Viewer, person: UUID) -> PersonRow:
    """One person. Raises NotThere, the same whether they exist or not."""
    row = Person.objects.seen_by(viewer).filter(pk=person).first()
    if row is None:
        raise NotThere
    return _person_row(row, viewer, _places_of([row], viewer).get(row.pk, frozenset()))


def _places_of(rows: list[Person], viewer: Viewer) -> dict[UUID, frozenset[UUID]]:
    memberships = Membership.objects.seen_by(viewer).filter(in_force(viewer.on), person__in=[row.pk for row in rows])
    places: dict[UUID, set[UUID]] = {}
    for who, where in memberships.values_list("person", "organisation"):
        places.setdefault(who, set()).add(where)
    return {who: frozenset(where) for who, where in places.items()}


def _person_row(row: Person, viewer: Viewer, places: frozenset[UUID]) -> PersonRow:
    return PersonRow(row.pk, row.name, row.email or "", row.state, ACCOUNT.words[row.state], _acts_on(row, viewer, places))


def _acts_on(row: Person, viewer: Viewer, places: frozenset[UUID]) -> Acts:
    possible = tuple(act for act in ACCOUNT.acts_from(row.state) if act != "accept")
    words = rules.why_not_manage(viewer, row.pk, places)
    return Acts((), dict.fromkeys(possible, words)) if words else Acts(possible, {})


def compartments(*, viewer: Viewer) -> tuple[CompartmentRow, ...]:
    """The compartments that the viewer is in; there are no others."""
    return tuple(CompartmentRow(c.id, c.title, c.purpose) for c in Compartment.objects.seen_by(viewer).filter(closed_on=None))


def inside(*, viewer: Viewer, compartment: UUID) -> tuple[UUID, ...]:
    """Who is in a compartment, by id; nobody, when the viewer is not."""
    rows = Inside.objects.seen_by(viewer).filter(in_force(viewer.on), compartment=compartment)
    return tuple(rows.order_by("person").values_list("person", flat=True))


def reviews_due(*, before: date, on: date) -> tuple[DueReview, ...]:
    """Open reviews that are due before a day, for the service's own reminders: no page asks this, it names no viewer."""
    why = "the service reminds whoever can decide"
    rows = AccessReview.objects.unscoped(why).filter(state=OPEN, due_on__lt=before).order_by("due_on", "id")
    return tuple(DueReview(row.pk, row.year, row.due_on, _deciders(row.organisation_id, on)) for row in rows)


def _deciders(organisation: UUID, on: date) -> tuple[UUID, ...]:
    """Whoever holds a role there that manages reviews, and is still in use; each asked once whatever they hold."""
    managing = [role.code for role in rules.roles().values() if "reviews.manage" in role.may and role.reach == "own"]
    held = RoleHeld.objects.unscoped("the service reminds whoever can decide").filter(
        in_force(on), organisation=organisation, role__in=managing, person__state=ACTIVE
    )
    return tuple(held.order_by("person").values_list("person", flat=True).distinct())


def holders(*, permission: str, organisation: UUID | None, on: date) -> tuple[UUID, ...]:
    """Who holds a permission by a role in an organisation (None: in any), for the service's own letters; it names no viewer."""
    codes = [role.code for role in rules.roles().values() if permission in role.may]
    why = "the service writes to whoever can act"
    held = RoleHeld.objects.unscoped(why).filter(in_force(on), role__in=codes, person__state=ACTIVE)
    if organisation is not None:
        held = held.filter(organisation=organisation)
    working = set(Membership.objects.unscoped(why).filter(in_force(on)).values_list("person", "organisation"))
    found = {person for person, where in held.values_list("person", "organisation") if (person, where) in working}
    return tuple(sorted(found, key=str))


def areas(*, viewer: Viewer, on: date) -> Mapping[UUID, UUID]:
    """The region to which each organisation belongs on a day, by organisation; those without one are left out."""
    ties = Tie.objects.seen_by(viewer).filter(in_force(on), kind="region")
    return dict(ties.values_list("organisation", "other"))


def reviews(*, viewer: Viewer) -> tuple[ReviewRow, ...]:
    """Access reviews of the viewer's organisations, the latest first."""
    rows = list(AccessReview.objects.seen_by(viewer).order_by("-year", "organisation"))
    lines = ReviewLine.objects.seen_by(viewer).filter(review__in=[r.pk for r in rows], decision="")
    waiting: dict[UUID, int] = {}
    for review in lines.values_list("review", flat=True):
        waiting[review] = waiting.get(review, 0) + 1
    return tuple(
        ReviewRow(r.pk, r.organisation_id, r.year, REVIEW.words[r.state], r.due_on, waiting.get(r.pk, 0)) for r in rows
    )


def review_lines(*, viewer: Viewer, review: UUID) -> tuple[tuple[UUID, UUID, str], ...]:
    """The lines of one review: line, person, decision ("" while it waits)."""
    lines = ReviewLine.objects.seen_by(viewer).filter(review=review).order_by("person", "id")
    return tuple(lines.values_list("id", "person", "decision"))
