"""Every address with ids that exist: another force's people get nothing from it by looking and change nothing by sending."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from django.urls import NoReverseMatch, reverse

from tests.records.collecting import ASKS, Scene, found_scene
from tests.records.nation import AT, viewer
from tests.web.clients import client_for
from tests.web.test_security_session import _counted
from tests.web.test_walk import ADDRESSES
from vkpp.records.collections import commands, queries

Clients = Callable[[UUID | None], Any]
pytestmark = pytest.mark.slow
PLANTED = "quokka"
# Words that stand in addresses where an act or a kind is named.
SLUGS = (
    *("accept", "approve", "send_back", "send-back", "lock", "unlock", "withdraw", "extend", "settle", "ask_again"),
    *("open", "close", "reopen", "discard", "sign", "refuse", "chase", "suspend", "reset", "leave", "xlsx", "jsonl"),
)


@dataclass(frozen=True)
class Planted:
    """A round in which Eastmere has answered a query and asked for a waiver, in words that only its own side may read."""

    scene: Scene
    ids: dict[str, UUID]


@pytest.fixture(autouse=True)
def at_leisure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk asks for more files in ten minutes than anybody by hand (test_pace.py has the limits themselves)."""
    monkeypatch.setattr("vkpp.web.parts.pace.pace_on", lambda what, on: (1_000_000, 600))


@pytest.fixture
def planted(records: None) -> Planted:
    scene = found_scene()
    scene.sent(scene.east, ASKS)
    by = viewer(scene.preparer)
    (query,) = queries.submission_page(viewer=by, submission=scene.east).queries
    commands.answer(by=by, at=AT, query=query.id, reason=f"The {PLANTED} was in the ledger.")
    waiver = commands.ask_waiver(by=by, at=AT, submission=scene.east, reason=f"The {PLANTED} stays there.")
    ids = {
        "submission": scene.east,
        "round_": scene.round,
        "query": query.id,
        "waiver": waiver,
        "organisation": scene.nation.eastmere,
        "person": scene.preparer,
        "held": scene.certifier,
    }
    return Planted(scene, ids)


def _addresses(ids: dict[str, UUID]) -> Iterator[tuple[str, str]]:
    """(name, address) with ids that exist, and every word that an address may end with."""
    for name, _, entry in ADDRESSES:
        parts = dict(entry.pattern.converters)
        slugs = [part for part, kind in parts.items() if "Slug" in type(kind).__name__]
        for words in product(SLUGS, repeat=len(slugs)):
            named = {part: ids.get(part, ids["submission"]) for part in parts if part not in slugs}
            try:
                yield name, reverse(name, kwargs=named | dict(zip(slugs, words, strict=True)))
            except NoReverseMatch:
                continue


def _about_a_return(ids: dict[str, UUID]) -> list[tuple[str, str]]:
    keys = [str(ids[name]) for name in ("submission", "query", "waiver")]
    found = [(name, address) for name, address in _addresses(ids) if any(key in address for key in keys)]
    return [(name, address) for name, address in found if name != "search:cited"]  # its address is of a reference, never an id


def test_its_own_side_reads_what_was_planted(planted: Planted) -> None:
    """Else the walk below would prove nothing."""
    found = [
        name
        for person in (planted.scene.preparer, planted.scene.national)
        for name, address in _addresses(planted.ids)
        if PLANTED in client_for(person).get(address).content.decode(errors="replace")
    ]
    assert found


def test_another_force_reads_nothing_of_a_return_under_any_address(planted: Planted) -> None:
    client = client_for(planted.scene.other)
    for name, address in _addresses(planted.ids):
        answer = client.get(address)
        text = b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode(errors="replace")
        assert PLANTED not in text and PLANTED not in str(answer.headers), name
        assert answer.status_code < 500, (name, address)
    for name, address in _about_a_return(planted.ids):
        assert client.get(address).status_code in (404, 405), (name, address)  # 405 before anybody looked what is there


def test_a_return_of_others_and_one_that_there_is_not_get_the_same_page(planted: Planted) -> None:
    client = client_for(planted.scene.other)
    nowhere = planted.ids | dict.fromkeys(("submission", "query", "waiver"), UUID(int=5))
    for (name, theirs), (_, none) in zip(_about_a_return(planted.ids), _about_a_return(nowhere), strict=True):
        said = [client.get(address).content.decode().replace(address, "") for address in (theirs, none)]
        said = [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text) for text in said]
        assert said[0] == said[1], name


def test_another_force_changes_nothing_under_any_address(planted: Planted) -> None:
    client = client_for(planted.scene.other)
    before, row = _counted(), planted.scene.row(planted.scene.east)
    sent = {"reason": "I would like to", "version": "1", "confirm": "on", "sure": "on", "working_days": "5", "answer": "yes"}
    for name, address in _about_a_return(planted.ids):
        answer = client.post(address, sent)
        assert answer.status_code in (403, 404, 405), (name, address, answer.status_code)
    assert _counted() == before and planted.scene.row(planted.scene.east) == row


@pytest.mark.parametrize("who", ["preparer", "certifier", "area", "national", "lead", "other"])
def test_no_address_breaks_for_anybody_and_every_download_is_named_by_us(planted: Planted, who: str) -> None:
    client = client_for(getattr(planted.scene, who))
    for name, address in _addresses(planted.ids):
        if name == "account_logout":
            continue
        answer = client.get(address)
        assert answer.status_code < 500 and "no-store" in answer["Cache-Control"], (name, address)
        said, kind = answer.headers.get("Content-Disposition"), answer.headers.get("Content-Type", "")
        if said is not None:
            assert re.fullmatch(r'attachment; filename="[\w .()+-]+"(; filename\*=UTF-8\'\'[\w.%-]+)?', said), (name, said)
            assert not kind.startswith(("text/html", "image/svg", "application/xhtml", "text/javascript")), name
        if answer.streaming:
            answer.close()
