"""A workbook of 100,000 records read, checked and reported: CPU and wall seconds of each step, in a process of its own.

    python -m bench.workbook [--records 100000]

The records are those of make_csv, the checks those of bench.validation, and the report is the workbook that analysts fix from.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def make(records: int, folder: Path) -> Path:
    import xlsxwriter

    plain, book = folder / "return.csv", folder / "return.xlsx"
    subprocess.run([sys.executable, "-m", "bench.make_csv", str(plain), "--records", str(records)], cwd=ROOT, check=True)
    with (
        xlsxwriter.Workbook(str(book), {"constant_memory": True}) as workbook,
        plain.open(encoding="utf-8", newline="") as rows,
    ):
        sheet = workbook.add_worksheet("Crimes")
        for number, row in enumerate(csv.reader(rows)):
            for at, text in enumerate(row):
                sheet.write_string(number, at, text)
    return book


def run(book: Path, folder: Path) -> None:
    from bench._return import SPECIFICATION, TABLE, Lists
    from vkpp.engine.reading import read
    from vkpp.engine.validation import validate
    from vkpp.engine.validation.reports import write_workbook

    marks = [("starting Python and importing", 0.0, time.process_time())]
    began = time.perf_counter()
    staged = read(book, TABLE, folder / "work")
    marks.append(("reading the workbook", time.perf_counter() - began, time.process_time()))
    result = validate({"crimes": staged}, SPECIFICATION, Lists())
    marks.append(("every check", time.perf_counter() - began, time.process_time()))
    write_workbook(result, folder / "findings.xlsx")
    marks.append(("the report", time.perf_counter() - began, time.process_time()))
    steps = [(b[0], b[1] - a[1], b[2] - a[2]) for a, b in pairwise(marks)]
    print(json.dumps({"steps": steps, "records": staged[0].records, "findings": len(result.findings)}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        run(given.one, given.one.parent)
        return
    with tempfile.TemporaryDirectory() as passing:
        book = make(given.records, Path(passing))
        began = time.perf_counter()
        command = [sys.executable, "-m", "bench.workbook", "--one", str(book)]
        said = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout)
        whole = time.perf_counter() - began
        print(
            f"\n{said['records']:,} records, {book.stat().st_size / 1e6:.0f} MB, {said['findings']:,} findings: {whole:.1f} s\n"
        )
    print("| step | seconds | CPU s |")
    print("|---|---|---|")
    for name, wall, cpu in said["steps"]:
        print(f"| {name} | {wall:.1f} | {cpu:.1f} |")


if __name__ == "__main__":
    main()
