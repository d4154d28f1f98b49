"""Writing that leaves the old state or the new, whatever moment the power fails: files synced, then one atomic rename."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

INCOMING = ".incoming-"


@contextmanager
def folder_made_whole(final: Path) -> Iterator[Path]:
    """A working folder beside `final` that becomes `final` in one rename; on any trouble it is removed.

    Raises FileExistsError where `final` is there already: nothing accepted is ever overwritten.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    incoming = final.parent / f"{INCOMING}{secrets.token_hex(8)}"
    incoming.mkdir(mode=0o700)
    try:
        yield incoming
        for path in sorted(incoming.rglob("*")):
            sync(path)
        sync(incoming)
        if final.exists():
            raise FileExistsError(f"{final.name} is there already")
        incoming.rename(final)
        sync(final.parent)
    except BaseException:
        shutil.rmtree(incoming, ignore_errors=True)
        raise


def file_made_whole(final: Path, content: bytes) -> None:
    """Write `content` to `final` whole or not at all; an equal file that is there already is left as it is."""
    if final.exists():
        return
    final.parent.mkdir(parents=True, exist_ok=True)
    incoming = final.parent / f"{INCOMING}{secrets.token_hex(8)}"
    try:
        incoming.write_bytes(content)
        sync(incoming)
        incoming.rename(final)
        sync(final.parent)
    except BaseException:
        incoming.unlink(missing_ok=True)
        raise


def sync(path: Path) -> None:
    """Ask the machine to put a file or a folder's entries on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def leftovers(root: Path) -> list[Path]:
    """Working folders and files that a killed process left; none of them is part of the store."""
    return sorted(path for path in under(root) if path.name.startswith(INCOMING))


def under(root: Path) -> Iterator[Path]:
    """Every folder and file under `root` while others write there: a folder that goes at that moment is left out, no fault."""
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            yield Path(folder, name)


def document(value: Mapping[str, Any]) -> bytes:
    """A JSON document that is the same bytes for the same value."""
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def sha256_of(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
