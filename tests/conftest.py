"""What every test stands on: no network, and what could not run is said, or fails where everything is required."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def _required() -> bool:
    return os.environ.get("VKPP_REQUIRE_ALL") == "1"


def could_not_run(why: str) -> None:
    """Skip with a word; where everything is required (CI), fail."""
    if _required():
        pytest.fail(f"could not run, and here everything must: {why}")
    pytest.skip(why)


@pytest.fixture(scope="session")
def require() -> Callable[[bool, str], None]:
    """require(condition, why): goes on where the condition holds."""

    def check(condition: bool, why: str) -> None:
        if not condition:
            could_not_run(why)

    return check


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's Chromium."""
    if CHROMIUM is None:
        could_not_run("Chromium is missing: apt-get install -y chromium")
    return str(CHROMIUM)


@pytest.fixture(scope="session")
def pango() -> None:
    """Goes on where WeasyPrint finds Pango."""
    try:
        import weasyprint  # noqa: F401
    except OSError as problem:
        could_not_run(f"Pango is missing: apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 ({problem})")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of material that may not ship. Tests on it are skipped with a word where it is absent, in CI too."""
    if not SHARED.is_dir():
        pytest.skip("the material that may not ship is not beside this checkout")
    return SHARED
