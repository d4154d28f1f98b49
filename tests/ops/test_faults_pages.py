"""The web server killed while somebody signs or accepts, a form sent twice, and a database that does not answer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connections

from tests.ops.test_faults import SETTINGS, at_once
from tests.records import database
from tests.records.collecting import Scene, found_scene
from tests.records.nation import AT, viewer
from tests.web.clients import client_for
from vkpp.records.collections import commands
from vkpp.records.trail import queries as trail
from vkpp.records.trail.models import Entry
from vkpp.records.work.models import Task

KILLED = """
import json, os, signal, sys
import django
django.setup()
from django.contrib.sessions.middleware import SessionMiddleware
from django.test import Client
from vkpp.ops.wsgi import application  # every part of the pages, as the server loads them
from vkpp.records.trail import commands as trail

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

said = json.loads(sys.argv[1])
append = trail._append

def append_and_die(entries):
    append(entries)
    if any(entry.act == said["act"] for entry in entries):
        die()

if said["moment"] == "before it is kept":
    trail._append = append_and_die
else:
    SessionMiddleware.process_response = die
client = Client(SERVER_NAME="localhost")
client.cookies["session"] = said["session"]
print(client.post(said["path"], said["form"]).status_code)
"""


def asked_to_certify(scene: Scene) -> tuple[UUID, str, dict[str, str]]:
    scene.sent(scene.east)
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    return scene.certifier, f"/returns/{scene.east}/certify/", {"version": "1", "read": "on"}


def asked_to_accept(scene: Scene) -> tuple[UUID, str, dict[str, str]]:
    scene.approved(scene.east)
    return scene.national, f"/rounds/returns/{scene.east}/accept/", {"version": "1"}


ACTS = {
    "collections.certify": (asked_to_certify, "to_certify", "with_area"),
    "collections.accept": (asked_to_accept, "with_national", "accepting"),
}


def killed(environment: dict[str, str], script: Path, person: UUID, **said: Any) -> None:
    session = client_for(person).cookies["session"].value
    connections.close_all()
    script.write_text(KILLED, encoding="utf-8")
    same_key = {"VKPP_SECRET_KEY_FILE": str(database.FOLDER / "development.key")}  # the session was signed here
    command = [sys.executable, str(script), json.dumps({"session": session, **said})]
    env = dict(os.environ) | environment | same_key | SETTINGS
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr[-2000:]


def entries(act: str) -> int:
    return Entry.objects.filter(act=act).count()


@pytest.fixture
def styled() -> None:
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before it is kept", "before it is answered"])
@pytest.mark.parametrize("act", list(ACTS))
def test_the_web_server_killed_in_an_act_has_done_all_of_it_or_nothing(
    service: dict[str, str], styled: None, tmp_path: Path, act: str, moment: str
) -> None:
    scene = found_scene()
    prepared, before, after = ACTS[act]
    person, path, form = prepared(scene)
    call_command("collectstatic", interactive=False, verbosity=0)
    killed(service, tmp_path / "killed.py", person, act=act, moment=moment, path=path, form=form)
    was_kept = moment == "before it is answered"
    assert scene.row(scene.east).state == (after if was_kept else before)
    assert entries(act) == int(was_kept) and trail.verify().faults == ()
    again = client_for(person).post(path, form)  # what anybody does whose browser got no answer
    assert again.status_code == (403 if was_kept else 302), again.content[-800:]
    assert scene.row(scene.east).state == after and entries(act) == 1 and trail.verify().faults == ()
    assert Task.objects.unscoped("test").filter(name=commands.ACCEPT).count() == int(act == "collections.accept")


@pytest.mark.parametrize("act", list(ACTS))
def test_a_form_sent_twice_at_once_is_done_once_and_the_second_is_told(service: dict[str, str], styled: None, act: str) -> None:
    scene = found_scene()
    prepared, _, after = ACTS[act]
    person, path, form = prepared(scene)
    clients = [client_for(person) for _ in range(3)]
    connections.close_all()

    def post(client: Any) -> Callable[[], object]:
        return lambda: client.post(path, form).status_code

    assert sorted(at_once(*(post(one) for one in clients)), key=str) == [302, 403, 403]
    assert scene.row(scene.east).state == after and entries(act) == 1 and trail.verify().faults == ()


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_a_database_that_does_not_answer_is_told_in_words_and_when_to_come_back(
    service: dict[str, str], styled: None, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    scene = found_scene()
    client = client_for(scene.preparer)
    client.raise_request_exception = False

    def gone(*_: object, **__: object) -> None:
        raise kind("server closed the connection unexpectedly: secret words of its own")

    monkeypatch.setattr("vkpp.web.parts.middleware.viewer_of", gone)
    answer = client.get("/")
    text = answer.content.decode()
    assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0
    assert "database does not answer" in text and "look whether it is there" in text and "secret words" not in text
    assert "Content-Security-Policy" in answer.headers
    monkeypatch.setattr("vkpp.web.parts.middleware.viewer_of", lambda *_, **__: 1 / 0)
    assert client.get("/").status_code == 500
