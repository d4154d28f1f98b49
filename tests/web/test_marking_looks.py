"""The pages on which a marking is set, looked at in a browser: a round's, a tasking's, and a return's by its force."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from tests.records.collecting import Scene, found_scene
from tests.records.nation import AT, viewer
from tests.web.test_force_journey import looked_at
from tests.web.test_journeys import press
from vkpp.records.collections import commands

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def scene(served: str) -> Scene:
    return found_scene()


def _tasking(scene: Scene) -> UUID:
    asks = {"title": "Count the ferrets", "purpose": "To know.", "basis": "The board asked.", "working_days": 5, "hours": 1}
    key: UUID = commands.draft_tasking(by=viewer(scene.national), at=AT, organisations=[scene.nation.eastmere], **asks)
    return key


PAGES: dict[str, tuple[Callable[[Scene], str], str, str]] = {  # address, who, button
    "round": (lambda scene: f"/rounds/{scene.round}/mark/", "national", "Set the marking"),
    "tasking": (lambda scene: f"/rounds/taskings/{_tasking(scene)}/mark/", "national", "Set the marking"),
    "return": (lambda scene: f"/returns/{scene.east}/marking/", "preparer", "Raise the marking"),
    "return-national": (lambda scene: f"/rounds/returns/{scene.east}/mark/", "national", "Set the marking"),
}


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (360, False)])
@pytest.mark.parametrize("name", PAGES)
def test_a_marking_is_set_on_its_page(scene: Scene, tab_of: Callable[..., Any], name: str, width: int, scripts: bool) -> None:
    address, who, button = PAGES[name]
    tab = tab_of(getattr(scene, who), width, scripts)
    tab.goto(address(scene))
    looked_at(tab, f"mark-{name}", width, scripts)
    press(tab, button)  # what stands is sent as it stands: no change, and no refusal
    assert "OFFICIAL" in tab.locator(".vkpp-marking").first.inner_text()
    tab.goto(address(scene)) if name != "tasking" else tab.go_back()
    tab.get_by_label("OFFICIAL-SENSITIVE").check()
    tab.get_by_label("Handling instruction (optional)").fill("For police only")
    press(tab, button)
    assert "OFFICIAL-SENSITIVE: For police only" in tab.locator(".vkpp-marking").first.inner_text()
    looked_at(tab, f"marked-{name}", width, scripts)
