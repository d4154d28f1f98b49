"""Sessions and forms: begun anew, ended for good, never in an address; forged, hurried and misled requests get nowhere."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from tests.records.nation import PASSWORD, Nation
from tests.web.clients import client_for
from tests.web.test_walk import ADDRESSES
from vkpp.records.ground.scope import machinery
from vkpp.web.account.kept_work import label_of

Clients = Callable[[UUID | None], Any]
EMAIL = "di.east@example.invalid"
_SOME = "0b4f1c4e-8f5a-4c39-9c58-3c8f7a1d2e60"  # an id of nothing
EVERY = [(name, address) for name, address, _ in ADDRESSES]


def _sign_in(client: Any, email: str = EMAIL, password: str = PASSWORD, **kwargs: Any) -> Any:
    return client.post("/sign-in/", {"login": email, "password": password}, **kwargs)


def _key(client: Any) -> str:
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


# Sessions


def test_a_session_that_somebody_planted_is_not_the_one_that_signs_in(nation: Nation, client_of: Clients) -> None:
    planted = SessionStore()
    planted["theirs"] = "planted"
    planted.create()
    client = client_of(None)
    client.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key
    _sign_in(client)
    assert _key(client) != planted.session_key
    assert not SessionStore().exists(planted.session_key)
    attacker = client_of(None)
    attacker.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key
    assert attacker.get("/").headers["Location"].startswith("/sign-in/")


def test_a_session_s_key_is_long_random_and_new_each_time(nation: Nation, client_of: Clients) -> None:
    keys = set()
    for _ in range(20):
        client = client_of(None)
        _sign_in(client)
        keys.add(_key(client))
    assert len(keys) == 20
    for key in keys:  # 32 of 36 characters: 165 bits, of the operating system's randomness
        assert re.fullmatch(r"[a-z0-9]{32}", key)


def test_signing_out_ends_the_session_on_the_server(nation: Nation, client_of: Clients) -> None:
    client, copy = client_of(nation.east), client_of(None)
    copy.cookies[settings.SESSION_COOKIE_NAME] = _key(client)
    assert copy.get("/").status_code == 200
    client.get("/sign-out/")
    assert client.get("/").status_code == 200  # a link or a picture signs nobody out
    old = _key(client)
    client.post("/sign-out/")
    assert not SessionStore().exists(old)
    assert copy.get("/").headers["Location"].startswith("/sign-in/")
    assert client.get("/account/roles/").headers["Location"].startswith("/sign-in/")


def test_half_an_hour_without_a_page_ends_the_session(nation: Nation, client_of: Clients) -> None:
    from django.contrib.sessions.models import Session

    client = client_of(nation.east)
    assert client.get("/").status_code == 200
    row = Session.objects.get(pk=_key(client))
    assert timedelta(minutes=29) < row.expire_date - timezone.now() <= timedelta(minutes=30)
    Session.objects.filter(pk=row.pk).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get("/").headers["Location"].startswith("/sign-in/")


def _proved_ago(client: Any, seconds: float) -> None:
    session = SessionStore(_key(client))
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time() - seconds}]
    session.save()


def test_twelve_hours_after_the_last_proof_it_is_asked_for_again_and_no_work_is_lost(
    nation: Nation, client_of: Clients
) -> None:
    client = client_of(nation.east)
    _proved_ago(client, 12 * 3600 - 60)
    assert client.get("/").status_code == 200
    old = _key(client)
    _proved_ago(client, 12 * 3600 + 60)
    answer = client.post("/account/people/invite/", {"name": "Typed for an hour"})
    assert answer.headers["Location"] == "/sign-in/?next=/account/kept-work/"
    assert not SessionStore().exists(old)
    assert client.get("/").headers["Location"].startswith("/sign-in/")
    assert "Typed for an hour" in str(SessionStore(_key(client))["kept_work"])


def test_kept_work_says_what_each_answer_was_for(nation: Nation, client_of: Clients) -> None:
    client = client_of(nation.east)
    client.get("/")
    session = SessionStore(_key(client))
    fields = [["working_name", "Typed for an hour"], ["v12", "2024-12-31"], ["s12", "2024-13-31"], ["version", "12345"]]
    fields.append(["organisation", str(nation.eastmere)])  # chosen from a list: an id says nothing to whoever chose
    session["kept_work"] = {"path": "/somewhere/", "fields": fields, "files": [], "holder": str(nation.east)}
    session.save()
    html = client.get("/account/kept-work/").content.decode()
    shown = re.findall(r'__key">([^<]*)</dt><dd class="govuk-summary-list__value">([^<]*)</dd>', html)
    assert shown == [("Working name", "Typed for an hour"), ("New value of a cell", "2024-12-31")]


@pytest.mark.parametrize(
    ("path", "name", "label"),
    [
        ("/rounds/taskings/new/", "working_days", "Working days until the deadline"),
        (f"/rounds/{_SOME}/mark/", "handling", "Handling instruction (optional)"),
        (f"/returns/{_SOME}/marking/", "handling", "Handling instruction (optional)"),
        (
            f"/returns/{_SOME}/fix/cells/?check=a&table=crimes&column=Date+recorded",
            "v7",
            "New value of a cell in Date recorded",
        ),
        (f"/returns/{_SOME}/fix/cells/?check=a&table=crimes", "v7", "New value of a cell"),
        (f"/returns/{_SOME}/fix/cells/?column=Status", "s7", ""),
        ("/nowhere/at/all/", "some_field", "Some field"),
        ("/rounds/taskings/new/", "some_field", "Some field"),
    ],
)
def test_an_answer_that_was_kept_stands_under_the_label_of_its_form(path: str, name: str, label: str) -> None:
    assert label_of(name, path) == label


def test_no_session_and_no_key_of_one_stands_in_an_address_or_on_a_page(nation: Nation, client_of: Clients) -> None:
    client = client_of(nation.east)
    for name, address in EVERY:
        if name == "account_logout":
            continue
        answer = client.get(address)
        assert _key(client) not in answer.content.decode() + answer.headers.get("Location", ""), name
    moved = client_of(None).get(f"/?{settings.SESSION_COOKIE_NAME}={_key(client)}&sessionid={_key(client)}")
    assert moved.status_code == 302  # a key in an address signs nobody in


@pytest.mark.parametrize(
    "address",
    [
        "totp/activate/",
        "totp/deactivate/",
        "recovery-codes/generate/",
        "webauthn/add/",
        "webauthn/keys/1/remove/",
    ],
)
def test_what_proves_somebody_is_changed_only_right_after_proving_it(nation: Nation, client_of: Clients, address: str) -> None:
    from allauth.mfa.models import Authenticator

    client = client_of(nation.east)
    kinds = Authenticator.Type
    for number, kind in enumerate((kinds.WEBAUTHN, kinds.TOTP, kinds.RECOVERY_CODES), 1):
        if "totp/activate" not in address:
            Authenticator.objects.create(pk=number, user_id=nation.east, type=kind, data={})
    _proved_ago(client, 20 * 60)
    for answer in (client.get("/sign-in/second-factor/" + address), client.post("/sign-in/second-factor/" + address)):
        where = answer.headers.get("Location", "")
        assert where.startswith(("/sign-in/confirm/", "/sign-in/second-factor/reauthenticate/")), (answer.status_code, where)


# Forms


@pytest.mark.slow
@pytest.mark.parametrize(("name", "address"), EVERY)
@pytest.mark.parametrize("signed_in", [True, False])
def test_no_address_takes_a_form_without_this_browser_s_own_mark(
    nation: Nation, name: str, address: str, signed_in: bool
) -> None:
    client = client_for(nation.east if signed_in else None, enforce_csrf_checks=True)
    for sent in ({"reason": "planted"}, {"reason": "planted", "csrfmiddlewaretoken": "x" * 64}):
        answer = client.post(address, sent)
        assert answer.status_code == 403 and "Nothing was changed" in answer.content.decode(), name
    client.get("/sign-in/password/forgotten/")  # a cookie of one's own, and the mark of another browser
    answer = client.post(address, {"csrfmiddlewaretoken": "a" * 64})
    assert answer.status_code == 403, name


def _counted() -> dict[str, int]:
    """Rows of every table but the sessions, which a visit itself makes."""
    with machinery("the test counts rows"):
        return {
            model._meta.label: model._base_manager.count()
            for model in apps.get_models()
            if model._meta.managed and model._meta.label not in ("sessions.Session", "planted.Paper")
        }


def test_looking_changes_nothing(nation: Nation, client_of: Clients) -> None:
    """A link, a picture or a preview of another site can make a browser look, with its cookies."""
    client = client_of(nation.east)
    before = _counted()
    for name, address in EVERY:
        client.get(address)
        client.head(address)
        assert _counted() == before, name


# Redirects


BAD = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "https:evil.example",
)
NAMES = ("next", "redirect", "url", "return", "continue", "process")


def _goes_elsewhere(answer: Any) -> bool:
    where = answer.headers.get("Location", "")
    parts = urlsplit(where)
    return bool(where) and (bool(parts.scheme or parts.netloc) or not re.match(r"/(?![/\\])", where))


@pytest.mark.slow
@pytest.mark.parametrize("bad", BAD)
def test_no_address_sends_anybody_elsewhere(nation: Nation, client_of: Clients, bad: str) -> None:
    asked = dict.fromkeys(NAMES, bad)
    for person in (nation.east, None):
        for name, address in EVERY:
            for answer in (client_of(person).get(address, asked), client_of(person).post(address, asked)):
                assert not _goes_elsewhere(answer), (name, answer.headers["Location"])
                assert 'href="javascript:' not in answer.content.decode(), name


@pytest.mark.parametrize("bad", BAD)
def test_signing_in_and_out_lead_to_our_own_pages(nation: Nation, client_of: Clients, bad: str) -> None:
    client = client_of(None)
    for answer in (
        _sign_in(client, QUERY_STRING=f"next={bad}"),
        client.post("/sign-out/", {"next": bad}),
        client.post("/sign-in/", {"login": EMAIL, "password": PASSWORD, "next": bad}),
        client.post("/sign-in/confirm/", {"password": PASSWORD, "next": bad}),
    ):
        assert answer.status_code == 302 and not _goes_elsewhere(answer), answer.headers


def test_an_address_that_begins_like_a_host_leads_nowhere_else(nation: Nation, client_of: Clients) -> None:
    for path in ("//evil.example/account/roles", "//evil.example", "/\\evil.example/x"):
        for person in (nation.east, None):
            assert not _goes_elsewhere(client_of(person).get("/", PATH_INFO=path))


# Haste


@pytest.fixture
def elsewhere() -> Iterator[Callable[[int], dict[str, str]]]:
    """A header by which a client says that it comes from somewhere else each time."""
    yield lambda number: {"HTTP_X_FORWARDED_FOR": f"203.0.113.{number}", "HTTP_X_REAL_IP": f"203.0.113.{number}"}


def test_guessing_many_accounts_from_one_place_is_stopped_whatever_it_says_of_itself(
    nation: Nation, client_of: Clients, elsewhere: Callable[[int], dict[str, str]]
) -> None:
    for number in range(10):
        said = _sign_in(client_of(None), email=f"nobody{number}@example.invalid", **elsewhere(number))
        assert "do not belong together" in said.content.decode()
    stopped = _sign_in(client_of(None), **elsewhere(99))
    assert stopped.status_code in (200, 429) and "too many attempts" in stopped.content.decode().lower()


@pytest.mark.parametrize(("address", "most"), [("/sign-in/password/forgotten/", 3), ("/account/invited/", 3)])
def test_letters_to_one_address_are_few(nation: Nation, client_of: Clients, address: str, most: int) -> None:
    said = [client_of(None).post(address, {"email": EMAIL}).status_code for _ in range(most + 1)]
    assert said == [302] * most + [429]


def test_letters_from_one_place_are_few(nation: Nation, client_of: Clients, elsewhere: Callable[[int], dict[str, str]]) -> None:
    said = [client_of(None).post("/account/invited/", {"email": f"n{n}@example.invalid"}, **elsewhere(n)) for n in range(6)]
    assert [one.status_code for one in said] == [302] * 5 + [429]
    assert "Too many attempts" in said[-1].content.decode() and "default-src 'none'" in said[-1]["Content-Security-Policy"]


def test_one_s_own_password_is_not_guessed_on_the_pages_that_ask_for_it_again(nation: Nation, client_of: Clients) -> None:
    client = client_of(nation.east)
    said = [client.post("/sign-in/confirm/", {"password": f"wrong {n}"}) for n in range(11)]
    assert said[-1].status_code == 429 or "too many attempts" in said[-1].content.decode().lower()
    client = client_of(nation.west)
    wrong = {"oldpassword": "wrong", "password1": "lantern orchard 17", "password2": "lantern orchard 17"}
    changed = [client.post("/sign-in/password/change/", wrong) for _ in range(6)]
    assert changed[-1].status_code == 429 or "too many attempts" in changed[-1].content.decode().lower()
