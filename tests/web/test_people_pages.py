"""Joiners, movers' roles and leavers on pages: what the page offers is what the server allows, and in its words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.records.nation import AT, Nation, viewer
from vkpp.records.people import commands, queries
from vkpp.records.people.rules import NOT_ONESELF
from vkpp.records.trail.models import Entry
from vkpp.records.work.models import Letter

Clients = Callable[[UUID | None], Any]


def _text(answer: Any) -> str:
    return answer.content.decode().replace("&#x27;", "'")


def test_the_list_shows_whom_the_viewer_may_see_and_nobody_else(nation: Nation, client_of: Clients) -> None:
    east = _text(client_of(nation.east).get("/account/people/"))
    assert "Di East" in east and "Élodie Analyst" in east and "Fay West" not in east and "Ada Chief" not in east
    chief = client_of(nation.chief)
    assert "Fay West" in _text(chief.get("/account/people/"))
    only = _text(chief.get(f"/account/people/?organisation={nation.westholt}"))
    assert "Fay West" in only and "Di East" not in only and "Remove filter" in only
    assert "Di East" in _text(chief.get("/account/people/?organisation=nonsense&page=99999"))


def test_a_colleague_is_invited_with_a_letter_and_no_name_in_it(nation: Nation, client_of: Clients) -> None:
    client = client_of(nation.east)
    page = _text(client.get("/account/people/invite/"))
    assert "Eastmere" in page and "Westholt" not in page and "National access manager" not in page
    sent = {"organisation": str(nation.eastmere), "name": "New Comer", "email": "new@example.invalid", "roles": []}
    assert client.post("/account/people/invite/", sent).headers["Location"] == "/account/people/"
    assert "New Comer" in _text(client.get("/account/people/")) and Letter.objects.unscoped("test").count() == 1
    wrong = client.post("/account/people/invite/", sent | {"email": "nobody"})
    assert "There is a problem" in _text(wrong)
    assert client.post("/account/people/invite/", sent | {"organisation": str(nation.westholt)}).status_code == 400
    myself = client.post("/account/people/invite/", sent | {"email": "di.east@example.invalid"})
    assert NOT_ONESELF in _text(myself)


def test_who_may_not_invite_is_told_so_by_page_and_server(nation: Nation, client_of: Clients) -> None:
    client = client_of(nation.analyst)
    assert "Invite a colleague" not in _text(client.get("/account/people/"))
    sent = {"organisation": str(nation.eastmere), "name": "X Y", "email": "x@example.invalid"}
    client.post("/account/people/invite/", sent)
    assert queries.invited("x@example.invalid") is None
    page = _text(client.get(f"/account/people/{nation.east}/"))
    assert "What you cannot do here, and why" in page and "Suspend the account" in page
    assert "Your roles do not let you invite people, change what they may do, and close accounts." in page
    refused = client.post(f"/account/people/{nation.east}/suspend/")
    assert refused.status_code == 403 and "Your roles do not let you invite people" in _text(refused)


@pytest.mark.parametrize("address", ["", "suspend/", "reset/", "leave/", "nonsense/"])
def test_somebody_elsewhere_is_not_there_whether_they_exist_or_not(nation: Nation, client_of: Clients, address: str) -> None:
    client = client_of(nation.east)
    there = client.get(f"/account/people/{nation.west}/{address}")
    nowhere = client.get(f"/account/people/{uuid4()}/{address}")
    assert there.status_code == nowhere.status_code == 404
    assert "Fay" not in _text(there)
    if address not in ("", "nonsense/"):
        assert (
            client.post(f"/account/people/{nation.west}/{address}", {"organisation": str(nation.westholt)}).status_code == 404
        )


def test_roles_are_given_and_taken_away(nation: Nation, client_of: Clients) -> None:
    client = client_of(nation.east)
    person = f"/account/people/{nation.analyst}/"
    gave = client.post(person + "give/", {"organisation": str(nation.eastmere), "role": "access_manager"})
    assert gave.headers["Location"] == person
    now = viewer(nation.east, date.today())  # pages work today, whenever the nation was founded
    held = {row.role: row.id for row in queries.roles_of(viewer=now, person=nation.analyst)}
    assert "access_manager" in held and "Take away" in _text(client.get(person))
    client.post(f"{person}withdraw/{held['access_manager']}/")
    assert {row.role for row in queries.roles_of(viewer=now, person=nation.analyst)} == {"member"}
    too_far = client.post(person + "give/", {"organisation": str(nation.eastmere), "role": "auditor"})
    assert too_far.status_code == 403 and "is not held in an organisation of this kind" in _text(too_far)
    elsewhere = client.post(person + "give/", {"organisation": str(nation.westholt), "role": "member"})
    assert elsewhere.status_code == 404


def test_a_form_offers_roles_that_can_be_given_there_and_are_not_held(nation: Nation, client_of: Clients) -> None:
    """Whoever sends another all the same gets the server's words: see above."""
    offered = _text(client_of(nation.east).get(f"/account/people/{nation.analyst}/"))
    choice = offered[offered.index("Give a role") :]
    assert "Certifier of a force" in choice and "Access manager of an organisation" in choice
    for title in ("Auditor", "Regional", "National", ">Member<"):
        assert title not in choice
    chief = _text(client_of(nation.chief).get(f"/account/people/{nation.second}/"))
    choice = chief[chief.index("Give a role") :]
    assert "National lead" in choice and "Certifier" not in choice


def test_an_account_is_suspended_opened_again_and_left(nation: Nation, client_of: Clients) -> None:
    client, holder = client_of(nation.east), client_of(nation.analyst)
    person = f"/account/people/{nation.analyst}/"
    assert "signed out at once" in _text(client.get(person + "suspend/"))
    assert holder.get("/").status_code == 200  # looking changed nothing
    client.post(person + "suspend/")
    assert holder.get("/").status_code == 302
    again = client.post(person + "suspend/")
    assert again.status_code == 403 and "suspended" in _text(again)
    client.post(person + "reinstate/")
    assert holder.get("/").status_code == 302  # the session ended; they sign in again
    assert client_of(nation.analyst).get("/").status_code == 200
    assert client.post(person + "leave/", {"organisation": "nonsense"}).status_code == 404
    client.post(person + "leave/", {"organisation": str(nation.eastmere)})
    assert holder.get("/").status_code == 302
    assert "Élodie" not in _text(client.get("/account/people/"))


def test_nobody_changes_their_own_access(nation: Nation, client_of: Clients) -> None:
    client = client_of(nation.east)
    page = _text(client.get(f"/account/people/{nation.east}/"))
    assert NOT_ONESELF in page and "Give a role" not in page
    for act in ("suspend", "reset"):
        assert client.post(f"/account/people/{nation.east}/{act}/").status_code == 403


def test_a_lost_second_factor_is_set_up_anew_and_stands_on_the_trail(nation: Nation, client_of: Clients) -> None:
    from allauth.mfa.models import Authenticator

    commands.suspend(by=viewer(nation.east), at=AT, person=nation.analyst)
    client = client_of(nation.east)
    refused = client.post(f"/account/people/{nation.analyst}/reset/")
    assert refused.status_code == 403 and "not in use" in _text(refused)
    commands.reinstate(by=viewer(nation.east), at=AT, person=nation.analyst)
    Authenticator.objects.create(user_id=nation.analyst, type="totp", data={"secret": "x"})
    assert "by telephone or in person" in _text(client.get(f"/account/people/{nation.analyst}/reset/"))
    client.post(f"/account/people/{nation.analyst}/reset/")
    assert not Authenticator.objects.filter(user_id=nation.analyst).exists()
    assert Entry.objects.filter(act="people.second_factor.reset", who=str(nation.east)).count() == 1
