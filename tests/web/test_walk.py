"""Every address of the service: closed to outsiders, no leak, headers on each answer, and few queries however many rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from tests.records.nation import AT, Nation, join, viewer
from vkpp.records.people import commands

Clients = Callable[[UUID | None], Any]
# Open to everybody, by name; a view that opens itself must be named here too.
OPEN = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "mfa_authenticate",
    "account:invited",
    "account:invited_sent",
    "account:accept",
    "account:link",
    "public:blank",
    "openid_connect_login",
    "openid_connect_callback",
    "public:collections",
    "public:collection",
    "local:collections",
    "local:page",
    "local:checks",
    "local:worker",
    "local:saved",
}
# Where an outsider is not even told that there is something: a made-up value for each kind of part in an address.
MADE_UP = {
    "uuid": str(UUID(int=7)),
    "int": "1",
    "str": "anything",
    "slug": "anything",
    "path": "a/b",
    "uidb36": "1",
    "provider_id": "anything",
    "key": "x-y",
}


def _all(patterns: Any = None, prefix: str = "", space: str = "") -> Iterator[tuple[str, str, URLPattern]]:
    """(name, address with made-up values, pattern) of every address there is."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + _made_up(entry.pattern)
        if isinstance(entry, URLResolver):
            name = f"{entry.namespace}:" if entry.namespace else ""
            yield from _all(entry.url_patterns, route, space + name)
        else:
            yield f"{space}{entry.name}", "/" + route, entry


def _made_up(pattern: Any) -> str:
    text = str(pattern)
    if "(?P<" in text:
        text = re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda found: MADE_UP[found[1]], text).strip("^$")
    return re.sub(r"<(?:(\w+):)?(\w+)>", lambda found: MADE_UP[found[1] or "str"], text)


ADDRESSES = list(_all())


def test_the_walk_finds_the_addresses() -> None:
    assert len(ADDRESSES) > 20 and {"home", "account:roles", "mfa_activate_totp"} <= {name for name, _, _ in ADDRESSES}
    assert {name for name, _, entry in ADDRESSES if not getattr(entry.callback, "login_required", True)} == OPEN


@pytest.mark.parametrize(("name", "address"), [(name, address) for name, address, _ in ADDRESSES])
def test_an_address_asks_outsiders_to_sign_in_and_carries_the_policy(
    nation: Nation, client_of: Clients, name: str, address: str
) -> None:
    client = client_of(None)
    for answer in (client.get(address), client.post(address, {"reason": "planted"})):
        assert "default-src 'none'" in answer["Content-Security-Policy"] and "no-store" in answer["Cache-Control"]
        assert answer["X-Frame-Options"] == "DENY" and answer["X-Content-Type-Options"] == "nosniff"
        text = answer.content.decode()
        assert not re.search(r"<script(?![^>]*(src=|application/json))|<style| style=| on\w+=\"", text)
        assert "Eastmere" not in text and "Ada Chief" not in text
        if name not in OPEN:
            assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/")
        else:
            assert answer.status_code in (200, 302, 404, 405)


def _pages_of(client: Any) -> dict[str, str]:
    """What every address says to somebody signed in, without what differs each time."""
    said = {}
    for name, address, _ in ADDRESSES:
        if name in ("account_logout", "mfa_activate_totp", "mfa_add_webauthn", "account:sessions"):
            continue  # a new secret or another minute each time; they show nothing of anybody's
        answer = client.get(address)
        assert answer.status_code < 500, name
        said[name] = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode()) if answer.content else ""
    return said


def test_a_compartment_shows_nowhere_to_whoever_is_not_in_it(nation: Nation, client_of: Clients) -> None:
    outsiders = (nation.chief, nation.second, nation.east, nation.coordinator)
    before = {person: _pages_of(client_of(person)) for person in outsiders}
    key = commands.open_compartment(
        by=viewer(nation.keeper), at=AT, title="Zephyrine", purpose="Quokka: the walk must not find it"
    )
    for person in outsiders:
        after = _pages_of(client_of(person))
        assert after == before[person]
        assert not any(word in str(after) for word in ("Zephyrine", "Quokka", str(key)))


def test_pages_say_no_person_in_titles(nation: Nation, client_of: Clients) -> None:
    for name, page in _pages_of(client_of(nation.east)).items():
        title = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
        assert title is None or not re.search(r"Di East|@", title[1]), name


def test_problem_pages_leak_nothing_and_do_not_tell_what_exists(nation: Nation, client_of: Clients) -> None:
    client = client_of(nation.east)
    answer = client.get("/no/such/page/")
    assert answer.status_code == 404
    text = answer.content.decode()
    assert "There is nothing here under that address for you." in text
    assert "no/such" not in text and "urls" not in text and "Traceback" not in text
    for field in ("OFFICIAL", "Sign out"):
        assert field in text


def test_a_fault_of_ours_is_told_without_what_stands_behind_it(nation: Nation, client_of: Clients, monkeypatch: Any) -> None:
    from vkpp.web.home import views

    monkeypatch.setattr(views, "_programme", lambda: 1 / 0)
    client = client_of(nation.east)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    text = answer.content.decode()
    assert "Something went wrong on our side" in text and "ZeroDivision" not in text and "views" not in text
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_what_a_command_refuses_stands_on_the_page_in_its_words(nation: Nation, client_of: Clients, monkeypatch: Any) -> None:
    from vkpp.records.ground.problems import Refused
    from vkpp.web.home import views

    def refuse() -> None:
        raise Refused("Nobody can change or confirm their own access.", expected="a second person", next_step="ask one")

    monkeypatch.setattr(views, "_programme", refuse)
    answer = client_of(nation.east).get("/")
    assert answer.status_code == 403
    text = answer.content.decode()
    assert "Nobody can change or confirm their own access." in text and "a second person" in text and "ask one" in text


def test_a_forged_form_is_refused_in_words(nation: Nation) -> None:
    from tests.web.clients import client_for

    client = client_for(nation.east, enforce_csrf_checks=True)
    answer = client.post("/account/kept-work/", {})
    assert answer.status_code == 403 and "Nothing was changed" in answer.content.decode()


def _queries(client: Any, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


@pytest.mark.parametrize("address", ["/", "/account/roles/", "/account/people/", "/sign-in/second-factor/"])
def test_a_page_asks_the_database_as_often_for_many_rows_as_for_one(nation: Nation, client_of: Clients, address: str) -> None:
    client = client_of(nation.second)
    few = _queries(client, address)
    for number in range(3):
        join(nation.chief, nation.programme, f"Person Number{number}")
    for code in ("first", "second", "third"):
        made = commands.found_organisation(
            by=viewer(nation.chief), at=AT, code=code, kind="partner", name=code.title(), valid_from=AT.date()
        )
        commands.invite(by=viewer(nation.chief), at=AT, organisation=made, name="Bo Second", email="bo.second@example.invalid")
    assert _queries(client, address) == few < 16
