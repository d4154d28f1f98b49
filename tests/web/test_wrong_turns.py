"""Each wrong turn of the walk of docs/usability.md that was mended, so that nobody takes it again."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest

from tests.records.collecting import ASKS, CHECK, ERROR, Scene, outcome
from tests.records.nation import AT, viewer
from tests.records.test_collections_work import begun, do, files, send, service  # noqa: F401  fixtures
from tests.web.clients import client_for
from tests.web.test_force import WHY, at, scene, text  # noqa: F401  a fixture
from tests.web.test_national import asked_of
from vkpp.basics.markings import Level
from vkpp.basics.problems import UsageProblem
from vkpp.catalogue.load import load_catalogue
from vkpp.engine.dissemination.blank_workbook import blank_workbook
from vkpp.engine.flow.checking import read_files
from vkpp.records.collections import commands, queries
from vkpp.records.collections.models import Round, Submission, Version
from vkpp.records.collections.rules.register import asks
from vkpp.records.ground.scope import machinery
from vkpp.records.people import commands as people

Clients = Callable[[UUID | None], Any]


def test_home_says_what_waits_for_its_reader_and_for_nobody_else(scene: Scene, client_of: Clients) -> None:  # noqa: F811
    scene.sent(scene.east, ERROR)
    home = text(client_of(scene.preparer).get("/"))
    assert "Waiting for you" in home and "Fix 38 errors and send again: Eastmere, January to March 2026" in home
    for other in (scene.certifier, scene.other, scene.national, scene.area):
        assert "Fix 38 errors" not in text(client_of(other).get("/"))
    assert "Send your file: Westholt" in text(client_of(scene.other).get("/"))


def test_whoever_waits_for_the_certifier_is_not_told_to_certify(scene: Scene, client_of: Clients) -> None:  # noqa: F811
    scene.sent(scene.east)
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    mine, theirs = (text(client_of(one).get(at(scene.east))) for one in (scene.preparer, scene.certifier))
    assert "Certifier: read the summary and sign" in mine and "Look at what your certifier reads" in mine
    assert "Read the return and certify it" not in mine and "Read the return and certify it" in theirs


def test_a_return_that_came_back_names_both_ways_on(scene: Scene, client_of: Clients) -> None:  # noqa: F811
    scene.sent(scene.east, ASKS)
    (query,) = queries.submission_page(viewer=viewer(scene.preparer), submission=scene.east).queries
    commands.answer(by=viewer(scene.preparer), at=AT, query=query.id, reason=WHY)
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    commands.send_back(by=viewer(scene.certifier), at=AT, submission=scene.east, reason="Say more.")
    said = text(client_of(scene.preparer).get(at(scene.east)))
    assert "Say more." in said and "Or, where the file is right, change what you wrote beside a query" in said


def test_a_file_that_could_not_be_checked_is_not_said_to_be_checked(scene: Scene, client_of: Clients) -> None:  # noqa: F811
    version = scene.send(scene.east)
    commands.note_checked(by=CHECK, at=AT, version=version, outcome=outcome(trouble="It is a picture."))
    said = text(client_of(scene.preparer).get(at(scene.east, "results/")))
    assert "We received" in said and "tried to check it on" in said and "We read" not in said


def test_closing_names_who_can_send_nothing_afterwards(scene: Scene, client_of: Clients) -> None:  # noqa: F811
    scene.sent(scene.east, ERROR)
    said = text(client_of(scene.national).get(f"/rounds/{scene.round}/close/"))
    assert "Forces that have sent nothing, and then cannot: Westholt." in said
    assert "which then cannot send a corrected file: Eastmere." in said and "open the round again" in said


@pytest.fixture(scope="module")
def blank() -> bytes:
    catalogue = load_catalogue()
    found = catalogue.specification("csae")
    names = (field.code_list for table in found.tables for field in table.fields)
    return blank_workbook(found, {name: catalogue.code_list(name) for name in names if name})


def test_a_workbook_without_a_sheet_is_told_so_and_no_sheet_is_read_as_another(blank: bytes, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(blank))
    specification = load_catalogue().specification("csae")
    for table in specification.tables:
        book[table.name].append(["X1"])
    book.save(tmp_path / "whole.xlsx")
    del book["relations"]
    book.save(tmp_path / "without.xlsx")
    staged = read_files([tmp_path / "whole.xlsx"], specification, _folder(tmp_path, "whole"))
    assert {name: [one.reconciliation.sheet for one in found] for name, found in staged.items()} == {
        table.name: [table.name] for table in specification.tables
    }
    with pytest.raises(UsageProblem, match="No file and no sheet was given for relations"):
        read_files([tmp_path / "without.xlsx"], specification, _folder(tmp_path, "without"))


def test_a_file_whose_table_cannot_be_told_is_answered_without_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "about.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageProblem) as told:
        read_files([tmp_path / "about.csv"], load_catalogue().specification("csae"), _folder(tmp_path, "about"))
    assert "such as crimes.csv, or leave it out" in str(told.value) and "--" not in str(told.value)


def _folder(under: Path, name: str) -> Path:
    (under / name).mkdir()
    return under / name


def test_the_blank_workbook_is_offered_where_a_return_begins(
    scene: Scene,  # noqa: F811
    client_of: Clients,
    blank: bytes,
) -> None:
    client = client_of(scene.preparer)
    here = queries.submission_page(viewer=viewer(scene.preparer), submission=scene.east).row.collection
    address = f"/what-is-collected/{here}/blank.xlsx"
    for page in (at(scene.east, "ready/"), at(scene.east, "send/"), f"/what-is-collected/{here}/"):
        assert f'href="{address}"' in client.get(page).content.decode(), page
    answer = client_of(None).get("/what-is-collected/csae/blank.xlsx")
    assert b"".join(answer.streaming_content) == blank and "csae_blank.xlsx" in answer["Content-Disposition"]
    assert client.get("/what-is-collected/nonsense/blank.xlsx").status_code == 404


@pytest.mark.slow
def test_doubled_references_are_offered_no_one_value_for_all_and_a_file_stands_with_its_table(
    service: dict[str, str],  # noqa: F811
    files: list[Path],  # noqa: F811
    tmp_path: Path,
) -> None:
    doubled = []
    for path in files:
        lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
        doubled.append(tmp_path / path.name)
        doubled[-1].write_text("".join([*lines, lines[1]] if "crimes" in path.stem else lines), encoding="utf-8")
    scene, key = begun(doubled)  # noqa: F811
    send(scene, key, doubled)
    do(commands.CHECK)
    client = client_for(scene.preparer)
    page = at(key, "fix/cells/?check=crimes-crime-ref-once&table=crimes&column=Crime+reference")
    said = text(client.get(page))
    assert "A row that should not be there is taken out in your own file" in said and "The same value for all" not in said
    sent = client.post(page, {"version": "1"})
    assert "No new value was written or changed. Write one beside a cell." in text(sent)
    found = queries.findings(viewer=viewer(scene.preparer), submission=key)
    assert "Crimes" in dict(found.sheets) and "crimes" not in dict(found.sheets)


def marked(key: UUID, words: str) -> None:
    with machinery("the test marks a return"):
        Submission.objects.unscoped("test").filter(pk=key).update(level=int(Level.OFFICIAL_SENSITIVE), handling=words)


def test_home_bears_the_marking_of_what_waits(scene: Scene, client_of: Clients) -> None:  # noqa: F811
    marked(scene.west, "zephyr return")
    assert "OFFICIAL-SENSITIVE: zephyr return" in text(client_of(scene.other).get("/"))
    assert "zephyr" not in text(client_of(scene.preparer).get("/"))


def test_home_offers_nothing_that_a_closed_round_does_not_take(scene: Scene, client_of: Clients) -> None:  # noqa: F811
    scene.sent(scene.east)
    commands.close_round(by=viewer(scene.national), at=AT, round_=scene.round)
    assert "Waiting for you" not in text(client_of(scene.other).get("/"))
    assert "Ask your certifier to sign: Eastmere" in text(client_of(scene.preparer).get("/"))


def test_home_tells_nobody_to_sign_what_they_prepared(scene: Scene, client_of: Clients) -> None:  # noqa: F811
    people.give_role(
        by=viewer(scene.nation.chief), at=AT, person=scene.preparer, organisation=scene.nation.eastmere, role="certifier"
    )
    scene.sent(scene.east)
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    assert "Waiting for you" not in text(client_of(scene.preparer).get("/"))
    assert "Read the summary and sign: Eastmere" in text(client_of(scene.certifier).get("/"))
    mine = text(client_of(scene.preparer).get(at(scene.east)))
    assert "Certifier: read the summary and sign" in mine and "You hold it." not in mine


def test_home_and_its_waiting_list_ask_as_often_for_many_returns_as_for_one(
    scene: Scene,  # noqa: F811
    client_of: Clients,
) -> None:
    client = client_of(scene.preparer)

    def grow(n: int) -> None:
        with machinery("the test plants many rounds with a return that waits"):
            for _ in range(n):
                have = Round.objects.unscoped("test").count()
                other, key = (m.objects.unscoped("test").get(pk=k) for m, k in ((Round, scene.round), (Submission, scene.east)))
                other.pk, other.period = uuid4(), f"CY{1940 + have // 4}Q{have % 4 + 1}"
                other.save(force_insert=True)
                key.pk, key.round, key.state, key.version = uuid4(), other, "to_answer", 1
                key.save(force_insert=True)
                Version(submission=key, number=1, received_at=AT, total=9, checked_at=AT, checks_ran=1, checks_all=1).save()

    grow(1)
    one = asked_of(client, "/")
    grow(1)
    assert asked_of(client, "/") == one and "All 3 returns that wait for you" not in text(client.get("/"))
    grow(297)
    assert asked_of(client, "/") == one and "All 300 returns that wait for you" in text(client.get("/"))


def test_in_a_closed_round_its_force_counts_no_days_and_is_asked_for_nothing_that_is_not_taken(
    scene: Scene,  # noqa: F811
    client_of: Clients,
) -> None:
    scene.accepted(scene.east)
    by = viewer(scene.national)
    commands.lock(by=by, at=AT, submission=scene.east)
    commands.unlock(by=by, at=AT, submission=scene.east, reason="Crimes were counted twice.")
    commands.close_round(by=by, at=AT, round_=scene.round)
    corrects, missed = client_of(scene.preparer), client_of(scene.other)
    assert "30 March 2026, the round is closed" in text(corrects.get("/returns/"))
    own = text(corrects.get(at(scene.east)))
    assert "Send the corrected file" in own and "and the round is closed." in own and "working days ago" not in own
    assert "Not taken any more: the round is closed" in text(missed.get(at(scene.west)))
    assert "These wait for you" not in text(missed.get("/returns/"))


def test_what_waits_in_a_compartment_waits_for_its_insiders_alone(scene: Scene, client_of: Clients) -> None:  # noqa: F811
    key = people.open_compartment(by=viewer(scene.nation.keeper), at=AT, title="Zephyrine", purpose="Quokka enquiry")
    people.admit(by=viewer(scene.nation.keeper), at=AT, compartment=key, person=scene.preparer)
    with machinery("the test puts the round into a compartment"):
        Round.objects.unscoped("test").filter(pk=scene.round).update(compartment=key)
        Submission.objects.unscoped("test").filter(round=scene.round).update(compartment=key)
    assert "Send your file: Eastmere" in text(client_of(scene.preparer).get("/"))
    for person in (scene.certifier, scene.other, scene.national, scene.lead, scene.area, scene.nation.chief):
        said = text(client_of(person).get("/"))
        assert "Waiting for you" not in said and "Zephyrine" not in said


def test_home_leads_whoever_has_a_desk_to_it_while_a_round_is_open(scene: Scene, client_of: Clients) -> None:  # noqa: F811
    national, area = (client_of(one).get("/") for one in (scene.national, scene.area))
    assert "Open now Can I publish?" in text(national) and f'href="/rounds/{scene.round}/"' in national.content.decode()
    assert "Open now Our forces: what is to approve, late or changed" in text(area)
    for other in (scene.preparer, scene.certifier):
        assert "Open now" not in text(client_of(other).get("/"))


def test_a_nil_return_names_the_files_that_it_would_take_the_place_of(scene: Scene, client_of: Clients) -> None:  # noqa: F811
    client = client_of(scene.preparer)
    assert "Files were sent before" not in text(client.get(at(scene.east, "nil/")))
    scene.sent(scene.east, ERROR)
    assert "Files were sent before: version 1, with 1,350 records." in text(client.get(at(scene.east, "nil/")))


def test_what_only_the_reader_finds_stands_in_words_too() -> None:
    assert asks("csae", "file-formula-without-result") == "Formula without result"
    assert asks("csae", "crimes-crime-ref-once").startswith("Crime reference …")
