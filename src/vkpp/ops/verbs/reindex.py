"""`vkpp reindex`: rows of accepted versions made anew from the store, which is the truth; search anew from the rows."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from vkpp.basics.problems import ExitCode

NAME = "reindex"
SUMMARY = "Make the service's rows say what the store of accepted versions holds, and search what the rows say."
EXAMPLES = ("vkpp reindex",)
_MOST = 50

Rows = Mapping[str, tuple[str, int | None]]


def arguments(parser: argparse.ArgumentParser) -> None:
    """None: the environment says which service (docs/settings.md)."""


def run(args: argparse.Namespace) -> ExitCode:
    """Exit code 1 where store and rows still differ afterwards: that is for people to look at."""
    from vkpp.ops import backing_up, databases

    place = backing_up.place_of_settings()
    from vkpp.ops import jobs, returns  # only now: they stand on Django's models
    from vkpp.ops.serving import server
    from vkpp.records.collections.rules import places

    databases.demand_answer(place.database)
    server.demand_migrated()
    held = returns.in_store(Path(place.folder), invented=place.invented)
    store = {places.called(one.receipt, one.compartment): (one.sha256, one.total) for one in held}
    before = _rows()
    counts = jobs.reindex(datetime.now(UTC))
    after = _rows()
    new = store.keys() - before.keys()
    _say(
        "The row said something else and was mended", [name for name in store if name in before and before[name] != store[name]]
    )
    _say("Had no row and has one now", new & after.keys())
    _say("Is of no round of this service, and was left alone", new - after.keys())
    _say("Has a row, and the store does not hold it", before.keys() - store.keys())
    left = counts["strange"] + counts["missing"]
    changed = counts["mended"] + counts["added"]
    sys.stdout.write(
        f"{len(store):,} version(s) in the store: {changed:,} row(s) changed"
        f"{f', {left:,} difference(s) left for people to look at' if left else ''}.\n"
    )
    found = jobs.rebuild_search(datetime.now(UTC))
    differed = sum(found.get(name, 0) for name in ("mended", "added", "removed"))
    sys.stdout.write(f"Search finds {sum(found.values()) - found['removed']:,} thing(s): {differed:,} entry(s) changed.\n")
    made, unmade = jobs.rebuild_packs(datetime.now(UTC))
    if made:
        sys.stdout.write(f"{made:,} pack(s) of forces were not there and are made again from the store.\n")
    _say("No pack can be made, because its tables cannot be read; `vkpp verify` says what is damaged", unmade)
    return ExitCode.ERRORS_FOUND if left or unmade else ExitCode.CLEAN


def _rows() -> Rows:
    from vkpp.records.collections.queries import indexed

    return indexed()


def _say(what: str, names: Iterable[str]) -> None:
    found = sorted(names)
    sys.stdout.writelines(f"{what}: {name}\n" for name in found[:_MOST])
    if len(found) > _MOST:
        sys.stdout.write(f"{what}: {len(found) - _MOST:,} more\n")
