"""What goes in and out: uploads in limits, names not obeyed, templates that escape, logs and faults that name nobody."""

from __future__ import annotations

import ast
import io
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.test import override_settings

from tests.records.nation import AT, Nation, join, viewer
from tests.web.clients import client_for
from tests.web.test_walk import ADDRESSES
from vkpp.ops.settings.logging import Formatter, cleaned
from vkpp.records.collections.rules import places
from vkpp.records.people import commands, queries

Clients = Callable[[UUID | None], Any]
SOURCE = Path(__file__).resolve().parents[2] / "src" / "vkpp"
PAGES = ("web", "records", "ops")
TEMPLATES = sorted(SOURCE.glob("web/*/templates/**/*.html"))
SCRIPTS = [path for path in sorted(SOURCE.glob("web/*/static/**/*.js")) if not {"govuk", "vendor", "duckdb"} & set(path.parts)]
PLANTED = "Zebedee Planted"
BAD = "<img src=x onerror=alert(1)>"


# What goes in


def _multipart(size: int) -> dict[str, Any]:
    return {"CONTENT_TYPE": "multipart/form-data; boundary=x", "CONTENT_LENGTH": str(size), "wsgi.input": _Unread()}


class _Unread(io.RawIOBase):
    """A body that must not be read."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("a body that is too large was read")


@pytest.mark.parametrize("address", ["/sign-in/", "/sign-in/password/forgotten/", "/account/invited/", "/account/kept-work/"])
def test_a_stranger_s_large_body_is_refused_before_a_byte_of_it_is_read(
    nation: Nation, client_of: Clients, address: str
) -> None:
    answer = client_of(None).generic("POST", address, **_multipart((1 << 20) + 1))
    assert answer.status_code == 413 and "larger than the 1 MB" in answer.content.decode()
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_nobody_sends_more_than_a_return_may_have(nation: Nation, client_of: Clients) -> None:
    assert places.MOST_BYTES < settings.LARGEST_BODY < places.MOST_BYTES + (2 << 20)
    answer = client_of(nation.east).generic("POST", "/account/kept-work/", **_multipart(settings.LARGEST_BODY + 1))
    assert answer.status_code == 413 and "larger than the 201 MB" in answer.content.decode()


def test_words_typed_beside_a_large_file_outlive_the_session(nation: Nation, client_of: Clients) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = client_of(nation.east)
    client.get("/")
    client.cookies.pop(settings.SESSION_COOKIE_NAME)
    sent = {"reason": "Typed for an hour", "file": SimpleUploadedFile("return.csv", b"a,b\n" * 400_000)}
    assert client.post("/account/people/invite/", sent).headers["Location"] == "/sign-in/?next=/account/kept-work/"


@pytest.mark.parametrize("length", ["-1", "many", "1e9", "", "٣"])
def test_a_length_that_is_no_number_is_no_way_round(nation: Nation, client_of: Clients, length: str) -> None:
    body = {"CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": length, "wsgi.input": io.BytesIO(b"")}
    for address in ("/account/invited/", "/sign-in/", "/no/such/page/"):
        answer = client_of(None).generic("POST", address, **body)
        assert answer.status_code in (200, 302, 400, 404) and "Traceback" not in answer.content.decode()


def test_a_form_has_limits_on_its_fields_files_and_words(nation: Nation) -> None:
    client = client_for(nation.east)
    many = {f"f{number}": "x" for number in range(2001)}
    files = {f"f{number}": io.BytesIO(b"x") for number in range(21)}
    for sent in (many, files, {"reason": "x" * ((1 << 20) + 1)}):
        answer = client.post("/account/people/invite/", sent)
        assert answer.status_code == 400 and "We could not read that request" in answer.content.decode()


def test_what_arrives_lies_where_only_the_service_reads_and_no_address_serves_it(client_of: Clients, nation: Nation) -> None:
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
    assert folder.stat().st_mode & 0o077 == 0 and settings.FILE_UPLOAD_PERMISSIONS == 0o600
    assert settings.MEDIA_ROOT == "" and Path(settings.FOLDER) not in Path(settings.STATIC_ROOT).parents[1:]
    client = client_of(nation.east)
    for path in (
        "sent/",
        "store/",
        "mail/",
        "uploads-arriving/",
        "development.key",
        "records.sqlite3",
        "media/",
        ".git/config",
    ):
        assert client.get(f"/{path}").status_code == 404


NAMES = (
    "../../../etc/passwd",
    "..\\..\\boot.ini",
    "/etc/passwd",
    "C:\\Windows\\x.csv",
    "a/../../b.csv",
    "....//....//x",
    "\x00.csv",
    "x\r\nSet-Cookie: a=b.csv",
    'x"; filename="y.html',
    "$(touch x).csv",
    "; rm -rf x.csv",
    "-rf",
    ".htaccess",
    "CON.csv",
    "x" * 500 + ".csv",
    "“smart”\u202efdp.csv",
    "",
    "..",
    "<script>.csv",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_s_name_chooses_no_place_and_breaks_no_line(tmp_path: Path, name: str) -> None:
    arrived = tmp_path / "arrived"
    arrived.write_bytes(b"a,b\n1,2\n")
    root = tmp_path / "root"
    upload = places.keep(root, [(name, arrived), (name, arrived)])
    kept = sorted(path for path in root.rglob("*") if path.is_file())
    assert len(kept) == 2 and {path.parent for path in kept} == {places.sent(root, upload.id)}
    for one in upload.files:
        assert re.fullmatch(r"[\w .()+-]{1,124}", one.name) and not one.name.startswith(".")
        assert all(path.stat().st_mode & 0o077 == 0 for path in kept)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "..",
        "../development.key",
        "%2e%2e/development.key",
        "..%2f..%2fdevelopment.key",
        "govuk/",
        "govuk/../../x",
        "/etc/passwd",
    ],
)
def test_the_style_sheets_folder_shows_no_list_and_nothing_beside_it(client_of: Clients, records: None, path: str) -> None:
    answer = client_of(None).get("/static/" + path)
    assert answer.status_code == 404
    assert "development.key" not in answer.content.decode()


NONSENSE = (
    "%00",
    "%0d%0aX-Planted:%20yes",
    "..%2f",
    "%ff%fe",
    "'%22%3E%3Cb%3E",
    "{{7*7}}",
    "%7B%25debug%25%7D",
    "a" * 4000,
)


@pytest.mark.parametrize("bad", NONSENSE)
def test_nonsense_in_an_address_is_a_page_in_words_and_never_a_fault(nation: Nation, client_of: Clients, bad: str) -> None:
    for person in (nation.east, None):
        client = client_of(person)
        people = f"/account/people/?organisation={bad}&page={bad}"
        for address in (f"/account/invited/{bad}/", f"/account/link/{bad}/", people, f"/{bad}"):
            answer = client.get(address)
            assert answer.status_code in (200, 302, 400, 404), address
            assert "X-Planted" not in answer.headers and not re.search(r"\b49\b", answer.content.decode())


def test_fields_that_no_form_has_and_values_given_twice_change_nothing_else(nation: Nation, client_of: Clients) -> None:
    """Mass assignment and doubled parameters: a form takes its own fields, and what is not offered is refused."""
    client = client_of(nation.east)
    sent = {
        "organisation": [str(nation.eastmere), str(nation.westholt)],
        "name": "New Comer",
        "email": "new@example.invalid",
        "state": "active",
        "is_superuser": "on",
        "roles": ["access_manager", "auditor"],
        "person": str(nation.west),
        "id": str(nation.west),
    }
    answer = client.post("/account/people/invite/", sent)
    assert answer.status_code == 400 and queries.invited("new@example.invalid") is None  # Westholt is not hers to choose
    answer = client.post("/account/people/invite/", sent | {"organisation": str(nation.eastmere), "roles": "access_manager"})
    assert answer.status_code == 302
    person = queries.invited("new@example.invalid")
    assert person is not None and person != nation.west
    held = {row.role for row in queries.roles_of(viewer=viewer(nation.east), person=person)}
    assert held <= {"member", "access_manager"}


@pytest.mark.parametrize("name", ["New\nBcc: evil@evil.example", "New\r\nComer"])
def test_a_line_break_in_a_name_or_an_address_starts_no_header_of_a_letter(
    nation: Nation, client_of: Clients, tmp_path: Path, name: str
) -> None:
    with override_settings(EMAIL_BACKEND="vkpp.ops.settings.mail_folder.Backend", EMAIL_FILE_PATH=str(tmp_path / "mail")):
        client = client_of(None)
        address = "di.east@example.invalid\nBcc: evil@evil.example"
        for where in ("/account/invited/", "/sign-in/password/forgotten/"):
            client.post(where, {"email": address})
        sent = {"organisation": str(nation.eastmere), "name": name, "email": address}
        assert client_of(nation.east).post("/account/people/invite/", sent).status_code == 400
    letters = [path.read_text(encoding="utf-8") for path in (tmp_path / "mail").glob("*.eml")]
    assert not any("evil" in letter for letter in letters)


# What goes out


def _walk(person: UUID) -> Iterator[tuple[str, Any]]:
    client = client_for(person)
    for name, address, _ in ADDRESSES:
        if name != "account_logout":
            yield name, client.get(address)


def test_what_somebody_called_themselves_is_shown_as_words_on_every_page(nation: Nation, client_of: Clients) -> None:
    by = viewer(nation.chief)
    made = commands.found_organisation(by=by, at=AT, code="bad", kind="partner", name=f"Place {BAD}", valid_from=AT.date())
    person = join(nation.chief, made, "Eve Ill", "access_manager")
    commands.invite(by=viewer(person), at=AT, organisation=made, name=f"{BAD} {{{{7*7}}}}", email="x@example.invalid")
    client = client_of(nation.chief)
    pages = [*(answer for _, answer in _walk(nation.chief)), *(answer for _, answer in _walk(person))]
    pages += [client.get(f"/account/people/{person}/"), client.get(f"/account/people/{person}/leave/")]
    text = "".join(answer.content.decode() for answer in pages)
    assert "&lt;img src=x onerror=alert(1)&gt;" in text and "{{7*7}}" in text
    assert not re.search(r'<img(?![^>]*src="data:image/)', text)  # the square code of the second factor is one


def test_a_download_is_named_by_us_and_never_opened_as_a_page(nation: Nation, client_of: Clients) -> None:
    for name, answer in _walk(nation.east):
        said = answer.headers.get("Content-Disposition")
        kind = answer.headers.get("Content-Type", "")
        if said is None:
            own = name == "local:worker" and kind.startswith("text/javascript")  # addresses of our own files, and nothing sent
            assert not answer.content or kind.startswith(("text/html", "application/json")) or own, name
            continue
        assert re.fullmatch(r'attachment; filename="[\w .()+-]+"(; filename\*=UTF-8\'\'[\w.%-]+)?', said), (name, said)
        assert not kind.startswith(("text/html", "image/svg", "application/xhtml", "text/javascript")), name
        assert answer["X-Content-Type-Options"] == "nosniff" and "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_escapes_has_a_mark_in_every_form_and_calls_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape\s+off|safeseq|\|\s*json_script.*safe", text)
    assert not re.search(r"<script(?![^>]*(?:src=|application/json))|<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r"""(src|href|action)=["']?(https?:)?//""", text)
    for form in re.findall(r"<form\b[^>]*method=[\"']?post.*?</form>", text, re.DOTALL | re.IGNORECASE):
        assert "csrf" in form or "{% block" in form, form[:200]
    for attribute in re.findall(r"<\w+[^>]*?\s[\w-]+=(\{\{[^}]*\}\})", text):
        raise AssertionError(f"a value without quotation marks around it: {attribute}")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_of_ours_makes_no_code_out_of_words(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\beval\(|new Function|document\.write|\.(inner|outer)HTML\b|insertAdjacentHTML", text)
    assert not re.search(r"set(Timeout|Interval)\(\s*[\"'`]", text)
    assert not re.search(r"(local|session)Storage\.setItem|indexedDB", text)  # nothing of a session stays in the browser


FORBIDDEN = {
    "mark_safe": "an escape from escaping",
    "csrf_exempt": "a form without its mark",
    "xframe_options_exempt": "a page in another's frame",
    "RawSQL": "SQL by hand",
    "eval": "code out of words",
    "exec": "code out of words",
    "os.system": "a shell",
    "os.popen": "a shell",
    "shell=": "a shell",
    "pickle": "objects out of bytes",
    "marshal": "objects out of bytes",
    "yaml.load": "objects out of words",
}

ALLOWED = {
    ("records/search/queries.py", "RawSQL"): "two constants whose value is bound; neither ORM knows full-text search alike"
}


def _called(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            yield f"{node.func.value.id}.{node.func.attr}"
        if isinstance(node, ast.ImportFrom):
            yield from (name.name for name in node.names if name.name not in ("eval", "exec"))
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        if isinstance(node, ast.keyword) and node.arg == "shell":
            yield "shell="


def test_no_code_of_ours_steps_round_what_the_framework_does() -> None:
    found = [
        f"{path.relative_to(SOURCE)}: {name}, {FORBIDDEN[name]}"
        for place in PAGES
        for path in sorted((SOURCE / place).rglob("*.py"))
        for name in set(_called(ast.parse(path.read_text(encoding="utf-8")))) & set(FORBIDDEN)
        if (str(path.relative_to(SOURCE)), name) not in ALLOWED
    ]
    assert found == []


# Faults and logs


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that the service would write to its log, by its own formatter, at the most talkative level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Formatter())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


def test_no_person_and_no_secret_gets_into_the_log(
    nation: Nation, client_of: Clients, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vkpp.web.account import invitations
    from vkpp.web.home import views

    commands.invite(by=viewer(nation.chief), at=AT, organisation=nation.eastmere, name=PLANTED, email="zebedee@example.invalid")
    person = queries.invited("zebedee@example.invalid")
    assert person is not None
    token = invitations.token_for(person)
    client, forging = client_of(nation.east), client_for(nation.east, enforce_csrf_checks=True)
    client.raise_request_exception = forging.raise_request_exception = False
    secrets = {"password": "hunter2hunter2", "code": "918273"}
    client_of(None).post("/sign-in/", {"login": "zebedee@example.invalid"} | secrets)
    client_of(None).post("/account/invited/", {"email": "zebedee@example.invalid"})
    forging.post(f"/account/invited/{token}/", {"password1": "hunter2hunter2"})
    client.get(f"/account/link/{'Zx9' * 11}/")
    client.get(f"/no/such/page/?q={PLANTED}&email=zebedee@example.invalid")
    client.get("/no/zebedee@example.invalid/")
    client.get("/no/page%0d%0a2026-03-02 ERROR vkpp: forged/")
    client.get("/", HTTP_HOST="evil.example")
    monkeypatch.setattr(views, "_programme", lambda: (_ for _ in ()).throw(ValueError(f"Key (name)=({PLANTED})")))
    assert client.get(f"/?who={PLANTED}").status_code == 500
    text = log.getvalue()
    assert "Internal Server Error: /" in text and "builtins.ValueError" in text  # it was listening
    assert "Forbidden" in text and "/account/invited/[link]" in text and "/account/link/[link]" in text
    for word in (
        "Zebedee",
        "zebedee",
        "hunter2",
        "918273",
        token,
        "Zx9Zx9",
        client.cookies[settings.SESSION_COOKIE_NAME].value,
    ):
        assert word not in text, word
    assert "Di East" not in text and "di.east" not in text
    lines = text.splitlines()
    assert all(re.match(r"20\d\d-|  ", line) for line in lines) and not any(
        line.startswith("2026-03-02 ERROR") for line in lines
    )


def test_a_record_s_id_and_plain_words_stay_readable_in_the_log() -> None:
    key = uuid4()
    kept = f"Not Found: /account/people/{key}/suspend/ and /sign-in/second-factor/recovery-codes/generate/"
    assert cleaned(kept) == kept
    frame = '  File "/srv/vkpp/lib/python3.11/site-packages/django/core/handlers/base.py"'
    assert cleaned(frame) == frame
    assert cleaned(f"/sign-in/password/new/{key.hex}-d2x-{key.hex}/") == "/sign-in/password/new/[link]/"


@pytest.mark.parametrize("debugging", ["/__debug__/", "/admin/", "/metrics", "/server-status", "/robots.txt", "/.env", "/api/"])
def test_nothing_that_helps_whoever_looks_behind_the_pages(nation: Nation, client_of: Clients, debugging: str) -> None:
    answer = client_of(nation.east).get(debugging)
    assert answer.status_code == 404 and settings.DEBUG is False
    assert "There is nothing here under that address for you." in answer.content.decode()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "address"), [(name, address) for name, address, _ in ADDRESSES])
def test_a_fault_behind_any_address_tells_nothing(
    nation: Nation, client_of: Clients, name: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever breaks, and where: the page is the same, and nothing of what broke stands on it."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"Key (email)=({PLANTED}) already exists at records.sqlite3")

    monkeypatch.setattr("vkpp.web.account.gate.gate", broken)
    monkeypatch.setattr("vkpp.web.parts.frame.links", broken)
    client = client_of(nation.east)
    client.raise_request_exception = False
    answer = client.get(address)
    text = answer.content.decode()
    assert answer.status_code < 500 or "Something went wrong on our side" in text
    for word in ("Zebedee", "Key (", "sqlite", "RuntimeError", "Traceback", ".py", settings.SECRET_KEY):
        assert word not in text, (name, word)
    assert "default-src 'none'" in answer["Content-Security-Policy"]
