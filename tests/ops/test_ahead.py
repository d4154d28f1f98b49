"""Files that pages hand out: made ahead of their first asker, whole or not at all; older ones go; nobody waits for long."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vkpp.basics.problems import NotYet
from vkpp.ops import ahead, blank_returns, local_check, once

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def planted(folder: Path, name: str, days: float) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("old", encoding="ascii")
    os.utime(path, (NOW.timestamp() - days * 86_400,) * 2)
    return path


def test_what_no_page_hands_out_goes_after_a_week_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checks, blanks = tmp_path / local_check.FOLDER, tmp_path / blank_returns.FOLDER
    needed = [planted(checks, "csae-real-now.json.gz", 90), planted(blanks, "csae-real-now.xlsx", 90)]
    young, lock = planted(checks, "csae-real-then.js", 6), planted(blanks, once.LOCK, 90)
    old = [planted(checks, "csae-real-older.js", 8), planted(blanks, "csae-real-older.xlsx", 8)]
    monkeypatch.setattr(ahead, "make_ahead", lambda root, *, invented: None)
    monkeypatch.setattr(ahead, "files", lambda root, *, invented: needed)
    assert ahead.sweep(tmp_path, NOW, invented=False) == 2
    assert all(path.exists() for path in (*needed, young, lock)) and not any(path.exists() for path in old)


def test_whoever_asks_while_another_makes_it_waits_a_little_and_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once, "PATIENCE", 0.2)
    with (tmp_path / once.LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        began = time.monotonic()
        with pytest.raises(NotYet, match="ask for it again in half a minute"):
            once.made_once(tmp_path / "a", lambda: pytest.fail("two make it"))
        assert 0.2 <= time.monotonic() - began < 5
    assert once.made_once(tmp_path / "a", lambda: (tmp_path / "a").write_text("made")).read_text() == "made"


@pytest.mark.slow
def test_killed_in_the_middle_it_leaves_nothing_half_made_and_the_next_one_makes_the_rest(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vkpp.ops.ahead", str(tmp_path), "invented"]
    child = subprocess.Popen(command)
    try:
        for _ in range(1_200):
            if list((tmp_path / local_check.FOLDER).glob("*.json.gz")):
                break
            time.sleep(0.05)
        child.send_signal(signal.SIGKILL)
    finally:
        child.kill()
        child.wait()
    before = {path for folder in tmp_path.iterdir() for path in folder.glob("*") if not path.name.startswith(".")}
    assert before, "it was killed after its first file"
    files = ahead.files(tmp_path, invented=True)
    assert before < set(files) and len(files) == len(set(files))
    began = time.monotonic()
    assert blank_returns.workbook(tmp_path, "csae", invented=True) in files
    assert time.monotonic() - began < 2, "nobody waits for what was made ahead"
