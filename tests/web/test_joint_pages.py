"""Joint taskings on screen, and a tasking while it is a draft: who sees, who may not, refusals in words, few queries."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.records.collecting import Scene, found_scene
from tests.records.nation import AT, DAY, join, viewer
from vkpp.records.collections import commands, queries
from vkpp.records.collections.models import Agreed, Asked, GivenRow, Member, Tasking
from vkpp.records.ground.scope import machinery
from vkpp.records.people import commands as people

Clients = Callable[[UUID | None], Any]
PLANTED = "Quokka"


@dataclass(frozen=True)
class Joint:
    """A tasking that two partners work on, of which Eastmere is asked; a third partner has nothing to do with it."""

    scene: Scene
    key: UUID
    lead: UUID  # organisations
    other: UUID
    leads: UUID  # people
    others: UUID
    stranger: UUID

    @property
    def address(self) -> str:
        return f"/rounds/joint/{self.key}/"


def draft(scene: Scene, **values: Any) -> UUID:
    given = {
        "title": "Online groups that say they hunt offenders",
        "purpose": "To know how many there are and what they do to cases.",
        "basis": "Law enforcement purposes.",
        "working_days": 10,
        "hours": 3.0,
        "organisations": [scene.nation.eastmere, scene.nation.westholt],
    }
    return commands.draft_tasking(by=viewer(scene.national), at=AT, **given | values)


@pytest.fixture
def scene(records: None) -> Scene:
    return found_scene()


@pytest.fixture
def joint(scene: Scene) -> Joint:
    chief = scene.nation.chief
    places = [
        people.found_organisation(by=viewer(chief), at=AT, code=code, kind="partner", name=f"Partner {code}", valid_from=DAY)
        for code in ("lead", "other", "strange")
    ]
    who = [
        join(chief, place, f"{name} Joins", "joint_member") for place, name in zip(places, ("Led", "Oth", "Str"), strict=True)
    ]
    key = draft(scene, members=places[:2], organisations=[scene.nation.eastmere])
    commands.open_tasking(by=viewer(scene.national), at=AT, tasking=key)
    return Joint(scene, key, places[0], places[1], *who)


def given(joint: Joint, words: str = f"{PLANTED} meets on one channel.") -> UUID:
    """A row of the leading partner for the other one."""
    return commands.give_row(
        by=viewer(joint.leads),
        at=AT,
        tasking=joint.key,
        organisation=joint.lead,
        what="A group",
        words=words,
        agreed=[joint.other],
    )


def text_of(answer: Any) -> str:
    words = answer.content.decode()
    for code, sign in (("&#x27;", "'"), ("&quot;", '"'), ("&amp;", "&")):
        words = words.replace(code, sign)
    return words


def main_of(answer: Any) -> str:
    """What the page itself says, in one line and without its tags."""
    found = re.search(r"<main.*?</main>", text_of(answer), re.DOTALL)
    assert found is not None
    return " ".join(re.sub(r"<[^>]*>", " ", found[0]).split())


def row_of(row: UUID) -> GivenRow:
    return GivenRow.objects.unscoped("test").get(pk=row)


# Who sees


def test_members_have_it_in_their_list_and_nobody_else_has_the_list(joint: Joint, client_of: Clients) -> None:
    page = main_of(client_of(joint.leads).get("/rounds/joint/"))
    assert "Online groups that say they hunt offenders" in page and "Partner lead, Partner other" in page
    assert "Your organisation works on no joint tasking now." in main_of(client_of(joint.stranger).get("/rounds/joint/"))
    for person in (joint.scene.preparer, joint.scene.national, joint.scene.lead, joint.scene.area, joint.scene.nation.chief):
        assert client_of(person).get("/rounds/joint/").status_code == 404
    assert 'href="/rounds/joint/"' in text_of(client_of(joint.leads).get("/"))
    assert 'href="/rounds/joint/"' not in text_of(client_of(joint.scene.national).get("/"))


def test_a_row_is_read_by_whoever_it_was_agreed_for_and_by_no_other(joint: Joint, client_of: Clients) -> None:
    given(joint)
    mine, theirs = main_of(client_of(joint.leads).get(joint.address)), main_of(client_of(joint.others).get(joint.address))
    assert PLANTED in mine and "Take it back" in mine and "Rows that you can read 1" in mine
    assert PLANTED in theirs and "Take it back" not in theirs and "Given by Partner lead on 2 March 2026" in theirs
    asked = main_of(client_of(joint.scene.preparer).get(joint.address))
    assert PLANTED not in asked and "None yet." in asked and "Rows that you can read 0" in asked


def test_outsiders_cannot_tell_a_joint_tasking_from_none(joint: Joint, client_of: Clients) -> None:
    """Who runs it is no member either. Reading and writing, of this one, of a draft and of none; nothing changes."""
    row, hidden = given(joint), draft(joint.scene, title="Zephyrine", members=[joint.lead])
    there, nowhere = (f"/rounds/joint/{key}/" for key in (joint.key, uuid4()))
    others = {"what": "x", "words": "y", "agreed": [str(joint.other)]}
    scene = joint.scene
    for person in (joint.stranger, scene.national, scene.lead, scene.area, scene.certifier, scene.other, scene.nation.keeper):
        client, said = client_of(person), set()
        for address in (there, nowhere, f"/rounds/joint/{hidden}/"):
            for answer in (client.get(address), client.post(address, others)):
                assert answer.status_code == 404, (person, address)
                said.add(re.sub(r'value="\w+"', "", text_of(answer)))
        for key in (row, uuid4()):
            answer = client.post(f"{there}rows/{key}/withdraw/")
            assert answer.status_code == 404
            said.add(re.sub(r'value="\w+"', "", text_of(answer)))
        assert len(said) == 1 and not any(word in str(said) for word in (PLANTED, "Zephyrine"))
    assert client_of(joint.leads).get(f"/rounds/joint/{hidden}/").status_code == 404  # a draft is nobody's but its makers'
    assert row_of(row).withdrawn_at is None and GivenRow.objects.unscoped("test").count() == 1


# Giving and taking back


def test_a_member_gives_a_row_and_takes_it_back(joint: Joint, client_of: Clients) -> None:
    client = client_of(joint.leads)
    form = {"what": "A group of nine", "words": f"{PLANTED} meets on Sundays.", "agreed": [str(joint.other)]}
    answer = client.post(joint.address, form, follow=True)
    assert answer.redirect_chain == [(joint.address, 302)]
    assert "The row is given. Only those for whom it was agreed can read it." in text_of(answer)
    (row,) = queries.joint_page(viewer=viewer(joint.leads), tasking=joint.key).rows
    assert (row.what, row.agreed_for) == ("A group of nine", ("Partner other",))
    assert client.get(f"{joint.address}rows/{row.id}/withdraw/").status_code == 405
    answer = client.post(f"{joint.address}rows/{row.id}/withdraw/", follow=True)
    assert "Nobody but your organisation can read it any more." in text_of(answer) and "taken back" in main_of(answer)
    assert "Take it back" not in main_of(answer)
    assert PLANTED not in main_of(client_of(joint.others).get(joint.address))
    assert client_of(joint.others).get(joint.address).status_code == 200


def test_a_force_that_is_asked_comes_from_its_returns_and_gives_a_row(joint: Joint, client_of: Clients) -> None:
    client = client_of(joint.scene.preparer)
    assert joint.address in text_of(client.get("/returns/"))
    page = client.get(joint.address)
    assert 'href="/returns/"' in text_of(page) and 'href="/rounds/joint/"' not in text_of(page)
    client.post(joint.address, {"what": "In our force", "words": f"{PLANTED} came twice.", "agreed": [str(joint.lead)]})
    assert PLANTED in main_of(client_of(joint.leads).get(joint.address))
    assert PLANTED not in main_of(client_of(joint.others).get(joint.address))
    assert client_of(joint.scene.other).get(joint.address).status_code == 404  # Westholt is not asked
    certifier = text_of(client_of(joint.scene.certifier).get("/returns/"))  # who signs, and prepares nothing, gives no row
    assert "Online groups that say they hunt offenders" in certifier and joint.address not in certifier


def test_a_slip_and_a_refusal_stand_beside_the_form_in_words_and_keep_what_was_typed(joint: Joint, client_of: Clients) -> None:
    client = client_of(joint.leads)
    form = {"what": "A group", "words": "Ask quentin@example.invalid about it.", "agreed": [str(joint.other)]}
    empty = client.post(joint.address, {})
    assert empty.status_code == 400
    for words in (
        "What it is about is empty. Write a few words.",
        "The row is empty. Write a sentence.",
        "The row is agreed for nobody. Choose at least one member.",
    ):
        assert text_of(empty).count(words) == 2, words  # in the summary, and at the field
    long = client.post(joint.address, form | {"words": "x" * 301})
    assert long.status_code == 400 and 'href="#id_words"' in text_of(long) and "at most 300 characters" in text_of(long)
    astray = client.post(joint.address, form | {"agreed": [str(joint.scene.nation.eastmere)]})
    assert astray.status_code == 400 and "is not one of the available choices" in text_of(astray)
    refused = client.post(joint.address, form)
    assert refused.status_code == 403 and "<title>Error: " in text_of(refused)
    assert "words that name and find nobody" in text_of(refused) and "quentin@example.invalid" in text_of(refused)
    assert GivenRow.objects.unscoped("test").count() == 0


def test_a_closed_tasking_takes_no_row_and_still_gives_one_back(joint: Joint, client_of: Clients) -> None:
    row = given(joint)
    commands.close_tasking(by=viewer(joint.scene.national), at=AT, tasking=joint.key)
    client = client_of(joint.leads)
    assert "Give a row" not in main_of(client.get(joint.address))
    form = {"what": "Late", "words": "Too late.", "agreed": [str(joint.other)]}
    answer = client.post(joint.address, form)
    assert answer.status_code == 403 and "The tasking is closed." in text_of(answer)
    assert client.post(f"{joint.address}rows/{row}/withdraw/").status_code == 302
    assert row_of(row).withdrawn_at is not None


def test_the_reader_of_a_row_cannot_take_it_back(joint: Joint, client_of: Clients) -> None:
    row = given(joint)
    answer = client_of(joint.others).post(f"{joint.address}rows/{row}/withdraw/")
    assert answer.status_code == 403 and "Only the organisation that gave a row can take it back." in text_of(answer)
    assert "ask the organisation that gave it" in text_of(answer) and row_of(row).withdrawn_at is None
    assert client_of(joint.scene.preparer).post(f"{joint.address}rows/{row}/withdraw/").status_code == 404  # cannot read it


# A tasking in draft


def _form(scene: Scene, **values: Any) -> dict[str, Any]:
    said = {
        "title": "Changed title",
        "purpose": "Changed purpose.",
        "basis": "Changed basis.",
        "working_days": "12",
        "hours": "4.5",
        "organisations": [str(scene.nation.eastmere)],
    }
    return said | values


def test_a_draft_is_changed_on_its_page(scene: Scene, client_of: Clients) -> None:
    key = draft(scene, members=[scene.nation.region], hours=2.5)
    client, there = client_of(scene.national), f"/rounds/taskings/{key}/edit/"
    assert there in text_of(client.get(f"/rounds/taskings/{key}/"))
    page = text_of(client.get(there))
    for filled in ('value="Online groups that say they hunt offenders"', 'value="2.5"', "To know how many there are"):
        assert filled in page
    chosen = {str(one) for one in (scene.nation.eastmere, scene.nation.westholt, scene.nation.region)}
    assert set(re.findall(r'value="([0-9a-f-]{36})" checked', page)) == chosen
    answer = client.post(there, _form(scene), follow=True)
    assert answer.redirect_chain == [(f"/rounds/taskings/{key}/", 302)]
    said = main_of(answer)
    for words in ("Changed title", "Changed purpose.", "Changed basis.", "4.5", "0 of 1", "Nobody: it is not joint"):
        assert words in said, words


def test_a_draft_keeps_what_was_typed_beside_what_is_wrong(scene: Scene, client_of: Clients) -> None:
    key = draft(scene)
    client, there = client_of(scene.national), f"/rounds/taskings/{key}/edit/"
    wrong = client.post(there, _form(scene, purpose="", organisations=[], hours="many"))
    assert wrong.status_code == 400 and 'value="Changed title"' in text_of(wrong)
    for words in ("Purpose is empty.", "No force is chosen.", "Hours of one force must be a number."):
        assert words in text_of(wrong)
    reached = client.post(there, _form(scene, purpose="Ring quentin@example.invalid"))
    assert reached.status_code == 403 and "words that name and find nobody" in text_of(reached)
    assert Tasking.objects.unscoped("test").get(pk=key).title == "Online groups that say they hunt offenders"


def test_a_draft_is_discarded_after_it_said_what_that_does(scene: Scene, client_of: Clients) -> None:
    key = draft(scene, members=[scene.nation.region])
    client, there = client_of(scene.national), f"/rounds/taskings/{key}/discard/"
    page = main_of(client.get(there))
    assert "The draft goes. Nobody was told of it." in page and "Leave everything as it is" in page
    assert Tasking.objects.unscoped("test").filter(pk=key).exists()
    answer = client.post(there, follow=True)
    assert answer.redirect_chain == [("/rounds/taskings/", 302)] and "The draft is gone." in text_of(answer)
    assert client.get(f"/rounds/taskings/{key}/").status_code == 404 and client.post(there).status_code == 404
    assert not Asked.objects.unscoped("test").exists() and not Member.objects.unscoped("test").exists()


def test_what_is_out_is_neither_changed_nor_discarded(scene: Scene, client_of: Clients) -> None:
    key = draft(scene)
    commands.open_tasking(by=viewer(scene.national), at=AT, tasking=key)
    client = client_of(scene.national)
    page = text_of(client.get(f"/rounds/taskings/{key}/"))
    assert f"/rounds/taskings/{key}/edit/" not in page
    for answer in (
        client.get(f"/rounds/taskings/{key}/edit/"),
        client.post(f"/rounds/taskings/{key}/edit/", _form(scene)),
        client.post(f"/rounds/taskings/{key}/discard/"),
    ):
        assert answer.status_code == 403 and "now: the tasking is open" in text_of(answer)
    assert Tasking.objects.unscoped("test").get(pk=key).title == "Online groups that say they hunt offenders"


def test_the_lead_reads_a_draft_and_may_not_change_it(scene: Scene, client_of: Clients) -> None:
    key = draft(scene)
    client = client_of(scene.lead)
    assert "Change the draft" not in re.findall(r"<a [^>]*>([^<]*)</a>", text_of(client.get(f"/rounds/taskings/{key}/")))
    for answer in (
        client.get(f"/rounds/taskings/{key}/edit/"),
        client.post(f"/rounds/taskings/{key}/edit/", _form(scene)),
        client.post(f"/rounds/taskings/{key}/discard/"),
    ):
        assert answer.status_code == 403 and "Your roles do not let you" in text_of(answer)
    for person in (scene.preparer, scene.area, scene.nation.chief):
        for name in ("edit", "discard"):
            assert client_of(person).post(f"/rounds/taskings/{key}/{name}/", _form(scene)).status_code == 404
    assert Tasking.objects.unscoped("test").get(pk=key).title == "Online groups that say they hunt offenders"


def test_what_was_asked_before_is_shown_before_a_draft_is_made(scene: Scene, client_of: Clients) -> None:
    held = draft(scene)
    commands.open_tasking(by=viewer(scene.national), at=AT, tasking=held)
    client = client_of(scene.national)
    form = _form(scene, title="Groups online that hunt offenders", purpose="How many groups there are, what they do to cases.")
    shown = client.post("/rounds/taskings/new/", form)
    page = text_of(shown)
    assert shown.status_code == 200 and "Something like it was asked before" in page and f"/rounds/taskings/{held}/" in page
    assert "<title>Error: " not in page and 'value="Groups online that hunt offenders"' in page and 'name="looked"' in page
    assert Tasking.objects.unscoped("test").count() == 1
    made = client.post("/rounds/taskings/new/", form | {"looked": "on"}, follow=True)
    assert "The draft is made. No force has been told." in text_of(made) and Tasking.objects.unscoped("test").count() == 2


# Many rows


def asked_of(client: Any, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(address)
    assert answer.status_code == 200 and len(answer.content) < 100_000, (address, len(answer.content))
    return len(seen)


def grow(joint: Joint, to: int) -> None:
    """So many rows of the joint tasking, each with the word for whom it was agreed, and so many taskings besides."""
    have = GivenRow.objects.unscoped("test").filter(tasking=joint.key).count()
    with machinery("the test plants many rows"):
        for number in range(have, to):
            at = AT + timedelta(minutes=number)
            row = GivenRow(tasking_id=joint.key, organisation_id=joint.lead, given_by_id=joint.leads, given_at=at)
            row.what, row.words = f"Group {number}", f"What is known of group {number}."
            row.save()
            Agreed(row=row, organisation_id=joint.other).save()
            other = Tasking.objects.unscoped("test").get(pk=joint.key)
            other.pk, other.title = uuid4(), f"Tasking {number}"
            other.save(force_insert=True)
            Member(tasking=other, organisation_id=joint.lead).save()
            Member(tasking=other, organisation_id=joint.other).save()
            Asked(tasking=other, organisation_id=joint.scene.nation.eastmere).save()


def test_pages_ask_the_database_as_often_for_many_rows_as_for_one(joint: Joint, client_of: Clients) -> None:
    key = draft(joint.scene)
    seen: list[dict[str, int]] = []
    for many in (1, 3, 300):
        grow(joint, many)
        leads, others, national = (client_of(one) for one in (joint.leads, joint.others, joint.scene.national))
        counts = {f"{name} {address}": asked_of(client, address) for name, client, address in (
            ("giver", leads, "/rounds/joint/"), ("giver", leads, joint.address), ("reader", others, joint.address),
            ("makers", national, f"/rounds/taskings/{key}/"), ("makers", national, f"/rounds/taskings/{key}/edit/"),
        )}  # fmt: skip
        seen.append(counts)
    assert seen[0] == seen[1] == seen[2] and max(seen[0].values()) < 25, seen


def test_many_rows_come_in_pages_the_newest_first(joint: Joint, client_of: Clients) -> None:
    grow(joint, 60)
    client = client_of(joint.others)
    first, second = (main_of(client.get(f"{joint.address}?page={number}")) for number in (1, 2))
    assert "Group 59" in first and "Group 10 " in first and "Group 9 " not in first and "Page 1 of 2" in first
    assert "Group 9 " in second and "Group 0 " in second and "Group 10 " not in second
    for number in ("0", "99", "x", "-1"):
        assert client.get(f"{joint.address}?page={number}").status_code == 200


# Search


def test_a_joint_tasking_is_found_by_its_members_and_by_whom_it_asks_and_by_nobody_else(
    joint: Joint, client_of: Clients
) -> None:
    """And leads each to a page that opens for them; the rows that are given to some are found by nobody."""
    given(joint)

    def found(person: UUID, words: str = "hunt offenders") -> str:
        return text_of(client_of(person).get("/search/", {"q": words}))

    title = "Online groups that say they hunt offenders"
    for person in (joint.leads, joint.others, joint.scene.preparer, joint.scene.national):
        page = found(person)
        assert page.count(title) == 1, person
        (address,) = re.findall(rf'href="([^"]+)"[^>]*>{title}', page)
        assert title in text_of(client_of(person).get(address))
    for person in (joint.stranger, joint.scene.other, joint.scene.nation.chief):
        assert title not in found(person)
    for person in (joint.leads, joint.others, joint.stranger, joint.scene.preparer, joint.scene.national):
        assert f"{PLANTED} meets" not in found(person, PLANTED.lower())


def test_a_joint_tasking_that_is_a_draft_is_found_by_its_makers_alone(joint: Joint, client_of: Clients) -> None:
    draft(joint.scene, title="Unborn tasking", members=[joint.lead], organisations=[joint.scene.nation.eastmere])
    for person, there in ((joint.leads, False), (joint.scene.preparer, False), (joint.scene.national, True)):
        assert ("Unborn tasking" in text_of(client_of(person).get("/search/", {"q": "unborn"}))) is there
