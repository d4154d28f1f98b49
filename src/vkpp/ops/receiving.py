"""One sending on its way into the store: looked through, checked, reasons asked for, compared, accepted with its receipt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from vkpp.basics.identifiers import sha256_of_file
from vkpp.basics.periods import Period
from vkpp.basics.problems import RefusedByRule, UnreadableFile, UsageProblem
from vkpp.catalogue.load import Catalogue
from vkpp.catalogue.specifications import Specification
from vkpp.engine.flow.accepting import Difference, Prepared, difference, prepare_tables
from vkpp.engine.flow.checking import Checked, check_files
from vkpp.engine.flow.restatement import explained
from vkpp.engine.keeping import Accepted, NewVersion, Store
from vkpp.engine.reading.intake import CONTENT, Personal, kept_copies, personal_data
from vkpp.engine.shapes.national import National
from vkpp.ops.version import VERSION, lock_hash

LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Sending:
    """What somebody sent, for whom and for when, with the reasons that they give (check -> words)."""

    files: tuple[Path, ...]
    collection: str
    force_id: str
    period: Period
    named: tuple[tuple[str, Path], ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)
    by: str = ""
    at: str = ""  # UTC, from the command line's clock

    @property
    def every_file(self) -> tuple[Path, ...]:
        return tuple(dict.fromkeys((*self.files, *(path for _, path in self.named))))


def force_id_of(text: str, catalogue: Catalogue, period: Period) -> str:
    """The force that a name or an id means, among those from which a return of the period is expected."""
    forces = catalogue.forces_on(period.end)
    named = catalogue.force_named(text, period.end)
    found = next((f for f in forces if f.force_id == text or (named and f.force_id == named.force_id)), None)
    if found is None:
        raise UsageProblem(
            f"The register has no force {text!r} on {period.end}.",
            expected=f"one of {', '.join(f.force_id for f in forces)}",
            next_step="correct --force; invented forces need --invented",
        )
    return found.force_id


def looked_through(sending: Sending, specification: Specification, store: Store, work: Path) -> list[Personal]:
    """Names, addresses and dates of birth in the files. A file with any is set aside in the quarantine and goes no further."""
    found: list[Personal] = []
    for number, path in enumerate(sending.every_file):
        mine = personal_data(path, specification, work / f"look-{number}")
        if mine:
            store.quarantine(path, sha256_of_file(path), [f"{one.what} in {one.where}, {one.cells} cell(s)" for one in mine])
        found += mine
    return found


def checked(
    sending: Sending, specification: Specification, catalogue: Catalogue, work: Path, nation: National | None = None
) -> Checked:
    named, period = sending.named, sending.period
    return check_files(sending.files, specification, catalogue, work, named=named, period=period, nation=nation)


def queries(checked: Checked) -> Counter[str]:
    """Queries by check: each needs a fix, or a reason that goes into the receipt."""
    return Counter(f.check for f in checked.result.findings if f.severity == "query")


def reasons_given(pairs: Sequence[str], file: str | None) -> dict[str, str]:
    """--reason CHECK=WORDS, each, and those of a YAML file (check: words). A reason must not name or find anybody."""
    given = _of_file(Path(file)) if file else {}
    for pair in pairs:
        check, separator, words = pair.partition("=")
        if not (separator and check.strip() and words.strip()):
            raise UsageProblem(f"--reason {pair!r} gives no reason.", expected="--reason CHECK=WORDS", next_step="write it so")
        given[check.strip()] = words.strip()
    for check, words in given.items():
        _refuse_personal(check, words)
    return given


def _of_file(path: Path) -> dict[str, str]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise UnreadableFile(f"The reasons in {path.name} cannot be read.", expected="lines of CHECK: WORDS") from problem
    if not isinstance(document, dict) or not all(isinstance(v, str) and v.strip() for v in document.values()):
        raise UnreadableFile(f"{path.name} holds no reasons.", expected="lines of CHECK: WORDS", next_step="write it so")
    return {str(check): words.strip() for check, words in document.items()}


def _refuse_personal(check: str, words: str) -> None:
    for what, pattern in CONTENT.items():
        if pattern.search(words):
            raise RefusedByRule(
                f"The reason for {check} holds {what}.", expected="a reason that names and finds nobody", next_step="reword it"
            )
    if len(words) > LONGEST_REASON or re.search(r"[\r\n]", words):
        raise UsageProblem(f"The reason for {check} is too long.", expected=f"one line of {LONGEST_REASON} characters at most")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A resubmission beside the version that the store holds."""

    before: Accepted
    differences: tuple[Difference, ...]
    explanation: tuple[str, ...]

    @property
    def same(self) -> bool:
        return not any(d.new or d.removed or d.changed_records for d in self.differences)


def compared(sending: Sending, prepared: Prepared, specification: Specification, store: Store) -> Comparison | None:
    """The record-level difference to the newest version, and what explains it; None for a first sending."""
    versions = store.versions(sending.collection, sending.period.code, sending.force_id)
    if not versions or versions[-1].destroyed:
        return None
    before = {table.name: versions[-1].table(table.name) for table in specification.tables}
    differences = tuple(difference(specification, before, prepared.tables))
    words = explained(before["crimes"], prepared.tables["crimes"]) if "crimes" in prepared.tables else []
    return Comparison(versions[-1], differences, tuple(words))


def prepared(checked: Checked, catalogue: Catalogue, work: Path) -> Prepared:
    return prepare_tables(checked, catalogue, work)


def accepted(sending: Sending, checked: Checked, prepared: Prepared, catalogue: Catalogue, store: Store) -> Accepted:
    """Keep it: the tables, the stripped copies, and the receipt."""
    copies = kept_copies(sending.every_file, checked.staged)
    said = _said(sending, checked, catalogue, [words for copy in copies.values() for words in copy.removed])
    return store.accept(
        NewVersion(
            collection=sending.collection,
            period=sending.period.code,
            force_id=sending.force_id,
            tables=prepared.tables,
            records=prepared.records,
            stripped={sha256: copy.content for sha256, copy in copies.items()},
            said=said,
        )
    )


def _said(sending: Sending, checked: Checked, catalogue: Catalogue, removed: Sequence[str]) -> dict[str, Any]:
    result, asked = checked.result, queries(checked)
    received = {one.received.sha256: one.received for parts in checked.staged.values() for one in parts}
    return {
        "at": sending.at,
        "by": sending.by,
        "specification": result.specification,
        "catalogue_digest": catalogue.digest,
        "program": {"version": VERSION, "lock_hash": lock_hash()},
        "received": [{"name": r.name, "sha256": r.sha256, "bytes": r.size, "kind": r.kind} for r in received.values()],
        "stripped": list(removed),
        "reconciled": [r.sentence() for r in result.reconciliations],
        "lines": [asdict(r) for r in result.reconciliations],
        "checks": {
            "ran": sum(run.ran for run in result.runs),
            "all": len(result.runs),
            **{severity: result.findings.count(severity) for severity in ("error", "query", "note")},
        },
        "reasons": [
            {"check": check, "findings": n, "reason": f"{sending.reasons[check]}"} for check, n in sorted(asked.items())
        ],
    }


def receipt_words(accepted: Accepted, force: str) -> list[str]:
    """The receipt for a person."""
    r = accepted.receipt
    tables = ", ".join(f"{entry['records']:,} {name}" for name, entry in r["tables"].items())
    lines = [
        f"Accepted: {r['receipt']} ({force})",
        f"At {r['at']}" + (f", by {r['by']}" if r["by"] else ""),
        f"Records: {tables}",
        f"Specification: {r['specification']}; {r['checks']['ran']} of {r['checks']['all']} checks ran",
        f"Findings: {r['checks']['error']:,} errors, {r['checks']['query']:,} queries, {r['checks']['note']:,} notes",
    ]
    lines += [f"Received: {one['name']}, {one['bytes']:,} bytes, sha256 {one['sha256']}" for one in r["received"]]
    lines += [f"Table {name}: sha256 {entry['sha256']}" for name, entry in r["tables"].items()]
    lines += [f"Reason for {entry['findings']:,} finding(s) of {entry['check']}: {entry['reason']}" for entry in r["reasons"]]
    lines += [f"Left out of the kept copy: {words}" for words in r["stripped"]]
    lines.append(f"Version {r['version']}; the receipt before it: {r['before'] or 'none, this is the first'}")
    return lines
