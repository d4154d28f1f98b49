"""Compartments on pages: for their keeper and whoever is in them; for others nothing, under any address, in any file."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.records.collecting import ASKS, Scene, found_scene
from tests.records.nation import AT, join, viewer
from tests.web.test_security_walk import _addresses
from vkpp.basics.markings import Level, Marking
from vkpp.records.collections import commands, queries
from vkpp.records.ground.viewer import system
from vkpp.records.people import commands as people
from vkpp.records.people import queries as people_queries
from vkpp.records.people.models import Person
from vkpp.records.thread import commands as thread
from vkpp.records.thread import queries as cited
from vkpp.records.trail import queries as trail
from vkpp.records.work.models import Letter

Clients = Callable[[UUID | None], Any]
WORDS = ("Zephyrine", "Quokka", "zephyrine", "quokka")


@pytest.fixture(autouse=True)
def at_leisure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk asks for more files in ten minutes than anybody by hand (test_pace.py has the limits themselves)."""
    monkeypatch.setattr("vkpp.web.parts.pace.pace_on", lambda what, on: (1_000_000, 600))


@pytest.fixture
def scene(records: None) -> Scene:
    return found_scene()


def text_of(answer: Any) -> str:
    said = b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode(errors="replace")
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", said).replace("&#x27;", "'")


def opened(scene: Scene, *inside: UUID) -> UUID:
    keeper = scene.nation.keeper
    key = people.open_compartment(by=viewer(keeper), at=AT, title="Zephyrine", purpose="Quokka enquiry")
    for person in inside:
        people.admit(by=viewer(keeper), at=AT, compartment=key, person=person, reason="They work on it.")
    return key


def test_a_keeper_opens_one_lets_somebody_in_and_takes_them_out_with_reasons(scene: Scene, client_of: Clients) -> None:
    keeper, nation = client_of(scene.nation.keeper), scene.nation
    assert "/account/compartments/" in text_of(keeper.get("/account/roles/"))
    made = keeper.post("/account/compartments/open/", {"title": "Zephyrine", "purpose": "Quokka enquiry"})
    address = made.headers["Location"]
    assert "Zephyrine" in text_of(keeper.get(address)) and "Zephyrine" in text_of(keeper.get("/account/compartments/"))
    nobody = keeper.post(address + "let-in/", {"email": "x@example.invalid", "reason": "Because."})
    assert nobody.status_code == 400 and "Nobody whom you can see has that address." in text_of(nobody)
    sent = {"email": "nat.ional@example.invalid", "reason": ""}
    assert keeper.post(address + "let-in/", sent).status_code == 400  # a reason is asked for
    assert keeper.post(address + "let-in/", sent | {"reason": "They write the threat assessment."}).status_code == 302
    page = text_of(client_of(scene.national).get(address))
    assert "They write the threat assessment." in page and "let in Nat Ional" in page and "opened it" in page
    assert "Your roles do not let you open a compartment and say who is in it." in page
    out = f"{address}take-out/{scene.national}/"
    assert client_of(scene.national).get(out).status_code == 404
    assert keeper.post(out, {"reason": "The assessment is done."}).status_code == 302
    assert "The assessment is done." in text_of(keeper.get(address))
    for where in (address, "/account/compartments/", out):
        assert client_of(scene.national).get(where).status_code == 404
    assert keeper.post(address + "close/").status_code == 302
    assert keeper.get(address).status_code == 404 and "You are in none." in text_of(keeper.get("/account/compartments/"))
    assert client_of(nation.chief).get("/account/compartments/").status_code == 404


@pytest.mark.parametrize("act", ["suspend/", "leave/", "move/"])
def test_who_ends_or_moves_its_last_keeper_sees_nothing_of_it(scene: Scene, client_of: Clients, act: str) -> None:
    """Page, refusal, trail and letters are the same, word for word, as for a keeper who is in no compartment."""
    nation = scene.nation
    other = join(nation.chief, nation.programme, "Dy Keeper", "compartment_keeper")
    join(nation.chief, nation.programme, "Third Keeper", "compartment_keeper")  # so that nobody is the last of the role
    key = str(opened(scene, scene.national))
    chief = client_of(nation.chief)
    sent = {"organisation": str(nation.programme), "origin": str(nation.programme), "target": str(nation.eastmere)}

    def told(person: UUID, name: str) -> str:
        letters = {one.pk for one in Letter.objects.unscoped("test")}
        page = f"/account/people/{person}/"
        heard = [text_of(chief.get(page)), text_of(chief.get(page + act))]
        for values in ({}, sent):  # a slip first, and then as it should be
            answer = chief.post(page + act, values)
            heard += [str(answer.status_code), text_of(answer), answer.headers.get("Location", ""), text_of(chief.get(page))]
        heard += [text_of(chief.get(where)) for where in (page, page + act, "/account/reviews/", "/")]
        heard += [str((one.act, one.facts)) for one in trail.history(viewer=viewer(nation.chief), of=Person, key=person)]
        heard += [f"{one.template} {one.facts}" for one in Letter.objects.unscoped("test") if one.pk not in letters]
        words = " ".join(heard)
        for mine in (str(person), name, name.lower().replace(" ", ".")):
            words = words.replace(mine, "X")
        assert key not in words
        return re.sub(r"[0-9a-f-]{36}", "an id", words)

    last = told(nation.keeper, "Cy Keeper")
    assert not any(word in last for word in WORDS)
    assert last == told(other, "Dy Keeper")
    assert [str(one.id) for one in people_queries.without_keeper(viewer=system("keeper", date.today()))] == [key]  # done


def test_what_stands_in_it_is_listed_as_far_as_one_s_roles_reach(scene: Scene, client_of: Clients) -> None:
    key = opened(scene, scene.national)
    planted(scene, key)
    inside = text_of(client_of(scene.national).get(f"/account/compartments/{key}/"))
    assert "What stands in it: 4, of which your roles let you see" in inside and "January to March 2026" in inside
    assert "of which your roles let you see 0" in text_of(client_of(scene.nation.keeper).get(f"/account/compartments/{key}/"))


def planted(scene: Scene, key: UUID, author: UUID | None = None) -> dict[str, UUID]:
    """A round with a queried return, a waiver and a finding, all in the compartment, all in words that could leak."""
    by = viewer(scene.national)
    round_ = commands.draft_round(
        by=by,
        at=AT,
        collection="csae",
        period="CY2026Q1",
        opens_on=AT.date(),
        working_days=9,
        already_held="Zephyrine has it.",
        respondents=[scene.nation.eastmere],
        compartment=key,
    )
    commands.open_round(by=by, at=AT, round_=round_)
    (row,) = queries.round_overview(viewer=by, round_=round_).returns
    tasking = commands.draft_tasking(
        by=by,
        at=AT,
        title="Quokka count",
        purpose="Zephyrine",
        basis="Quokka",
        working_days=9,
        hours=1,
        organisations=[scene.nation.eastmere],
        compartment=key,
    )
    commands.open_tasking(by=by, at=AT, tasking=tasking)
    writer = author or join(scene.nation.chief, scene.nation.programme, "Aut Hor", "thread_author")
    people.admit(by=viewer(scene.nation.keeper), at=AT, compartment=key, person=writer)
    finding = thread.draft_finding(
        by=viewer(writer),
        at=AT,
        organisation=scene.nation.programme,
        text="Zephyrine finds the quokka.",
        compartment=key,
        marking=Marking(Level.OFFICIAL_SENSITIVE, "Quokka only"),
    )
    return {
        "round_": round_,
        "submission": row.id,
        "tasking": tasking,
        "compartment": key,
        "finding": finding,
        "organisation": scene.nation.eastmere,
        "person": scene.preparer,
    }


@pytest.mark.slow
def test_a_compartment_is_in_no_page_count_search_file_letter_or_log(
    scene: Scene, client_of: Clients, caplog: pytest.LogCaptureFixture
) -> None:
    """Everybody outside hears the same, to the letter, before anything stands in it and after: ids that exist, too."""
    author = join(scene.nation.chief, scene.nation.programme, "Aut Hor", "thread_author")
    scene.sent(scene.west, ASKS, by=scene.other)
    outside = {name: getattr(scene, name) for name in ("second", "lead", "area", "preparer", "certifier", "other")} | {
        name: getattr(scene.nation, name) for name in ("chief", "second", "east", "west", "coordinator")
    }
    key = opened(scene, scene.national)
    nowhere = dict.fromkeys(("round_", "submission", "tasking", "compartment", "finding"), uuid4())
    nowhere |= {"organisation": scene.nation.eastmere, "person": scene.preparer}
    asked = [f"/search/?q={q}" for q in ("zephyrine", "quokka", "csae", "2026", "finds")]
    letters = Letter.objects.unscoped("test").count()

    def hear(person: UUID, ids: dict[str, UUID]) -> list[tuple[str, int, str]]:
        client = client_of(person)
        said = []
        for name, address in [*_addresses(ids), *(("search", one) for one in asked)]:
            if name in ("account_logout", "mfa_activate_totp", "mfa_add_webauthn", "account:sessions", "search:cited"):
                continue  # a secret or a time of their own, each time another
            answer = client.get(address)
            text = text_of(answer)
            for one in ids.values():
                text = text.replace(str(one), "ID")
            said.append((name, answer.status_code, text))
        return said

    before = {name: hear(person, nowhere) for name, person in outside.items()}
    ids = planted(scene, key, author)
    caplog.clear()
    for name, person in outside.items():
        after = hear(person, ids)
        different = [one[0] for one, other in zip(before[name], after, strict=True) if one != other]
        assert different == [], (name, different)
        # The box of a search shows the words that were typed into it, whatever there is.
        heard = [re.sub(r'id="q" name="q" value="\w*"', "", text) for _, _, text in after]
        assert not any(word in text for text in heard for word in WORDS)
    assert not any(word in caplog.text for word in WORDS)
    written = Letter.objects.unscoped("test").order_by("asked_at")[letters:]
    assert {letter.to_id for letter in written} & set(outside.values()) == set()
    assert not any(word in f"{letter.template}{letter.facts}" for letter in written for word in WORDS)
    reference = cited.reference_of(viewer=viewer(author), kind="thread.finding", key=ids["finding"])
    for person in outside.values():
        assert client_of(person).get(f"/{reference}/").status_code == 404
    facts = "".join(str(line.facts) for line in _trail(author, ids))
    assert not any(word in facts for word in WORDS)


def _trail(author: UUID, ids: dict[str, UUID]) -> tuple[trail.Line, ...]:
    from vkpp.records.thread.models import Finding

    return trail.history(viewer=viewer(author), of=Finding, key=ids["finding"])


def test_it_is_inside_that_the_planted_things_are_seen(scene: Scene, client_of: Clients) -> None:
    """Else the walk above would prove nothing."""
    key = opened(scene, scene.national)
    ids = planted(scene, key)
    client = client_of(scene.national)
    assert (
        "Zephyrine has it." in text_of(client.get(f"/rounds/{ids['round_']}/edit/"))
        or client.get(f"/rounds/{ids['round_']}/").status_code == 200
    )
    assert "Quokka count" in text_of(client.get("/search/?q=quokka"))


def test_whoever_takes_themselves_out_ends_on_a_page(scene: Scene, client_of: Clients) -> None:
    key = opened(scene)
    client = client_of(scene.nation.keeper)
    out = f"/account/compartments/{key}/take-out/{scene.nation.keeper}/"
    alone = client.post(out, {"reason": "Done."})
    assert alone.status_code == 403 and "Nobody who keeps compartments would be in this one" in text_of(alone)
    second = join(scene.nation.chief, scene.nation.programme, "Dot Keeper", "compartment_keeper")
    people.admit(by=viewer(scene.nation.keeper), at=AT, compartment=key, person=second)
    answer = client.post(out, {"reason": "Done."}, follow=True)
    assert answer.status_code == 200 and "It does not exist for you any more." in text_of(answer)
    assert client.get(f"/account/compartments/{key}/").status_code == 404
