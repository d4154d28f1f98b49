"""The pages in a browser, as somebody at a desk and on a phone has them: no violation, no sideways scroll, no script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from vkpp.catalogue.load import load_catalogue
from vkpp.engine.dissemination.specification_pages import write_specification

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGES = ("report.html", "checked.html", "trace/force.html", "trace/derived.html")
WIDTHS = (1280, 800, 360)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


def seen(browser: Browser, page: Path, width: int) -> tuple[list[Any], int, int]:
    """Violations that axe finds with every fold open, and the widths of the content and of the window."""
    tab = browser.new_page(viewport={"width": width, "height": 900})
    try:
        tab.goto(page.as_uri())
        tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        found = Axe().run(tab)["violations"]
        sizes = tab.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        return [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found], sizes[0], sizes[1]
    finally:
        tab.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("page", PAGES)
def test_pages_have_no_violation_and_do_not_scroll_sideways(browser: Browser, folder: Path, page: str, width: int) -> None:
    violations, content, window = seen(browser, folder / page, width)
    assert violations == []
    assert content <= window


@pytest.mark.parametrize("width", (1280, 360))
@pytest.mark.parametrize("page", ("guidance.html", "dictionary.html"))
def test_guidance_has_no_violation(browser: Browser, tmp_path_factory: pytest.TempPathFactory, page: str, width: int) -> None:
    catalogue = load_catalogue()
    out = tmp_path_factory.mktemp("specification") / "made"
    write_specification(catalogue.specification("recorded-crime"), catalogue, out)
    violations, content, window = seen(browser, out / page, width)
    assert violations == []
    assert content <= window


@pytest.mark.parametrize(("width", "shown"), [(1280, "wide"), (360, "narrow")])
def test_one_drawing_of_each_chart_is_shown(browser: Browser, folder: Path, width: int, shown: str) -> None:
    tab = browser.new_page(viewport={"width": width, "height": 900})
    tab.goto((folder / "report.html").as_uri())
    shown_now = "[...document.querySelectorAll('svg.chart')].filter(s => getComputedStyle(s).display !== 'none')"
    visible = tab.evaluate(f"{shown_now}.map(s => s.classList[1])")
    scaled = tab.evaluate(f"{shown_now}.map(s => s.getBoundingClientRect().width / s.viewBox.baseVal.width)")
    tab.close()
    assert visible == [shown] * 5
    assert all(scale > 0.97 for scale in scaled), "letters keep their size"


def test_printed_pages_cut_no_table(browser: Browser, folder: Path) -> None:
    tab = browser.new_page(viewport={"width": 680, "height": 960})  # the width of A4 between its margins
    tab.goto((folder / "report.html").as_uri())
    tab.emulate_media(media="print")
    tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    over = tab.evaluate(
        "[...document.querySelectorAll('table, svg.wide')].filter(e => e.getBoundingClientRect().right > 681).length"
    )
    tab.close()
    assert over == 0
