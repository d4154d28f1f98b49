"""Fixtures for running the service: the databases of tests/records, and a service of invented returns in its own folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.records import database

database.configure()

from tests.records.conftest import committed, migrated, records  # noqa: E402, F401  the same databases
from tests.records.test_collections_work import files  # noqa: E402, F401  one force's clean return

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def service(
    committed: dict[str, str],  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[dict[str, str]]:
    """A service of invented returns; the tests and other processes work on the same folder and database."""
    from django.conf import settings

    key = tmp_path / "secret.key"
    key.write_text("k" * 60, encoding="ascii")
    key.chmod(0o600)
    folder = Path(committed["VKPP_FOLDER"])
    folder.mkdir(exist_ok=True)
    monkeypatch.setattr(settings, "FOLDER", folder)
    monkeypatch.setattr(settings, "INVENTED", True)
    heads = tmp_path / "heads"
    monkeypatch.setattr(settings, "TRAIL_HEADS", heads)
    yield committed | {"VKPP_DEMO": "yes", "VKPP_SECRET_KEY_FILE": str(key), "VKPP_TRAIL_HEADS": str(heads)}


@pytest.fixture
def vkpp() -> Run:
    """vkpp(environment, verb, ...): exit code and what was said."""

    def run(environment: dict[str, str], *words: str) -> tuple[int, str]:
        program = str(Path(sys.executable).parent / "vkpp")
        env = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ} | environment
        done = subprocess.run([program, *words], env=env, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
def elsewhere(service: dict[str, str], tmp_path: Path) -> Iterator[dict[str, str]]:
    """An empty place for the same service: another folder, another database."""
    from django.db import connections

    connections.close_all()
    folder = tmp_path / "elsewhere"
    environment = service | {"VKPP_FOLDER": str(folder)}
    if not database.SERVER:
        yield environment
        return
    name = f"vkpp_{os.getpid()}_elsewhere"
    database._server(f"CREATE DATABASE {name}")
    try:
        yield environment | {"VKPP_DATABASE": database.address_of(name)}
    finally:
        connections.close_all()
        database._server(f"DROP DATABASE {name} WITH (FORCE)")
