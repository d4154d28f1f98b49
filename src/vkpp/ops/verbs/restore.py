"""`vkpp restore`: a backup back into an empty folder and an empty database, after every byte was compared."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from vkpp.basics.problems import ExitCode

NAME = "restore"
SUMMARY = "Put a backup back into an empty place, after every byte of it was compared."
EXAMPLES = ("vkpp restore --from FOLDER",)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="source", required=True, metavar="FOLDER", help="a folder made by `vkpp backup`")


def run(args: argparse.Namespace) -> ExitCode:
    """Sets Django up itself; the environment says where to."""
    from vkpp.ops import backing_up, restoring

    done = restoring.restore(backing_up.place_of_settings(), Path(args.source), at=datetime.now(UTC))
    sys.stdout.write(
        f"Restored the service as it was at {done.at}: the database up to entry {done.number:,} of its trail,"
        f" {done.files:,} files. Everybody has to sign in again.\n"
    )
    sys.stdout.writelines(f"{words}\n" for words in done.words)
    sys.stdout.write(
        "Next: `vkpp verify --store` on the folder store in VKPP_FOLDER, `vkpp verify-trail` and `vkpp reindex`, before"
        " anybody is let in (docs/operating.md).\n"
    )
    return ExitCode.CLEAN
