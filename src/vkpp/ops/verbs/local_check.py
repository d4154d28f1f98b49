"""`vkpp local-check`: the page that checks in a browser, as two files that open without a network."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vkpp.basics.problems import ExitCode
from vkpp.ops import local_check, stores
from vkpp.ops.arguments import specification_named
from vkpp.ops.progress import Progress

NAME = "local-check"
SUMMARY = "Save the page that checks a return in a browser: one HTML and one JS file, which need no network."
EXAMPLES = ("vkpp local-check --collection csae --out to-take-along",)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--collection", metavar="NAME", help="the collection whose checks it runs")
    parser.add_argument(
        "--out", required=True, metavar="FOLDER", help="where the two files go; earlier ones there are replaced"
    )
    parser.add_argument("--invented", action="store_true", help="with the checks of the invented register")
    parser.add_argument("--quiet", action="store_true", help="no progress lines")


def run(args: argparse.Namespace) -> ExitCode:
    specification_named(stores.catalogue_of(invented=args.invented), args.collection)
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    with Progress(quiet=args.quiet).step("Compiling the checks"):
        checks = local_check.made(args.collection, invented=args.invented)
    files = {
        "html": local_check.saved_page(checks, invented=args.invented),
        "js": local_check.saved_script(checks),
    }
    for kind, content in files.items():
        path = out / local_check.page_name(args.collection, kind)
        partial = path.with_name(f".{path.name}.partial")
        partial.write_bytes(content)
        partial.replace(path)
    html, js = (local_check.page_name(args.collection, kind) for kind in files)
    sys.stdout.write(f"Open {html} in a browser. Keep {js} ({len(files['js']) >> 20} MB) beside it: the page needs both.\n")
    return ExitCode.CLEAN
