"""Search: the same answers on both databases, nothing of what the viewer may not see, stable pages, kept and rebuilt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import example, given
from hypothesis import strategies as st

from tests.records.nation import AT, DAY, Nation, found_nation, viewer
from vkpp.basics.problems import UsageProblem
from vkpp.records.ground.problems import WriteOutsideCommand
from vkpp.records.ground.scope import machinery
from vkpp.records.ground.viewer import Viewer, system
from vkpp.records.people import commands as people
from vkpp.records.search import commands, rules
from vkpp.records.search.models import Entry
from vkpp.records.search.queries import PAGE, Page, search
from vkpp.records.search.rules import MOST_WORDS, Indexed, Source, folded
from vkpp.records.trail import commands as trail
from vkpp.records.trail.commands import Done, command

pytestmark = pytest.mark.usefixtures("records")
SERVICE = system("test", DAY)
SEEN = "people.see"
PAPERS: list[Indexed] = []


@command("planted.put")
def put(*, by: Viewer, at: object, entry: Indexed) -> Done[str]:
    return Done("planted.paper/1", commands.put(entry))


@command("planted.drop")
def drop(*, by: Viewer, at: object, key: UUID) -> Done[bool]:
    return Done("planted.paper/1", commands.drop("paper", key))


@pytest.fixture(autouse=True)
def papers() -> Iterator[list[Indexed]]:
    rules.register(Source("paper", "Paper", lambda: list(PAPERS)))
    rules.register(Source("note", "Note", list))
    yield PAPERS
    PAPERS.clear()
    rules.forget("paper")
    rules.forget("note")


@pytest.fixture
def nation(records: None) -> Nation:
    return found_nation()


def paper(title: str, *places: UUID | None, text: str = "", minutes: int = 0, **more: object) -> Indexed:
    leaves = frozenset((SEEN, place) for place in places)
    made = Indexed("paper", uuid4(), title, AT + timedelta(minutes=minutes), leaves, text=text)
    made = replace(made, **more)  # type: ignore[arg-type]
    put(by=SERVICE, at=AT, entry=made)
    if made.kind == "paper":
        PAPERS.append(made)
    return made


def titles(page: Page) -> list[str]:
    return [hit.title for hit in page.hits]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("exploitation", True),
        ("EXPLOIT", True),  # begins a word
        ("child's", True),
        ("children exploitation", True),  # every word
        ("children theft", False),
        ("ploitation", False),  # not inside a word
        ("cafe", True),
        ("Café", True),
        ("ysgol wyl", True),
        ("3a", True),
        ("3", False),  # short words are matched whole
        ("hidden-in-the-body", True),
        ("1e5", True),
        ("VKPP-F-1234566", True),
        ("f", True),
        ("'; DROP TABLE search_entry; --", False),
        ('" OR * NEAR( : & | ! <-> )', False),
        ("exploitation AND", False),  # no operators: words
        ("heading : exploitation", False),
    ],
)
def test_words_are_found_alike_on_both_databases(nation: Nation, asked: str, found: bool) -> None:
    paper(
        "Child's exploitation of children: Café",
        None,
        text="Ysgol Ŵyl 3a, hidden in the body, 1e5",
        reference="VKPP-F-1234566",
    )
    assert bool(search(viewer(nation.chief), asked).hits) is found


@given(st.text(max_size=60))
@example("0:5:A:¼0:B:¾:2:6:7:8:9")  # thirteen words, once folded
def test_whatever_is_asked_is_answered_or_refused_in_words(text: str) -> None:
    if len(set(folded(text))) > MOST_WORDS:
        with pytest.raises(UsageProblem, match="too much"):
            search(SERVICE, text)
        return
    page = search(SERVICE, text)
    assert page.hits == () and page.total == 0


def test_too_much_is_refused_and_nothing_is_nothing(nation: Nation) -> None:
    by = viewer(nation.chief)
    assert search(by, " ... ") == Page((), 0, (), None)
    for text in ("a " * 60 + "x" * 100, " ".join(f"w{n}" for n in range(13))):
        with pytest.raises(UsageProblem, match="too much"):
            search(by, text)
    with pytest.raises(UsageProblem, match="no kind 'secret'"):
        search(by, "x", kinds=("secret",))
    for after in ("x", "0.99999999T999999999999.x", "0.99999999T999999999999." + "0" * 32):
        with pytest.raises(UsageProblem, match="no page"):
            search(by, "x", after=after)


def test_titles_first_then_the_latest_and_pages_do_not_move(nation: Nation) -> None:
    by = viewer(nation.chief)
    for number in range(PAGE * 2 + 5):
        paper(f"Paper {number}" if number % 2 else f"Ferret {number}", None, text="ferret", minutes=number // 3)
    pages, after = [search(by, "ferret")], None
    while (after := pages[-1].after) is not None:
        paper("A ferret that came later", None, minutes=10_000)
        pages.append(search(by, "ferret", after=after))
    said = [title for page in pages for title in titles(page)]
    assert len(pages) == 3 and len(set(said)) == len(said) == PAGE * 2 + 5
    heads = [title.startswith("Ferret") for title in said]
    assert heads == sorted(heads, reverse=True)
    numbers = [int(title.split()[1]) // 3 for title in said]
    half = sum(heads)
    assert numbers[:half] == sorted(numbers[:half], reverse=True) and numbers[half:] == sorted(numbers[half:], reverse=True)


def test_kinds_narrow_and_every_kind_is_counted(nation: Nation) -> None:
    by = viewer(nation.chief)
    paper("Ferret one", None)
    paper("Ferret two", None)
    paper("Ferret three", None, kind="note")
    page = search(by, "ferret", kinds=("note",))
    assert titles(page) == ["Ferret three"] and page.total == 1
    assert page.kinds == (("note", "Note", 1), ("paper", "Paper", 2))
    assert search(by, "ferret").total == 3


def test_found_by_permission_and_place(nation: Nation) -> None:
    paper("Ferret of Eastmere", nation.eastmere)
    paper("Ferret of both", nation.eastmere, nation.westholt)
    paper("Ferret of nobody")
    paper("Ferret of auditors", None, leaves=frozenset({("trail.read", None)}))
    seen = {
        name: sorted(titles(search(viewer(getattr(nation, name)), "ferret")))
        for name in ("east", "west", "coordinator", "keeper", "second")
    }
    both = ["Ferret of Eastmere", "Ferret of both"]
    assert seen["east"] == seen["coordinator"] == seen["keeper"] == both  # a member there, its region, everywhere
    assert seen["west"] == ["Ferret of both"] and seen["second"] == [
        "Ferret of Eastmere",
        "Ferret of auditors",
        "Ferret of both",
    ]
    assert search(SERVICE, "ferret").total == 0


def test_a_compartment_s_entries_do_not_exist_outside_it(nation: Nation, caplog: pytest.LogCaptureFixture) -> None:
    """Hits, counts, kinds, order and page ends are word for word the same before anything restricted exists and after."""
    for number in range(PAGE + 2):
        paper(f"Ferret {number}", None, text="quokka" if number % 2 else "", minutes=number)
    everybody = (nation.chief, nation.second, nation.east, nation.west, nation.coordinator, nation.keeper, nation.analyst)
    questions = ("ferret", "zephyrine", "quokka", "zeph")

    def hear(person: UUID) -> str:
        return repr([(search(viewer(person), q), search(viewer(person), q, kinds=("paper",))) for q in questions])

    key = people.open_compartment(by=viewer(nation.keeper), at=AT, title="Zephyrine", purpose="Quokka")
    people.admit(by=viewer(nation.keeper), at=AT, compartment=key, person=nation.analyst)
    before = {person: hear(person) for person in everybody}
    for number in range(30):
        paper(f"Zephyrine ferret {number}", None, text="quokka", minutes=number, compartment=key)
    paper("Zephyrine note", None, kind="note", compartment=key)
    insiders = (nation.keeper, nation.analyst)
    for person in everybody:
        assert (hear(person) == before[person]) is (person not in insiders)
    assert search(viewer(nation.analyst), "zephyrine").total == 31
    assert "Zephyrine" not in caplog.text
    people.dismiss(by=viewer(nation.keeper), at=AT, compartment=key, person=nation.analyst)
    assert hear(nation.analyst) == before[nation.analyst]


@pytest.mark.parametrize("rows", [1, 3, 300])
def test_two_queries_for_any_number_of_hits(nation: Nation, rows: int) -> None:
    by = viewer(nation.chief)
    for number in range(rows):
        paper(f"Ferret {number}", nation.eastmere, nation.westholt)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page = search(by, "ferret")
        search(by, "ferret", kinds=("paper",), after=rules.bookmark(0, AT, uuid4()))
    assert page.total == rows and len(asked) == 4


def test_an_entry_follows_its_object(nation: Nation) -> None:
    by = viewer(nation.east)
    first = paper("Ferret", nation.eastmere)
    assert put(by=SERVICE, at=AT, entry=first) == "same"
    assert put(by=SERVICE, at=AT, entry=replace(first, title="Stoat")) == "mended"
    assert titles(search(by, "ferret")) == [] and titles(search(by, "stoat")) == ["Stoat"]
    assert put(by=SERVICE, at=AT, entry=replace(first, title="Stoat", leaves=frozenset({(SEEN, nation.westholt)}))) == "mended"
    assert titles(search(by, "stoat")) == [] and titles(search(viewer(nation.west), "stoat")) == ["Stoat"]
    assert drop(by=SERVICE, at=AT, key=first.key) and not drop(by=SERVICE, at=AT, key=first.key)
    assert search(viewer(nation.west), "stoat").total == 0


def test_it_is_kept_inside_commands_only_and_goes_with_them(nation: Nation) -> None:
    entry = Indexed("paper", uuid4(), "Ferret", AT, frozenset({(SEEN, None)}))
    for write in (lambda: commands.put(entry), lambda: commands.drop("paper", entry.key)):
        with pytest.raises(WriteOutsideCommand):
            write()
    with pytest.raises(ValueError, match="no app registers"):
        put(by=SERVICE, at=AT, entry=replace(entry, kind="other"))

    @command("planted.fail")
    def fail(*, by: Viewer, at: object) -> Done[None]:
        commands.put(entry)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        fail(by=SERVICE, at=AT)
    assert search(viewer(nation.chief), "ferret").total == 0


def test_two_apps_can_not_register_one_kind() -> None:
    rules.register(Source("paper", "Paper", list))  # the same again
    with pytest.raises(ValueError, match="two apps"):
        rules.register(Source("paper", "Another", list))


def test_rebuilt_from_what_the_apps_register(nation: Nation) -> None:
    by = viewer(nation.chief)
    kept, wrong, missing = paper("Ferret kept", None), paper("Ferret wrong", None), paper("Ferret missing", None)
    paper("Ferret orphan", None, kind="note")
    before = search(by, "ferret", kinds=("paper",))
    with machinery("the test spoils the index"):
        Entry.objects.filter(key=wrong.key).update(title="Spoilt", heading="spoilt")
        Entry.objects.filter(key=missing.key).delete()
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO search_words(search_words) VALUES ('delete-all')")
    counts = commands.rebuild(by=SERVICE, at=AT)
    assert counts == {"same": 1, "mended": 1, "added": 1, "removed": 1}
    assert search(by, "ferret") == replace(before, kinds=(("paper", "Paper", 3),)) and kept in PAPERS
    assert commands.rebuild(by=SERVICE, at=AT) == {"same": 3, "removed": 0}


def test_purge_takes_an_entry_and_its_words_when_its_object_s_time_is_up(nation: Nation) -> None:
    by = viewer(nation.chief)
    paper("Ferret", None, forget_on=DAY)
    paper("Ferret for good", None)
    trail.purge(by=SERVICE, at=AT)
    assert search(by, "ferret").total == 2
    trail.purge(by=SERVICE, at=AT + timedelta(days=1))
    assert titles(search(by, "ferret")) == ["Ferret for good"]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM search_words WHERE search_words MATCH 'ferret'")
            assert cursor.fetchone() == (1,)


def test_no_number_tells_how_much_is_hidden(nation: Nation) -> None:
    paper("Ferret", None)
    paper("Ferret two", None)
    numbers = sorted(Entry.objects.unscoped("test").values_list("number", flat=True))
    assert numbers[1] - numbers[0] > 1000
