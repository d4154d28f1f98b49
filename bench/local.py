"""A csae return checked by the saved page in Chromium, without a network: seconds from the button to the findings.

./run bench local [RECORDS]     (100,000 records of all four tables together, two in a hundred of them with a fault)
"""

from __future__ import annotations

import csv
import itertools
import shutil
import sys
import tempfile
import time
from pathlib import Path

from vkpp.ops.command_line import main as vkpp
from vkpp.ops.example.generate import write_year
from vkpp.ops.example.nation import respondents
from vkpp.ops.example.nation_year import make_nation_year

FORCE = "ashwater"


def write(folder: Path, records: int) -> dict[str, Path]:
    """One force's invented return many times over, its references made different each time."""
    number, force = next((n, f) for n, f in enumerate(respondents()) if f.force_id == FORCE)
    (delivery,), _ = write_year(make_nation_year(2024, 100, 2024, clean=True), number, force, folder / "once")
    once = {}
    for path in sorted({path for path, _ in delivery.files.values()}):
        table = next(name for name in delivery.files if name in path.stem)
        with path.open(encoding="utf-8-sig", newline="") as file:
            once[table] = list(csv.reader(file))
    times = -(-records // sum(len(rows) - 1 for rows in once.values()))
    return {table: _many(folder / f"{table}.csv", rows, times) for table, rows in once.items()}


def _many(path: Path, rows: list[list[str]], times: int) -> Path:
    named = [at for at, heading in enumerate(rows[0]) if "ref" in heading.casefold()]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(rows[0])
        for again, (number, row) in itertools.product(range(times), enumerate(rows[1:])):
            cells = [f"{cell}{again:05d}" if at in named and cell else cell for at, cell in enumerate(row)]
            if (again * len(rows) + number) % 50 == 0:
                cells[-1] = "31/31/2024"
            writer.writerow(cells)
    return path


def main() -> None:
    from playwright.sync_api import sync_playwright

    records = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        files = write(folder, records)
        vkpp(["local-check", "--collection", "csae", "--out", str(folder), "--invented", "--quiet"])
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        tab = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"]).new_context(offline=True).new_page()
        tab.goto((folder / "vkpp-check-csae.html").as_uri())
        for run in ("first, DuckDB started", "again"):
            for table, path in files.items():
                tab.set_input_files(f"#files-{table}", str(path))
            tab.fill("#period", "CY2024")
            start = time.perf_counter()
            tab.click("text=Check on this computer")
            tab.wait_for_selector("button[type=submit]:enabled", timeout=600_000)
            took = time.perf_counter() - start
            size = sum(path.stat().st_size for path in files.values()) / 1e6
            print(f"{run}: {took:.1f} s for {size:.1f} MB; {' '.join(tab.inner_text('.vkpp-facts').split())}")


if __name__ == "__main__":
    main()
