"""`vkpp audit-edition`: attack an edition as an outsider would and read out what its printed numbers give away."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vkpp.basics.problems import ExitCode
from vkpp.engine.disclosure.attack import audit_tables
from vkpp.engine.disclosure.frozen import thaw
from vkpp.ops import editions

NAME = "audit-edition"
SUMMARY = "Attack an edition's printed numbers and read out what they give away."
EXAMPLES = ("vkpp audit-edition edition", "vkpp audit-edition edition --with last-years-edition")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="FOLDER", help="the edition")
    parser.add_argument(
        "--with", dest="others", nargs="+", default=[], metavar="FOLDER", help="earlier editions to attack together"
    )


def run(args: argparse.Namespace) -> ExitCode:
    tables = []
    for name in (args.folder, *args.others):
        folder = Path(name)
        manifest = editions.manifest_of(folder)
        tables.append(thaw((folder / editions.FROZEN).read_bytes(), manifest["files"][editions.FROZEN]["sha256"])[0])
    hidden = sum(cell.symbol == "[c]" for part in tables for table in part for cell in table.cells)
    leaks = audit_tables(*tables)
    for leak in leaks:
        sys.stdout.write(f"{leak}\n")
    sys.stdout.write(f"{hidden:,} hidden number(s) attacked, {len(leaks):,} given away.\n")
    return ExitCode.ERRORS_FOUND if leaks else ExitCode.CLEAN
