"""The store of accepted returns: a folder a version, which is the truth; any index elsewhere can be rebuilt from it.

    STORE/returns/COLLECTION/PERIOD/FORCE/v0001/receipt.json, TABLE.parquet ...
    STORE/received/SHA256                  stripped copies of what was received, content-addressed
    STORE/quarantine/SHA256/               files with a name or an address in them: never staged
    STORE/destroyed/...                    what was destroyed, by whom and why: hashes only

Receipts of one return are chained: each names the hash of the receipt before it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vkpp.basics.problems import RefusedByRule, UsageProblem
from vkpp.engine.keeping import writing

RECEIPT, TOMBSTONE = "receipt.json", "destroyed.json"


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What is to be accepted. `tables` are finished Parquet files; `said` goes into the receipt as it is (JSON values).

    `stripped` are the copies to keep, by the hash of the bytes as received.
    """

    collection: str
    period: str
    force_id: str
    tables: Mapping[str, Path]
    records: Mapping[str, int]
    stripped: Mapping[str, bytes]
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """One accepted version: where it lies and what its receipt says."""

    folder: Path
    receipt: Mapping[str, Any]

    @property
    def version(self) -> int:
        return int(self.receipt["version"])

    @property
    def destroyed(self) -> bool:
        return (self.folder / TOMBSTONE).exists()

    def table(self, name: str) -> Path:
        """The Parquet file of one table; RefusedByRule where the version's records were destroyed."""
        if self.destroyed:
            raise RefusedByRule(
                f"The records of {self.receipt['receipt']} were destroyed; only their hashes are kept.",
                expected="a version whose records are lawfully held",
                next_step="rebuild from the edition's protected cells",
            )
        return self.folder / f"{name}.parquet"


class Store:
    """A store in one folder. Nothing in it changes but by accept() and destroy()."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def accept(self, new: NewVersion) -> Accepted:
        """Keep a new version; the version before it, if there is one, stays as it is.

        Killed at any moment, the store holds the old state or the new. Two acceptances at once: the second gets a
        FileExistsError and may try again on the new state.
        """
        earlier = self.versions(new.collection, new.period, new.force_id)
        number = earlier[-1].version + 1 if earlier else 1
        for sha256, content in new.stripped.items():
            writing.file_made_whole(self.folder / "received" / sha256, content)
        final = self._place(new.collection, new.period, new.force_id) / f"v{number:04d}"
        with writing.folder_made_whole(final) as incoming:
            for name, path in sorted(new.tables.items()):
                shutil.copyfile(path, incoming / f"{name}.parquet")
            receipt = self._receipt(new, number, earlier, incoming)
            (incoming / RECEIPT).write_bytes(writing.document(receipt))
        return Accepted(final, receipt)

    def _receipt(self, new: NewVersion, number: int, earlier: Sequence[Accepted], incoming: Path) -> dict[str, Any]:
        tables = {
            name: {"records": new.records[name], "sha256": writing.sha256_of(incoming / f"{name}.parquet")}
            for name in sorted(new.tables)
        }
        return {
            **new.said,
            "receipt": f"{new.collection}/{new.period}/{new.force_id}/v{number:04d}",
            "collection": new.collection,
            "period": new.period,
            "force_id": new.force_id,
            "version": number,
            "tables": tables,
            "kept_copies": {
                received: hashlib.sha256(content).hexdigest() for received, content in sorted(new.stripped.items())
            },
            "before": writing.sha256_of(earlier[-1].folder / RECEIPT) if earlier else None,
        }

    def versions(self, collection: str, period: str, force_id: str) -> list[Accepted]:
        """Every accepted version of one return, oldest first."""
        place = self._place(collection, period, force_id)
        folders = sorted(place.glob("v[0-9][0-9][0-9][0-9]")) if place.is_dir() else []
        return [Accepted(folder, json.loads((folder / RECEIPT).read_text(encoding="utf-8"))) for folder in folders]

    def current(self, collection: str, period: str) -> dict[str, Accepted]:
        """The newest version of each force for one period, by force_id."""
        place = self.folder / "returns" / collection / period
        found = {}
        for folder in sorted(place.iterdir()) if place.is_dir() else []:
            versions = self.versions(collection, period, folder.name)
            if versions:
                found[folder.name] = versions[-1]
        return found

    def all(self) -> Iterator[Accepted]:
        for receipt in sorted((self.folder / "returns").glob(f"*/*/*/v*/{RECEIPT}")):
            yield Accepted(receipt.parent, json.loads(receipt.read_text(encoding="utf-8")))

    def quarantine(self, received: Path, sha256: str, reasons: Sequence[str]) -> Path:
        """Set a file aside, never to be staged; its reasons stand beside it. Only the owner of the store may read it."""
        final = self.folder / "quarantine" / sha256
        if not final.exists():
            with writing.folder_made_whole(final) as incoming:
                shutil.copyfile(received, incoming / "file")
                (incoming / "file").chmod(0o600)
                (incoming / "reasons.json").write_bytes(writing.document({"sha256": sha256, "reasons": list(reasons)}))
        return final

    def destroy(self, accepted: Accepted, *, by: Sequence[str], reason: str, at: str) -> None:
        """Remove a version's records and kept copies; hashes, counts and who decided stay. Two people and a reason.

        The tombstone is written first, so that a kill leaves a version that says it is destroyed, and a second call finishes.
        """
        people = sorted({name.strip() for name in by if name.strip()})
        if len(people) != 2 or not reason.strip():
            raise UsageProblem(
                "Destroying records takes two people and a reason.",
                where=str(accepted.receipt["receipt"]),
                expected="two different names and a reason in words",
                next_step="give both names and the reason",
            )
        stone = {"receipt": accepted.receipt["receipt"], "by": people, "reason": reason.strip(), "at": at}
        writing.file_made_whole(accepted.folder / TOMBSTONE, writing.document(stone))
        for table in accepted.receipt["tables"]:
            (accepted.folder / f"{table}.parquet").unlink(missing_ok=True)
        others = {sha for other in self.all() if not other.destroyed for sha in other.receipt["kept_copies"]}
        for received in accepted.receipt["kept_copies"]:
            if received not in others:
                (self.folder / "received" / received).unlink(missing_ok=True)
        writing.sync(accepted.folder)

    def verify(self) -> list[str]:
        """What is wrong with the store, in sentences; an empty list says that every byte is as it was accepted."""
        faults = [
            f"{path.relative_to(self.folder)}: left by a killed process; it is no part of the store" for path in self._left()
        ]
        seen: dict[tuple[str, str, str], tuple[int, str | None]] = {}
        for accepted in self.all():
            faults += self._faults_of(accepted)
            receipt = accepted.receipt
            key = (receipt["collection"], receipt["period"], receipt["force_id"])
            number, before = seen.get(key, (0, None))
            if receipt["version"] != number + 1 or receipt["before"] != before:
                faults.append(f"{receipt['receipt']}: the chain of receipts is broken before it")
            seen[key] = (receipt["version"], writing.sha256_of(accepted.folder / RECEIPT))
        return faults

    def _left(self) -> list[Path]:
        return writing.leftovers(self.folder)

    def _faults_of(self, accepted: Accepted) -> list[str]:
        receipt = accepted.receipt
        name = str(receipt["receipt"])
        place = self._place(receipt["collection"], receipt["period"], receipt["force_id"])
        faults = (
            []
            if accepted.folder == place / f"v{receipt['version']:04d}"
            else [f"{name}: lies in {accepted.folder.name}, not in its place"]
        )
        for table, kept in receipt["tables"].items():
            path = accepted.folder / f"{table}.parquet"
            if accepted.destroyed:
                faults += [f"{name}: {table} was destroyed and is there again"] if path.exists() else []
            elif not path.exists():
                faults.append(f"{name}: {table}.parquet is gone")
            elif writing.sha256_of(path) != kept["sha256"]:
                faults.append(f"{name}: {table}.parquet is not what was accepted")
        for received, sha256 in receipt["kept_copies"].items():
            path = self.folder / "received" / received
            if not accepted.destroyed and (not path.exists() or writing.sha256_of(path) != sha256):
                faults.append(f"{name}: the kept copy of {received[:12]} is gone or changed")
        return faults

    def _place(self, collection: str, period: str, force_id: str) -> Path:
        for part in (collection, period, force_id):
            if not part or part.startswith(".") or "/" in part or "\\" in part:
                raise UsageProblem(f"{part!r} cannot be part of the store.", expected="a plain name", next_step="correct it")
        return self.folder / "returns" / collection / period / force_id
