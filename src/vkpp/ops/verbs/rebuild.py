"""`vkpp rebuild`: make an edition again and prove that every byte is the same, or say what differs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vkpp.basics.problems import ExitCode
from vkpp.ops import editions
from vkpp.ops.arguments import existing_files
from vkpp.ops.progress import Progress

NAME = "rebuild"
SUMMARY = "Make an edition again from its inputs and compare every byte."
EXAMPLES = ("vkpp rebuild edition", "vkpp rebuild edition --from prc-2017-18.csv --compare")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="FOLDER", help="the edition")
    parser.add_argument(
        "--from", dest="files", nargs="+", default=[], metavar="FILE", help="its inputs, where they are not shipped"
    )
    parser.add_argument("--store", metavar="DIR", help="the store that it was made from, where it was made from one")
    parser.add_argument("--earlier", nargs="+", default=[], metavar="FOLDER", help="the editions beside which it was protected")
    parser.add_argument("--compare", action="store_true", help="list the cells that differ; another program version is allowed")
    parser.add_argument("--quiet", action="store_true", help="no progress lines")


def run(args: argparse.Namespace) -> ExitCode:
    folder = Path(args.folder)
    store = Path(args.store) if args.store else None
    rebuilt = editions.rebuild(
        folder,
        existing_files(args.files),
        Progress(quiet=args.quiet),
        compare=args.compare,
        store=store,
        earlier=[Path(name) for name in args.earlier],
    )
    what = "cell" if args.compare else "file"
    for line in rebuilt.differs:
        sys.stdout.write(f"{line if args.compare else line + ' differs'}\n")
    if rebuilt.differs:
        sys.stdout.write(f"{folder.name}, made again {rebuilt.how}: {len(rebuilt.differs)} {what}(s) differ.\n")
        return ExitCode.ERRORS_FOUND
    same = "no cell differs" if args.compare else f"all {rebuilt.same} files are the same to the byte"
    sys.stdout.write(f"{folder.name}, made again {rebuilt.how}: {same}.\n")
    return ExitCode.CLEAN
