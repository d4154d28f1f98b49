"""A force's pages by a client: each act allowed and refused in the rule's words, uploads kept whole, few queries."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.records.collecting import ASKS, ERROR, VAGUE, Scene, found_scene
from tests.records.nation import AT, viewer
from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules import places, register
from vkpp.records.collections.rules.outcomes import CheckCount

Clients = Callable[[UUID | None], Any]
WHY = "The force has looked: it is right."


@pytest.fixture
def scene(records: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(settings, "FOLDER", tmp_path)
    return found_scene()


def at(key: UUID, page: str = "") -> str:
    return f"/returns/{key}/{page}"


def text(answer: Any) -> str:
    """What a page says, without its tags."""
    said = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", html.unescape(said))


def a_file(name: str = "crimes.csv", content: bytes = b"a,b\n1,2\n") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/csv")


def upload(client: Any, key: UUID, *files: SimpleUploadedFile) -> Any:
    return client.post(at(key, "send/"), {"files": list(files) or [a_file()]})


# Home


def test_home_lists_returns_by_deadline_in_working_days(scene: Scene, client_of: Clients) -> None:
    said = text(client_of(scene.preparer).get("/returns/"))
    assert "Send your file" in said and "working days" in said and "Returns officer" in said
    assert "These wait for you" in said and "Westholt" not in said
    assert "Nothing waits for you." in text(client_of(scene.certifier).get("/returns/"))
    assert "Hours asked of Eastmere this quarter" in said


def test_home_puts_what_waits_for_the_certifier_first_for_them_alone(scene: Scene, client_of: Clients) -> None:
    scene.sent(scene.east)
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    assert "These wait for you" in text(client_of(scene.certifier).get("/returns/"))
    assert "These wait for somebody else" in text(client_of(scene.preparer).get("/returns/"))


def test_a_tasking_is_reported_done_by_its_force_and_nobody_else(scene: Scene, client_of: Clients) -> None:
    by = viewer(scene.national)
    tasking = commands.draft_tasking(
        by=by,
        at=AT,
        title="Count the units",
        purpose="To know.",
        basis="Asked by the board.",
        working_days=5,
        hours=1,
        organisations=[scene.nation.eastmere],
    )
    commands.open_tasking(by=by, at=AT, tasking=tasking)
    client = client_of(scene.preparer)
    assert "Count the units" in text(client.get("/returns/")) and "Say that Eastmere has done it" in text(
        client.get("/returns/")
    )
    address = f"/returns/taskings/{tasking}/{scene.nation.eastmere}/done/"
    assert client_of(scene.other).post(address).status_code in (403, 404)
    refused = client_of(scene.certifier).post(address)
    assert refused.status_code == 403 and "You cannot do this" in text(refused)
    assert "has done what the tasking asked" in text(client.post(address, follow=True))
    assert "Say that Eastmere" not in text(client.get("/returns/"))


# Sending


def test_an_upload_is_kept_whole_and_its_checks_are_followed(scene: Scene, client_of: Clients) -> None:
    client = client_of(scene.preparer)
    answer = upload(client, scene.east, a_file("crimes.csv"), a_file("../victims.csv", b"c\n1\n"))
    assert answer.status_code == 302 and answer["Location"] == at(scene.east, "results/")
    page = client.get(answer["Location"])
    said = text(page)
    assert "We are checking your file" in said and "crimes.csv" in said and "victims.csv" in said
    assert "See whether it is done" in said and "http-equiv" not in page.content.decode()
    assert client.get(at(scene.east, "state/")).json()["checking"] is True
    version = queries.submission_page(viewer=viewer(scene.preparer), submission=scene.east).versions[0]
    kept = {path.name: path.read_bytes() for path in places.sent(register.root(), version.id).iterdir()}
    assert kept == {"crimes.csv": b"a,b\n1,2\n", "victims.csv": b"c\n1\n"}
    refused = upload(client, scene.east)
    assert refused.status_code == 403 and "You cannot send a file now: the return is received and being checked." in text(
        refused
    )
    assert len(list((register.root() / "sent").iterdir())) == 1  # what was refused is not kept


def test_an_upload_without_a_file_or_with_an_empty_one_is_told(scene: Scene, client_of: Clients) -> None:
    client = client_of(scene.preparer)
    nothing = client.post(at(scene.east, "send/"))
    assert nothing.status_code == 400 and "No file was chosen." in text(nothing)
    assert "<title>Error: " in nothing.content.decode()
    empty = upload(client, scene.east, a_file("crimes.csv", b""))
    assert empty.status_code == 403 and "The file crimes.csv is empty." in text(empty)
    assert scene.row(scene.east).state == "awaited"


def test_too_much_is_refused_and_not_kept(scene: Scene, client_of: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MOST_BYTES", 10)
    answer = upload(client_of(scene.preparer), scene.east, a_file(content=b"x" * 11))
    assert answer.status_code == 403 and "11 bytes" in text(answer) and "send CSV in a zip" in text(answer)
    assert not (register.root() / "sent").exists()


def test_who_cannot_send_reads_why_and_nothing_is_kept(scene: Scene, client_of: Clients) -> None:
    client = client_of(scene.certifier)
    assert "Upload and check" not in text(client.get(at(scene.east, "send/")))
    refused = upload(client, scene.east)
    why = queries.submission_page(viewer=viewer(scene.certifier), submission=scene.east).row.acts.refused["receive"]
    assert refused.status_code == 403 and why in text(refused)
    assert not list((register.root() / "sent").glob("*"))
    assert upload(client_of(scene.other), scene.east).status_code == 404
    assert not list((register.root() / "sent").glob("*"))


def test_a_post_without_the_browser_s_own_mark_changes_nothing(scene: Scene) -> None:
    from tests.web.clients import client_for

    client = client_for(scene.preparer, enforce_csrf_checks=True)
    for page in ("send/", "nil/", "offer/", "answer/", "certify/", "send-back/", "withdraw/", "waiver/"):
        answer = client.post(at(scene.east, page), {"reason": WHY, "files": a_file()})
        assert answer.status_code == 403 and "Nothing was changed" in text(answer), page
    assert scene.row(scene.east).state == "awaited"


# Results


def test_results_say_what_to_fix_and_lead_there(scene: Scene, client_of: Clients) -> None:
    scene.sent(scene.east, ERROR, ASKS)
    page = client_of(scene.preparer).get(at(scene.east, "results/"))
    said = text(page)
    assert "Your file needs 1 kind of fix before you can send it" in said and "There is a problem" in said
    assert "The age does not match. (38 places)" in said and "All errors 38" in said and "All queries 1" in said
    assert "<title>Error: " in page.content.decode() and "check=age-fits-dates#findings" in page.content.decode()
    assert "Upload a corrected file" in said and "513 lines" in said
    # Findings of this scene have no file: nothing to download is offered, and none is there.
    assert "Download all findings" not in said
    assert client_of(scene.preparer).get(at(scene.east, "findings.xlsx")).status_code == 404
    assert client_of(scene.preparer).get(at(scene.east, "findings.exe")).status_code == 404


def test_every_finding_is_filtered_ordered_paged_and_downloaded(scene: Scene, client_of: Clients) -> None:
    import pyarrow.parquet as pq

    from vkpp.engine.shapes.findings import FINDINGS_SCHEMA, Finding, Findings

    version = scene.sent(scene.east, ERROR)
    found = [
        Finding(
            "age-fits-dates",
            "error",
            "The age <b>does</b> not match.",
            "Correct it.",
            "v.csv",
            "victims",
            row=n + 2,
            record=n + 1,
        )
        for n in range(60)
    ]
    found.append(Finding("a-note", "note", "An author was taken out.", "", "crimes.csv", "crimes", value="=1+1"))
    path = places.findings(register.root(), version)
    path.parent.mkdir(parents=True)
    pq.write_table(Findings.of(found).table.cast(FINDINGS_SCHEMA), path)
    places.report(register.root(), version, "xlsx").write_bytes(b"PK of a workbook")
    client, address = client_of(scene.preparer), at(scene.east, "results/")
    first = client.get(address)
    assert "Findings 1 to 50 of 61, in the order of your file" in text(first) and "<b>does</b>" not in first.content.decode()
    assert "Findings 51 to 61 of 61" in text(client.get(address, {"page": "2"}))
    assert "Findings 51 to 61 of 61" in text(client.get(address, {"page": "999"}))
    notes = client.get(address, {"severity": "note"})
    assert "Findings 1 of 1" in text(notes) and "=1+1" in text(notes) and "Remove filter: Notes only" in text(notes)
    assert "Findings 1 of 1" in text(client.get(address, {"sheet": "Crimes"}))
    assert "by check" in text(client.get(address, {"order": "check", "check": "a-note"}))
    (choices,) = re.findall(r'<select[^>]*name="check".*?</select>', first.content.decode(), re.DOTALL)
    (said,) = {one.message for one in queries.submission_page(viewer=viewer(scene.preparer), submission=scene.east).checks}
    assert f'value="age-fits-dates">{said[:20]}' in choices and ">age-fits-dates" not in choices
    assert "No finding matches." in text(client.get(address, {"check": "x' OR 1=1"}))
    file = client.get(at(scene.east, "findings.xlsx"))
    assert b"".join(file.streaming_content) == b"PK of a workbook"
    assert file["Content-Disposition"] == 'attachment; filename="eastmere_csae_CY2026Q1_v1_findings.xlsx"'
    assert client_of(scene.other).get(at(scene.east, "findings.xlsx")).status_code == 404


def test_results_of_a_file_that_could_not_be_read_and_of_one_that_passed(scene: Scene, client_of: Clients) -> None:
    from tests.records.collecting import CHECK, outcome

    client, version = client_of(scene.preparer), scene.send(scene.east)
    commands.note_checked(by=CHECK, at=AT, version=version, outcome=outcome(trouble="crimes.xlsx is no workbook.", ran=0))
    said = text(client.get(at(scene.east, "results/")))
    assert "Your file could not be checked" in said and "crimes.xlsx is no workbook." in said and "Every finding" not in said
    scene.sent(scene.east)
    said = text(client.get(at(scene.east, "results/")))
    assert "Your file passed the checks" in said and "There is a problem" not in said and "Read the summary" in said


# Queries


def test_queries_are_answered_and_words_that_name_somebody_are_refused_beside_them(scene: Scene, client_of: Clients) -> None:
    scene.sent(scene.east, ASKS, VAGUE)
    client, address = client_of(scene.preparer), at(scene.east, "answer/")
    found = {
        one.check: one.id.hex for one in queries.submission_page(viewer=viewer(scene.preparer), submission=scene.east).queries
    }
    nothing = client.post(address)
    assert nothing.status_code == 400 and "No reason was written or changed." in text(nothing)
    named = client.post(address, {found["all-male"]: "Ask zed@example.invalid about it", found["no-victim-share"]: WHY})
    assert named.status_code == 400 and "The reason holds" in text(named) and "zed@example.invalid" in text(named)
    page = client.get(address)
    assert WHY in text(page) and "Answered" in text(page)  # the other one was kept
    done = client.post(address, {found["all-male"]: WHY, found["no-victim-share"]: WHY}, follow=True)
    assert "1 reason kept. Every query is answered." in text(done) and scene.row(scene.east).state == "ready"


def test_last_quarter_s_reason_is_filled_in_and_counts_only_once_it_is_saved(scene: Scene, client_of: Clients) -> None:
    scene.sent(scene.east, ASKS)
    (query,) = queries.submission_page(viewer=viewer(scene.preparer), submission=scene.east).queries
    commands.answer(by=viewer(scene.preparer), at=AT, query=query.id, reason="Images have no known victim.")
    by = viewer(scene.national)
    next_round = commands.clone_round(by=by, at=AT, round_=scene.round, period="CY2026Q2", opens_on=date(2026, 7, 1))
    commands.open_round(by=by, at=AT, round_=next_round)
    rows = queries.round_overview(viewer=by, round_=next_round).returns
    key = next(row.id for row in rows if row.organisation == scene.nation.eastmere)
    scene.sent(key, ASKS)
    client = client_of(scene.preparer)
    page = client.get(at(key, "answer/"))
    assert "Images have no known victim.</textarea>" in page.content.decode() and "Filled in from your answer" in text(page)
    assert scene.row(key).open_queries == 1
    (again,) = queries.submission_page(viewer=viewer(scene.preparer), submission=key).queries
    client.post(at(key, "answer/"), {again.id.hex: "Images have no known victim."})
    assert scene.row(key).open_queries == 0


def test_who_cannot_answer_reads_why(scene: Scene, client_of: Clients) -> None:
    scene.sent(scene.east, ASKS)
    client = client_of(scene.certifier)
    why = queries.submission_page(viewer=viewer(scene.certifier), submission=scene.east).row.acts.refused["answer"]
    page = client.get(at(scene.east, "answer/"))
    assert why in text(page) and "<textarea" not in page.content.decode()
    refused = client.post(at(scene.east, "answer/"), {"x": WHY})
    assert refused.status_code == 403 and why in text(refused)


# Nil, withdraw, waiver, offer


def test_a_nil_return_needs_a_reason_and_goes_to_the_certifier(scene: Scene, client_of: Clients) -> None:
    client = client_of(scene.preparer)
    missing = client.post(at(scene.east, "nil/"), {"reason": " "})
    assert missing.status_code == 400 and "The reason is missing." in text(missing)
    said = text(client.post(at(scene.east, "nil/"), {"reason": "No crime of the kind was recorded."}, follow=True))
    assert "there is nothing to report" in said and scene.row(scene.east, scene.preparer).nil
    assert "No crime of the kind was recorded." in text(client.get(at(scene.east, "summary/")))
    assert client.get(at(scene.east, "results/")).status_code == 302
    refused = client_of(scene.certifier).post(at(scene.east, "nil/"), {"reason": WHY})
    assert refused.status_code == 403 and "There is a problem" in text(refused)


def test_a_corrected_return_shows_what_differs_before_it_is_sent_and_can_be_taken_back(
    scene: Scene, client_of: Clients
) -> None:
    from dataclasses import replace

    from tests.records.collecting import CHECK, outcome

    client = client_of(scene.preparer)
    early = client.post(at(scene.east, "withdraw/"), {"reason": WHY})
    assert early.status_code == 403
    scene.accepted(scene.east)
    assert "Accepted" in text(client.get("/returns/"))
    version = scene.send(scene.east)
    differs = replace(outcome(total=500), difference=("crimes: 12 of 512 records are gone.",), moved=("Total 512, then 500.",))
    commands.note_checked(by=CHECK, at=AT, version=version, outcome=differs)
    for page in ("results/", "summary/"):
        said = text(client.get(at(scene.east, page)))
        assert "What differs from the version that was accepted" in said
        assert "12 of 512 records are gone." in said and "Total 512, then 500." in said
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    assert "12 of 512 records are gone." in text(client_of(scene.certifier).get(at(scene.east, "certify/")))
    back = client.post(at(scene.east, "withdraw/"), {"reason": "Sent by mistake."}, follow=True)
    assert "The version accepted before stands." in text(back) and scene.row(scene.east).state == "accepted"


def test_a_waiver_of_one_check_is_asked_for_once(scene: Scene, client_of: Clients) -> None:
    scene.sent(scene.east, ERROR)
    client, address = client_of(scene.preparer), at(scene.east, "waiver/")
    assert "(38 places, Victims)" in text(client.get(address))
    said = {"check": "age-fits-dates", "reason": "The system cannot give ages."}
    assert "The national lead decides." in text(client.post(address, said, follow=True))
    again = client.post(address, said)
    assert again.status_code == 403 and "asked for already" in text(again)
    assert client.post(address, {"check": "no-such", "reason": WHY}).status_code == 400
    assert client_of(scene.certifier).post(address, {"reason": WHY}).status_code == 403


def test_asking_the_certifier_is_a_post_and_says_whether_anybody_heard(scene: Scene, client_of: Clients) -> None:
    client = client_of(scene.preparer)
    refused = client.post(at(scene.east, "offer/"))
    assert refused.status_code == 403 and "You cannot ask the certifier to sign now: the return is not received yet." in text(
        refused
    )
    scene.sent(scene.east)
    assert client.get(at(scene.east, "offer/")).status_code == 405
    assert "Your certifier has a letter." in text(client.post(at(scene.east, "offer/"), follow=True))
    scene.sent(scene.west, by=scene.other)
    nobody = client_of(scene.other).post(at(scene.west, "offer/"), follow=True)
    assert "Nobody in your force is a certifier yet" in text(nobody)


# Certifying


def to_certify(scene: Scene) -> UUID:
    scene.sent(scene.east)
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    return scene.east


def test_the_certifier_signs_what_they_read_and_gets_a_receipt(scene: Scene, client_of: Clients) -> None:
    key = to_certify(scene)
    client = client_of(scene.certifier)
    page = client.get(at(key, "certify/"))
    assert "512" in text(page) and "Is the change more than noise?" in text(page) and "Sign and send to Midmoor" in text(page)
    unread = client.post(at(key, "certify/"), {"version": 1})
    assert unread.status_code == 400 and "Say that you have read this page" in text(unread)
    stale = client.post(at(key, "certify/"), {"version": 7, "read": "on"})
    assert stale.status_code == 403 and "You read version 7" in text(stale)
    done = client.post(at(key, "certify/"), {"version": 1, "read": "on"}, follow=True)
    version = queries.submission_page(viewer=viewer(scene.certifier), submission=key).versions[0]
    assert "Your receipt" in text(done) and version.sha256 in text(done) and "It is not accepted yet" in text(done)
    saved = client.get(at(key, "receipt.txt"))
    assert "attachment" in saved["Content-Disposition"] and version.sha256 in saved.content.decode()
    twice = client.post(at(key, "certify/"), {"version": 1, "read": "on"})
    assert twice.status_code == 403 and "certified and with the approval area" in text(twice)


def test_the_preparer_never_certifies(scene: Scene, client_of: Clients) -> None:
    from tests.records.nation import join

    both = join(scene.nation.chief, scene.nation.eastmere, "Bo Thatonce", "force_analyst", "certifier")
    scene.sent(scene.east, by=both)
    commands.offer(by=viewer(both), at=AT, submission=scene.east)
    client = client_of(both)
    words = "You prepared the return, so somebody else must certify the return: two people, always."
    page = client.get(at(scene.east, "certify/"))
    assert words in text(page) and "I have read this page" not in text(page)
    answer = client.post(at(scene.east, "certify/"), {"version": 1, "read": "on"})
    assert answer.status_code == 403 and words in text(answer) and scene.row(scene.east).state == "to_certify"


def test_the_certifier_sends_back_in_words_that_the_preparer_reads(scene: Scene, client_of: Clients) -> None:
    key = to_certify(scene)
    client = client_of(scene.certifier)
    assert client.post(at(key, "send-back/"), {"reason": ""}).status_code == 400
    assert client_of(scene.preparer).post(at(key, "send-back/"), {"reason": WHY}).status_code == 403
    client.post(at(key, "send-back/"), {"reason": "The count of victims looks low."})
    page = text(client_of(scene.preparer).get(at(key)))
    assert "Why it came back" in page and "The count of victims looks low." in page
    assert client.get(at(key, "receipt/")).status_code == 404


# Who may know, and how often the database is asked


PAGES = (
    *("", "ready/", "summary/", "send/", "state/", "results/", "findings.xlsx", "findings.jsonl", "answer/"),
    *("nil/", "withdraw/", "waiver/", "certify/", "send-back/", "receipt/", "receipt.txt"),
)


@pytest.mark.parametrize("page", PAGES)
def test_outsiders_find_nothing_and_hear_the_same_whether_it_is_there_or_not(
    scene: Scene, client_of: Clients, page: str
) -> None:
    scene.certified(scene.east)
    for outsider in (scene.other, scene.nation.analyst, scene.nation.keeper, scene.nation.coordinator):
        client = client_of(outsider)
        there, nowhere = client.get(at(scene.east, page)), client.get(at(UUID(int=7), page))
        assert there.status_code == nowhere.status_code == 404
        same = [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", one.content.decode()) for one in (there, nowhere)]
        assert same[0] == same[1]
        assert client.post(at(scene.east, page), {"reason": WHY}).status_code in (404, 405)
    assert "Eastmere" not in text(client_of(scene.other).get("/returns/"))


def test_a_return_in_a_compartment_is_nowhere_for_a_colleague_who_is_not_in_it(scene: Scene, client_of: Clients) -> None:
    from tests.records.nation import join
    from vkpp.records.people import commands as people

    colleague = join(scene.nation.chief, scene.nation.eastmere, "Col League", "force_analyst", "certifier")
    seen = {page: _plain(client_of(colleague).get(page)) for page in ("/returns/", "/")}
    key = people.open_compartment(by=viewer(scene.nation.keeper), at=AT, title="Zephyrine", purpose="Quokka enquiry")
    for person in (scene.preparer, scene.national):
        people.admit(by=viewer(scene.nation.keeper), at=AT, compartment=key, person=person)
    by = viewer(scene.national)
    made = commands.draft_round(
        by=by,
        at=AT,
        collection="csae",
        period="CY2026Q2",
        opens_on=AT.date(),
        working_days=5,
        respondents=[scene.nation.eastmere],
        compartment=key,
        already_held="Zephyrine holds the rest.",
    )
    commands.open_round(by=by, at=AT, round_=made)
    (row,) = queries.round_overview(viewer=by, round_=made).returns
    scene.sent(row.id, ERROR, ASKS)
    assert at(row.id) in client_of(scene.preparer).get("/returns/").content.decode()
    assert {page: _plain(client_of(colleague).get(page)) for page in ("/returns/", "/")} == seen
    for page in PAGES:
        assert client_of(colleague).get(at(row.id, page)).status_code == 404
    assert upload(client_of(colleague), row.id).status_code == 404


def _plain(answer: Any) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())


def _asked(client: Any, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_lists_ask_the_database_as_often_for_many_rows_as_for_few(scene: Scene, client_of: Clients) -> None:
    client = client_of(scene.preparer)
    scene.sent(scene.east, ERROR, ASKS)
    pages = ["/returns/", *(at(scene.east, page) for page in ("", "results/", "answer/"))]
    few = [_asked(client, page) for page in pages]
    by = viewer(scene.national)
    for year in range(2018, 2023):
        made = commands.draft_round(
            by=by,
            at=AT,
            collection="csae",
            period=f"CY{year}Q1",
            opens_on=date(year, 4, 2),
            working_days=20,
            respondents=[scene.nation.eastmere],
        )
        commands.open_round(by=by, at=AT, round_=made)
    many = [CheckCount(f"odd-{n}", "query", "crimes", "", "", 1, 1, f"Odd {n}.", "Say why.") for n in range(30)]
    for _ in range(3):
        scene.sent(scene.east, ERROR, *many)
    assert [_asked(client, page) for page in pages] == few
    assert max(few) < 30
