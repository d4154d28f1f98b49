"""The two-year run measured: from received files in their habits to checked, accepted, counted, protected, written.

    python -m bench.river [--scale 1 5] [--keep FOLDER]

The invented nation's returns are written first and not counted. Each scale is a process of its own; a station's share is the
wall seconds of its steps, those of helping processes included once, as somebody at the screen waits for them.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SEED, PERIOD = 2024, "CY2024"


def river(scale: float, folder: Path) -> dict[str, object]:
    """One run, in this process."""
    from vkpp.basics.periods import Period
    from vkpp.engine.keeping import Store
    from vkpp.ops import demonstration, editions, stores
    from vkpp.ops.example.scenario import write_scenario

    scenario = write_scenario(folder / "returns", scale=scale, seed=SEED)
    steps: dict[str, float] = {}
    progress = Watch(steps)
    start = time.perf_counter()
    store: Store = stores.store_for(folder / "store", invented=True)
    demonstration.fill(store, scenario, progress)  # type: ignore[arg-type]
    editions.analyse_store(folder / "store", Period.parse(PERIOD), folder / "edition", progress, pdf=True)  # type: ignore[arg-type]
    wall = time.perf_counter() - start
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    records = sum(one.receipt["tables"][t]["records"] for one in store.all() for t in one.receipt["tables"])
    files = [path for path in (folder / "returns").rglob("*") if path.is_file() and "truth" not in path.parts]
    return {
        "wall": wall,
        "cpu": sum(u.ru_utime + u.ru_stime for u in used),
        "mb": max(u.ru_maxrss for u in used) / 1024,
        "records": records,
        "files": len(files),
        "bytes": sum(path.stat().st_size for path in files),
        "steps": steps,
    }


class Watch:
    """Stands in for the progress lines: the same steps, their wall seconds kept by name."""

    def __init__(self, steps: dict[str, float]) -> None:
        self.steps = steps

    def step(self, name: str) -> Watch:
        self.name = name
        return self

    def __enter__(self) -> Watch:
        self.began = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.steps[self.name] = self.steps.get(self.name, 0) + time.perf_counter() - self.began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, nargs="+", default=[1.0, 5.0])
    parser.add_argument("--keep", type=Path, help="a folder for what is made")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(river(given.scale[0], given.one)))
        return
    for scale in given.scale:
        with tempfile.TemporaryDirectory() as passing:
            folder = (given.keep or Path(passing)) / f"scale-{scale:g}"
            shutil.rmtree(folder, ignore_errors=True)
            command = [sys.executable, "-m", "bench.river", "--scale", f"{scale}", "--one", str(folder)]
            said = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
            show(scale, json.loads(said.strip().splitlines()[-1]))


def show(scale: float, run: dict[str, object]) -> None:
    print(
        f"\nScale {scale:g}: {run['files']} files of {run['bytes'] / 1e6:,.0f} MB, {run['records']:,} records accepted;"  # type: ignore[operator]
        f" {run['wall']:.1f} s, {run['cpu']:.1f} CPU s, peak {run['mb']:,.0f} MB\n"
    )
    print("| step | seconds | share |")
    print("|---|---|---|")
    for name, seconds in run["steps"].items():  # type: ignore[attr-defined]
        print(f"| {name} | {seconds:.1f} | {100 * seconds / run['wall']:.0f}% |", flush=True)  # type: ignore[operator]


if __name__ == "__main__":
    main()
