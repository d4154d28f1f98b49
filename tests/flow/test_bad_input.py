"""What a person does wrong with a command, and what goes wrong on the machine: words and an exit code, never a traceback."""

from __future__ import annotations

import csv
import gzip
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vkpp.basics.problems import ExitCode, Problem, UsageProblem, printable
from vkpp.ops.command_line import main

FILES = Path(__file__).resolve().parents[1] / "reading" / "files"
CHECK = ("--collection", "recorded-crime", "--quiet")
PROGRAM = (sys.executable, "-m", "vkpp.ops.command_line")
ESCAPE = "\x1b"


@pytest.fixture(scope="session")
def few_rows(home_office_table: Path) -> bytes:
    """The heading and a hundred rows of one force, as published."""
    with zipfile.ZipFile(home_office_table) as packed:
        lines = packed.read(packed.namelist()[0]).decode().splitlines(keepends=True)
    return "".join([lines[0], *[line for line in lines if ",Kent," in line][:100]]).encode()


@pytest.fixture
def table(tmp_path: Path, few_rows: bytes) -> Path:
    path = tmp_path / "a return with spaces, naïve £.csv"
    path.write_bytes(few_rows)
    return path


def said_of(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    both = captured.out + captured.err
    assert "Traceback" not in both and "fault of ours" not in both
    return both


# Files that must fail and must pass, walked through the command.


@pytest.mark.parametrize("path", sorted((FILES / "fail").iterdir()), ids=lambda path: path.name)
def test_a_file_that_must_fail(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(path), *CHECK]) == ExitCode.UNREADABLE
    said = said_of(capsys)
    assert "Expected: " in said and "Next: " in said


@pytest.mark.parametrize("path", sorted((FILES / "pass").iterdir()), ids=lambda path: path.name)
def test_a_readable_table_of_another_kind(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The reader's own tables are no recorded-crime tables: refused in words, whatever disease they have."""
    assert main(["check", str(path), *CHECK]) in (ExitCode.UNREADABLE, ExitCode.CHECK_COULD_NOT_RUN)
    said_of(capsys)


VARIANTS: dict[str, Callable[[str], bytes]] = {
    "mark.csv": lambda text: text.encode("utf-8-sig"),
    "utf-16.csv": lambda text: text.encode("utf-16"),
    "utf-16-without-mark.csv": lambda text: text.encode("utf-16-le"),
    "utf-16-be.csv": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "bare-cr.csv": lambda text: text.replace("\n", "\r").encode(),
    "crlf.csv": lambda text: text.replace("\n", "\r\n").encode(),
    "semicolons.csv": lambda text: _written(text, ";"),
    "tabs.tsv": lambda text: _written(text, "\t"),
    "bars.csv": lambda text: _written(text, "|"),
    "quoted.csv": lambda text: _written(text, ",", csv.QUOTE_ALL),
    "blank-lines.csv": lambda text: (text + "\n\n").encode(),
    "no-end.csv": lambda text: text.rstrip("\n").encode(),
    "title-above.csv": lambda text: ("Police recorded crime\n\n" + text).encode(),
    "packed.zip": lambda text: _packed({"inside.csv": text}),
}


def _written(text: str, delimiter: str, quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=quoting).writerows(csv.reader(io.StringIO(text)))  # type: ignore[arg-type]
    return out.getvalue().encode()


def _packed(members: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, text in members.items():
            packed.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize("name", VARIANTS)
def test_the_same_table_in_another_dress(
    name: str, few_rows: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(VARIANTS[name](few_rows.decode()))
    assert main(["check", str(path), *CHECK]) == ExitCode.CLEAN
    assert "100 records = 100 accepted + 0 rejected" in said_of(capsys)


BROKEN: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "program.csv": (lambda _: bytes(range(256)) * 40, "is not text"),
    "utf-32.csv": (lambda rows: rows.decode().encode("utf-32"), "UTF-32"),
    "packed.csv.gz": (gzip.compress, "a gzip archive"),
    "huge-cell.csv": (lambda rows: rows + b"2017/18,1," + b"x" * 2_000_000 + b",a,b,c,1,1\n", "a cell of"),
    "cut.csv": (lambda rows: rows[:-20], "cells where the header has"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_table(name: str, few_rows: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    breaking, words = BROKEN[name]
    path = tmp_path / name
    path.write_bytes(breaking(few_rows))
    assert main(["check", str(path), *CHECK]) == ExitCode.UNREADABLE
    assert words in said_of(capsys)


# What a command is asked for.


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["check", "{table}", "--collection", "nope"], 64, "There is no collection 'nope'"),
        (["check", "{table}", *CHECK, "--period", "2019"], 64, "is not a period"),
        (["check", "{folder}", *CHECK], 2, "is a folder"),
        (["check", "{folder}/nowhere.csv", *CHECK], 2, "There is no file nowhere.csv"),
        (["check", "{table}", *CHECK, "--table", "other={table}"], 64, "has no table 'other'"),
        (["check", "{table}", *CHECK, "--table", "other"], 64, "names no file"),
        (["check", *CHECK], 64, "No file and no sheet was given"),
        (["check", "{table}", *CHECK, "--json", "{folder}/nowhere/x.jsonl"], 64, "There is no folder"),
        (["check", "{table}", *CHECK, "--json", "{folder}"], 64, "no ordinary file"),
        (["check", "{table}", *CHECK, "--json", "/dev/null"], 64, "no ordinary file"),
        (["trace", "{folder}", "force.crimes.kent"], 2, "is no edition"),
        (["rebuild", "{folder}"], 2, "is no edition"),
        (["specification", "nope", "--out", "{folder}/new"], 64, "There is no collection 'nope'"),
        (["specification", "recorded-crime", "--out", "{folder}"], 64, "is there already"),
        (["serve", "--folder", "{folder}/nowhere"], 64, "There is no folder"),
        (["serve", "--folder", "{folder}", "--port", "99999"], 64, "Port 99999 cannot be used"),
        (["serve", "--folder", "{folder}", "--port", "-1"], 64, "Port -1 cannot be used"),
    ],
)
def test_asked_wrongly(
    arguments: list[str], code: int, words: str, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    assert main([part.format(table=table, folder=folder) for part in arguments]) == code
    assert words in said_of(capsys)


@pytest.mark.parametrize("option", ["--json", "--report"])
def test_a_report_never_replaces_the_return(
    option: str, table: Path, few_rows: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(table), *CHECK, option, str(table)]) == ExitCode.USAGE
    assert "would be replaced" in said_of(capsys)
    assert table.read_bytes() == few_rows


def test_two_outputs_need_two_names(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = str(tmp_path / "findings")
    assert main(["check", str(table), *CHECK, "--json", one, "--report", one]) == ExitCode.USAGE
    assert "would be replaced" in said_of(capsys)


def test_a_file_commands_no_screen(table: Path, few_rows: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """A cell with an escape sequence or a change of direction is quoted, never obeyed."""
    table.write_bytes(
        few_rows.replace(b",Kent,", f",K{ESCAPE}[2Jent,".encode(), 1).replace(b",Kent,", ",\u202eKent,".encode(), 1)
    )
    assert main(["check", str(table), *CHECK]) == ExitCode.ERRORS_FOUND
    said = said_of(capsys)
    assert "\\x1b[2Jent" in said and "\\u202eKent" in said
    assert ESCAPE not in said and "\u202e" not in said


def test_problems_are_printable() -> None:
    assert ESCAPE not in str(UsageProblem(f"a{ESCAPE}b", where=f"{ESCAPE}", next_step=f"{ESCAPE}"))
    assert printable("naïve £ – ok") == "naïve £ – ok"
    assert "Where: this folder." in str(Problem("x", where="."))


# The machine.


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open every file")
def test_a_file_that_may_not_be_opened(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table.chmod(0)
    assert main(["check", str(table), *CHECK]) == ExitCode.UNREADABLE
    assert "may not be opened" in said_of(capsys)


@pytest.fixture
def small_disk(tmp_path: Path, require: Callable[[bool, str], None]) -> Iterator[Path]:
    """A file system of 64 kilobytes of its own."""
    mount, umount = shutil.which("mount"), shutil.which("umount")
    folder = tmp_path / "small"
    folder.mkdir()
    able = bool(mount and umount) and os.geteuid() == 0
    asked = [str(mount), "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    done = able and subprocess.run(asked, capture_output=True, check=False).returncode == 0
    require(done, "a file system of 64 kilobytes can be mounted by root only")
    yield folder
    subprocess.run([str(umount), folder], check=True)


def _everything_kept(folder: Path, before: set[Path]) -> None:
    assert {path for path in folder.rglob("*") if path.is_file()} == before


# The workbook library leaves its zip to be closed by the collector, which finds the disk full once more.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("option", ["--json", "--report"])
def test_check_writes_whole_or_not_at_all(
    option: str, small_disk: Path, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * (60 * 1024))
    assert main(["check", str(table), *CHECK, option, str(small_disk / "findings.xlsx")]) in (
        ExitCode.UNREADABLE,
        ExitCode.USAGE,
    )
    assert "could not be written" in said_of(capsys)
    _everything_kept(small_disk, {filler})


def test_specification_writes_whole_or_not_at_all(small_disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["specification", "csae", "--out", str(small_disk / "pages")]) == ExitCode.UNREADABLE
    assert "refused to work" in said_of(capsys)
    _everything_kept(small_disk, set())
    assert not (small_disk / "pages").exists()


def test_analyse_writes_whole_or_not_at_all(
    small_disk: Path, home_office_table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--collection", "recorded-crime", "--from", str(home_office_table), "--period", "FY2017-18Q3", "--no-pdf"]
    assert main(["analyse", *arguments, "--out", str(small_disk / "edition"), "--quiet"]) == ExitCode.UNREADABLE
    assert "refused to work" in said_of(capsys)
    assert list(small_disk.iterdir()) == []


def test_accept_and_generate_write_whole_or_not_at_all(small_disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = ["generate", "--collection", "csae", "--years", "1", "--scale", "0.02", "--seed", "1", "--quiet"]
    assert main([*made, "--out", str(small_disk / "returns")]) == ExitCode.UNREADABLE
    said_of(capsys)


@pytest.mark.parametrize("verb", ["rebuild", "trace"])
def test_work_files_on_a_full_disk(
    verb: str, small_disk: Path, edition: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Work files go to the machine's folder for such; where that is full, the edition is as it was."""
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    before = {path: path.read_bytes() for path in edition.rglob("*") if path.is_file()}
    more = ["force.crimes.kent"] if verb == "trace" else ["--quiet"]
    assert main([verb, str(edition), *more]) == ExitCode.UNREADABLE
    assert "disk is full" in said_of(capsys) or "refused to work" in said_of(capsys)
    assert {path: path.read_bytes() for path in edition.rglob("*") if path.is_file()} == before


def _started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _waits_for(process: subprocess.Popen[str], words: str) -> None:
    assert process.stderr is not None
    said = ""
    while words not in said:
        letter = process.stderr.read(1)
        assert letter, said
        said += letter


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_stopped_half_way(how: signal.Signals, home_office_table: Path, tmp_path: Path) -> None:
    """After Ctrl-C, or a kill that nothing survives, there is no folder of the edition's name, and it can be made."""
    out = tmp_path / "edition"
    arguments = ["analyse", "--collection", "recorded-crime", "--from", str(home_office_table), "--period", "FY2017-18Q3"]
    process = _started(*arguments, "--out", str(out), "--no-pdf")
    _waits_for(process, "Writing the report")
    time.sleep(0.3)
    process.send_signal(how)
    _, said = process.communicate(timeout=60)
    assert "Traceback" not in said
    if how is signal.SIGINT:
        assert process.returncode == 130
        assert "Stopped." in said
        assert list(tmp_path.iterdir()) == []
    assert not out.exists()
    assert main([*arguments, "--out", str(out), "--no-pdf", "--quiet"]) == 0


@pytest.mark.slow
def test_a_reader_that_closes(home_office_table: Path) -> None:
    """`vkpp check ... | head -1` ends without a word of trouble."""
    process = _started("check", str(home_office_table), *CHECK, "--json", "-")
    assert process.stdout is not None and process.stderr is not None
    assert process.stdout.readline().startswith('{"check"')
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    process.wait(timeout=60)
    assert "Traceback" not in said and "BrokenPipe" not in said and "fault of ours" not in said


def test_a_port_that_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["serve", "--folder", str(tmp_path), "--port", str(taken.getsockname()[1])]) == ExitCode.USAGE
    assert "cannot be used" in said_of(capsys)
