"""`vkpp demo`: the main job on the data that ships, ending with where to look."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from vkpp.basics.periods import Period
from vkpp.basics.problems import ExitCode, RefusedByRule
from vkpp.ops import editions
from vkpp.ops.progress import Progress
from vkpp.ops.verbs import check as checking
from vkpp.ops.verbs.analyse import told

NAME = "demo"
SUMMARY = "Make the national edition from the shipped Home Office table and say where it is."
EXAMPLES = ("vkpp demo", "vkpp demo --out somewhere")
PERIOD = "FY2017-18"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", default="var/demo", metavar="FOLDER", help="where to make it (default: var/demo); made anew each time"
    )
    parser.add_argument("--no-pdf", action="store_true", help="leave the PDF out; the edition says so")
    parser.add_argument("--quiet", action="store_true", help="no progress lines")


def run(args: argparse.Namespace) -> ExitCode:
    out = Path(args.out) / "recorded-crime-2017-18"
    _clear(out)
    asked = editions.Asked("recorded-crime", editions.shipped_inputs(), Period.parse(PERIOD))
    checked, written = editions.analyse(asked, out, Progress(quiet=args.quiet), pdf=False if args.no_pdf else None)
    if written is None:
        sys.stdout.write(checking.summary(checked, told=False))
        return checking.exit_code(checked.result)
    sys.stdout.write("".join(f"{r.sentence()}\n" for r in checked.result.reconciliations))
    sys.stdout.write(told(written.folder.resolve(), written.no_pdf))
    sys.stdout.write("To see it in a browser: ./run serve\n")
    return ExitCode.CLEAN


def _clear(out: Path) -> None:
    """Remove an earlier demonstration; anything else in its place is left alone."""
    if not out.exists():
        return
    if not (out / editions.MANIFEST).is_file():
        raise RefusedByRule(
            f"{out} is there already and is no edition.",
            expected="an empty place",
            next_step="move it away, or name another --out",
        )
    shutil.rmtree(out)
