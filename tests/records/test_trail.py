"""The trail: added to and never changed, by model, manager and database; verification finds every way of tampering."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import DatabaseError, connection, transaction

from tests.records.nation import AT, DAY
from vkpp.records.ground.viewer import Viewer, system
from vkpp.records.trail import commands, queries, rules
from vkpp.records.trail.commands import Done, command
from vkpp.records.trail.models import AppendOnly, Entry, Head

pytestmark = pytest.mark.usefixtures("records")
BY = system("test", DAY)


def write(count: int = 3) -> None:
    for number in range(count):
        commands.opened(by=BY, at=AT + timedelta(seconds=number), about=f"planted.paper/{number}")


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def unguarded(*statements: str) -> None:
    """As somebody who may do everything to the database: the triggers go first."""
    if connection.vendor == "sqlite":
        for trigger in ("trail_no_update", "trail_no_delete", "trail_next_only"):
            sql(f"DROP TRIGGER IF EXISTS {trigger}")
    else:
        for trigger in ("trail_no_update", "trail_no_truncate", "trail_next_only"):
            sql(f"DROP TRIGGER IF EXISTS {trigger} ON trail_entry")
    for statement in statements:
        sql(statement)


def test_entries_stand_in_order_and_verify() -> None:
    write()
    assert [entry.number for entry in Entry.objects.all()] == [1, 2, 3]
    found = queries.verify()
    assert found.faults == () and found.number == 3 and found.witnessed == 0


def test_the_hash_is_the_one_that_the_form_says() -> None:
    write(1)
    entry = Entry.objects.get()
    said = [rules.FORM, 1, "2026-03-02T09:00:00.000000+00:00", "system:test", "trail.opened", "planted.paper/0", "{}", "0" * 64]
    import hashlib

    assert entry.digest == hashlib.sha256(json.dumps(said).encode()).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        lambda: Entry.objects.update(who="x"),
        lambda: Entry.objects.all().delete(),
        lambda: Entry.objects.bulk_update([], ["who"]),
        lambda: Entry.objects.bulk_create([]),
        lambda: Entry.objects.get(pk=1).delete(),
        lambda: Entry.objects.get(pk=1).save(),
    ],
)
def test_models_and_managers_refuse_to_change_it(change: Callable[[], object]) -> None:
    write()
    with pytest.raises(AppendOnly):
        change()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trail_entry SET who = 'x' WHERE number = 2",
        "DELETE FROM trail_entry WHERE number = 3",
        "INSERT INTO trail_entry (number, at, who, act, about, facts, previous, digest) "
        "SELECT 9, at, who, act, about, facts, 'p', 'd' FROM trail_entry WHERE number = 1",
        "sqlite: INSERT OR REPLACE INTO trail_entry (number, at, who, act, about, facts, previous, digest) "
        "SELECT 2, at, who, act, about, facts, 'p', 'd' FROM trail_entry WHERE number = 1",
        "postgresql: TRUNCATE trail_entry",
    ],
)
def test_the_database_refuses_to_change_it(statement: str) -> None:
    vendor, _, text = statement.rpartition(": ")
    if vendor and vendor != connection.vendor:
        return
    write()
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        sql(text)
    assert queries.verify().faults == ()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE trail_entry SET who = 'somebody' WHERE number = 2", "Entry 2 was changed"),
        ("UPDATE trail_entry SET facts = '{\"a\":1}' WHERE number = 1", "Entry 1 was changed"),
        ("UPDATE trail_entry SET at = '2020-01-01 00:00:00+00:00' WHERE number = 3", "Entry 3 was changed"),
        ("DELETE FROM trail_entry WHERE number = 2", "1 entries are missing"),
        ("DELETE FROM trail_entry WHERE number = 1", "1 entries are missing"),
        ("DELETE FROM trail_entry WHERE number = 3", "removed or added at the end"),
        ("UPDATE trail_entry SET digest = 'f' WHERE number = 3", "Entry 3 was changed"),
        ("DELETE FROM trail_head", "head of the trail is missing"),
    ],
)
def test_verification_finds_what_was_done_behind_the_triggers(statement: str, words: str) -> None:
    write()
    unguarded(statement)
    assert any(words in fault for fault in queries.verify().faults)


def test_an_entry_put_in_with_a_right_hash_is_found() -> None:
    """A forger who hashes well still can not make the next entry follow."""
    write()
    unguarded("UPDATE trail_entry SET number = 4 WHERE number = 3")
    second = Entry.objects.get(pk=2)
    digest = rules.digest_of(3, AT, "system:x", "trail.opened", "planted.paper/9", "{}", second.digest)
    sql("UPDATE trail_entry SET previous = 'moved' WHERE number = 4")
    Entry(
        number=3,
        at=AT,
        who="system:x",
        act="trail.opened",
        about="planted.paper/9",
        facts="{}",
        previous=second.digest,
        digest=digest,
    ).save()
    assert any("Entry 4 does not follow entry 3" in fault for fault in queries.verify().faults)


def test_a_chain_written_anew_as_a_whole_is_found_by_an_exported_head() -> None:
    write()
    copy = queries.HeadCopy(2, Entry.objects.get(pk=2).digest, "head-2.json")
    assert queries.verify([copy]).faults == () and queries.verify([copy]).witnessed == 2
    unguarded("DELETE FROM trail_entry", "UPDATE trail_head SET number = 0, digest = '" + "0" * 64 + "'")
    for number in range(3):
        commands.opened(by=BY, at=AT, about=f"planted.paper/{number + 5}")
    assert queries.verify().faults == ()
    assert any("head-2.json" in fault for fault in queries.verify([copy]).faults)


def test_a_cut_end_with_its_head_set_back_is_found_by_an_exported_head() -> None:
    write()
    copy = queries.HeadCopy(3, queries.head().digest, "head-3.json")
    second = Entry.objects.get(pk=2)
    unguarded("DELETE FROM trail_entry WHERE number = 3")
    Head.objects.update(number=2, digest=second.digest)
    assert queries.verify().faults == () and queries.verify([copy]).faults != ()


@pytest.mark.parametrize("fact", ["Ada Lovelace", "ada@example.invalid", "Müller", {"a": 1}, 1.5, "x" * 200])
def test_the_trail_takes_no_words(fact: object) -> None:
    with pytest.raises(ValueError, match="codes, numbers, dates and ids"):
        rules.canonical_facts({"fact": fact})


@pytest.mark.parametrize("about", ["", "Ada Lovelace", "people.person/Ada Lovelace"])
def test_an_entry_is_about_a_reference_and_not_about_words(about: str) -> None:
    with pytest.raises(ValueError, match="an entry needs"), transaction.atomic():
        commands.opened(by=BY, at=AT, about=about)


def test_an_instant_must_be_in_utc() -> None:
    for at in (datetime(2026, 1, 1), datetime(2026, 7, 1, tzinfo=timezone(timedelta(hours=1)))):
        with pytest.raises(ValueError, match="UTC"), transaction.atomic():
            commands.opened(by=BY, at=at, about="planted.paper/1")
    assert Entry.objects.count() == 0


def test_a_function_that_is_no_command_cannot_become_one() -> None:
    def positional(by: Viewer, at: datetime) -> Done[None]: ...

    def without_by(*, at: datetime) -> Done[None]: ...

    def without_entry(*, by: Viewer, at: datetime) -> None: ...

    for function in (positional, without_by, without_entry):
        with pytest.raises(TypeError):
            command("trail.test")(function)  # type: ignore[arg-type]


def test_a_command_that_returns_no_entry_is_rolled_back() -> None:
    @command("trail.test")
    def forgets(*, by: Viewer, at: datetime) -> Done[None]:
        Head.objects.update(number=99)
        return None  # type: ignore[return-value]

    with pytest.raises(TypeError, match="rolled back"), transaction.atomic():
        forgets(by=BY, at=AT)
    assert Head.objects.get().number == 0


def test_commands_in_a_command_leave_their_entries_together_and_a_failed_one_leaves_none() -> None:
    @command("trail.outer")
    def outer(*, by: Viewer, at: datetime) -> Done[None]:
        commands.opened(by=by, at=at, about="planted.paper/1")
        with pytest.raises(ValueError, match="no words"):
            failing(by=by, at=at)
        return Done("planted.paper/2", None)

    @command("trail.failing")
    def failing(*, by: Viewer, at: datetime) -> Done[None]:
        commands.opened(by=by, at=at, about="planted.paper/3")
        raise ValueError("no words")

    outer(by=BY, at=AT)
    assert [entry.act for entry in Entry.objects.all()] == ["trail.opened", "trail.outer"]
    assert queries.verify().faults == ()


def test_times_keep_their_microseconds_on_both_databases() -> None:
    commands.opened(by=BY, at=datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC), about="planted.paper/1")
    assert queries.verify().faults == ()
