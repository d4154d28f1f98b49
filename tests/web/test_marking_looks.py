"""The page on which a marking is set, looked at in a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.records.collecting import Scene, found_scene
from tests.web.test_journeys import looked_at, press

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def scene(served: str) -> Scene:
    return found_scene()


@pytest.mark.parametrize(("width", "scripts"), [(1280, True)])
def test_a_marking_is_set_on_its_page(scene: Scene, tab_of: Callable[..., Any], width: int, scripts: bool) -> None:
    tab = tab_of(scene.national, width, scripts)
    tab.goto(f"/rounds/{scene.round}/mark/")
    looked_at(tab, "mark", width)
    tab.get_by_label("OFFICIAL-SENSITIVE").check()
    tab.get_by_label("Handling instruction (optional)").fill("For police only")
    press(tab, "Set the marking")
    assert "OFFICIAL-SENSITIVE: For police only" in tab.locator(".vkpp-marking").first.inner_text()
