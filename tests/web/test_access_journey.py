"""Access in a browser: a review from its list to its close, organisations, sessions, a move; at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from tests.records.collecting import ERROR, Scene, found_scene
from tests.records.nation import AT, viewer
from tests.web.test_journeys import looked_at, press
from vkpp.records.people import commands

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Tabs = Callable[..., Any]
TODAY = date.today()


@pytest.fixture
def scene(served: str) -> Scene:
    return found_scene()


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (360, True), (360, False)])
def test_a_review_from_its_list_to_its_close(scene: Scene, tab_of: Tabs, width: int, scripts: bool) -> None:
    nation = scene.nation
    scene.sent(scene.east, ERROR)
    due = TODAY - timedelta(days=3)
    commands.open_review(by=viewer(nation.chief), at=AT, organisation=nation.eastmere, year=due.year, due_on=due)
    commands.note_signed_in(by=viewer(nation.analyst), at=AT, ways=["password"])
    tab = tab_of(nation.second, width, scripts)

    def seen(name: str) -> None:
        if scripts:
            looked_at(tab, f"access-{name}", width)

    def main() -> str:
        return str(tab.locator("main").inner_text())

    tab.goto("/")
    press(tab, "People", "link")
    seen("people")
    press(tab, "Access reviews", "link")
    assert "Overdue: 7 to decide" in main()
    seen("reviews")
    press(tab, "Westholt", "link")
    seen("begin")
    press(tab, "Access reviews", "link")
    press(tab, "Eastmere", "link")
    seen("review")
    for choice in tab.get_by_label("Keep").all():
        choice.check()
    tab.locator("fieldset", has_text="Cer Tifier").first.get_by_label("Take away").check()
    press(tab, "Save these decisions")
    assert "7 decisions saved." in main()
    press(tab, "Close the review")
    seen("close")
    press(tab, "Close the review")
    assert "1 role taken away" in main()
    tab.goto(f"/account/people/{scene.preparer}/leave/")
    seen("leave")
    tab.goto(f"/account/people/{scene.preparer}/move/")
    seen("move")
    tab.goto("/account/organisations/")
    seen("organisations")
    tab.goto(f"/account/organisations/{nation.eastmere}/")
    seen("organisation")
    tab.goto(f"/account/organisations/{nation.eastmere}/tie/")
    seen("tie")
    tab.goto("/account/organisations/add/")
    seen("add")
    tab.goto("/account/sessions/")
    seen("sessions")
