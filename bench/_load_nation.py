"""The people, the round and the files of the load measurement: 220 invented people of 43 forces and the national team."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from vkpp.basics.working_days import LONDON

FORCES = 43
ROLES = (("force_analyst",), ("force_analyst",), ("certifier",), ("access_manager",), ())
NATIONAL = ("national_analyst", "national_analyst", "national_analyst", "national_lead", "national_access_manager")
RETURNS = 10
CRIMES = 35_000  # with their victims, suspects and relations some 110,000 records


@dataclass(frozen=True)
class Somebody:
    """One of the 220: whom their session belongs to, where they work, what they do."""

    id: UUID
    role: str
    place: UUID
    force_id: str


@dataclass(frozen=True)
class Scene:
    people: tuple[Somebody, ...]
    round: UUID
    returns: dict[UUID, UUID]  # of an organisation, its return


def now() -> datetime:
    return datetime.now(UTC)


def found() -> Scene:
    """Everything by the service's own commands, with a quick password hash: nobody signs in by password here."""
    from django.conf import settings

    from vkpp.ops.example.nation import respondents
    from vkpp.records.collections import commands as collections
    from vkpp.records.collections import queries as found_by
    from vkpp.records.ground.viewer import system
    from vkpp.records.people import commands

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    day = now().astimezone(LONDON).date()
    chief = commands.found_service(
        by=system("bench", day), at=now(), programme="Programme", name="Invented Chief", email="chief@example.invalid"
    )
    _accept(chief)
    (programme,) = _viewer(chief).organisations
    people = [_joined(chief, programme, "", number, role) for number, role in enumerate(NATIONAL)]
    places = {}
    for force in respondents()[:FORCES]:
        place = commands.found_organisation(
            by=_viewer(chief), at=now(), code=force.force_id, kind="force", name=force.force_id.title(), valid_from=day
        )
        places[force.force_id] = place
        people += [_joined(chief, place, force.force_id, number, *roles) for number, roles in enumerate(ROLES)]
    analyst = _viewer(people[0].id)
    round_ = collections.draft_round(
        by=analyst,
        at=now(),
        collection="csae",
        period="CY2024",
        opens_on=day,
        working_days=20,
        respondents=list(places.values()),
    )
    collections.open_round(by=analyst, at=now(), round_=round_)
    rows = found_by.round_overview(viewer=analyst, round_=round_).returns
    return Scene(tuple(people), round_, {row.organisation: row.id for row in rows})


def _viewer(person: UUID) -> Any:
    from vkpp.records.people import queries

    return queries.viewer_of(person, on=now().astimezone(LONDON).date())


def _accept(person: UUID) -> None:
    from vkpp.records.people import commands, queries

    newcomer = queries.newcomer(person, on=now().astimezone(LONDON).date())
    if newcomer is not None:
        commands.accept(by=newcomer, at=now(), password="of nobody at all here")  # noqa: S106


def _joined(chief: UUID, place: UUID, force_id: str, number: int, *roles: str) -> Somebody:
    from vkpp.records.people import commands

    address = f"{force_id or 'national'}.{number}@example.invalid"
    person = commands.invite(
        by=_viewer(chief),
        at=now(),
        organisation=place,
        name=f"Invented {force_id} {number}",
        email=address,
        roles=("member", *roles),
    )
    _accept(person)
    return Somebody(person, roles[0] if roles else "member", place, force_id)


def session_of(person: UUID) -> str:
    """The key of a session in which they have shown their second factor."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from vkpp.records.people.queries import SignIn

    user = SignIn().get_user(person)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
    session.save()
    return str(session.session_key)


def write_returns(folder: Path) -> dict[str, list[Path]]:
    """The files of RETURNS large returns that are not workbooks, by force."""
    import numpy as np

    from vkpp.ops.example import nation_year
    from vkpp.ops.example.generate import write_year
    from vkpp.ops.example.nation import respondents

    forces = respondents()
    large = [number for number, force in enumerate(forces[:FORCES]) if force.format != "xlsx"][:RETURNS]
    counts = np.full(len(forces), 60)
    counts[large] = CRIMES
    nation_year.crimes_of = lambda *_: counts  # type: ignore[assignment]  the published sizes are far smaller
    made = nation_year.make_nation_year(2024, 100, 2024)
    files = {}
    for number in large:
        # Without planted faults: some of them name somebody, and such a file is set aside before it is checked.
        (delivery,), _ = write_year(made, number, forces[number], folder / forces[number].force_id)
        files[forces[number].force_id] = sorted({path for path, _ in delivery.files.values()})
    return files


def send(scene: Scene, files: dict[str, list[Path]]) -> None:
    """Every large return sent by its force's analyst, so that the worker finds ten checks to do."""
    from vkpp.records.collections import commands
    from vkpp.records.collections.rules import places, register

    for force_id, paths in files.items():
        one = next(one for one in scene.people if one.force_id == force_id and one.role == "force_analyst")
        upload = places.keep(register.root(), [(path.name, path) for path in paths])
        commands.receive(by=_viewer(one.id), at=now(), submission=scene.returns[one.place], upload=upload)


def checked() -> tuple[int, int]:
    """How many versions have been checked, and how many records they hold."""
    from vkpp.records.collections.models import Version
    from vkpp.records.ground.scope import machinery

    with machinery("the measurement counts"):
        rows = list(
            Version.objects.unscoped("the measurement counts").exclude(checked_at=None).values_list("records", flat=True)
        )
    return len(rows), sum(sum(json.loads(records).values()) for records in rows)


def kept(addresses: list[str]) -> tuple[int, int]:
    """Of the invitations under these addresses: how many people there are, and how many letters to them."""
    from vkpp.records.ground.scope import machinery
    from vkpp.records.people.models import Person
    from vkpp.records.work.models import Letter

    with machinery("the measurement counts"):
        people = list(Person.objects.unscoped("count").filter(email__in=addresses).values_list("pk", flat=True))
        return len(people), Letter.objects.unscoped("count").filter(to__in=people).count()
