"""The form of a marking: set on a page of its own, shown from then on by the page, the print and the CSV, refused in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from tests.records.collecting import Scene, found_scene
from tests.records.nation import AT, viewer
from vkpp.records.collections import commands

Clients = Callable[[UUID | None], Any]


@pytest.fixture
def scene(records: None) -> Scene:
    return found_scene()


def test_a_round_is_marked_on_its_page_and_says_so_everywhere(scene: Scene, client_of: Clients) -> None:
    client, page = client_of(scene.national), f"/rounds/{scene.round}/"
    assert f"{page}mark/" in client.get(page).content.decode()
    said = {"level": "2", "handling": "For police only", "reason": ""}
    assert client.post(f"{page}mark/", said).status_code == 302
    for address in (page, f"{page}notes/", f"/rounds/returns/{scene.east}/", f"{page}notes.txt", f"{page}notes.csv"):
        text = client.get(address).content.decode("utf-8-sig")
        assert "OFFICIAL-SENSITIVE: For police only" in text, address
    assert "For police only" in client.get(f"{page}mark/").content.decode()  # the form begins with what stands


def test_lowering_without_a_reason_is_refused_beside_the_form(scene: Scene, client_of: Clients) -> None:
    client, address = client_of(scene.national), f"/rounds/{scene.round}/mark/"
    client.post(address, {"level": "2", "handling": "", "reason": ""})
    refused = client.post(address, {"level": "1", "handling": "", "reason": ""})
    assert refused.status_code == 403 and "less strict" in refused.content.decode()
    assert client.post(address, {"level": "1", "handling": "", "reason": "content_gone"}).status_code == 302


@pytest.mark.parametrize("given", [{"level": "3"}, {"level": ""}, {"level": "1", "reason": "because"}])
def test_forged_markings_change_nothing(scene: Scene, client_of: Clients, given: dict[str, str]) -> None:
    client = client_of(scene.national)
    assert client.post(f"/rounds/{scene.round}/mark/", given).status_code in (400, 409, 422)
    assert "OFFICIAL-SENSITIVE" not in client.get(f"/rounds/{scene.round}/").content.decode()


def test_the_lead_reads_why_not_and_a_force_finds_nothing(scene: Scene, client_of: Clients) -> None:
    said = {"level": "2", "handling": "", "reason": ""}
    assert client_of(scene.lead).post(f"/rounds/{scene.round}/mark/", said).status_code in (403, 409)
    assert client_of(scene.preparer).post(f"/rounds/{scene.round}/mark/", said).status_code == 404


# A return's own, by its force and by the national team


def test_a_force_raises_a_return_s_marking_and_every_page_and_file_says_so(scene: Scene, client_of: Clients) -> None:
    scene.accepted(scene.east)
    client, page = client_of(scene.preparer), f"/returns/{scene.east}/"
    assert f"{page}marking/" in client.get(page).content.decode()
    form = client.get(f"{page}marking/").content.decode()
    assert "The round is marked OFFICIAL" in form and "Reason, if it becomes less strict" not in form
    assert client.post(f"{page}marking/", {"level": "2", "handling": "Quokka only"}).status_code == 302
    for part in ("", "ready/", "summary/", "receipt/", "receipt.txt", "looking/", "pack/", "marking/", "results/", "answer/"):
        text = client.get(f"{page}{part}").content.decode("utf-8-sig")
        assert "OFFICIAL-SENSITIVE: Quokka only" in text, part
    national = client_of(scene.national)
    for address in (f"/rounds/returns/{scene.east}/", f"/rounds/{scene.round}/", "/search/?q=eastmere"):
        assert "OFFICIAL-SENSITIVE: Quokka only" in national.get(address).content.decode(), address
    assert "Quokka" not in national.get(f"/rounds/returns/{scene.west}/").content.decode()


def test_a_certifier_raises_it_and_lowering_is_refused_with_the_way_on(scene: Scene, client_of: Clients) -> None:
    client, address = client_of(scene.certifier), f"/returns/{scene.east}/marking/"
    assert client.post(address, {"level": "2", "handling": ""}).status_code == 302
    refused = client.post(address, {"level": "1", "handling": ""})
    assert refused.status_code == 403 and "ask the national team" in refused.content.decode()
    assert "OFFICIAL-SENSITIVE" in client.get(f"/returns/{scene.east}/").content.decode()


@pytest.mark.parametrize("who", ["area", "national", "lead", "other"])
def test_whoever_is_not_of_the_force_does_not_raise_it(scene: Scene, client_of: Clients, who: str) -> None:
    answer = client_of(getattr(scene, who)).post(f"/returns/{scene.east}/marking/", {"level": "2", "handling": ""})
    assert answer.status_code in (403, 404)
    assert "OFFICIAL-SENSITIVE" not in client_of(scene.preparer).get(f"/returns/{scene.east}/").content.decode()


@pytest.mark.parametrize("given", [{"level": "3"}, {"level": ""}, {}, {"level": "2", "handling": "x" * 99}])
def test_a_bad_form_sets_no_marking_of_a_return(scene: Scene, client_of: Clients, given: dict[str, str]) -> None:
    client = client_of(scene.preparer)
    answer = client.post(f"/returns/{scene.east}/marking/", given)
    assert answer.status_code == 400 and "There is a problem" in answer.content.decode()
    assert "OFFICIAL-SENSITIVE" not in client.get(f"/returns/{scene.east}/").content.decode()


def test_the_national_team_lowers_it_with_a_reason_and_nobody_else_does(scene: Scene, client_of: Clients) -> None:
    client_of(scene.preparer).post(f"/returns/{scene.east}/marking/", {"level": "2", "handling": "Quokka only"})
    client, page = client_of(scene.national), f"/rounds/returns/{scene.east}/"
    assert f"{page}mark/" in client.get(page).content.decode()
    assert "Quokka only" in client.get(f"{page}mark/").content.decode()
    said = {"level": "1", "handling": "", "reason": ""}
    assert client.post(f"{page}mark/", said).status_code == 403
    assert client.post(f"{page}mark/", said | {"reason": "because"}).status_code == 400
    for other in (scene.preparer, scene.certifier, scene.area, scene.lead, scene.other):
        assert client_of(other).post(f"{page}mark/", said | {"reason": "content_gone"}).status_code in (403, 404)
    assert "Quokka only" in client.get(page).content.decode()
    assert client.post(f"{page}mark/", said | {"reason": "content_gone"}).status_code == 302
    assert "OFFICIAL-SENSITIVE" not in client.get(page).content.decode()


# A tasking's


@pytest.fixture
def tasking(scene: Scene) -> UUID:
    asks = {"title": "Count the ferrets", "purpose": "To know.", "basis": "The board asked.", "working_days": 5, "hours": 1}
    key: UUID = commands.draft_tasking(by=viewer(scene.national), at=AT, organisations=[scene.nation.eastmere], **asks)
    return key


def test_a_tasking_is_marked_on_its_page_in_draft_and_once_it_is_out(scene: Scene, tasking: UUID, client_of: Clients) -> None:
    client, page = client_of(scene.national), f"/rounds/taskings/{tasking}/"
    assert f"{page}mark/" in client.get(page).content.decode()
    form = client.get(f"{page}mark/").content.decode()
    assert "Set the marking" in form and 'name="level"' in form and "Reason, if it becomes less strict" in form
    answer = client.post(f"{page}mark/", {"level": "2", "handling": "", "reason": ""})
    assert answer.status_code == 302 and answer.headers["Location"] == page
    client.post(f"{page}open/")
    assert client.post(f"{page}mark/", {"level": "2", "handling": "Ferrets only", "reason": ""}).status_code == 302
    for address in (page, f"{page}mark/", "/rounds/taskings/", "/search/?q=ferrets"):
        assert "OFFICIAL-SENSITIVE: Ferrets only" in client.get(address).content.decode(), address
    assert "OFFICIAL-SENSITIVE: Ferrets only" in client_of(scene.preparer).get("/returns/").content.decode()
    assert "Ferrets only" in client.get(f"{page}mark/").content.decode()  # the form begins with what stands
    assert client.post(f"{page}mark/", {"level": "1", "handling": "", "reason": ""}).status_code == 403
    assert client.post(f"{page}mark/", {"level": "1", "handling": "", "reason": "owner_agreed"}).status_code == 302
    assert "OFFICIAL-SENSITIVE" not in client.get(page).content.decode()


@pytest.mark.parametrize("given", [{"level": "3"}, {"level": ""}, {}, {"level": "1", "reason": "because"}])
def test_a_bad_form_sets_no_marking_of_a_tasking(
    scene: Scene, tasking: UUID, client_of: Clients, given: dict[str, str]
) -> None:
    client, page = client_of(scene.national), f"/rounds/taskings/{tasking}/"
    answer = client.post(f"{page}mark/", given)
    assert answer.status_code == 400 and "There is a problem" in answer.content.decode()
    assert "OFFICIAL-SENSITIVE" not in client.get(page).content.decode()


def test_the_second_analyst_marks_it_too(scene: Scene, tasking: UUID, client_of: Clients) -> None:
    client, page = client_of(scene.second), f"/rounds/taskings/{tasking}/"
    assert client.post(f"{page}mark/", {"level": "2", "handling": "", "reason": ""}).status_code == 302
    assert "OFFICIAL-SENSITIVE" in client.get(page).content.decode()


@pytest.mark.parametrize("who", ["lead", "preparer", "certifier", "area", "other"])
@pytest.mark.parametrize("out", [False, True])
def test_nobody_else_marks_a_tasking(scene: Scene, tasking: UUID, client_of: Clients, who: str, out: bool) -> None:
    if out:
        commands.open_tasking(by=viewer(scene.national), at=AT, tasking=tasking)
    client, page = client_of(getattr(scene, who)), f"/rounds/taskings/{tasking}/"
    asked, sent = client.get(f"{page}mark/"), client.post(f"{page}mark/", {"level": "2", "handling": "", "reason": ""})
    if who == "lead":  # who reads the tasking is told why not, in the rule's words; nobody else finds it here
        words = "Your roles do not let you draft, open and close rounds and taskings."
        assert asked.status_code == 200 and words in asked.content.decode() and 'name="level"' not in asked.content.decode()
        assert sent.status_code == 403 and words in sent.content.decode()
    else:
        assert asked.status_code == sent.status_code == 404
    assert "OFFICIAL-SENSITIVE" not in client_of(scene.national).get(page).content.decode()
