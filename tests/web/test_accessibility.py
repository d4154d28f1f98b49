"""WCAG 2.2 AA on every address, for every role that opens it: forms with errors, empty and long lists, refusals and faults.

The walk goes over the demonstration by links and buttons (walking.py) and looks at each page in a browser (looking.py). An
address of the program that the walk did not come by fails it, so that a new page is looked at from its first day.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.records.collecting import ASKS, ERROR, found_scene
from tests.records.nation import PASSWORD
from tests.web.arranged import arrange, by_hand, now, one_of_each_state, seeing, trouble
from tests.web.clients import client_for, violations
from tests.web.codes import code_of
from tests.web.demonstrated import Demonstration, demonstration
from tests.web.looking import _GREYS, _MOVES, Window, wrong_with
from tests.web.test_walk import ADDRESSES
from tests.web.walking import Page, Walk, walk

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("SHOTS", "")
# Addresses that no walk over the demonstration can come by, each with why.
NOT_WALKED = {
    "openid_connect_login": "needs a force's own directory; test_directories.py walks it",
    "openid_connect_callback": "needs a force's own directory; test_directories.py walks it",
    "mfa_download_recovery_codes": "answers nobody: the codes are shown once, on a page",
}

STARTS = ("/", "/no/such/page/", "/search/?q=September", "/search/?q=outcome")
RETURNS = {"national_analyst": "/rounds/returns/{}/", "regional_analyst": "/our-forces/returns/{}/"}  # as a role opens one


@pytest.fixture(scope="module")
def walked(migrated: None, collected: None) -> Walk:
    """Every role's walk, a stranger's, and what goes wrong. The demonstration is gone again when the pages are looked at."""
    found = Walk()
    with demonstration() as shown:
        arrange(shown)
        _stranger(found, shown)
        for role, person in shown.people.items():
            starts = one_of_each_state(shown, role, RETURNS[role]) if role in RETURNS else ()
            walk(found, role, client_for(person), (*STARTS, *starts))
        by_hand(found, shown)
        _signing_in(found, shown)
        trouble(found, shown)
    return found


def _stranger(found: Walk, shown: Demonstration) -> None:
    from vkpp.web.account import links

    opened = ("/", "/sign-in/", "/sign-in/not-in-use/", "/sign-in/password/forgotten/sent/", "/what-is-collected/")
    invited = ("/account/invited/", "/account/invited/sent/", "/account/invited/nonsense/")
    link = f"/account/link/{links.make(shown.people['member'])}/"
    walk(found, "a stranger", client_for(None), (*opened, *invited, link))


def _signing_in(found: Walk, shown: Demonstration) -> None:
    """The first sign-in to the end, with every page that a second factor has; an invitation; a forgotten password."""
    from django.core.cache import cache
    from django.test import override_settings

    from tests.web.test_sign_in import _link
    from vkpp.records.people import commands

    email, folder = "new.comer@example.invalid", Path(os.environ.get("TMPDIR", "/tmp")) / f"vkpp-letters-{os.getpid()}"
    chief = seeing(shown, "national_access_manager")
    (programme,) = chief.organisations
    commands.invite(by=chief, at=now(), organisation=programme, name="New Comer", email=email, roles=("member",))

    def letter() -> str:
        paths = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        return _link(paths[-1].read_text(encoding="utf-8"))

    with override_settings(EMAIL_BACKEND="vkpp.ops.settings.mail_folder.Backend", EMAIL_FILE_PATH=str(folder)):
        client = client_for(None)
        client.post("/account/invited/", {"email": email})
        link = letter()
        walk(found, "somebody invited", client, (link,))
        client.post(link, {"password1": PASSWORD, "password2": PASSWORD})
        client.post("/sign-in/password/forgotten/", {"email": email})
        reset = letter()
        opened = client.get(reset, follow=True).redirect_chain[-1][0]
        walk(found, "somebody who forgot", client, (reset, opened, "/sign-in/password/new/done/", "/sign-in/password/new/1-x/"))
    cache.clear()  # walks guess too often
    client = client_for(None)
    client.post("/sign-in/", {"login": email, "password": PASSWORD})
    walk(found, "somebody without a second factor", client, ("/sign-in/second-factor/totp/activate/",))
    page = client.get("/sign-in/second-factor/totp/activate/").content.decode()
    (secret,) = re.findall(r"<code>([0-9A-Z]+)</code>", page)
    client.post("/sign-in/second-factor/totp/activate/", {"code": code_of(secret)})
    pages = ("recovery-codes/", "recovery-codes/generate/", "recovery-codes/download/", "totp/deactivate/", "webauthn/add/")
    more = ("/sign-in/confirm/", "/sign-in/second-factor/reauthenticate/", "/sign-in/second-factor/webauthn/reauthenticate/")
    walk(found, "somebody with an app", client, (*(f"/sign-in/second-factor/{one}" for one in pages), *more, "/sign-out/"))
    keys = f"/sign-in/second-factor/webauthn/keys/{_with_a_key(client)}/"
    walk(found, "somebody with a key", client, ("/sign-in/second-factor/webauthn/", keys + "edit/", keys + "remove/"))
    cache.clear()
    _proof_grown_old(found, client)
    _kept_work(found, client)
    client.post("/sign-out/")
    client.post("/sign-in/", {"login": email, "password": PASSWORD})
    walk(found, "somebody half signed in", client, ("/sign-in/second-factor/authenticate/",))


def _with_a_key(client: Any) -> int:
    """A security key as the library keeps one; test_journeys.py adds one by Chromium's own."""
    from allauth.mfa.models import Authenticator
    from django.contrib.auth import SESSION_KEY
    from fido2.cose import ES256
    from fido2.utils import websafe_encode
    from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

    from vkpp.records.ground.scope import machinery

    key = AttestedCredentialData.create(Aaguid(bytes(16)), b"x" * 16, ES256({1: 2, 3: -7, -1: 1, -2: b"x" * 32, -3: b"y" * 32}))
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT
    attested = AttestationObject.create("none", AuthenticatorData.create(bytes(32), flags, 0, bytes(key)), {})
    said = CollectedClientData.create("webauthn.create", b"challenge", "http://localhost")
    response = {"clientDataJSON": websafe_encode(said), "attestationObject": websafe_encode(attested)}
    credential = {
        "id": websafe_encode(b"x" * 16),
        "rawId": websafe_encode(b"x" * 16),
        "type": "public-key",
        "response": response,
    }
    data = {"name": "blue key", "credential": credential}
    with machinery("the test keeps a key as the library would"):
        return Authenticator.objects.create(user_id=client.session[SESSION_KEY], type="webauthn", data=data).pk


def _proof_grown_old(found: Walk, client: Any) -> None:
    """Where a proof of an hour ago does not do any more, and one is asked for."""
    session = client.session
    for method in session["account_authentication_methods"]:
        method["at"] -= 3600
    session.save()
    starts = ("/sign-in/confirm/?next=/", "/sign-in/second-factor/reauthenticate/?next=/", "/sign-in/password/change/")
    walk(found, "somebody whose proof is old", client, starts)


def _kept_work(found: Walk, client: Any) -> None:
    """The half hour runs out over a form: what was typed is kept."""
    from django.conf import settings

    client.get("/")
    kept = client.cookies.pop(settings.SESSION_COOKIE_NAME)
    client.post("/account/kept-work/?from=here", {"reason": "We found a file.\nIt was counted twice."})
    found.keep("somebody timed out", "/sign-in/?next=/account/kept-work/", "timed out", client.get("/sign-in/"))
    client.cookies[settings.SESSION_COOKIE_NAME] = kept.value
    found.keep("somebody back again", "/account/kept-work/", "timed out", client.get("/account/kept-work/"))


@pytest.mark.slow
def test_the_walk_comes_by_every_address_and_by_every_kind_of_trouble(walked: Walk) -> None:
    missing = sorted({name for name, _, _ in ADDRESSES} - walked.names() - NOT_WALKED.keys())
    assert not missing, f"{missing}: link them from a page that somebody can reach, or walk to them in test_accessibility.py"
    assert walked.faults == []
    assert walked.dead == []
    assert {page.status for page in walked.pages} >= {200, 400, 403, 404, 413, 429, 500, 503, 507}
    assert any("<title>Error: " in page.html for page in walked.pages)


@pytest.mark.slow
def test_every_page_is_for_everybody(walked: Walk, browser: Any) -> None:
    window, wrong = Window(browser), []
    for number, page in enumerate(walked.pages):
        found = wrong_with(window, page)
        wrong += [f"{page}: {one}" for one in found]
        if SHOTS and found:
            window.tab.screenshot(path=str(Path(SHOTS) / f"wrong-{number}.png"), full_page=True)
    window.close()
    assert not wrong, f"{len(wrong)} on {len(walked.pages)} pages:\n" + "\n".join(wrong)


@pytest.mark.slow
def test_charts_are_readable_where_colours_are_forced(walked: Walk, browser: Any) -> None:
    """A chart keeps its own ink on its own paper, and its words stand out from it in darkness, not in hue."""
    window, wrong, charts = Window(browser, forced_colors="active", color_scheme="dark"), [], 0
    for page in walked.pages:
        if "vkpp-chart" in page.html:
            charts += 1
            wrong += [f"{page}: {one}" for one in window.show(page).evaluate(_GREYS)]
    window.close()
    assert charts and not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_nothing_moves_for_whoever_asked_for_less_motion(walked: Walk, browser: Any) -> None:
    window, wrong, kinds = Window(browser, reduced_motion="reduce"), [], set()
    for page in walked.pages:
        if page.name not in kinds:
            kinds.add(page.name)
            wrong += [f"{page}: {one}" for one in window.show(page).evaluate(_MOVES)]
    window.close()
    assert wrong == []


def test_a_sample_of_pages_is_for_everybody(records: None, browser: Any) -> None:
    """Four pages of the walk, in every run: a form with errors, findings, a round, and the warning of a time-out."""
    window, wrong = Window(browser), []
    for page in _sample():
        wrong += wrong_with(window, page)
    window.tab.evaluate("document.getElementById('timeout').showModal()")
    wrong += violations(window.tab)
    window.close()
    assert wrong == []


def _sample() -> Iterator[Page]:
    scene = found_scene()
    scene.sent(scene.east, ERROR, ASKS)
    for who, address, status in (
        (scene.national, "/rounds/taskings/new/", 400),
        (scene.preparer, f"/returns/{scene.east}/results/", 200),
        (scene.national, f"/rounds/{scene.round}/", 200),
        (scene.certifier, "/", 200),
    ):
        client = client_for(who)
        answer = client.post(address, {}) if status == 400 else client.get(address)
        assert answer.status_code == status
        yield Page("sample", address, "", status, "", answer.content.decode(), dict(answer.headers))


def test_the_look_sees_what_is_wrong(browser: Any) -> None:
    """Else the walk would prove nothing."""
    html = """<!DOCTYPE html><html lang="en"><head><title>Broken</title></head><body><main><h1>A</h1><h3>B</h3>
    <a href="/a">more</a><a href="/b">Open</a><input name="x"><svg class="vkpp-chart"></svg><p style="width:900px">wide</p>
    <div class="govuk-error-summary">!</div></main></body></html>"""
    window = Window(browser)
    said = str(wrong_with(window, Page("", "/", "", 200, "", html, {"Content-Type": "text/html"})))
    window.close()
    for word in ("heading 3 after 1", "vague", "without a label", "chart without a name", "without a table", "too wide at 320",
                 "summary has no focus", "the title is Broken", "axe at 1280"):  # fmt: skip
        assert word in said, word
