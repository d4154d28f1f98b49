"""Checking measured: from a file to stored Parquet and stored findings, against DuckDB copying the same file with no checks.

    python -m bench.validation [--records 100000 1000000] [--peers] [--repeat 3] [--keep FOLDER]

Every measurement is a child process of its own; CPU is user and system time of the child. With --peers, a second
environment is made in .venv-bench from requirements/bench.txt, and pandera, frictionless and Great Expectations check the
same file for the same findings, where their vocabulary reaches.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PEERS = ("pandera_polars", "pandera_pandas", "frictionless", "great_expectations")
MOST = {"frictionless": 100_000, "great_expectations": 100_000, "pandera_pandas": 1_000_000}  # records; more take hours


def measured(command: list[str]) -> dict[str, Any]:
    """Run a child; its CPU seconds, wall seconds and peak memory, and the JSON of its last line."""
    read, write = os.pipe()
    with os.fdopen(read) as output:
        process = subprocess.Popen(command, stdout=write, cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT}/src"})
        os.close(write)
        said = output.read().strip().splitlines()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    own = {"cpu": usage.ru_utime + usage.ru_stime, "mb": usage.ru_maxrss / 1024}
    return own | json.loads(said[-1])


def best(command: list[str], repeat: int) -> dict[str, Any]:
    """The run with the least CPU: other work on the machine only ever adds to it."""
    return min((measured(command) for _ in range(repeat)), key=lambda run: run["cpu"])


def run(records: int, folder: Path, repeat: int, peers: tuple[str, ...]) -> None:
    csv = folder / f"{records}.csv"
    if not csv.exists():
        subprocess.run([sys.executable, "-m", "bench.make_csv", str(csv), "--records", str(records)], cwd=ROOT, check=True)
    floor = best([sys.executable, "-m", "bench._floor", str(csv), str(folder / "floor.parquet")], repeat)
    ours = best([sys.executable, "-m", "bench._check", str(csv), str(folder)], repeat)
    print(
        f"\n{records:,} records, {csv.stat().st_size / 1e6:,.0f} MB, {ours['checks']} checks, {ours['findings']:,} findings\n"
    )
    print("| what | CPU s | ratio to the floor | peak MB |")
    print("|---|---|---|---|")
    row("floor: DuckDB, the same CSV to Parquet, no checks", floor["cpu"], floor["cpu"], floor["mb"])
    row("**vkpp, file to stored Parquet and stored findings**", ours["cpu"], floor["cpu"], ours["mb"])
    for name, seconds in ours["inside"].items():
        row(f"- {name}", seconds, floor["cpu"])
    for name in peers:
        if records > MOST.get(name, records):
            continue
        peer = measured([str(ROOT / ".venv-bench/bin/python"), "-W", "ignore", "-m", f"bench.peer_{name}", str(csv)])
        row(f"{name.replace('_', ' ')}, {peer['findings']:,} findings", peer["cpu"], floor["cpu"], peer["mb"])


def row(what: str, cpu: float, floor: float, mb: float | None = None) -> None:
    print(f"| {what} | {cpu:.2f} | {cpu / floor:.2f} | {'' if mb is None else f'{mb:,.0f}'} |", flush=True)


def make_peers() -> None:
    """A second environment, so that the peers' requirements never meet our own."""
    python = ROOT / ".venv-bench/bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(ROOT / ".venv-bench")], check=True)
        uv = [str(ROOT / ".venv/bin/uv"), "pip", "install", "--quiet", "--require-hashes", "-r", "requirements/bench.txt"]
        subprocess.run([*uv, "--python", str(python)], cwd=ROOT, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--keep", type=Path, help="a folder for the files, to be used again")
    given = parser.parse_args()
    if given.peers:
        make_peers()
    with tempfile.TemporaryDirectory() as passing:
        folder = given.keep or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        for records in given.records:
            run(records, folder, given.repeat, PEERS if given.peers else ())


if __name__ == "__main__":
    main()
