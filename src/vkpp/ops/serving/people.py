"""The people of the demonstration: an invented programme, region and forces, and one account of every role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from vkpp.basics.working_days import LONDON
from vkpp.catalogue.example import example_catalogue
from vkpp.records.ground.viewer import Viewer, system
from vkpp.records.people import commands, queries
from vkpp.records.people.rules import Role, roles
from vkpp.records.trail.queries import founder

FOUNDER = "demonstration"
_LONG_AGO = date(2020, 1, 1)
_CHIEF = "national_access_manager@example.invalid"
_STAND_IN = "stand-in."  # how their mail addresses begin
_KINDS = ("programme", "region", "force", "partner", "panel")


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the demonstration, as its link is printed."""

    person: UUID
    role: str
    title: str
    organisation: str


def _day(at: datetime) -> date:
    return at.astimezone(LONDON).date()


def is_demonstration() -> bool:
    """Whether the database was founded by the demonstration: its trail's first entry says so and cannot be changed."""
    return founder() == f"system:{FOUNDER}"


def is_empty() -> bool:
    return founder() == ""


def found(at: datetime) -> None:
    """The programme, one region with every invented force, a partner and a panel, and one person for every role."""
    chief = commands.found_service(
        by=system(FOUNDER, _day(at)),
        at=at,
        programme="The invented programme",
        name="Invented Chief",
        email=_CHIEF,
    )
    _use(chief, at)
    places = _places(chief, at)
    for role in roles().values():
        if role.code != "national_access_manager":
            _person(chief, role, places, at)


def _use(person: UUID, at: datetime) -> None:
    """Take an invitation up with a password that nobody knows: the demonstration is entered by links."""
    from secrets import token_urlsafe

    newcomer = queries.newcomer(person, on=_day(at))
    if newcomer is not None:
        commands.accept(by=newcomer, at=at, password=token_urlsafe(24))


def _viewer(person: UUID, at: datetime) -> Viewer:
    found = queries.viewer_of(person, on=_day(at))
    if found is None:
        raise LookupError("the demonstration's own account is not in use")
    return found


def _places(chief: UUID, at: datetime) -> dict[str, UUID]:
    """An organisation of each kind, by kind; every invented force belongs to the region."""
    by = _viewer(chief, at)
    places = {row.kind: row.id for row in queries.organisations(viewer=by, kind="programme")}
    for kind in ("region", "partner", "panel"):
        places[kind] = commands.found_organisation(
            by=by, at=at, code=f"invented-{kind}", kind=kind, name=f"The invented {kind}", valid_from=_LONG_AGO
        )
    for force in example_catalogue().forces_on(_day(at)):
        made = commands.found_organisation(
            by=by, at=at, code=force.force_id, kind="force", name=force.name, valid_from=force.valid_from or _LONG_AGO
        )
        commands.tie_organisations(
            by=by, at=at, organisation=made, kind="region", other=places["region"], valid_from=force.valid_from or _LONG_AGO
        )
        places.setdefault("force", made)
    return places


def _person(chief: UUID, role: Role, places: dict[str, UUID], at: datetime) -> None:
    """Somebody with the role, in a force where it can be held in one."""
    kind = next(kind for kind in ("force", *_KINDS) if kind in role.held_in)
    given = ("member",) if role.code == "member" else ("member", role.code)
    person = commands.invite(
        by=_viewer(chief, at),
        at=at,
        organisation=places[kind],
        name=f"Invented {role.title}",
        email=f"{role.code}@example.invalid",
        roles=given,
    )
    _use(person, at)


def accounts(at: datetime) -> tuple[Account, ...]:
    """One person for every role, each with the role that says most about them."""
    return _accounts(at, stand_in=False)


def colleagues(at: datetime) -> tuple[Account, ...]:
    """Who prepares and who certifies in every other force whose return in the open round is not finished."""
    return tuple(
        Account(one.person, one.role, one.title, "every other force that has not finished")
        for one in _accounts(at, stand_in=True)
    )


def _accounts(at: datetime, *, stand_in: bool) -> tuple[Account, ...]:
    chief = queries.viewer_of(_first(), on=_day(at))
    if chief is None:
        return ()
    active = [row for row in queries.people(viewer=chief) if row.state == "active"]
    found = [_account(chief, row.id) for row in active if row.email.startswith(_STAND_IN) is stand_in]
    order = list(roles())
    return tuple(sorted(found, key=lambda one: (order.index(one.role), one.organisation)))


def _first() -> UUID:
    from django.contrib.auth import get_user_model

    return UUID(str(get_user_model().objects.get_by_natural_key(_CHIEF).pk))


def _account(chief: Viewer, person: UUID) -> Account:
    held = queries.roles_of(viewer=chief, person=person)
    telling = next((row for row in held if row.role != "member"), held[0])
    return Account(person, telling.role, telling.title, telling.organisation_name)


# Who makes the rounds


def viewer(person: UUID, at: datetime) -> Viewer:
    """Somebody of the demonstration, on the day. Raises LookupError where the account is not in use."""
    return _viewer(person, at)


def viewers(at: datetime) -> dict[str, Viewer]:
    """One viewer for every role that has an account."""
    return {one.role: _viewer(one.person, at) for one in accounts(at)}


def forces(at: datetime) -> list[UUID]:
    """The invented forces' organisations, in the order of the register."""
    chief = _viewer(_first(), at)
    known = {row.code: row.id for row in queries.organisations(viewer=chief, kind="force")}
    return [known[force.force_id] for force in example_catalogue().forces_on(_day(at))]


def stand_ins(at: datetime, organisations: Sequence[UUID]) -> tuple[UUID, UUID]:
    """One who prepares and one who certifies in all of these forces, so that their returns move, and go on moving."""
    return _stand_in(at, "force_analyst", organisations), _stand_in(at, "certifier", organisations)


def _stand_in(at: datetime, role: str, organisations: Sequence[UUID]) -> UUID:
    chief = _viewer(_first(), at)
    name, email = f"Invented stand-in ({roles()[role].title})", f"{_STAND_IN}{role}@example.invalid"
    given = ("member", role)
    person = commands.invite(by=chief, at=at, organisation=organisations[0], name=name, email=email, roles=given)
    _use(person, at)
    for organisation in organisations[1:]:
        commands.invite(by=chief, at=at, organisation=organisation, name=name, email=email, roles=given)
    return person
