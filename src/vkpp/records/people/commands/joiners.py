"""Joiners, movers and leavers, their accounts and their roles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from vkpp.basics.identifiers import fold
from vkpp.basics.problems import UsageProblem
from vkpp.records.ground.problems import NotThere, Refused
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import rules
from vkpp.records.people.commands.rows import WHY, about, day_of, end_rows, locked_row, managed, places_of, read_row
from vkpp.records.people.models import Inside, Membership, Organisation, Person, RoleHeld
from vkpp.records.people.states import ACCOUNT, LEFT
from vkpp.records.trail.commands import Done, command


def new_person(name: str, address: str, at: datetime) -> Person:
    row = Person(name=name.strip(), search_name=fold(name), email=address, joined_on=day_of(at))
    row.state = ACCOUNT.after("", "invite")
    row.set_unusable_password()
    row.save()
    return row


@command("people.invite")
def invite(
    *, by: Viewer, at: datetime, organisation: UUID, name: str, email: str, roles: Sequence[str] = ("member",)
) -> Done[UUID]:
    """A joiner: an account where there is none under the address, a membership and roles. Gives the person's id.

    Whether the address already had an account elsewhere is not told: it would be an answer about somebody else's staff.
    """
    where = read_row(Organisation, organisation)
    rules.demand(by, "people.manage", where.pk)
    address = email.strip().lower()
    if not name.strip() or "@" not in address:
        raise UsageProblem("An invitation needs a name and a mail address.")
    row = _known(address) or _new_or_known(name, address, at)
    rules.demand_not_oneself(by, row.pk)
    _join(row, where, roles, by, day_of(at))
    return Done(about(row), row.pk, {"organisation": str(where.pk), "roles": list(roles)})


def _known(address: str) -> Person | None:
    found: Person | None = Person.objects.unscoped(WHY).select_for_update(no_key=True).filter(email=address).first()
    return found


def _new_or_known(name: str, address: str, at: datetime) -> Person:
    """A new account, or the one that somebody else's invitation made for the address at this very moment."""
    try:
        with transaction.atomic():
            return new_person(name, address, at)
    except IntegrityError:
        found = _known(address)
        if found is None:
            raise
        return found


def _join(person: Person, where: Organisation, roles: Sequence[str], by: Viewer, on: date) -> None:
    open_rows = Membership.objects.unscoped(WHY).filter(person=person, organisation=where, ended_on__isnull=True)
    if not open_rows.exists():
        Membership(person=person, organisation=where, valid_from=on).save()
    for role in roles:
        _give(person, where, role, by, on)


def _give(person: Person, where: Organisation, role: str, by: Viewer, on: date) -> None:
    rules.demand_role_fits(role, where.kind, granter=by)
    held = RoleHeld.objects.unscoped(WHY).filter(person=person, organisation=where, role=role, ended_on__isnull=True)
    if not held.exists():
        RoleHeld(person=person, organisation=where, role=role, valid_from=on).save()


@command("people.accept")
def accept(*, by: Viewer, at: datetime, password: str) -> Done[None]:
    """The invited holder takes the account into use and sets its password. `by` is queries.newcomer of that person."""
    row = locked_row(Person, UUID(by.id))
    row.state = ACCOUNT.after(row.state, "accept")
    _take_password(row, password)
    return Done(about(row), None)


def _take_password(row: Person, password: str) -> None:
    try:
        validate_password(password, row)
    except ValidationError as problem:
        raise UsageProblem(" ".join(problem.messages), next_step="choose another password") from problem
    row.set_password(password)
    row.save()


@command("people.password.set")
def set_password(*, by: Viewer, at: datetime, password: str) -> Done[None]:
    """The holder changes the password of an account in use."""
    row = locked_row(Person, UUID(by.id))
    rules.demand_in_use(row.state)
    _take_password(row, password)
    return Done(about(row), None)


@command("people.signed_in")
def note_signed_in(*, by: Viewer, at: datetime, ways: Sequence[str]) -> Done[None]:
    """Somebody signed in, and in which ways they proved who they are: the trail says it, no row does."""
    row = read_row(Person, UUID(by.id))
    rules.demand_in_use(row.state)
    return Done(about(row), None, {"ways": list(ways)})


@command("people.suspend")
def suspend(*, by: Viewer, at: datetime, person: UUID) -> Done[None]:
    """Close an account for the time being; its holder's sessions end with their next page."""
    return _change_state(by, at, person, "suspend")


@command("people.reinstate")
def reinstate(*, by: Viewer, at: datetime, person: UUID) -> Done[None]:
    """Open a suspended account again, with what its holder held."""
    return _change_state(by, at, person, "reinstate")


def _change_state(by: Viewer, at: datetime, person: UUID, act: str) -> Done[None]:
    row = managed(by, person, day_of(at))
    before, row.state = row.state, ACCOUNT.after(row.state, act)
    row.save()
    return Done(about(row), None, {"was": before, "is": row.state})


@command("people.second_factor.reset")
def note_second_factor_reset(*, by: Viewer, at: datetime, person: UUID) -> Done[None]:
    """Whoever manages the account lets its holder set up a second factor anew; the caller takes the earlier ones away."""
    row = managed(by, person, day_of(at))
    rules.demand_in_use(row.state)
    return Done(about(row), None)


@command("people.move")
def move(*, by: Viewer, at: datetime, person: UUID, origin: UUID, target: UUID) -> Done[None]:
    """A mover: every role and compartment ends, the membership passes on, and the new place gives roles anew."""
    row = managed(by, person, day_of(at))
    for place in (origin, target):
        rules.demand(by, "people.manage", place)
    if origin not in places_of(person, day_of(at)):
        raise NotThere
    if origin == target:
        raise Refused("They work there already, and would lose their roles.", next_step="choose where they move to")
    ended = _take_away(row, origin, day_of(at))
    _join(row, read_row(Organisation, target), ("member",), by, day_of(at))
    return Done(about(row), None, {"from": str(origin), "to": str(target), "ended": ended})


@command("people.leave")
def leave(*, by: Viewer, at: datetime, person: UUID, organisation: UUID) -> Done[bool]:
    """A leaver of one organisation. With the last membership the account closes; gives whether it did."""
    row = managed(by, person, day_of(at))
    rules.demand(by, "people.manage", organisation)
    if organisation not in places_of(person, day_of(at)):
        raise NotThere
    ended = _take_away(row, organisation, day_of(at))
    closed = not places_of(person, day_of(at))
    if closed:
        row.state, row.left_on, row.email = ACCOUNT.after(row.state, "leave"), day_of(at), None
        row.set_unusable_password()
        row.save()
    return Done(about(row), closed, {"organisation": str(organisation), "ended": ended, "closed": closed})


def _take_away(row: Person, organisation: UUID, on: date) -> int:
    """End the membership and roles there, and every compartment: whoever keeps one admits again.

    Gives how many ended, compartments not counted: the number stands on the trail and would tell that there are some.
    """
    end_rows(Inside.objects.unscoped(WHY).filter(person=row), on)
    held = [model.objects.unscoped(WHY).filter(person=row, organisation=organisation) for model in (Membership, RoleHeld)]
    return sum(end_rows(rows, on) for rows in held)


@command("people.role.give")
def give_role(*, by: Viewer, at: datetime, person: UUID, organisation: UUID, role: str) -> Done[None]:
    """Give a member of an organisation a role there."""
    row = managed(by, person, day_of(at))
    rules.demand(by, "people.manage", organisation)
    if row.state == LEFT or organisation not in places_of(person, day_of(at)):
        raise Refused("Roles are held by members of the organisation only.", next_step="invite them there first")
    _give(row, read_row(Organisation, organisation), role, by, day_of(at))
    return Done(about(row), None, {"organisation": str(organisation), "role": role})


@command("people.role.withdraw")
def withdraw_role(*, by: Viewer, at: datetime, held: UUID) -> Done[None]:
    """Take a role away; it counts no longer from this moment."""
    row = read_row(RoleHeld, held)
    person = managed(by, row.person_id, day_of(at))
    rules.demand(by, "people.manage", row.organisation_id)
    end_rows(RoleHeld.objects.unscoped(WHY).filter(pk=row.pk), day_of(at))
    return Done(about(person), None, {"organisation": str(row.organisation_id), "role": row.role})
