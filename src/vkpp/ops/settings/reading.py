"""What the environment says, value by value: each missing or wrong one is explained in a sentence and never echoed."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from vkpp.basics.problems import UsageProblem

# Each name, and what it is in words: the documentation prints this table.
NAMES: Mapping[str, str] = {
    "VKPP_ENVIRONMENT": "development (the default) or production; production assumes nothing",
    "VKPP_FOLDER": "the folder of everything the service keeps; var/service in development",
    "VKPP_SECRET_KEY_FILE": "a file with a secret of 50 characters or more that only the service may read",
    "VKPP_DATABASE": "postgresql://user@host:port/name; without it SQLite in VKPP_FOLDER",
    "VKPP_DATABASE_PASSWORD_FILE": "a file with the database password",
    "VKPP_HOSTS": "the names under which browsers reach the service, with commas between",
    "VKPP_BEHIND_PROXY": "yes when a proxy of ours ends TLS and sets X-Forwarded-Proto itself; else no",
    "VKPP_MAIL": "folder (mail is kept as files in VKPP_FOLDER) or smtp://host:port",
    "VKPP_MAIL_FROM": "the address that the service's mail comes from",
    "VKPP_TRAIL_HEADS": "a folder that the database's administrator cannot write: the trail's head goes there daily",
    "VKPP_DIRECTORIES": "a file, readable by the service only, of the directories (OpenID Connect) by which forces sign in",
    "VKPP_DEMO": "yes when this service holds invented records only and gives one-time sign-in links; never in production",
    "VKPP_LOG_LEVEL": "DEBUG, INFO (the default), WARNING or ERROR",
}
# Set by our own tools, not by the service.
_OF_OUR_TOOLS = frozenset({"VKPP_REQUIRE_ALL", "VKPP_CORES", "VKPP_PYTHON", "VKPP_TEST_DATABASE"})
_SHORTEST_KEY = 50
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class Directory:
    """A force's own directory: who signs in there is known here by their mail address, in the directory's domains only."""

    id: str
    name: str
    issuer: str
    client_id: str
    client_secret: str
    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Environment:
    """The environment, understood. `database` is Django's dictionary; `smtp` is (host, port) or None for the mail folder."""

    production: bool
    folder: Path
    secret_key: str
    database: Mapping[str, object]
    hosts: tuple[str, ...]
    behind_proxy: bool
    smtp: tuple[str, int] | None
    mail_from: str
    trail_heads: Path
    log_level: str
    demo: bool = False
    directories: tuple[Directory, ...] = ()


def read(environ: Mapping[str, str]) -> Environment:
    """Read every value. Raises UsageProblem, in words, at the first that is missing, wrong or unknown."""
    _refuse_unknown(environ)
    production = _one_of(environ, "VKPP_ENVIRONMENT", ("development", "production"), "development") == "production"
    folder = Path(_required_in(production, environ, "VKPP_FOLDER", "var/service")).resolve()
    return Environment(
        production=production,
        folder=folder,
        secret_key=_secret_key(environ, production, folder),
        database=_database(environ, folder),
        hosts=_hosts(environ, production),
        behind_proxy=_one_of(environ, "VKPP_BEHIND_PROXY", ("yes", "no"), "no") == "yes",
        smtp=_smtp(_required_in(production, environ, "VKPP_MAIL", "folder")),
        mail_from=_required_in(production, environ, "VKPP_MAIL_FROM", "vkpp@localhost"),
        trail_heads=Path(_required_in(production, environ, "VKPP_TRAIL_HEADS", str(folder / "trail-heads"))).resolve(),
        log_level=_one_of(environ, "VKPP_LOG_LEVEL", _LEVELS, "INFO"),
        demo=_demo(environ, production),
        directories=_directories(environ, production),
    )


def _wrong(name: str, saw: str, next_step: str = "") -> UsageProblem:
    return UsageProblem(
        saw,
        where=f"the environment variable {name}",
        expected=NAMES[name],
        next_step=next_step or f"set {name} and start again",
    )


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    for name in sorted(environ):
        if name.startswith("VKPP_") and name not in NAMES and name not in _OF_OUR_TOOLS:
            near = get_close_matches(name, NAMES, n=1)
            raise UsageProblem(
                f"{name} is not a setting of this service.",
                where="the environment",
                expected=f"{near[0]} perhaps" if near else "one of " + ", ".join(NAMES),
                next_step="rename it or take it away, so that nobody believes that it works",
            )


def _required_in(production: bool, environ: Mapping[str, str], name: str, otherwise: str) -> str:
    value = environ.get(name, "").strip()
    if not value and production:
        raise _wrong(name, f"{name} is not set, and production assumes nothing.")
    return value or otherwise


def _one_of(environ: Mapping[str, str], name: str, allowed: tuple[str, ...], otherwise: str) -> str:
    value = environ.get(name, "").strip() or otherwise
    if value not in allowed:
        raise _wrong(name, f"{name} is none of {', '.join(allowed)}.")
    return value


def _directories(environ: Mapping[str, str], production: bool) -> tuple[Directory, ...]:
    name = "VKPP_DIRECTORIES"
    given = environ.get(name, "").strip()
    if not given:
        return ()
    try:
        rows = json.loads(_read_secret(name, Path(given), 2))
        found = tuple(Directory(**{**row, "domains": tuple(d.lower() for d in row["domains"])}) for row in rows)
    except (ValueError, TypeError, KeyError) as problem:
        raise _wrong(
            name,
            f"The file that {name} names is no list of directories.",
            "write JSON: a list of id, name, issuer, client_id, client_secret and domains, each as in docs/settings.md",
        ) from problem
    if production and any(not one.issuer.startswith("https://") for one in found):
        raise _wrong(name, f"The file that {name} names holds an issuer that is not reached by https.")
    taken = [domain for one in found for domain in one.domains]
    if len(set(taken)) != len(taken) or not all(one.domains for one in found):
        raise _wrong(name, f"In the file that {name} names, a directory has no domain, or a domain belongs to two of them.")
    return found


def _demo(environ: Mapping[str, str], production: bool) -> bool:
    demo = _one_of(environ, "VKPP_DEMO", ("yes", "no"), "no") == "yes"
    if demo and production:
        raise _wrong("VKPP_DEMO", "VKPP_DEMO is yes, and production gives no sign-in links.", "take VKPP_DEMO away")
    return demo


def _hosts(environ: Mapping[str, str], production: bool) -> tuple[str, ...]:
    names = _required_in(production, environ, "VKPP_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
    hosts = tuple(name.strip() for name in names if name.strip())
    if not hosts or any("*" in host or "/" in host for host in hosts):
        raise _wrong("VKPP_HOSTS", "VKPP_HOSTS holds a pattern or an address where bare host names belong.")
    return hosts


def _secret_key(environ: Mapping[str, str], production: bool, folder: Path) -> str:
    name = "VKPP_SECRET_KEY_FILE"
    given = environ.get(name, "").strip()
    if not given and production:
        raise _wrong(name, f"{name} is not set, and a production service has no key of its own making.")
    path = Path(given) if given else folder / "development.key"
    if not given and not path.exists():
        _make_key(path)
    return _read_secret(name, path, _SHORTEST_KEY)


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    aside.touch(mode=0o600)
    aside.write_text(secrets.token_urlsafe(64), encoding="ascii")
    try:
        os.link(aside, path)  # whoever comes second keeps the first's key
    except FileExistsError:
        pass
    finally:
        aside.unlink()


def _read_secret(name: str, path: Path, shortest: int) -> str:
    try:
        mode, secret = path.stat().st_mode, path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise _wrong(name, f"The file that {name} names cannot be read.") from problem
    if mode & 0o077:
        raise _wrong(name, f"The file that {name} names can be read by other accounts.", "run chmod 600 on that file")
    if len(secret) < shortest:
        raise _wrong(name, f"The secret in the file that {name} names is shorter than {shortest} characters.")
    return secret


def _database(environ: Mapping[str, str], folder: Path) -> Mapping[str, object]:
    url = environ.get("VKPP_DATABASE", "").strip()
    return _postgresql(environ, url) if url else _sqlite(folder / "records.sqlite3")


def _sqlite(path: Path) -> Mapping[str, object]:
    """The measured settings: without IMMEDIATE, WAL and the time-out, most of 430 concurrent uploads failed."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def _postgresql(environ: Mapping[str, str], url: str) -> Mapping[str, object]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as problem:
        raise _wrong("VKPP_DATABASE", "VKPP_DATABASE is not an address that we can take apart.") from problem
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme != "postgresql" or not name:
        raise _wrong("VKPP_DATABASE", "VKPP_DATABASE does not begin with postgresql:// or names no database.")
    words = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    if unknown := set(words) - {"host", "sslmode"}:
        raise _wrong("VKPP_DATABASE", f"VKPP_DATABASE carries the option {min(unknown)}, and we know only host and sslmode.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or "") or _password(environ),
        "HOST": parts.hostname or words.get("host", ""),
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 10} | ({"sslmode": words["sslmode"]} if "sslmode" in words else {}),
    }


def _password(environ: Mapping[str, str]) -> str:
    name = "VKPP_DATABASE_PASSWORD_FILE"
    given = environ.get(name, "").strip()
    return _read_secret(name, Path(given), 1) if given else ""


def _smtp(text: str) -> tuple[str, int] | None:
    if text == "folder":
        return None
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port or 587
    except ValueError as problem:
        raise _wrong("VKPP_MAIL", "VKPP_MAIL is not an address that we can take apart.") from problem
    if parts.scheme != "smtp" or not host:
        raise _wrong("VKPP_MAIL", "VKPP_MAIL is neither the word folder nor an address that begins with smtp://.")
    return host, port
