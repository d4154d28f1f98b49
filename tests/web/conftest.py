"""Fixtures for pages: a nation to sign in from, clients, and a running server with a browser."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest

from tests.records import database

database.configure()

from tests.records.conftest import committed, migrated, records  # noqa: E402, F401  the same databases
from tests.records.nation import Nation, found_nation  # noqa: E402
from tests.web.clients import client_for, sign_in_by_cookie  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def collected() -> None:
    """Style sheets and scripts with their hashes, as the service serves them."""
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(autouse=True)
def no_attempts() -> Iterator[None]:
    """Sign-in attempts are counted in a cache: none are left over from another test."""
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def nation(records: None) -> Nation:  # noqa: F811
    return found_nation()


@pytest.fixture
def client_of(records: None) -> Callable[[UUID | None], Any]:  # noqa: F811
    """client_of(person): a client signed in as them, second factor shown; client_of(None) is signed out."""
    return client_for


@pytest.fixture
def served(committed: dict[str, str]) -> Iterator[str]:  # noqa: F811
    """The service at an address, over a database in which everything is really committed."""
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing on the screen of the tests."""

    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet, allow_reuse_address=False)
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """One Chromium for a module. Its loop runs in this thread, in which the tests use the database too: said to Django."""
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def tab_of(browser: Any, served: str) -> Iterator[Callable[..., Any]]:
    """tab_of(person, width=1280, scripts=True): a tab signed in as them; `tab.base` is the service's address."""
    opened: list[Any] = []

    def make(person: UUID | None, width: int = 1280, scripts: bool = True) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=scripts, base_url=served, locale="en-GB"
        )
        if person is not None:
            context.add_cookies([sign_in_by_cookie(person, served)])
        opened.append(context)
        return context.new_page()

    yield make
    for context in opened:
        context.close()
