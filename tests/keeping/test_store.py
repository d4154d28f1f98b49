"""The store: the old state or the new whatever moment it is killed, receipts chained, destruction that keeps hashes."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vkpp.basics.problems import RefusedByRule, UsageProblem
from vkpp.engine.keeping import NewVersion, Store, writing

CONTENT = {"crimes": b"crimes, as Parquet would be", "victims": b"victims, as Parquet would be"}


def a_version(folder: Path, mark: str = "one") -> NewVersion:
    folder.mkdir(parents=True, exist_ok=True)
    tables = {}
    for name, content in CONTENT.items():
        tables[name] = folder / f"{mark}-{name}.parquet"
        tables[name].write_bytes(content + mark.encode())
    received = f"received {mark}".encode()
    return NewVersion(
        collection="csae",
        period="FY2024-25Q3",
        force_id="northmarch",
        tables=tables,
        records={"crimes": 3, "victims": 4},
        stripped={hashlib.sha256(received).hexdigest(): b"stripped " + mark.encode()},
        said={"accepted_at": "2026-01-02T03:04:05Z", "by": ["a certifier"]},
    )


def state(store: Store) -> list[dict[str, Any]]:
    return [dict(accepted.receipt) for accepted in store.all()]


def test_an_accepted_version_is_kept_with_its_receipt(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    accepted = store.accept(a_version(tmp_path / "in"))
    assert accepted.receipt["tables"]["crimes"]["sha256"] == hashlib.sha256(CONTENT["crimes"] + b"one").hexdigest()
    assert accepted.receipt["by"] == ["a certifier"]
    assert store.verify() == []
    assert store.current("csae", "FY2024-25Q3")["northmarch"].receipt == accepted.receipt


def test_a_resubmission_is_a_new_version_and_the_old_one_stays(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    first = store.accept(a_version(tmp_path / "in"))
    before = first.table("crimes").read_bytes()
    second = store.accept(a_version(tmp_path / "in", "two"))
    assert (second.version, second.receipt["before"]) == (2, writing.sha256_of(first.folder / "receipt.json"))
    assert first.table("crimes").read_bytes() == before
    assert store.verify() == []


class Killed(BaseException):
    """A power failure at one write."""


def killing_at(number: int, patch: pytest.MonkeyPatch) -> list[int]:
    """Make the machine fail at its `number`th write, rename or sync; the list counts them."""
    count = [0]

    def guarded(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            count[0] += 1
            if count[0] == number:
                raise Killed
            return original(*args, **kwargs)

        return call

    patch.setattr(writing, "sync", guarded(writing.sync))
    patch.setattr(Path, "rename", guarded(Path.rename))
    patch.setattr(Path, "write_bytes", guarded(Path.write_bytes))
    patch.setattr(Path, "mkdir", guarded(Path.mkdir))
    patch.setattr("shutil.copyfile", guarded(__import__("shutil").copyfile))
    # A killed process tidies nothing up.
    patch.setattr("shutil.rmtree", lambda *a, **k: None)
    patch.setattr(Path, "unlink", lambda *a, **k: None)
    return count


def test_killed_at_any_write_the_store_holds_the_old_state_or_the_new(tmp_path: Path) -> None:
    reached_the_end = False
    for number in range(1, 80):
        store = Store(tmp_path / f"store-{number}")
        store.accept(a_version(tmp_path / "in"))
        old, new = state(store), a_version(tmp_path / "in", "two")
        with pytest.MonkeyPatch.context() as patch:
            killing_at(number, patch)
            try:
                store.accept(new)
                reached_the_end = True
            except Killed:
                pass
        now = state(store)
        assert now == old or (len(now) == 2 and now[0] == old[0]), number
        assert [f for f in store.verify() if "left by a killed process" not in f] == [], number
        again = store.accept(new) if len(now) == 1 else None  # and the work can simply be done again
        assert again is None or again.version == 2
        if reached_the_end:
            break
    assert reached_the_end
    assert number > 8  # there were writes to be killed at


def _accept_forever(store: str, folder: str) -> None:
    for turn in range(10_000):
        Store(Path(store)).accept(a_version(Path(folder), str(turn)))


@pytest.mark.slow
def test_a_real_kill_leaves_a_store_that_verifies(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    for turn in range(15):
        process = multiprocessing.get_context("spawn").Process(
            target=_accept_forever, args=(str(store.folder), str(tmp_path / f"in-{turn}"))
        )
        process.start()
        time.sleep(0.6 + turn * 0.013)
        process.kill()
        process.join()
        assert [f for f in store.verify() if "left by a killed process" not in f] == []
    assert len(state(store)) > 0


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    accepted = store.accept(a_version(tmp_path / "in"))
    table = accepted.folder / "crimes.parquet"
    table.write_bytes(table.read_bytes()[:-1] + b"!")
    assert any("crimes.parquet is not what was accepted" in fault for fault in store.verify())


def test_a_lost_version_and_a_changed_receipt_break_the_chain(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    first = store.accept(a_version(tmp_path / "in"))
    store.accept(a_version(tmp_path / "in", "two"))
    receipt = first.folder / "receipt.json"
    receipt.write_text(json.dumps({**first.receipt, "by": ["somebody else"]}), encoding="utf-8")
    assert any("chain" in fault for fault in store.verify())


def test_destroying_takes_two_people_and_a_reason_and_keeps_hashes(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    accepted = store.accept(a_version(tmp_path / "in"))
    for by, reason in ((["a"], "why"), (["a", "a "], "why"), (["a", "b"], " ")):
        with pytest.raises(UsageProblem):
            store.destroy(accepted, by=by, reason=reason, at="2026-02-03")
    store.destroy(accepted, by=["a", "b"], reason="retention ended", at="2026-02-03")
    assert not list(accepted.folder.glob("*.parquet"))
    assert not list((store.folder / "received").iterdir())
    assert store.verify() == []
    assert accepted.receipt["tables"]["crimes"]["sha256"] in (accepted.folder / "receipt.json").read_text(encoding="utf-8")
    with pytest.raises(RefusedByRule):
        accepted.table("crimes")
    held = b"".join(path.read_bytes() for path in store.folder.rglob("*") if path.is_file())
    assert b"as Parquet would be" not in held and b"stripped one" not in held  # planted, and gone


def test_quarantine_keeps_the_file_from_others_and_out_of_the_returns(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    file = tmp_path / "names.csv"
    file.write_text("name\nA Person\n", encoding="utf-8")
    place = store.quarantine(file, "ab" * 32, ["column name holds names"])
    assert json.loads((place / "reasons.json").read_text(encoding="utf-8"))["reasons"] == ["column name holds names"]
    assert (place / "file").stat().st_mode & 0o077 == 0
    assert state(store) == []


@pytest.mark.parametrize("part", ["../elsewhere", "", ".hidden", "a\\b"])
def test_a_name_cannot_leave_the_store(part: str, tmp_path: Path) -> None:
    with pytest.raises(UsageProblem):
        Store(tmp_path / "store").versions("csae", "FY2024-25Q3", part)


def test_a_full_disk_leaves_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "store")
    store.accept(a_version(tmp_path / "in"))
    old, new = state(store), a_version(tmp_path / "in", "two")

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(OSError, match="No space"):
        store.accept(new)
    assert state(store) == old
    assert store.verify() == []
