"""Search in a browser: from the bar to a page, at a desk and on a phone, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.records.collecting import Scene, found_scene
from tests.records.nation import AT, join, viewer
from tests.web.test_journeys import looked_at, press
from vkpp.records.collections import commands
from vkpp.records.thread import commands as thread

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Tabs = Callable[..., Any]


@pytest.fixture
def scene(served: str) -> Scene:
    return found_scene()


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (1280, False), (360, True), (360, False)])
def test_from_the_bar_to_what_was_found(scene: Scene, tab_of: Tabs, width: int, scripts: bool) -> None:
    both = join(scene.nation.chief, scene.nation.programme, "Aut Hor", "thread_author", "national_analyst")
    commands.ask_waiver(by=viewer(scene.preparer), at=AT, submission=scene.east, reason="The records office moved in March.")
    place = scene.nation.programme
    key = thread.draft_finding(by=viewer(both), at=AT, organisation=place, text="Returns sent in March are seldom whole.")
    proof = thread.add_evidence(
        by=viewer(both),
        at=AT,
        organisation=place,
        kind="edition_number",
        pointer="csae-2025/total",
        digest="a" * 64,
        says="31% of the returns of March were corrected.",
    )
    thread.support(by=viewer(both), at=AT, finding=key, evidence=proof)
    tab = tab_of(both, width, scripts)

    def seen(name: str) -> None:
        if scripts:
            looked_at(tab, f"search-{name}", width)

    tab.goto("/account/roles/")
    tab.get_by_label("Search everything that you may see").fill("march")
    press(tab, "Search")
    assert "5 results" in tab.locator("main").inner_text()
    seen("found")
    tab.get_by_label("Kind").select_option("waiver")
    press(tab, "Show these")
    assert "1 result\n" in tab.locator("main").inner_text()
    press(tab, "Remove filter: Waiver (1)", "link")
    press(tab, "Returns sent in March are seldom whole.", "link")
    assert "31% of the returns" in tab.locator("main").inner_text()
    seen("finding")
    press(tab, "VKPP-E-", "link")
    seen("evidence")
    tab.goto("/search/?q=nothingofthiskind")
    assert "Nothing was found" in tab.locator("main").inner_text()
    seen("nothing")
