"""`vkpp verify`: every byte of a store against its receipts, and crimes that may stand twice in it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from uuid import UUID

from vkpp.basics.problems import ExitCode
from vkpp.engine.flow.candidates import candidates, counted
from vkpp.engine.keeping import Store
from vkpp.ops import stores
from vkpp.records.collections.rules import places

NAME = "verify"
SUMMARY = "Compare every byte of a store with its receipts."
EXAMPLES = ("vkpp verify --store store", "vkpp verify --store store --candidates")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", required=True, metavar="DIR", help="the store; a service's own takes its compartments along")
    parser.add_argument(
        "--candidates", action="store_true", help="list crimes sent twice or transferred between forces, with reasons"
    )


def run(args: argparse.Namespace) -> ExitCode:
    faults = _verified(Path(args.store), args.candidates)
    for compartment, folder in _beside(Path(args.store)):
        sys.stdout.write(f"Compartment {compartment}:\n")
        faults += _verified(folder, args.candidates)
    return ExitCode.ERRORS_FOUND if faults else ExitCode.CLEAN


def _beside(folder: Path) -> list[tuple[UUID, Path]]:
    """The stores of compartments beside a service's public one: whoever verifies the one has forgotten none of the others."""
    folder = folder.resolve()
    if folder.name != places.STORE:
        return []
    return [(key, path) for key, path in places.stores(folder.parent) if key is not None and stores.register_of(path)]


def _verified(folder: Path, and_candidates: bool) -> int:
    """Say what is wrong with one store; gives how many faults."""
    store, invented = stores.existing_store(folder)
    faults = store.verify()
    versions = list(store.all())
    kind = "invented" if invented else "real"
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    said = "every byte as accepted" if not faults else f"{len(faults):,} fault(s)"
    gone = sum(one.destroyed for one in versions)
    destroyed = f", {gone:,} of them destroyed with their hashes kept" if gone else ""
    sys.stdout.write(f"{len(versions):,} version(s) of {kind} returns{destroyed}: {said}.\n")
    if and_candidates:
        sys.stdout.write("".join(f"{line}\n" for line in _candidates(store)))
    return len(faults)


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
