"""The processes of their own in which a force's files are read: no database in them, limits, and they give way to pages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ops import child
from tests.records.test_collections_work import accepted_up_to_the_job, begun, do, send
from vkpp.ops import returns
from vkpp.ops.apart import MEMORY, NICE, Ended, Limits, apart
from vkpp.records.collections import commands
from vkpp.records.collections.rules import places, register


def test_what_reads_a_force_s_files_brings_no_database_along() -> None:
    """A child that imported Django would stop at its first line: nothing is set up there."""
    code = "import sys, vkpp.ops.returns, vkpp.ops.packs; print(sorted(m for m in sys.modules if m.startswith('django')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr[-1500:]


def test_a_check_gives_way_to_pages_and_has_its_limits() -> None:
    assert apart(child.limits, None, Limits(returns.SECONDS)) == (os.nice(0) + NICE, MEMORY, returns.SECONDS)


def test_why_nothing_came_back_is_told_and_a_fault_of_ours_without_its_words() -> None:
    assert apart(child.greedy, None, Limits(60)) is Ended.TOO_LARGE
    assert apart(child.busy, 60.0, Limits(0.2)) is Ended.LATE
    assert apart(child.busy_in_threads, None, Limits(3)) is Ended.LATE
    with pytest.raises(RuntimeError, match=r"^builtins\.ValueError$"):
        apart(child.wrong, "AS240001, a name", Limits(60))


@pytest.mark.slow
def test_the_pack_is_made_within_its_limits_after_an_acceptance(service: dict[str, str], files: list[Path]) -> None:
    scene, key = begun(files)
    version = send(scene, key, files)
    do(commands.CHECK)
    accepted_up_to_the_job(scene, key)
    do(commands.ACCEPT)
    do(commands.PACK)
    for kind in ("json", "html", "pdf", "csv"):
        assert places.pack(register.root(), version, kind).stat().st_size > 100
