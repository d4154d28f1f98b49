"""The real edition, made once for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from vkpp.ops import editions
from vkpp.ops.command_line import main


@pytest.fixture(scope="session")
def home_office_table() -> Path:
    """The shipped Home Office table."""
    (table,) = editions.shipped_inputs()
    return table


@pytest.fixture(scope="session")
def edition(tmp_path_factory: pytest.TempPathFactory, home_office_table: Path) -> Iterator[Path]:
    """The national edition of 2017/18, made by the command as a person would; without the PDF, which other tests make."""
    out = tmp_path_factory.mktemp("edition") / "recorded-crime-2017-18"
    arguments = ["analyse", "--collection", "recorded-crime", "--from", str(home_office_table), "--period", "FY2017-18"]
    assert main([*arguments, "--out", str(out), "--no-pdf", "--quiet"]) == 0
    yield out
