"""Checking and keeping a return that was sent to the service, in a process of its own with limits; no Django in here."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from vkpp.basics.periods import Period
from vkpp.basics.problems import Problem
from vkpp.catalogue.load import Catalogue
from vkpp.catalogue.specifications import Specification
from vkpp.engine.flow.accepting import prepare_many
from vkpp.engine.flow.checking import Checked as Delivery
from vkpp.engine.keeping import Accepted, NewVersion, Store
from vkpp.engine.keeping.writing import file_made_whole, folder_made_whole, sha256_of
from vkpp.engine.shapes.findings import CheckResult, Reconciliation
from vkpp.engine.shapes.tables import LINE, RECORD, Received, Staged
from vkpp.engine.validation.remarking import mark_json_lines, mark_workbook
from vkpp.engine.validation.reports import write_json_lines, write_workbook
from vkpp.ops import mending, moved, receiving, stores
from vkpp.ops.apart import Ended, Limits, apart
from vkpp.ops.receiving import Sending
from vkpp.ops.version import VERSION, lock_hash
from vkpp.records.collections.rules import fixing, places
from vkpp.records.collections.rules.fixing import Cell
from vkpp.records.collections.rules.outcomes import CheckCount, Checked, InStore, Kept

SECONDS = 900
_MARK = re.compile(r"collections\.version/([0-9a-f-]{36})")
_GONE = "The files are not here any more. Send them again."


@dataclass(frozen=True, slots=True)
class Task:
    """One version to check or to keep. `root` is the service's folder; `at` is an instant in UTC, ISO 8601."""

    root: Path
    invented: bool
    version: UUID
    nil: bool
    collection: str
    period: str
    force_id: str
    reasons: Mapping[str, str]
    waived: frozenset[str]
    accepted_by: str
    at: str
    fixed_from: UUID | None = None  # the version whose files it takes, with `cells` replaced
    cells: tuple[Cell, ...] = ()
    marking: str = ""  # of the return, for the files made of its findings
    compartment: UUID | None = None  # of its round: another store, and no other is looked into


def check_apart(task: Task) -> Checked:
    """Check in a process with limits; one that breaks them says so to its force and takes nothing else with it."""
    found = apart(check, task, Limits(SECONDS))
    return Checked(trouble=_ended(found)) if isinstance(found, Ended) else found


def keep_apart(task: Task) -> Kept:
    """Put into the store, in a process with limits. Asked twice for one version, it gives the same answer."""
    found = apart(keep, task, Limits(SECONDS))
    return Kept(trouble=_ended(found)) if isinstance(found, Ended) else found


def _ended(why: Ended) -> str:
    took = f"took longer than {SECONDS // 60} minutes" if why is Ended.LATE else "needed more memory than a return may"
    return f"The file {took}, so nothing was checked. Send CSV instead of a workbook, or split what does not belong in it."


# Checking


def check(task: Task) -> Checked:
    """Read, look for personal data, run every check, keep the findings' file; what differs from the version before."""
    catalogue = stores.catalogue_of(invented=task.invented)
    specification = catalogue.specification(task.collection)
    try:
        fixed = _fixed(task, specification) if task.fixed_from else Checked()
    except Problem as problem:
        return Checked(trouble=str(problem))
    sending = _sending(task)
    if not sending.files:
        return Checked(trouble=_GONE)
    with tempfile.TemporaryDirectory(prefix="vkpp-") as folder:
        work = Path(folder)
        try:
            personal = receiving.looked_through(sending, specification, _store(task), work)
            if personal:
                return replace(fixed, trouble=" ".join([*(one.sentence() for one in personal), _SET_ASIDE]))
            checked = receiving.checked(sending, specification, catalogue, work)
        except Problem as problem:
            return replace(fixed, trouble=str(problem))
        outcome = _outcome(checked, specification, _keep_findings(task, checked.result))
        outcome = replace(outcome, files=fixed.files, sha256=fixed.sha256, was=fixed.was, marking=task.marking)
        _keep_places(task, checked, sending.files)
        return _with_difference(outcome, task, checked, catalogue, work)


def _fixed(task: Task, specification: Specification) -> Checked:
    """The files of a version that is another one with cells replaced, whole or not at all; what was cut off is begun anew."""
    before, after = places.sent(task.root, task.fixed_from or task.version), places.sent(task.root, task.version)
    if not before.is_dir():
        return Checked()
    shutil.rmtree(after, ignore_errors=True)
    known = fixing.read(places.cells(task.root, task.fixed_from or task.version))
    with folder_made_whole(after) as incoming:
        was = mending.mended(before, incoming, task.cells, known.places, specification)
    files = [places.SentFile(path.name, path.stat().st_size, sha256_of(path)) for path in sorted(after.iterdir())]
    upload = places.Upload(task.version, tuple(files))
    return Checked(files=tuple((one.name, one.size) for one in files), sha256=upload.sha256, was=was)


def _keep_places(task: Task, checked: Delivery, files: tuple[Path, ...]) -> None:
    """Where cells can be mended on screen, for the pages: they open no file."""
    found, why_not = mending.places_of(checked.staged, checked.specification, files)
    path = places.cells(task.root, task.version)
    path.unlink(missing_ok=True)
    file_made_whole(path, fixing.written(found, why_not).encode())
    path.chmod(0o600)


_SET_ASIDE = (
    "The file was set aside and is not kept with the others. Take these columns out, or run `vkpp prepare` on the extract,"
    " and send it again."
)


def _sending(task: Task) -> Sending:
    sent = places.sent(task.root, task.version)
    return Sending(
        files=tuple(sorted(sent.iterdir())) if sent.is_dir() else (),
        collection=task.collection,
        force_id=task.force_id,
        period=Period.parse(task.period),
        reasons=task.reasons,
        by=f"collections.version/{task.version}" + (f" accepted by {task.accepted_by}" if task.accepted_by else ""),
        at=task.at,
    )


def _store(task: Task) -> Store:
    return stores.store_for(places.store(task.root, task.compartment), invented=task.invented)


def _keep_findings(task: Task, result: CheckResult) -> str:
    """Every finding as a Parquet file under the version's id, whole or not at all. Gives its hash."""
    path = places.findings(task.root, task.version)
    sink = pa.BufferOutputStream()
    pq.write_table(result.findings.table, sink, compression="zstd")
    path.unlink(missing_ok=True)  # of an attempt that was cut off: nothing points at it yet
    file_made_whole(path, sink.getvalue().to_pybytes())
    path.chmod(0o600)
    _write_reports(task, result)
    return sha256_of(path)


def _write_reports(task: Task, result: CheckResult) -> None:
    """The same findings as files to download, so that no page has to make them."""
    for kind, write in (("xlsx", write_workbook), ("jsonl", write_json_lines)):
        path = places.report(task.root, task.version, kind)
        write(result, path, marking=task.marking)
        path.chmod(0o600)


def mark_reports(root: Path, version: UUID, marking: str) -> None:
    """Have the reports of a version say another marking, that in JSON lines last: by it the pages know that both do."""
    for kind, mark in (("xlsx", mark_workbook), ("jsonl", mark_json_lines)):
        path = places.report(root, version, kind)
        if path.is_file():
            mark(path, marking)
            path.chmod(0o600)


def _outcome(checked: Delivery, specification: Specification, findings_sha256: str) -> Checked:
    result = checked.result
    records: dict[str, int] = {}
    for one in result.reconciliations:
        records[one.table] = records.get(one.table, 0) + one.accepted
    could_not = tuple(f"The check {run.check} could not run: {run.why_not}" for run in result.could_not_run)
    return Checked(
        specification=result.specification,
        ran=sum(run.ran for run in result.runs),
        of=len(result.runs),
        findings_sha256=findings_sha256,
        lines=(*(one.sentence() for one in result.reconciliations), *could_not),
        records=records,
        total=records.get(specification.tables[0].name, 0),
        counts=tuple(_counts(result)),
        could_not_run=could_not,
    )


def _counts(result: CheckResult) -> Iterator[CheckCount]:
    found = pl.from_arrow(result.findings.table)
    assert isinstance(found, pl.DataFrame)  # noqa: S101  a table gives a frame
    grouped = found.group_by("check", "severity", "table", maintain_order=True).agg(
        pl.len().alias("places"),
        pl.struct("file", "sheet", "record").n_unique().alias("records"),  # each file and sheet counts its records from 1
        pl.col("record").is_null().any().alias("whole"),
        pl.col("sheet").drop_nulls().unique(maintain_order=True).alias("sheets"),
        pl.col("column").drop_nulls().unique(maintain_order=True).alias("columns"),
        pl.col("message").first(),
        pl.col("fix").first(),
    )
    for row in grouped.to_dicts():
        yield CheckCount(
            check=row["check"],
            severity=row["severity"],
            table=row["table"] or "",
            sheets=", ".join(row["sheets"]),
            columns=", ".join(row["columns"]),
            places=row["places"],
            records=None if row["whole"] else row["records"],
            message=row["message"],
            fix=row["fix"] or "",
        )


def _with_difference(outcome: Checked, task: Task, checked: Delivery, catalogue: Catalogue, work: Path) -> Checked:
    """The record-level difference to the accepted version, and the published numbers that it would move."""
    store, sending = _store(task), _sending(task)
    if _blocked(checked, task) or not store.versions(task.collection, task.period, task.force_id):
        return outcome
    prepared = receiving.prepared(checked, catalogue, work / "prepared")
    comparison = receiving.compared(sending, prepared, checked.specification, store)
    if comparison is None:
        return outcome
    words = tuple(one.sentence() for one in comparison.differences) + comparison.explanation
    changed: list[str] = []
    for edition in _editions(task):
        change = moved.by(sending, prepared.tables, edition, store, catalogue, work / "moved")
        changed += change.words(edition.name)
    return replace(outcome, difference=words, moved=tuple(changed))


def _editions(task: Task) -> list[Path]:
    """Published editions that a return could move: they are made from the public store, so none by a compartment's."""
    every = (task.root / "editions").glob("*") if task.compartment is None else ()
    return sorted(path for path in every if (path / "manifest.json").is_file())


def _blocked(checked: Delivery, task: Task) -> bool:
    errors = {f.check for f in checked.result.findings if f.severity == "error"} - task.waived
    return bool(errors or checked.result.could_not_run)


# Keeping


def keep(task: Task) -> Kept:
    """Put a version into the store, or find that an earlier attempt did. In words why not, where it cannot be."""
    store = _store(task)
    for earlier in store.versions(task.collection, task.period, task.force_id):
        if _version_of(earlier) == str(task.version):
            return _kept(earlier, task)
    with tempfile.TemporaryDirectory(prefix="vkpp-") as folder:
        try:
            return _keep_nil(task, store, Path(folder)) if task.nil else _keep_files(task, store, Path(folder))
        except Problem as problem:
            return Kept(trouble=str(problem))


def _keep_files(task: Task, store: Store, work: Path) -> Kept:
    catalogue, sending = stores.catalogue_of(invented=task.invented), _sending(task)
    if not sending.files:
        return Kept(trouble=_GONE)
    checked = receiving.checked(sending, catalogue.specification(task.collection), catalogue, work)
    lacking = sorted(set(receiving.queries(checked)) - set(task.reasons))
    if _blocked(checked, task) or lacking:
        return Kept(trouble="The checks find something now that is not fixed or answered. Send the file again to see it.")
    prepared = receiving.prepared(checked, catalogue, work / "prepared")
    return _kept(receiving.accepted(sending, checked, prepared, catalogue, store), task)


def _keep_nil(task: Task, store: Store, work: Path) -> Kept:
    """A nil return in the store: every table of the specification, typed and empty."""
    catalogue, sending = stores.catalogue_of(invented=task.invented), _sending(task)
    specification = catalogue.specification(task.collection)
    prepared = prepare_many({"": _empty(specification, work)}, specification, catalogue, {"": work / "prepared"})[""]
    said = {
        "at": task.at,
        "by": sending.by,
        "nil": True,
        "specification": f"{specification.name} {specification.edition}",
        "catalogue_digest": catalogue.digest,
        "program": {"version": VERSION, "lock_hash": lock_hash()},
        "received": [],
        "stripped": [],
        "reconciled": [],
        "lines": [],
        "checks": {"ran": 0, "all": 0, "error": 0, "query": 0, "note": 0},
        "reasons": [],
    }
    new = NewVersion(task.collection, task.period, task.force_id, prepared.tables, prepared.records, {}, said)
    return _kept(store.accept(new), task)


def _empty(specification: Specification, work: Path) -> dict[str, tuple[Staged, ...]]:
    """Every table staged without a record: the reader refuses such a file, because in a file it is a fault."""
    received = Received("nil", "", 0, "nil")
    staged: dict[str, tuple[Staged, ...]] = {}
    for table in specification.tables:
        names = [field.name for field in table.fields]
        columns = [(name, pa.string()) for name in names] + [(RECORD, pa.int64()), (LINE, pa.int64())]
        path = work / f"nil-{table.name}.parquet"
        pq.write_table(pa.schema(columns).empty_table(), path)
        nothing = Reconciliation("nil", table.name, 0, 0, 0, 0, 0, 0, 0, 0)
        headers = {field.name: field.title for field in table.fields}
        staged[table.name] = (Staged(table.name, path, received, 0, headers, (), (), (), nothing),)
    return staged


def _kept(accepted: Accepted, task: Task) -> Kept:
    receipt = accepted.receipt
    specification = stores.catalogue_of(invented=task.invented).specification(task.collection)
    records = {name: int(entry["records"]) for name, entry in receipt["tables"].items()}
    sha256 = sha256_of(accepted.folder / "receipt.json")
    return Kept(str(receipt["receipt"]), sha256, records, records.get(specification.tables[0].name, 0))


# The index


def _version_of(accepted: Accepted) -> str:
    """The id of the row that a receipt was made by; "" for one made on the command line."""
    found = _MARK.match(str(accepted.receipt.get("by", "")))
    return found[1] if found else ""


def in_store(root: Path, *, invented: bool) -> list[InStore]:
    """What the receipts of every store say, in the order of the versions, for collections.reindex."""
    catalogue = stores.catalogue_of(invented=invented)
    return [
        _said(one, catalogue, compartment)
        for compartment, folder in places.stores(root)
        if stores.register_of(folder) is not None
        for one in stores.store_for(folder, invented=invented).all()
    ]


def _said(one: Accepted, catalogue: Catalogue, compartment: UUID | None) -> InStore:
    receipt = one.receipt
    records = {name: int(entry["records"]) for name, entry in receipt["tables"].items()}
    first = catalogue.specification(receipt["collection"]).tables[0].name
    return InStore(
        collection=str(receipt["collection"]),
        period=str(receipt["period"]),
        force_id=str(receipt["force_id"]),
        receipt=str(receipt["receipt"]),
        sha256=sha256_of(one.folder / "receipt.json"),
        at=str(receipt["at"]).replace("Z", "+00:00"),
        specification=str(receipt["specification"]),
        received=tuple((str(r["name"]), int(r["bytes"]), str(r["sha256"])) for r in receipt.get("received", ())),
        records=records,
        total=records.get(first, 0),
        version=_version_of(one),
        compartment=compartment,
    )
