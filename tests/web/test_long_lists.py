"""Lists about people that grow for years: each is turned by itself, and says how many there are."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.template.loader import get_template
from django.test.utils import CaptureQueriesContext

import vkpp.web
from tests.records.collecting import found_scene
from tests.records.nation import AT, DAY, Nation, join, viewer
from tests.web.clients import client_for, sign_in_by_cookie
from tests.web.test_read_log import with_findings
from vkpp.basics.identifiers import fold
from vkpp.basics.problems import UsageProblem
from vkpp.records.collections import commands as collections
from vkpp.records.ground.problems import Refused
from vkpp.records.ground.scope import machinery
from vkpp.records.people import commands
from vkpp.records.people.models import AccessReview, Inside, Membership, Person, Tie

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
    assert "Openings 1 of 1" in last and "Nobody opened such a record." not in past
    assert past.count("<tr") == last.count("<tr") > 1


def asked_of(client: Any, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_long_lists_ask_the_database_as_often_for_300_rows_as_for_one(nation: Nation, client_of: Clients) -> None:
    """Closed reviews, ties, sessions, and who is and was in a compartment."""
    key = commands.open_compartment(by=viewer(nation.keeper), at=AT, title="Zephyrine", purpose="Quokka enquiry")
    pages = {
        "/account/reviews/": nation.chief,
        f"/account/organisations/{nation.eastmere}/": nation.chief,
        "/account/sessions/": nation.chief,
        f"/account/compartments/{key}/": nation.keeper,
    }
    clients = {person: client_of(person) for person in pages.values()}
    counts = []
    for before, rows in ((0, 1), (1, 3), (3, 300)):
        for number in range(before, rows):
            plant(nation, key, number)
        counts.append({address: asked_of(clients[person], address) for address, person in pages.items()})
    assert counts[0] == counts[1] == counts[2]
    assert all(" 1 to 50 of 30" in text_of(clients[person].get(address)) for address, person in pages.items())


def plant(nation: Nation, compartment: UUID, number: int) -> None:
    """One row more in each of the lists."""
    sign_in_by_cookie(nation.chief, "")
    day = date(1700 + number, 3, 2)
    with machinery("the test plants many rows"):
        place, state = nation.eastmere, "closed"
        AccessReview(organisation_id=place, year=day.year, state=state, opened_on=day, due_on=day, closed_on=day).save()
        Tie(organisation_id=place, kind="host", other_id=nation.westholt, valid_from=day, ended_on=day).save()
        name = f"Extra {number:03}"
        person = Person(name=name, search_name=fold(name), email=f"x{number}@x.invalid", state="active", joined_on=DAY)
        person.save()
        Membership(person=person, organisation_id=place, valid_from=DAY).save()
        Inside(compartment_id=compartment, person=person, valid_from=DAY).save()
        Inside(compartment_id=compartment, person=person, valid_from=DAY, ended_on=DAY).save()


PAGED = {
    "/account/people/": "chief",
    "/account/organisations/": "chief",
    "/account/reviews/": "chief",
    "/account/reviews/?closed=": "chief",
    "/account/organisations/{east}/": "chief",
    "/account/sessions/": "chief",
    "/account/read-log/": "second",
    "/account/compartments/{compartment}/?members=": "keeper",
    "/account/compartments/{compartment}/?acts=": "keeper",
    "/rounds/": "national",
    "/rounds/{round}/": "national",
    "/rounds/{round}/notes/": "national",
    "/rounds/taskings/": "national",
    "/rounds/waivers/": "national",
    "/rounds/joint/": "joins",
    "/rounds/joint/{joint}/": "joins",
    "/our-forces/": "area",
    "/returns/": "preparer",
    "/returns/{return}/results/": "preparer",
    "/rounds/waivers/published/": "preparer",
}


@pytest.fixture
def paged(records: None) -> tuple[dict[str, UUID], dict[str, UUID]]:
    """Ids for the addresses of paged lists, and the people who may open them."""
    scene = found_scene()
    with_findings(scene)
    nation = scene.nation
    day, by = date(1900, 3, 2), viewer(scene.national)
    with machinery("the test plants a closed review"):
        AccessReview(
            organisation_id=nation.eastmere, year=1900, state="closed", opened_on=day, due_on=day, closed_on=day
        ).save()
    inside = commands.open_compartment(by=viewer(nation.keeper), at=AT, title="Zephyrine", purpose="Quokka enquiry")
    joins = join(nation.chief, nation.region, "Reg Joins", "joint_member")
    asked: dict[str, Any] = {"title": "Count ferrets", "purpose": "To know", "basis": "Agreed", "working_days": 9, "hours": 1}
    joint = collections.draft_tasking(by=by, at=AT, **asked, organisations=[nation.eastmere], members=[nation.region])
    collections.open_tasking(by=by, at=AT, tasking=joint)
    ids = {"east": nation.eastmere, "compartment": inside, "round": scene.round, "joint": joint, "return": scene.east}
    people = {"chief": nation.chief, "second": nation.second, "keeper": nation.keeper, "national": scene.national}
    return ids, people | {"joins": joins, "area": scene.area, "preparer": scene.preparer}


def test_past_its_end_and_before_its_start_every_list_shows_the_nearest_page(
    paged: tuple[dict[str, UUID], dict[str, UUID]],
) -> None:
    ids, people = paged
    for template, who in PAGED.items():
        address = template.format(**ids)
        address += "" if "?" in address else "?page="
        client = client_for(people[who])
        client.get(address + "1")  # the read log grows by what is opened first
        first = main_of(client.get(address + "1"))
        for number in ("9999", "999999999999999999999", "0", "-1", "two", "", "%00", "\u0665"):
            assert main_of(client.get(address + number)) == first, (address, number)


def main_of(answer: Any) -> str:
    assert answer.status_code == 200
    found = re.search(r"<main.*?</main>", answer.content.decode(), re.DOTALL)
    assert found is not None
    return re.sub(r'value="\w{64}"|[?&;](page|closed|members|acts)=[^"&]*', "", found[0])


# They read one page at a time and learn only then how many there are; each has its own test of what is past the end.
ASK_TWICE = ("read_log.py", "results.py", "fixing.py")


def test_no_list_counts_its_own_pages() -> None:
    """Every list's number of a page comes from one rule, so that none can behave otherwise past its end."""
    for path in Path(vkpp.web.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Pages":
                number = ast.unparse(node.args[0])
                assert number.startswith("page_number(") or path.name in ASK_TWICE, (path, number)


@pytest.mark.parametrize("address", ["/account/reviews/", "/account/organisations/", "/account/people/"])
def test_pages_that_are_reached_from_people_stand_under_people(nation: Nation, client_of: Clients, address: str) -> None:
    page = text_of(client_of(nation.chief).get(address))
    current = page[page.index('aria-current="') :]
    assert current[: current.index("</a>")].endswith("People")


@pytest.mark.parametrize("page", ["mfa/webauthn/add_form.html", "mfa/webauthn/reauthenticate.html", "mfa/authenticate.html"])
def test_who_has_no_scripts_is_told_what_to_do_instead_of_a_key(page: str) -> None:
    """test_journeys.py looks at it in a browser."""
    source = Path(str(get_template(page).origin.name)).read_text(encoding="utf-8")
    said = re.search(r'<p class="govuk-inset-text vkpp-unscripted">(.*?)</p>', source)
    assert said is not None and any(words in said[1] for words in ("instead", "another way", "Enter a code"))
    assert re.search(r'<button class="[^"]*vkpp-scripted" id="mfa_webauthn_', source), "the button does nothing without them"


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
