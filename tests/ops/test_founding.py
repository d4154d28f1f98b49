"""`vkpp found`: a real service founded once in a migrated, empty database, and refused in words everywhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from tests.ops.conftest import Run
from tests.records import database
from tests.web.clients import client_for
from vkpp.catalogue.load import load_catalogue
from vkpp.ops import founding
from vkpp.ops.serving import people as demonstration
from vkpp.records.people import commands, queries
from vkpp.records.trail.models import Entry
from vkpp.records.trail.queries import verify

WORDS = ("found", "--programme", "The programme", "--name", "Ada Chief", "--email", "Ada@example.org")
PASSWORD = "seven quiet otters count to nine"  # noqa: S105
LINK = re.compile(r"^  (http\S+)$", re.M)


@pytest.fixture
def empty(committed: dict[str, str], tmp_path: Path) -> Iterator[dict[str, str]]:
    key = tmp_path / "secret.key"
    key.write_text(settings.SECRET_KEY, encoding="ascii")
    key.chmod(0o600)
    Path(committed["VKPP_FOLDER"]).mkdir(exist_ok=True)
    connections.close_all()
    yield committed | {"VKPP_SECRET_KEY_FILE": str(key)}
    connections.close_all()


@pytest.mark.slow
def test_a_service_is_founded_with_the_forces_of_the_register_and_its_link_is_taken_up(
    empty: dict[str, str], vkpp: Run
) -> None:
    code, said = vkpp(empty, *WORDS)
    forces = load_catalogue().forces_on(date(2026, 3, 2))
    assert code == 0 and f"with {len(forces)} forces" in said, said
    (entry,) = Entry.objects.all()
    assert (entry.act, entry.who) == ("people.service.found", "system:found") and not verify().faults
    path = LINK.findall(said)[0].removeprefix("http://localhost:8000")
    call_command("collectstatic", interactive=False, verbosity=0)
    client = client_for(None)
    assert client.post(path, {"password1": PASSWORD, "password2": PASSWORD}).status_code == 302
    assert client.get(path).status_code == 404  # used up
    assert queries.invited("ada@example.org") is None


def test_the_founded_person_manages_access_and_the_forces_stand_with_their_dates(empty: dict[str, str]) -> None:
    at = datetime.now(UTC)
    made = founding.found(at=at, programme="The programme", name="Ada Chief", email="ada@example.org")
    newcomer = queries.newcomer(made.person, on=at.date())
    assert newcomer is not None
    commands.accept(by=newcomer, at=at, password=PASSWORD)
    by = queries.viewer_of(made.person, on=at.date())
    assert by is not None and by.may("organisations.manage") and by.may("people.manage")
    held = {row.code: (row.name, row.valid_from) for row in queries.organisations(viewer=by, kind="force")}
    known = {one.force_id: (one.name, one.valid_from or date(2000, 1, 1)) for one in load_catalogue().forces_on(at.date())}
    assert held == known
    (programme,) = queries.organisations(viewer=by, kind="programme")
    commands.invite(by=by, at=at, organisation=programme.id, name="Second", email="second@example.org")


def test_sent_twice_it_changes_nothing_and_gives_a_link_while_nobody_used_one(empty: dict[str, str], vkpp: Run) -> None:
    assert vkpp(empty, *WORDS)[0] == 0
    code, said = vkpp(empty, *WORDS)
    assert code == 0 and "founded already, and nothing was changed" in said and LINK.search(said), said
    assert Entry.objects.count() == 1
    code, said = vkpp(empty, *WORDS[:-1], "other@example.org")
    assert code == 1 and "founded already" in said and not LINK.search(said), said
    person = queries.invited("ada@example.org")
    assert person is not None
    at = datetime.now(UTC)
    newcomer = queries.newcomer(person, on=at.date())
    assert newcomer is not None
    commands.accept(by=newcomer, at=at, password=PASSWORD)
    connections.close_all()
    code, said = vkpp(empty, *WORDS)
    assert code == 1 and "founded already" in said and not LINK.search(said), said


def test_a_database_of_the_demonstration_is_refused(empty: dict[str, str], vkpp: Run) -> None:
    code, said = vkpp(empty | {"VKPP_DEMO": "yes"}, *WORDS)
    assert code == 1 and "invented records" in said, said
    assert demonstration.is_empty()
    demonstration.found(datetime.now(UTC))
    before = Entry.objects.count()
    connections.close_all()
    code, said = vkpp(empty, *WORDS)
    assert code == 1 and "invented records" in said, said
    assert Entry.objects.count() == before


@pytest.mark.skipif(bool(database.SERVER), reason="an empty file is the quickest database without tables")
def test_a_database_without_its_tables_is_refused(empty: dict[str, str], vkpp: Run, tmp_path: Path) -> None:
    code, said = vkpp(empty | {"VKPP_FOLDER": str(tmp_path / "new")}, *WORDS)
    assert code == 1 and "lacks" in said and "migrate" in said, said


@pytest.mark.parametrize(
    ("option", "value"), [("--programme", " "), ("--name", " "), ("--email", "ada"), ("--address", "vkpp")]
)
def test_empty_words_are_refused_and_nothing_is_founded(empty: dict[str, str], vkpp: Run, option: str, value: str) -> None:
    code, said = vkpp(empty, *WORDS, option, value)
    assert code == 64 and not LINK.search(said), said
    assert demonstration.is_empty()
