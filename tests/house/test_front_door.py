"""The front door: the locks hold no address, the registers are true, and nothing names this machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tools import check_docs

ROOT = Path(__file__).resolve().parents[2]


def _tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_locks_hold_hashes_and_no_addresses() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text and "--index" not in text and "file:" not in text, lock.name
        packages = re.findall(r"^[a-z0-9][\w.-]*(?:\[[\w,]+\])?==", text, re.M)
        assert packages, lock.name
        assert text.count("--hash=sha256:") >= len(packages), lock.name


def test_no_tracked_file_names_a_registry_or_this_machine() -> None:
    hosts = "|".join(("py" + r"pi\.org", "files.python" + "hosted", "registry.np" + "mjs", r"deb\.deb" + r"ian\.org"))
    pattern = re.compile(rf"({hosts})|(^|[^A-Za-z0-9_.])/(wo" + "rk|fa" + r"rm)/|/ro" + "ot/", re.M)
    found = []
    for path in _tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if path.suffix != ".svg" and pattern.search(text):
            found.append(str(path.relative_to(ROOT)))
    assert found == []


def test_docs_are_true() -> None:
    checks = (
        check_docs.commands,
        check_docs.dependencies,
        check_docs.decisions,
        check_docs.links,
        check_docs.glossary,
        check_docs.rooms,
        check_docs.licence,
    )
    assert [fault for check in checks for fault in check()] == []
