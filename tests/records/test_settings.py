"""Settings: each missing or wrong value is explained in a sentence, nothing secret is echoed, production is strict."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from vkpp.basics.problems import UsageProblem
from vkpp.ops.settings.building import build
from vkpp.ops.settings.logging import Formatter
from vkpp.ops.settings.reading import NAMES, read


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    key = tmp_path / "key"
    key.touch(mode=0o600)
    key.write_text("0123456789abcdef" * 4, encoding="ascii")
    return {
        "VKPP_ENVIRONMENT": "production",
        "VKPP_FOLDER": str(tmp_path / "service"),
        "VKPP_SECRET_KEY_FILE": str(key),
        "VKPP_HOSTS": "vkpp.example",
        "VKPP_MAIL": "smtp://mail.example:25",
        "VKPP_MAIL_FROM": "vkpp@vkpp.example",
        "VKPP_TRAIL_HEADS": str(tmp_path / "heads"),
        "VKPP_BEHIND_PROXY": "yes",
    }


def test_development_needs_nothing_and_keeps_a_key_of_its_own(tmp_path: Path) -> None:
    first = build({"VKPP_FOLDER": str(tmp_path / "a")})
    again = build({"VKPP_FOLDER": str(tmp_path / "a")})
    other = build({"VKPP_FOLDER": str(tmp_path / "b")})
    assert first["SECRET_KEY"] == again["SECRET_KEY"] != other["SECRET_KEY"] and len(first["SECRET_KEY"]) >= 50
    assert (tmp_path / "a" / "development.key").stat().st_mode & 0o077 == 0


def test_the_embedded_database_has_the_measured_settings(tmp_path: Path) -> None:
    options = build({"VKPP_FOLDER": str(tmp_path)})["DATABASES"]["default"]["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE" and options["timeout"] == 30
    assert "journal_mode=WAL" in options["init_command"] and "synchronous=NORMAL" in options["init_command"]


@pytest.mark.parametrize(
    "name",
    sorted(
        set(NAMES)
        - {
            "VKPP_ENVIRONMENT",
            "VKPP_DATABASE",
            "VKPP_DATABASE_PASSWORD_FILE",
            "VKPP_BEHIND_PROXY",
            "VKPP_DEMO",
            "VKPP_DIRECTORIES",
            "VKPP_LOG_LEVEL",
        }
    ),
)
def test_production_assumes_nothing_and_says_what_is_missing(production: dict[str, str], name: str) -> None:
    del production[name]
    with pytest.raises(UsageProblem) as caught:
        read(production)
    assert name in str(caught.value) and NAMES[name] in str(caught.value) and "Next: set" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("VKPP_ENVIRONMENT", "prod", "none of development, production"),
        ("VKPP_HOSTS", "*", "a pattern or an address"),
        ("VKPP_HOSTS", " , ", "a pattern or an address"),
        ("VKPP_HOSTS", "https://vkpp.example/", "a pattern or an address"),
        ("VKPP_DATABASE", "mysql://u:hunter2@db/x", "does not begin with postgresql://"),
        ("VKPP_DATABASE", "postgresql://u:hunter2@db", "names no database"),
        ("VKPP_DATABASE", "postgresql://u:hunter2@db:many/x", "take apart"),
        ("VKPP_DATABASE", "postgresql://u:hunter2@db/x?service=y", "the option service"),
        ("VKPP_DATABASE_PASSWORD_FILE", "/nowhere/hunter2", "cannot be read"),
        ("VKPP_SECRET_KEY_FILE", "/nowhere/hunter2", "cannot be read"),
        ("VKPP_BEHIND_PROXY", "true", "none of yes, no"),
        ("VKPP_MAIL", "mail.example", "neither the word folder nor"),
        ("VKPP_MAIL", "smtp://mail:port", "take apart"),
        ("VKPP_LOG_LEVEL", "LOUD", "none of DEBUG"),
        ("VKPP_DEMO", "yes", "production gives no sign-in links"),
        ("VKPP_DATABSE", "x", "VKPP_DATABASE perhaps"),
    ],
)
def test_a_wrong_value_is_explained_and_never_echoed(production: dict[str, str], name: str, value: str, words: str) -> None:
    if name == "VKPP_DATABASE_PASSWORD_FILE":
        production["VKPP_DATABASE"] = "postgresql://u@db/x"
    with pytest.raises(UsageProblem) as caught:
        read(production | {name: value})
    assert words in str(caught.value) and name in str(caught.value) and "hunter2" not in str(caught.value)


def test_a_secret_that_others_can_read_or_that_is_short_is_refused(production: dict[str, str], tmp_path: Path) -> None:
    key = Path(production["VKPP_SECRET_KEY_FILE"])
    key.chmod(0o644)
    with pytest.raises(UsageProblem, match="chmod 600"):
        read(production)
    key.chmod(0o600)
    key.write_text("short", encoding="ascii")
    with pytest.raises(UsageProblem, match="shorter than 50") as caught:
        read(production)
    assert "short " not in str(caught.value).replace("shorter", "")


def test_a_deployment_s_database_is_named_by_an_address(production: dict[str, str], tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.touch(mode=0o600)
    secret.write_text("hunter2\n", encoding="ascii")
    given = {"VKPP_DATABASE": "postgresql://vkpp@db.example:5433/records?sslmode=require"}
    database = read(production | given | {"VKPP_DATABASE_PASSWORD_FILE": str(secret)}).database
    assert database["ENGINE"] == "django.db.backends.postgresql"
    wanted = {"NAME": "records", "USER": "vkpp", "PASSWORD": "hunter2", "HOST": "db.example", "PORT": "5433"}
    assert {name: database[name] for name in wanted} == wanted
    assert database["OPTIONS"] == {"connect_timeout": 10, "sslmode": "require"}


def test_every_setting_has_its_place_in_the_docs() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| VKPP_")]
    assert rows == [f"| {name} | {words} |" for name, words in NAMES.items()]


def test_production_is_strict(production: dict[str, str]) -> None:
    built = build(production)
    assert built["PASSWORD_HASHERS"][0].endswith("ScryptPasswordHasher")
    for name in ("SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"):
        assert built[name] is True, name
    assert built["SESSION_COOKIE_NAME"] == "__Host-session" and built["CSRF_COOKIE_NAME"] == "__Host-csrf"
    assert built["DEBUG"] is False and built["ALLOWED_HOSTS"] == ["vkpp.example"] and built["SESSION_COOKIE_AGE"] == 1800


def test_django_s_own_deployment_check_has_nothing_to_say(production: dict[str, str]) -> None:
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "vkpp.ops.settings", **production}
    done = subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "") and "no issues" in done.stdout


@pytest.mark.slow
def test_no_verb_but_the_service_s_own_needs_django() -> None:
    text = (
        "import sys\n"
        "from vkpp.ops import command_line as c\n"
        "[c.verb_module(name) for name in c.VERBS]\n"
        "assert {'vkpp.ops.verbs.verify_trail', 'vkpp.ops.verbs.work'} <= sys.modules.keys()\n"
        "sys.exit(any(name.partition('.')[0] == 'django' for name in sys.modules))\n"
    )
    assert subprocess.run([sys.executable, "-c", text], check=False).returncode == 0


def _logged(message: str, *args: object, error: Exception | None = None) -> str:
    info = None
    if error is not None:
        try:
            raise error
        except Exception:  # noqa: BLE001
            info = sys.exc_info()
    record = logging.LogRecord("vkpp.test", logging.ERROR, __file__, 1, message, args, info)
    return Formatter().format(record)


def test_logs_hold_no_address_no_query_and_no_secret() -> None:
    text = _logged("GET /people/?q=Ada+Lovelace by %s", "ada@example.invalid")
    assert "Ada" not in text and "ada@" not in text and "GET /people/?[query] by [address]" in text
    for secret in ("password=hunter2", "Authorization: hunter2", "postgresql://u:hunter2@db/x", "sessionid=hunter2"):
        assert "hunter2" not in _logged(secret)


def test_an_error_is_told_by_kind_and_place_not_by_its_words() -> None:
    text = _logged("it failed", error=ValueError("Key (name)=(Ada Lovelace) already exists"))
    assert "Ada" not in text and "builtins.ValueError" in text and "test_settings.py" in text and "in _logged" in text
