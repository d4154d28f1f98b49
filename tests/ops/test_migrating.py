"""Databases of earlier versions, each with a round open: brought up to date, their trail whole, and their returns go on."""

from __future__ import annotations

import lzma
from collections.abc import Container, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor

from tests.records import database
from tests.web.clients import client_for
from vkpp.engine.keeping import Store
from vkpp.ops import jobs
from vkpp.ops.serving import people, server
from vkpp.ops.serving.invented import Returns
from vkpp.ops.serving.rounds import BROKEN
from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules import places, register
from vkpp.records.trail import queries as trail
from vkpp.records.trail.models import Entry
from vkpp.records.work import commands as work

KEPT = sorted((Path(__file__).parent / "data").glob("demonstration-*.sqlite3.xz"))
QUARTER = 3  # of the demonstration's open round
_FILLED = {"django_content_type", "auth_permission"}  # by the migration itself, and nothing of ours points at them


@contextmanager
def on_database(name: str) -> Iterator[None]:
    """This process works on the database of this name."""
    connections.close_all()
    kept = connections.settings["default"]
    before, kept["NAME"] = kept["NAME"], name
    try:
        yield
    finally:
        connections.close_all()
        kept["NAME"] = before


def carried_over(source: Path) -> None:
    """The rows of an SQLite file in an empty PostgreSQL database, under the tables of the version that made the file."""
    connections.settings["earlier"] = connections.settings["default"] | {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(source),
        "OPTIONS": {},
    }
    try:
        recorded = MigrationExecutor(connections["earlier"]).recorder.applied_migrations()
        executor = MigrationExecutor(connection)
        graph = executor.loader.graph
        last = [one for one in graph.nodes if one in recorded and not _followed(graph, one, recorded)]
        executor.migrate(last)
        apps = executor.loader.project_state(last).apps
        there = set(connections["earlier"].introspection.table_names())
        models = [one for one in apps.get_models(include_auto_created=True) if one._meta.db_table in there - _FILLED]
        with transaction.atomic():
            for model in models:
                _copied(model)
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            with connection.cursor() as cursor:
                cursor.execute(statement)
    finally:
        connections["earlier"].close()
        del connections.settings["earlier"], connections["earlier"]


def _followed(graph: Any, one: tuple[str, str], recorded: Container[tuple[str, str]]) -> bool:
    return any(child.key[0] == one[0] and child.key in recorded for child in graph.node_map[one].children)


def _copied(model: Any) -> None:
    rows = list(model._base_manager.using("earlier").order_by("pk"))
    if model._meta.label == "trail.Head":
        model._base_manager.using("default").all().delete()
    model._base_manager.using("default").bulk_create(rows)


@pytest.fixture(params=KEPT, ids=lambda path: path.name.split(".")[0])
def earlier(request: pytest.FixtureRequest, service: dict[str, str], tmp_path: Path) -> Iterator[None]:
    """The service of an earlier demonstration, as it was before this version came."""
    unpacked = tmp_path / "earlier.sqlite3"
    unpacked.write_bytes(lzma.decompress(request.param.read_bytes()))
    if not database.SERVER:
        with on_database(str(unpacked)):
            yield
        return
    name = f"{database._OWN}_earlier"
    database._server(f"CREATE DATABASE {name}")
    try:
        with on_database(name):
            carried_over(unpacked)
            yield
    finally:
        database._server(f"DROP DATABASE {name} WITH (FORCE)")


def last_instant() -> datetime:
    at = Entry.objects.order_by("-number").values_list("at", flat=True)[0]
    assert isinstance(at, datetime)
    return at + timedelta(hours=1)


@pytest.mark.slow
def test_the_database_of_an_earlier_version_comes_along_with_its_open_round(earlier: None, tmp_path: Path) -> None:
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", interactive=False, verbosity=0)
    server.demand_migrated()
    found = trail.verify()
    assert found.faults == () and found.number > 200
    at = last_instant()
    who = people.viewers(at)
    (running,) = [row for row in queries.rounds(viewer=who["national_analyst"]) if row.state == "open"]
    overview = queries.round_overview(viewer=who["national_analyst"], round_=running.id)
    assert {"to_fix", "to_answer", "to_certify", "with_area", "with_national", "accepted"} <= {
        r.state for r in overview.returns
    }
    for account in people.accounts(at):
        assert client_for(account.person).get("/").status_code == 200, account.role
    key = next(row.id for row in overview.returns if row.organisation == people.forces(at)[BROKEN])
    to_the_store(key, who, at, tmp_path)
    assert trail.verify().faults == ()


def done(name: str, at: datetime) -> None:
    """The one task of this name, done at the instant of the test, whatever the clock of this machine says."""
    assert work.work_once(jobs={name: jobs.jobs()[name]}, worker="test", now=lambda: at)


def to_the_store(key: UUID, who: dict[str, Any], at: datetime, folder: Path) -> None:
    """A return that was broken is sent again, checked, signed, approved and accepted, each by whose turn it is."""
    delivery = Returns(folder).clean(BROKEN, QUARTER)
    assert delivery is not None
    files = sorted({path for path, _ in delivery.files.values()})
    preparer = who["force_analyst"]
    upload = places.keep(register.root(), [(path.name, path) for path in files])
    commands.receive(by=preparer, at=at, submission=key, upload=upload)
    done(commands.CHECK, at)
    page = queries.submission_page(viewer=preparer, submission=key)
    for one in page.queries:
        if one.state == "open":
            commands.answer(by=preparer, at=at, query=one.id, reason="Looked at, and so in the force's own system.")
    version = page.row.version
    commands.offer(by=preparer, at=at, submission=key)
    commands.certify(by=who["certifier"], at=at, submission=key, version=version)
    commands.approve(by=who["regional_analyst"], at=at, submission=key, version=version)
    commands.accept(by=who["national_analyst"], at=at, submission=key, version=version)
    done(commands.ACCEPT, at)
    receipt = queries.receipt(viewer=preparer, submission=key)
    store = Store(places.store(register.root()))
    assert [one.receipt["receipt"] for one in store.all()] == [receipt.store_name] and store.verify() == []


def test_a_database_of_an_earlier_version_is_kept() -> None:
    assert KEPT, "python -m tools.keep_demo_database makes one"
