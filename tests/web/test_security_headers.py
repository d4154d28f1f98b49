"""What every answer carries, on every address there is: policy, methods, hosts, cookies, caches; in production too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.test import override_settings

from tests.records.nation import PASSWORD, Nation
from tests.web.test_walk import ADDRESSES
from vkpp.ops.settings.building import build
from vkpp.web.parts import policy

Clients = Callable[[UUID | None], Any]
EVIL = "evil.example"


def test_the_policy_is_the_strict_one_and_allows_nothing_inline_or_foreign(nation: Nation, client_of: Clients) -> None:
    said = dict(part.split(" ", 1) for part in client_of(nation.east).get("/")["Content-Security-Policy"].split("; "))
    assert said == {name: " ".join(sources) for name, sources in policy.POLICY.items()}
    assert said["default-src"] == said["frame-ancestors"] == said["base-uri"] == "'none'"
    assert said["script-src"] == said["style-src"] == said["form-action"] == "'self'"


@pytest.mark.parametrize(("name", "address"), [(name, address) for name, address, _ in ADDRESSES])
def test_every_answer_carries_every_header_and_no_page_loosens_the_policy(
    nation: Nation, client_of: Clients, name: str, address: str
) -> None:
    for client in (client_of(None), client_of(nation.east)):
        answer = client.get(address)
        said = dict(part.split(" ", 1) for part in answer["Content-Security-Policy"].split("; "))
        loose = ("'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:", "blob: data:")
        assert not any(word in sources.split() for sources in said.values() for word in loose), name
        assert said["frame-ancestors"] == "'none'" and answer["X-Frame-Options"] == "DENY"
        assert answer["Referrer-Policy"] == answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin" and "camera=()" in answer["Permissions-Policy"]
        assert "no-store" in answer["Cache-Control"] and answer["X-Content-Type-Options"] == "nosniff"
        assert not {"Access-Control-Allow-Origin", "Server", "X-Powered-By"} & set(answer.headers)
        if answer.content:
            assert "charset=utf-8" in answer["Content-Type"] or "Content-Disposition" in answer


@pytest.mark.parametrize(("name", "address"), [(name, address) for name, address, _ in ADDRESSES])
def test_no_address_knows_a_method_that_it_does_not_need(nation: Nation, client_of: Clients, name: str, address: str) -> None:
    client = client_of(nation.east)
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"):
        answer = client.generic(method, address, b"{}")
        assert answer.status_code == 405 and answer["Allow"] == "GET, HEAD, POST", (name, method)
        assert "default-src 'none'" in answer["Content-Security-Policy"] and answer.content == b""


def test_a_style_sheet_may_be_kept_and_no_private_page_may(nation: Nation, client_of: Clients) -> None:
    client = client_of(nation.east)
    page = client.get("/")
    (sheet,) = set(re.findall(r'href="(/static/vkpp\.[0-9a-f]+\.css)"', page.content.decode()))
    assert page["Cache-Control"] == "no-store"
    answer = client.get(sheet)
    assert answer.status_code == 200 and "immutable" in answer["Cache-Control"] and "text/css" in answer["Content-Type"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    answer.close()


@pytest.mark.parametrize("host", [EVIL, f"localhost.{EVIL}", "localhost@evil.example", "localhost:80:80", "", "a b"])
def test_a_host_that_is_not_ours_gets_no_page(records: None, client_of: Clients, host: str) -> None:
    answer = client_of(None).get("/sign-in/", HTTP_HOST=host)
    assert answer.status_code == 400 and "default-src 'none'" in answer["Content-Security-Policy"]
    assert EVIL not in answer.content.decode() and "ALLOWED_HOSTS" not in answer.content.decode()


def test_a_letter_s_link_leads_to_our_own_host_only(nation: Nation, client_of: Clients, tmp_path: Path) -> None:
    """Who may send a forgotten password's letter could otherwise choose where its link leads."""
    backend = "vkpp.ops.settings.mail_folder.Backend"
    asked = {"email": "di.east@example.invalid"}
    with override_settings(EMAIL_BACKEND=backend, EMAIL_FILE_PATH=str(tmp_path)):
        client = client_of(None)
        assert client.post("/sign-in/password/forgotten/", asked, HTTP_HOST=EVIL).status_code == 400
        assert not list(tmp_path.iterdir())
        client.post("/sign-in/password/forgotten/", asked, HTTP_X_FORWARDED_HOST=EVIL, HTTP_FORWARDED=f"host={EVIL}")
    (letter,) = tmp_path.iterdir()
    text = letter.read_text(encoding="utf-8")
    assert "http://localhost/" in text and EVIL not in text


# Production


@pytest.fixture
def production(nation: Nation, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The parts of the production settings that pages can show, over the tests' database."""
    key = tmp_path / "key"
    key.touch(mode=0o600)
    key.write_text("0123456789abcdef" * 4, encoding="ascii")
    built = build(
        {
            "VKPP_ENVIRONMENT": "production",
            "VKPP_FOLDER": str(tmp_path / "service"),
            "VKPP_SECRET_KEY_FILE": str(key),
            "VKPP_HOSTS": "vkpp.example",
            "VKPP_MAIL": "smtp://mail.example:25",
            "VKPP_MAIL_FROM": "vkpp@vkpp.example",
            "VKPP_TRAIL_HEADS": str(tmp_path / "heads"),
            "VKPP_BEHIND_PROXY": "yes",
        }
    )
    shown = ("SECURE_", "SESSION_", "CSRF_", "ALLOWED_", "ALLAUTH_", "ACCOUNT_DEFAULT")
    with override_settings(**{name: value for name, value in built.items() if name.startswith(shown)}):
        yield built


def _sign_in(**more: Any) -> Any:
    from django.test import Client

    client = Client(HTTP_HOST="vkpp.example", HTTP_X_FORWARDED_PROTO="https", **more)
    answer = client.post("/sign-in/", {"login": "di.east@example.invalid", "password": PASSWORD})
    assert answer.status_code == 302
    client.get("/sign-in/second-factor/totp/activate/")
    return client


def test_in_production_every_cookie_is_for_one_host_over_tls_and_hidden_from_scripts(production: dict[str, Any]) -> None:
    cookies = _sign_in().cookies
    assert {"__Host-session", "__Host-csrf", "__Host-session-holder"} <= set(cookies)
    for name, cookie in cookies.items():
        assert name.startswith("__Host-") and cookie["secure"] and cookie["httponly"], name
        assert cookie["path"] == "/" and not cookie["domain"] and cookie["samesite"] in ("Lax", "Strict"), name
    assert cookies["__Host-csrf"]["samesite"] == "Strict"


def test_in_production_plain_http_leads_to_tls_and_nothing_else(production: dict[str, Any]) -> None:
    from django.test import Client

    answer = Client(SERVER_NAME="vkpp.example").get("/account/roles/?x=1")
    assert (answer.status_code, answer["Location"]) == (301, "https://vkpp.example/account/roles/?x=1")
    page = Client(SERVER_NAME="vkpp.example", HTTP_X_FORWARDED_PROTO="https").get("/sign-in/")
    assert page["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert Client(SERVER_NAME=EVIL, HTTP_X_FORWARDED_PROTO="https").get("/sign-in/").status_code == 400


def test_in_production_a_form_from_another_site_is_refused_whatever_cookies_come_with_it(production: dict[str, Any]) -> None:
    client = _sign_in()
    client.handler.enforce_csrf_checks = True
    token = re.search(
        r'name="csrfmiddlewaretoken" value="(\w+)"', client.get("/sign-in/second-factor/totp/activate/").content.decode()
    )
    assert token is not None
    sent = {"csrfmiddlewaretoken": token[1], "code": "0"}
    for origin in ({"HTTP_ORIGIN": f"https://{EVIL}"}, {"HTTP_REFERER": f"https://{EVIL}/"}, {}):
        assert client.post("/sign-in/second-factor/totp/activate/", sent, **origin).status_code == 403
    ours = client.post("/sign-in/second-factor/totp/activate/", sent, HTTP_ORIGIN="https://vkpp.example")
    assert ours.status_code == 200


def test_the_session_cookie_goes_with_the_browser_and_the_names_are_short_in_development() -> None:
    assert settings.SESSION_EXPIRE_AT_BROWSER_CLOSE and settings.SESSION_COOKIE_AGE == 30 * 60
    assert not settings.SESSION_COOKIE_NAME.startswith("__Host-")  # which a browser refuses without TLS
