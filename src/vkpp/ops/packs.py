"""A force's own pack of an accepted version: made from the store in a process with limits, and kept beside the findings."""

from __future__ import annotations

import re
import resource
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pyarrow.parquet as pq
from pyarrow import ArrowException

from vkpp.basics.periods import Period
from vkpp.basics.problems import RefusedByRule
from vkpp.catalogue.example import WORDS as INVENTED_WORDS
from vkpp.catalogue.load import Catalogue
from vkpp.catalogue.specifications import Specification
from vkpp.catalogue.typologies import Typology
from vkpp.engine.dissemination import pack_files
from vkpp.engine.flow import pack as own
from vkpp.engine.flow import pack_quality as quality
from vkpp.engine.keeping import Accepted, Store
from vkpp.engine.keeping.store import TOMBSTONE
from vkpp.engine.keeping.writing import document, file_made_whole, sha256_of
from vkpp.engine.shapes.pack import Asked, Pack, Place, Total
from vkpp.ops import stores
from vkpp.ops.apart import Ended, Limits, apart
from vkpp.ops.returns import SECONDS
from vkpp.records.collections.rules import figures, places
from vkpp.records.collections.rules.outcomes import PackJob
from vkpp.records.collections.rules.rows import Moved, Position

_BRACES = re.compile(r'"?\{[^}]*\}"?')


@dataclass(frozen=True, slots=True)
class PackTask:
    """One pack to make. `root` is the service's folder; `on` the day, in London."""

    root: Path
    invented: bool
    job: PackJob
    on: str


@dataclass(frozen=True, slots=True)
class Packed:
    """That a pack lies there, with the hash of its document; "" where the records are lawfully gone."""

    sha256: str


class Destroyed(RefusedByRule):
    """The records of a version were destroyed, which the store says: no pack of them may be made or kept."""


def make_apart(task: PackTask) -> Packed:
    """Make and keep a pack in a process with limits. Raises where the fault is ours: work tries again."""
    # What draws the charts reserves more than 64 GB of addresses and uses hardly any of it: what is used is what is limited.
    found = apart(made, task, Limits(SECONDS, kind=resource.RLIMIT_DATA))
    if isinstance(found, Ended):
        raise RuntimeError(f"the pack could not be made: {found.name}")
    return found


def made(task: PackTask) -> Packed:
    """Make a pack here and now. Any refusal but that of destroyed records goes on: a pack lacks, and somebody must know."""
    try:
        return Packed(make(task))
    except Destroyed:
        return Packed("")


def make(task: PackTask) -> str:
    """Make a pack and write its files whole, the document last; gives the document's hash. An earlier one is replaced."""
    pack = packed(task)
    path = places.pack(task.root, task.job.version, "json")
    written = {**pack_files.files(pack), "json": document(pack.document())}
    for kind, content in written.items():
        target = places.pack(task.root, task.job.version, kind)
        target.unlink(missing_ok=True)
        file_made_whole(target, content)
        target.chmod(0o600)
    return sha256_of(path)


def packed(task: PackTask) -> Pack:
    """The pack, from the store and from what the service knows of the version. Raises Destroyed, or RefusedByRule."""
    job, catalogue = task.job, stores.catalogue_of(invented=task.invented)
    specification = catalogue.specification(job.collection)
    store = stores.store_for(places.store(task.root, job.compartment), invented=task.invented)
    mine = _version(store, job)
    typology, period = own.typology_of(catalogue, job.collection), Period.parse(job.period)
    tables = _tables(mine, specification)
    earlier = _earlier(store, job, period)
    rule = catalogue.disclosure_rule(specification.disclosure_rule)
    totals, moved, count = _totals(mine, earlier, specification, typology, period, rule.threshold)
    last = [one for one in earlier if not one.destroyed]
    columns = own.columns(tables, _tables(last[-1], specification) if last else {}, specification, catalogue)
    known = own.known(tables, typology) if typology and count else None
    return Pack(
        force=job.force_name,
        collection=job.collection,
        title=job.title,
        period=job.period,
        period_words=period.label,
        version=job.number,
        receipt=job.receipt,
        sha256=sha256_of(mine.folder / "receipt.json"),
        made_on=task.on,
        invented=INVENTED_WORDS if task.invented else "",
        small_below=rule.threshold,
        totals=totals,
        place=_place(store, job, specification, typology, catalogue, count),
        shares=tuple(own.shares(known, catalogue, job.force_id, period, rule.threshold)) if known else (),
        filled=columns,
        asked=tuple(_asked(mine, specification)),
        waived=job.waived,
        quality=tuple(
            quality.card(specification, tables, columns, _checks(task, mine, specification), _sent(job, mine), moved)
        ),
        nil=job.nil,
        specification=str(mine.receipt["specification"]),
        notes=_notes(job, mine),
        of_return=job.marking,
    )


def _version(store: Store, job: PackJob) -> Accepted:
    found = next(
        (one for one in store.versions(job.collection, job.period, job.force_id) if one.receipt["receipt"] == job.receipt), None
    )
    if found is None:
        raise RefusedByRule(
            f"The store does not hold {job.receipt}, so no pack can be made of it.",
            next_step="`vkpp reindex` names where the store and the database do not agree",
        )
    if found.destroyed:
        raise Destroyed(f"The records of {job.receipt} are destroyed, so no pack can be made of them.")
    return found


def _tables(one: Accepted, specification: Specification) -> dict[str, Path]:
    return {table.name: one.table(table.name) for table in specification.tables if table.name in one.receipt["tables"]}


def _earlier(store: Store, job: PackJob, period: Period) -> list[Accepted]:
    """The newest accepted version of each earlier period of the same length, in time order."""
    folder = store.folder / "returns" / job.collection
    codes = [path.name for path in folder.iterdir() if (path / job.force_id).is_dir()] if folder.is_dir() else []
    before = [p for p in map(Period.parse, codes) if _like(p, period) and p.start < period.start]
    held = [store.versions(job.collection, p.code, job.force_id) for p in sorted(before, key=lambda p: p.start)]
    return [versions[-1] for versions in held if versions]


def _like(one: Period, other: Period) -> bool:
    return (one.kind, one.quarter is None) == (other.kind, other.quarter is None)


# Totals


def _totals(
    mine: Accepted,
    earlier: Sequence[Accepted],
    specification: Specification,
    typology: Typology | None,
    period: Period,
    small_below: int,
) -> tuple[tuple[Total, ...], quality.Moved, int]:
    """The totals with their change; whether the first moved; and what counts in the first table."""
    first = specification.tables[0]
    found: list[Total] = []
    counted, main = None, None
    if typology is not None:
        kept = [one for one in earlier if not one.destroyed]
        files = {str(n): one.table(first.name) for n, one in enumerate((*kept, mine))}
        counts = own.totals_of(files, typology)
        counted = counts[str(len(kept))]
        past = [(str(one.receipt["period"]), counts[str(n)]) for n, one in enumerate(kept)]
        main = figures.moved(past, (period.code, counted), "this return")
        found.append(_total("counted", f"{first.title} recorded and counted", counted, main, small_below))
    for table in specification.tables:
        past = [(str(one.receipt["period"]), _records(one, table.name)) for one in earlier]
        moved = figures.moved(past, (period.code, _records(mine, table.name)), "this return")
        main = main or moved
        title = f"{table.title} sent" if table is first else f"{table.title} (records)"
        found.append(_total(table.name, title, _records(mine, table.name), moved, small_below))
    assert main is not None  # noqa: S101  a specification has a table
    return tuple(found), quality.Moved(main.verdict, main.sentence), found[0].now


def _total(name: str, title: str, now: int, moved: Moved, small_below: int) -> Total:
    small = any(0 < n < small_below for n in (now, moved.before or 0))
    return Total(name, title, now, moved.before, moved.sentence, small)


def _records(one: Accepted, table: str) -> int:
    return int(one.receipt["tables"].get(table, {"records": 0})["records"])


# Where it sits


def _place(
    store: Store,
    job: PackJob,
    specification: Specification,
    typology: Typology | None,
    catalogue: Catalogue,
    count: int,
) -> Place:
    """The force among those whose returns of the period are accepted; of the others only rounded points leave here."""
    first, period = specification.tables[0].name, Period.parse(job.period)
    held = {force: one for force, one in store.current(job.collection, job.period).items() if not one.destroyed}
    files = {force: path for force, one in held.items() if _opens(path := one.table(first))}
    counts = own.totals_of(files, typology) | {job.force_id: count}
    populations = dict(_populations(counts, period, catalogue))
    return _placed(figures.position(job.force_id, counts, populations))


def _opens(path: Path) -> bool:
    """Whether a table can be read: one that cannot (`vkpp verify` names it) leaves its force out, and takes nobody's pack."""
    try:
        pq.read_metadata(path)
    except (OSError, ArrowException):
        return False
    return True


def _populations(forces: Mapping[str, int], period: Period, catalogue: Catalogue) -> Iterator[tuple[str, int]]:
    for force in forces:
        try:
            yield force, int(catalogue.population(force, period).value)
        except (RefusedByRule, KeyError):
            continue  # nobody lives there, or no figure is near enough: the point is left out


def _placed(found: Position) -> Place:
    """A position as a pack keeps it, the own point apart; figures.position has rounded everything else."""
    if not found.points:
        return Place(found.sentence)
    own_point = next((n, rate) for n, rate, mine in found.points if mine)
    others = tuple(sorted((n, rate) for n, rate, mine in found.points if not mine))
    return Place(
        found.sentence,
        len(found.points),
        own_point,
        found.average,
        others,
        tuple((round(n), low, high) for n, low, high in found.limits),
    )


# What was asked, and what the card needs


def _asked(mine: Accepted, specification: Specification) -> Iterator[Asked]:
    """Queries and reasons as the receipt keeps them; what a check asks, without the values that it asked about."""
    words = {check.id: check.message for check in specification.checks}
    for entry in mine.receipt.get("reasons", ()):
        check = str(entry["check"])
        yield Asked(check, _BRACES.sub("…", words.get(check, "")), int(entry["findings"]), str(entry["reason"]))


def _checks(task: PackTask, mine: Accepted, specification: Specification) -> quality.Checks:
    job, said = task.job, mine.receipt["checks"]
    findings = places.findings(task.root, job.version)
    touched = quality.records_touched(findings, specification) if findings.is_file() else None
    outcomes = tuple(quality.Outcome(*one) for one in job.outcomes)
    waived = tuple(check for check, _ in job.waived if check)
    return quality.Checks(int(said["ran"]), int(said["all"]), outcomes, waived, touched)


def _sent(job: PackJob, mine: Accepted) -> quality.Sent:
    day, due = (f"{one:%-d %B %Y}" for one in (job.sent_on, job.due_on))
    return quality.Sent(day, due, job.late, job.number, job.extended)


def _notes(job: PackJob, mine: Accepted) -> tuple[str, ...]:
    if job.nil:
        return ("A nil return: the force said that there is nothing to report. Its numbers are none, and not unknown.",)
    return ()


def forget_destroyed(root: Path, lies: Mapping[str, tuple[str, UUID | None]]) -> int:
    """Remove packs of versions whose records were destroyed; gives how many files went.

    `lies` says by a version's id what its receipt is called, and in which compartment's store it is.
    """
    gone = 0
    for path in sorted((root / places.PACKS).glob("*.json")):
        receipt, compartment = lies.get(path.stem, ("", None))
        if receipt and (places.store(root, compartment) / "returns" / receipt / TOMBSTONE).is_file():
            for each in sorted(path.parent.glob(f"{path.stem}.*")):
                each.unlink()
                gone += 1
    return gone


def forget_superseded(root: Path, superseded: Iterable[UUID]) -> int:
    """Remove packs that nobody is shown any more: of versions after which another was accepted. Gives how many files went.

    The store keeps every version, and so does the table of versions: a pack is made of them and can be made again.
    """
    gone = 0
    for version in superseded:
        for each in sorted((root / places.PACKS).glob(f"{version}.*")):
            each.unlink(missing_ok=True)
            gone += 1
    return gone
