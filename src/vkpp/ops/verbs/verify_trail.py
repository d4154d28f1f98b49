"""`vkpp verify-trail`: proves that no entry of the trail was changed, removed or put in."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from vkpp.basics.problems import ExitCode, UnreadableFile, UsageProblem

if TYPE_CHECKING:
    from vkpp.records.trail.queries import HeadCopy

NAME = "verify-trail"
SUMMARY = "Prove that no entry of the service's trail was changed, removed or put in."
EXAMPLES = ("vkpp verify-trail", "vkpp verify-trail --heads FOLDER --export")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--heads", metavar="FOLDER", help="the folder of exported heads (VKPP_TRAIL_HEADS)")
    parser.add_argument("--export", action="store_true", help="export the head there when the trail is whole")


def run(args: argparse.Namespace) -> ExitCode:
    """Sets Django up itself: no other verb needs it."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vkpp.ops.settings")
    django.setup()
    from django.conf import settings

    from vkpp.records.trail.queries import verify

    _demand_tables()
    folder = Path(args.heads or settings.TRAIL_HEADS)
    found = verify(_copies(folder, named=bool(args.heads)))
    for fault in found.faults:
        sys.stdout.write(fault + "\n")
    if found.faults:
        sys.stdout.write(f"The trail is NOT whole: {len(found.faults)} faults in {found.number} entries.\n")
        return ExitCode.ERRORS_FOUND
    sys.stdout.write(f"The trail is whole: {found.number} entries, the last {found.digest[:16]}. {_witness(found.witnessed)}\n")
    if args.export:
        sys.stdout.write(f"Its head is kept in {_export(folder, found.number, found.digest)}.\n")
    return ExitCode.CLEAN


def _witness(witnessed: int) -> str:
    if witnessed:
        return f"Exported heads vouch for every entry up to {witnessed}."
    return "No exported head vouches for it: whoever can write the database could have written it anew as a whole."


def _demand_tables() -> None:
    from django.db import Error, connection

    try:
        tables = connection.introspection.table_names()
    except Error as problem:
        raise UnreadableFile(
            "The service's database does not answer.", next_step="check VKPP_DATABASE or VKPP_FOLDER, and that it runs"
        ) from problem
    if "trail_entry" not in tables:
        raise UsageProblem(
            "The service's database has no trail yet.",
            where="the database of VKPP_DATABASE, or records.sqlite3 in VKPP_FOLDER",
            next_step="name the right one, or make it with python -m django migrate --settings vkpp.ops.settings",
        )


def _copies(folder: Path, *, named: bool) -> list[HeadCopy]:
    from vkpp.records.trail.queries import HeadCopy

    if named and not folder.is_dir():
        raise UsageProblem(f"{folder.name} is not a folder.", expected="the folder of exported heads")
    copies = []
    for path in sorted(folder.glob("head-*.json")):
        try:
            said = json.loads(path.read_text(encoding="ascii"))
            copies.append(HeadCopy(int(said["number"]), str(said["digest"]), path.name))
        except (ValueError, KeyError, TypeError) as problem:
            raise UnreadableFile(
                f"The exported head {path.name} cannot be read.", next_step="bring it from a backup"
            ) from problem
    return copies


def _export(folder: Path, number: int, digest: str) -> str:
    from vkpp.ops.jobs import now, write_head

    return write_head(folder, number, digest, now()).name
