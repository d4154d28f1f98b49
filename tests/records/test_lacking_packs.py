"""Packs made again after a restore: a table that cannot be read costs its own force its pack, and no other."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests import small_returns as small
from tests.records.nation import AT
from vkpp.ops import jobs, packs
from vkpp.records.collections.rules import places
from vkpp.records.collections.rules.outcomes import PackJob


def _job(version: UUID, force: str) -> PackJob:
    receipt, day = f"csae/CY2024Q1/{force}/v0001", date(2024, 6, 3)
    return PackJob(
        *(version, 1, False, "csae", "Title", "CY2024Q1", force, force.title(), receipt),
        *(day, day, False, 0, 174, 174, (), (), ()),
    )


@pytest.mark.parametrize("table", ["victims", "crimes"])  # the second is read for every force's place among the others, too
def test_a_table_that_cannot_be_read_takes_no_other_force_s_pack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    forces = {uuid4(): force for force in small.OTHERS[:2]}
    for n, force in enumerate(forces.values()):
        kept = small.accept(places.store(tmp_path), tmp_path / "w", force, "CY2024Q1", crimes=[small.crime(f"A{n}")])
        if not n:
            kept.table(table).chmod(0o600)
            kept.table(table).write_bytes(b"PAR1 and nothing that is a table")
    monkeypatch.setattr(jobs, "packs_lacking", lambda: tuple(forces))
    task = {key: packs.PackTask(tmp_path, True, _job(key, force), "2024-06-04") for key, force in forces.items()}
    monkeypatch.setattr(jobs, "pack_task", lambda key, at: task[key])
    monkeypatch.setattr(packs.pack_files, "files", lambda pack: {})  # their looks are another test's
    spoilt = next(iter(forces.values()))
    assert jobs.rebuild_packs(AT) == (1, [f"csae/CY2024Q1/{spoilt}/v0001"])
