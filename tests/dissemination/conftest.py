"""One edition, written once for all the tests that only read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dissemination.sample import edition
from vkpp.engine.dissemination import write_edition


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example edition without its PDF."""
    return write_edition(edition(), tmp_path_factory.mktemp("editions") / "example", pdf=False).folder
