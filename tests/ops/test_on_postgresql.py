"""The run on PostgreSQL leaves no test of a database out, is what it says it is, and says when it could not be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import on_postgresql
from tests.records import database

TESTS = Path(__file__).resolve().parents[1]


def test_every_test_that_stands_on_a_database_is_among_those_run_on_postgresql() -> None:
    marks = ("tests.records", "tests.web", "django")
    standing = {path for path in TESTS.rglob("test_*.py") if any(mark in path.read_text(encoding="utf-8") for mark in marks)}
    inside = {path for path in standing if str(path.relative_to(TESTS.parent)).startswith(on_postgresql.FOLDERS)}
    outside = {path.relative_to(TESTS).as_posix() for path in standing - inside}
    assert len(inside) > 20
    assert outside <= WITHOUT_A_DATABASE, outside - WITHOUT_A_DATABASE


WITHOUT_A_DATABASE: set[str] = set()  # they say the words and open no database


def test_the_run_on_postgresql_is_on_postgresql(records: None) -> None:
    from django.db import connection

    assert connection.vendor == ("postgresql" if database.SERVER else "sqlite")


def test_a_missing_postgresql_is_said_and_fails_where_everything_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    assert on_postgresql.run([], {}, None) == 0
    assert "apt-get install" in capsys.readouterr().err
    assert on_postgresql.run([], {"VKPP_REQUIRE_ALL": "1"}, None) == 1
