"""Whole journeys by keyboard alone: each stop of Tab shows where it is, comes in the order of the page, and lets go again."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.records.collecting import Scene, found_scene
from tests.records.nation import Nation, found_nation
from tests.web.test_force_journey import WHY, asked, broken, clean, do, mended, row, said  # noqa: F401  its files
from tests.web.test_national_journey import kept, with_an_answer
from vkpp.records.collections import commands

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Tabs = Callable[..., Any]
MOST = 160  # presses of Tab; more would be no way for anybody

_HERE = """() => { const n = document.activeElement, box = n.getBoundingClientRect();
  const label = [...(n.labels || [])].map((l) => l.textContent).join(' ');
  const name = n === document.body ? '' : (n.getAttribute('aria-label') || label || n.textContent || '');
  return { name: name.replace(/\\s+/g, ' ').trim(), body: n === document.body || n === document.documentElement,
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight }; }"""
# Every place that Tab should stop at, in the page's order: one stop for a group of radios.
_STOPS = """() => { const seen = new Set();
  return [...document.querySelectorAll('a[href],button,input:not([type=hidden]),select,textarea,summary,[tabindex="0"]')]
    .filter((n) => n.getClientRects().length && !n.disabled && !n.closest('dialog:not([open])'))
    .filter((n) => n.type !== 'radio' || !seen.has(n.name) && seen.add(n.name)).length; }"""
_AT = """() => [...document.querySelectorAll('*')].indexOf(document.activeElement)"""


class Keys:
    """Somebody with a keyboard and no mouse."""

    def __init__(self, tab: Any, start: str) -> None:
        self.tab = tab
        tab.goto(start)

    def here(self) -> dict[str, Any]:
        return dict(self.tab.evaluate(_HERE))

    def to(self, name: str) -> None:
        """Tab until what has this name (or begins with it) has the focus, and is in the window."""
        for _ in range(MOST):
            here = self.here()
            if here["name"] == name or re.match(re.escape(name) + r"\W", here["name"]):
                assert here["seen"], f"{name} has the focus and is not in the window"
                return
            self.tab.keyboard.press("Tab")
        raise AssertionError(f"Tab never comes to {name!r} on {self.tab.url}; it stands at {self.here()['name']!r}")

    def press(self, name: str) -> None:
        """Come to a link or a button and press Enter; wait for the page that it leads to."""
        self.to(name)
        with self.tab.expect_navigation():
            self.tab.keyboard.press("Enter")

    def type(self, name: str, words: str) -> None:
        self.to(name)
        self.tab.keyboard.press("ControlOrMeta+a")
        self.tab.keyboard.type(words)

    def tick(self, name: str) -> None:
        self.to(name)
        self.tab.keyboard.press("Space")

    def choose_files(self, name: str, files: list[Path]) -> None:
        self.to(name)
        with self.tab.expect_file_chooser() as asked_for:
            self.tab.keyboard.press("Space")
        asked_for.value.set_files([str(path) for path in files])

    def _afresh(self) -> None:
        """The page again, without the place in it that a link led to."""
        here = self.tab.url.partition("#")[0]
        self.tab.goto("about:blank")
        self.tab.goto(here)

    def skips_and_goes_round(self) -> None:
        """The skip link is first and leads past the bar; Tab stops everywhere once, in order, and leaves at the end."""
        self._afresh()
        self.tab.keyboard.press("Tab")
        assert self.here()["name"] == "Skip to main content"
        self.tab.keyboard.press("Enter")
        assert self.tab.evaluate("document.activeElement.id") == "main"
        self.tab.keyboard.press("Tab")
        inside = "document.activeElement.closest('main, footer') !== null || document.activeElement === document.body"
        assert self.tab.evaluate(inside), "the skip link leads before the page"
        self._afresh()
        places: list[int] = []
        for _ in range(self.tab.evaluate(_STOPS)):
            self.tab.keyboard.press("Tab")
            assert not self.here()["body"], f"Tab leaves {self.tab.url} before its end, after {len(places)} stops"
            places.append(self.tab.evaluate(_AT))
        assert places == sorted(set(places)), f"Tab jumps on {self.tab.url}"
        self.tab.keyboard.press("Tab")
        assert self.tab.evaluate(_AT) not in places[1:], f"Tab is held on {self.tab.url}"


def test_a_returns_officer_uploads_answers_and_offers(
    asked: tuple[Scene, UUID],  # noqa: F811
    tab_of: Tabs,
    broken: list[Path],  # noqa: F811
    mended: list[Path],  # noqa: F811
) -> None:
    scene, key = asked
    tab = tab_of(scene.preparer)
    keys = Keys(tab, "/")
    keys.skips_and_goes_round()
    keys.press("Returns")
    keys.press("Open this return")
    keys.skips_and_goes_round()
    keys.press("Upload your file")
    keys.skips_and_goes_round()
    keys.press("Upload and check")
    assert tab.evaluate("document.activeElement.className") == "govuk-error-summary"
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")  # the summary's own link leads to the field
    assert tab.evaluate("document.activeElement.type") == "file"
    keys.choose_files("Your files", broken)
    keys.press("Upload and check")
    do(commands.CHECK)
    tab.wait_for_selector("h1:has-text('Your file needs')")
    keys.skips_and_goes_round()
    keys.press("Upload a corrected file")
    keys.choose_files("Your files", mended)
    keys.press("Upload and check")
    do(commands.CHECK)
    tab.wait_for_selector("h1:has-text('Your file has no errors')")
    keys.press("Answer")
    keys.skips_and_goes_round()
    for number in range(tab.get_by_role("textbox").count()):
        name = tab.get_by_role("textbox").nth(number).evaluate("n => n.labels[0].textContent.trim()")
        keys.type(name, f"{WHY} ({number + 1})")
    keys.press("Save these reasons")
    assert "Every query is answered." in said(tab)
    keys.press("Read the summary, then ask your certifier")
    keys.skips_and_goes_round()
    keys.press("Ask your certifier to sign")
    assert "Your certifier has a letter." in said(tab) and row(scene, key).state == "to_certify"


def test_a_certifier_signs_on_a_phone_with_a_keyboard(served: str, tab_of: Tabs) -> None:
    from tests.records.nation import AT, viewer

    scene = found_scene()
    scene.sent(scene.east)
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    tab = tab_of(scene.certifier, 360)
    keys = Keys(tab, "/")
    keys.press("Returns")
    keys.press("Open this return")
    keys.press("Read the return and certify it")
    keys.skips_and_goes_round()
    keys.press("Sign and send")
    assert tab.evaluate("document.activeElement.className") == "govuk-error-summary"
    keys.tick("I have read this page")
    keys.press("Sign and send")
    assert "Your receipt" in said(tab)
    keys.skips_and_goes_round()


def test_a_national_analyst_chases_accepts_and_closes(served: str, tab_of: Tabs) -> None:
    from tests.records.nation import AT, viewer

    scene = found_scene()
    with_an_answer(scene)
    tab = tab_of(scene.national)
    keys = Keys(tab, "/")
    keys.press("Rounds")
    keys.skips_and_goes_round()
    keys.press("January to March 2026")
    keys.skips_and_goes_round()
    keys.press("Chase 1 force")
    assert "The letters are on their way." in said(tab)
    keys.press("Read the reason and decide Eastmere")
    keys.skips_and_goes_round()
    keys.press("Let the answer stand")
    keys.press("Let the answer stand")
    assert "The query is settled." in said(tab)
    keys.press("Accept the return")
    keys.skips_and_goes_round()
    keys.press("Accept the return")
    kept(scene)
    waiver = commands.ask_waiver(by=viewer(scene.other), at=AT, submission=scene.west, reason="Nobody can run the query.")
    commands.sign_waiver(by=viewer(scene.lead), at=AT, waiver=waiver)
    tab.goto(f"/rounds/{scene.round}/")
    keys.press("Close the round")
    keys.press("Close the round")
    assert "closed" in said(tab).lower()


def test_an_access_manager_invites(served: str, tab_of: Tabs) -> None:
    nation: Nation = found_nation()
    tab = tab_of(nation.east)
    keys = Keys(tab, "/")
    keys.press("People")
    keys.skips_and_goes_round()
    keys.press("Invite a colleague")
    keys.press("Send the invitation")
    assert tab.evaluate("document.activeElement.className") == "govuk-error-summary"
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.tagName") == "INPUT"
    keys.type("Name", "Zoë Newcomer")
    keys.type("Mail address", "zoe@example.invalid")
    keys.press("Send the invitation")
    assert "The invitation is on its way" in said(tab)


def test_the_warning_before_a_time_out_takes_the_focus_and_gives_it_back(served: str, tab_of: Tabs) -> None:
    nation = found_nation()
    tab = tab_of(nation.east)
    tab.clock.install()
    keys = Keys(tab, "/account/people/invite/")
    keys.type("Name", "Half a na")
    tab.clock.fast_forward("28:01")
    assert keys.here()["name"] == "Stay signed in"
    with tab.expect_response("**/account/still-here/"):
        tab.keyboard.press("Enter")
    assert keys.here()["name"].startswith("Name") and tab.get_by_label("Name").input_value() == "Half a na"
