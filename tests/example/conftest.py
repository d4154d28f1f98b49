"""One small invented nation for all tests here: scale 0.02, a year, clean; and the demonstration at the same scale."""

from pathlib import Path

import pytest

from vkpp.ops.example.generate import Generated, generate
from vkpp.ops.example.scenario import Scenario, write_scenario


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    return generate(1, 0.02, 11, tmp_path_factory.mktemp("small"), clean=True)


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    return generate(1, 0.02, 11, tmp_path_factory.mktemp("faulty"))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return write_scenario(tmp_path_factory.mktemp("demo"), scale=0.02)


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
