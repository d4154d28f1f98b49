"""Where files of a return lie, derived from ids; what arrived is kept whole before any row says that it did."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from vkpp.basics.problems import RefusedByRule, UsageProblem
from vkpp.engine.keeping.writing import folder_made_whole, sha256_of
from vkpp.records.collections.rules.words import file_name

MOST_FILES, MOST_BYTES = 20, 200 * 1024 * 1024


def fingerprint(hashes: Iterable[str]) -> str:
    """One hash over those of files, in their order."""
    return hashlib.sha256("".join(hashes).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class SentFile:
    """One file as it arrived: its name made safe, bytes and SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Upload:
    """Files that arrived together and are kept, before any row names them. Its id becomes the version's id."""

    id: UUID
    files: tuple[SentFile, ...]

    @property
    def sha256(self) -> str:
        return fingerprint(one.sha256 for one in self.files)

    @property
    def size(self) -> int:
        return sum(one.size for one in self.files)


STORE, COMPARTMENTS = "store", "compartments"


def store(root: Path, compartment: UUID | None = None) -> Path:
    """The store of accepted versions, which is the truth: that of public rounds, or a compartment's own."""
    return root / STORE if compartment is None else root / COMPARTMENTS / str(compartment)


def stores(root: Path) -> tuple[tuple[UUID | None, Path], ...]:
    """Every store of a service, by compartment: the public one first, whether it is there yet or not."""
    apart = sorted(path for path in (root / COMPARTMENTS).glob("*") if path.is_dir() and _is_id(path.name))
    return ((None, store(root)), *((UUID(path.name), path) for path in apart))


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def called(receipt: str, compartment: UUID | None) -> str:
    """What a version is called for who runs the service: receipts of two stores may have the same name."""
    return receipt if compartment is None else f"{receipt} (compartment {compartment})"


def sent(root: Path, version: UUID) -> Path:
    """The files of one version as they arrived; they go once the version is accepted, or after the purge."""
    return root / "sent" / str(version)


def findings(root: Path, version: UUID) -> Path:
    """Every finding on one version, a Parquet file in engine.shapes.findings.FINDINGS_SCHEMA."""
    return root / "findings" / f"{version}.parquet"


def report(root: Path, version: UUID, kind: str) -> Path:
    """The same findings as a report to download: "xlsx" or "jsonl", written when the version is checked."""
    return root / "findings" / f"{version}.{kind}"


def cells(root: Path, version: UUID) -> Path:
    """Where cells of a version can be mended on screen, written when it is checked; see rules.fixing."""
    return root / "findings" / f"{version}.cells.json"


PACKS = "packs"


def pack(root: Path, version: UUID, kind: str) -> Path:
    """The pack that its force gets of an accepted version: "json", and the files made of it: "html", "pdf", "csv"."""
    return root / PACKS / f"{version}.{kind}"


def keep(root: Path, files: Sequence[tuple[str, Path]]) -> Upload:
    """Keep what arrived, whole or not at all: (name as given, where it lies now). Call it before commands.receive.

    Raises UsageProblem without a file or with too many, RefusedByRule above 200 MB or for an empty file.
    """
    if not 1 <= len(files) <= MOST_FILES:
        raise UsageProblem(f"{len(files)} files were given.", expected=f"1 to {MOST_FILES} files", next_step="choose the files")
    size = sum(path.stat().st_size for _, path in files)
    if size > MOST_BYTES:
        raise RefusedByRule(
            f"The files have {size:,} bytes.", expected=f"{MOST_BYTES:,} at most", next_step="send CSV in a zip"
        )
    for name, path in files:
        if not path.stat().st_size:
            raise RefusedByRule(f"The file {file_name(name)} is empty.", next_step="choose another file, or declare nil")
    upload = uuid4()
    with folder_made_whole(sent(root, upload)) as incoming:
        kept = [_kept(incoming, number, name, path) for number, (name, path) in enumerate(files)]
    return Upload(upload, tuple(kept))


def _kept(incoming: Path, number: int, name: str, path: Path) -> SentFile:
    plain = file_name(name)
    target = incoming / plain if not (incoming / plain).exists() else incoming / f"{number}-{plain}"
    shutil.copyfile(path, target)
    target.chmod(0o600)
    return SentFile(target.name, target.stat().st_size, sha256_of(target))
