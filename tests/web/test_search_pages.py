"""Search and references on pages: what is found for whom, what exists for nobody else, few queries for any number of rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.records.collecting import Scene, drafted, found_scene
from tests.records.nation import AT, join, viewer
from vkpp.basics.markings import Level, Marking
from vkpp.records.collections import commands, queries
from vkpp.records.ground.viewer import Viewer, system
from vkpp.records.people import commands as people
from vkpp.records.search import commands as index
from vkpp.records.search.queries import search
from vkpp.records.search.rules import Indexed
from vkpp.records.thread import commands as thread
from vkpp.records.thread import queries as cited
from vkpp.records.thread import rules as references
from vkpp.records.trail.commands import Done, command

Clients = Callable[[UUID | None], Any]
SERVICE = system("test", AT.date())


@pytest.fixture
def scene(records: None) -> Scene:
    return found_scene()


def text_of(answer: Any) -> str:
    return str(answer.content.decode().replace("&#x27;", "'"))


def found_by(client: Any, words: str, **more: str) -> str:
    answer = client.get("/search/", {"q": words, **more})
    assert answer.status_code == 200
    return text_of(answer)


def issued(scene: Scene, text: str, author: UUID, editor: UUID, **more: Any) -> tuple[UUID, str]:
    """A finding of the programme, issued with its evidence; its id and reference."""
    place, by = scene.nation.programme, viewer(author)
    key = thread.draft_finding(by=by, at=AT, organisation=place, text=text, **more)
    proof = thread.add_evidence(
        by=by,
        at=AT,
        organisation=place,
        kind="edition_number",
        pointer="csae-2025/total",
        digest="a" * 64,
        says="Ferrets rose.",
        **more,
    )
    thread.support(by=by, at=AT, finding=key, evidence=proof)
    thread.issue_finding(by=viewer(editor), at=AT, finding=key)
    return key, cited.reference_of(viewer=by, kind="thread.finding", key=key)


@pytest.fixture
def authors(scene: Scene) -> tuple[UUID, UUID]:
    chief, place = scene.nation.chief, scene.nation.programme
    return join(chief, place, "Aut Hor", "thread_author"), join(chief, place, "Edi Tor", "thread_editor")


def test_a_search_box_stands_in_the_bar_of_whoever_is_signed_in(scene: Scene, client_of: Clients) -> None:
    assert 'role="search"' in text_of(client_of(scene.preparer).get("/account/roles/"))
    assert 'role="search"' not in text_of(client_of(None).get("/sign-in/"))
    assert text_of(client_of(scene.preparer).get("/search/")).count('role="search"') == 1


def test_each_finds_a_return_on_their_own_page_and_nobody_another_force_s(scene: Scene, client_of: Clients) -> None:
    for person, address in (
        (scene.preparer, f"/returns/{scene.east}/"),
        (scene.area, f"/our-forces/returns/{scene.east}/"),
        (scene.national, f"/rounds/returns/{scene.east}/"),
    ):
        client = client_of(person)
        page = found_by(client, "eastmere csae 2026")
        assert "Eastmere: " in page and f'href="{address}"' in page and "OFFICIAL" in page
        assert client.get(address).status_code == 200
    assert "Nothing was found" in found_by(client_of(scene.other), "eastmere")
    assert "1 result" in found_by(client_of(scene.other), "westholt")


def test_kinds_are_counted_and_narrow(scene: Scene, client_of: Clients) -> None:
    client = client_of(scene.national)
    page = found_by(client, "march 2026")
    assert "3 results" in page and "Every kind (3)" in page and "Return (2)" in page and "Round (1)" in page
    only = found_by(client, "march 2026", kind="round")
    assert "1 result<" in only.replace("</h2>", "<") and "Eastmere" not in only
    assert "3 results" in found_by(client, "march 2026", kind="nonsense")


def test_the_words_around_what_was_asked_for_are_shown(scene: Scene, client_of: Clients) -> None:
    commands.ask_waiver(by=viewer(scene.preparer), at=AT, submission=scene.east, reason="The records office is closed & moved.")
    page = found_by(client_of(scene.lead), "office clos")
    assert "The records <mark>office</mark> is <mark>closed</mark> &amp; moved." in page and "Waiver of a return" in page
    assert f'href="/returns/{scene.east}/"' in found_by(client_of(scene.preparer), "office")
    assert "Nothing was found" in found_by(client_of(scene.other), "office")


def test_too_much_is_said_in_words_and_a_bad_page_too(scene: Scene, client_of: Clients) -> None:
    client = client_of(scene.national)
    for asked in ({"q": " ".join(f"w{n}" for n in range(30))}, {"q": "march", "after": "nonsense"}):
        answer = client.get("/search/", asked)
        assert answer.status_code == 400 and "There is a problem" in text_of(answer)
    assert "<script>alert" not in found_by(client, "<script>alert(1)</script>")


def test_more_results_are_a_page_away(scene: Scene, client_of: Clients, authors: tuple[UUID, UUID]) -> None:
    for number in range(21):
        thread.draft_finding(by=viewer(authors[0]), at=AT, organisation=scene.nation.programme, text=f"Ferret {number}")
    client = client_of(authors[0])
    first = found_by(client, "ferret")
    more = re.search(r'href="([^"]+)" rel="next"', first)
    assert more is not None and "21 results" in first
    second = text_of(client.get(more[1].replace("&amp;", "&")))
    assert "Back to the first results" in second and second.count('<h3 class="govuk-heading-s">') == 1


def test_the_index_follows_every_command_by_itself(scene: Scene) -> None:
    """After drafts, discards, openings, waivers and taskings a rebuild finds nothing to mend, add or remove."""
    by, at = viewer(scene.national), AT
    gone = drafted(by, scene.nation, "CY2026Q2")
    commands.discard_round(by=by, at=at, round_=gone)
    draft = commands.clone_round(by=by, at=at, round_=scene.round, period="CY2026Q3", opens_on=AT.date())
    commands.edit_round(by=by, at=at, round_=draft, respondents=[scene.nation.eastmere])
    commands.open_round(by=by, at=at, round_=draft)
    drafted(by, scene.nation, "CY2026Q4")
    waiver = commands.ask_waiver(by=viewer(scene.preparer), at=at, submission=scene.east, reason="Closed.")
    commands.sign_waiver(by=viewer(scene.lead), at=at, waiver=waiver)
    tasking = commands.draft_tasking(
        by=by,
        at=at,
        title="Count ferrets",
        purpose="To know",
        basis="Agreed",
        working_days=9,
        hours=1,
        organisations=[scene.nation.westholt],
    )
    commands.open_tasking(by=by, at=at, tasking=tasking)
    commands.close_tasking(by=by, at=at, tasking=tasking)
    commands.close_round(by=by, at=at, round_=scene.round)
    counts = index.rebuild(by=SERVICE, at=AT)
    assert counts.keys() == {"same", "removed"} and counts["removed"] == 0 and counts["same"] == 8


def test_everybody_finds_what_their_lists_show_and_nothing_else(scene: Scene) -> None:
    by = viewer(scene.national)
    drafted(by, scene.nation, "CY2026Q2")
    for person in (scene.national, scene.lead, scene.area, scene.preparer, scene.other, scene.nation.chief, scene.nation.east):
        seen = viewer(person)
        hits = search(seen, "child csae 2026").hits
        assert {hit.key for hit in hits if hit.kind == "round"} == {row.id for row in queries.rounds(viewer=seen)}
        returns = {scene.of(force) for force in (scene.nation.eastmere, scene.nation.westholt)}
        mine = {key for key in returns if cited.is_there(viewer=seen, kind="collections.submission", key=key)}
        assert {hit.key for hit in hits if hit.kind == "return"} == mine


def test_a_joint_tasking_is_found_by_whoever_takes_part_and_leads_to_its_page(scene: Scene, client_of: Clients) -> None:
    """Members, the force that is asked, its region and the makers; each is led to a page that opens. Nobody else finds it."""
    nation, by = scene.nation, viewer(scene.national)
    lead, other, strange = (
        people.found_organisation(by=viewer(nation.chief), at=AT, code=code, kind="partner", name=code, valid_from=AT.date())
        for code in ("lead", "other", "strange")
    )
    leads, others, stranger, desk = (
        join(nation.chief, place, f"{name} Joins", "joint_member")
        for place, name in ((lead, "Led"), (other, "Oth"), (strange, "Str"), (nation.region, "Reg"))
    )
    asked: dict[str, Any] = {"title": "Count ferrets", "purpose": "To know", "basis": "Agreed", "working_days": 9, "hours": 1}
    places = {"organisations": [nation.eastmere], "members": [lead, other]}
    key = commands.draft_tasking(by=by, at=AT, **asked, **places)
    everybody = (leads, others, stranger, desk, scene.area, scene.preparer, scene.certifier, scene.other, scene.national)
    everybody += (scene.lead, nation.chief, nation.keeper, nation.east)

    def finders() -> set[UUID]:
        return {person for person in everybody if search(viewer(person), "ferrets", kinds=["tasking"]).total}

    makers = {scene.national, scene.lead}
    assert finders() == makers  # a draft exists for nobody else
    commands.open_tasking(by=by, at=AT, tasking=key)
    takes_part = {leads, others, scene.area, scene.preparer, scene.certifier}
    assert finders() == makers | takes_part
    assert finders() == {p for p in everybody if any(one.id == key for one in queries.taskings(viewer=viewer(p)))}
    joint = f"/rounds/joint/{key}/"
    for person, address in ((leads, joint), (others, joint), (scene.preparer, joint), (scene.certifier, "/returns/"),
                            (scene.area, "/our-forces/"), (scene.national, f"/rounds/taskings/{key}/")):  # fmt: skip
        client = client_of(person)
        assert f'href="{address}"' in found_by(client, "ferrets")[text_of(client.get("/search/?q=ferrets")).index("<main") :]
        assert client.get(address).status_code == 200
    assert "Nothing was found" in found_by(client_of(stranger), "ferrets")
    assert index.rebuild(by=SERVICE, at=AT).keys() == {"same", "removed"} and finders() == makers | takes_part
    commands.close_tasking(by=by, at=AT, tasking=key)
    assert finders() == makers | takes_part


def test_who_takes_part_follows_a_draft_that_is_changed(scene: Scene) -> None:
    nation, by = scene.nation, viewer(scene.national)
    desk = join(nation.chief, nation.region, "Reg Joins", "joint_member")
    asked: dict[str, Any] = {"title": "Count ferrets", "purpose": "To know", "basis": "Agreed", "working_days": 9, "hours": 1}
    key = commands.draft_tasking(by=by, at=AT, **asked, organisations=[nation.eastmere], members=[nation.region])
    commands.edit_tasking(by=by, at=AT, tasking=key, **asked, organisations=[nation.westholt], members=[])
    commands.open_tasking(by=by, at=AT, tasking=key)
    finders = {one for one in (desk, scene.preparer, scene.other) if search(viewer(one), "ferrets").total}
    assert finders == {scene.other}


@pytest.mark.parametrize("rows", [1, 3, 300])
def test_a_constant_number_of_queries_for_any_number_of_results(scene: Scene, client_of: Clients, rows: int) -> None:
    for number in range(rows):
        put(by=SERVICE, at=AT, entry=index_entry(scene, number))
    client = client_of(scene.national)
    client.get("/search/?q=ferret")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page = found_by(client, "ferret")
    assert f"{rows} result" in page and len(asked) <= 13


def index_entry(scene: Scene, number: int) -> Indexed:
    leaves = frozenset({("collections.see", scene.nation.eastmere)})
    kind = ("return", "waiver")[number % 2]
    return Indexed(kind, uuid4(), f"Ferret {number}", AT, leaves, text="A ferret was seen.")


@command("planted.indexed")
def put(*, by: Viewer, at: datetime, entry: Indexed) -> Done[str]:
    return Done("planted.paper/1", index.put(entry))


# References


def test_a_reference_is_an_address_that_leads_to_its_page(scene: Scene, client_of: Clients, authors: tuple[UUID, UUID]) -> None:
    author, editor = authors
    key, name = issued(scene, "Ferrets are seldom asked.", author, editor)
    rec = thread.draft_recommendation(
        by=viewer(author), at=AT, organisation=scene.nation.programme, text="Ask ferrets.", findings=[key], addressees=[]
    )
    row = cited.recommendation(viewer=viewer(author), recommendation=rec)
    proof = cited.finding(viewer=viewer(author), finding=key).evidence[0].reference
    client = client_of(author)
    for reference, words in ((name, "Ferrets are seldom asked."), (row.reference, "Ask ferrets."), (proof, "Ferrets rose.")):
        page = client.get(f"/{reference}/")
        assert page.status_code == 200 and words in text_of(page) and reference in text_of(page)
        assert words not in re.search(r"<title>(.*?)</title>", text_of(page))[1]  # type: ignore[index]
        assert client.get("/search/", {"q": reference.lower()}).headers["Location"] == f"/{reference}/"
    assert client.get(f"/VKPP-{name[5:].lower()}/").headers["Location"] == f"/{name}/"
    thread.withdraw_finding(by=viewer(editor), at=AT, finding=key, reason="It was wrong.")
    assert "withdrawn on 2 March 2026. Reason: It was wrong." in text_of(client.get(f"/{name}/"))


def test_a_round_and_a_return_that_are_cited_open_on_the_reader_s_own_page(scene: Scene, client_of: Clients) -> None:
    by = viewer(scene.national)
    one = thread.give_reference(by=by, at=AT, kind="collections.submission", key=scene.east)
    all_ = thread.give_reference(by=by, at=AT, kind="collections.round", key=scene.round)
    for person, there, list_ in (
        (scene.national, f"/rounds/returns/{scene.east}/", f"/rounds/{scene.round}/"),
        (scene.area, f"/our-forces/returns/{scene.east}/", "/our-forces/"),
        (scene.preparer, f"/returns/{scene.east}/", "/returns/"),
    ):
        client = client_of(person)
        assert client.get(f"/{one}/").headers["Location"] == there
        assert client.get(f"/{all_}/").headers["Location"] == list_
    assert client_of(scene.other).get(f"/{one}/").status_code == 404


def test_a_reference_that_is_not_there_and_one_that_is_not_theirs_get_the_same_page(
    scene: Scene, client_of: Clients, authors: tuple[UUID, UUID]
) -> None:
    key = people.open_compartment(by=viewer(scene.nation.keeper), at=AT, title="Zephyrine", purpose="Quokka")
    for person in authors:
        people.admit(by=viewer(scene.nation.keeper), at=AT, compartment=key, person=person)
    _, name = issued(scene, "Zephyrine ferrets.", *authors, compartment=key)
    nobody = references.draw("thread.finding")
    assert client_of(authors[0]).get(f"/{name}/").status_code == 200
    for person in (scene.national, scene.preparer, scene.nation.chief):
        client = client_of(person)
        theirs, none = client.get(f"/{name}/"), client.get(f"/{nobody}/")
        assert theirs.status_code == none.status_code == 404
        assert _plain(text_of(theirs)) == _plain(text_of(none))
        asked = [found_by(client, reference).replace(reference, "") for reference in (name, nobody)]
        assert _plain(asked[0]) == _plain(asked[1]) and "Nothing was found" in asked[0]


def _plain(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


def test_what_stands_in_a_compartment_is_in_no_result_count_kind_or_page_end(
    scene: Scene, client_of: Clients, authors: tuple[UUID, UUID]
) -> None:
    """Planted: the pages of everybody outside are the same to the letter before it exists and after."""
    author, editor = authors
    issued(scene, "Ferrets are seldom asked.", author, editor)
    key = people.open_compartment(by=viewer(scene.nation.keeper), at=AT, title="Zephyrine", purpose="Quokka")
    for person in (author, editor, scene.second):
        people.admit(by=viewer(scene.nation.keeper), at=AT, compartment=key, person=person)
    outside = (scene.national, scene.lead, scene.area, scene.preparer, scene.other, scene.nation.chief, scene.nation.second)
    questions = ("ferret", "zephyrine", "quokka", "csae", "2026", "vkpp")
    before = {person: [_plain(found_by(client_of(person), q)) for q in questions] for person in outside}
    marking = Marking(Level.OFFICIAL_SENSITIVE, "For the panel only")
    issued(scene, "Zephyrine ferrets of the quokka.", author, editor, compartment=key, marking=marking)
    round_ = commands.draft_round(
        by=viewer(scene.second),
        at=AT,
        collection="csae",
        period="CY2026Q1",
        opens_on=AT.date(),
        working_days=9,
        respondents=[scene.nation.eastmere],
        compartment=key,
    )
    commands.open_round(by=viewer(scene.second), at=AT, round_=round_)
    assert "Zephyrine ferrets" in found_by(client_of(author), "zephyrine")  # inside it is there, with its marking
    assert "OFFICIAL-SENSITIVE: For the panel only" in found_by(client_of(author), "zephyrine")
    assert "Round (2)" in found_by(client_of(scene.second), "csae")
    for person in outside:
        assert [_plain(found_by(client_of(person), q)) for q in questions] == before[person]
