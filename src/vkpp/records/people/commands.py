"""What changes people: joiners, movers, leavers, roles, compartments, organisations, the yearly review.

Locks are taken in one order, so that two commands never wait for each other: review, line; compartment; person; nothing after.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from vkpp.basics.identifiers import fold
from vkpp.basics.problems import UsageProblem
from vkpp.basics.working_days import LONDON
from vkpp.records.ground.problems import NotThere, Refused
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
from vkpp.records.people.states import ACCOUNT, LEFT, REVIEW
from vkpp.records.trail.commands import Done, command
from vkpp.records.trail.rules import reference

_WHY = "a command reads the rows that it changes"


def _day(at: datetime) -> date:
    """The civil date in London, by which the organisation works."""
    return at.astimezone(LONDON).date()


def _about(row: Any) -> str:
    return reference(row._meta.label_lower, row.pk)


def _locked(model: type[Any], key: UUID) -> Any:
    """The row, locked to the end of the transaction. Raises NotThere when there is none."""
    return _first(model.objects.unscoped(_WHY).select_for_update(no_key=True).filter(pk=key))


def _read(model: type[Any], key: UUID) -> Any:
    """The row as it stands, not locked. Raises NotThere when there is none."""
    return _first(model.objects.unscoped(_WHY).filter(pk=key))


def _first(rows: Any) -> Any:
    row = rows.first()
    if row is None:
        raise NotThere
    return row


def _places(person: UUID, on: date) -> frozenset[UUID]:
    rows = Membership.objects.unscoped(_WHY).filter(in_force(on), person=person)
    return frozenset(rows.values_list("organisation", flat=True))


def _managed(by: Viewer, person: UUID, on: date) -> Person:
    """The person, locked, when `by` manages them; NotThere when `by` may not know of them."""
    row: Person = _locked(Person, person)
    if not Person.objects.seen_by(by).filter(pk=person).exists():
        raise NotThere
    rules.demand_manages(by, person, _places(person, on))
    return row


def _end(rows: Any, on: date) -> int:
    return int(rows.filter(ended_on__isnull=True).update(ended_on=on))


# Organisations


@command("people.service.found")
def found_service(*, by: Viewer, at: datetime, programme: str, name: str, email: str) -> Done[UUID]:
    """The first act of all: the programme and its first access manager, who invites a second. Refused once anybody is there."""
    if Person.objects.unscoped(_WHY).exists():
        raise Refused("The service is founded already.", next_step="ask a national access manager for an invitation")
    where = Organisation(code="programme", kind="programme", name=programme, valid_from=_day(at))
    where.save()
    row = _new_person(name, email.strip().lower(), at)
    Membership(person=row, organisation=where, valid_from=_day(at)).save()
    for role in ("member", "national_access_manager"):
        RoleHeld(person=row, organisation=where, role=role, valid_from=_day(at)).save()
    return Done(_about(row), row.pk, {"organisation": str(where.pk)})


def _new_person(name: str, address: str, at: datetime) -> Person:
    row = Person(name=name.strip(), search_name=fold(name), email=address, joined_on=_day(at))
    row.state = ACCOUNT.after("", "invite")
    row.set_unusable_password()
    row.save()
    return row


@command("people.organisation.found")
def found_organisation(
    *, by: Viewer, at: datetime, code: str, kind: str, name: str, valid_from: date, welsh_name: str = ""
) -> Done[UUID]:
    """Add an organisation. Gives its id."""
    rules.demand(by, "organisations.manage")
    if Organisation.objects.seen_by(by).filter(code=code).exists():
        raise Refused(f"There is an organisation with the code {code} already.", next_step="choose another code")
    row = Organisation(code=code, kind=kind, name=name, welsh_name=welsh_name, valid_from=valid_from)
    row.save()
    return Done(_about(row), row.pk, {"code": code, "kind": kind, "from": valid_from.isoformat()})


@command("people.organisation.tie")
def tie_organisations(*, by: Viewer, at: datetime, organisation: UUID, kind: str, other: UUID, valid_from: date) -> Done[UUID]:
    """Record a region, a host or a merger from a day on. An earlier one of the kind ends; a merger ends the organisation."""
    rules.demand(by, "organisations.manage")
    first, second = _locked(Organisation, organisation), _read(Organisation, other)
    if first.pk == second.pk:
        raise Refused("An organisation can not be tied to itself.")
    earlier = Tie.objects.unscoped(_WHY).filter(organisation=first, kind=kind, ended_on__isnull=True).first()
    if earlier is not None:
        rules.demand_order(earlier.valid_from, valid_from, "The earlier tie")
        earlier.ended_on = valid_from
        earlier.save()
    if kind == "merger":
        rules.demand_order(first.valid_from, valid_from, "The organisation")
        first.ended_on = valid_from
        first.save()
    row = Tie(organisation=first, kind=kind, other=second, valid_from=valid_from)
    row.save()
    return Done(_about(first), row.pk, {"kind": kind, "other": str(other), "from": valid_from.isoformat()})


# Joiners, movers, leavers


@command("people.invite")
def invite(
    *, by: Viewer, at: datetime, organisation: UUID, name: str, email: str, roles: Sequence[str] = ("member",)
) -> Done[UUID]:
    """A joiner: an account where there is none under the address, a membership and roles. Gives the person's id.

    Whether the address already had an account elsewhere is not told: it would be an answer about somebody else's staff.
    """
    where = _read(Organisation, organisation)
    rules.demand(by, "people.manage", where.pk)
    address = email.strip().lower()
    if not name.strip() or "@" not in address:
        raise UsageProblem("An invitation needs a name and a mail address.")
    row = _known(address) or _new_or_known(name, address, at)
    rules.demand_not_oneself(by, row.pk)
    _join(row, where, roles, by, _day(at))
    return Done(_about(row), row.pk, {"organisation": str(where.pk), "roles": list(roles)})


def _known(address: str) -> Person | None:
    found: Person | None = Person.objects.unscoped(_WHY).select_for_update(no_key=True).filter(email=address).first()
    return found


def _new_or_known(name: str, address: str, at: datetime) -> Person:
    """A new account, or the one that somebody else's invitation made for the address at this very moment."""
    try:
        with transaction.atomic():
            return _new_person(name, address, at)
    except IntegrityError:
        found = _known(address)
        if found is None:
            raise
        return found


def _join(person: Person, where: Organisation, roles: Sequence[str], by: Viewer, on: date) -> None:
    open_rows = Membership.objects.unscoped(_WHY).filter(person=person, organisation=where, ended_on__isnull=True)
    if not open_rows.exists():
        Membership(person=person, organisation=where, valid_from=on).save()
    for role in roles:
        _give(person, where, role, by, on)


def _give(person: Person, where: Organisation, role: str, by: Viewer, on: date) -> None:
    rules.demand_role_fits(role, where.kind, granter=by)
    held = RoleHeld.objects.unscoped(_WHY).filter(person=person, organisation=where, role=role, ended_on__isnull=True)
    if not held.exists():
        RoleHeld(person=person, organisation=where, role=role, valid_from=on).save()


@command("people.accept")
def accept(*, by: Viewer, at: datetime, password: str) -> Done[None]:
    """The invited holder takes the account into use and sets its password. `by` is queries.newcomer of that person."""
    row = _locked(Person, UUID(by.id))
    row.state = ACCOUNT.after(row.state, "accept")
    _take_password(row, password)
    return Done(_about(row), None)


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
    row = _locked(Person, UUID(by.id))
    rules.demand_in_use(row.state)
    _take_password(row, password)
    return Done(_about(row), None)


@command("people.signed_in")
def note_signed_in(*, by: Viewer, at: datetime, ways: Sequence[str]) -> Done[None]:
    """Somebody signed in, and in which ways they proved who they are: the trail says it, no row does."""
    row = _read(Person, UUID(by.id))
    rules.demand_in_use(row.state)
    return Done(_about(row), None, {"ways": list(ways)})


@command("people.suspend")
def suspend(*, by: Viewer, at: datetime, person: UUID) -> Done[None]:
    """Close an account for the time being; its holder's sessions end with their next page."""
    return _change_state(by, at, person, "suspend")


@command("people.reinstate")
def reinstate(*, by: Viewer, at: datetime, person: UUID) -> Done[None]:
    """Open a suspended account again, with what its holder held."""
    return _change_state(by, at, person, "reinstate")


def _change_state(by: Viewer, at: datetime, person: UUID, act: str) -> Done[None]:
    row = _managed(by, person, _day(at))
    before, row.state = row.state, ACCOUNT.after(row.state, act)
    row.save()
    return Done(_about(row), None, {"was": before, "is": row.state})


@command("people.second_factor.reset")
def note_second_factor_reset(*, by: Viewer, at: datetime, person: UUID) -> Done[None]:
    """Whoever manages the account lets its holder set up a second factor anew; the caller takes the earlier ones away."""
    row = _managed(by, person, _day(at))
    rules.demand_in_use(row.state)
    return Done(_about(row), None)


@command("people.move")
def move(*, by: Viewer, at: datetime, person: UUID, origin: UUID, target: UUID) -> Done[None]:
    """A mover: every role and compartment ends, the membership passes on, and the new place gives roles anew."""
    row = _managed(by, person, _day(at))
    for place in (origin, target):
        rules.demand(by, "people.manage", place)
    if origin not in _places(person, _day(at)):
        raise NotThere
    ended = _take_away(row, origin, _day(at))
    _join(row, _read(Organisation, target), ("member",), by, _day(at))
    return Done(_about(row), None, {"from": str(origin), "to": str(target), "ended": ended})


@command("people.leave")
def leave(*, by: Viewer, at: datetime, person: UUID, organisation: UUID) -> Done[bool]:
    """A leaver of one organisation. With the last membership the account closes; gives whether it did."""
    row = _managed(by, person, _day(at))
    rules.demand(by, "people.manage", organisation)
    if organisation not in _places(person, _day(at)):
        raise NotThere
    ended = _take_away(row, organisation, _day(at))
    closed = not _places(person, _day(at))
    if closed:
        row.state, row.left_on, row.email = ACCOUNT.after(row.state, "leave"), _day(at), None
        row.set_unusable_password()
        row.save()
    return Done(_about(row), closed, {"organisation": str(organisation), "ended": ended, "closed": closed})


def _take_away(row: Person, organisation: UUID, on: date) -> int:
    """End the membership and roles there, and every compartment: whoever keeps one admits again.

    Gives how many ended, compartments not counted: the number stands on the trail and would tell that there are some.
    """
    _end(Inside.objects.unscoped(_WHY).filter(person=row), on)
    held = [model.objects.unscoped(_WHY).filter(person=row, organisation=organisation) for model in (Membership, RoleHeld)]
    return sum(_end(rows, on) for rows in held)


# Roles


@command("people.role.give")
def give_role(*, by: Viewer, at: datetime, person: UUID, organisation: UUID, role: str) -> Done[None]:
    """Give a member of an organisation a role there."""
    row = _managed(by, person, _day(at))
    rules.demand(by, "people.manage", organisation)
    if row.state == LEFT or organisation not in _places(person, _day(at)):
        raise Refused("Roles are held by members of the organisation only.", next_step="invite them there first")
    _give(row, _read(Organisation, organisation), role, by, _day(at))
    return Done(_about(row), None, {"organisation": str(organisation), "role": role})


@command("people.role.withdraw")
def withdraw_role(*, by: Viewer, at: datetime, held: UUID) -> Done[None]:
    """Take a role away; it counts no longer from this moment."""
    row = _read(RoleHeld, held)
    person = _managed(by, row.person_id, _day(at))
    rules.demand(by, "people.manage", row.organisation_id)
    _end(RoleHeld.objects.unscoped(_WHY).filter(pk=row.pk), _day(at))
    return Done(_about(person), None, {"organisation": str(row.organisation_id), "role": row.role})


# Compartments


@command("people.compartment.open")
def open_compartment(*, by: Viewer, at: datetime, title: str, purpose: str) -> Done[UUID]:
    """Open a compartment with oneself in it. Gives its id."""
    rules.demand(by, "compartments.manage")
    if not title.strip() or not purpose.strip():
        raise UsageProblem("A compartment needs a title and the purpose that justifies it.")
    row = Compartment(title=title.strip(), purpose=purpose.strip(), opened_on=_day(at))
    row.save()
    Inside(compartment=row, person=_locked(Person, UUID(by.id)), valid_from=_day(at)).save()
    return Done(_about(row), row.pk)


def _own_compartment(by: Viewer, key: UUID) -> Compartment:
    """The compartment, locked; NotThere for whoever is not in it, keeper or not."""
    if key not in by.compartments:
        raise NotThere
    rules.demand(by, "compartments.manage")
    row: Compartment = _locked(Compartment, key)
    if row.closed_on is not None:
        raise Refused("This compartment is closed.")
    return row


@command("people.compartment.admit")
def admit(*, by: Viewer, at: datetime, compartment: UUID, person: UUID) -> Done[None]:
    """Let somebody into a compartment."""
    row, newcomer = _own_compartment(by, compartment), _locked(Person, person)
    if newcomer.state == LEFT:
        raise Refused("This account is closed.")
    if not Inside.objects.unscoped(_WHY).filter(compartment=row, person=newcomer, ended_on__isnull=True).exists():
        Inside(compartment=row, person=newcomer, valid_from=_day(at)).save()
    return Done(_about(row), None, {"person": str(person)})


@command("people.compartment.dismiss")
def dismiss(*, by: Viewer, at: datetime, compartment: UUID, person: UUID) -> Done[None]:
    """Take somebody out of a compartment; from their next page on it does not exist for them."""
    row = _own_compartment(by, compartment)
    if not _end(Inside.objects.unscoped(_WHY).filter(compartment=row, person=person), _day(at)):
        raise NotThere
    return Done(_about(row), None, {"person": str(person)})


@command("people.compartment.close")
def close_compartment(*, by: Viewer, at: datetime, compartment: UUID) -> Done[None]:
    """Close a compartment for good: nobody is in it any more."""
    row = _own_compartment(by, compartment)
    row.closed_on = _day(at)
    row.save()
    ended = _end(Inside.objects.unscoped(_WHY).filter(compartment=row), _day(at))
    return Done(_about(row), None, {"ended": ended})


# The yearly review


@command("people.review.open")
def open_review(*, by: Viewer, at: datetime, organisation: UUID, year: int, due_on: date) -> Done[UUID]:
    """Open the year's review of an organisation, one line for every role held there today. Gives its id."""
    where = _locked(Organisation, organisation)
    rules.demand(by, "reviews.manage", where.pk)
    if AccessReview.objects.unscoped(_WHY).filter(organisation=where, year=year).exists():
        raise Refused(f"The review of {year} is open or done already.", next_step="open it from the list")
    row = AccessReview(organisation=where, year=year, state=REVIEW.after("", "open"), opened_on=_day(at), due_on=due_on)
    row.save()
    held = list(RoleHeld.objects.unscoped(_WHY).filter(in_force(_day(at)), organisation=where))
    for role in held:
        ReviewLine(review=row, held=role, person_id=role.person_id).save()
    return Done(_about(row), row.pk, {"year": year, "lines": len(held)})


@command("people.review.decide")
def decide(*, by: Viewer, at: datetime, line: UUID, keep: bool) -> Done[None]:
    """Confirm a role or mark it to be taken away. Nobody decides on themselves."""
    review = _reviewable(by, _read(ReviewLine, line).review_id, "decide")
    row = _locked(ReviewLine, line)
    rules.demand_not_oneself(by, row.person_id)
    row.decision, row.decided_by_id = "keep" if keep else "remove", UUID(by.id)
    row.save()
    return Done(_about(review), None, {"line": str(line), "decision": row.decision})


@command("people.review.close")
def close_review(*, by: Viewer, at: datetime, review: UUID) -> Done[int]:
    """Close a review whose every line is decided, and take away what was marked. Gives how many roles were."""
    row = _reviewable(by, review, "close")
    lines = ReviewLine.objects.unscoped(_WHY).filter(review=row)
    rules.demand_all_decided(lines.filter(decision="").count())
    marked = [key for key in lines.filter(decision="remove").values_list("held", flat=True) if key]
    removed = _end(RoleHeld.objects.unscoped(_WHY).filter(pk__in=marked), _day(at))
    row.state, row.closed_on = REVIEW.after(row.state, "close"), _day(at)
    row.save()
    lines.update(closed_on=_day(at))
    return Done(_about(row), removed, {"removed": removed})


def _reviewable(by: Viewer, review: UUID, act: str) -> AccessReview:
    row: AccessReview = _locked(AccessReview, review)
    if not AccessReview.objects.seen_by(by).filter(pk=review).exists():
        raise NotThere
    REVIEW.after(row.state, act)
    return row
