"""The national team's pages: each act both ways, in the rule's own words, and nothing for anybody else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.records.collecting import ASKS, CHECK, ERROR, Scene, found_scene, outcome
from tests.records.nation import AT, viewer
from tests.web.clients import client_for
from vkpp.records.collections import commands, queries
from vkpp.records.collections.models import Asked, Query, Round, Submission, Tasking, Version, Waiver
from vkpp.records.collections.rules.outcomes import Kept
from vkpp.records.ground.scope import machinery
from vkpp.records.people import commands as people
from vkpp.records.work.models import Letter
from vkpp.records.work.rules import written

Clients = Callable[[UUID | None], Any]


@pytest.fixture
def scene(records: None) -> Scene:
    return found_scene()


def text_of(answer: Any) -> str:
    words = answer.content.decode()
    for code, sign in (("&#x27;", "'"), ("&quot;", '"'), ("&amp;", "&")):
        words = words.replace(code, sign)
    return words


def state_of(submission: UUID) -> str:
    return str(Submission.objects.unscoped("test").get(pk=submission).state)


def round_state(round_: UUID) -> str:
    return str(Round.objects.unscoped("test").get(pk=round_).state)


# Who may


ADDRESSES = (
    "/rounds/",
    "/rounds/new/",
    "/rounds/taskings/",
    "/rounds/taskings/new/",
    "/rounds/waivers/",
    "/rounds/{round}/",
    "/rounds/{round}/clone/",
    "/rounds/{round}/edit/",
    "/rounds/{round}/notes/",
    "/rounds/{round}/notes/read/",
    "/rounds/{round}/matters/",
    "/rounds/{round}/close/",
    "/rounds/{round}/chase/",
    "/rounds/returns/{east}/",
    "/rounds/returns/{east}/return/",
    "/rounds/returns/{east}/queries/{query}/settle/",
    "/rounds/waivers/{waiver}/sign/",
    "/rounds/taskings/{tasking}/",
    "/rounds/taskings/{tasking}/open/",
)


def tasking_of(scene: Scene, hours: float = 3) -> UUID:
    return commands.draft_tasking(
        by=viewer(scene.national),
        at=AT,
        title="Zephyrine groups",
        purpose="To know how many there are.",
        basis="Law enforcement purposes.",
        working_days=10,
        hours=hours,
        organisations=[scene.nation.eastmere, scene.nation.westholt],
    )


def everything(scene: Scene) -> dict[str, UUID]:
    """A query, a waiver and a tasking, with the ids that addresses hold."""
    scene.sent(scene.east, ASKS)
    (query,) = queries.submission_page(viewer=viewer(scene.preparer), submission=scene.east).queries
    commands.show(by=viewer(scene.preparer), at=AT, submission=scene.east)
    waiver = commands.ask_waiver(by=viewer(scene.preparer), at=AT, submission=scene.east, reason="The system is down.")
    return {
        "round": scene.round,
        "east": scene.east,
        "query": query.id,
        "waiver": waiver,
        "tasking": tasking_of(scene),
    }


def test_outsiders_find_nothing_whether_it_exists_or_not(scene: Scene, client_of: Clients) -> None:
    """Force, certifier, region and managers of access, on every address, reading and writing; nothing changes."""
    there = everything(scene)
    nowhere = {name: uuid4() for name in there}
    before = (round_state(scene.round), state_of(scene.east))
    for person in (scene.preparer, scene.certifier, scene.other, scene.area, scene.nation.chief):
        client = client_of(person)
        for address in ADDRESSES:
            found = [client.get(address.format(**ids)) for ids in (there, nowhere)]
            found += [client.post(address.format(**ids), {"reason": "Planted."}) for ids in (there, nowhere)]
            assert {one.status_code for one in found} <= {404, 405}, address
            pages = {re.sub(r'value="\w+"', "", text_of(one)) for one in found if one.status_code == 404}
            assert len(pages) == 1, address
            assert "Zephyrine" not in str(pages)
    assert (round_state(scene.round), state_of(scene.east)) == before


def test_every_address_opens_for_the_team_and_the_lead(scene: Scene, client_of: Clients) -> None:
    there = everything(scene)
    for person in (scene.national, scene.lead):
        client = client_of(person)
        for address in ADDRESSES:
            answer = client.get(address.format(**there))
            assert answer.status_code == 200, address
            assert "<h1" in text_of(answer)
    for made_up in ("nonsense", "pk"):
        for kind in (f"{there['round']}", f"returns/{there['east']}", f"taskings/{there['tasking']}"):
            assert client_of(scene.national).get(f"/rounds/{kind}/{made_up}/").status_code == 404


# Rounds


def test_a_round_is_cloned_edited_and_opened(scene: Scene, client_of: Clients) -> None:
    client = client_of(scene.national)
    listed = text_of(client.get("/rounds/"))
    assert "Clone January to March 2026" in listed
    page = text_of(client.get(f"/rounds/{scene.round}/clone/"))
    assert 'value="CY2026Q2"' in page
    wrong = client.post(f"/rounds/{scene.round}/clone/", {"period": "next", "opens_on": "soon"})
    assert wrong.status_code == 400 and "is not a period" in text_of(wrong) and "cannot be read as a day" in text_of(wrong)
    made = client.post(f"/rounds/{scene.round}/clone/", {"period": "CY2026Q2", "opens_on": "1/7/2026"})
    draft = UUID(made.headers["Location"].split("/")[2])
    page = text_of(client.get(f"/rounds/{draft}/"))
    assert "No column is new, and none is gone." in page and "It costs a force 4 hours (it was 4)" in page
    assert "No force has been told of it yet." in page and "Forces on the list: 2" in page
    twice = client.post(f"/rounds/{scene.round}/clone/", {"period": "CY2026Q2", "opens_on": "1/7/2026"})
    assert twice.status_code == 403 and "There is a round of csae for CY2026Q2 already." in text_of(twice)

    form = {
        "opens_on": "1/7/2026",
        "working_days": "15",
        "hours": "6.5",
        "hours_rest_on": "Thought by us in July.",
        "already_held": "Nothing else.",
        "respondents": [str(scene.nation.eastmere)],
    }
    lacking = client.post(f"/rounds/{draft}/edit/", form | {"working_days": "", "respondents": []})
    assert lacking.status_code == 400 and "No force is chosen" in text_of(lacking)
    assert client.post(f"/rounds/{draft}/edit/", form).headers["Location"] == f"/rounds/{draft}/"
    page = text_of(client.get(f"/rounds/{draft}/"))
    assert "6.5 hours (it was 4)" in page and "they had 20" in page and "Forces on the list: 1" in page
    letters = Letter.objects.unscoped("test").count()
    assert client.post(f"/rounds/{draft}/open/").headers["Location"] == f"/rounds/{draft}/"
    assert round_state(draft) == "open" and Letter.objects.unscoped("test").count() == letters + 1
    late = client.post(f"/rounds/{draft}/edit/", form)
    assert late.status_code == 403 and "You cannot change the draft now: the round is open." in text_of(late)


def test_a_round_from_nothing_and_discarded(scene: Scene, client_of: Clients) -> None:
    client = client_of(scene.national)
    sent = {"collection": "csae", "period": "CY2027Q1", "opens_on": "2027-04-01", "working_days": "20"}
    made = client.post("/rounds/new/", sent)
    draft = UUID(made.headers["Location"].split("/")[2])
    assert "everything it asks is new" in text_of(client.get(f"/rounds/{draft}/"))
    assert "The draft and its list of forces go" in text_of(client.get(f"/rounds/{draft}/discard/"))
    assert client.post(f"/rounds/{draft}/discard/").headers["Location"] == "/rounds/"
    assert client.get(f"/rounds/{draft}/").status_code == 404
    refused = client.post(f"/rounds/{scene.round}/discard/")
    assert refused.status_code == 403 and round_state(scene.round) == "open"


def test_hours_above_the_limit_wait_for_the_lead(scene: Scene, client_of: Clients) -> None:
    client, lead = client_of(scene.national), client_of(scene.lead)
    made = client.post(f"/rounds/{scene.round}/clone/", {"period": "CY2026Q2", "opens_on": "1/7/2026"})
    draft = made.headers["Location"]
    page = text_of(client.get(draft + "edit/"))
    said = {"opens_on": "1/7/2026", "working_days": "20", "hours": "41", "hours_rest_on": "Thought.", "already_held": "None."}
    client.post(draft + "edit/", said | {"respondents": re.findall(r'value="([0-9a-f-]{36})" checked', page)})
    assert "its hours wait for the national lead’s signature" in text_of(client.get(draft))
    refused = client.post(draft + "open/")
    assert refused.status_code == 403 and "Above 40 hours it waits for a signature" in text_of(refused)
    own = client.post(draft + "sign_hours/", {"reason": "We need it."})
    assert own.status_code == 403 and "Your roles do not let you sign waivers, and hours above the limit." in text_of(own)
    assert "The reason is missing" in text_of(lead.post(draft + "sign_hours/", {"reason": " "}))
    lead.post(draft + "sign_hours/", {"reason": "Agreed with the forces."})
    assert "The national lead has signed for its hours" in text_of(client.get(draft))
    assert lead.post(draft + "open/").status_code == 403
    client.post(draft + "open/")
    assert round_state(UUID(draft.split("/")[2])) == "open"


def test_a_round_is_closed_opened_again_locked_and_unlocked(scene: Scene, client_of: Clients) -> None:
    client, lead, page = client_of(scene.national), client_of(scene.lead), f"/rounds/{scene.round}/"
    for act in ("close", "reopen", "lock", "unlock"):
        assert lead.post(f"{page}{act}/", {"reason": "Planted."}).status_code == 403
    assert "You cannot lock the round now: the round is open." in text_of(client.post(page + "lock/"))
    client.post(page + "close/")
    assert round_state(scene.round) == "closed"
    assert client.post(page + "reopen/", {"reason": ""}).status_code == 400
    client.post(page + "reopen/", {"reason": "One force asked for it."})
    assert round_state(scene.round) == "open" and "One force asked for it." in text_of(client.get(page))
    scene.accepted(scene.east)
    client.post(page + "close/")
    client.post(page + "lock/")
    assert (round_state(scene.round), state_of(scene.east)) == ("locked", "locked")
    client.post(page + "unlock/", {"reason": "A late correction."})
    assert (round_state(scene.round), state_of(scene.east)) == ("closed", "locked")


# Can I publish?


def test_one_screen_answers_can_i_publish(scene: Scene, client_of: Clients) -> None:
    client, page = client_of(scene.national), f"/rounds/{scene.round}/"
    said = text_of(client.get(page))
    assert "Can I publish? Not yet: 2 things stop you" in said and "Chase both forces" in said
    assert "crimes, from 0 of 2 returns" in said and "Who has replied: 0 of 2" in said
    scene.sent(scene.east, ASKS)
    (query,) = queries.submission_page(viewer=viewer(scene.preparer), submission=scene.east).queries
    commands.answer(by=viewer(scene.preparer), at=AT, query=query.id, reason="A new system, since January.")
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    commands.certify(by=viewer(scene.certifier), at=AT, submission=scene.east, version=1)
    commands.approve(by=viewer(scene.area), at=AT, submission=scene.east, version=1)
    said = text_of(client.get(page))
    assert "1 return waits for you" in said and "−30 to 0" in said and "Read the reason and decide" in said
    assert "512" in said and "crimes, from 1 of 2 returns" in said
    client.post(f"/rounds/returns/{scene.east}/queries/{query.id}/settle/")
    client.post(f"/rounds/returns/{scene.east}/accept/", {"version": "1"})
    waiver = commands.ask_waiver(by=viewer(scene.other), at=AT, submission=scene.west, reason="The system is down.")
    assert "Not yet: 2 things stop you" in text_of(client.get(page))
    client_of(scene.lead).post(f"/rounds/waivers/{waiver}/sign/")
    version = Version.objects.unscoped("test").get(submission=scene.east)
    commands.note_kept(by=CHECK, at=AT, version=version.pk, kept=Kept("x/y/v0001", "a" * 64, {"crimes": 512}, 512))
    said = text_of(client.get(page))
    assert "Can I publish? Not yet: 1 line of the checklist is not settled" in said and "Chase " not in said
    read = re.search(r'name="digest" value="(\w+)"', text_of(client.get(page + "notes/read/")))
    assert read is not None
    client.post(page + "notes/read/", {"digest": read[1]})
    said = text_of(client.get(page))
    assert (
        "Can I publish? Yes" in said and "from 1 of 1 returns, 1 waived" in said and "Release checklist: 7 of 7 settled" in said
    )
    notes = text_of(client.get(page + "notes/"))
    assert "A new system, since January." in notes and "The system is down." in notes


def test_filters_live_in_the_address(scene: Scene, client_of: Clients) -> None:
    scene.sent(scene.east, ERROR)
    client, page = client_of(scene.national), f"/rounds/{scene.round}/"
    every = text_of(client.get(page))
    assert "Fix 38 errors and send again" in every
    only = text_of(client.get(page + "?state=to_fix"))
    table = only.partition("Returns 1 of 1")[2]
    assert "Eastmere" in table and "Westholt" not in table and "Remove filter" in only
    assert "No return is like that." in text_of(client.get(page + "?show=changed&state=nonsense&page=99"))


def test_one_act_chases_whoever_is_late_and_nobody_twice_a_day(scene: Scene, client_of: Clients) -> None:
    client, page = client_of(scene.national), f"/rounds/{scene.round}/chase/"
    said = text_of(client.get(page))
    assert (
        "To the returns officers of Eastmere, Westholt." in said and "CSAE return for January to March 2026 was due on" in said
    )
    assert "{" not in said.partition("<main")[2].partition("</main>")[0]
    letters = Letter.objects.unscoped("test").count()
    client.post(page)
    assert Letter.objects.unscoped("test").count() == letters + 2
    sent = Letter.objects.unscoped("test").filter(template="collections.chase").values_list("facts", flat=True)
    for facts in sent:  # what goes out is what the page showed: no code of a period, no day written backwards
        subject, body = written("collections.chase", json.loads(facts))
        assert subject in said and " ".join(body.split()) in said
    assert "2 forces of 2 had a letter today." in text_of(client.get(f"/rounds/{scene.round}/"))
    client.post(page)
    assert Letter.objects.unscoped("test").count() == letters + 2
    refused = client_of(scene.lead).post(page)
    assert refused.status_code == 403 and "Your roles do not let you remind forces whose returns are late." in text_of(refused)


# A return


def test_a_return_is_accepted_by_whoever_read_this_version(scene: Scene, client_of: Clients) -> None:
    client, page = client_of(scene.national), f"/rounds/returns/{scene.east}/"
    early = client.post(page + "accept/", {"version": "0"})
    assert early.status_code == 403
    scene.approved(scene.east)
    said = text_of(client.get(page + "accept/"))
    assert "Version 1, 512 records" in said and 'name="version" value="1"' in said
    stale = client.post(page + "accept/", {"version": "7"})
    assert stale.status_code == 403 and "You read version 7, and the return is at version 1 now." in text_of(stale)
    assert client.post(page + "accept/", {}).status_code == 400
    lead = client_of(scene.lead).post(page + "accept/", {"version": "1"})
    assert lead.status_code == 403 and state_of(scene.east) == "with_national"
    assert client.post(page + "accept/", {"version": "1"}).headers["Location"] == page
    assert state_of(scene.east) == "accepting"


def test_times_are_those_of_a_clock_in_london_as_on_the_receipt(scene: Scene, client_of: Clients) -> None:
    scene.certified(scene.east)
    summer = datetime(2026, 5, 20, 14, 32, tzinfo=UTC)
    with machinery("the test turns the clock"):
        Version.objects.unscoped("test").filter(submission=scene.east).update(received_at=summer)
    assert "20 May 2026, 15:32" in text_of(client_of(scene.national).get(f"/rounds/returns/{scene.east}/"))


def test_nobody_accepts_what_they_approved(scene: Scene, client_of: Clients) -> None:
    """For a force without an approval area the national team approves, and somebody else of it accepts."""
    with machinery("the test takes the force out of its area"):
        Submission.objects.unscoped("test").filter(pk=scene.east).update(area=None)
    scene.certified(scene.east)
    client, page = client_of(scene.national), f"/rounds/returns/{scene.east}/"
    assert "belongs to no approval area" in text_of(client.get(page + "approve/"))
    client.post(page + "approve/", {"version": "1"})
    own = client.post(page + "accept/", {"version": "1"})
    assert own.status_code == 403 and "somebody else must accept the return: two people, always." in text_of(own)
    client_of(scene.second).post(page + "accept/", {"version": "1"})
    assert state_of(scene.east) == "accepting"


def test_a_return_is_sent_back_with_words(scene: Scene, client_of: Clients) -> None:
    scene.approved(scene.east)
    client, page = client_of(scene.national), f"/rounds/returns/{scene.east}/"
    assert client.post(page + "return/", {"reason": ""}).status_code == 400
    naming = client.post(page + "return/", {"reason": "Ring me on 07700 900123."})
    assert naming.status_code == 403 and "words that name and find nobody" in text_of(naming)
    assert state_of(scene.east) == "with_national"
    client.post(page + "return/", {"reason": "Victims are counted as crimes."})
    assert state_of(scene.east) == "returned" and "Victims are counted as crimes." in text_of(client.get(page))
    again = client.post(page + "return/", {"reason": "Again."})
    assert again.status_code == 403 and "sent back with a reason" in text_of(again)


def test_a_return_is_locked_unlocked_with_a_reason_and_given_time(scene: Scene, client_of: Clients) -> None:
    client, page = client_of(scene.national), f"/rounds/returns/{scene.east}/"
    more = {"working_days": "5", "reason": "Their system was down."}
    assert client.post(page + "extend/", more | {"working_days": "0"}).status_code == 400
    client.post(page + "extend/", more)
    said = text_of(client.get(page))
    assert "Their system was down." in said
    assert client_of(scene.lead).post(page + "extend/", more).status_code == 403
    scene.accepted(scene.east)
    client.post(page + "lock/")
    assert state_of(scene.east) == "locked"
    assert client.post(page + "unlock/", {"reason": ""}).status_code == 400
    client.post(page + "unlock/", {"reason": "A correction was found."})
    assert state_of(scene.east) == "unlocked" and "A correction was found." in text_of(client.get(page))
    assert client.post(page + "extend/", more).status_code == 403


def test_before_a_resubmission_is_accepted_it_says_what_would_move(scene: Scene, client_of: Clients) -> None:
    scene.accepted(scene.east)
    version = scene.send(scene.east)
    told = replace(
        outcome(total=505),
        difference=("7 of 512 records were taken out.",),
        moved=("2026: 1 published number(s) would move:", "  total.crimes: is 512, would be 505"),
    )
    commands.note_checked(by=CHECK, at=AT, version=version, outcome=told)
    for act, who in (("offer", scene.preparer), ("certify", scene.certifier), ("approve", scene.area)):
        given = {} if act == "offer" else {"version": 2}
        getattr(commands, act)(by=viewer(who), at=AT, submission=scene.east, **given)
    client, page = client_of(scene.national), f"/rounds/returns/{scene.east}/"
    for said in (text_of(client.get(page)), text_of(client.get(page + "accept/"))):
        assert "7 of 512 records were taken out." in said and "total.crimes: is 512, would be 505" in said
    assert "It takes the place of version 1" in text_of(client.get(page + "accept/"))


def test_a_query_is_settled_or_asked_again(scene: Scene, client_of: Clients) -> None:
    there = everything(scene)
    page = "/rounds/returns/{east}/queries/{query}/".format(**there)
    client = client_of(scene.national)
    early = client.post(page + "settle/")
    assert early.status_code == 403 and "the query is to be answered" in text_of(early)
    commands.answer(by=viewer(scene.preparer), at=AT, query=there["query"], reason="It is right.")
    assert "The force answered: It is right." in text_of(client.get(page + "settle/"))
    client.post(page + "settle/")
    assert Query.objects.unscoped("test").get(pk=there["query"]).state == "settled"
    client.post(page + "ask_again/", {"reason": "Which system?"})
    assert Query.objects.unscoped("test").get(pk=there["query"]).state == "open"
    assert "Asked again: Which system?" in text_of(client.get("/rounds/returns/{east}/".format(**there)))
    assert client_of(scene.lead).post(page + "ask_again/", {"reason": "Planted."}).status_code == 403


# Waivers and taskings


def test_a_waiver_is_explicit_and_signed_by_the_lead_alone(scene: Scene, client_of: Clients) -> None:
    there = everything(scene)
    client, lead, page = client_of(scene.national), client_of(scene.lead), f"/rounds/waivers/{there['waiver']}/"
    listed = text_of(client.get("/rounds/waivers/"))
    assert "The system is down." in listed and "Asked for" in listed
    refused = client.post(page + "sign/")
    assert refused.status_code == 403 and "Your roles do not let you sign waivers" in text_of(refused)
    assert lead.post(page + "refuse/", {"reason": ""}).status_code == 400
    lead.post(page + "sign/")
    assert Waiver.objects.unscoped("test").get(pk=there["waiver"]).state == "signed" and state_of(scene.east) == "waived"
    assert "Signed and published" in text_of(client.get("/rounds/waivers/"))
    assert lead.post(page + "refuse/", {"reason": "Too late."}).status_code == 403
    second = commands.ask_waiver(by=viewer(scene.other), at=AT, submission=scene.west, reason="Nobody is there.")
    lead.post(f"/rounds/waivers/{second}/refuse/", {"reason": "Somebody is."})
    assert "Refused because" in text_of(client.get("/rounds/waivers/")) and state_of(scene.west) == "awaited"


def test_a_tasking_says_what_for_on_what_basis_by_when_and_at_what_effort(scene: Scene, client_of: Clients) -> None:
    client, lead = client_of(scene.national), client_of(scene.lead)
    assert "No tasking was drafted yet." in text_of(client.get("/rounds/taskings/"))
    form = {
        "title": "Online groups",
        "purpose": "To know them.",
        "basis": "Law enforcement purposes.",
        "working_days": "10",
        "hours": "3",
        "organisations": [str(scene.nation.eastmere)],
    }
    assert client.post("/rounds/taskings/new/", form | {"basis": ""}).status_code == 400
    made = client.post("/rounds/taskings/new/", form).headers["Location"]
    said = text_of(client.get(made))
    assert "To know them." in said and "Law enforcement purposes." in said and "0 of 1" in said and "Eastmere" in said
    assert lead.post(made + "open/").status_code == 403
    client.post(made + "open/")
    assert "3" in text_of(client.get("/rounds/taskings/")) and client.post(made + "open/").status_code == 403
    client.post(made + "close/")
    assert Tasking.objects.unscoped("test").get(title="Online groups").state == "closed"
    large = client.post("/rounds/taskings/new/", form | {"title": "Large", "hours": "80"}).headers["Location"]
    assert client.post(large + "open/").status_code == 403
    lead.post(large + "sign_hours/", {"reason": "Agreed."})
    client.post(large + "open/")
    assert Tasking.objects.unscoped("test").get(title="Large").state == "open"


def test_forged_forms_change_nothing(scene: Scene) -> None:
    client = client_for(scene.national, enforce_csrf_checks=True)
    for address in (f"/rounds/{scene.round}/close/", f"/rounds/{scene.round}/chase/", "/rounds/new/"):
        assert client.post(address, {}).status_code == 403
    assert round_state(scene.round) == "open"


# How often the database is asked

FILES = ("matters.csv", "returns.csv", "states.csv", "checklist.csv", "effects.svg", "replied.svg", "notes.csv", "notes.txt")


def asked_of(client: Any, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(address)
    assert answer.status_code == 200
    assert len(answer.content) < 100_000, (address, len(answer.content))
    return len(seen)


def grow(scene: Scene, to: int) -> None:
    """So many forces in the round, each with a version, an answered query and a waiver; so many rounds and taskings."""
    have = Submission.objects.unscoped("test").filter(round=scene.round).count()
    chief = viewer(scene.nation.chief)
    for number in range(have, to):
        place = people.found_organisation(
            by=chief, at=AT, code=f"f{number}", kind="force", name=f"Force {number}", valid_from=AT.date()
        )
        people.tie_organisations(
            by=chief, at=AT, organisation=place, kind="region", other=scene.nation.region, valid_from=AT.date()
        )
        key = Submission.objects.unscoped("test").get(pk=scene.east)
        key.pk, key.organisation_id, key.state, key.version = uuid4(), place, "with_national", 1
        with machinery("the test plants many rows"):
            key.save(force_insert=True)
            Version(submission=key, number=1, received_at=AT, total=9, checked_at=AT, checks_ran=1, checks_all=1).save()
            Query(
                submission=key, check_id="x", state="answered", message="m", places=1, records=1, answer="a", asked_at=AT,
                answered_at=AT,
            ).save()  # fmt: skip
            Waiver(submission=key, state="asked", reason="Why", asked_at=AT).save()
            other = Round.objects.unscoped("test").get(pk=scene.round)
            other.pk, other.period = uuid4(), f"CY{1950 + number}"
            other.save(force_insert=True)
            task = Tasking(title=f"T{number}", purpose="p", basis="b", due_on=AT.date(), hours=1, state="draft", drafted_at=AT)
            task.save()
            Asked(tasking=task, organisation_id=place).save()


@pytest.mark.slow
def test_lists_ask_as_often_for_300_rows_as_for_3(scene: Scene, client_of: Clients) -> None:
    lists = (
        "/rounds/",
        f"/rounds/{scene.round}/",
        f"/rounds/{scene.round}/notes/",
        f"/rounds/{scene.round}/matters/",
        f"/rounds/{scene.round}/notes/read/",
        f"/rounds/{scene.round}/close/",
        "/rounds/waivers/",
        "/rounds/taskings/",
        *(f"/rounds/{scene.round}/{name}" for name in FILES if name != "effects.svg"),  # nothing is drawn of 250 small effects
    )
    client = client_of(scene.national)
    grow(scene, 3)
    few = {address: asked_of(client, address) for address in lists}
    grow(scene, 250)
    many = {address: asked_of(client, address) for address in lists}
    assert many == few and max(few.values()) <= 30  # the most: the answer, every return and the release checklist
