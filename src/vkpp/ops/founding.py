"""A real service founded in an empty database: its programme, the forces of the register, and its first access manager."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from vkpp.basics.problems import RefusedByRule
from vkpp.basics.working_days import LONDON
from vkpp.catalogue.forces import POLICE, Force
from vkpp.catalogue.load import load_catalogue
from vkpp.ops.serving import people as demonstration
from vkpp.records.ground.viewer import system
from vkpp.records.people import commands, queries

# The register names no first day for most forces: they were there before any return that the service takes.
_BEFORE_ANY_RETURN = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Founded:
    """The first access manager; `forces` is how many were taken from the register, 0 where the service stood already."""

    person: UUID
    forces: int


def found(*, at: datetime, programme: str, name: str, email: str) -> Founded:
    """Found the service, or find its first person still waiting under the same address, and change nothing then.

    Raises RefusedByRule in a database of invented records, and Refused where the service is founded already.
    """
    _demand_real()
    waiting = queries.first_waiting(email)
    if waiting is not None:
        return Founded(waiting, 0)
    forces = [_of_register(one) for one in load_catalogue().forces if one.kind in POLICE]
    by = system("found", at.astimezone(LONDON).date())
    person = commands.found_service(by=by, at=at, programme=programme, name=name, email=email, forces=forces)
    return Founded(person, len(forces))


def _demand_real() -> None:
    from django.conf import settings

    if settings.INVENTED or demonstration.is_demonstration():
        raise RefusedByRule(
            "This service holds invented records, and stays so for good.",
            where="the mark in its database, or VKPP_DEMO",
            expected="an empty database, with VKPP_DEMO not set",
            next_step="name another folder with VKPP_FOLDER or another database with VKPP_DATABASE",
        )


def _of_register(force: Force) -> commands.OfRegister:
    ended = force.valid_to + timedelta(days=1) if force.valid_to else None
    return commands.OfRegister(
        force.force_id, force.name, force.valid_from or _BEFORE_ANY_RETURN, force.welsh_name or "", ended
    )
