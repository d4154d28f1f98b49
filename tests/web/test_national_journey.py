"""A national analyst with a quarter to close, and a region's desk: at a desk and on a phone, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.records.collecting import ASKS, CHECK, Scene, found_scene
from tests.records.nation import AT, viewer
from tests.web.test_journeys import looked_at, press
from vkpp.records.collections import commands, queries
from vkpp.records.collections.models import Version
from vkpp.records.collections.rules.outcomes import Kept

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Tabs = Callable[..., Any]


@pytest.fixture
def scene(served: str) -> Scene:
    return found_scene()


def with_an_answer(scene: Scene) -> None:
    """Eastmere's return is approved, with one query that its preparer answered; Westholt has sent nothing."""
    scene.sent(scene.east, ASKS)
    (query,) = queries.submission_page(viewer=viewer(scene.preparer), submission=scene.east).queries
    commands.answer(by=viewer(scene.preparer), at=AT, query=query.id, reason="A new records system, since January.")
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    commands.certify(by=viewer(scene.certifier), at=AT, submission=scene.east, version=1)
    commands.approve(by=viewer(scene.area), at=AT, submission=scene.east, version=1)


def kept(scene: Scene) -> None:
    """What the worker says once the store has the return."""
    version = Version.objects.unscoped("test").get(submission=scene.east)
    commands.note_kept(by=CHECK, at=AT, version=version.pk, kept=Kept("x/y/v0001", "a" * 64, {"crimes": 512}, 512))


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (1280, False), (360, True), (360, False)])
def test_a_national_analyst_closes_the_quarter_and_opens_the_next(
    scene: Scene, tab_of: Tabs, width: int, scripts: bool
) -> None:
    with_an_answer(scene)
    tab = tab_of(scene.national, width, scripts)

    def seen(name: str) -> None:
        if scripts:
            looked_at(tab, f"national-{name}", width)

    def main() -> str:
        return str(tab.locator("main").inner_text())

    tab.goto("/")
    press(tab, "Rounds", "link")
    seen("rounds")
    press(tab, "January to March 2026", "link")
    assert "Can I publish? Not yet: 3 things stop you" in main()
    seen("can-i-publish")

    press(tab, "Read the message first", "link")
    assert "Westholt" in main() and "Eastmere" not in main()
    seen("chase")
    press(tab, "Chase 1 force")
    assert "The letters are on their way." in main() and "1 force of 1 had a letter today." in main()

    press(tab, "Read the reason and decide Eastmere", "link")
    assert "A new records system, since January." in main()
    seen("return")
    press(tab, "Let the answer stand 31% have no victim.")
    seen("settle")
    press(tab, "Let the answer stand")
    assert "The query is settled." in main()
    press(tab, "Accept the return Eastmere")
    seen("accept")
    press(tab, "Accept the return")
    assert "The return is being put into the store." in main()
    kept(scene)

    waiver = commands.ask_waiver(by=viewer(scene.other), at=AT, submission=scene.west, reason="Nobody can run the query.")
    tab.goto(f"/rounds/waivers/{waiver}/sign/")
    assert "Your roles do not let you sign waivers" in main() and tab.get_by_role("button", name="Sign the waiver").count() == 0
    lead = tab_of(scene.lead, width, scripts)
    lead.goto("/rounds/waivers/")
    press(lead, "Sign the waiver Westholt")
    press(lead, "Sign the waiver")
    if scripts:
        looked_at(lead, "national-waivers", width)

    tab.goto(f"/rounds/{scene.round}/")
    assert "Can I publish? Not yet: 1 line of the checklist is not settled" in main()
    press(tab, "The national notes were read", "link")
    assert "A new records system, since January." in main() and "Nobody can run the query." in main()
    seen("notes")
    press(tab, "Say that the notes are read")
    seen("notes-read")
    press(tab, "Say that the notes are read")
    assert "The checklist says that the notes are read." in main()
    assert "Can I publish? Yes" in main() and "from 1 of 1 returns, 1 waived" in main()
    seen("yes")
    for act in ("Close the round", "Lock the round"):
        press(tab, act)
        press(tab, act)
    assert "The round and its accepted returns are locked." in main()

    with tab.expect_navigation():
        tab.get_by_role("navigation", name="Main").get_by_role("link", name="Rounds").click()
    press(tab, "Clone January to March 2026")
    seen("clone")
    press(tab, "Make the draft")
    press(tab, "Change the draft", "link")
    tab.get_by_label("Hours of one force").fill("5")
    seen("edit")
    press(tab, "Keep the changes")
    assert "It costs a force 5 hours (it was 4), and 2 forces 10 hours in all." in main()
    seen("draft")
    press(tab, "Open the round")
    press(tab, "Open the round")
    assert "The round is open, and the letters are on their way." in main()


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (360, True), (360, False)])
def test_a_region_chases_and_approves(scene: Scene, tab_of: Tabs, width: int, scripts: bool) -> None:
    scene.certified(scene.east)
    tab = tab_of(scene.area, width, scripts)
    tab.goto("/")
    press(tab, "Our forces: what is to approve", "link")
    if scripts:
        looked_at(tab, "region-forces", width)
    press(tab, "Chase 1 force of January to March 2026")
    assert "1 force chased." in tab.locator("main").inner_text()
    tab.get_by_role("link", name="Eastmere").first.click()
    tab.wait_for_url("**/returns/**")
    if scripts:
        looked_at(tab, "region-return", width)
    press(tab, "Approve the return Eastmere")
    press(tab, "Approve the return")
    assert "approved and with the national team" in tab.locator("main").inner_text()


@pytest.mark.parametrize("width", [1280, 360])
def test_every_other_page_has_no_violation(scene: Scene, tab_of: Tabs, width: int) -> None:
    with_an_answer(scene)
    commands.ask_waiver(by=viewer(scene.other), at=AT, submission=scene.west, reason="Nobody can run the query.")
    tasking = commands.draft_tasking(
        by=viewer(scene.national), at=AT, title="Online groups", purpose="To know them.", basis="Law enforcement purposes.",
        working_days=9, hours=50, organisations=[scene.nation.eastmere],
    )  # fmt: skip
    tab = tab_of(scene.national, width)
    for name, address in {
        "matters": f"/rounds/{scene.round}/matters/",
        "notes": f"/rounds/{scene.round}/notes/",
        "reopen": f"/rounds/{scene.round}/reopen/",
        "send-back": f"/rounds/returns/{scene.east}/return/",
        "more-time": f"/rounds/returns/{scene.west}/extend/",
        "not-sent": f"/rounds/returns/{scene.west}/",
        "new": "/rounds/new/",
        "taskings": "/rounds/taskings/",
        "tasking": f"/rounds/taskings/{tasking}/",
        "new-tasking": "/rounds/taskings/new/",
        "waivers": "/rounds/waivers/",
        "refused": f"/rounds/taskings/{tasking}/sign_hours/",
        "collections": "/what-is-collected/",
        "collection": "/what-is-collected/csae/",
    }.items():
        tab.goto(address)
        looked_at(tab, f"national-{name}", width)
    tab.goto("/rounds/taskings/new/")
    press(tab, "Make the draft")
    assert tab.title().startswith("Error: ")
    looked_at(tab, "national-error", width)
