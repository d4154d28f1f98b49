"""A broken return from upload to receipt, as a returns officer and a certifier walk it: desk, phone, no script, keyboard."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings

from tests.records.collecting import Scene, found_scene
from tests.records.nation import viewer
from tests.web.clients import sideways, violations
from vkpp.ops import jobs
from vkpp.ops.example.generate import write_year
from vkpp.ops.example.nation import respondents
from vkpp.ops.example.nation_year import make_nation_year
from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules.rows import SubmissionRow
from vkpp.records.ground.scope import machinery
from vkpp.records.work import commands as work

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHOTS = os.environ.get("SHOTS", "")
FORCE = "ashwater"
WHY = "Checked against the crime system: it is right."
Tabs = Callable[..., Any]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The files of one force's invented return of 2024, at the smallest scale."""
    folder = tmp_path_factory.mktemp("sent")
    nation = make_nation_year(2024, 100, 2024, clean=True)
    number, force = next((n, f) for n, f in enumerate(respondents()) if f.force_id == FORCE)
    (delivery,), _ = write_year(nation, number, force, folder)
    return sorted({path for path, _ in delivery.files.values()})


@pytest.fixture
def broken(clean: list[Path], tmp_path: Path) -> list[Path]:
    """The same with three kinds of error in the crimes: a month 13, a status that nobody knows, an outcome left out."""
    folder = tmp_path / "broken"
    folder.mkdir()
    for path in clean:
        text = path.read_text(encoding="utf-8-sig")
        (folder / path.name).write_text(_broken(text) if "crimes" in path.stem else text, encoding="utf-8")
    return sorted(folder.iterdir())


@pytest.fixture
def mended(clean: list[Path], tmp_path: Path) -> list[Path]:
    """The same without an error, and with one date that looks odd and may be right."""
    folder = tmp_path / "mended"
    folder.mkdir()
    for path in clean:
        text = path.read_text(encoding="utf-8-sig")
        (folder / path.name).write_text(_odd(text) if "crimes" in path.stem else text, encoding="utf-8")
    return sorted(folder.iterdir())


def _odd(text: str) -> str:
    rows = list(csv.reader(io.StringIO(text)))
    rows[7][rows[0].index("Offence from")] = "1924-03-14"
    return _written(rows)


def _broken(text: str) -> str:
    rows = list(csv.reader(io.StringIO(text)))
    column = {name: number for number, name in enumerate(rows[0])}
    rows[3][column["Date recorded"]] = "31/13/2024"
    rows[5][column["Status"]] = "Perhaps"
    for row in rows[10:70]:
        row[column["Outcome"]] = ""
    return _written(rows)


def _written(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


@pytest.fixture
def asked(served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Scene, UUID]:
    """A round that opened today, and ashwater's return in it: its people are Eastmere's, which stands for it."""
    monkeypatch.setattr(settings, "FOLDER", tmp_path / "service")
    monkeypatch.setattr(settings, "INVENTED", True)
    (tmp_path / "service").mkdir()
    scene, now = found_scene(opened=False), datetime.now(UTC)
    with machinery("the test gives the force the code of the files"):
        from vkpp.records.people.models import Organisation

        Organisation.objects.filter(pk=scene.nation.eastmere).update(code=FORCE, name="Ashwater")
    by = viewer(scene.national, now.date())
    round_ = commands.draft_round(
        by=by,
        at=now,
        collection="csae",
        period="CY2024",
        opens_on=now.date(),
        working_days=20,
        respondents=[scene.nation.eastmere],
    )
    commands.open_round(by=by, at=now, round_=round_)
    return scene, queries.round_overview(viewer=by, round_=round_).returns[0].id


def do(name: str) -> None:
    assert work.work_once(jobs={name: jobs.jobs()[name]}, worker="test", now=lambda: datetime.now(UTC) + timedelta(seconds=1))


def row(scene: Scene, key: UUID) -> SubmissionRow:
    return queries.submission_page(viewer=viewer(scene.preparer, datetime.now(UTC).date()), submission=key).row


def looked_at(tab: Any, name: str, width: int, scripts: bool) -> None:
    """No violation, no sideways scroll; a picture where somebody asked for pictures."""
    if SHOTS:
        tab.screenshot(path=str(Path(SHOTS) / f"{name}-{width}{'' if scripts else '-plain'}.png"), full_page=True)
    if scripts:
        assert sideways(tab) <= 0, name
        assert violations(tab) == [], name


def press(tab: Any, name: str, role: str = "button") -> None:
    with tab.expect_navigation():
        tab.get_by_role(role, name=name).first.click()


def said(tab: Any) -> str:
    return " ".join(str(tab.locator("main").inner_text()).split())


def send(tab: Any, files: list[Path]) -> None:
    tab.get_by_label("Your files").set_input_files([str(path) for path in files])
    press(tab, "Upload and check")


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (360, True), (360, False)])
def test_from_a_broken_file_to_the_receipt(
    asked: tuple[Scene, UUID], tab_of: Tabs, broken: list[Path], mended: list[Path], width: int, scripts: bool
) -> None:
    scene, key = asked
    tab = tab_of(scene.preparer, width, scripts)
    tab.goto("/returns/")
    assert "Send your file" in said(tab) and "in 20 working days" in said(tab)
    looked_at(tab, "force-home", width, scripts)
    press(tab, "Open this return", "link")
    looked_at(tab, "force-return", width, scripts)
    press(tab, "Read what changed", "link")
    assert "Lawful basis" in said(tab)
    looked_at(tab, "force-ready", width, scripts)
    press(tab, "Back to this return", "link")
    press(tab, "Upload your file", "link")
    if scripts:  # without a script the browser itself asks for nothing: the server says it
        press(tab, "Upload and check")
        assert tab.title().startswith("Error: ") and "No file was chosen." in said(tab)
    looked_at(tab, "force-send", width, scripts)

    send(tab, broken)
    assert "We are checking your file" in said(tab)
    looked_at(tab, "force-checking", width, scripts)
    do(commands.CHECK)
    if scripts:
        tab.wait_for_selector("h1:has-text('Your file needs')")
    else:
        press(tab, "See whether it is done")
    assert "Your file needs 3 kinds of fix before you can send it" in said(tab), said(tab)
    assert "31/13/2024" in said(tab) and "Perhaps" in said(tab)
    looked_at(tab, "force-results", width, scripts)
    press(tab, "Next", "link")
    assert "Findings 51 to" in said(tab)
    tab.get_by_label("Kind").select_option("error")
    press(tab, "Show these")
    assert "Errors only" in said(tab) and "Findings 1 to 50 of 62" in said(tab)
    looked_at(tab, "force-results-narrowed", width, scripts)
    with tab.expect_download() as given:
        tab.get_by_role("link", name="Download all findings").click()
    assert Path(given.value.path()).read_bytes()[:2] == b"PK"

    press(tab, "Upload a corrected file")
    send(tab, mended)
    do(commands.CHECK)
    tab.goto(f"/returns/{key}/results/")
    looked_at(tab, "force-results-mended", width, scripts)
    assert "Your file has no errors" in said(tab) and row(scene, key).open_queries >= 1
    press(tab, "Answer")
    press(tab, "Save these reasons")
    assert "No reason was written or changed." in said(tab)
    looked_at(tab, "force-answer", width, scripts)
    for number, box in enumerate(tab.get_by_role("textbox").all()):
        box.fill(f"{WHY} ({number + 1})")
    press(tab, "Save these reasons")
    assert "Every query is answered." in said(tab)
    tab.goto(f"/returns/{key}/")
    press(tab, "Read the summary, then ask your certifier", "link")
    looked_at(tab, "force-summary", width, scripts)
    press(tab, "Ask your certifier to sign")
    assert "Your certifier has a letter." in said(tab)
    looked_at(tab, "force-return-offered", width, scripts)

    other = tab_of(scene.certifier, width, scripts)
    other.goto("/returns/")
    assert "Read the summary and sign" in said(other)
    press(other, "Open this return", "link")
    press(other, "Read the return and certify it", "link")
    assert WHY in said(other)
    looked_at(other, "force-certify", width, scripts)
    press(other, "Sign and send")
    assert "Say that you have read this page" in said(other)
    other.get_by_label("I have read this page").check()
    press(other, "Sign and send")
    assert "Your receipt" in said(other) and "Certified. The return is with Midmoor now" in said(other)
    looked_at(other, "force-receipt", width, scripts)
    assert row(scene, key).state == "with_area"
    tab.goto(f"/returns/{key}/")
    press(tab, "Save your receipt", "link")
    assert "It is not accepted yet" in said(tab)


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (360, True), (360, False)])
def test_every_error_is_fixed_on_screen_and_the_corrected_file_taken_home(
    asked: tuple[Scene, UUID], tab_of: Tabs, broken: list[Path], width: int, scripts: bool
) -> None:
    scene, key = asked
    tab = tab_of(scene.preparer, width, scripts)
    tab.goto(f"/returns/{key}/send/")
    send(tab, broken)
    do(commands.CHECK)
    tab.goto(f"/returns/{key}/results/")
    looked_at(tab, "fix-results", width, scripts)
    press(tab, "Fix here", "link")
    assert "31/13/2024" in said(tab)
    looked_at(tab, "fix-one", width, scripts)
    press(tab, "Save these")
    assert "No new value was written or changed." in said(tab)
    tab.get_by_label("New value for row 4").fill("2024-12-31")
    press(tab, "Save these")
    assert "1 cell with a new value" in said(tab) and "61 with an error have none yet" in said(tab)
    looked_at(tab, "fix-kinds", width, scripts)
    press(tab, ", Status)", "link")
    tab.get_by_label("New value for row 6").select_option("recorded")
    looked_at(tab, "fix-chosen", width, scripts)
    press(tab, "Save these")
    press(tab, ", Outcome)", "link")
    looked_at(tab, "fix-many", width, scripts)
    assert "Cells 1 to 50 of 60" in said(tab)
    tab.get_by_label("The same value for all 60 cells").fill("1")
    press(tab, "Save these and show the next")
    assert "Cells 51 to 60 of 60" in said(tab)
    press(tab, "Back to the kinds of fix", "link")
    press(tab, "Check again with 62 cells fixed")
    assert "We are checking your file" in said(tab)
    do(commands.CHECK)
    tab.goto(f"/returns/{key}/results/")
    looked_at(tab, "fix-fixed", width, scripts)
    assert "62 cells of version 1 were fixed on screen" in said(tab)
    with tab.expect_download() as given:
        tab.get_by_role("link", name="Download the corrected file").first.click()
    assert Path(given.value.path()).stat().st_size > 100


def test_too_large_and_refused_uploads_are_told_without_leaving_the_page(
    asked: tuple[Scene, UUID], tab_of: Tabs, clean: list[Path]
) -> None:
    """The script says at once that it is too much; what the server refuses shows in its words, the form ready again."""
    scene, key = asked
    tab = tab_of(scene.preparer)
    tab.goto(f"/returns/{key}/send/")
    tab.evaluate("document.querySelector('form[data-most]').dataset.most = '10'")
    tab.get_by_label("Your files").set_input_files([str(clean[0])])
    tab.get_by_role("button", name="Upload and check").click()
    assert "more than 200 MB" in said(tab)
    other = tab_of(scene.preparer)
    other.goto(f"/returns/{key}/send/")
    empty = clean[0].parent / "empty.csv"
    empty.write_bytes(b"")
    other.get_by_label("Your files").set_input_files([str(empty)])
    other.get_by_role("button", name="Upload and check").click()
    other.wait_for_selector(".govuk-error-summary")
    assert "The file empty.csv is empty." in said(other) and other.title().startswith("Error: ")
    assert other.evaluate("document.activeElement.className") == "govuk-error-summary"
    empty.unlink()
    send(other, clean)
    assert "We are checking your file" in said(other)


def test_every_other_page_has_no_violation(asked: tuple[Scene, UUID], tab_of: Tabs, clean: list[Path]) -> None:
    scene, key = asked
    for width in (1280, 360):
        tab = tab_of(scene.preparer, width)
        for page in ("nil/", "waiver/", "withdraw/", "answer/", "send-back/"):
            tab.goto(f"/returns/{key}/{page}")
            looked_at(tab, f"force-{page.strip('/')}", width, scripts=True)


def test_keyboard_alone_declares_nil_and_a_colleague_certifies_it(asked: tuple[Scene, UUID], tab_of: Tabs) -> None:
    scene, key = asked
    tab = tab_of(scene.preparer)
    tab.goto(f"/returns/{key}/nil/")
    tab.get_by_label("Reason").focus()
    tab.keyboard.type("No crime of the kind was recorded.")
    tab.keyboard.press("Tab")
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    assert "Ask your certifier to sign" in said(tab)
    tab.goto(f"/returns/{key}/summary/")
    tab.get_by_role("button", name="Ask your certifier to sign").focus()
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    other = tab_of(scene.certifier, 360)
    other.goto(f"/returns/{key}/certify/")
    assert "No crime of the kind was recorded." in said(other)
    other.get_by_label("I have read this page").focus()
    other.keyboard.press("Space")
    other.keyboard.press("Tab")
    with other.expect_navigation():
        other.keyboard.press("Enter")
    assert "A nil return" in said(other) and "Your receipt" in said(other)


@pytest.fixture
def with_history(served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Scene, UUID]:
    """A return whose force has seven earlier quarters, with six other forces certified beside it, and a corrected version."""
    monkeypatch.setattr(settings, "FOLDER", tmp_path / "service")
    scene = found_scene(opened=False)
    from dataclasses import replace

    from tests.records.collecting import ASKS, CHECK, drafted, outcome
    from tests.records.nation import AT

    by = viewer(scene.national)
    for number, total in enumerate((460, 488, 455, 431, 470, 494, 478)):
        made = drafted(by, scene.nation, f"CY{2024 + number // 4}Q{number % 4 + 1}")
        commands.open_round(by=by, at=AT, round_=made)
        replace(scene, round=made).accepted(replace(scene, round=made).east, total=total)
    commands.open_round(by=by, at=AT, round_=scene.round)
    version = scene.send(scene.east)
    differs = ("crimes: 12 of 500 records changed: status in 12.", "crimes: 12 records are new.")
    said_ = replace(outcome(ASKS), difference=differs, moved=("total.crimes.CY2026Q1: 500, then 512.",))
    commands.note_checked(by=CHECK, at=AT, version=version, outcome=said_)
    (query,) = queries.submission_page(viewer=viewer(scene.preparer), submission=scene.east).queries
    commands.answer(by=viewer(scene.preparer), at=AT, query=query.id, reason="Images have no known victim.")
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    return scene, scene.east


@pytest.mark.parametrize("width", [1280, 360])
def test_the_certifier_reads_the_change_against_the_usual_range(
    with_history: tuple[Scene, UUID], tab_of: Tabs, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vkpp.records.collections.queries import certifying
    from vkpp.records.collections.rules.rows import Position

    points = [(90_000 + 40_000 * n, 7.0 + (n * 37 % 11) / 3, n == 4) for n in range(14)]
    limits = [(p, 8.6 - 900 / p**0.5, 8.6 + 900 / p**0.5) for p, _, _ in points]
    place = Position(
        "As expected for your size, among 14 forces, which are not named. Higher is not worse.",
        tuple(points),
        8.6,
        tuple(limits),
    )
    monkeypatch.setattr(certifying, "_position", lambda *_: place)
    scene, key = with_history
    tab = tab_of(scene.certifier, width)
    tab.goto(f"/returns/{key}/certify/")
    assert "inside the usual range" in said(tab) and tab.locator("svg.vkpp-chart").count() == 2
    assert "Images have no known victim." in said(tab) and "12 records are new." in said(tab)
    looked_at(tab, "force-certify-history", width, scripts=True)
    tab.goto("/returns/")
    looked_at(tab, "force-home-history", width, scripts=True)
    tab.goto(f"/returns/{key}/answer/")
    looked_at(tab, "force-answer-read", width, scripts=True)
    preparer = tab_of(scene.preparer, width)
    preparer.goto(f"/returns/{key}/answer/")
    assert "You cannot answer a query now" in said(preparer)
