"""The invented demonstration's returns on their way into a store: who is in, late, missing, rejected and resubmitted."""

from __future__ import annotations

import csv
import multiprocessing
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
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


def fill(store: Store, scenario: Scenario, progress: Progress, *, cores: int | None = None) -> list[str]:
    """Accept the scenario into the store; what happened, in sentences for a person, in the order of its days.

    The returns of a year are read and checked together, each year in a process of its own where there are cores for it
    (`cores` None takes them all). Versions of different returns never meet in the store.
    """
    events = [_event(entry, scenario.folder) for entry in scenario.events]
    tasks = _tasks(events, store.folder)
    at_once = min(len(tasks), cores or os.cpu_count() or 1)
    returns = sum(task.returns for task in tasks)
    with progress.step(f"Checking and accepting {returns} invented returns of two years"):
        told = [_done(task) for task in tasks] if at_once == 1 else _in_processes(tasks, at_once)
    write_history(scenario.folder, store.folder)
    by_number = {number: lines for one in told for number, lines in one.items()}
    return [*_waiting(events), *(line for number in sorted(by_number) for line in by_number[number])]


@dataclass(frozen=True, slots=True)
class Task:
    """What one process does, in this order: events with their numbers in the scenario."""

    store: Path
    together: tuple[Sending, ...]
    alone: tuple[tuple[int, Event], ...]

    @property
    def returns(self) -> int:
        return len(self.together) + len(self.alone)


def _tasks(events: Sequence[Event], store: Path) -> list[Task]:
    """A year's returns, and then those of its second sendings that a first one must precede; rejected ones by themselves."""
    numbered = list(enumerate(events))
    tasks = []
    for period in sorted({e.sending.period.code for e in events}):
        mine = [(number, e) for number, e in numbered if e.sending.period.code == period]
        first = tuple(e.sending for _, e in mine if e.act in ("received", "corrected"))
        tasks.append(Task(store, first, tuple(pair for pair in mine if pair[1].act == "resubmitted")))
    rejected = tuple(pair for pair in numbered if pair[1].act == "rejected")
    return [*tasks, Task(store, (), rejected)] if rejected else tasks


def _in_processes(tasks: Sequence[Task], at_once: int) -> list[dict[int, list[str]]]:
    """The task with most to do here, the others beside it: started afresh and not forked, which the engines do not outlive."""
    longest = max(tasks, key=lambda task: (bool(task.together), len(task.alone), task.returns))
    others = [task for task in tasks if task is not longest]
    with ProcessPoolExecutor(at_once - 1, mp_context=multiprocessing.get_context("spawn")) as pool:
        beside = [pool.submit(_done, task) for task in others]
        here = _done(longest)
        return [here, *(one.result() for one in beside)]


def _done(task: Task) -> dict[int, list[str]]:
    store = Store(task.store)
    told: dict[int, list[str]] = {}
    with tempfile.TemporaryDirectory(prefix="vkpp-") as work:
        if task.together:
            accept_together(task.together, store, Path(work) / "together")
        for number, event in task.alone:
            folder = Path(work) / f"alone-{number}"
            told[number] = (
                _resubmitted(event.sending, store, folder) if event.act == "resubmitted" else [_rejected(event.sending, folder)]
            )
    return told


def _event(entry: Mapping[str, Any], folder: Path) -> Event:
    files = tuple(folder / name for name in entry["files"])
    at = f"{entry['on']}T12:00:00Z"
    period = Period.parse(str(entry["period"]))
    return Event(Sending(files, csae.COLLECTION, entry["force"], period, by=CERTIFIER, at=at), entry["act"])


def _waiting(events: Sequence[Event]) -> list[str]:
    words = {"missing": "sent no return of {0}: missing", "late": "sent its return of {0} after this edition: late"}
    return [f"{e.sending.force_id} {words[e.act].format(e.sending.period.label)}." for e in events if e.act in words]


def accept_together(sendings: Sequence[Sending], store: Store, work: Path) -> None:
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
