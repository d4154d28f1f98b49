"""Signing in by a force's own directory, against npm's oidc-provider in a browser; nothing of its answer is kept."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from tests.records.nation import AT, Nation, found_nation, viewer
from tests.web.clients import sideways, violations
from vkpp.basics.problems import UsageProblem
from vkpp.ops.settings.building import build
from vkpp.records.people import commands
from vkpp.records.trail.models import Entry

HERE = Path(__file__).parent / "oidc"
ROW = {
    "id": "east",
    "name": "Eastmere directory",
    "issuer": "http://localhost:1",
    "client_id": "vkpp",
    "client_secret": "only-for-tests-only-for-tests-only",
    "domains": ["example.invalid"],
}
KEYS = ("DIRECTORIES", "POLICY_ADDS", "SOCIALACCOUNT_PROVIDERS")


def _settings(folder: Path, rows: list[dict[str, Any]], **environ: str) -> dict[str, Any]:
    path = folder / "directories.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(rows), encoding="utf-8")
    built = build({"VKPP_FOLDER": str(folder / "service"), "VKPP_DIRECTORIES": str(path), **environ})
    return {key: built[key] for key in KEYS}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{**ROW, "domains": []}], "has no domain"),
        ([ROW, {**ROW, "id": "west", "domains": ["EXAMPLE.invalid"]}], "belongs to two of them"),
        ([{key: value for key, value in ROW.items() if key != "issuer"}], "no list of directories"),
        ([{**ROW, "colour": "blue"}], "no list of directories"),
        ("nonsense", "no list of directories"),
    ],
)
def test_a_wrong_file_is_refused_and_never_echoed(tmp_path: Path, rows: Any, words: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        _settings(tmp_path, rows)
    assert words in str(caught.value) and "only-for-tests" not in str(caught.value)


def test_the_sign_in_page_offers_directories_and_the_policy_lets_their_forms_through(
    nation: Nation, client_of: Callable[[Any], Any], tmp_path: Path
) -> None:
    assert "directory" not in client_of(None).get("/sign-in/").content.decode()
    with override_settings(**_settings(tmp_path, [ROW])):
        page = client_of(None).get("/sign-in/?next=/account/roles/")
        assert "Eastmere directory" in page.content.decode()
        assert "form-action 'self' http://localhost:1;" in page["Content-Security-Policy"]
        assert client_of(None).get("/sign-in/directory/nobody/login/").status_code == 404


@pytest.fixture
def nation_of_the_browser(served: str) -> Nation:
    return found_nation()


@pytest.fixture
def directory(served: str, tmp_path: Path, require: Callable[[bool, str], None]) -> Iterator[None]:
    require((HERE / "node_modules").is_dir(), "the test directory is missing: npm ci --prefix tests/web/oidc")
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    callback = f"{served}/sign-in/directory/east/login/callback/"
    running = subprocess.Popen(
        ["node", str(HERE / "provider.mjs"), str(port), callback], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert running.stdout is not None
    while (line := running.stdout.readline()) and "listening" not in line:
        pass
    try:
        with override_settings(**_settings(tmp_path, [{**ROW, "issuer": f"http://localhost:{port}"}])):
            yield
    finally:
        running.terminate()
        running.wait(timeout=20)
        running.stdout.close()


def _by_directory(tab: Any, login: str) -> None:
    tab.goto("/account/roles/")
    tab.get_by_role("button", name="Eastmere directory").click()
    tab.wait_for_url(re.compile(r"/interaction/"))
    tab.locator("input[name=login]").fill(login)
    tab.locator("input[name=password]").fill("anything")
    for _ in ("sign in", "consent"):
        with tab.expect_navigation():
            tab.locator("button[type=submit]").click()
    tab.wait_for_url(re.compile(r"/account/roles/|/callback/"))


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False])
def test_a_colleague_signs_in_by_the_directory(
    nation_of_the_browser: Nation, directory: None, tab_of: Callable[..., Any], scripts: bool
) -> None:
    from allauth.socialaccount.models import SocialAccount, SocialToken

    tab = tab_of(None, 360, scripts)
    _by_directory(tab, "di.east@example.invalid")
    assert "What you can do here" in tab.title() and "Eastmere" in tab.locator("main").inner_text()
    (facts,) = Entry.objects.filter(act="people.signed_in").values_list("facts", flat=True)
    assert "socialaccount" in facts and "di.east" not in facts
    assert not SocialAccount.objects.exists() and not SocialToken.objects.exists()


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize(
    "login",
    ["nobody@example.invalid", "unverified:di.east@example.invalid", "ada@elsewhere.invalid", "fay.west@example.invalid"],
)
def test_nobody_else_is_let_in_and_all_read_the_same(
    nation_of_the_browser: Nation, directory: None, tab_of: Callable[..., Any], login: str
) -> None:
    """Unknown, not verified, of another's domain, suspended."""
    commands.suspend(by=viewer(nation_of_the_browser.chief), at=AT, person=nation_of_the_browser.west)
    tab = tab_of(None)
    _by_directory(tab, login)
    text = tab.locator("main").inner_text()
    assert "You could not be signed in by the directory" in text and login.split("@", maxsplit=1)[0] not in text
    assert violations(tab) == [] and sideways(tab) <= 0
    tab.goto("/account/roles/")
    assert "Sign in" in tab.title()
