"""The pack's page in a browser: no violation, no sideways scroll, at a desk and on a phone; its file opens with no network."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.records.collecting import found_scene
from tests.web.clients import sideways, violations
from tests.web.test_pack import keep

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHOTS = os.environ.get("SHOTS", "")


def _shot(tab: Any, name: str) -> None:
    if SHOTS:
        tab.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (360, True), (360, False)])
def test_a_pack_is_read_at_a_desk_and_on_a_phone(
    tab_of: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int, scripts: bool
) -> None:
    monkeypatch.setattr(settings, "FOLDER", tmp_path / "service")
    scene = found_scene()
    path = keep(scene, scene.accepted(scene.east))
    tab = tab_of(scene.preparer, width=width, scripts=scripts)
    tab.goto(f"/returns/{scene.east}/pack/")
    assert "to look at before the next return" in tab.locator("h1").inner_text()
    _shot(tab, f"pack-{width}{'' if scripts else '-plain'}")
    if scripts:
        assert sideways(tab) <= 0 and violations(tab) == []
    file = tab.context.new_page()
    asked: list[str] = []
    file.on("request", lambda request: asked.append(request.url))
    file.goto(path.with_suffix(".html").as_uri())
    assert "The pack of Eastmere" in file.locator("h1").inner_text() and len(asked) == 1
    _shot(file, f"pack-file-{width}")
    if scripts:
        assert sideways(file) <= 0 and violations(file) == []
