"""Who the viewer is; the library's door for sign-in; and who holds what, for the service's own letters."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import ValidationError

from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import rules
from vkpp.records.people.models import Inside, Membership, Person, RoleHeld, Tie, in_force
from vkpp.records.people.states import ACTIVE, INVITED

_CAN_ACT = "the service says and writes to who can act"


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


def first_waiting(address: str) -> UUID | None:
    """Who founded the service under this address, while nobody else is there and the invitation is not taken up."""
    rows = Person.objects.unscoped("the founding is asked for again")
    found: UUID | None = invited(address) if rows.count() == 1 else None
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


def places_held(*, permission: str, on: date, compartment: UUID | None = None) -> frozenset[UUID]:
    """The organisations in which somebody holds a permission by a role there; with a compartment, somebody who is in it.

    It names no viewer and nobody: that nobody can sign is told to whoever waits for the signature.
    """
    narrow: dict[str, Any] = {}
    if compartment is not None:
        inside = Inside.objects.unscoped(_CAN_ACT).filter(in_force(on), compartment__closed_on__isnull=True)
        narrow["person__in"] = inside.filter(compartment=compartment).values("person")
    return frozenset(where for _, where in _held(permission, on, **narrow))


def holders(*, permission: str, organisation: UUID | None, on: date) -> tuple[UUID, ...]:
    """Who holds a permission by a role in an organisation (None: in any), for the service's own letters; it names no viewer."""
    narrow = {} if organisation is None else {"organisation": organisation}
    return tuple(sorted({person for person, _ in _held(permission, on, **narrow)}, key=str))


def _held(permission: str, on: date, **narrow: Any) -> list[tuple[UUID, UUID]]:
    """(person, organisation): who holds a permission by a role and works there."""
    codes = [role.code for role in rules.roles().values() if permission in role.may]
    held = RoleHeld.objects.unscoped(_CAN_ACT).filter(in_force(on), role__in=codes, person__state=ACTIVE, **narrow)
    working = set(Membership.objects.unscoped(_CAN_ACT).filter(in_force(on)).values_list("person", "organisation"))
    return [(person, where) for person, where in held.values_list("person", "organisation") if (person, where) in working]
