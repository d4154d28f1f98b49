"""`vkpp accept` killed at several moments leaves the store as it was, or with the whole new version in it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.accepting.conftest import CSV_FORCE, rows_of, table_of, write_rows
from vkpp.engine.keeping import Store

# The command, with the checks left out (they come before the first write and take most of the time) and each write slowed.
SLOWED = """
import sys, time
from vkpp.engine.flow import checking
from vkpp.engine.keeping import writing
from vkpp.engine.shapes.findings import CheckResult, Findings
checking.validate = lambda *a, **k: CheckResult(Findings.of([]), (), (), "csae, unchecked")
sync = writing.sync
def slowly(path):
    print("writing", flush=True)
    time.sleep(0.05)
    sync(path)
writing.sync = slowly
from vkpp.ops.command_line import main
sys.exit(main(sys.argv[1:]))
"""


def started(files: list[Path], store: Path) -> subprocess.Popen[str]:
    where = ["--invented", "--collection", "csae", "--force", CSV_FORCE, "--period", "CY2024", "--store", str(store), "--yes"]
    command = [sys.executable, "-c", SLOWED, "accept", *map(str, files), *where, "--quiet"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def sound(store: Store) -> bool:
    return [fault for fault in store.verify() if "left by a killed process" not in fault] == []


@pytest.mark.slow
def test_killed_at_several_writes(sent: dict[str, list[Path]], tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    first = started(sent[CSV_FORCE], store.folder)
    writes = first.communicate()[0].count("writing")
    assert first.returncode == 0 and len(list(store.all())) == 1 and writes > 6
    rows = rows_of(table_of(sent[CSV_FORCE], "crimes"))
    rows[0]["Place (district)"] = "Elsewhere end"
    again = [path for path in sent[CSV_FORCE] if "crimes" not in path.stem] + [write_rows(tmp_path / "crimes.csv", rows)]
    seen = set()
    for moment in (1, writes // 3, 2 * writes // 3, writes - 1):
        before = [dict(one.receipt) for one in store.all()]
        process = started(again, store.folder)
        assert process.stdout is not None
        reached = 0
        while reached < moment and (line := process.stdout.readline()):
            reached += line.startswith("writing")
        time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        after = [dict(one.receipt) for one in store.all()]
        assert after == before or (after[:-1] == before and len(after) == len(before) + 1), moment
        assert sound(store), moment
        seen.add(len(after) - len(before))
    assert 0 in seen  # it was killed before the end at least once
    if len(list(store.all())) == 1:
        done = started(again, store.folder)
        done.communicate()
        assert done.returncode == 0
    assert len(store.versions("csae", "CY2024", CSV_FORCE)) == 2 and sound(store)
