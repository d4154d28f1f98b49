"""The service founded, organisations added, and their dated ties: region, host, merger."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from vkpp.records.ground.problems import Refused
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import rules
from vkpp.records.people.commands.joiners import new_person
from vkpp.records.people.commands.rows import WHY, about, day_of, locked_row, read_row
from vkpp.records.people.models import Membership, Organisation, Person, RoleHeld, Tie
from vkpp.records.trail.commands import Done, command


@command("people.service.found")
def found_service(*, by: Viewer, at: datetime, programme: str, name: str, email: str) -> Done[UUID]:
    """The first act of all: the programme and its first access manager, who invites a second. Refused once anybody is there."""
    if Person.objects.unscoped(WHY).exists():
        raise Refused("The service is founded already.", next_step="ask a national access manager for an invitation")
    where = Organisation(code="programme", kind="programme", name=programme, valid_from=day_of(at))
    where.save()
    row = new_person(name, email.strip().lower(), at)
    Membership(person=row, organisation=where, valid_from=day_of(at)).save()
    for role in ("member", "national_access_manager"):
        RoleHeld(person=row, organisation=where, role=role, valid_from=day_of(at)).save()
    return Done(about(row), row.pk, {"organisation": str(where.pk)})


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


@command("people.organisation.tie")
def tie_organisations(*, by: Viewer, at: datetime, organisation: UUID, kind: str, other: UUID, valid_from: date) -> Done[UUID]:
    """Record a region, a host or a merger from a day on. An earlier one of the kind ends; a merger ends the organisation."""
    rules.demand(by, "organisations.manage")
    first, second = locked_row(Organisation, organisation), read_row(Organisation, other)
    if first.pk == second.pk:
        raise Refused("An organisation cannot be tied to itself.")
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
