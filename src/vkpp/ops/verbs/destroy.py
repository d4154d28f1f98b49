"""`vkpp destroy`: the records of a return are removed on two people's word; hashes, counts and reason stay."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from vkpp.basics.periods import Period
from vkpp.basics.problems import ExitCode, UsageProblem
from vkpp.ops import receiving, stores

NAME = "destroy"
SUMMARY = "Destroy the records of a return, on two people's word; its hashes and counts are kept."
EXAMPLES = (
    'vkpp destroy --store store --collection csae --force eastmere --period CY2023 --by A --by B --reason "retention ended"',
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", required=True, metavar="DIR", help="the store")
    parser.add_argument("--collection", required=True, metavar="NAME", help="the collection")
    parser.add_argument("--force", required=True, metavar="F", help="the force, by id or name")
    parser.add_argument("--period", required=True, metavar="P", help="the period of the return")
    parser.add_argument("--by", action="append", default=[], metavar="NAME", help="who decides; give it twice")
    parser.add_argument("--reason", required=True, metavar="WORDS", help="why")


def run(args: argparse.Namespace) -> ExitCode:
    store, invented = stores.existing_store(Path(args.store))
    period = Period.parse(args.period)
    force = receiving.force_id_of(args.force, stores.catalogue_of(invented=invented), period)
    versions = store.versions(args.collection, period.code, force)
    if not versions:
        raise UsageProblem(
            f"The store holds no return of {force} for {period.label}.",
            expected="a return that was accepted",
            next_step="`vkpp verify --store` says what it holds; correct --force, --period or --collection",
        )
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for one in versions:
        store.destroy(one, by=args.by, reason=args.reason, at=at)
    people = " and ".join(sorted(set(args.by)))
    sys.stdout.write(f"Destroyed: {len(versions):,} version(s) of {force}, {period.label}, by {people}: {args.reason}.\n")
    sys.stdout.write("Their hashes, counts and receipts are kept; editions can be made again from their protected cells.\n")
    return ExitCode.CLEAN
