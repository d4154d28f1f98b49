"""Clients and browsers that are signed in without the sign-in pages, and what is asked of every page."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

SIGNED_IN = "django.contrib.auth"


def _session_of(person: UUID) -> Any:
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from vkpp.records.people.queries import SignIn

    user = SignIn().get_user(person)
    assert user is not None
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return session


def client_for(person: UUID | None, **kwargs: Any) -> Any:
    """A test client signed in as the person, their second factor shown."""
    from django.conf import settings
    from django.test import Client

    client = Client(SERVER_NAME="localhost", **kwargs)
    if person is not None:
        client.cookies[settings.SESSION_COOKIE_NAME] = _session_of(person).session_key
    return client


def sign_in_by_cookie(person: UUID, base: str) -> dict[str, Any]:
    """The session cookie for a browser's context."""
    from django.conf import settings

    return {"name": settings.SESSION_COOKIE_NAME, "value": _session_of(person).session_key, "url": base}


def violations(tab: Any) -> list[Any]:
    """What axe finds on the page at level AA, with every fold open. Not for a tab without scripts: it would wait for ever.

    axe waits for timers, which do not run there, and what a browser evaluates has no time limit of its own.
    """
    from axe_core_python.sync_playwright import Axe

    tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = Axe().run(tab, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})["violations"]
    return [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found]


def sideways(tab: Any) -> int:
    """By how many pixels the page is wider than its window."""
    return int(tab.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
