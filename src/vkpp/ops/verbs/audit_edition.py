"""`vkpp audit-edition`: attack an edition as an outsider would and read out what its printed numbers give away."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from vkpp.basics.periods import Period
from vkpp.basics.problems import ExitCode, UsageProblem
from vkpp.engine.disclosure.attack import audit_tables
from vkpp.engine.flow.csae import leaks_without_secondary
from vkpp.ops import editions, stores

NAME = "audit-edition"
SUMMARY = "Attack an edition's printed numbers and read out what they give away."
EXAMPLES = (
    "vkpp audit-edition edition",
    "vkpp audit-edition edition --with last-years-edition",
    "vkpp audit-edition edition --secondary-off --store store",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="FOLDER", help="the edition")
    parser.add_argument(
        "--with", dest="others", nargs="+", default=[], metavar="FOLDER", help="earlier editions to attack together"
    )
    parser.add_argument(
        "--secondary-off", action="store_true", help="attack it as it would be were small counts alone hidden (needs --store)"
    )
    parser.add_argument("--store", metavar="DIR", help="the store of accepted returns that the edition was made from")


def run(args: argparse.Namespace) -> ExitCode:
    if args.secondary_off or args.store:
        return _told(*_with_secondary_off(args))
    tables = []
    for name in (args.folder, *args.others):
        folder = Path(name)
        manifest = editions.manifest_of(folder)
        tables.append(editions.tables_of(folder, manifest))
    hidden = sum(cell.symbol == "[c]" for part in tables for table in part for cell in table.cells)
    return _told(hidden, audit_tables(*tables))


def _with_secondary_off(args: argparse.Namespace) -> tuple[int, Sequence[str]]:
    """The edition counted again from its store and attacked with small counts alone hidden. No such edition is written."""
    if not (args.secondary_off and args.store) or args.others:
        raise UsageProblem(
            "Secondary hiding is turned off for one edition, counted again from its store.",
            expected="--secondary-off together with --store DIR, and no --with",
            next_step="name the store, or leave both out to attack what was printed",
        )
    manifest = editions.manifest_of(Path(args.folder))
    asked = manifest["provenance"]["parameters"]
    if asked["collection"] not in editions.FROM_STORE:
        return 0, ()  # official open data: its rule hides nothing
    with tempfile.TemporaryDirectory(prefix="vkpp-") as work:
        accepted, why_not = editions.held_returns(manifest, Path(args.store), Path(work))
        if accepted is None:
            raise UsageProblem(
                f"The store does not hold what the edition was made from: {why_not}.",
                expected="the store that made the edition",
                next_step="name that store",
            )
        catalogue = stores.catalogue_of(invented=bool(manifest["invented"]))
        return leaks_without_secondary(accepted, Period.parse(asked["period"]), catalogue)


def _told(hidden: int, leaks: Sequence[str]) -> ExitCode:
    for leak in leaks:
        sys.stdout.write(f"{leak}\n")
    sys.stdout.write(f"{hidden:,} hidden number(s) attacked, {len(leaks):,} given away.\n")
    return ExitCode.ERRORS_FOUND if leaks else ExitCode.CLEAN
