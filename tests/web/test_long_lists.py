"""Lists about people that grow for years: each is turned by itself, and says how many there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.template.loader import get_template

from tests.records.collecting import found_scene
from tests.records.nation import AT, DAY, Nation, join, viewer
from tests.web.clients import client_for
from tests.web.test_read_log import with_findings
from vkpp.basics.problems import UsageProblem
from vkpp.records.ground.problems import Refused
from vkpp.records.ground.scope import machinery
from vkpp.records.people import commands
from vkpp.records.people.models import AccessReview, Inside, Tie

Clients = Callable[[UUID | None], Any]


def text_of(answer: Any) -> str:
    return " ".join(str(answer.content.decode().replace("&#x27;", "'").replace("&amp;", "&")).split())


def test_closed_reviews_are_turned_by_themselves(nation: Nation, client_of: Clients) -> None:
    with machinery("the test plants many rows"):
        for year in range(1900, 1960):
            day = date(year, 3, 2)
            AccessReview(
                organisation_id=nation.eastmere, year=year, state="closed", opened_on=day, due_on=day, closed_on=day
            ).save()
    client = client_of(nation.chief)
    first = text_of(client.get("/account/reviews/"))
    assert "Closed reviews 1 to 50 of 60" in first and "?closed=2" in first
    second = text_of(client.get("/account/reviews/?closed=2"))
    assert "Closed reviews 51 to 60 of 60" in second and "Page 2 of 2" in second
    assert "Closed reviews 51 to 60 of 60" in text_of(client.get("/account/reviews/?closed=99")), "the nearest that there is"


def test_ties_are_turned(nation: Nation, client_of: Clients) -> None:
    with machinery("the test plants many rows"):
        for number in range(60):
            day = date(1900 + number, 1, 1)
            Tie(organisation_id=nation.eastmere, kind="host", other_id=nation.westholt, valid_from=day, ended_on=day).save()
    page = text_of(client_of(nation.chief).get(f"/account/organisations/{nation.eastmere}/?page=2"))
    assert "Its ties: 51 to 61 of 61" in page


def test_a_compartment_s_lists_are_turned_one_by_one(nation: Nation, client_of: Clients) -> None:
    key = commands.open_compartment(by=viewer(nation.keeper), at=AT, title="Zephyrine", purpose="Quokka enquiry")
    with machinery("the test plants many rows"):
        for number in range(60):
            person = join(nation.east, nation.eastmere, f"Extra {number:02}")
            Inside(compartment_id=key, person_id=person, valid_from=DAY).save()
    client, here = client_of(nation.keeper), f"/account/compartments/{key}/"
    first = text_of(client.get(here))
    assert "Who is in it: 1 to 50 of 61" in first and "?members=2" in first
    second = text_of(client.get(here, {"members": "2", "acts": "1"}))
    assert "Who is in it: 51 to 61 of 61" in second and "acts=1" in second, "turning one list leaves the others where they are"


def test_past_its_end_the_read_log_shows_its_last_page(records: None) -> None:
    scene = found_scene()
    with_findings(scene)
    client_for(scene.preparer).get(f"/returns/{scene.east}/results/")
    client = client_for(scene.nation.second)
    last = text_of(client.get("/account/read-log/"))
    past = text_of(client.get("/account/read-log/?page=99"))
    assert "Openings 1 to " in last and "Nobody opened such a record." not in past
    assert past.count("<tr") == last.count("<tr") > 1


@pytest.mark.parametrize("address", ["/account/reviews/", "/account/organisations/", "/account/people/"])
def test_pages_that_are_reached_from_people_stand_under_people(nation: Nation, client_of: Clients, address: str) -> None:
    page = text_of(client_of(nation.chief).get(address))
    current = page[page.index('aria-current="') :]
    assert current[: current.index("</a>")].endswith("People")


@pytest.mark.parametrize("page", ["mfa/webauthn/add_form.html", "mfa/webauthn/reauthenticate.html", "mfa/authenticate.html"])
def test_who_has_no_scripts_is_told_what_to_do_instead_of_a_key(page: str) -> None:
    source = Path(str(get_template(page).origin.name)).read_text(encoding="utf-8")
    said = source[source.index("<noscript>") : source.index("</noscript>")]
    assert "runs no scripts here" in said and ("instead" in said or "another way" in said or "Enter a code" in said)
    assert source.index("</noscript>") < source.index('id="mfa_webauthn_'), "before the button that does nothing"


# Ties


def test_a_tie_joins_what_it_can_join(nation: Nation) -> None:
    by, tie = viewer(nation.chief), commands.tie_organisations
    for one, kind, other, words in (
        (nation.eastmere, "region", nation.westholt, "Westholt (force): a force belongs to a region."),
        (nation.region, "region", nation.region, "to itself"),
        (nation.programme, "region", nation.region, "Programme (programme) cannot be tied so to Midmoor (region)"),
        (nation.eastmere, "host", nation.region, "the host of an organisation is a force"),
        (nation.eastmere, "merger", nation.region, "two organisations merge that are of one kind"),
    ):
        with pytest.raises(Refused) as refused:
            tie(by=by, at=AT, organisation=one, kind=kind, other=other, valid_from=DAY)
        assert words in str(refused.value)
    with pytest.raises(UsageProblem, match=r"'uncle' is no kind of tie\. Expected: one of region, host, merger"):
        tie(by=by, at=AT, organisation=nation.eastmere, kind="uncle", other=nation.westholt, valid_from=DAY)
    tie(by=by, at=AT, organisation=nation.programme, kind="host", other=nation.eastmere, valid_from=DAY)


def test_nothing_is_tied_to_what_has_ended(nation: Nation) -> None:
    by, tie = viewer(nation.chief), commands.tie_organisations
    tie(by=by, at=AT, organisation=nation.westholt, kind="merger", other=nation.eastmere, valid_from=DAY)
    with pytest.raises(Refused, match="Westholt ended on"):
        tie(by=by, at=AT, organisation=nation.programme, kind="host", other=nation.westholt, valid_from=DAY + timedelta(days=1))
