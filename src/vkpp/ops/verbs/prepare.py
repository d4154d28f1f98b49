"""`vkpp prepare`: a force's extract becomes the return, on the force's own machine; what is not asked for stays behind."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from vkpp.basics.periods import Period
from vkpp.basics.problems import ExitCode
from vkpp.engine.flow.checking import check_files
from vkpp.engine.reading import preparing
from vkpp.engine.shapes.findings import Finding
from vkpp.ops import stores
from vkpp.ops.arguments import existing_files, specification_named
from vkpp.ops.progress import Progress
from vkpp.ops.verbs import check as checking

NAME = "prepare"
SUMMARY = "Make the return from a force's extract: ages and kinds of place are worked out, and what finds a person is dropped."
EXAMPLES = ("vkpp prepare extract.xlsx --collection csae --out return", "vkpp prepare pairs.csv --collection csae --out return")
SHOWN = 20


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="the extract: a file or sheet a table, or one a pair of people"
    )
    parser.add_argument("--collection", metavar="NAME", help="the collection that the return is for")
    parser.add_argument("--invented", action="store_true", help="the extract is of the invented register")
    parser.add_argument("--period", metavar="P", help="the period of the return, for the check afterwards")
    parser.add_argument("--out", required=True, metavar="FOLDER", help="a new folder for the return")
    parser.add_argument("--quiet", action="store_true", help="no progress lines")


def run(args: argparse.Namespace) -> ExitCode:
    catalogue = stores.catalogue_of(invented=args.invented)
    specification = specification_named(catalogue, args.collection)
    progress = Progress(quiet=args.quiet)
    with tempfile.TemporaryDirectory(prefix="vkpp-") as work:
        with progress.step("Preparing"):
            made = preparing.prepare(existing_files(args.files), specification, Path(work))
            paths = preparing.write(made, specification, Path(args.out))
        with progress.step("Checking what was made"):
            checked = check_files(
                [],
                specification,
                catalogue,
                Path(work),
                named=list(paths.items()),
                period=Period.parse(args.period) if args.period else None,
            )
    sys.stdout.write("".join(f"{line}\n" for line in told(made, Path(args.out), invented=args.invented)))
    sys.stdout.write(checking.summary(checked, told=False))
    return checking.exit_code(checked.result)


def told(made: preparing.PreparedReturn, out: Path, *, invented: bool) -> list[str]:
    """What was made, what was dropped and why, and what could not be worked out."""
    lines = ["INVENTED: the force, the people and every figure."] if invented else []
    records = ", ".join(f"{len(rows):,} {name}" for name, rows in made.tables.items())
    lines.append(f"The return is in {out}: {records}.")
    lines += [made.account] if made.account else []
    lines.append(
        f"Ages at the offence worked out from dates of birth: {made.ages:,}. Kinds of place worked out: {made.kinds:,}."
    )
    if made.dates:
        lines.append(f"Dates read day first and rewritten as year, month, day: {made.dates:,}.")
    lines += [one.sentence() for one in made.dropped]
    lines += [_line(one) for one in made.findings[:SHOWN]]
    if len(made.findings) > SHOWN:
        lines.append(f"... and {len(made.findings) - SHOWN:,} more of these.")
    return [*lines, ""]


def _line(finding: Finding) -> str:
    place = f"{finding.table}, record {finding.record:,}" if finding.record else finding.table
    return f"{finding.severity}: {place}, {finding.column}: {finding.message} {finding.fix}"
