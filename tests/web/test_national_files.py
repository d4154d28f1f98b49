"""What "can I publish?" and the notes give to take away: safe in a spreadsheet, marked, whole in itself, closed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree

import pytest

from tests.records.collecting import ASKS, Scene, drafted, found_scene
from tests.records.nation import AT, viewer
from tests.web.test_national import FILES, text_of
from vkpp.basics.markings import Level
from vkpp.basics.periods import Period
from vkpp.basics.spreadsheets import harmless
from vkpp.ops.notes import Wanted, read_notes
from vkpp.records.collections import commands, queries
from vkpp.records.collections.models import Query, Round, Submission
from vkpp.records.collections.rules.register import asks
from vkpp.records.collections.rules.register import catalogue as register
from vkpp.records.ground.scope import machinery
from vkpp.records.people.models import Organisation

Clients = Callable[[UUID | None], Any]
FORMULA = '=HYPERLINK("http://example.invalid","x")'
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def scene(records: None) -> Scene:
    return found_scene()


def told(scene: Scene, reason: str = "A new records system.") -> None:
    """Eastmere's return is certified with an answered query; Westholt has sent nothing."""
    scene.sent(scene.east, ASKS)
    (query,) = queries.submission_page(viewer=viewer(scene.preparer), submission=scene.east).queries
    commands.answer(by=viewer(scene.preparer), at=AT, query=query.id, reason="A new records system.")
    with machinery("words that no form would let through"):
        Query.objects.unscoped("test").filter(pk=query.id).update(answer=reason)
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    commands.certify(by=viewer(scene.certifier), at=AT, submission=scene.east, version=1)


def rows_of(answer: Any) -> list[dict[str, str]]:
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_every_table_says_its_marking_and_n_of_n_in_every_row(scene: Scene, client_of: Clients) -> None:
    told(scene)
    client = client_of(scene.national)
    for name in ("matters", "returns", "states", "checklist"):
        answer = client.get(f"/rounds/{scene.round}/{name}.csv")
        assert answer["Content-Disposition"] == f'attachment; filename="csae_CY2026Q1_{name}.csv"'
        rows = rows_of(answer)
        assert rows and {row["Marking"] for row in rows} == {"OFFICIAL"}
        assert {row["Returns in"] for row in rows} == {"1 of 2"}
    matters = {(row["Force"], row["Kind"]): row for row in rows_of(client.get(f"/rounds/{scene.round}/matters.csv"))}
    assert matters["Westholt", "return"]["At most"] == "not known" and matters["Eastmere", "query"]["At least"] == "-30"
    lines = {row["What must be so"]: row for row in rows_of(client.get(f"/rounds/{scene.round}/checklist.csv"))}
    assert lines["The national notes were read"]["Is it so"] == "not known"
    assert "Westholt" in lines["Every force that must still sign has a certifier"]["Why"]


def test_invented_records_say_so_in_every_file(scene: Scene, client_of: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings

    told(scene)
    monkeypatch.setattr(settings, "INVENTED", True)
    client = client_of(scene.national)
    rows = rows_of(client.get(f"/rounds/{scene.round}/returns.csv"))
    assert all(row["Note"].startswith("Everything here is invented") for row in rows)
    for name in ("effects.svg", "replied.svg", "notes.txt"):
        words = re.sub(r"<[^>]+>|\s+", " ", client.get(f"/rounds/{scene.round}/{name}").content.decode())
        assert "Everything here is invented" in words and "OFFICIAL" in words


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+44 1632", "'+44 1632"),
        ("-1+1", "'-1+1"),
        ("\t=1+1", "'\t=1+1"),
        ("\r=1", "'\r=1"),
        ("-30", "-30"),
        ("+1.5", "+1.5"),
        ("30", "30"),
        ("", ""),
        ("A new system", "A new system"),
    ],
)
def test_no_cell_acts_as_a_formula_and_numbers_stay_numbers(value: str, shown: str) -> None:
    assert harmless(value) == shown


REAL = "suspects-under-10"


def real_check() -> None:
    """The answered query is one of a check that the specification holds, with words for it."""
    with machinery("a check that the specification holds"):
        Query.objects.unscoped("test").update(check_id=REAL)


def test_what_a_force_wrote_is_no_formula_in_the_notes(scene: Scene, client_of: Clients) -> None:
    told(scene, FORMULA)
    real_check()
    rows = rows_of(client_of(scene.national).get(f"/rounds/{scene.round}/notes.csv"))
    (row,) = [one for one in rows if one["kind"] == "query"]
    assert row["words"] == f"'{FORMULA}"
    names = list(row)
    assert names.index("asks") < names.index("check") and row["asks"] == asks("csae", REAL) != row["check"]
    assert (row["collection"], row["period"], row["force_id"], row["kind"], row["check"], row["Marking"]) == (
        "csae", "CY2026Q1", "eastmere", "query", REAL, "OFFICIAL",
    )  # fmt: skip


def test_the_notes_as_text_are_the_notes_of_the_page(scene: Scene, client_of: Clients) -> None:
    told(scene)
    real_check()
    waiver = commands.ask_waiver(by=viewer(scene.other), at=AT, submission=scene.west, reason="The system is down.")
    commands.sign_waiver(by=viewer(scene.lead), at=AT, waiver=waiver)
    client = client_of(scene.national)
    answer = client.get(f"/rounds/{scene.round}/notes.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8" and answer["Content-Disposition"].startswith("attachment")
    words = answer.content.decode()
    assert words.startswith("OFFICIAL\r\n") and words.rstrip().endswith("OFFICIAL") and "\n" not in words.replace("\r\n", "")
    assert "1 of 1 returns are in, 1 waived." in words and "Waivers, signed and published: 1" in words
    assert "Westholt, the whole return: The system is down." in words
    query = " ".join(words[words.index("Answers to queries") :].split())
    assert f"Eastmere, the check “{asks('csae', REAL)}” ({REAL}): " in query
    page = text_of(client.get(f"/rounds/{scene.round}/notes/"))
    for found in queries.notes(viewer=viewer(scene.national), round_=scene.round):
        assert found.words in words and found.words in page


def test_an_edition_takes_the_file_of_notes_as_it_is(
    scene: Scene, client_of: Clients, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The reader of `vkpp analyse --notes` reads what this page gives; the words come back as the force wrote them."""
    from django.conf import settings

    monkeypatch.setattr(settings, "INVENTED", True)
    told(scene, FORMULA)
    with machinery("a check that the specification holds, and forces of the example register"):
        Query.objects.unscoped("test").update(check_id="suspects-under-10")
        for code, name in (("eastmere", "Ashwater"), ("westholt", "Amberdale")):
            Organisation.objects.filter(code=code).update(code=name.lower(), name=name)
    waiver = commands.ask_waiver(by=viewer(scene.other), at=AT, submission=scene.west, reason="2 systems are down.")
    commands.sign_waiver(by=viewer(scene.lead), at=AT, waiver=waiver)
    path = tmp_path / "notes.csv"
    path.write_bytes(client_of(scene.national).get(f"/rounds/{scene.round}/notes.csv").content)
    found = read_notes([path], Wanted("csae", Period.parse("CY2026"), register(), invented=True), {}).notes
    said = {(one.kind, one.force_id, one.check): one.words for one in found}
    assert said["query", "ashwater", "suspects-under-10"] == FORMULA
    assert said["waiver", "amberdale", ""] == "[number] systems are down."
    assert len(found) == len(queries.notes(viewer=viewer(scene.national), round_=scene.round))


def test_a_chart_stands_by_itself_with_its_words(scene: Scene, client_of: Clients) -> None:
    told(scene)
    for name, title in (("effects", "Eastmere’s query matters most"), ("replied", "Who has replied: 1 of 2")):
        answer = client_of(scene.national).get(f"/rounds/{scene.round}/{name}.svg")
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"] == f'attachment; filename="csae_CY2026Q1_{name}.svg"'
        picture = ElementTree.fromstring(answer.content)  # noqa: S314  our own picture
        ids = {one.get("id"): one for one in picture.iter()}
        named = [ids[key].text for key in (picture.get("aria-labelledby") or "").split()]
        assert len(named) == 2 and all(named)
        shown = " ".join("".join(one.itertext()) for one in picture.iter(f"{SVG}text"))
        assert title in shown and "January to March 2026" in shown and "OFFICIAL" in shown and "1 of 2 returns are in" in shown
        keys = {key for one in picture.iter() for key in one.attrib}
        assert not list(picture.iter(f"{SVG}script")) and not {key for key in keys if key.startswith("on")}
        assert not [one for one in picture.iter() if one.get("class")], "no style sheet comes along"


def test_nobody_else_gets_a_file_whether_it_exists_or_not(scene: Scene, client_of: Clients) -> None:
    told(scene)
    for person in (scene.preparer, scene.certifier, scene.other, scene.area, scene.nation.chief):
        client = client_of(person)
        for name in FILES:
            for round_ in (scene.round, uuid4()):
                assert client.get(f"/rounds/{round_}/{name}").status_code == 404, name
    for person in (scene.national, scene.lead):
        for name in FILES:
            assert client_of(person).get(f"/rounds/{scene.round}/{name}").status_code == 200, name
    assert client_of(scene.national).get(f"/rounds/{scene.round}/nonsense.csv").status_code == 404
    assert client_of(scene.national).get(f"/rounds/{scene.round}/nonsense.svg").status_code == 404


def marked(model: Any, key: UUID, words: str) -> None:
    with machinery("the test marks an object"):
        rows = model.objects.unscoped("test").filter(pk=key)
        assert rows.update(level=int(Level.OFFICIAL_SENSITIVE), handling=words)


def test_a_file_of_many_returns_bears_the_strictest_marking_of_them(scene: Scene, client_of: Clients) -> None:
    told(scene)
    marked(Submission, scene.west, "zephyr return")
    client = client_of(scene.national)
    for name in ("matters", "returns", "states", "checklist"):
        rows = rows_of(client.get(f"/rounds/{scene.round}/{name}.csv"))
        assert {row["Marking"] for row in rows} == {"OFFICIAL-SENSITIVE: zephyr return"}, name
    for name in ("effects", "replied"):
        assert "OFFICIAL-SENSITIVE: zephyr return" in client.get(f"/rounds/{scene.round}/{name}.svg").content.decode()


def test_the_page_on_which_notes_are_said_to_be_read_bears_their_marking(scene: Scene, client_of: Clients) -> None:
    told(scene)
    marked(Round, scene.round, "quokka round")
    marked(Submission, scene.east, "zephyr return")
    page = text_of(client_of(scene.national).get(f"/rounds/{scene.round}/notes/read/"))
    assert "OFFICIAL-SENSITIVE: quokka round; zephyr return" in page


def test_a_draft_has_no_files(scene: Scene, client_of: Clients) -> None:
    draft = drafted(viewer(scene.national), scene.nation, "CY2026Q2")
    client = client_of(scene.national)
    for name in ("matters.csv", "checklist.csv", "replied.svg"):
        assert client.get(f"/rounds/{draft}/{name}").status_code == 404


def test_notes_that_changed_meanwhile_are_not_read(scene: Scene, client_of: Clients) -> None:
    client, page = client_of(scene.national), f"/rounds/{scene.round}/notes/read/"
    read = re.search(r'name="digest" value="(\w+)"', text_of(client.get(page)))
    assert read is not None
    told(scene)
    answer = client.post(page, {"digest": read[1]})
    assert answer.status_code == 403 and "The notes changed while you read them." in text_of(answer)
    assert client.post(page, {}).status_code == 400
    refused = client_of(scene.lead).get(page)
    assert "Your roles do not let you" in text_of(refused)
    assert "Not known: read the notes" in text_of(client.get(f"/rounds/{scene.round}/"))
