"""`vkpp trace`: from a published number to its definition, the checks that ran, the input and the lines behind it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from vkpp.basics.periods import Period
from vkpp.basics.problems import ExitCode, RefusedByRule, UsageProblem
from vkpp.catalogue.load import Catalogue, load_catalogue
from vkpp.engine.disclosure.frozen import thaw
from vkpp.engine.flow.csae_tracing import contributions
from vkpp.engine.flow.tracing import Place, place_of
from vkpp.ops import editions
from vkpp.ops.arguments import existing_files
from vkpp.ops.since import since

NAME = "trace"
SUMMARY = "Follow a published number to its definition, checks, inputs and the lines that add to it."
EXAMPLES = (
    "vkpp trace edition force.crimes.kent",
    "vkpp trace edition class.crimes.19D --rows all",
    "vkpp trace edition force.crimes.eastmere --store store",
    "vkpp trace edition total.crimes.CY2024 --store store --since earlier-edition",
)


INPUTS = 10  # as many are listed one by one


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="FOLDER", help="the edition")
    parser.add_argument("number", metavar="NUMBER-ID", help="the number's lasting name, as in numbers.csv")
    parser.add_argument(
        "--from", dest="files", nargs="+", default=[], metavar="FILE", help="the inputs, where they are not shipped"
    )
    parser.add_argument("--store", metavar="DIR", help="the store that the edition was made from, where it was made from one")
    parser.add_argument(
        "--since", metavar="FOLDER", help="an earlier edition of the same store: the records that moved it since"
    )
    parser.add_argument("--rows", default="20", metavar="N", help="how many lines of the file to print, or all")


def run(args: argparse.Namespace) -> ExitCode:
    folder = Path(args.folder)
    limit = _limit(args.rows)
    manifest = editions.manifest_of(folder)
    row = _number(editions.numbers_of(folder), args.number)
    write = sys.stdout.write
    for line in _about(manifest, row):
        write(line + "\n")
    frozen = thaw((folder / editions.FROZEN).read_bytes(), manifest["files"][editions.FROZEN]["sha256"])
    place = place_of(frozen[0], args.number)
    if place is None:
        write("It is no cell of a table: it was counted while checking, or worked out from other numbers for the words.\n")
        return ExitCode.CLEAN
    for line in place.words():
        write(line + "\n")
    for line in _of_inputs(manifest, frozen[1], place.keys.get("force_id", "")):
        write(line + "\n")
    if place.cell.symbol is not None:
        write(f"{place.cell.symbol}: {place.cell.explanation}\n")
        return ExitCode.CLEAN
    for line in _since(manifest, args, place, limit) if args.since else _lines(manifest, args, place, limit):
        write(line + "\n")
    return ExitCode.CLEAN


def _since(manifest: Mapping[str, Any], args: argparse.Namespace, place: Place, limit: int | None) -> Iterator[str]:
    collection = manifest["provenance"]["parameters"]["collection"]
    if collection not in editions.FROM_STORE or not args.store:
        raise UsageProblem(
            "--since compares editions that were made from a store.",
            expected="--store DIR, and two editions made from it",
            next_step="name the store, or list the cells that differ with `vkpp rebuild FOLDER --compare`",
        )
    if place.measure.unit != "count" or place.measure.name in _not_lines(collection, place.table.name):
        yield "No record adds to it: ask --since of the numbers that it was worked out from."
        return
    with tempfile.TemporaryDirectory(prefix="vkpp-") as work:
        yield from since(manifest, Path(args.since), args.number, place, Path(args.store), Path(work), limit)


def _limit(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isdigit():
        raise UsageProblem(f"--rows {text} is no number.", expected="a whole number, or all", next_step="correct it")
    return int(text)


def _number(numbers: Mapping[str, Mapping[str, str]], name: str) -> Mapping[str, str]:
    if name not in numbers:
        near = get_close_matches(name, numbers, 3)
        raise UsageProblem(
            f"The edition has no number {name!r}.",
            where="numbers.csv",
            expected=f"such as {', '.join(near)}" if near else "a number_id of numbers.csv",
            next_step="take the name from numbers.csv, or from the number's page in the report",
        )
    return numbers[name]


def _about(manifest: Mapping[str, Any], row: Mapping[str, str]) -> Iterator[str]:
    yield f"{row['number_id']} = {row['symbol'] or row['value']}"
    yield f"Edition: {manifest['title']}, {manifest['period']} ({manifest['edition']})"
    if manifest["invented"]:
        yield str(manifest["invented"])


def _of_inputs(manifest: Mapping[str, Any], said: Mapping[str, Any], force: str) -> Iterator[str]:
    """The inputs; of very many, those of the number's own force, and how many there are."""
    origin = manifest["provenance"]
    inputs = origin["inputs"]
    shown = inputs if len(inputs) <= INPUTS else {k: v for k, v in inputs.items() if force and k.startswith(f"{force} ")}
    for name, sha256 in shown.items():
        yield f"Input: {name}, sha256 {sha256}"
    if len(shown) < len(inputs):
        yield f"Inputs: {len(inputs):,} accepted versions in all; manifest.json lists each with the hash of its receipt"
    ran = [check for check in said["checks"] if check["ran"]]
    findings = sum(check["findings"] for check in ran)
    asked = f"{origin['specification']} edition {origin['specification_edition']}"
    if ran:
        yield f"Checks: {len(ran)} ran, of {asked}; {findings:,} findings"
    else:
        yield f"Checks: those of {asked}, when each return was accepted; its receipt says what they found"
    lock, digest = origin["lock_hash"][:12], origin["catalogue_digest"][:12]
    yield f"Program: vkpp {origin['program_version']}, lock {lock}, catalogue {digest}"


def _not_lines(collection: str, table: str) -> tuple[str, ...]:
    """Counts that no line adds to: resident children, and what was counted while checking."""
    if collection in editions.FROM_STORE:
        return () if table == "under-10" else ("children",)
    return ("children", "count")


def _lines(manifest: Mapping[str, Any], args: argparse.Namespace, place: Place, limit: int | None) -> Iterator[str]:
    """The lines of the input that add to a count, while the input is here; else why not."""
    origin = manifest["provenance"]
    asked = origin["parameters"]
    if place.measure.unit != "count" or place.measure.name in _not_lines(asked["collection"], place.table.name):
        yield "The lines behind it: trace the numbers that it was worked out from."
        return
    if asked["collection"] in editions.FROM_STORE:
        yield from _records(manifest, args, place, limit)
        return
    product = editions.product_of(asked["collection"])
    catalogue: Catalogue = load_catalogue()
    files = editions.inputs_here(origin["inputs"], existing_files(args.files))
    if files is None:
        yield "The lines behind it cannot be shown: the input is not here. Give it with --from."
        return
    period = Period.parse(asked["period"])
    with tempfile.TemporaryDirectory(prefix="vkpp-") as work:
        checked = editions.check(editions.Asked(asked["collection"], files, period), catalogue, Path(work))
        rows = product.contributions(checked, period, catalogue, place.keys, place.measure.name).to_pylist()
    total = sum(row["crimes"] for row in rows)
    yield f"Lines behind it: {len(rows):,}, which sum to {total:,}"
    for row in rows[:limit]:
        yield "  line {_line}: {force_name}, {quarter}, {offence_code} {offence_description}: {crimes}".format(**row)
    if limit is not None and len(rows) > limit:
        yield f"  and {len(rows) - limit:,} more; --rows all prints them"
    if total != place.cell.value:
        raise RefusedByRule(
            f"The lines sum to {total:,}, and the edition says {place.cell.value:,}.",
            where=args.number,
            expected="the same number",
            next_step="run `vkpp rebuild` on the edition: its inputs or its tables are not what they were",
        )


def _records(manifest: Mapping[str, Any], args: argparse.Namespace, place: Place, limit: int | None) -> Iterator[str]:
    """The crimes of accepted returns that add to a count, by force and reference, while the records are held."""
    period = Period.parse(manifest["provenance"]["parameters"]["period"])
    with tempfile.TemporaryDirectory(prefix="vkpp-") as work:
        held, why = editions.held_returns(manifest, Path(args.store) if args.store else None, Path(work))
        if held is None:
            yield f"The records behind it cannot be shown: {why}."
            return
        keys, measure = place.keys, place.measure.name
        if keys.get("period") not in (None, *held.returns, *(q.code for y in held.returns for q in Period.parse(y).quarters())):
            yield "The records behind it are not held: it counts an earlier year, from the history of totals."
            return
        rows = contributions(held, period, editions.catalogue_of(manifest), place.table.name, keys, measure)
    total = sum(row["n"] for row in rows)
    forces = Counter(row["force_id"] for row in rows)
    yield f"Records behind it: {len(rows):,} crimes of {len(forces):,} force(s), which add {total:,}"
    for row in rows[:limit]:
        adds = "" if row["n"] == 1 else f", adds {row['n']:,}"
        yield f"  {row['force_id']} {row['crime_ref']}: recorded {row['recorded']}, {row['offence_code']}{adds}"
    if limit is not None and len(rows) > limit:
        yield f"  and {len(rows) - limit:,} more; --rows all prints them"
    if total != place.cell.value:
        raise RefusedByRule(
            f"The records add up to {total:,}, and the edition says {place.cell.value:,}.",
            where=args.number,
            expected="the same number",
            next_step="run `vkpp rebuild` on the edition with its store: its tables are not what they were",
        )
