"""What every record stands on: reads name a viewer, writes stand in a command, each field has its class and retention."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import Count

import vkpp.records
from tests.records.nation import AT, DAY, found_nation, viewer
from tests.records.planted.models import Paper
from vkpp.records.collections import states as collections
from vkpp.records.ground.classes import Kept, Privacy, RowKept, faults_of, for_good, until, with_row
from vkpp.records.ground.moves import Move, States
from vkpp.records.ground.problems import Refused, UnscopedRead, WriteOutsideCommand
from vkpp.records.ground.record import Record
from vkpp.records.ground.scope import machinery
from vkpp.records.ground.viewer import Viewer, system
from vkpp.records.people.models import Organisation, Person
from vkpp.records.people.states import ACCOUNT, REVIEW
from vkpp.records.thread.states import FINDING, RECOMMENDATION
from vkpp.records.trail import commands as trail
from vkpp.records.work.states import TASK

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "vkpp"
COLLECTIONS = [machine.states for machine in collections.MACHINES.values()]
MACHINES = {machine.thing: machine for machine in (ACCOUNT, REVIEW, TASK, *COLLECTIONS, FINDING, RECOMMENDATION)}

# Models that are not ours: Django's own tables, and what holds of every field of them.
FOREIGN = {
    "contenttypes.contenttype": "names of our own tables",
    "auth.permission": "names of permissions that nothing asks",
    "auth.group": "empty: roles are ours",
    "auth.group_permissions": "empty: roles are ours",
    "sessions.session": "personal; deleted by the daily purge once it ran out (SESSION_COOKIE_AGE: 30 minutes)",
    "account.emailaddress": "empty: an account has one address, which is the person's; tests/web holds the library to it",
    "account.emailconfirmation": "empty, like the addresses that it would confirm",
    "socialaccount.socialapp": "empty: directories are settings",
    "socialaccount.socialaccount": "empty: a directory's answer is used once and not kept",
    "socialaccount.socialtoken": "empty, like the accounts that it would belong to",
    "mfa.authenticator": "personal, its secrets encrypted; deleted by the daily purge once its holder has left",
}


def test_every_field_of_every_model_has_a_class_and_a_retention() -> None:
    faults = []
    for model in apps.get_models(include_auto_created=True):
        if model._meta.label_lower in FOREIGN:
            continue
        fields = frozenset(field.name for field in model._meta.concrete_fields)
        faults += [f"{model._meta.label}: {fault}" for fault in faults_of(fields, dict(model.KEPT), model.ROW)]
    assert faults == []
    assert set(FOREIGN) <= {model._meta.label_lower for model in apps.get_models(include_auto_created=True)}


@pytest.mark.parametrize(
    ("kept", "row", "words"),
    [
        ({}, None, "has no class"),
        ({"a": for_good("x"), "b": for_good("x")}, None, "is no field"),
        ({"a": with_row()}, None, "row has no retention"),
        ({"a": until(3, "b")}, None, "is no field"),
        ({"a": for_good("because", Privacy.SPECIAL)}, None, "never be kept for good"),
        ({"a": Kept(Privacy.PUBLIC)}, None, "exactly one"),
        ({"a": with_row()}, RowKept(3, "b"), "is no field"),
    ],
)
def test_a_register_that_is_wrong_is_told(kept: dict[str, Kept], row: RowKept | None, words: str) -> None:
    assert any(words in fault for fault in faults_of(frozenset({"a"}), kept, row))


def test_every_model_of_ours_is_a_record_or_the_trail() -> None:
    ours = [m for m in apps.get_models(include_auto_created=True) if m.__module__.startswith("vkpp.")]
    assert len(ours) > 10
    assert {m.__name__ for m in ours if not issubclass(m, Record)} == {"Entry", "Head"}


@pytest.mark.usefixtures("migrated")
def test_no_migration_is_missing() -> None:
    call_command(
        "makemigrations", "trail", "people", "work", "search", "collections", "thread", check=True, dry_run=True, verbosity=0
    )


def _rooms(room: str) -> list[object]:
    names = [m.name for m in pkgutil.walk_packages(vkpp.records.__path__, "vkpp.records.") if m.name.endswith(f".{room}")]
    return [importlib.import_module(name) for name in names]


def _is_own(function: object, room: object) -> bool:
    """A room is a module, or a package whose __init__ names what is public."""
    return inspect.isfunction(function) and f"{function.__module__}.".startswith(f"{room.__name__}.")  # type: ignore[attr-defined]


# What stands in a commands room and is no command, each with its reason.
NO_COMMANDS = {
    "vkpp.records.search.commands.put": "part of whichever command changes the object; refuses outside one",
    "vkpp.records.search.commands.drop": "part of whichever command removes the object; refuses outside one",
    "vkpp.records.trail.commands.command": "makes commands",
    "vkpp.records.trail.commands.follow": "has something called within each command",
    "vkpp.records.work.commands.ask": "part of whichever command asks; refuses outside one",
    "vkpp.records.work.commands.ask_letter": "part of whichever command asks; refuses outside one",
    "vkpp.records.work.commands.claim": "the queue's bookkeeping",
    "vkpp.records.work.commands.release": "the queue's bookkeeping",
    "vkpp.records.work.commands.work_once": "the queue's bookkeeping; what it runs are commands",
    "vkpp.records.work.commands.letter_sender": "a job",
}


def test_every_public_function_of_a_commands_room_is_a_command() -> None:
    loose = set()
    for module in _rooms("commands"):
        for name, function in vars(module).items():
            own = _is_own(function, module) and not name.startswith("_")
            if own and not hasattr(function, "act"):
                loose.add(f"{module.__name__}.{name}")
    assert loose == set(NO_COMMANDS)


# Queries that name no viewer, each with its reason.
NO_VIEWER = {
    "vkpp.records.thread.queries.facts_of": "facts of a row that was read",
    "vkpp.records.thread.queries.findable_findings": "search copies each with the permissions that open it",
    "vkpp.records.thread.queries.findable_recommendations": "search copies each with the permissions that open it",
    "vkpp.records.collections.queries.files_needed": "ids, for removing files that nobody needs",
    "vkpp.records.collections.queries.job_of": "the service's own jobs",
    "vkpp.records.collections.queries.pack_job": "the service's own jobs",
    "vkpp.records.collections.queries.packs_lacking": "ids, for `vkpp reindex`",
    "vkpp.records.collections.queries.versions_with_files": "ids, for the job that marks files anew",
    "vkpp.records.collections.queries.stores_of_versions": "ids and receipts: packs of destroyed records are removed",
    "vkpp.records.collections.queries.packs_superseded": "ids, for the daily sweep",
    "vkpp.records.collections.queries.indexed": "hashes and counts, for `vkpp reindex`",
    "vkpp.records.people.queries.viewer_of": "makes the viewer",
    "vkpp.records.people.queries.newcomer": "makes the viewer of somebody who was invited",
    "vkpp.records.people.queries.first_waiting": "founding: nobody is there yet who could ask",
    "vkpp.records.people.queries.invited": "sign-in: a link goes to the address that was invited, whoever asks",
    "vkpp.records.people.queries.holders": "the service's own letters",
    "vkpp.records.people.queries.places_held": "organisations and no person: where nobody can sign",
    "vkpp.records.people.queries.reviews_due": "the service's own reminders",
    "vkpp.records.people.queries.reviews_to_open": "the service's own day",
    "vkpp.records.trail.queries.founder": "the name of a job, or an id",
    "vkpp.records.trail.queries.head": "a number and a hash",
    "vkpp.records.trail.queries.verify": "numbers and hashes",
    "vkpp.records.work.queries.queue": "counts for whoever runs the service",
    "vkpp.records.work.queries.day_has_begun": "the schedule looks for its own task",
}


def test_every_other_query_names_its_viewer() -> None:
    nameless = set()
    for module in _rooms("queries"):
        for name, function in vars(module).items():
            own = _is_own(function, module) and not name.startswith("_")
            if own and "viewer" not in inspect.signature(function).parameters:
                nameless.add(f"{module.__name__}.{name}")
    assert nameless == set(NO_VIEWER)


def test_every_command_has_an_act_of_its_own() -> None:
    acts = [f.act for m in _rooms("commands") for f in vars(m).values() if inspect.isfunction(f) and hasattr(f, "act")]
    assert len(acts) > 20 and len(set(acts)) == len(acts)


def _calls(name: str) -> set[str]:
    """The files of the source in which something of this name is called."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if f"{name}(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and name in (getattr(node.func, "id", ""), getattr(node.func, "attr", "")):
                found.add(str(path.relative_to(SOURCE)))
    return found


def test_leave_to_go_round_scope_and_commands_is_taken_in_few_places() -> None:
    assert _calls("machinery") == {"records/work/commands.py", "web/account/urls.py"}
    assert _calls("writing") == {"records/trail/commands.py"}
    assert [path for path in SOURCE.rglob("*.py") if "_base_manager" in path.read_text(encoding="utf-8")] == []
    rooms = {Path(name).parts[2].removesuffix(".py") for name in _calls("unscoped")}
    assert rooms == {"queries", "commands", "models"}
    assert {name for name in _calls("unscoped") if name.endswith("models.py")} == {
        "records/people/models.py",
        "records/collections/models.py",  # joint taskings: which rows were agreed for the viewer's own organisations
    }


READS: list[Callable[[], object]] = [
    lambda: list(Person.objects.all()),
    Person.objects.count,
    lambda: Person.objects.filter(name="x").exists(),
    Person.objects.first,
    lambda: Person.objects.get(name="x"),
    lambda: Person.objects.values_list("name")[:3][0],
    lambda: list(Person.objects.iterator()),
    lambda: Person.objects.aggregate(n=Count("id")),
    lambda: Person.objects.in_bulk([1]),
    lambda: bool(Person.objects.all()),
    lambda: len(Person.objects.all()),
    lambda: Person.objects.latest("joined_on"),
    lambda: Person.objects.contains(Person()),
    lambda: Person.objects.dates("joined_on", "day")[0],
    lambda: Person.objects.raw("SELECT 1"),
    Person.objects.explain,
    lambda: list(Organisation.objects.seen_by(system("x", DAY)).filter(pk__in=Person.objects.values("pk"))),
    lambda: list(Person.objects.unscoped("test").union(Person.objects.all())),
    lambda: list(Person.objects.unscoped("test") | Person.objects.all()),
    lambda: Person.objects.unscoped(""),
]


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize("read", READS)
def test_a_read_without_a_viewer_raises(read: Callable[[], object]) -> None:
    with pytest.raises(UnscopedRead):
        read()


WRITES: list[Callable[[], object]] = [
    lambda: Person(name="x").save(),
    lambda: Person(name="x").delete(),
    lambda: Person.objects.create(name="x"),
    lambda: Person.objects.bulk_create([Person(name="x")]),
    lambda: Person.objects.unscoped("test").update(name="x"),
    lambda: Person.objects.unscoped("test").delete(),
]


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize("write", WRITES)
def test_a_write_outside_a_command_raises(write: Callable[[], object]) -> None:
    with pytest.raises(WriteOutsideCommand):
        write()


@pytest.mark.usefixtures("records")
def test_purge_empties_fields_and_deletes_rows_when_their_time_is_up() -> None:
    nation = found_nation()
    from datetime import timedelta

    from vkpp.records.people import commands as people
    from vkpp.records.people.models import Membership

    with machinery("test"):
        paper = Paper(title="Title", diagnosis="Measles", written_on=DAY)
        paper.save()
    people.leave(by=viewer(nation.chief), at=AT, person=nation.analyst, organisation=nation.eastmere)

    def state() -> tuple[str, str, str, int]:
        with machinery("test"):
            paper.refresh_from_db()
            person = Person.objects.get(pk=nation.analyst)
            return paper.title, paper.diagnosis, person.name, Membership.objects.filter(person=person).count()

    def purge(days: int) -> dict[str, int]:
        return trail.purge(by=system("purge", DAY), at=AT + timedelta(days=days))

    assert purge(9) == {} or "planted.paper.diagnosis" not in purge(9)
    assert state() == ("Title", "Measles", "Élodie Analyst", 1)
    assert purge(11) == {"planted.paper.diagnosis": 1}
    assert purge(31) == {"planted.paper.title": 1}
    assert state() == ("", "", "Élodie Analyst", 1)
    assert purge(731) == {"people.person.name": 1, "people.person.search_name": 1}
    assert purge(731) == {}
    assert state() == ("", "", "", 1)
    assert purge(2193)["people.membership"] == 1
    assert state() == ("", "", "", 0)


@pytest.mark.usefixtures("records")
def test_text_is_held_to_its_length_in_words_on_both_databases() -> None:
    from vkpp.basics.problems import UsageProblem

    with machinery("test"), pytest.raises(UsageProblem, match="80 characters at most"):
        Paper(title="x" * 81, written_on=DAY).save()


@pytest.mark.usefixtures("records")
def test_the_database_holds_a_marking_to_its_levels() -> None:
    with machinery("test"), pytest.raises(IntegrityError), transaction.atomic():
        Paper(title="x", level=3, written_on=DAY).save()


def test_a_viewer_may_what_its_permits_say_and_there_only() -> None:
    from uuid import uuid4

    here, there = uuid4(), uuid4()
    local = Viewer("x", DAY, permits=frozenset({("a", here)}))
    assert local.may("a", here) and not local.may("a", there) and not local.may("a") and local.may_anywhere("a")
    everywhere = Viewer("x", DAY, permits=frozenset({("a", None)}))
    assert everywhere.may("a", there) and everywhere.may("a") and everywhere.where("a") is None
    assert local.where("a") == {here} and local.where("b") == frozenset()


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_every_state_and_act_both_ways(machine: States) -> None:
    exist = {(move.origin, move.act): move.target for move in machine.moves}
    for state in machine.words:
        for act in {move.act for move in machine.moves}:
            if (state, act) in exist:
                assert machine.after(state, act) == exist[state, act]
                assert act in machine.acts_from(state)
            else:
                with pytest.raises(Refused, match=f"To {act} is not possible: {machine.thing} is {machine.words[state]}"):
                    machine.after(state, act)


def test_a_table_with_a_hole_is_refused() -> None:
    with pytest.raises(ValueError, match="without words"):
        States("x", {"a": "A"}, (Move("go", "a", "b"),))
    with pytest.raises(ValueError, match="two ways"):
        States("x", {"a": "A", "b": "B"}, (Move("go", "a", "b"), Move("go", "a", "a")))


def test_the_diagrams_in_the_docs_are_drawn_from_the_tables() -> None:
    text = (ROOT / "docs" / "states.md").read_text(encoding="utf-8")
    for thing, machine in MACHINES.items():
        assert f"## {thing[0].upper()}{thing[1:]}\n\n```mermaid\n{machine.diagram()}```\n" in text
    assert text.count("```mermaid") == len(MACHINES)
