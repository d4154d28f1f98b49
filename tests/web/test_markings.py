"""Every page that shows a round, a return, a tasking, a waiver, a finding or what is in a compartment shows its marking."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from django.conf import settings
from django.db import transaction
from pypdf import PdfReader

from tests.records.collecting import ASKS, Scene, found_scene
from tests.records.nation import AT, DAY, join, viewer
from tests.web.clients import client_for
from tests.web.test_read_log import with_findings
from tests.web.test_search_pages import issued
from tests.web.test_security_walk import _addresses
from vkpp.basics.markings import Level, Marking
from vkpp.engine.shapes.findings import CheckResult, Findings
from vkpp.engine.validation.reports import write_json_lines, write_workbook
from vkpp.records.collections import commands, queries
from vkpp.records.collections.models import Round, Submission, Tasking
from vkpp.records.collections.queries.jobs import job_of
from vkpp.records.collections.queries.packs import pack_job
from vkpp.records.ground.scope import machinery
from vkpp.records.ground.viewer import system
from vkpp.records.people import commands as people
from vkpp.records.search.commands import rebuild

pytestmark = pytest.mark.slow
Clients = Callable[[UUID | None], Any]
ROUND, RETURN, TASKING, FINDING = "zephyr round", "quokka return", "ferret tasking", "lemur finding"
# What names an object on a page, and the handling words that must then stand there. By its id in an address, or by its words.
SAID = {"January to March 2026": ROUND, "Count the ferrets": TASKING, "Lemurs rose": FINDING}
# The form for a new round gives that period as its example; it shows no round.
EXAMPLES = {"national:new_round"}
_MARK = re.compile(r'<p class="vkpp-marking[^"]*">(.*?)</p>')


@pytest.fixture
def scene(records: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(settings, "FOLDER", tmp_path)
    return found_scene(opened=False)


def mark(model: Any, key: UUID, words: str, **by: Any) -> None:
    """Change an object's marking as nobody can on a page."""
    with machinery("a test marks an object"):
        rows = model.objects.unscoped("a test").filter(**(by or {"pk": key}))
        assert rows.update(level=int(Level.OFFICIAL_SENSITIVE), handling=words)


def tasked(scene: Scene) -> UUID:
    by = viewer(scene.national)
    asks = {"title": "Count the ferrets", "purpose": "To know.", "basis": "The board asked.", "working_days": 5, "hours": 1}
    places = {"organisations": [scene.nation.eastmere], "members": [scene.nation.region]}
    key: UUID = commands.draft_tasking(by=by, at=AT, **asks, **places)
    mark(Tasking, key, TASKING)
    return key


def marked(scene: Scene) -> dict[str, UUID]:
    """The scene's round and its returns, a tasking and a finding, each with a marking of its own."""
    mark(Round, scene.round, ROUND)
    mark(Submission, scene.round, RETURN, round=scene.round)
    nation = scene.nation
    author, editor = (join(nation.chief, nation.programme, name, f"thread_{name.lower()}") for name in ("Author", "Editor"))
    strict = Marking(Level.OFFICIAL_SENSITIVE, FINDING)
    finding, reference = issued(scene, "Lemurs rose.", author, editor, marking=strict)
    SAID[reference] = FINDING
    tasking = tasked(scene)
    rebuild(by=system("reindex", DAY), at=AT)  # search holds each marking as it was when a command was about the object
    return {
        "round_": scene.round,
        "submission": scene.east,
        "tasking": tasking,
        "finding": finding,
        "organisation": nation.eastmere,
        "person": scene.preparer,
    }


def opened(scene: Scene, ids: dict[str, UUID]) -> None:
    by = viewer(scene.national)
    commands.open_round(by=by, at=AT, round_=scene.round)
    commands.open_tasking(by=by, at=AT, tasking=ids["tasking"])


def queried(scene: Scene, ids: dict[str, UUID]) -> None:
    """Findings on the page, a query that is answered, a waiver that is asked for, a row of the joint tasking."""
    opened(scene, ids)
    with_findings(scene)
    by = viewer(scene.preparer)
    ids["waiver"] = commands.ask_waiver(by=by, at=AT, submission=scene.east, reason="It is not held.")
    scene.sent(scene.west, ASKS, by=scene.other)
    (query,) = queries.submission_page(viewer=viewer(scene.other), submission=scene.west).queries
    commands.answer(by=viewer(scene.other), at=AT, query=query.id, reason="The force has looked: it is right.")
    commands.show(by=viewer(scene.other), at=AT, submission=scene.west)  # else nobody else reads the query yet
    ids |= {"query": query.id, "west": scene.west}


def certifying(scene: Scene, ids: dict[str, UUID]) -> None:
    opened(scene, ids)
    scene.sent(scene.east)
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)


def accepted(scene: Scene, ids: dict[str, UUID]) -> None:
    opened(scene, ids)
    scene.accepted(scene.east)


# How far it is, and who looks.
STAGES: dict[str, tuple[Callable[[Scene, dict[str, UUID]], None], tuple[str, ...]]] = {
    "draft": (lambda scene, ids: None, ("national",)),
    "open": (opened, ("national", "preparer", "area")),
    "queried": (queried, ("national", "lead", "area", "preparer")),
    "to certify": (certifying, ("certifier", "preparer")),
    "accepted": (accepted, ("preparer", "national")),
}


def pages(answer: Any) -> str:
    kind = str(answer.headers.get("Content-Type", ""))
    shows = answer.status_code in (200, 400) and kind.startswith("text/html") and not answer.streaming
    return html.unescape(answer.content.decode()) if shows else ""


def missing(name: str, address: str, page: str, ids: dict[str, UUID]) -> list[str]:
    """Handling words that should stand above and below a page, and do not."""
    main = page.partition("<main")[2].partition("</main>")[0]
    wanted = {words for said, words in SAID.items() if said in main and name not in EXAMPLES}
    wanted |= {ROUND} if str(ids["round_"]) in address else set()
    wanted |= {ROUND, RETURN} if str(ids["submission"]) in address else set()
    wanted |= {TASKING} if str(ids["tasking"]) in address else set()
    above_and_below = _MARK.findall(page)
    assert len(above_and_below) == 2 and len(set(above_and_below)) == 1, name
    stands = above_and_below[0]
    if wanted:
        assert stands.startswith("OFFICIAL-SENSITIVE: ") or "OFFICIAL-SENSITIVE" not in stands
    return [f"{name} ({address}) lacks {one!r}: {stands}" for one in sorted(wanted) if one not in stands]


def sent(client: Any, address: str) -> Any:
    """The same page with its slip: nothing that is sent stays."""
    with transaction.atomic():
        answer = client.post(address, {})
        transaction.set_rollback(True)
    return answer


def looked(ids: dict[str, UUID], *who: UUID) -> Iterator[tuple[str, str]]:
    """(name, what is missing or "") of every page that shows a marked object, opened and with an empty form sent."""
    extra = [("search:results", f"/search/?q={words}") for words in ("csae", "ferrets", "lemurs")]
    extra += [("search:cited", f"/{said}/") for said in SAID if said.startswith("VKPP-")]
    files = {"force:findings", "force:pack_file"}
    areas = ("home", "force:", "national:", "region:")
    if "query" in ids:
        extra += [one for one in _addresses(ids | {"submission": ids["west"]}) if one[0] == "national:query_act"]
    shows = [one for one in _addresses(ids) if one[0].startswith(areas) and one[0] not in files]
    for client in map(client_for, who):
        for name, address in [*shows, *extra]:
            page = pages(client.get(address))
            slip = pages(sent(client, address)) if '<form method="post" enctype' in page or "<textarea" in page else ""
            for one in filter(None, (page, slip)):
                yield name, "; ".join(missing(name, address, one, ids))


@pytest.mark.parametrize("stage", STAGES)
def test_a_page_that_shows_an_object_shows_its_marking(scene: Scene, stage: str) -> None:
    ids = marked(scene)
    STAGES[stage][0](scene, ids)
    found = list(looked(ids, *(getattr(scene, name) for name in STAGES[stage][1])))
    assert not [words for _, words in found if words]
    seen = {name for name, _ in found}
    assert {"home", "search:results"} <= seen
    reached = {
        "draft": {"national:rounds", "national:round", "national:tasking", "national:edit_round", "search:cited"},
        "open": {"force:returns", "force:send", "force:marking", "region:forces", "national:joint", "national:clone"},
        "queried": {
            "force:results",
            "force:waiver",
            "national:return",
            "region:return",
            "national:query_act",
            "national:matters",
            "national:notes",
            "national:read_notes",
        },
        "to certify": {"force:certify", "force:summary", "force:send_back"},
        "accepted": {"force:receipt", "force:pack", "force:ready", "national:return_act"},
    }[stage]
    assert reached <= seen, reached - seen


def test_the_read_log_and_a_compartment_s_page_show_the_markings_of_what_they_list(scene: Scene) -> None:
    ids, nation = marked(scene), scene.nation
    opened(scene, ids)
    with_findings(scene)
    client_for(scene.preparer).get(f"/returns/{scene.east}/results/")
    log = pages(client_for(nation.second).get("/account/read-log/"))
    assert "January to March 2026" in log and not missing("", "", log, ids)
    key = people.open_compartment(by=viewer(nation.keeper), at=AT, title="Zephyrine", purpose="An enquiry.")
    people.admit(by=viewer(nation.keeper), at=AT, compartment=key, person=scene.national, reason="They work on it.")
    shut: UUID = commands.draft_round(
        by=viewer(scene.national), at=AT, collection="csae", period="CY2026Q2", opens_on=AT.date(), working_days=9,
        respondents=[nation.eastmere], compartment=key,
    )  # fmt: skip
    mark(Round, shut, "okapi round")
    commands.open_round(by=viewer(scene.national), at=AT, round_=shut)
    page = pages(client_for(scene.national).get(f"/account/compartments/{key}/"))
    assert _MARK.findall(page) == ["OFFICIAL-SENSITIVE: okapi round"] * 2


def test_files_begin_with_the_marking(scene: Scene, tmp_path: Path) -> None:
    ids = marked(scene)
    accepted(scene, ids)
    client, both = client_for(scene.preparer), f"OFFICIAL-SENSITIVE: {ROUND}; {RETURN}"
    assert client.get(f"/returns/{scene.east}/receipt.txt").content.decode().splitlines()[0] == both
    version = queries.submission_page(viewer=viewer(scene.preparer), submission=scene.east).versions[0].id
    job, pack = job_of(version), pack_job(version)
    assert job is not None and pack is not None and job.marking == pack.marking == both
    result = CheckResult(Findings.of([]), (), (), "csae")
    write_json_lines(result, tmp_path / "out.jsonl", marking=both)
    assert json.loads((tmp_path / "out.jsonl").read_text().splitlines()[0]) == {"marking": both}
    write_workbook(result, tmp_path / "out.xlsx", marking=both)
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert book["Summary"]["A1"].value == both
    for sheet in book.worksheets:
        assert sheet.oddHeader.center.text == sheet.oddFooter.center.text == both


def test_on_paper_it_stands_above_and_below_every_sheet(
    committed: dict[str, str], tab_of: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "FOLDER", tmp_path)
    scene = found_scene()
    mark(Round, scene.round, ROUND)
    tab = tab_of(scene.preparer)
    tab.goto(f"/returns/{scene.east}/ready/")
    sheets = PdfReader(io.BytesIO(tab.pdf(format="A4"))).pages
    assert len(sheets) > 2
    for sheet in sheets:
        assert sheet.extract_text().count(f"OFFICIAL-SENSITIVE: {ROUND}") == 2
