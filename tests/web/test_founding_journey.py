"""A real service from an empty database to two people at work, in a browser, as docs/operating.md tells it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import override_settings

from tests.ops.conftest import vkpp  # noqa: F401  a fixture
from tests.ops.test_founding import (
    LINK,
    PASSWORD,
    WORDS,
    empty,  # noqa: F401  a fixture
)
from tests.web.codes import code_of
from tests.web.test_journeys import looked_at, press, secret_on, sign_in
from vkpp.ops import jobs
from vkpp.records.trail.queries import verify
from vkpp.records.work import commands as work

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FIRST, SECOND = "ada@example.org", "second@example.org"
SECONDS_PASSWORD = "nine loud herons walk to seven"  # noqa: S105
LETTER = re.compile(r"http://localhost[:\d]*(/\S+)")


@pytest.fixture
def letters(tmp_path: Path) -> Iterator[Callable[[], list[str]]]:
    """Do the mail that waits, as `vkpp work` does; gives every letter so far, in its own words."""
    folder = tmp_path / "mail"

    def sent() -> list[str]:
        while work.work_once(jobs={work.SEND_LETTER: jobs.jobs()[work.SEND_LETTER]}, worker="w", now=lambda: datetime.now(UTC)):
            pass
        texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.eml"), key=lambda p: p.stat().st_mtime)]
        return [text.replace("=\n", "").replace("=3D", "=") for text in texts]

    with override_settings(EMAIL_BACKEND="vkpp.ops.settings.mail_folder.Backend", EMAIL_FILE_PATH=str(folder)):
        yield sent


class Walker:
    """Somebody new at a browser: what they press, and a picture of what they see."""

    def __init__(self, tab: Any, width: int, scripts: bool, name: str) -> None:
        self.tab, self.width, self.scripts, self.name = tab, width, scripts, name

    def see(self, what: str, *words: str) -> None:
        said = str(self.tab.locator("main").inner_text())
        assert all(word in said for word in words), said
        if self.scripts:
            looked_at(self.tab, f"founding-{self.name}-{what}", self.width)

    def choose_a_password(self, password: str) -> None:
        self.see("password", "Take up your invitation")
        self.tab.get_by_label("Password", exact=True).fill(password)
        self.tab.get_by_label("Password again").fill(password)
        press(self.tab, "Set my password")

    def set_up_the_second_factor(self) -> str:
        self.see("second-factor", "Set up your second factor")
        secret = secret_on(self.tab)
        self.tab.get_by_label("Code").fill(code_of(secret))
        press(self.tab, "Go on")
        self.see("recovery-codes", "Your recovery codes")
        assert self.tab.locator("main li code").count() == 10
        press(self.tab, "I have kept them", "link")
        return secret

    def come_back(self, email: str, password: str, secret: str) -> None:
        press(self.tab, "Sign out")
        sign_in(self.tab, email, password)
        cache.clear()  # a code counts once, and half a minute would have to pass until the next one
        self.tab.get_by_label("Code").fill(code_of(secret))
        press(self.tab, "Sign in")
        self.see("home-again", "What the programme set out to do")

    def add_an_organisation(self, name: str, code: str, kind: str) -> None:
        press(self.tab, "Add an organisation", "button")
        self.tab.get_by_label("Name", exact=True).fill(name)
        self.tab.get_by_label("Code").fill(code)
        self.tab.get_by_label("Kind").select_option(kind)
        self.tab.get_by_label("Since").fill("1/4/2026")
        press(self.tab, "Add it")

    def tie_the_force_to_the_region(self) -> None:
        self.tab.goto("/account/organisations/?kind=force")
        press(self.tab, "Avon and Somerset", "link")
        with self.tab.expect_navigation():
            self.tab.get_by_role("button", name="Record a region, a host or a merger").click()
        self.tab.get_by_label("What").select_option("region")
        self.tab.get_by_label("The other organisation").select_option(label="The south west")
        self.tab.get_by_label("From").fill("1/4/2026")
        press(self.tab, "Record it")

    def invite_a_second_one(self) -> None:
        self.tab.goto("/account/people/")
        press(self.tab, "Invite a colleague", "button")
        self.tab.get_by_label("Name", exact=True).fill("Second Chief")
        self.tab.get_by_label("Mail address").fill(SECOND)
        self.tab.get_by_label("National access manager").check()
        self.see("invite")
        press(self.tab, "Send the invitation")
        self.see("no-organisation-chosen", "Where they work is not chosen")  # the first of the list would be some force
        self.tab.get_by_label("Organisation", exact=True).select_option(label="The programme")
        press(self.tab, "Send the invitation")


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (360, True), (360, False)])
def test_from_an_empty_database_to_two_people_at_work(
    empty: dict[str, str],  # noqa: F811
    vkpp: Any,  # noqa: F811
    served: str,
    tab_of: Callable[..., Any],
    letters: Callable[[], list[str]],
    width: int,
    scripts: bool,
) -> None:
    code, said = vkpp(empty, *WORDS, "--address", served)
    assert code == 0, said
    (link,) = LINK.findall(said)
    assert link.startswith(served)

    first = Walker(tab_of(None, width, scripts), width, scripts, "first")
    first.tab.goto(link)
    first.choose_a_password(PASSWORD)
    sign_in(first.tab, FIRST, PASSWORD)
    secret = first.set_up_the_second_factor()
    first.see("home", "What the programme set out to do")

    press(first.tab, "People", "link")
    press(first.tab, "Organisations", "link")
    first.add_an_organisation("The south west", "south-west", "region")
    first.see("organisations", "The organisation is added", "The programme")
    first.tie_the_force_to_the_region()
    first.see("tied", "It is recorded", "The south west")
    first.invite_a_second_one()
    first.see("people", "The invitation is on its way", "Second Chief")
    (letter,) = letters()
    assert "I was invited" in letter and "Second Chief" not in letter

    second = Walker(tab_of(None, width, scripts), width, scripts, "second")
    second.tab.goto("/")
    press(second.tab, "I was invited", "link")
    second.tab.get_by_label("Mail address").fill(SECOND)
    press(second.tab, "Send me a link")
    second.see("look-at-your-mail", "invitation")
    found = LETTER.search(letters()[-1])
    assert found
    second.tab.goto(found[1])
    second.choose_a_password(SECONDS_PASSWORD)
    sign_in(second.tab, SECOND, SECONDS_PASSWORD)
    second.set_up_the_second_factor()
    second.see("home", "What the programme set out to do")

    press(second.tab, "People", "link")
    press(second.tab, "Ada Chief", "link")
    second.see("first-person", "Ada Chief")
    second.tab.get_by_label("Role", exact=True).select_option(label="National analyst")
    press(second.tab, "Give the role")
    second.see("role-given", "The role is given")

    first.come_back(FIRST, PASSWORD, secret)
    first.tab.goto("/rounds/")  # what the second gave them counts
    first.see("rounds", "Rounds")
    first.tab.goto(link)
    first.see("link-used-up", "does not work any more")
    connections.close_all()
    assert not verify().faults and settings.INVENTED is False
