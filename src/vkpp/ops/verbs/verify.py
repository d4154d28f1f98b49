"""`vkpp verify`: every byte of a store against its receipts, and crimes that may stand twice in it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vkpp.basics.problems import ExitCode
from vkpp.engine.flow.candidates import candidates, counted
from vkpp.engine.keeping import Store
from vkpp.ops import stores

NAME = "verify"
SUMMARY = "Compare every byte of a store with its receipts."
EXAMPLES = ("vkpp verify --store store", "vkpp verify --store store --candidates")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", required=True, metavar="DIR", help="the store")
    parser.add_argument(
        "--candidates", action="store_true", help="list crimes sent twice or transferred between forces, with reasons"
    )


def run(args: argparse.Namespace) -> ExitCode:
    store, invented = stores.existing_store(Path(args.store))
    faults = store.verify()
    versions = list(store.all())
    kind = "invented" if invented else "real"
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    said = "every byte as accepted" if not faults else f"{len(faults):,} fault(s)"
    gone = sum(one.destroyed for one in versions)
    destroyed = f", {gone:,} of them destroyed with their hashes kept" if gone else ""
    sys.stdout.write(f"{len(versions):,} version(s) of {kind} returns{destroyed}: {said}.\n")
    if args.candidates:
        sys.stdout.write("".join(f"{line}\n" for line in _candidates(store)))
    return ExitCode.ERRORS_FOUND if faults else ExitCode.CLEAN


def _candidates(store: Store) -> list[str]:
    lines = []
    for collection in sorted(path for path in (store.folder / "returns").glob("*") if path.is_dir()):
        for period in sorted(collection.iterdir()):
            held = store.current(collection.name, period.name)
            returns = {f: {"crimes": one.table("crimes")} for f, one in held.items() if _has_crimes(one)}
            found = candidates(returns)
            lines += [f"{period.name}: {one.sentence()}" for one in found]
            lines.append(f"{period.name}: " + ", ".join(f"{n:,} {kind}" for kind, n in counted(found).items()))
    return [*lines, "These are candidates. Nothing is merged, and people are not linked."]


def _has_crimes(one: object) -> bool:
    return not getattr(one, "destroyed", True) and "crimes" in getattr(one, "receipt", {}).get("tables", {})
