"""The invented demonstration's returns on their way into a store: who is in, late, missing, rejected and resubmitted."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vkpp.basics.periods import Period
from vkpp.catalogue.example import example_catalogue
from vkpp.engine.flow import csae
from vkpp.engine.flow.accepting import prepare_many
from vkpp.engine.flow.checking import Checked, check_many, read_files
from vkpp.engine.keeping import Store
from vkpp.ops import receiving, stores
from vkpp.ops.example.scenario import Scenario
from vkpp.ops.progress import Progress
from vkpp.ops.receiving import Sending

CERTIFIER = "the demonstration"


@dataclass(frozen=True, slots=True)
class Event:
    """One sending of the scenario, or that there was none."""

    sending: Sending
    act: str


def fill(store: Store, scenario: Scenario, progress: Progress) -> list[str]:
    """Accept the scenario into the store in the order of its days; what happened, in sentences for a person."""
    events = [_event(entry, scenario.folder) for entry in scenario.events]
    told = _waiting(events)
    with tempfile.TemporaryDirectory(prefix="vkpp-") as work:
        for period in sorted({e.sending.period.code for e in events}):
            plain = [e.sending for e in events if e.sending.period.code == period and e.act in ("received", "corrected")]
            with progress.step(f"Checking and accepting {len(plain)} invented returns of {period}"):
                _accept_together(plain, store, Path(work) / period)
        for event in events:
            if event.act == "rejected":
                with progress.step(f"Checking the first return of {event.sending.force_id}"):
                    told.append(_rejected(event.sending, Path(work) / "rejected"))
            elif event.act == "resubmitted":
                with progress.step(f"Comparing and accepting the second return of {event.sending.force_id}"):
                    told += _resubmitted(event.sending, store, Path(work) / "resubmitted")
    write_history(scenario.folder, store.folder)
    return told


def _event(entry: Mapping[str, Any], folder: Path) -> Event:
    files = tuple(folder / name for name in entry["files"])
    at = f"{entry['on']}T12:00:00Z"
    period = Period.parse(str(entry["period"]))
    return Event(Sending(files, csae.COLLECTION, entry["force"], period, by=CERTIFIER, at=at), entry["act"])


def _waiting(events: Sequence[Event]) -> list[str]:
    words = {"missing": "sent no return of {0}: missing", "late": "sent its return of {0} after this edition: late"}
    return [f"{e.sending.force_id} {words[e.act].format(e.sending.period.label)}." for e in events if e.act in words]


def _accept_together(sendings: Sequence[Sending], store: Store, work: Path) -> None:
    """Sendings of one period that are expected to pass; one that does not is a fault of the scenario."""
    catalogue = example_catalogue()
    specification = catalogue.specification(csae.COLLECTION)
    by_force = {one.force_id: one for one in sendings}
    staged = {force: read_files(one.files, specification, work / force) for force, one in by_force.items()}
    checked = check_many(staged, specification, catalogue, period=sendings[0].period)
    blocked = [force for force, one in checked.items() if one.result.findings.count("error") or one.result.could_not_run]
    if blocked:
        raise ValueError(f"the scenario's returns of {', '.join(blocked)} do not pass")
    prepared = prepare_many(staged, specification, catalogue, {force: work / force / "coded" for force in staged})
    for force, one in by_force.items():
        receiving.accepted(_with_reasons(one, checked[force]), checked[force], prepared[force], catalogue, store)


def _with_reasons(sending: Sending, checked: Checked) -> Sending:
    words = "Looked at, and so in the force's own system (invented reason)."
    return replace(sending, reasons=dict.fromkeys(receiving.queries(checked), words))


def _rejected(sending: Sending, work: Path) -> str:
    catalogue = example_catalogue()
    checked = receiving.checked(sending, catalogue.specification(csae.COLLECTION), catalogue, work)
    findings = checked.result.findings
    kinds = {f.check for f in findings if f.severity == "error"}
    return (
        f"{sending.force_id} was rejected once, with {findings.count('error'):,} errors of {len(kinds)} kinds,"
        " and accepted when it was corrected."
    )


def _resubmitted(sending: Sending, store: Store, work: Path) -> list[str]:
    catalogue = example_catalogue()
    specification = catalogue.specification(csae.COLLECTION)
    checked = receiving.checked(sending, specification, catalogue, work)
    prepared = receiving.prepared(checked, catalogue, work / "coded")
    comparison = receiving.compared(sending, prepared, specification, store)
    receiving.accepted(_with_reasons(sending, checked), checked, prepared, catalogue, store)
    if comparison is None:
        return [f"{sending.force_id} sent a return."]
    said = [d.sentence() for d in comparison.differences if d.changed_records or d.new or d.removed]
    return [f"{sending.force_id} sent its return again. {words}" for words in (*said, *comparison.explanation)]


def write_history(invented: Path, store: Path) -> None:
    """Earlier years' invented totals into the store: period, force, crimes."""
    with (invented / "truth" / "invented_history.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(_history(stream))
    text = "period,force_id,crimes\n" + "".join(f"{period},{force},{n}\n" for period, force, n in rows)
    (store / stores.HISTORY).write_text(text, encoding="utf-8")


def _history(stream: Any) -> Iterator[tuple[str, str, str]]:
    lines = list(stream)
    start = next(i for i, line in enumerate(lines) if line.startswith("year,"))
    for row in csv.DictReader(lines[start:]):
        yield f"CY{row['year']}", row["area"], row["crimes"]
