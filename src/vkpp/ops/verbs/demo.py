"""`vkpp demo`: the real edition, the invented one, and the service filled with invented rounds; ending with where to look."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from vkpp.basics.periods import Period
from vkpp.basics.problems import ExitCode, RefusedByRule, UsageProblem
from vkpp.engine.flow import csae
from vkpp.engine.flow.national import national
from vkpp.engine.keeping.writing import file_made_whole
from vkpp.ops import demonstration, editions, stores
from vkpp.ops.national import fresh_key, signed
from vkpp.ops.progress import Progress
from vkpp.ops.verbs import check as checking
from vkpp.ops.verbs.analyse import told

NAME = "demo"
SUMMARY = (
    "Make the real edition from the shipped Home Office table and an invented one from invented returns, fill the service with "
    "invented rounds, and say where they are."
)
EXAMPLES = ("vkpp demo", "vkpp demo --out somewhere --scale 0.5")
_REAL, _MADE = "recorded-crime-2017-18", "invented-csae-2024"
PORT = 8017  # of `vkpp serve --demo`, which says so itself
PERIOD, INVENTED_PERIOD = "FY2017-18", "CY2024"
SEED, SCALE = 2024, 1.0
MARK = "README-INVENTED.txt"  # in a folder of invented returns or an invented store, so that it can be made anew


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", default="var/demo", metavar="FOLDER", help="where to make it (default: var/demo); made anew each time"
    )
    parser.add_argument("--only", choices=("real", "invented", "service"), help="one of the two editions, or the service")
    parser.add_argument("--scale", type=float, default=SCALE, metavar="X", help=f"size of the invented nation ({SCALE:g})")
    parser.add_argument("--no-pdf", action="store_true", help="leave the PDF out; the edition says so")
    parser.add_argument("--quiet", action="store_true", help="no progress lines")


def run(args: argparse.Namespace) -> ExitCode:
    if not 0.01 <= args.scale <= 10:
        raise UsageProblem(f"--scale {args.scale:g} cannot be made.", expected="0.01 to 10", next_step="correct it")
    made = ExitCode.CLEAN
    for name, make in (("real", _real), ("invented", _invented), ("service", _service)):
        if args.only in (None, name) and made is ExitCode.CLEAN:
            made = make(args)
    if made is ExitCode.CLEAN:
        sys.stdout.write(_where(args))
    return made


def _where(args: argparse.Namespace) -> str:
    """The last words: the report to open, and the address of the service."""
    lines = []
    if args.only != "service":
        folder = _REAL if args.only == "real" else _MADE
        lines.append(f"The report: {(Path(args.out) / folder / 'report.html').resolve()}")
        lines.append("Both editions in a browser: ./run serve" if args.only is None else "In a browser: ./run serve")
    if args.only in (None, "service"):
        lines.append(
            f"The service: ./run serve --demo, then http://localhost:{PORT}/ with a link that it prints, one for every role"
        )
    return "".join(f"{line}\n" for line in lines)


def _service(args: argparse.Namespace) -> ExitCode:
    """The service's own invented database, in a process of its own; one that stands there stays as people left it."""
    folder = Path(f"{args.out}-service")
    code = "from vkpp.ops.serving import demonstration; raise SystemExit(demonstration.main())"
    with Progress(quiet=args.quiet).step("Filling the service with people and rounds"):
        done = subprocess.run(  # noqa: S603  our own program
            [sys.executable, "-c", code],
            env={**os.environ, "VKPP_FOLDER": str(folder)},
            check=False,
            capture_output=True,
            text=True,
        )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["No reason was given."]
        raise RefusedByRule(f"The service in {folder} could not be filled: {said[-1]}")
    return ExitCode.CLEAN


def _real(args: argparse.Namespace) -> ExitCode:
    out = Path(args.out) / _REAL
    _clear(out, editions.MANIFEST)
    asked = editions.Asked("recorded-crime", editions.shipped_inputs(), Period.parse(PERIOD))
    checked, written = editions.analyse(asked, out, Progress(quiet=args.quiet), pdf=False if args.no_pdf else None)
    if written is None:
        sys.stdout.write(checking.summary(checked, told=False))
        return checking.exit_code(checked.result)
    sys.stdout.write("".join(f"{r.sentence()}\n" for r in checked.result.reconciliations))
    sys.stdout.write(told(written.folder.resolve(), written.no_pdf))
    return ExitCode.CLEAN


def _invented(args: argparse.Namespace) -> ExitCode:
    """Two invented years: generated, sent, checked, accepted into a store, and an edition from what is in."""
    from vkpp.ops.example.scenario import write_scenario

    progress = Progress(quiet=args.quiet)
    returns, store, out = (Path(args.out) / name for name in ("invented-returns", "invented-store", _MADE))
    for folder, mark in ((returns, MARK), (store, stores.REGISTER), (out, editions.MANIFEST)):
        _clear(folder, mark)
    with progress.step("Inventing two years of returns"):
        scenario = write_scenario(returns, scale=args.scale, seed=SEED)
    kept = stores.store_for(store, invented=True)
    for line in demonstration.fill(kept, scenario, progress):
        sys.stdout.write(f"Invented: {line}\n")
    _write_national(store, Path(args.out), progress)
    held, written = editions.analyse_store(
        store, Period.parse(INVENTED_PERIOD), out, progress, pdf=False if args.no_pdf else None
    )
    forces = {one.receipt["force_id"] for one in held.versions if one.receipt["period"] == INVENTED_PERIOD}
    expected = len(stores.catalogue_of(invented=True).forces_on(Period.parse(INVENTED_PERIOD).end))
    sys.stdout.write(f"Invented: {len(forces)} of {expected} forces are in.\n")
    sys.stdout.write(told(written.folder.resolve(), written.no_pdf))
    return ExitCode.CLEAN


def _write_national(store: Path, out: Path, progress: Progress) -> None:
    """What the forces of the year before say together, signed with a key that nobody keeps; and how to use it."""
    key, public = fresh_key()
    year = Period.parse(INVENTED_PERIOD).previous()
    path, key_path = out / f"invented-national-{year.code}.json", out / "invented-national-public.pem"
    with progress.step(f"Signing the national aggregates of {year.label}"), tempfile.TemporaryDirectory(prefix="vkpp-") as work:
        kept, _ = stores.existing_store(store)
        returns = stores.loaded(kept, year, Path(work)).accepted.returns[year.code]
        said = national(csae.COLLECTION, year.code, returns, stores.catalogue_of(invented=True))
        for file, content in ((path, signed(said, key, invented=True)), (key_path, public)):
            file.unlink(missing_ok=True)
            file_made_whole(file, content)
    sys.stdout.write(f"Invented: to hold a return against the others: --national {path} --national-key {key_path}\n")


def _clear(out: Path, mark: str) -> None:
    """Remove an earlier demonstration; anything else in its place is left alone."""
    if not out.exists():
        return
    if not (out / mark).is_file():
        raise RefusedByRule(
            f"{out} is there already and was not made by this command.",
            expected="an empty place",
            next_step="move it away, or name another --out",
        )
    shutil.rmtree(out)
