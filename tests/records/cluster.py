"""A private PostgreSQL for tests: a cluster in a temporary folder, reached by a Unix socket, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit


def programs() -> Path | None:
    """The folder of initdb and pg_ctl: on the path, or where Debian keeps the newest version."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    kept = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return kept[-1].parent if kept else None


def _as_somebody(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root: then it runs as the account that the package made."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(_as_somebody(command), cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {done.stdout[-500:]} {done.stderr[-500:]}")


@contextmanager
def postgresql(where: Path, *, fsync: bool = False) -> Iterator[str]:
    """A running server of its own. Gives the address of its database `postgres`.

    Tests do not outlive the machine: without fsync they take a third of the time. A measurement wants it.
    """
    folder = Path(tempfile.mkdtemp(prefix="vkpp-pg-"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data = folder / "data"
    try:
        _run([str(where / "initdb"), "-D", str(data), "-U", "vkpp", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"], folder)
        with (data / "postgresql.conf").open("a", encoding="ascii") as stream:
            stream.write(f"listen_addresses=''\nunix_socket_directories='{folder}'\nmax_connections=100\n")
            stream.write(f"fsync={'on' if fsync else 'off'}\n")
        _start(where, folder)
        try:
            yield f"postgresql://vkpp@/postgres?host={quote(str(folder), safe='')}"
        finally:
            _stop(where, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def stopped(where: Path, address: str) -> Iterator[None]:
    """The server of this address is down, as if it had been killed, and up again afterwards."""
    (host,) = parse_qs(urlsplit(address).query)["host"]
    _stop(where, Path(host))
    try:
        yield
    finally:
        _start(where, Path(host))


def _start(where: Path, folder: Path) -> None:
    _run([str(where / "pg_ctl"), "-D", str(folder / "data"), "start", "-w", "-t", "60", "-l", str(folder / "log")], folder)


def _stop(where: Path, folder: Path) -> None:
    _run([str(where / "pg_ctl"), "-D", str(folder / "data"), "stop", "-m", "immediate"], folder)
