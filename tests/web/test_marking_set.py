"""The form of a marking: set on a page of its own, shown from then on by the page, the print and the CSV, refused in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from tests.records.collecting import Scene, found_scene

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
