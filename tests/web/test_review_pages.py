"""The yearly review, movers, leavers, organisations and sessions on pages: what a page offers is what the server allows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.records.collecting import ERROR, found_scene
from tests.records.nation import AT, DAY, Nation, join, viewer
from tests.web.clients import client_for
from vkpp.records.ground.viewer import system
from vkpp.records.people import commands, queries
from vkpp.records.work import commands as work

Clients = Callable[[UUID | None], Any]
TODAY = date.today()


def text_of(answer: Any) -> str:
    return str(answer.content.decode().replace("&#x27;", "'"))


def opened(nation: Nation, organisation: UUID, due: date, by: UUID | None = None) -> UUID:
    return commands.open_review(by=viewer(by or nation.chief), at=AT, organisation=organisation, year=due.year, due_on=due)


def test_a_force_s_access_manager_reviews_its_own_people_and_the_national_one_everybody(
    nation: Nation, client_of: Clients
) -> None:
    east = text_of(client_of(nation.east).get("/account/reviews/"))
    assert "Eastmere" in east and "Westholt" not in east and "Programme" not in east
    chief = text_of(client_of(nation.chief).get("/account/reviews/"))
    assert all(name in chief for name in ("Eastmere", "Westholt", "Midmoor", "Programme"))
    assert client_of(nation.analyst).get("/account/reviews/").status_code == 404
    west = opened(nation, nation.westholt, TODAY)
    assert client_of(nation.east).get(f"/account/reviews/{west}/").status_code == 404


def test_who_has_which_role_since_when_and_last_sign_in_is_shown(nation: Nation, client_of: Clients) -> None:
    commands.note_signed_in(by=viewer(nation.analyst), at=AT + timedelta(days=3), ways=["password"])
    key = opened(nation, nation.eastmere, TODAY + timedelta(days=9))
    page = text_of(client_of(nation.east).get(f"/account/reviews/{key}/"))
    assert "Élodie Analyst: Member" in page and "Since 2 March 2026. Last signed in on 5 March 2026." in page
    assert "Has never signed in" in page  # Di East herself
    assert "Nobody can change or confirm their own access. Somebody else decides this one." in page
    assert "3 lines of this review have no decision yet." in page


def test_roles_are_kept_or_taken_away_and_the_next_review_is_due_a_year_later(nation: Nation, client_of: Clients) -> None:
    key = opened(nation, nation.eastmere, TODAY + timedelta(days=9))
    address = f"/account/reviews/{key}/"
    lines = {line.name: line for line in queries.review(viewer=viewer(nation.chief), review=key).lines}
    own = [f"line-{line.id}" for line in queries.review(viewer=viewer(nation.east), review=key).lines if line.refused]
    east, chief = client_of(nation.east), client_of(nation.chief)
    neither = east.post(address, {f"line-{lines['Élodie Analyst'].id}": "Keep"})  # else it would be taken away
    assert neither.status_code == 400 and not any(
        line.decision for line in queries.review(viewer=viewer(nation.chief), review=key).lines
    )
    assert east.post(address, {f"line-{lines['Élodie Analyst'].id}": "remove"}).status_code == 302
    assert east.post(address, dict.fromkeys(own, "keep")).status_code == 403
    refused = east.post(address + "close/")
    assert refused.status_code == 403 and "2 lines of this review have no decision yet." in text_of(refused)
    assert chief.post(address, dict.fromkeys(own, "keep")).status_code == 302
    assert "Élodie Analyst: Member" in text_of(east.get(address + "close/"))
    assert east.post(address + "close/").status_code == 302
    assert viewer(nation.analyst, TODAY).permits == frozenset()
    plan = next(one for one in queries.review_plan(viewer=viewer(nation.east, TODAY)) if one.organisation == nation.eastmere)
    assert plan.review is None and plan.due_on == TODAY.replace(year=TODAY.year + 1) and plan.last_closed == TODAY
    again = east.post(address, {f"line-{lines['Élodie Analyst'].id}": "keep"})
    assert again.status_code == 403 and "is closed" in text_of(again)


def test_a_review_opens_by_itself_a_year_after_the_last_and_overdue_ones_stand_on_the_page_of_people(
    nation: Nation, client_of: Clients
) -> None:
    by = system("reminders", DAY)
    assert commands.open_due_reviews(by=by, at=AT) == 0
    work.remind_of_reviews(by=by, at=AT + timedelta(days=340))
    plan = queries.review_plan(viewer=viewer(nation.chief))
    assert {one.due_on for one in plan} == {DAY.replace(year=2027)} and all(one.review for one in plan)
    assert commands.open_due_reviews(by=by, at=AT + timedelta(days=341)) == 0
    opened_late = text_of(client_of(nation.east).get("/account/people/"))
    assert "The access review of Eastmere is due on 2 March 2027." in opened_late or "was due on" in opened_late
    assert "4 access reviews are" in text_of(client_of(nation.chief).get("/account/people/"))
    assert "access review" not in text_of(client_of(nation.analyst).get("/account/people/")).lower()


def test_an_overdue_review_says_so(nation: Nation, client_of: Clients) -> None:
    opened(nation, nation.eastmere, TODAY - timedelta(days=2))
    client = client_of(nation.east)
    assert "was due on" in text_of(client.get("/account/people/"))
    assert "Overdue: 3 to decide" in text_of(client.get("/account/reviews/"))


@pytest.mark.parametrize("rows", [1, 3, 300])
def test_review_pages_ask_the_database_as_often_for_any_number_of_rows(nation: Nation, client_of: Clients, rows: int) -> None:
    from vkpp.basics.identifiers import fold
    from vkpp.records.ground.scope import machinery
    from vkpp.records.people.models import Membership, Organisation, Person, RoleHeld

    with machinery("many people for the test"):
        for number in range(rows):
            name = f"Many {number}"
            person = Person(name=name, search_name=fold(name), email=f"m{number}@x.invalid", state="active", joined_on=DAY)
            person.save()
            place = Organisation(code=f"p{number}", kind="partner", name=f"Partner {number}", valid_from=DAY)
            place.save()
            for where in (nation.eastmere, place.pk):
                Membership(person=person, organisation_id=where, valid_from=DAY).save()
                RoleHeld(person=person, organisation_id=where, role="member", valid_from=DAY).save()
    key = opened(nation, nation.eastmere, TODAY)
    client = client_of(nation.chief)
    most = {"/account/reviews/": 17, f"/account/reviews/{key}/": 16, "/account/organisations/": 13, "/account/people/": 19}
    for address, limit in most.items():
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = client.get(address)
        assert answer.status_code == 200 and len(asked) <= limit, (address, len(asked))
        assert len(answer.content) < 100_000, address


# Movers and leavers


def test_a_mover_s_roles_end_and_they_are_signed_out(nation: Nation, client_of: Clients) -> None:
    moving = client_of(nation.analyst)
    assert moving.get("/account/roles/").status_code == 200
    client, address = client_of(nation.chief), f"/account/people/{nation.analyst}/move/"
    assert "They move to another organisation" in text_of(client.get(f"/account/people/{nation.analyst}/"))
    assert "Westholt" in text_of(client.get(address))
    sent = {"origin": str(nation.eastmere), "target": str(nation.westholt)}
    assert client.post(address, sent).status_code == 302
    now = viewer(nation.analyst, TODAY)
    assert now.organisations == {nation.westholt}
    assert moving.get("/account/roles/").headers["Location"].startswith("/sign-in/")
    assert client.post(address, sent).status_code == 400  # they are not there any more
    assert client_of(nation.east).get(f"/account/people/{nation.east}/").status_code == 200
    assert "move to another" not in text_of(client_of(nation.east).get(f"/account/people/{nation.east}/"))


def test_who_cannot_move_somebody_has_no_page_for_it(nation: Nation, client_of: Clients) -> None:
    """A colleague who manages nobody, and an access manager of one place only: there is nowhere to move them to."""
    for person, other in ((nation.analyst, nation.east), (nation.east, nation.analyst), (nation.chief, nation.chief)):
        address = f"/account/people/{other}/move/"
        assert client_of(person).get(f"/account/people/{other}/").status_code == 200
        assert client_of(person).get(address).status_code == 404
        assert (
            client_of(person).post(address, {"origin": str(nation.eastmere), "target": str(nation.westholt)}).status_code == 404
        )


@pytest.mark.parametrize("act", ["suspend", "leave"])
def test_sessions_end_with_the_account(nation: Nation, client_of: Clients, act: str) -> None:
    from django.contrib.sessions.models import Session

    leaving = client_of(nation.analyst)
    before = Session.objects.count()
    client_of(nation.east).post(f"/account/people/{nation.analyst}/{act}/", {"organisation": str(nation.eastmere)})
    assert Session.objects.count() == before  # one ended, one began: the manager's
    assert leaving.get("/account/roles/").headers["Location"].startswith("/sign-in/")


def test_what_a_leaver_has_in_hand_is_named_to_whoever_closes_their_account(records: None, client_of: Clients) -> None:
    scene = found_scene()
    scene.sent(scene.east, ERROR)
    client = client_of(scene.nation.east)
    page = text_of(client.get(f"/account/people/{scene.preparer}/leave/"))
    assert "January to March 2026" in page and "Nobody else holds these roles there" in page and "Returns officer" in page
    assert "They prepared these returns" in page
    join(scene.nation.chief, scene.nation.eastmere, "Ano Ther", "force_analyst")
    assert "Returns officer" not in text_of(client.get(f"/account/people/{scene.preparer}/leave/"))
    assert "They prepared" not in text_of(client.get(f"/account/people/{scene.certifier}/leave/"))


# Organisations


def test_mergers_hosts_and_regions_stand_on_pages_with_their_dates(nation: Nation, client_of: Clients) -> None:
    client = client_of(nation.chief)
    address = f"/account/organisations/{nation.westholt}/"
    sent = {"kind": "merger", "other": str(nation.eastmere), "valid_from": "2026-04-01"}
    assert client.post(address + "tie/", sent).headers["Location"] == address
    page = text_of(client_of(nation.analyst).get(address))
    assert "Was merged into" in page and "1 April 2026" in page and "Belongs to the region" in page and "1 January 2020" in page
    assert "Ended" in page and "Your roles do not let you add organisations" in page
    both = text_of(client_of(nation.analyst).get("/account/organisations/?kind=force"))
    assert "Westholt" in both and "Midmoor" in both and "Programme</a>" not in both
    back = client.post(address + "tie/", sent | {"valid_from": "2019-01-01"})
    assert back.status_code == 403 and "before it begins" in text_of(back)


def test_organisations_are_added_by_the_national_access_manager_only(nation: Nation, client_of: Clients) -> None:
    sent = {"name": "Panel of Ferrets", "code": "ferrets", "kind": "panel", "valid_from": "2026-01-01", "welsh_name": ""}
    assert client_of(nation.east).post("/account/organisations/add/", sent).status_code == 404
    client = client_of(nation.chief)
    assert client.post("/account/organisations/add/", sent).status_code == 302
    assert "Panel of Ferrets" in text_of(client.get("/account/organisations/"))
    twice = client.post("/account/organisations/add/", sent)
    assert twice.status_code == 403 and "There is an organisation with the code ferrets already." in text_of(twice)


# Sessions


def test_one_s_own_sessions_are_listed_and_the_others_end_in_one_act(nation: Nation, client_of: Clients) -> None:
    here, there, other = client_of(nation.east), client_for(nation.east), client_of(nation.west)
    page = text_of(here.get("/account/sessions/"))
    assert "Sessions 1 to 2 of 2" in page and "This one" in page and "Another browser" in page
    assert f"{timezone.localtime():%-d %B %Y}" in page
    assert here.post("/account/sessions/").status_code == 302
    assert there.get("/").headers["Location"].startswith("/sign-in/")
    assert here.get("/").status_code == 200 and other.get("/").status_code == 200
    assert "Sessions 1 of 1" in text_of(here.get("/account/sessions/"))
