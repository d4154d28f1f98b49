"""`vkpp generate`: invented returns of the invented nation, with the truth beside them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vkpp.basics.problems import ExitCode, UsageProblem
from vkpp.ops.progress import Progress

NAME = "generate"
SUMMARY = "Write invented returns of the invented nation, the same for the same seed, with the truth beside them."
EXAMPLES = ("vkpp generate --collection csae --years 2 --scale 0.02 --seed 2024 --out invented",)
COLLECTION = "csae"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--collection", required=True, metavar="NAME", help="the collection; csae is the one there is")
    parser.add_argument("--years", type=int, required=True, metavar="N", help="how many calendar years, up to 2024")
    parser.add_argument("--scale", type=float, default=1.0, metavar="X", help="size; 1 is the published size (0.01 to 10)")
    parser.add_argument("--seed", type=int, required=True, metavar="S", help="the seed; the same seed gives the same bytes")
    parser.add_argument("--cut", choices=("year", "quarter"), default="year", help="one return a year, or one a quarter")
    parser.add_argument("--clean", action="store_true", help="without planted faults and look-alikes")
    parser.add_argument("--out", required=True, metavar="FOLDER", help="a new folder")
    parser.add_argument("--quiet", action="store_true", help="no progress lines")


def run(args: argparse.Namespace) -> ExitCode:
    from vkpp.ops.example.generate import generate

    out = Path(args.out)
    if args.collection != COLLECTION:
        raise UsageProblem(f"Nothing is invented for {args.collection!r}.", expected=COLLECTION, next_step="correct it")
    if not 0.01 <= args.scale <= 10:
        raise UsageProblem(f"--scale {args.scale:g} cannot be made.", expected="0.01 to 10", next_step="correct it")
    if out.exists() and any(out.iterdir()):
        raise UsageProblem(f"{out} holds something.", expected="a new folder", next_step="name another, or move it away")
    with Progress(quiet=args.quiet).step("Inventing returns"):
        made = generate(args.years, args.scale, args.seed, out, cut=args.cut, clean=args.clean)
    records = sum(sum(d.records.values()) for d in made.deliveries)
    sys.stdout.write(f"Written to {out}: {len(made.deliveries):,} invented returns with {records:,} records.\n")
    sys.stdout.write(
        f"What is true of them is in {out / 'truth'}; which file is whose, in {out / 'invented_deliveries.json'}\n"
    )
    return ExitCode.CLEAN
