"""A small invented nation for tests: a programme, two forces, a region, and a person for each thing that can be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from vkpp.records.ground.viewer import Viewer, system
from vkpp.records.people import commands, queries

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = AT.date()
PASSWORD = "correct horse battery staple"  # noqa: S105  of invented people


@dataclass(frozen=True)
class Nation:
    """Ids of organisations and people."""

    programme: UUID
    eastmere: UUID
    westholt: UUID
    region: UUID
    chief: UUID  # national access manager
    second: UUID  # national access manager too, and auditor
    keeper: UUID
    east: UUID  # access manager of Eastmere
    analyst: UUID  # member of Eastmere
    west: UUID  # access manager of Westholt
    coordinator: UUID


def viewer(person: UUID, on: date = DAY) -> Viewer:
    found = queries.viewer_of(person, on=on)
    assert found is not None
    return found


def use(person: UUID) -> UUID:
    """Accept an invitation, so that the account is in use."""
    newcomer = queries.newcomer(person, on=DAY)
    assert newcomer is not None
    commands.accept(by=newcomer, at=AT, password=PASSWORD)
    return person


def join(by: UUID, organisation: UUID, name: str, *roles: str) -> UUID:
    address = name.lower().replace(" ", ".") + "@example.invalid"
    person = commands.invite(
        by=viewer(by), at=AT, organisation=organisation, name=name, email=address, roles=("member", *roles)
    )
    return use(person)


def found_nation() -> Nation:
    """Everything by commands, as the service itself would."""
    by = system("found", DAY)
    chief = commands.found_service(by=by, at=AT, programme="Programme", name="Ada Chief", email="Ada@example.invalid")
    use(chief)
    (programme,) = viewer(chief).organisations
    made = {
        code: commands.found_organisation(
            by=viewer(chief), at=AT, code=code, kind=kind, name=code.title(), valid_from=date(2020, 1, 1)
        )
        for code, kind in (("eastmere", "force"), ("westholt", "force"), ("midmoor", "region"))
    }
    for force in ("eastmere", "westholt"):
        commands.tie_organisations(
            by=viewer(chief), at=AT, organisation=made[force], kind="region", other=made["midmoor"], valid_from=date(2020, 1, 1)
        )
    return Nation(
        programme=programme,
        eastmere=made["eastmere"],
        westholt=made["westholt"],
        region=made["midmoor"],
        chief=chief,
        second=join(chief, programme, "Bo Second", "national_access_manager", "auditor"),
        keeper=join(chief, programme, "Cy Keeper", "compartment_keeper"),
        east=join(chief, made["eastmere"], "Di East", "access_manager"),
        analyst=join(chief, made["eastmere"], "Élodie Analyst"),
        west=join(chief, made["westholt"], "Fay West", "access_manager"),
        coordinator=join(chief, made["midmoor"], "Gus Coordinator", "regional_coordinator"),
    )
