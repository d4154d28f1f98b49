"""Staged tables on disk: zstd Parquet under a name that nobody sees until the file is whole."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from vkpp.basics.problems import Problem

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FULL_WORDS = ("no space left", "disk quota", "file too large")


def write_parquet(frames: Callable[[], Iterator[pl.DataFrame]], schema: dict[str, pl.DataType], parquet: Path) -> None:
    """Streams frames into one Parquet file; whatever the frames raise comes out as it was raised, and no file stays."""
    raised: list[Exception] = []

    def source(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        try:
            yield from frames()
        except Exception as problem:  # noqa: BLE001 - raised below; polars would wrap it and write on while we clear away
            raised.append(problem)

    with whole_file(parquet) as partial:
        _sink(register_io_source(source, schema=schema), partial)
        if raised:
            raise raised[0]


def sink_parquet(frame: pl.LazyFrame, parquet: Path) -> None:
    """Streams a lazy frame into one Parquet file, whole or not at all."""
    with whole_file(parquet) as partial:
        _sink(frame, partial)


def _sink(frame: pl.LazyFrame, partial: Path) -> None:
    """The first level packs as small as the default here and costs less; nobody asks a text column's statistics."""
    frame.sink_parquet(partial, compression="zstd", compression_level=1, statistics=False, mkdir=False)


@contextmanager
def whole_file(final: Path) -> Iterator[Path]:
    """A temporary path beside `final` that becomes it when the block ends well, and vanishes when it does not."""
    partial = final.with_name(f".{final.name}.{uuid.uuid4().hex}.partial")
    try:
        with full_disk_in_words(final.parent):
            yield partial
            _flush(partial)
            partial.replace(final)
    finally:
        partial.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def full_disk_in_words(folder: Path) -> Iterator[None]:
    """Turns the many ways in which libraries say "disk full" into one Problem."""
    try:
        yield
    except Exception as problem:
        full = getattr(problem, "errno", None) in FULL or any(words in str(problem).lower() for words in FULL_WORDS)
        if isinstance(problem, Problem) or not full:
            raise
        raise Problem(
            "The disk is full: the staged table could not be written, and nothing of it was kept.",
            where=f"folder {folder.name!r}",
            expected="about as much free space as the received file takes",
            next_step="free some space or choose another folder for the work files, then try again",
        ) from problem
