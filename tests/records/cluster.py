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
from urllib.parse import quote


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
def postgresql(where: Path) -> Iterator[str]:
    """A running server of its own. Gives the address of its database `postgres`."""
    folder = Path(tempfile.mkdtemp(prefix="vkpp-pg-"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data = folder / "data"
    try:
        _run([str(where / "initdb"), "-D", str(data), "-U", "vkpp", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"], folder)
        # Tests do not outlive the machine: without fsync they take a third of the time.
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off -c max_connections=100"
        start = ["start", "-w", "-t", "60", "-l", str(folder / "log"), "-o", options]
        _run([str(where / "pg_ctl"), "-D", str(data), *start], folder)
        try:
            yield f"postgresql://vkpp@/postgres?host={quote(str(folder), safe='')}"
        finally:
            _run([str(where / "pg_ctl"), "-D", str(data), "stop", "-m", "immediate"], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
