"""A signature asks for a fresh proof: a browser left open signs nothing, and what was ticked is not lost by it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.test import override_settings
from django.urls import reverse

from tests.records.collecting import Scene, found_scene
from tests.records.nation import AT, PASSWORD, viewer
from tests.web.codes import code_of
from tests.web.test_force import at, text
from tests.web.test_force_journey import looked_at
from vkpp.records.collections import commands
from vkpp.records.ground.scope import machinery
from vkpp.web.parts.proof import SECONDS

Clients = Callable[[UUID | None], Any]
TICKED = {"version": "1", "read": "on"}


@pytest.fixture
def scene(records: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(settings, "FOLDER", tmp_path)
    scene = found_scene()
    scene.sent(scene.east)
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    return scene


def proved(client: Any, seconds: float, **record: str) -> None:
    """The session's only proof, so many seconds ago."""
    session = SessionStore(client.cookies[settings.SESSION_COOKIE_NAME].value)
    kind = record or {"method": "mfa", "type": "totp"}
    session["account_authentication_methods"] = [{**kind, "at": time.time() - seconds}]
    session.save()


def with_app(person: UUID) -> str:
    """Give the person an authenticator app; gives its secret."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    from vkpp.records.people.queries import SignIn

    secret = str(generate_totp_secret())
    with machinery("the test sets up a second factor"):
        TOTP.activate(SignIn().get_user(person), secret)
    return secret


def test_within_five_minutes_of_a_code_nothing_more_is_asked(scene: Scene, client_of: Clients) -> None:
    client = client_of(scene.certifier)
    proved(client, SECONDS - 20)
    answer = client.post(at(scene.east, "certify/"), TICKED)
    assert answer["Location"] == at(scene.east, "receipt/") and scene.row(scene.east).state == "with_area"


def test_a_browser_left_open_signs_nothing_and_what_was_ticked_is_kept(scene: Scene, client_of: Clients) -> None:
    client, page = client_of(scene.certifier), at(scene.east, "certify/")
    secret = with_app(scene.certifier)
    proved(client, SECONDS + 5)
    assert "more than five minutes ago" in text(client.get(page))
    led = client.post(page, TICKED)
    assert unquote(led["Location"]) == f"/sign-in/second-factor/reauthenticate/?next={page}"
    assert scene.row(scene.east).state == "to_certify"
    shown = client.get(led["Location"])
    assert "You are about to sign." in text(shown) and "What you ticked is kept" in text(shown)
    assert "password" not in text(shown)  # it would not do
    wrong = client.post("/sign-in/second-factor/reauthenticate/", {"code": "000000", "next": page})
    assert "That code is not right" in text(wrong) and "You are about to sign." in text(wrong)
    assert " checked>" not in client.get(page).content.decode()  # no proof, no tick
    back = client.post("/sign-in/second-factor/reauthenticate/", {"code": code_of(secret), "next": page})
    assert back["Location"] == page and scene.row(scene.east).state == "to_certify"
    again = client.get(page)
    assert "You have shown who you are." in text(again) and " checked>" in again.content.decode()
    assert client.post(page, TICKED)["Location"] == at(scene.east, "receipt/")
    assert scene.row(scene.east).state == "with_area"
    assert "about to change how you sign in" in text(client.get("/sign-in/confirm/"))


def test_a_tick_for_another_version_is_not_one_for_this(scene: Scene, client_of: Clients) -> None:
    client, page = client_of(scene.certifier), at(scene.east, "certify/")
    secret = with_app(scene.certifier)
    proved(client, SECONDS + 5)
    client.post(page, TICKED)
    commands.send_back(by=viewer(scene.certifier), at=AT, submission=scene.east, reason="Look again.")
    scene.sent(scene.east)
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    client.post("/sign-in/second-factor/reauthenticate/", {"code": code_of(secret), "next": page})
    again = client.get(page).content.decode()
    assert " checked>" not in again and 'value="2"' in again


def test_a_password_alone_signs_nothing(scene: Scene, client_of: Clients) -> None:
    client, page = client_of(scene.certifier), at(scene.east, "certify/")
    with_app(scene.certifier)
    proved(client, SECONDS + 5)
    client.post(page, TICKED)
    assert client.post("/sign-in/confirm/", {"password": PASSWORD, "next": page})["Location"] == page
    assert client.post(page, TICKED)["Location"].startswith("/sign-in/second-factor/reauthenticate/")
    assert scene.row(scene.east).state == "to_certify"


def test_a_one_time_link_counts_for_its_session_in_the_invented_service_alone(scene: Scene, client_of: Clients) -> None:
    client, page = client_of(scene.certifier), at(scene.east, "certify/")
    proved(client, 3600, method="link")
    refused = client.post(page, TICKED)
    assert refused.status_code in (302, 403) and scene.row(scene.east).state == "to_certify"
    with override_settings(INVENTED=True):
        assert client.post(page, TICKED)["Location"] == at(scene.east, "receipt/")
    assert scene.row(scene.east).state == "with_area"


def test_whoever_comes_by_a_directory_signs_right_after_it_or_reads_why_not(scene: Scene, client_of: Clients) -> None:
    client, page = client_of(scene.certifier), at(scene.east, "certify/")
    with machinery("the test takes the password away: this person comes by a directory"):
        from vkpp.records.people.models import Person

        Person.objects.filter(pk=scene.certifier).update(password="!")  # noqa: S106
    from tests.web.clients import client_for

    client = client_for(scene.certifier)
    proved(client, SECONDS + 5, method="socialaccount", provider="force")
    refused = client.post(page, TICKED)
    assert refused.status_code == 403 and "sign in again through your force’s directory" in text(refused).replace("'", "’")
    assert " checked>" in refused.content.decode() and scene.row(scene.east).state == "to_certify"
    proved(client, 10, method="socialaccount", provider="force")
    assert client.post(page, TICKED)["Location"] == at(scene.east, "receipt/")


def test_somebody_who_may_not_sign_is_not_asked_for_a_code_first(scene: Scene, client_of: Clients) -> None:
    client = client_of(scene.preparer)
    with_app(scene.preparer)
    proved(client, SECONDS + 5)
    refused = client.post(at(scene.east, "certify/"), TICKED)
    assert refused.status_code == 403 and "Your roles do not let you certify" in text(refused)


def test_accepting_asks_for_a_fresh_proof_too(scene: Scene, client_of: Clients) -> None:
    commands.certify(by=viewer(scene.certifier), at=AT, submission=scene.east, version=1)
    commands.approve(by=viewer(scene.area), at=AT, submission=scene.east, version=1)
    client, page = client_of(scene.national), str(reverse("national:return_act", args=[scene.east, "accept"]))
    secret = with_app(scene.national)
    proved(client, SECONDS + 5)
    assert client.get(page).status_code == 200
    led = client.post(page, {"version": "1"})
    assert unquote(led["Location"]) == f"/sign-in/second-factor/reauthenticate/?next={page}"
    assert scene.row(scene.east).state == "with_national"
    assert client.post("/sign-in/second-factor/reauthenticate/", {"code": code_of(secret), "next": page})["Location"] == page
    client.get(page)
    assert client.post(page, {"version": "1"}).status_code == 302 and scene.row(scene.east).state == "accepting"


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize(("width", "scripts"), [(360, True), (360, False)])
def test_a_certifier_on_a_phone_types_a_code_and_signs(
    served: str, tab_of: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int, scripts: bool
) -> None:
    monkeypatch.setattr(settings, "FOLDER", tmp_path)
    scene = found_scene()
    scene.sent(scene.east)
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    secret = with_app(scene.certifier)
    tab = tab_of(scene.certifier, width, scripts)
    (cookie,) = [one for one in tab.context.cookies(served) if one["name"] == settings.SESSION_COOKIE_NAME]
    session = SessionStore(cookie["value"])
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time() - 900}]
    session.save()
    tab.goto(f"/returns/{scene.east}/certify/")
    tab.get_by_label("I have read this page").check()
    with tab.expect_navigation():
        tab.get_by_role("button", name="Sign and send").click()
    looked_at(tab, "sign-code", width, scripts)
    tab.get_by_label("Code").fill(code_of(secret))
    with tab.expect_navigation():
        tab.get_by_role("button", name="Go on").click()
    assert tab.get_by_label("I have read this page").is_checked()
    looked_at(tab, "sign-proved", width, scripts)
    with tab.expect_navigation():
        tab.get_by_role("button", name="Sign and send").click()
    assert "Your receipt" in tab.locator("h1").inner_text()


@pytest.mark.browser
@pytest.mark.slow
def test_a_certifier_with_a_key_touches_it_and_signs(
    served: str, tab_of: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chromium's virtual authenticator stands for the key, which is this person's only second factor."""
    monkeypatch.setattr(settings, "FOLDER", tmp_path)
    scene = found_scene()
    scene.sent(scene.east)
    commands.offer(by=viewer(scene.preparer), at=AT, submission=scene.east)
    tab = tab_of(scene.certifier, 1280)
    session = tab.context.new_cdp_session(tab)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    tab.goto("/sign-in/second-factor/webauthn/add/")
    tab.get_by_label("Name of the key").fill("blue key")
    tab.get_by_role("button", name="Add the key").click()
    tab.wait_for_url("**/recovery-codes/")
    from allauth.mfa.models import Authenticator

    Authenticator.objects.filter(user_id=scene.certifier, type=Authenticator.Type.RECOVERY_CODES).delete()
    (cookie,) = [one for one in tab.context.cookies(served) if one["name"] == settings.SESSION_COOKIE_NAME]
    kept = SessionStore(cookie["value"])
    kept["account_authentication_methods"] = [{"method": "mfa", "type": "webauthn", "at": time.time() - 900}]
    kept.save()
    tab.goto(f"/returns/{scene.east}/certify/")
    tab.get_by_label("I have read this page").check()
    with tab.expect_navigation():
        tab.get_by_role("button", name="Sign and send").click()
    assert "webauthn/reauthenticate" in tab.url
    looked_at(tab, "sign-key", 1280, scripts=True)
    tab.get_by_role("button", name="Use my key").click()
    tab.wait_for_url("**/certify/")
    assert tab.get_by_label("I have read this page").is_checked()
    with tab.expect_navigation():
        tab.get_by_role("button", name="Sign and send").click()
    assert "Your receipt" in tab.locator("h1").inner_text()
