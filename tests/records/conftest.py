"""Fixtures for records: `records` rolls back after each test, `committed` is a database of the test's own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.records import database

database.configure()


@pytest.fixture(scope="session")
def migrated() -> Iterator[None]:
    database.make()
    yield
    database.drop()


@pytest.fixture
def records(migrated: None) -> Iterator[None]:
    """The migrated database, empty; what the test writes is rolled back."""
    from django.db import connection, transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    connection.close()


@pytest.fixture
def committed(migrated: None, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """A database of the test's own, for threads, processes and kills. Gives the environment for other processes."""
    name = f"vkpp_{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**8}"
    with database.copy(name) as environment:
        yield environment
