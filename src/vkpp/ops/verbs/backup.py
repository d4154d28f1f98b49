"""`vkpp backup`: the service's database and files into a new folder, with a manifest of every hash."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from vkpp.basics.problems import ExitCode

NAME = "backup"
SUMMARY = "Back the service up into a new folder while it works: the database first, then the files."
EXAMPLES = ("vkpp backup --out FOLDER",)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", required=True, metavar="FOLDER", help="a new folder, not in VKPP_FOLDER")


def run(args: argparse.Namespace) -> ExitCode:
    """Sets Django up itself; the environment says which service."""
    from vkpp.ops import backing_up

    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = backing_up.back_up(backing_up.place_of_settings(), Path(args.out), at=at)
    for fault in made.faults:
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write(
        f"Backed up: the database up to entry {made.number:,} of its trail, and {made.files:,} files"
        f" of {made.bytes:,} bytes together.\n"
        f"The manifest's hash is {made.sha256}: keep it apart from the backup.\n"
        "The backup is not encrypted and holds what the service holds: keep it on an encrypted medium. The service's secret"
        " key and passwords are not in it: keep them too, and elsewhere.\n"
    )
    if made.faults:
        sys.stdout.write(f"The store has {len(made.faults):,} fault(s), and so has this backup: keep the earlier ones.\n")
    return ExitCode.ERRORS_FOUND if made.faults else ExitCode.CLEAN
