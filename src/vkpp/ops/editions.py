"""Making editions, making them again, and following a number: what the verbs analyse, rebuild, trace and demo share."""

from __future__ import annotations

import csv
import hashlib
import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vkpp.basics.periods import Period
from vkpp.basics.problems import RefusedByRule, UnreadableFile, UsageProblem
from vkpp.catalogue.example import WORDS as INVENTED_WORDS
from vkpp.catalogue.load import Catalogue, Waiver, load_catalogue
from vkpp.engine.disclosure.frozen import Tables, freeze, thaw
from vkpp.engine.dissemination import EditionWritten, write_edition
from vkpp.engine.flow import csae, recorded_crime
from vkpp.engine.flow.candidates import candidates, counted, counts_file
from vkpp.engine.flow.checking import Checked, check_files
from vkpp.engine.flow.making import Made, Program
from vkpp.engine.shapes.notes import ForceNotes
from vkpp.ops import stores
from vkpp.ops.notes import Wanted, read_notes
from vkpp.ops.progress import Progress
from vkpp.ops.version import VERSION, lock_hash

MANIFEST, FROZEN, CANDIDATES = "manifest.json", "frozen.json", "candidates.csv"
PRODUCTS = {recorded_crime.COLLECTION: recorded_crime, csae.COLLECTION: csae}
FROM_STORE = (csae.COLLECTION,)  # made from accepted returns, not from files


def program() -> Program:
    return Program(VERSION, lock_hash())


def product_of(collection: str) -> Any:
    if collection not in PRODUCTS:
        raise UsageProblem(
            f"No edition is made from the collection {collection!r}.",
            expected=f"one of {', '.join(PRODUCTS)}",
            next_step="correct --collection",
        )
    return PRODUCTS[collection]


@dataclass(frozen=True, slots=True)
class Asked:
    """What an edition is asked for."""

    collection: str
    files: Sequence[Path]
    period: Period
    waiver: Waiver | None = None


def check(asked: Asked, catalogue: Catalogue, work: Path) -> Checked:
    return check_files(asked.files, catalogue.specification(asked.collection), catalogue, work, period=asked.period)


def write(made: Made, out: Path, *, pdf: bool | None = None) -> EditionWritten:
    """Write an edition with its frozen tables beside it, so that it can be made again without its inputs."""
    edition = made.edition
    if edition is None:
        raise ValueError("there is no edition to write")
    also = {FROZEN: freeze(edition.tables, made.document())}
    if "candidates" in made.said:
        also[CANDIDATES] = counts_file(made.said["candidates"], INVENTED_WORDS if edition.invented else "")
    return write_edition(edition, out, pdf=pdf, also=also)


def analyse(asked: Asked, out: Path, progress: Progress, *, pdf: bool | None = None) -> tuple[Checked, EditionWritten | None]:
    """The whole river. The edition is None where a check blocks: nothing was written then."""
    _must_be_new(out)
    product = product_of(asked.collection)
    catalogue = load_catalogue()
    with tempfile.TemporaryDirectory(prefix="vkpp-") as work:
        with progress.step("Reading and checking"):
            checked = check(asked, catalogue, Path(work))
        if checked.result.blocked:
            return checked, None
        with progress.step("Classifying, counting, protecting"):
            made = product.make(checked, asked.period, catalogue, program(), asked.waiver)
    with progress.step("Writing the report, its tables and its charts"):
        return checked, write(made, out, pdf=pdf)


def _must_be_new(out: Path) -> None:
    if out.exists():
        raise UsageProblem(f"{out.name} is there already.", expected="a new folder", next_step="name another, or move it away")


def analyse_store(
    folder: Path,
    period: Period,
    out: Path,
    progress: Progress,
    *,
    pdf: bool | None = None,
    notes: Sequence[Path] = (),
    earlier: Sequence[Path] = (),
) -> tuple[stores.Loaded, EditionWritten]:
    """An edition from a store's accepted returns of a year and the year before. Invented returns make an invented edition.

    `notes` are files of national notes of the edition's rounds, which are printed in it. `earlier` are editions that are out:
    no hidden number of this one can be worked out from it and them together, or it is refused.
    """
    _must_be_new(out)
    if period.quarter:
        raise UsageProblem(
            f"{period.label} is a quarter.", expected="a year, such as CY2024", next_step="name the year: quarters stand in it"
        )
    store, invented = stores.existing_store(folder)
    catalogue = stores.catalogue_of(invented=invented)
    others = earlier_tables(earlier, csae.COLLECTION)
    with tempfile.TemporaryDirectory(prefix="vkpp-") as work:
        with progress.step("Taking the accepted returns"):
            held = stores.loaded(store, period, Path(work))
            held = replace(held, accepted=replace(held.accepted, earlier=others))
        if notes:
            wanted = Wanted(csae.COLLECTION, period, catalogue, invented)
            said = read_notes(notes, wanted, held.accepted.returns)
            held = replace(held, accepted=replace(held.accepted, notes=said))
        with progress.step("Classifying, counting, protecting"):
            made = made_from(held.accepted, period, catalogue, invented=invented)
    with progress.step("Writing the report, its tables and its charts"):
        return held, write(made, out, pdf=pdf)


def earlier_tables(folders: Sequence[Path], collection: str) -> dict[str, Tables]:
    """The tables of editions that are out, by the hash of their frozen tables. One of another collection is refused."""
    found = {}
    for folder in folders:
        manifest = manifest_of(folder)
        of = manifest["provenance"]["parameters"]["collection"]
        if of != collection:
            raise UsageProblem(
                f"{folder.name} is an edition of {of}.",
                expected=f"an earlier edition of {collection}",
                next_step="name another, or leave it out",
            )
        found[manifest["files"][FROZEN]["sha256"]] = tables_of(folder, manifest)
    return found


def tables_of(folder: Path, manifest: Mapping[str, Any]) -> Tables:
    """The tables of an edition as they were frozen, under the hash that its manifest holds."""
    path = folder / FROZEN
    if not path.is_file():
        raise UnreadableFile(
            f"{folder.name} has no {FROZEN}.", expected="the whole edition as it was made", next_step="name its folder"
        )
    return thaw(path.read_bytes(), manifest["files"][FROZEN]["sha256"])[0]


def made_from(accepted: csae.Accepted, period: Period, catalogue: Catalogue, *, invented: bool) -> Made:
    """The edition, with the counts of crimes that may stand twice beside it."""
    made = csae.make(accepted, period, catalogue, program(), invented=invented)
    found = candidates(accepted.returns.get(period.code, {}))
    return replace(made, said={**made.said, "candidates": counted(found)})


# Made again.


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How an edition compares with itself made again. `differs` names files, or cells with --compare."""

    how: str
    same: int
    differs: tuple[str, ...]


def manifest_of(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise UnreadableFile(
            f"{folder.name} is no edition: it has no {MANIFEST}.",
            expected="a folder made by `vkpp analyse`",
            next_step="name it",
        )
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise UnreadableFile(
            f"{MANIFEST} cannot be read: {problem}.", where=folder.name, expected="the file as published"
        ) from problem
    return document


def rebuild(
    folder: Path,
    files: Sequence[Path],
    progress: Progress,
    *,
    compare: bool,
    store: Path | None = None,
    earlier: Sequence[Path] = (),
) -> Rebuilt:
    """Make an edition again from its inputs, or from its frozen tables where they are gone, and compare every byte.

    Another program, lock or catalogue refuses, and with `compare` lists the cells that differ instead. `earlier` are the
    editions beside which it was protected.
    """
    manifest = manifest_of(folder)
    origin = manifest["provenance"]
    catalogue = catalogue_of(manifest)
    others = _other_makers(origin, catalogue)
    if others and not compare:
        raise RefusedByRule(
            f"This edition was made by another {' and '.join(others)}, so it cannot be rebuilt to the byte here.",
            where=folder.name,
            expected=f"vkpp {origin['program_version']} with its lock file and catalogue",
            next_step="use that version, or list the cells that differ with --compare",
        )
    with tempfile.TemporaryDirectory(prefix="vkpp-") as work:
        held = _held(folder, manifest, store, earlier, Path(work))
        how, made = _made_again(folder, manifest, catalogue, files, held, Path(work), progress)
        again = Path(work) / "again"
        with progress.step("Writing it again"):
            written = write(made, again, pdf=None if not manifest.get("no_pdf") else False)
        differs = cells_that_differ(folder, again) if compare else _files_that_differ(manifest, written)
    return Rebuilt(how, len(manifest["files"]) - (0 if compare else len(differs)), differs)


def catalogue_of(manifest: Mapping[str, Any]) -> Catalogue:
    """The catalogue that an edition was made with: the example register where it says invented."""
    return stores.catalogue_of(invented=bool(manifest["invented"]))


def _made_again(
    folder: Path,
    manifest: Mapping[str, Any],
    catalogue: Catalogue,
    files: Sequence[Path],
    held: tuple[csae.Accepted | None, str],
    work: Path,
    progress: Progress,
) -> tuple[str, Made]:
    asked_by = manifest["provenance"]["parameters"]
    period = Period.parse(asked_by["period"])
    if asked_by["collection"] in FROM_STORE:
        accepted, why = held
        if accepted is not None:
            with progress.step("Counting the accepted returns again"):
                return "from its accepted returns", made_from(accepted, period, catalogue, invented=bool(manifest["invented"]))
        return f"from its frozen tables, because {why}", _from_frozen(folder, manifest, period, catalogue)
    inputs = manifest["provenance"]["inputs"]
    given = inputs_here(inputs, files)
    if given is None:
        why = f"its inputs are not here ({', '.join(inputs)})"
        return f"from its frozen tables, because {why}", _from_frozen(folder, manifest, period, catalogue)
    with progress.step("Reading, checking and counting again"):
        checked = check(Asked(asked_by["collection"], given, period), catalogue, work)
        return "from its inputs", product_of(asked_by["collection"]).make(checked, period, catalogue, program())


def _held(
    folder: Path, manifest: Mapping[str, Any], store: Path | None, earlier: Sequence[Path], work: Path
) -> tuple[csae.Accepted | None, str]:
    """What an edition of returns was made from: its versions, notes and earlier editions; or None and why not."""
    parameters = manifest["provenance"]["parameters"]
    if parameters["collection"] not in FROM_STORE:
        return None, "it was made from files"
    others = earlier_tables(earlier, parameters["collection"])
    accepted, why = held_returns(manifest, store, work)
    if accepted is None:
        return None, why
    if set(others) != set(parameters.get("earlier", "").split()):
        return None, "the earlier editions beside which it was protected were not named (--earlier)"
    return replace(accepted, notes=_notes_of(folder, manifest), earlier=others), ""


def held_returns(manifest: Mapping[str, Any], store: Path | None, work: Path) -> tuple[csae.Accepted | None, str]:
    """The very versions that an edition was made from, or None and why they are not to be had."""
    if store is None:
        return None, "its store was not named (--store)"
    inputs = manifest["provenance"]["inputs"]
    held, _ = stores.existing_store(store)
    loaded = stores.loaded(held, Period.parse(manifest["provenance"]["parameters"]["period"]), work, only=inputs)
    gone = sorted(set(inputs) - set(loaded.accepted.receipts))
    if gone:
        more = f" and {len(gone) - 3} more" if len(gone) > 3 else ""
        return None, f"the records of {', '.join(gone[:3])}{more} are no longer held"
    if loaded.accepted.receipts != inputs:
        return None, "the receipts in the store are not those that its manifest names"
    return loaded.accepted, ""


def _other_makers(origin: Mapping[str, Any], catalogue: Catalogue) -> list[str]:
    here = {"program_version": VERSION, "lock_hash": lock_hash(), "catalogue_digest": catalogue.digest}
    words = {"program_version": "program version", "lock_hash": "lock file", "catalogue_digest": "catalogue"}
    return [words[key] for key, value in here.items() if origin[key] != value]


def inputs_here(wanted: Mapping[str, str], files: Sequence[Path]) -> list[Path] | None:
    """The input files by their hash: those given, or those that ship; None where one is not here."""
    by_hash = {sha256: path for path in [*shipped_inputs(), *files] for sha256 in _hashes(path)}
    found = [by_hash.get(sha256) for sha256 in wanted.values()]
    strangers = [path.name for path in files if not set(_hashes(path)) & set(wanted.values())]
    if strangers:
        raise UsageProblem(
            f"{', '.join(strangers)} is no input of this edition: its hash is another.",
            expected="the very file that the manifest names",
            next_step="find that file, or leave --from out",
        )
    return None if None in found else [path for path in found if path is not None]


def _hashes(path: Path) -> list[str]:
    """The hash of a file, and of each member of a zip: an edition names what was read, packed or not."""
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest()]
    if path.suffix == ".zip" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            hashes += [hashlib.sha256(packed.read(name)).hexdigest() for name in packed.namelist()]
    return hashes


def shipped_inputs() -> list[Path]:
    from vkpp.catalogue.load import SEED

    return sorted(path for path in (SEED / "recorded_crime").glob("*") if path.suffix in (".gz", ".zip", ".csv"))


def _from_frozen(folder: Path, manifest: Mapping[str, Any], period: Period, catalogue: Catalogue) -> Made:
    tables, said = thaw((folder / FROZEN).read_bytes(), manifest["files"][FROZEN]["sha256"])
    origin = manifest["provenance"]
    specification = catalogue.specification(origin["specification"])
    product = product_of(origin["parameters"]["collection"])
    invented = {"invented": bool(manifest["invented"])} if product is csae else {}
    made: Made = product.finish(tables, specification, period, catalogue, program(), Made.thawed(said), **invented)
    return made


def _notes_of(folder: Path, manifest: Mapping[str, Any]) -> ForceNotes | None:
    """The notes as frozen: their file was given once and is not kept. The hash in the manifest guards them."""
    if "notes" not in manifest["provenance"]["parameters"]:
        return None
    _, said = thaw((folder / FROZEN).read_bytes(), manifest["files"][FROZEN]["sha256"])
    return ForceNotes.thawed(Made.thawed(said).said["notes"])


def _files_that_differ(manifest: Mapping[str, Any], written: EditionWritten) -> tuple[str, ...]:
    wanted = {name: entry["sha256"] for name, entry in manifest["files"].items()}
    again = {name: sha for name, sha in written.files.items() if name != MANIFEST}
    return tuple(name for name in sorted(wanted.keys() | again.keys()) if wanted.get(name) != again.get(name))


def cells_that_differ(folder: Path, again: Path) -> tuple[str, ...]:
    """Numbers whose printed value or symbol differs, in sentences."""
    one, other = numbers_of(folder), numbers_of(again)
    lines = []
    for name in sorted(one.keys() | other.keys()):
        before, after = (_shown(side.get(name)) for side in (one, other))
        if before != after:
            lines.append(f"{name}: was {before}, is {after}")
    return tuple(lines)


def _shown(row: Mapping[str, str] | None) -> str:
    return "not there" if row is None else row["symbol"] or row["value"]


def numbers_of(folder: Path) -> dict[str, dict[str, str]]:
    """numbers.csv by number_id. Lines above the heading (the word that an edition is invented) are passed over."""
    path = folder / "numbers.csv"
    if not path.is_file():
        raise UnreadableFile(f"{folder.name} has no numbers.csv.", expected="a folder made by `vkpp analyse`")
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith("number_id")), 0)
    return {row["number_id"]: row for row in csv.DictReader(lines[start:])}
