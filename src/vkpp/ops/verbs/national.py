"""`vkpp national`: the signed file of protected national aggregates that a force checks its return against."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from vkpp.basics.periods import Period
from vkpp.basics.problems import ExitCode, UsageProblem
from vkpp.engine.flow.national import national
from vkpp.engine.keeping.writing import file_made_whole
from vkpp.ops import stores
from vkpp.ops.national import new_keys, private_key, signed

NAME = "national"
SUMMARY = "Make the signed file of protected national aggregates that a force checks its return against."
EXAMPLES = (
    "vkpp national --new-keys keys",
    "vkpp national --store store --period CY2023 --key keys/national-private.pem --out national-CY2023.json",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--new-keys", metavar="FOLDER", help="make a pair of keys in this folder, and nothing else")
    parser.add_argument("--store", metavar="DIR", help="the store of accepted returns")
    parser.add_argument("--collection", default="csae", metavar="NAME", help="the collection (default: csae)")
    parser.add_argument("--period", metavar="P", help="the year whose accepted returns are put together, such as CY2023")
    parser.add_argument("--key", metavar="FILE", help="the programme's private key")
    parser.add_argument("--out", metavar="FILE", help="where to write it")


def run(args: argparse.Namespace) -> ExitCode:
    if args.new_keys:
        private, public = new_keys(Path(args.new_keys))
        sys.stdout.write(f"Private key, for the programme alone: {private}\nPublic key, for every force: {public}\n")
        return ExitCode.CLEAN
    lacking = [f"--{name}" for name in ("store", "period", "key", "out") if not getattr(args, name)]
    if lacking:
        raise UsageProblem(f"{', '.join(lacking)} is not given.", expected=EXAMPLES[1], next_step="add it")
    out = Path(args.out)
    if out.exists():
        raise UsageProblem(f"{out} is there already.", expected="a new file", next_step="name another, or move it away")
    sys.stdout.write(_made(args, out))
    return ExitCode.CLEAN


def _made(args: argparse.Namespace, out: Path) -> str:
    key, period = private_key(Path(args.key)), Period.parse(args.period)
    store, invented = stores.existing_store(Path(args.store))
    with tempfile.TemporaryDirectory(prefix="vkpp-") as work:
        held = stores.loaded(store, period, Path(work))
        returns = held.accepted.returns.get(period.code, {})
        found = national(args.collection, period.code, returns, stores.catalogue_of(invented=invented))
    file_made_whole(out, signed(found, key, invented=invented))
    codes = sum(len(each) for each in found.everywhere.values())
    return (
        f"{out}: {codes} codes that nearly every one of {found.forces} forces recorded, and {len(found.shares)} national shares"
        f" of {period.label}.\nSend it to forces; they check with --national {out.name} --national-key national-public.pem.\n"
    )
