"""A region's desk: own forces late, queried, changed, to approve; chased in one act; and nothing of anybody else's."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.records.collecting import ASKS, Scene, found_scene
from tests.records.nation import AT, join, viewer
from tests.web.test_national import asked_of, grow, state_of, text_of
from vkpp.records.collections import commands
from vkpp.records.collections.models import Submission
from vkpp.records.ground.scope import machinery
from vkpp.records.people import commands as people
from vkpp.records.work.models import Letter

Clients = Callable[[UUID | None], Any]


@pytest.fixture
def scene(records: None) -> Scene:
    return found_scene()


def elsewhere(scene: Scene) -> UUID:
    """An analyst of another region, to which none of the forces belongs."""
    chief = viewer(scene.nation.chief)
    region = people.found_organisation(by=chief, at=AT, code="far", kind="region", name="Farmoor", valid_from=AT.date())
    return join(scene.nation.chief, region, "Far Away", "regional_analyst")


def test_one_screen_says_who_is_late_queried_changed_and_waits(scene: Scene, client_of: Clients) -> None:
    client = client_of(scene.area)
    said = text_of(client.get("/our-forces/"))
    assert "No return waits for you to approve; 2 are late." in said and "Late: 2" in said and "Chase both forces" in said
    scene.sent(scene.east, ASKS)
    said = text_of(client.get("/our-forces/"))
    assert "With queries to answer: 1" in said and "Answer 1 query" in said
    scene.certified(scene.east)
    said = text_of(client.get("/our-forces/"))
    assert "1 return waits for you to approve; 1 is late." in said and "1 of 2" in said


def test_a_corrected_return_stands_among_the_changed(scene: Scene, client_of: Clients) -> None:
    scene.accepted(scene.east)
    assert "Changed since they were accepted" not in text_of(client_of(scene.area).get("/our-forces/"))
    scene.certified(scene.east, total=505)
    client = client_of(scene.area)
    assert "Changed since they were accepted: 1" in text_of(client.get("/our-forces/"))
    assert "What changed since the accepted version" in text_of(client.get(f"/our-forces/returns/{scene.east}/"))


def test_late_forces_are_chased_in_one_act(scene: Scene, client_of: Clients) -> None:
    client, page = client_of(scene.area), f"/our-forces/rounds/{scene.round}/chase/"
    assert "Eastmere, Westholt" in text_of(client.get(page))
    letters = Letter.objects.unscoped("test").count()
    assert client.post(page).headers["Location"] == "/our-forces/"
    assert "2 forces chased." in text_of(client.get("/our-forces/"))
    client.post(page)
    assert Letter.objects.unscoped("test").count() == letters + 2
    assert "Nobody new was chased" in text_of(client.get("/our-forces/"))


def test_a_region_chases_its_own_forces_only(scene: Scene, client_of: Clients) -> None:
    far = elsewhere(scene)
    client = client_of(far)
    said = text_of(client.get("/our-forces/"))
    assert "Eastmere" not in said and "none is late" in said
    letters = Letter.objects.unscoped("test").count()
    assert client.post(f"/our-forces/rounds/{scene.round}/chase/").status_code == 404
    for address in (f"/our-forces/returns/{scene.east}/", f"/our-forces/returns/{scene.east}/approve/"):
        for there in (address, address.replace(str(scene.east), str(uuid4()))):
            assert client.get(there).status_code == 404
            assert client.post(there, {"version": "1"}).status_code in (404, 405)
            assert "Eastmere" not in text_of(client.get(there))
    assert Letter.objects.unscoped("test").count() == letters


def test_a_return_is_approved_or_sent_back(scene: Scene, client_of: Clients) -> None:
    client, page = client_of(scene.area), f"/our-forces/returns/{scene.east}/"
    early = client.post(page + "approve/", {"version": "0"})
    assert early.status_code == 403 and "You read version 0" in text_of(early)
    scene.certified(scene.east)
    assert 'name="version" value="1"' in text_of(client.get(page + "approve/"))
    stale = client.post(page + "approve/", {"version": "7"})
    assert stale.status_code == 403 and "the return is at version 1 now" in text_of(stale)
    assert client.post(page + "return/", {"reason": ""}).status_code == 400
    client.post(page + "return/", {"reason": "Victims are counted twice."})
    assert state_of(scene.east) == "returned" and "Victims are counted twice." in text_of(client.get(page))
    again = client.post(page + "return/", {"reason": "Again."})
    assert again.status_code == 403 and "sent back with a reason" in text_of(again)
    scene.certified(scene.east)
    client.post(page + "approve/", {"version": "2"})
    assert state_of(scene.east) == "with_national"
    late = client.post(page + "approve/", {"version": "2"})
    assert late.status_code == 403 and "You cannot approve the return for the area now" in text_of(late)
    assert client.get(page + "nonsense/").status_code == 404


def test_outsiders_find_nothing(scene: Scene, client_of: Clients) -> None:
    addresses = (
        "/our-forces/",
        f"/our-forces/rounds/{scene.round}/chase/",
        f"/our-forces/returns/{scene.east}/",
        f"/our-forces/returns/{scene.east}/return/",
    )
    for person in (scene.preparer, scene.certifier, scene.lead, scene.nation.chief, scene.nation.coordinator):
        client = client_of(person)
        for address in addresses:
            assert client.get(address).status_code == 404
            assert client.post(address, {"reason": "Planted."}).status_code in (404, 405)
    assert state_of(scene.east) == "awaited"


def test_a_compartment_does_not_exist_for_a_region_outside_it(scene: Scene, client_of: Clients) -> None:
    before = text_of(client_of(scene.area).get("/our-forces/"))
    key = people.open_compartment(by=viewer(scene.nation.keeper), at=AT, title="Zephyrine", purpose="Quokka enquiry")
    people.admit(by=viewer(scene.nation.keeper), at=AT, compartment=key, person=scene.national)
    by = viewer(scene.national)
    hidden = commands.draft_round(
        by=by, at=AT, collection="csae", period="CY2026Q1", opens_on=AT.date(), working_days=5,
        respondents=[scene.nation.eastmere], compartment=key,
    )  # fmt: skip
    commands.open_round(by=by, at=AT, round_=hidden)
    returned = Submission.objects.unscoped("test").get(round=hidden).pk

    def same(page: str) -> str:
        return re.sub(r'value="\w+"', "", page)

    client = client_of(scene.area)
    assert same(text_of(client.get("/our-forces/"))) == same(before)
    assert client.get(f"/our-forces/returns/{returned}/").status_code == 404
    second = client_of(scene.second)
    assert second.get(f"/rounds/{hidden}/").status_code == 404 and str(hidden) not in text_of(second.get("/rounds/"))
    assert second.get(f"/rounds/returns/{returned}/").status_code == 404
    assert client_of(scene.national).get(f"/rounds/{hidden}/").status_code == 200


@pytest.mark.slow
def test_the_desk_asks_as_often_for_300_rows_as_for_3(scene: Scene, client_of: Clients) -> None:
    client = client_of(scene.area)
    grow(scene, 3)
    few = asked_of(client, "/our-forces/")
    grow(scene, 60)
    assert "Every return: 60" in text_of(client.get("/our-forces/"))
    assert asked_of(client, "/our-forces/") == few < 25


def test_open_rounds_stand_first_and_a_closed_one_counts_no_days(scene: Scene, client_of: Clients) -> None:
    scene.accepted(scene.east)
    by = viewer(scene.national)
    commands.lock(by=by, at=AT, submission=scene.east)
    commands.unlock(by=by, at=AT, submission=scene.east, reason="Crimes were counted twice.")
    commands.close_round(by=by, at=AT, round_=scene.round)
    second = commands.clone_round(by=by, at=AT, round_=scene.round, period="CY2026Q2", opens_on=AT.date())
    commands.open_round(by=by, at=AT, round_=second)
    client = client_of(scene.area)
    said = text_of(client.get("/our-forces/"))
    assert said.index("April to June 2026</h2>") < said.index("January to March 2026 (closed)</h2>")
    closed = said[said.index("January to March 2026 (closed)") :]
    assert "working days late" in said[: said.index("January to March 2026 (closed)")]
    assert "working days late" not in closed and "30 March 2026, the round is closed" in closed
    assert "Still to come: 1" in closed and "Not in, and not taken any more: 1" in closed and "Chase 1 force" in closed
    assert "2 are late. In closed rounds 1 return is still to come." in said
    letters = Letter.objects.unscoped("test").count()
    page = f"/our-forces/rounds/{scene.round}/chase/"
    assert "Eastmere" in text_of(client.get(page)) and "Westholt" not in text_of(client.get(page)).split("<main")[1]
    client.post(page)
    assert Letter.objects.unscoped("test").count() == letters + 1
    assert "working days late" not in text_of(client.get(f"/our-forces/returns/{scene.east}/"))


def test_what_is_being_checked_when_its_round_closes_still_comes(scene: Scene, client_of: Clients) -> None:
    scene.send(scene.east)
    commands.close_round(by=viewer(scene.national), at=AT, round_=scene.round)
    with machinery("the test gives more time: it is closed before its deadline"):
        Submission.objects.unscoped("test").filter(pk=scene.west).update(due_on=date(2099, 3, 2))
    found = text_of(client_of(scene.area).get("/our-forces/"))
    assert "Still to come: 1" in found and "Not in, and not taken any more: 1" in found
    closed = found[found.index("Not in, and not taken any more: 1") :]
    assert "Not taken any more: the round is closed" in closed and "Send your file" not in found
