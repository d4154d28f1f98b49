"""`vkpp analyse`: from received files to an edition in a new folder."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from vkpp.basics.periods import Period
from vkpp.basics.problems import ExitCode, RefusedByRule, UsageProblem
from vkpp.catalogue.load import Waiver, load_catalogue
from vkpp.ops import editions, stores
from vkpp.ops.arguments import existing_files, specification_named
from vkpp.ops.progress import Progress
from vkpp.ops.verbs import check as checking

NAME = "analyse"
SUMMARY = "Make an edition: report, tables, charts, numbers and manifest in a new folder."
ALONE = (
    "It was protected by itself. Where an edition with the same year is out, name it with --earlier: what both print, taken\n"
    "together, can give back what one of them hides.\n"
)
EXAMPLES = (
    "vkpp analyse --collection recorded-crime --from prc-2017-18.csv --period FY2017-18 --out edition",
    "vkpp analyse --collection recorded-crime --from prc-2017-18.csv --period FY2017-18Q3 --out third-quarter --no-pdf",
    "vkpp analyse --collection csae --store store --period CY2024 --out edition",
    "vkpp analyse --collection csae --store store --period CY2024 --notes csae_CY2024_notes.csv --out edition",
    "vkpp analyse --collection csae --store store --period CY2024 --earlier edition-2023 --out edition-2024",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--collection", required=True, metavar="NAME", help="the collection that the files belong to")
    parser.add_argument("--from", dest="files", nargs="+", default=[], metavar="FILE", help="the received files")
    parser.add_argument("--store", metavar="DIR", help="the store of accepted returns, for a collection that is made from one")
    parser.add_argument("--invented", action="store_true", help="refuse a store that is not of the invented register")
    parser.add_argument(
        "--period", required=True, metavar="P", help="FY2017-18, FY2024-25Q3, CY2024 or CY2024Q1, by date recorded"
    )
    parser.add_argument("--out", required=True, metavar="FOLDER", help="a new folder for the edition")
    parser.add_argument("--no-pdf", action="store_true", help="leave the PDF out; the edition says so")
    parser.add_argument(
        "--waiver",
        nargs=3,
        metavar=("WHO", "WHEN", "WHY"),
        help="signed leave to use a population more than five years from the period",
    )
    parser.add_argument(
        "--notes", nargs="+", default=[], metavar="FILE", help="the national notes of its rounds, as the service gives them"
    )
    parser.add_argument(
        "--earlier", nargs="+", default=[], metavar="FOLDER", help="editions that are out, to protect this one together with"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress lines")


def run(args: argparse.Namespace) -> ExitCode:
    specification_named(load_catalogue(), args.collection)
    editions.product_of(args.collection)
    if args.collection in editions.FROM_STORE:
        return _from_store(args)
    if args.store or args.invented or args.notes or args.earlier or not args.files:
        raise UsageProblem(
            f"The edition of {args.collection} is made from received files.",
            expected="--from FILE..., and none of --store, --invented, --notes and --earlier",
            next_step="name the files",
        )
    asked = editions.Asked(args.collection, existing_files(args.files), Period.parse(args.period), _waiver(args.waiver))
    checked, written = editions.analyse(asked, Path(args.out), Progress(quiet=args.quiet), pdf=False if args.no_pdf else None)
    if written is None:
        sys.stdout.write(checking.summary(checked, told=False))
        sys.stdout.write("No edition was made, because the table has not passed.\n")
        return checking.exit_code(checked.result)
    sys.stdout.write("".join(f"{r.sentence()}\n" for r in checked.result.reconciliations))
    sys.stdout.write(told(written.folder, written.no_pdf))
    return ExitCode.CLEAN


def _from_store(args: argparse.Namespace) -> ExitCode:
    if not args.store or args.files or args.waiver:
        raise UsageProblem(
            f"The edition of {args.collection} is made from accepted returns.",
            expected="--store DIR, and neither --from nor --waiver",
            next_step="accept the returns with `vkpp accept`, then name the store",
        )
    if args.invented and not stores.existing_store(Path(args.store))[1]:
        raise RefusedByRule(
            "The store holds real returns.", expected="an invented store", next_step="leave --invented out, or name another"
        )
    held, written = editions.analyse_store(
        Path(args.store),
        Period.parse(args.period),
        Path(args.out),
        Progress(quiet=args.quiet),
        pdf=False if args.no_pdf else None,
        notes=existing_files(args.notes),
        earlier=[Path(name) for name in args.earlier],
    )
    sys.stdout.write(f"Made from {len(held.versions):,} accepted versions.\n")
    sys.stdout.write("".join(f"Left out: {words}.\n" for words in held.left_out))
    sys.stdout.write(told(written.folder, written.no_pdf))
    if not args.earlier:
        sys.stdout.write(ALONE)
    return ExitCode.CLEAN


def told(folder: Path, no_pdf: str) -> str:
    """Where the edition is, in words for a person."""
    lines = [f"The edition is in {folder}: open {folder / 'report.html'}"]
    if no_pdf:
        lines.append(f"It has no PDF: {no_pdf}")
    return "\n".join(lines) + "\n"


def _waiver(given: list[str] | None) -> Waiver | None:
    if given is None:
        return None
    who, when, why = given
    try:
        return Waiver(who, date.fromisoformat(when), why)
    except ValueError as problem:
        raise UsageProblem(
            f"The waiver's date {when!r} is no date.", expected="a date such as 2026-01-31", next_step="correct --waiver"
        ) from problem
