"""A disk that fills up gives a Problem in words and leaves no half file: on a small file system, and under a size limit."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.reading.conftest import CRIMES, written
from tests.reading.samples import SAMPLES, rows_sheet, workbook, zipped
from vkpp.basics.problems import Problem, UnreadableFile
from vkpp.engine.reading import read
from vkpp.engine.reading.staging import whole_file

KILOBYTES = 256


def random_rows(count: int) -> list[tuple[str | None, ...]]:
    rng = random.Random(1)  # noqa: S311
    return [("Alpha", str(rng.getrandbits(400)), "2024-01-05", str(rng.getrandbits(400))) for _ in range(count)]


def random_table(count: int) -> bytes:
    lines = [",".join(map(str, row)) for row in random_rows(count)]
    return ("Force name,Crime ID,Date recorded,Note\n" + "\n".join(lines) + "\n").encode()


def large(kind: str, folder: Path) -> Path:
    if kind == "xlsx":
        header = ("Force name", "Crime ID", "Date recorded", "Note")
        return written(folder, workbook(rows_sheet(rows=[header, *random_rows(4000)])), "large.xlsx")
    if kind == "zip":
        return written(folder, zipped({"large.csv": random_table(4000)}), "large.zip")
    return written(folder, random_table(4000))


@pytest.fixture
def small_disk(tmp_path: Path, require: Callable[[bool, str], None]) -> Iterator[Path]:
    """A file system of 256 kilobytes of its own."""
    mount, umount = shutil.which("mount"), shutil.which("umount")
    folder = tmp_path / "small"
    folder.mkdir()
    able = bool(mount and umount) and os.geteuid() == 0
    asked = [str(mount), "-t", "tmpfs", "-o", f"size={KILOBYTES}k", "tmpfs", str(folder)]
    done = able and subprocess.run(asked, capture_output=True, check=False).returncode == 0
    require(done, "a file system of 256 kilobytes can be mounted by root only")
    yield folder
    subprocess.run([str(umount), folder], check=True)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "zip"])
def test_a_full_file_system(kind: str, small_disk: Path, tmp_path: Path) -> None:
    with pytest.raises(Problem) as problem:
        read(large(kind, tmp_path), CRIMES, small_disk)
    assert "disk is full" in str(problem.value)
    assert problem.value.next_step
    assert not isinstance(problem.value, UnreadableFile)
    assert list(small_disk.iterdir()) == []


def test_a_full_file_system_takes_a_small_table_afterwards(small_disk: Path, tmp_path: Path) -> None:
    with pytest.raises(Problem):
        read(large("csv", tmp_path), CRIMES, small_disk)
    (staged,) = read(written(tmp_path, random_table(10), "small.csv"), CRIMES, small_disk)
    assert staged.records == 10


@pytest.mark.parametrize("left", [0, 4096, 8192])
def test_an_old_workbook_on_a_full_file_system(left: int, small_disk: Path, tmp_path: Path) -> None:
    path = written(tmp_path, next(s.content for s in SAMPLES if s.name == "old_workbook.xls"), "old.xls")
    filler = written(small_disk, b"x" * (KILOBYTES * 1024 - left), "filler")
    with pytest.raises(Problem, match="disk is full"):
        read(path, CRIMES, small_disk)
    assert list(small_disk.iterdir()) == [filler]


LIMITED = """
import resource, signal, sys
from pathlib import Path
from tests.reading.conftest import CRIMES
from vkpp.basics.problems import Problem
from vkpp.engine.reading import read
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    read(Path(sys.argv[1]), CRIMES, Path(sys.argv[2]))
except Problem as problem:
    print(type(problem).__name__, problem)
"""


@pytest.mark.parametrize("kind", ["csv", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("xlsx", "zip"))])
def test_a_file_that_may_not_grow(kind: str, tmp_path: Path) -> None:
    assert hasattr(resource, "RLIMIT_FSIZE")
    assert hasattr(signal, "SIGXFSZ")
    path, work = large(kind, tmp_path), tmp_path / "w"
    done = subprocess.run([sys.executable, "-c", LIMITED, path, work], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Problem The disk is full")
    assert list(work.iterdir()) == []


def test_what_fails_while_written_leaves_the_older_file(tmp_path: Path) -> None:
    final = written(tmp_path, b"whole", "t.parquet")
    with pytest.raises(ZeroDivisionError), whole_file(final) as partial:
        partial.write_bytes(b"half")
        raise ZeroDivisionError
    assert final.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [final]
