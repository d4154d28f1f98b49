"""A copy of the seed that a test may edit, as a reviewer would edit the files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from vkpp.catalogue.load import SEED, Catalogue, load_catalogue


@pytest.fixture(scope="session")
def shipped() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SEED, tmp_path / "data", ignore=shutil.ignore_patterns("recorded_crime")))


@pytest.fixture
def edit(seed: Path) -> Callable[[str, str, str], None]:
    """edit(file, old, new): one change of text, which must be there exactly once."""

    def change(name: str, old: str, new: str) -> None:
        text = (seed / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name} holds {old!r} {text.count(old)} times"
        (seed / name).write_text(text.replace(old, new), encoding="utf-8")

    return change
