"""The service founded, organisations added, and their dated ties: region, host, merger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from vkpp.basics.problems import UsageProblem
from vkpp.records.ground.problems import Refused
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import rules
from vkpp.records.people.commands.joiners import new_person
from vkpp.records.people.commands.rows import WHY, about, day_of, locked_row, read_row
from vkpp.records.people.models import KINDS, TIES, Membership, Organisation, Person, RoleHeld, Tie
from vkpp.records.trail.commands import Done, command


@dataclass(frozen=True, slots=True)
class OfRegister:
    """A force as the register has it, for the founding: its first day, and the day from which it is no more, if any."""

    code: str
    name: str
    valid_from: date
    welsh_name: str = ""
    ended_on: date | None = None


@command("people.service.found")
def found_service(
    *, by: Viewer, at: datetime, programme: str, name: str, email: str, forces: Sequence[OfRegister] = ()
) -> Done[UUID]:
    """The first act of all: the programme, the forces of the register, and the first access manager, who invites a second.

    Gives that person's id. Raises Refused once anybody or any organisation is there, UsageProblem on empty words.
    """
    if not programme.strip() or not name.strip() or not _is_address(email):
        raise UsageProblem("The founding needs the programme's name, and a person's name and mail address.")
    if Person.objects.unscoped(WHY).exists():
        raise _founded()
    where = Organisation(code="programme", kind="programme", name=programme.strip(), valid_from=day_of(at))
    try:
        with transaction.atomic():
            where.save()
    except IntegrityError as problem:  # of two at the same moment the second finds the programme there
        raise _founded() from problem
    for one in forces:
        Organisation(kind="force", **asdict(one)).save()
    row = new_person(name, email.strip().lower(), at)
    Membership(person=row, organisation=where, valid_from=day_of(at)).save()
    for role in ("member", "national_access_manager"):
        RoleHeld(person=row, organisation=where, role=role, valid_from=day_of(at)).save()
    return Done(about(row), row.pk, {"organisation": str(where.pk), "forces": len(forces)})


def _is_address(text: str) -> bool:
    try:
        validate_email(text.strip())
    except ValidationError:
        return False
    return True


def _founded() -> Refused:
    return Refused("The service is founded already.", next_step="ask a national access manager for an invitation")


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
    return Done(about(row), row.pk, {"code": code, "kind": kind, "from": valid_from.isoformat()})


# Which kinds of organisation a tie joins, from the one that has it to the one that it names. A merger joins two of a kind.
FITS = {
    "region": (("force",), ("region",), "a force belongs to a region"),
    "host": (("force", "region", "programme", "partner", "panel"), ("force",), "the host of an organisation is a force"),
}


def _demand_fits(first: Organisation, kind: str, second: Organisation, valid_from: date) -> None:
    if kind not in dict(TIES):
        known = ", ".join(name for name, _ in TIES)
        raise UsageProblem(f"{kind!r} is no kind of tie.", expected=f"one of {known}", next_step="choose one of them")
    if first.pk == second.pk:
        raise Refused("An organisation cannot be tied to itself.")
    own, others, words = FITS.get(kind, ((first.kind,), (first.kind,), "two organisations merge that are of one kind"))
    if first.kind not in own or second.kind not in others:
        one, other = (f"{row.name} ({dict(KINDS)[row.kind].lower()})" for row in (first, second))
        raise Refused(
            f"{one} cannot be tied so to {other}: {words}.",
            next_step="choose another organisation, or another tie",
        )
    if second.ended_on is not None and second.ended_on <= valid_from:
        raise Refused(
            f"{second.name} ended on {second.ended_on:%-d %B %Y}, before the tie would begin.",
            next_step="choose the organisation that followed it, or an earlier day",
        )


@command("people.organisation.tie")
def tie_organisations(*, by: Viewer, at: datetime, organisation: UUID, kind: str, other: UUID, valid_from: date) -> Done[UUID]:
    """Record a region, a host or a merger from a day on. An earlier one of the kind ends; a merger ends the organisation."""
    rules.demand(by, "organisations.manage")
    first, second = locked_row(Organisation, organisation), read_row(Organisation, other)
    _demand_fits(first, kind, second, valid_from)
    earlier = Tie.objects.unscoped(WHY).filter(organisation=first, kind=kind, ended_on__isnull=True).first()
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
    return Done(about(first), row.pk, {"kind": kind, "other": str(other), "from": valid_from.isoformat()})
