"""Every test of what is remembered, its pages and its running, on PostgreSQL: `./run test postgresql [pytest's arguments]`.

The tests are the same; this starts a server of its own, names it in VKPP_TEST_DATABASE, and takes it down afterwards.
Where PostgreSQL is missing that is said; where everything is required (VKPP_REQUIRE_ALL=1, as in CI) it is a failure.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.records import cluster

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("tests/records", "tests/ops", "tests/web")
MISSING = "PostgreSQL is missing: nothing was tested on it. To bring it: apt-get install -y --no-install-recommends postgresql"


def run(arguments: Sequence[str], environ: Mapping[str, str], programs: Path | None) -> int:
    """The exit code of pytest; 0 without PostgreSQL, or 1 where everything is required."""
    if programs is None:
        sys.stderr.write(MISSING + "\n")
        return int(environ.get("VKPP_REQUIRE_ALL") == "1")
    chosen = [] if any(one.startswith("tests/") for one in arguments) else list(FOLDERS)
    with cluster.postgresql(programs) as address:
        command = [sys.executable, "-m", "pytest", *chosen, "-m", "slow or not slow", *arguments]
        return subprocess.run(command, cwd=ROOT, env={**environ, "VKPP_TEST_DATABASE": address}, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1:], os.environ, cluster.programs()))
