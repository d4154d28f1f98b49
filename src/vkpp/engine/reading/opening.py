"""Opens workbooks: modern ones here, old XLS in a process of its own, because a damaged one can bring its reader down."""

from __future__ import annotations

import errno
import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import fastexcel
import polars as pl
import pyarrow as pa

from vkpp.basics.problems import Problem, UnreadableFile
from vkpp.engine.reading.apart import cells_of
from vkpp.engine.reading.limits import Limits
from vkpp.engine.reading.staging import FULL_WORDS

logging.getLogger("calamine").addHandler(logging.NullHandler())  # it warns of chart sheets; we report what was not read
MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00$"  # how a date cell comes; a date has no time of day
APART = Path(__file__).with_name("apart.py")
LOCKED, DAMAGED = "is protected by a password", "cannot be opened as a workbook: it is damaged"
EXTENSIONS = {"xlsx": (".xlsx", ".xlsm"), "ods": (".ods",), "xls": (".xls",)}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet as text. Row i of `cells` is row i + 1 of the sheet; `errors` are (row, column) of cells such as #DIV/0!."""

    name: str
    hidden: bool
    cells: pl.DataFrame
    errors: tuple[tuple[int, int], ...]


class Book(Protocol):
    """A workbook that has been opened: its sheets' names, and each sheet when it is asked for."""

    @property
    def names(self) -> Sequence[str]: ...

    def load(self, title: str) -> Sheet: ...


@contextmanager
def opened(path: Path, kind: str, work: Path, name: str, limits: Limits) -> Iterator[Book]:
    """The workbook, until the block ends. Whatever a damaged or hostile file does to the reader becomes an UnreadableFile."""
    if kind != "xls":
        yield _Here(path, kind, name)
        return
    with tempfile.TemporaryDirectory(dir=work, prefix=".opened-") as folder:
        yield _Apart(path, Path(folder), name, limits)


class _Here:
    def __init__(self, path: Path, kind: str, name: str) -> None:
        self.name = name
        told = path.suffix.lower() in EXTENSIONS[kind]  # a wrong extension misleads the reader; bytes have none
        self.book = _guarded(name, "", fastexcel.read_excel, path if told else path.read_bytes())

    @property
    def names(self) -> Sequence[str]:
        return list(self.book.sheet_names)

    def load(self, title: str) -> Sheet:
        return _sheet(title, *_guarded(self.name, title, cells_of, self.book, title))


class _Apart:
    """An old workbook, opened by apart.py, which leaves its sheets in the folder."""

    def __init__(self, path: Path, folder: Path, name: str, limits: Limits) -> None:
        self.folder = folder
        command = [sys.executable, "-I", str(APART), str(path.resolve()), str(folder)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=limits.open_seconds, check=False)  # noqa: S603
        except subprocess.TimeoutExpired as late:
            raise _damaged(name, "", f"could not be opened within {limits.open_seconds} seconds") from late
        if any(words.encode() in done.stderr.lower() for words in FULL_WORDS):
            raise OSError(errno.ENOSPC, "no space left for the sheets of an old workbook")
        index = folder / "sheets.json"
        if done.returncode or not index.exists():
            locked = b"assword" in done.stderr or b"ncrypt" in done.stderr
            raise _damaged(
                name, "", "is protected by a password" if locked else "cannot be opened as a workbook: it is damaged"
            )
        self.sheets: dict[str, Any] = {sheet["name"]: sheet for sheet in json.loads(index.read_text("utf-8"))}

    @property
    def names(self) -> Sequence[str]:
        return list(self.sheets)

    def load(self, title: str) -> Sheet:
        kept = self.sheets[title]
        with pa.OSFile(str(self.folder / kept["file"])) as file:
            table = pa.ipc.open_file(file).read_all()
        return _sheet(title, table, kept["hidden"], tuple((row, column) for row, column in kept["errors"]))


def _sheet(title: str, cells: Any, hidden: bool, errors: tuple[tuple[int, int], ...]) -> Sheet:
    frame = pl.DataFrame(pl.from_arrow(cells)) if cells.num_columns else pl.DataFrame()
    texts = [
        pl.col(c).cast(pl.String).replace("", None).str.replace(MIDNIGHT, "$1").alias(f"c{i}")
        for i, c in enumerate(frame.columns)
    ]
    return Sheet(title, hidden, frame.select(texts), errors)


def _guarded(name: str, sheet: str, call: Any, *args: Any) -> Any:
    """Calls the reader; it may raise anything, a panic of its own included, which is no Exception to Python."""
    try:
        return call(*args)
    except BaseException as problem:
        if isinstance(problem, Problem | MemoryError):
            raise
        if not isinstance(problem, Exception) and type(problem).__name__ != "PanicException":
            raise
        locked = any(word in str(problem).lower() for word in ("password", "encrypt"))
        raise _damaged(name, sheet, LOCKED if locked else DAMAGED) from problem


def _damaged(name: str, sheet: str, words: str) -> UnreadableFile:
    return UnreadableFile(
        f"{name} {words}.",
        where=f"{name}, sheet {sheet}" if sheet else name,
        expected="a workbook without a password that opens without repair",
        next_step="save it again as XLSX or CSV and check that it opens",
    )
