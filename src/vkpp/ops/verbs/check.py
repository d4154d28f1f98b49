"""`vkpp check`: every finding of every check in one pass, with its place, value, rule and fix."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from vkpp.basics.periods import Period
from vkpp.basics.problems import ExitCode, printable
from vkpp.catalogue.specifications import Specification
from vkpp.engine.flow.checking import Checked, check_files
from vkpp.engine.shapes.findings import SEVERITIES, CheckResult, Finding
from vkpp.engine.validation.reports import write_json_lines, write_workbook
from vkpp.ops import stores
from vkpp.ops.arguments import (
    existing_files,
    must_not_replace,
    nation_of,
    national_arguments,
    specification_named,
    table_files,
)
from vkpp.ops.progress import Progress

NAME = "check"
SUMMARY = "Check files against a collection's specification; everything found is listed in one pass."
EXAMPLES = (
    "vkpp check prc-2017-18.csv --collection recorded-crime",
    "vkpp check return.xlsx --collection csae --period CY2024 --report findings.xlsx",
)
SHOWN = 200  # findings printed on a screen; every one is in --json and --report
OF_A_KIND = {"error": SHOWN, "query": 10, "note": 3}  # as many of each check


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE", help="CSV, XLSX, XLS, ODS or a zip of them")
    parser.add_argument("--collection", metavar="NAME", help="the specification to check against")
    parser.add_argument("--table", action="append", default=[], metavar="NAME=FILE", help="the file of one table")
    parser.add_argument("--period", metavar="P", help="the period that the return is for, such as FY2024-25Q3")
    parser.add_argument("--invented", action="store_true", help="the files are of the invented register")
    parser.add_argument("--benchmark", metavar="FILE", help="an earlier return to compare with")
    national_arguments(parser)
    parser.add_argument("--json", metavar="FILE", help="write every finding as JSON Lines (- for standard output)")
    parser.add_argument("--report", metavar="FILE.xlsx", help="write every finding as a workbook")
    parser.add_argument("--quiet", action="store_true", help="no progress lines")


def run(args: argparse.Namespace) -> ExitCode:
    catalogue = stores.catalogue_of(invented=args.invented)
    specification = specification_named(catalogue, args.collection)
    files = existing_files(args.files)
    named = table_files(args.table)
    outputs = [Path(name) for name in (args.json, args.report) if name and name != "-"]
    must_not_replace(outputs, [*files, *(path for _, path in named), *([Path(args.benchmark)] if args.benchmark else [])])
    progress = Progress(quiet=args.quiet)
    with tempfile.TemporaryDirectory(prefix="vkpp-") as work:
        with progress.step(f"Reading and checking {counted(len(files) + len(named), 'file')}"):
            checked = check_files(
                files,
                specification,
                catalogue,
                Path(work),
                named=named,
                period=Period.parse(args.period) if args.period else None,
                benchmark=Path(args.benchmark) if args.benchmark else None,
                nation=nation_of(args),
            )
        write(checked.result, args)
        words = sys.stderr if args.json == "-" else sys.stdout
        words.write(summary(checked, told=bool(args.json or args.report)))
        words.write(other_register(checked.result, specification, invented=args.invented))
    return exit_code(checked.result)


def write(result: CheckResult, args: argparse.Namespace) -> None:
    """The files that were asked for, each whole or not at all."""
    if args.json:
        write_json_lines(result, sys.stdout if args.json == "-" else Path(args.json))
    if args.report:
        write_workbook(result, Path(args.report))


def other_register(result: CheckResult, specification: Specification, *, invented: bool) -> str:
    """A hint where a force that this register lacks stands in the other one: invented and real returns are easily confused."""
    asking = {c.id for c in specification.checks if dict(c.must).get("in_list", {}).get("list") == "forces"}
    named = sorted({f.value for f in result.findings if f.check in asking and f.value})
    if not named:
        return ""
    other = stores.catalogue_of(invented=not invented)
    found = [name for name in named if other.force_named(name)]
    if not found:
        return ""
    which, act = ("real", "leave --invented out") if invented else ("invented", "add --invented")
    return f"{', '.join(found)}: of the {which} register. If this return is {which}, {act} and check again.\n"


def exit_code(result: CheckResult) -> ExitCode:
    """A check that could not run outranks an error (decision 0002)."""
    if result.could_not_run:
        return ExitCode.CHECK_COULD_NOT_RUN
    return ExitCode.ERRORS_FOUND if result.findings.count("error") else ExitCode.CLEAN


def summary(checked: Checked, *, told: bool) -> str:
    """The answer first (what to do), then counts by check, then findings, then the reconciliation."""
    result = checked.result
    lines = [headline(result), ""]
    kinds = Counter((f.severity, f.check) for f in result.findings)
    for severity in SEVERITIES:
        for (_, check), n in sorted((k, n) for k, n in kinds.items() if k[0] == severity):
            lines.append(f"  {severity:<6} {n:>8,}  {check}")
    for run_ in result.could_not_run:
        lines.append(f"  could not run      {run_.check}: {printable(run_.why_not)}")
    lines += [""] if kinds or result.could_not_run else []
    lines += _findings(result, told=told)
    lines += ["", *(r.sentence() for r in result.reconciliations)]
    ran = sum(run_.ran for run_ in result.runs)
    lines.append(f"{ran} of {len(result.runs)} checks ran, against {result.specification}.")
    return "\n".join(lines) + "\n"


def _findings(result: CheckResult, *, told: bool) -> list[str]:
    """In the order of the file: errors, and the first few of each kind of query and note; the files hold every one."""
    shown: list[str] = []
    kinds: Counter[str] = Counter()
    for finding in result.findings:
        kinds[finding.check] += 1
        if len(shown) < SHOWN and kinds[finding.check] <= OF_A_KIND[finding.severity]:
            shown.append(line(finding))
    rest = len(result.findings) - len(shown)
    if rest:
        where = (
            "in the files that you asked for"
            if told
            else "listed by `vkpp check` with --report findings.xlsx or --json findings.jsonl"
        )
        shown.append(f"... and {rest:,} more, every one of them {where}.")
    return shown


def headline(result: CheckResult) -> str:
    """The next act, never the machine's state."""
    errors = {f.check for f in result.findings if f.severity == "error"}
    queries = result.findings.count("query")
    if result.could_not_run:
        stopped = f"{counted(len(result.could_not_run), 'check')} could not run"
        return f"{stopped}, so this file has not passed. Mend what they name and check again."
    if errors:
        n = result.findings.count("error")
        kinds = counted(len(errors), "kind of fix", "kinds of fix")
        return f"This file needs {kinds}: {counted(n, 'error')}. Fix {'it' if n == 1 else 'them'} and check again."
    if queries:
        need = f"{counted(queries, 'query', 'queries')} {'needs' if queries == 1 else 'need'}"
        return f"No errors. {need} a fix or a reason before you send."
    return "No errors and no queries: ready to send."


def line(finding: Finding) -> str:
    place = [finding.file]
    if finding.sheet:
        place.append(f"sheet {finding.sheet}")
    if finding.row is not None:
        place.append(f"line {finding.row:,}")
    if finding.record is not None:
        place.append(f"record {finding.record:,}")
    if finding.column:
        place.append(finding.column)
    value = f" [{finding.value}]" if finding.value is not None else ""
    return printable(f"{finding.severity}: {', '.join(place)}{value}: {finding.message} {finding.fix} ({finding.check})")


def counted(n: int, one: str, several: str | None = None) -> str:
    """A number with its noun: 1 query, 4 queries."""
    return f"{n:,} {one if n == 1 else several or one + 's'}"
