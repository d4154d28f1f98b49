"""The whole suite of records again, on PostgreSQL: the same tests, every one of them, on a server of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.records import cluster, database

HERE = Path(__file__)
ROOT = HERE.parents[2]


def _passed(text: str) -> int:
    found = re.search(r"(\d+) passed", text)
    return int(found[1]) if found else 0


def _collected(options: list[str]) -> int:
    command = [sys.executable, "-m", "pytest", "--collect-only", *options]
    text = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)(?:/\d+)? tests collected", text)
    assert found, text[-500:]
    return int(found[1])


@pytest.mark.slow
@pytest.mark.skipif(bool(database.SERVER), reason="this is the run on PostgreSQL")
def test_the_whole_suite_passes_on_postgresql(require: Callable[[bool, str], None]) -> None:
    where = cluster.programs()
    require(where is not None, "PostgreSQL is missing: apt-get install -y --no-install-recommends postgresql")
    assert where is not None
    options = ["tests/records", "-m", "slow or not slow", "-p", "no:cacheprovider", f"--ignore={HERE}"]
    with cluster.postgresql(where) as address:
        command = [sys.executable, "-m", "pytest", *options]
        environment = dict(os.environ) | {"VKPP_TEST_DATABASE": address}
        environment.pop("PYTEST_XDIST_WORKER", None)
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=580)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert _passed(done.stdout) == _collected(options) > 150
