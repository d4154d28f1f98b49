"""`vkpp specification`: a collection's guidance page, blank workbook and data dictionary, made from its specification."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vkpp.basics.problems import ExitCode
from vkpp.catalogue.load import load_catalogue
from vkpp.engine.dissemination.specification_pages import write_specification
from vkpp.ops.arguments import specification_named

NAME = "specification"
SUMMARY = "Write a collection's guidance page, blank workbook and data dictionary."
EXAMPLES = ("vkpp specification recorded-crime --out recorded-crime",)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the collection")
    parser.add_argument("--out", required=True, metavar="FOLDER", help="a new folder")


def run(args: argparse.Namespace) -> ExitCode:
    catalogue = load_catalogue()
    written = write_specification(specification_named(catalogue, args.name), catalogue, Path(args.out))
    sys.stdout.write(f"Written to {args.out}: {', '.join(sorted(written))}\n")
    return ExitCode.CLEAN
