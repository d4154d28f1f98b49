"""Signing in as people do it: at a desk and on a phone, with scripts and without, with an app and with a key."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp

from tests.records.nation import PASSWORD, Nation, found_nation
from tests.web.clients import client_for, sideways, violations
from tests.web.codes import code_of
from vkpp.records.ground.scope import machinery
from vkpp.records.people.models import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow]
EMAIL = "di.east@example.invalid"
WRONG = "not the one"
SHOTS = os.environ.get("SHOTS", "")
Tabs = Callable[..., Any]


@pytest.fixture
def nation(served: str) -> Nation:
    return found_nation()


def looked_at(tab: Any, name: str, width: int) -> None:
    """No violation, no sideways scroll; a picture where somebody asked for pictures."""
    if SHOTS:
        tab.screenshot(path=str(Path(SHOTS) / f"{name}-{width}.png"), full_page=True)
    assert sideways(tab) <= 0, name
    assert violations(tab) == [], name


def press(tab: Any, name: str, role: str = "button") -> None:
    """Press something that leads to another page, and wait for that page."""
    with tab.expect_navigation():
        tab.get_by_role(role, name=name, exact=role == "button").click()


def sign_in(tab: Any, email: str = EMAIL, password: str = PASSWORD) -> None:
    tab.get_by_label("Mail address").fill(email)
    tab.get_by_label("Password").fill(password)
    press(tab, "Sign in")


def secret_on(tab: Any) -> str:
    return str(tab.locator("main code").inner_text())


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (360, True), (360, False)])
def test_first_sign_in_to_the_home_page_and_back_again(nation: Nation, tab_of: Tabs, width: int, scripts: bool) -> None:
    tab = tab_of(None, width, scripts)
    tab.goto("/account/roles/")
    if scripts:
        looked_at(tab, "sign-in", width)
    sign_in(tab, password=WRONG)
    assert tab.title().startswith("Error: ")
    assert "There is a problem" in tab.locator(".govuk-error-summary").inner_text()
    if scripts:
        looked_at(tab, "sign-in-error", width)
    sign_in(tab)
    assert "Set up your second factor" in tab.title()
    if scripts:
        looked_at(tab, "second-factor", width)
    tab.get_by_label("Code").fill("123")
    press(tab, "Go on")
    assert "That code is not right" in tab.locator("main").inner_text()
    tab.get_by_label("Code").fill(code_of(secret_on(tab)))
    press(tab, "Go on")
    assert "Your recovery codes" in tab.title()
    codes = tab.locator("main li code").all_inner_texts()
    assert len(codes) == 10
    if scripts:
        looked_at(tab, "recovery-codes", width)
    press(tab, "I have kept them", "link")
    assert "What the programme set out to do" in tab.locator("h1").inner_text()
    press(tab, "Sign out")
    assert "Sign in" in tab.title()

    sign_in(tab)
    assert "Enter your code" in tab.title()
    if scripts:
        looked_at(tab, "code", width)
    tab.get_by_label("Code").fill(codes[0])
    press(tab, "Sign in")
    assert "What the programme set out to do" in tab.locator("h1").inner_text()


@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_of_an_account_has_no_violation(nation: Nation, tab_of: Tabs, width: int) -> None:
    tab = tab_of(nation.chief, width)
    for address in (
        "/",
        "/account/roles/",
        "/sign-in/second-factor/",
        "/sign-in/password/change/",
        "/sign-in/second-factor/webauthn/add/",
        "/sign-in/second-factor/totp/activate/",
        "/no/such/page/",
        "/account/people/",
        "/account/people/invite/",
        f"/account/people/{nation.east}/",
        f"/account/people/{nation.chief}/",
        f"/account/people/{nation.east}/leave/",
    ):
        tab.goto(address)
        looked_at(tab, re.sub(r"[0-9a-f-]{36}", "x", re.sub(r"\W+", "-", address)).strip("-") or "home", width)
    out = tab_of(None, width)
    for address in ("/sign-in/password/forgotten/", "/sign-in/password/forgotten/sent/", "/account/invited/"):
        out.goto(address)
        looked_at(out, re.sub(r"\W+", "-", address).strip("-"), width)


def test_keyboard_alone_signs_in(nation: Nation, tab_of: Tabs) -> None:
    tab = tab_of(None)
    tab.goto("/")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Skip to main content"
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    tab.keyboard.type(EMAIL)
    tab.keyboard.press("Tab")
    tab.keyboard.type(PASSWORD)
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/activate/")


def test_a_key_is_added_and_signs_in(nation: Nation, tab_of: Tabs) -> None:
    """Chromium's virtual authenticator stands for the key."""
    tab = tab_of(None)
    session = tab.context.new_cdp_session(tab)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "usb",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    tab.goto("/")
    sign_in(tab)
    press(tab, "Use a security key instead", "link")
    tab.get_by_label("Name of the key").fill("blue key")
    tab.get_by_role("button", name="Add the key").click()
    tab.wait_for_url("**/recovery-codes/")
    press(tab, "I have kept them", "link")
    tab.goto("/sign-in/second-factor/webauthn/")
    assert "blue key" in tab.locator("main").inner_text()
    looked_at(tab, "keys", 1280)
    press(tab, "Sign out")
    sign_in(tab)
    tab.get_by_role("button", name="Use my key").click()
    tab.wait_for_url(re.compile(r"localhost:\d+/$"))
    assert "What the programme set out to do" in tab.locator("h1").inner_text()


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scripts", [True, False])
def test_without_scripts_a_key_s_pages_say_what_to_do_instead(nation: Nation, tab_of: Tabs, width: int, scripts: bool) -> None:
    from tests.web.test_accessibility import _with_a_key

    client = client_for(nation.chief)
    with machinery("the test keeps an app as the library would"):
        totp.TOTP.activate(Person.objects.unscoped("test").get(pk=nation.chief), totp.generate_totp_secret())
    _with_a_key(client)
    own = tab_of(nation.chief, width, scripts)
    own.goto("/sign-in/second-factor/webauthn/add/")
    key_or_words(own, "Add the key", scripts, f"key-add-{scripts}", width)
    own.goto("/sign-in/second-factor/webauthn/reauthenticate/?next=/account/roles/")
    key_or_words(own, "Use my key", scripts, f"key-proof-{scripts}", width)
    out = tab_of(None, width, scripts)
    out.goto("/")
    sign_in(out, email="ada@example.invalid")
    key_or_words(out, "Use my key", scripts, f"key-sign-in-{scripts}", width)


def key_or_words(tab: Any, button: str, scripts: bool, name: str, width: int) -> None:
    if scripts:
        looked_at(tab, name, width)
    elif SHOTS:
        tab.screenshot(path=str(Path(SHOTS) / f"{name}-{width}.png"), full_page=True)
    assert tab.get_by_role("button", name=button).is_visible() is scripts
    assert tab.get_by_text("This browser runs no scripts here").is_visible() is not scripts


def test_the_warning_comes_and_staying_is_one_press(nation: Nation, tab_of: Tabs) -> None:
    tab = tab_of(nation.east)
    tab.clock.install()
    tab.goto("/")
    assert not tab.locator("#timeout").is_visible()
    tab.clock.fast_forward("28:01")
    assert tab.locator("#timeout").is_visible()
    assert violations(tab) == []
    with tab.expect_response("**/account/still-here/") as answered:
        tab.get_by_role("button", name="Stay signed in").click()
    assert answered.value.status == 204
    assert not tab.locator("#timeout").is_visible()


def test_nothing_is_asked_of_anybody_else(nation: Nation, tab_of: Tabs) -> None:
    tab = tab_of(nation.east)
    asked: list[str] = []
    said: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda line: said.append(line.text))
    for address in ("/", "/account/roles/", "/sign-in/second-factor/webauthn/add/"):
        tab.goto(address)
    own = tab.evaluate("location.origin")
    assert asked and [url for url in asked if not url.startswith((own, "data:"))] == []
    assert said == []  # the policy refused nothing


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (360, False)])
def test_a_time_out_loses_no_work(nation: Nation, tab_of: Tabs, width: int, scripts: bool) -> None:
    """The half hour runs out over a form; after signing in again what was typed is there and is sent with one press."""
    tab = tab_of(nation.east, width, scripts)
    tab.goto("/account/people/invite/")
    tab.get_by_label("Name").fill("Zoë Newcomer")
    tab.get_by_label("Mail address").fill("zoe@example.invalid")
    tab.context.clear_cookies(name="session")
    press(tab, "Send the invitation")
    assert "Sign in" in tab.title() and "What you had typed is kept" in tab.locator("main").inner_text()
    sign_in(tab)
    tab.get_by_label("Code").fill(code_of(secret_on(tab)))
    press(tab, "Go on")
    press(tab, "What you typed before you were signed out is kept", "link")
    assert "zoe@example.invalid" in tab.locator("main").inner_text()
    if scripts:
        looked_at(tab, "kept-work", width)
    press(tab, "Send it now")
    assert "The invitation is on its way" in tab.locator("main").inner_text()
    assert "Zoë Newcomer" in tab.locator("main").inner_text()
    tab.goto("/")
    assert "is kept" not in tab.locator("main").inner_text()
