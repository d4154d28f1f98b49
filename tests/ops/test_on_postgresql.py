"""Backups, restores and faults again, on PostgreSQL: the same tests, on a server of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.records import cluster, database

HERE = Path(__file__)


@pytest.mark.slow
@pytest.mark.skipif(bool(database.SERVER), reason="this is the run on PostgreSQL")
def test_the_service_is_backed_up_and_survives_faults_on_postgresql(require: Callable[[bool, str], None]) -> None:
    where = cluster.programs()
    require(where is not None, "PostgreSQL is missing: apt-get install -y --no-install-recommends postgresql")
    assert where is not None
    options = ["tests/ops", "-m", "slow or not slow", "-p", "no:cacheprovider", f"--ignore={HERE}"]
    with cluster.postgresql(where) as address:
        environment = dict(os.environ) | {"VKPP_TEST_DATABASE": address}
        environment.pop("PYTEST_XDIST_WORKER", None)
        command = [sys.executable, "-m", "pytest", *options]
        done = subprocess.run(
            command, cwd=HERE.parents[2], env=environment, capture_output=True, text=True, check=False, timeout=900
        )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
