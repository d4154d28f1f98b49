"""People and their roles, as far as a viewer may see them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from vkpp.basics.identifiers import fold
from vkpp.records.ground.problems import NotThere
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import rules
from vkpp.records.people.models import Membership, Person, RoleHeld, in_force
from vkpp.records.people.states import ACCOUNT, ACTIVE


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


def my_roles(*, viewer: Viewer) -> tuple[RoleRow, ...]:
    """What the viewer holds, in words: the page "What you can do here"."""
    held = RoleHeld.objects.seen_by(viewer).filter(in_force(viewer.on), person=viewer.id).select_related("organisation")
    return tuple(_role_row(row) for row in held.order_by("organisation__name", "role") if row.role in rules.roles())


def roles_of(*, viewer: Viewer, person: UUID) -> tuple[RoleRow, ...]:
    """What somebody holds, as far as the viewer may see it."""
    held = RoleHeld.objects.seen_by(viewer).filter(in_force(viewer.on), person=person).select_related("organisation")
    return tuple(_role_row(row) for row in held.order_by("organisation__name", "role") if row.role in rules.roles())


def by_address(*, viewer: Viewer, email: str) -> UUID | None:
    """Whose mail address this is, of the people whom the viewer may see."""
    found: UUID | None = Person.objects.seen_by(viewer).filter(email=email.strip().lower()).values_list("pk", flat=True).first()
    return found


def names_for_audit(*, viewer: Viewer, people: Collection[str]) -> Mapping[str, str]:
    """Names by id of people who stand on the trail, for whoever reads it; those whose name was purged are left out."""
    rules.demand(viewer, "trail.read")
    rows = Person.objects.unscoped("an auditor reads who opened a record").filter(pk__in=people).exclude(name="")
    return {str(key): name for key, name in rows.values_list("pk", "name")}


def held_alone(*, viewer: Viewer, person: UUID) -> tuple[RoleRow, ...]:
    """Which of somebody's roles nobody else holds in the same organisation: what would lie still if they left."""
    mine = roles_of(viewer=viewer, person=person)
    others = RoleHeld.objects.seen_by(viewer).filter(in_force(viewer.on), organisation__in={row.organisation for row in mine})
    shared = set(others.exclude(person=person).filter(person__state=ACTIVE).values_list("organisation", "role"))
    return tuple(row for row in mine if row.role != "member" and (row.organisation, row.role) not in shared)


def _role_row(row: RoleHeld) -> RoleRow:
    role = rules.roles()[row.role]
    where = row.organisation
    return RoleRow(row.id, row.role, role.title, role.words, where.id, where.name, row.valid_from, row.ended_on)


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
