"""Signing in: password and second factor, lock-out, recovery, invitations; nothing tells whether an address has an account."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.test import override_settings

from tests.records.nation import AT, PASSWORD, Nation, viewer
from tests.web.codes import code_of
from vkpp.records.people import commands, queries
from vkpp.records.trail.models import Entry

EMAIL = "di.east@example.invalid"
WRONG = "not the one"
Clients = Callable[[UUID | None], Any]


def _sign_in(client: Any, email: str = EMAIL, password: str = PASSWORD, **kwargs: Any) -> Any:
    return client.post("/sign-in/", {"login": email, "password": password}, **kwargs)


def _set_up(client: Any) -> tuple[str, list[str]]:
    """The first sign-in, to the end. Gives the secret and the recovery codes."""
    assert _sign_in(client).headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/sign-in/second-factor/totp/activate/"
    (secret,) = _codes_in(client.get("/sign-in/second-factor/totp/activate/"))
    answer = client.post("/sign-in/second-factor/totp/activate/", {"code": code_of(secret)})
    assert answer.headers["Location"] == "/sign-in/second-factor/recovery-codes/"
    return secret, _codes_in(client.get("/sign-in/second-factor/recovery-codes/"))


def _codes_in(page: Any) -> list[str]:
    return re.findall(r"<code>([0-9A-Z*]+)</code>", page.content.decode())


def test_every_page_asks_for_sign_in_and_for_a_second_factor(nation: Nation, client_of: Clients) -> None:
    client = client_of(None)
    assert client.get("/account/roles/").headers["Location"] == "/sign-in/?next=/account/roles/"
    _sign_in(client)
    for address in ("/", "/account/roles/", "/account/kept-work/", "/sign-in/second-factor/"):
        assert client.get(address).headers["Location"] == "/sign-in/second-factor/totp/activate/"


def test_the_first_sign_in_sets_up_a_second_factor_and_the_next_one_asks_for_it(nation: Nation, client_of: Clients) -> None:
    client = client_of(None)
    _, codes = _set_up(client)
    assert len(codes) == 10 and client.get("/").status_code == 200
    assert _codes_in(client.get("/sign-in/second-factor/recovery-codes/")) == []  # shown once
    client.post("/sign-out/")
    assert client.get("/").headers["Location"].startswith("/sign-in/")

    assert _sign_in(client).headers["Location"] == "/sign-in/second-factor/authenticate/"
    assert client.get("/").headers["Location"].startswith("/sign-in/")  # the password alone opens nothing
    wrong = client.post("/sign-in/second-factor/authenticate/", {"code": "000000"})
    assert "That code is not right" in wrong.content.decode()
    assert client.post("/sign-in/second-factor/authenticate/", {"code": codes[0]}).headers["Location"] == "/"
    assert client.get("/").status_code == 200
    client.post("/sign-out/")
    _sign_in(client)
    again = client.post("/sign-in/second-factor/authenticate/", {"code": codes[0]})
    assert "used before" in again.content.decode()  # a recovery code works once


def test_signing_in_stands_on_the_trail_with_its_ways(nation: Nation, client_of: Clients) -> None:
    client = client_of(None)
    _, codes = _set_up(client)
    client.post("/sign-out/")
    _sign_in(client)
    client.post("/sign-in/second-factor/authenticate/", {"code": codes[1]})
    said = list(Entry.objects.filter(act="people.signed_in").order_by("number").values_list("who", "facts"))
    assert [who for who, _ in said] == [str(nation.east)] * 2
    assert "recovery_codes" in said[-1][1] and PASSWORD not in str(said) and EMAIL not in str(said)


def test_secrets_are_encrypted_and_the_library_keeps_no_addresses(nation: Nation, client_of: Clients) -> None:
    from allauth.account.models import EmailAddress
    from allauth.mfa.models import Authenticator

    client = client_of(None)
    secret, codes = _set_up(client)
    client.post("/sign-out/")
    client.post("/sign-in/password/forgotten/", {"email": EMAIL})
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept and codes[0] not in kept and "gAAAA" in kept
    assert not EmailAddress.objects.exists()


def test_five_failures_lock_the_address_for_a_while_even_for_the_right_password(nation: Nation, client_of: Clients) -> None:
    client = client_of(None)
    for _ in range(5):
        assert "do not belong together" in _sign_in(client, password=WRONG).content.decode()
    assert "too many attempts" in _sign_in(client).content.decode()
    assert _sign_in(client_of(None), email="fay.west@example.invalid").headers["Location"] == "/"


def test_whether_an_address_has_an_account_is_told_nowhere(nation: Nation, client_of: Clients) -> None:
    def said(address: str) -> list[str]:
        client = client_of(None)
        answers = [
            _sign_in(client, email=address, password=WRONG),
            client.post("/sign-in/password/forgotten/", {"email": address}, follow=True),
            client.post("/account/invited/", {"email": address}, follow=True),
        ]
        return [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", a.content.decode()).replace(address, "") for a in answers]

    assert said(EMAIL) == said("nobody@example.invalid")


@pytest.mark.parametrize("state", ["suspended", "left"])
def test_a_closed_account_neither_signs_in_nor_stays_signed_in(nation: Nation, client_of: Clients, state: str) -> None:
    client = client_of(nation.east)
    assert client.get("/").status_code == 200
    by = viewer(nation.chief)
    if state == "suspended":
        commands.suspend(by=by, at=AT, person=nation.east)
    else:
        commands.leave(by=by, at=AT, person=nation.east, organisation=nation.eastmere)
    assert client.get("/").headers["Location"].startswith("/sign-in/")
    assert "do not belong together" in _sign_in(client_of(None)).content.decode()


def _mail() -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted(Path(settings.EMAIL_FILE_PATH).glob("*.eml"))]


@pytest.fixture
def mail(tmp_path: Path) -> Any:
    with override_settings(EMAIL_BACKEND="vkpp.ops.settings.mail_folder.Backend", EMAIL_FILE_PATH=str(tmp_path / "mail")):
        yield _mail


def _link(letter: str) -> str:
    joined = letter.replace("=\n", "").replace("=3D", "=")
    found = re.search(r"http://localhost(/\S+)", joined)
    assert found, letter
    return found[1]


def test_a_forgotten_password_is_replaced_by_mail_and_stands_on_the_trail(
    nation: Nation, client_of: Clients, mail: Any
) -> None:
    client = client_of(None)
    client.post("/sign-in/password/forgotten/", {"email": EMAIL})
    (letter,) = mail()
    link = _link(letter)
    page = client.get(link, follow=True)
    weak = client.post(page.redirect_chain[-1][0], {"password1": "password1234", "password2": "password1234"})
    assert "too common" in weak.content.decode()
    new = "lantern orchard seventeen"
    client.post(page.redirect_chain[-1][0], {"password1": new, "password2": new})
    assert Entry.objects.filter(act="people.password.set", who=str(nation.east)).count() == 1
    assert "does not work any more" in client_of(None).get(link, follow=True).content.decode()
    assert "do not belong together" in _sign_in(client_of(None)).content.decode()
    assert _sign_in(client_of(None), password=new).headers["Location"] == "/"


def test_an_invitation_is_taken_up_once_by_a_link_to_its_address(nation: Nation, client_of: Clients, mail: Any) -> None:
    by = viewer(nation.chief)
    commands.invite(by=by, at=AT, organisation=nation.eastmere, name="New Comer", email="new@example.invalid")
    client = client_of(None)
    client.post("/account/invited/", {"email": "NEW@example.invalid"})
    (letter,) = mail()
    assert "New Comer" not in letter
    link = _link(letter)
    differ = client.post(link, {"password1": "lantern orchard seventeen", "password2": "lantern orchard sixteen"})
    assert "The two passwords differ" in differ.content.decode()
    both = {"password1": "lantern orchard seventeen", "password2": "lantern orchard seventeen"}
    assert client.post(link, both).headers["Location"] == "/sign-in/"
    assert client.post(link, both).status_code == 404
    assert client.get("/account/invited/forged/").status_code == 404
    assert _sign_in(client, email="new@example.invalid", password=both["password1"]).headers["Location"] == "/"


def test_nobody_signs_up_and_nobody_is_sent_elsewhere(nation: Nation, client_of: Clients) -> None:
    client = client_of(None)
    assert client.get("/sign-up/").status_code == 404
    answer = client.post("/sign-in/?next=https://evil.example/", {"login": EMAIL, "password": PASSWORD})
    assert answer.headers["Location"] == "/"


def test_work_sent_after_the_session_ended_is_kept_for_its_holder_and_nobody_else(nation: Nation, client_of: Clients) -> None:
    client = client_of(nation.east)
    client.get("/")  # the holder's cookie is set
    sent = {"reason": "We found a file.\nIt was counted twice.", "password": "hunter2"}

    def time_out_and_send() -> Any:
        client.cookies.pop(settings.SESSION_COOKIE_NAME)
        return client.post("/account/kept-work/?from=here", sent)

    answer = time_out_and_send()
    assert answer.headers["Location"] == "/sign-in/?next=/account/kept-work/"
    assert "kept" in client.get("/sign-in/").content.decode()
    _sign_in(client)
    _finish_second_factor(client)
    page = client.get("/account/kept-work/").content.decode()
    assert "It was counted twice." in page and "hunter2" not in page and 'action="/account/kept-work/?from=here"' in page

    client.get("/")
    time_out_and_send()
    _sign_in(client, email="fay.west@example.invalid")
    _finish_second_factor(client)
    assert client.get("/account/kept-work/").headers["Location"] == "/"


def _finish_second_factor(client: Any) -> None:
    (secret,) = _codes_in(client.get("/sign-in/second-factor/totp/activate/"))
    client.post("/sign-in/second-factor/totp/activate/", {"code": code_of(secret)})


def test_still_here_begins_the_half_hour_anew(nation: Nation, client_of: Clients) -> None:
    client = client_of(nation.east)
    answer = client.get("/account/still-here/")
    assert answer.status_code == 204 and answer.cookies[settings.SESSION_COOKIE_NAME].value


def test_the_last_second_factor_cannot_be_taken_away(nation: Nation, client_of: Clients) -> None:
    client = client_of(None)
    _set_up(client)
    page = client.post("/sign-in/second-factor/totp/deactivate/")
    assert "Add another one first" in page.content.decode()
    client.post("/sign-out/")
    assert _sign_in(client).headers["Location"] == "/sign-in/second-factor/authenticate/"


def test_links_are_for_invented_records_and_work_once(nation: Nation, client_of: Clients, tmp_path: Path) -> None:
    from vkpp.web.account import links

    with override_settings(FOLDER=tmp_path), pytest.raises(ValueError, match="invented"):
        links.make(nation.east)
    with override_settings(FOLDER=tmp_path, INVENTED=True):
        token = links.make(nation.east)
        assert token not in str([path.name for path in (tmp_path / "sign-in-links").iterdir()])
        client = client_of(None)
        assert client.get(f"/account/link/{token}/", REMOTE_ADDR="10.0.0.9").status_code == 404
        assert client.get(f"/account/link/{token}/").status_code == 200
        with override_settings(INVENTED=False):
            assert client.post(f"/account/link/{token}/").status_code == 404
        assert client.post(f"/account/link/{token}/").headers["Location"] == "/"
        assert "Eastmere" in client.get("/account/roles/").content.decode()
        again = client_of(None).post(f"/account/link/{token}/")
        assert again.status_code == 404 and "start it again: it prints a new link" in again.content.decode()


def test_who_left_keeps_no_second_factor(nation: Nation, client_of: Clients) -> None:
    from allauth.mfa.models import Authenticator

    from vkpp.ops.jobs import purge

    _set_up(client_of(None))
    commands.leave(by=viewer(nation.chief), at=AT, person=nation.east, organisation=nation.eastmere)
    finish = purge("day", AT)
    assert finish is not None
    finish()
    assert not Authenticator.objects.filter(user_id=nation.east).exists()
    assert queries.invited(EMAIL) is None


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(nation: Nation, client_of: Clients) -> None:
    here, there = client_of(nation.east), client_of(nation.east)
    new = "lantern orchard seventeen"
    wrong = here.post("/sign-in/password/change/", {"oldpassword": WRONG, "password1": new, "password2": new})
    assert "That is not your password" in wrong.content.decode()
    here.post("/sign-in/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert here.get("/").status_code == 200
    assert there.get("/").headers["Location"].startswith("/sign-in/")
    assert Entry.objects.filter(act="people.password.set").count() == 1


def test_guessing_codes_is_stopped(nation: Nation, client_of: Clients) -> None:
    client = client_of(None)
    _, codes = _set_up(client)
    client.post("/sign-out/")
    _sign_in(client)
    for number in range(6):
        said = client.post("/sign-in/second-factor/authenticate/", {"code": f"{number:06d}"}).content.decode()
    assert "too many attempts" in said
    client.post("/sign-in/second-factor/authenticate/", {"code": codes[0]})
    assert client.get("/").headers["Location"].startswith("/sign-in/")  # for now not even with the right one


def test_a_session_begins_anew_with_signing_in(nation: Nation, client_of: Clients) -> None:
    client = client_of(None)
    client.get("/sign-in/")
    client.post("/account/kept-work/", {"reason": "x"})
    client.cookies[settings.SESSION_COOKIE_NAME] = "0" * 32  # planted by somebody else
    _sign_in(client)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != "0" * 32
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
