"""The read log: whoever opens special-category data stands in it, once an opening; an auditor reads it with filters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.records.collecting import ERROR, Scene, found_scene
from tests.records.nation import AT, join, viewer
from tests.web.test_security_walk import _addresses
from vkpp.records.collections import commands
from vkpp.records.collections.queries.openings import openings as read
from vkpp.records.collections.rules import places, register
from vkpp.records.ground.problems import Refused
from vkpp.records.people import commands as people
from vkpp.records.trail.commands import opened
from vkpp.records.trail.models import Entry
from vkpp.web.parts import openings

Clients = Callable[[UUID | None], Any]
PLANTED = "quokkavalue"


@pytest.fixture
def scene(records: None) -> Scene:
    return found_scene()


def with_findings(scene: Scene, column: str | None = None) -> UUID:
    """Eastmere's return with a finding that shows a value of one record."""
    import pyarrow.parquet as pq

    from vkpp.engine.shapes.findings import FINDINGS_SCHEMA, Finding, Findings

    version = scene.sent(scene.east, ERROR)
    where = {"row": 2, "record": 1, "column": column}
    made = Finding("age-fits-dates", "error", "Not so.", "Correct it.", "v.csv", "victims", value=PLANTED, **where)
    path = places.findings(register.root(), version)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(Findings.of([made]).table.cast(FINDINGS_SCHEMA), path)
    for kind in ("xlsx", "jsonl"):
        places.report(register.root(), version, kind).write_text(PLANTED, encoding="utf-8")
    return version


def entries(person: UUID) -> int:
    return int(Entry.objects.filter(act="trail.opened", who=str(person)).count())


def body(answer: Any) -> str:
    return b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode(errors="replace")


def test_turning_pages_is_one_opening_and_each_file_is_one(scene: Scene, client_of: Clients) -> None:
    with_findings(scene)
    client = client_of(scene.preparer)
    for query in ({}, {"order": "check"}, {"page": "1"}):
        assert PLANTED in body(client.get(f"/returns/{scene.east}/results/", query))
    assert entries(scene.preparer) == 1
    for _ in range(2):
        assert PLANTED in body(client.get(f"/returns/{scene.east}/findings.jsonl"))
    assert entries(scene.preparer) == 3
    client.get(f"/returns/{scene.east}/")
    client.get("/returns/")
    assert entries(scene.preparer) == 3
    assert client_of(scene.other).get(f"/returns/{scene.east}/results/").status_code == 404 and entries(scene.other) == 0


def test_a_form_that_is_refused_shows_the_page_again_and_so_opens_the_record(scene: Scene, client_of: Clients) -> None:
    """Else whoever sends nonsense to the page of the cells reads them all and stands in no log."""
    from vkpp.records.collections.rules import fixing

    titles = {field.title: field.title for field in register.catalogue().specification("csae").table("victims").fields}
    (title, *_) = titles
    version = with_findings(scene, title)
    place = fixing.Place("v.csv", "victims", "", "csv", 1, titles, "utf-8", ",", '"')
    places.cells(register.root(), version).write_text(fixing.written([place], {}), encoding="utf-8")
    client = client_of(scene.preparer)
    address = f"/returns/{scene.east}/fix/cells/?check=age-fits-dates&table=victims&column={title}"
    answer = client.post(address, {"version": "x"})
    assert answer.status_code == 400 and PLANTED in body(answer) and entries(scene.preparer) == 1
    refused = client_of(scene.certifier).post(address, {"version": "x"})
    assert refused.status_code == 403 and PLANTED not in body(refused) and entries(scene.certifier) == 0


def test_an_opening_ends_after_a_quarter_of_an_hour(scene: Scene, client_of: Clients) -> None:
    with_findings(scene)
    about = f"collections.submission/{scene.east}"
    from django.utils import timezone

    opened(by=viewer(scene.preparer), at=timezone.now() - timedelta(minutes=16), about=about)
    client_of(scene.preparer).get(f"/returns/{scene.east}/results/")
    assert entries(scene.preparer) == 2


@pytest.mark.slow
def test_every_address_that_shows_a_value_of_a_record_writes_who_opened_it(
    scene: Scene, client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a value stands in the findings; whatever address shows it, to whomever, an entry was written by that request."""
    monkeypatch.setattr("vkpp.web.parts.pace.pace_on", lambda what, on: (1_000_000, 600))  # a walk asks for more than a hand
    monkeypatch.setattr(openings, "_ONE_OPENING", timedelta(0))
    with_findings(scene)
    ids = {"submission": scene.east, "round_": scene.round, "organisation": scene.nation.eastmere, "person": scene.preparer}
    showed = set()
    for person in (scene.preparer, scene.certifier, scene.area, scene.national, scene.lead):
        client = client_of(person)
        for name, address in _addresses(ids):
            before = entries(person)
            answer = client.get(address)
            if PLANTED in body(answer):
                showed.add(name)
                assert entries(person) == before + 1, (name, address)
    assert {"force:results", "force:findings"} <= showed


def test_every_special_address_exists_and_names_its_record() -> None:
    from tests.web.test_walk import ADDRESSES

    known = {name: entry.pattern.converters for name, _, entry in ADDRESSES}
    for name, special in openings.SPECIAL.items():
        assert special.part in known[name], name


def test_a_page_that_cannot_be_logged_is_not_shown(scene: Scene, client_of: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError

    with_findings(scene)
    monkeypatch.setattr(openings, "opened", broken)
    client = client_of(scene.preparer)
    client.raise_request_exception = False
    answer = client.get(f"/returns/{scene.east}/results/")
    assert answer.status_code == 500 and PLANTED not in body(answer)


# The auditor's page


def test_an_auditor_reads_who_opened_what_and_nobody_else_does(scene: Scene, client_of: Clients) -> None:
    with_findings(scene)
    client_of(scene.preparer).get(f"/returns/{scene.east}/results/")
    body(client_of(scene.preparer).get(f"/returns/{scene.east}/findings.jsonl"))
    page = body(client_of(scene.nation.second).get("/account/read-log/"))
    assert "Pre Parer" in page and "Eastmere" in page and "January to March 2026" in page
    assert "Looked at" in page and "Took away as a file" in page and "Openings 1 to 2 of 2" in page and PLANTED not in page
    for person in (scene.preparer, scene.national, scene.nation.chief, scene.nation.east):
        client = client_of(person)
        assert client.get("/account/read-log/").status_code == 404 and "Read log" not in body(client.get("/account/roles/"))
        with pytest.raises(Refused, match="Only an auditor"):
            read(viewer=viewer(person))


def test_the_log_is_filtered_by_force_day_and_person(scene: Scene, client_of: Clients) -> None:
    from django.utils import timezone

    long_ago = timezone.now() - timedelta(days=20)
    for person, key, at in (
        (scene.preparer, scene.east, timezone.now()),
        (scene.certifier, scene.east, long_ago),
        (scene.other, scene.west, long_ago),
    ):
        opened(by=viewer(person), at=at, about=f"collections.submission/{key}")
    client = client_of(scene.nation.second)

    def of(**query: str) -> str:
        return body(client.get("/account/read-log/", query))

    assert (
        "of 3" in of() and "of 1" in of(days="7") and "of 3" in of(days="31") and "of 2" in of(force=str(scene.nation.eastmere))
    )
    assert "Cer Tifier" in of(person=str(scene.certifier)) and "of 1" in of(person=str(scene.certifier))
    assert "of 3" in of(days="x", force="x", person="x") and "of 3" in of(page="9" * 20)
    for number in ("000000001" + "9" * 20, "000000001" + "9" * 5000, "0", "-1", "x"):
        assert "of 3" in of(page=number)


def test_what_was_opened_in_a_compartment_is_in_no_line_and_no_count(scene: Scene, client_of: Clients) -> None:
    key = people.open_compartment(by=viewer(scene.nation.keeper), at=AT, title="Zephyrine", purpose="Quokka")
    for person in (scene.national, scene.preparer):
        people.admit(by=viewer(scene.nation.keeper), at=AT, compartment=key, person=person)
    opened(by=viewer(scene.preparer), at=AT, about=f"collections.submission/{scene.east}")
    before = read(viewer=viewer(scene.nation.second))
    inside = commands.draft_round(
        by=viewer(scene.national), at=AT, collection="csae", period="CY2026Q1", opens_on=AT.date(), working_days=9,
        respondents=[scene.nation.eastmere], compartment=key,
    )  # fmt: skip
    commands.open_round(by=viewer(scene.national), at=AT, round_=inside)
    from vkpp.records.collections import queries

    (row,) = queries.round_overview(viewer=viewer(scene.national), round_=inside).returns
    opened(by=viewer(scene.preparer), at=AT, about=f"collections.submission/{row.id}")
    assert read(viewer=viewer(scene.nation.second)) == before
    assert read(viewer=viewer(scene.nation.second), organisation=scene.nation.eastmere) == before
    people.admit(by=viewer(scene.nation.keeper), at=AT, compartment=key, person=scene.nation.second)
    assert read(viewer=viewer(scene.nation.second)).total == before.total + 1


@pytest.mark.parametrize("rows", [1, 3, 300])
def test_the_log_asks_the_database_as_often_for_any_number_of_rows(scene: Scene, client_of: Clients, rows: int) -> None:
    for number in range(rows):
        key = (scene.east, scene.west)[number % 2]
        opened(by=viewer(scene.preparer), at=AT + timedelta(minutes=number), about=f"collections.submission/{key}")
    client = client_of(scene.nation.second)
    client.get("/account/read-log/")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = client.get("/account/read-log/")
    assert answer.status_code == 200 and len(asked) <= 16 and len(answer.content) < 100_000
    assert f"of {rows}<" in body(answer)


def test_the_log_has_a_class_and_says_how_long_it_is_kept(scene: Scene, client_of: Clients) -> None:
    """Ids stay for good with the trail; the name behind one goes with its holder's own row, two years after they left."""
    from vkpp.records.ground.classes import Privacy
    from vkpp.records.ground.viewer import system
    from vkpp.records.trail import commands as trail
    from vkpp.records.trail import queries as trail_queries

    assert Entry.KEPT["who"].privacy is Privacy.PERSONAL and Entry.KEPT["who"].why
    leaver = join(scene.nation.chief, scene.nation.eastmere, "Lea Vinger", "force_analyst")
    opened(by=viewer(leaver), at=AT, about=f"collections.submission/{scene.east}")
    people.leave(by=viewer(scene.nation.east), at=AT, person=leaver, organisation=scene.nation.eastmere)
    assert read(viewer=viewer(scene.nation.second)).rows[0].name == "Lea Vinger"
    trail.purge(by=system("purge", AT.date()), at=AT + timedelta(days=800))
    assert read(viewer=viewer(scene.nation.second)).rows[0].name == ""
    assert entries(leaver) == 1 and trail_queries.verify().faults == ()  # decision 0010: the opening itself stays
