"""Signed waivers are published: everybody signed in reads them, and nobody reads what is not signed or in a compartment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from tests.records.collecting import ERROR, Scene, found_scene
from tests.records.nation import AT, viewer
from tests.web.test_national import asked_of, text_of
from vkpp.basics.markings import Level
from vkpp.records.collections import commands, queries
from vkpp.records.collections.models import Round, Submission, Waiver
from vkpp.records.collections.rules.register import asks
from vkpp.records.ground.scope import machinery
from vkpp.records.people import commands as people

Clients = Callable[[UUID | None], Any]
PAGE, WHY = "/rounds/waivers/published/", "The records system was changed."


@pytest.fixture
def scene(records: None) -> Scene:
    return found_scene()


def asked(scene: Scene, submission: UUID, by: UUID, reason: str = WHY, check: str = "") -> UUID:
    return commands.ask_waiver(by=viewer(by), at=AT, submission=submission, reason=reason, check=check)


def everybody(scene: Scene) -> tuple[UUID, ...]:
    nation = scene.nation
    people_ = (scene.national, scene.lead, scene.area, scene.preparer, scene.certifier, scene.other)
    return (*people_, nation.chief, nation.keeper, nation.analyst, nation.coordinator, nation.west)


def test_everybody_signed_in_reads_a_signed_waiver_and_nobody_else(scene: Scene, client_of: Clients) -> None:
    waiver = asked(scene, scene.west, scene.other)
    for person in everybody(scene):
        assert WHY not in text_of(client_of(person).get(PAGE)), "it is not signed yet"
    commands.sign_waiver(by=viewer(scene.lead), at=AT, waiver=waiver)
    for person in everybody(scene):
        said = text_of(client_of(person).get(PAGE))
        for words in (
            WHY,
            "Westholt",
            "The whole return",
            "National lead for collections, 2 March 2026",
            "January to March 2026",
        ):
            assert words in said
        assert "Lea Derly" not in said and "Oth Erone" not in said, "a role, not a person"
    assert client_of(None).get(PAGE).status_code == 302
    assert 'href="/rounds/waivers/published/"' in text_of(client_of(scene.nation.analyst).get("/"))


def test_a_waiver_of_one_check_names_the_check(scene: Scene, client_of: Clients) -> None:
    real = replace(ERROR, check="suspects-under-10")  # which the specification holds, and words for it
    scene.sent(scene.east, real)
    waiver = asked(scene, scene.east, scene.preparer, check=real.check)
    commands.sign_waiver(by=viewer(scene.lead), at=AT, waiver=waiver)
    said = text_of(client_of(scene.other).get(PAGE))
    assert f"The check “{asks('csae', real.check)}” ({real.check})" in said and "Eastmere" in said
    assert asks("csae", real.check) != real.check
    listed = text_of(client_of(scene.national).get("/rounds/waivers/"))
    assert f"The check “{asks('csae', real.check)}” ({real.check})" in listed
    for page in (f"/rounds/returns/{scene.east}/", f"/rounds/waivers/{waiver}/sign/"):
        assert f"he check “{asks('csae', real.check)}” ({real.check})" in text_of(client_of(scene.lead).get(page))


def test_a_refused_waiver_is_not_published(scene: Scene, client_of: Clients) -> None:
    waiver = asked(scene, scene.west, scene.other)
    commands.refuse_waiver(by=viewer(scene.lead), at=AT, waiver=waiver, reason="Ask a colleague to run the query.")
    said = text_of(client_of(scene.national).get(PAGE))
    assert WHY not in said and "Ask a colleague" not in said and "No waiver was signed yet." in said


@pytest.mark.parametrize("where", ["round", "return"])
def test_nothing_of_a_compartment_is_published_to_its_insiders_either(scene: Scene, client_of: Clients, where: str) -> None:
    waiver = asked(scene, scene.west, scene.other)
    commands.sign_waiver(by=viewer(scene.lead), at=AT, waiver=waiver)
    assert WHY in text_of(client_of(scene.national).get(PAGE))
    key = people.open_compartment(by=viewer(scene.nation.keeper), at=AT, title="Zephyrine", purpose="Quokka enquiry")
    people.admit(by=viewer(scene.nation.keeper), at=AT, compartment=key, person=scene.national)
    model, row = (Round, scene.round) if where == "round" else (Submission, scene.west)
    with machinery("a round, or one return of it, in a compartment"):
        model.objects.unscoped("test").filter(pk=row).update(compartment=key)
    for person in everybody(scene):
        said = text_of(client_of(person).get(PAGE))
        assert WHY not in said and "Westholt" not in said.split("<main")[1].split("</main")[0] and "Zephyrine" not in said
    assert queries.published_waivers(viewer=viewer(scene.national)) == ()


def test_the_list_bears_the_strictest_marking_of_what_it_lists(scene: Scene, client_of: Clients) -> None:
    waiver = asked(scene, scene.west, scene.other)
    commands.sign_waiver(by=viewer(scene.lead), at=AT, waiver=waiver)
    with machinery("the test marks a round and a return"):
        for model, key, words in ((Round, scene.round, "quokka round"), (Submission, scene.west, "zephyr return")):
            model.objects.unscoped("test").filter(pk=key).update(level=int(Level.OFFICIAL_SENSITIVE), handling=words)
    for person in (scene.preparer, scene.nation.analyst):
        assert "OFFICIAL-SENSITIVE: quokka round; zephyr return" in text_of(client_of(person).get(PAGE))


def test_the_list_asks_as_often_for_300_waivers_as_for_3(scene: Scene, client_of: Clients) -> None:
    client = client_of(scene.other)

    def grow(n: int) -> None:
        with machinery("many waivers"):
            for number in range(n):
                row = Waiver(submission_id=scene.west, check_id=f"c-{number}-{n}", state="signed", reason=WHY)
                row.asked_at = row.signed_at = AT
                row.save()

    grow(1)
    one = asked_of(client, PAGE)
    grow(2)
    assert asked_of(client, PAGE) == one
    grow(297)
    assert asked_of(client, PAGE) == one and "1 to 50 of 300" in text_of(client.get(PAGE))
