"""Who may look inside a return before it is certified: a button does what it says, whoever pressed another meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from tests.records.collecting import ERROR, Scene, found_scene
from tests.records.nation import AT, viewer
from vkpp.records.collections import commands

Clients = Callable[[UUID | None], Any]


@pytest.fixture
def scene(records: None) -> Scene:
    return found_scene()


def test_a_button_of_a_page_that_is_no_longer_so_never_does_the_opposite(scene: Scene, client_of: Clients) -> None:
    """Two people of a force have the page open; one keeps the return to the force, then the other presses the same button."""
    scene.sent(scene.east, ERROR)
    client, address = client_of(scene.preparer), f"/returns/{scene.east}/looking/"
    assert 'name="act" value="show"' in client.get(address).content.decode()
    assert client.post(address, {"act": "show"}).status_code == 302 and scene.row(scene.east).shown
    assert 'name="act" value="hide"' in client.get(address).content.decode()
    commands.hide(by=viewer(scene.preparer), at=AT, submission=scene.east)
    assert client.post(address, {"act": "hide"}).status_code == 302 and not scene.row(scene.east).shown
    for said in ({}, {"act": "x"}):
        answer = client.post(address, said)
        assert answer.status_code == 400 and "press its button" in answer.content.decode()
    assert not scene.row(scene.east).shown


def test_only_who_prepares_lets_anybody_look(scene: Scene, client_of: Clients) -> None:
    scene.sent(scene.east, ERROR)
    for person in (scene.certifier, scene.area, scene.national):
        answer = client_of(person).post(f"/returns/{scene.east}/looking/", {"act": "show"})
        assert answer.status_code == 403 and not scene.row(scene.east).shown
    assert client_of(scene.other).get(f"/returns/{scene.east}/looking/").status_code == 404
