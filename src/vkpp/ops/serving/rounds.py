"""An invented round in every state, with a return in every state, made as people would: by commands, checks and the store.

It runs in a process of its own (`fill_apart`): the checks bring threads along, which a server that forks does not outlive.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from vkpp.basics.periods import Period
from vkpp.basics.problems import RefusedByRule
from vkpp.basics.working_days import add_working_days
from vkpp.ops.serving import people
from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules import places, register
from vkpp.records.collections.rules.rows import Receipt
from vkpp.records.ground.viewer import Viewer

if TYPE_CHECKING:  # they bring the engines along, which the server itself must not
    from vkpp.ops.example.writing import Delivery
    from vkpp.ops.serving.invented import Returns

COLLECTION = "csae"
_DAYS = 20  # working days that forces have
# Forces by their number in the register, and how each stands in the open round; whoever is not named was accepted.
BROKEN, ASKED, NIL, TO_SIGN = 0, 1, 2, 3
WITH_AREA, WITH_NATIONAL, EXPLAINED, SENT_BACK = (4, 5), (6,), 7, 8
WAIVED, WAIVER_ASKED, MORE_TIME, SILENT = 9, 10, 11, 12
NOT_IN = 13  # the forces from 0 to here have not been accepted
# In the closed round: corrected returns, and one that waits for its correction.
OWN_CORRECTED, CORRECTED, UNLOCKED = 0, 1, 2
_CODE = "from vkpp.ops.serving import server; server.django_up(); from vkpp.ops.serving import rounds; rounds.main()"


def fill_apart() -> None:
    """Fill the demonstration's database with its rounds, unless they are there. Raises RefusedByRule when that went wrong."""
    national = people.viewers(datetime.now(UTC))["national_analyst"]
    if queries.rounds(viewer=national):
        return
    sys.stdout.write("Inventing rounds, returns and what was accepted: some two minutes, the first time only.\n")
    sys.stdout.flush()
    done = subprocess.run([sys.executable, "-c", _CODE], check=False, capture_output=True, text=True)  # noqa: S603  our own
    if done.returncode:
        raise RefusedByRule(
            "The demonstration's rounds could not be made: " + (done.stderr.strip().splitlines() or ["no reason given"])[-1],
            where="the demonstration's folder",
            expected="an empty one",
            next_step="remove the folder (var/demo-service, or what VKPP_FOLDER names) and start again",
        )


def main() -> None:
    """In the process of its own, with Django set up."""
    with tempfile.TemporaryDirectory(prefix="vkpp-") as folder:
        fill(datetime.now(UTC), Path(folder))


@dataclass(frozen=True)
class _Making:
    """What every step needs: the instant, who acts, the forces' organisations in the register's order, and files."""

    at: datetime
    who: Mapping[str, Viewer]
    forces: Sequence[UUID]
    files: Returns
    preparer: Viewer
    certifier: Viewer

    def preparer_of(self, number: int) -> Viewer:
        return self.who["force_analyst"] if number == 0 else self.preparer

    def certifier_of(self, number: int) -> Viewer:
        return self.who["certifier"] if number == 0 else self.certifier


def fill(at: datetime, folder: Path) -> None:
    """Four rounds: locked, closed, open past its deadline, in draft; three taskings, one joint; waivers signed and asked."""
    from vkpp.ops.serving.invented import Returns

    who, forces = people.viewers(at), people.forces(at)
    stand_ins = people.stand_ins(at, forces[1:NOT_IN])
    making = _Making(at, who, forces, Returns(folder), *(people.viewer(one, at) for one in stand_ins))
    locked, closed, running = _opened(making)
    _accept_many(making, folder)
    _closed_and_locked(making, locked, closed)
    _corrected(making, closed)
    _running(making, running)
    _cloned(making, running, 4, _day(at) + timedelta(days=5))
    _taskings(making)
    _packs(making, (locked, closed))


def _day(at: datetime) -> date:
    return at.date()


def _period(quarter: int) -> str:
    from vkpp.ops.example.nation import LAST_YEAR

    return f"CY{LAST_YEAR}Q{quarter}"


def _opened(making: _Making) -> tuple[UUID, UUID, UUID]:
    """The first three quarters' rounds, each cloned from the one before and opened; the third was due six working days ago."""
    by, holidays = making.who["national_analyst"], register.catalogue().holidays
    opened: list[UUID] = []
    for quarter, days_ago in ((1, 150), (2, 88), (3, _DAYS + 6)):
        opens = add_working_days(_day(making.at), -days_ago, holidays)
        key = _cloned(making, opened[-1], quarter, opens) if opened else _first(making, opens)
        commands.open_round(by=by, at=making.at, round_=key)
        opened.append(key)
    return opened[0], opened[1], opened[2]


def _first(making: _Making, opens: date) -> UUID:
    return commands.draft_round(
        by=making.who["national_analyst"],
        at=making.at,
        collection=COLLECTION,
        period=_period(1),
        opens_on=opens,
        working_days=_DAYS,
        respondents=list(making.forces),
    )


def _cloned(making: _Making, before: UUID, quarter: int, opens: date) -> UUID:
    by = making.who["national_analyst"]
    return commands.clone_round(by=by, at=making.at, round_=before, period=_period(quarter), opens_on=opens)


def _accept_many(making: _Making, folder: Path) -> None:
    """What was accepted goes into the store as the checks let it, and the index is made from the store."""
    from vkpp.ops import demonstration, jobs, stores
    from vkpp.ops.receiving import Sending

    store = stores.store_for(places.store(register.root()), invented=True)
    for quarter in (1, 2, 3):
        period, start = Period.parse(_period(quarter)), NOT_IN if quarter == 3 else 0
        at = (making.at - timedelta(days=10 + 90 * (3 - quarter))).strftime("%Y-%m-%dT%H:%M:%SZ")
        sendings = [
            Sending(_paths(sent), COLLECTION, sent.force_id, period, by=demonstration.CERTIFIER, at=at)
            for number in range(start, len(making.forces))
            if (sent := making.files.clean(number, quarter)) is not None
        ]
        demonstration.accept_together(sendings, store, folder / f"accepting-{quarter}")
    jobs.reindex(making.at)


def _paths(sent: Delivery) -> tuple[Path, ...]:
    return tuple(sorted({path for path, _ in sent.files.values()}))


def _closed_and_locked(making: _Making, locked: UUID, closed: UUID) -> None:
    by = making.who["national_analyst"]
    for key in (locked, closed):
        commands.close_round(by=by, at=making.at, round_=key)
    commands.lock_round(by=by, at=making.at, round_=locked)


def _returns(making: _Making, round_: UUID) -> list[UUID]:
    """The returns of a round, in the order of the forces."""
    found = queries.round_overview(viewer=making.who["national_analyst"], round_=round_).returns
    by_force = {row.organisation: row.id for row in found}
    return [by_force[force] for force in making.forces]


def _corrected(making: _Making, closed: UUID) -> None:
    """In the closed round: a corrected return with the certifier, one with the national team, one still awaited."""
    keys, by = _returns(making, closed), making.who["national_analyst"]
    for number in (OWN_CORRECTED, CORRECTED, UNLOCKED):
        commands.lock(by=by, at=making.at, submission=keys[number])
        reason = "The force found crimes that it had recorded twice."
        commands.unlock(by=by, at=making.at, submission=keys[number], reason=reason)
    sent = {n: making.files.corrected(n, 2) for n in (OWN_CORRECTED, CORRECTED)}
    _send(making, keys, sent)
    for number in sent:
        _answer(making, keys[number], number)
        commands.offer(by=making.preparer_of(number), at=making.at, submission=keys[number])
    _certify(making, keys[CORRECTED], CORRECTED)
    _approve(making, keys[CORRECTED])


def _running(making: _Making, running: UUID) -> None:
    """In the open round: a return in every state that a return can be in."""
    keys, national = _returns(making, running), making.who["national_analyst"]
    sent = {BROKEN: making.files.with_errors(BROKEN, 3)}
    sent |= {n: making.files.with_queries(n, 3) for n in (ASKED, EXPLAINED)}
    whole = (TO_SIGN, *WITH_AREA, *WITH_NATIONAL, SENT_BACK)
    sent |= {n: making.files.clean(n, 3) for n in whole}
    _send(making, keys, sent)
    commands.declare_nil(
        by=making.preparer_of(NIL),
        at=making.at,
        submission=keys[NIL],
        reason="Nothing of this kind was recorded in the quarter (invented reason).",
    )
    for number in (EXPLAINED, *whole):
        _answer(making, keys[number], number)
        commands.offer(by=making.preparer_of(number), at=making.at, submission=keys[number])
    for number in (EXPLAINED, *WITH_AREA, *WITH_NATIONAL, SENT_BACK):
        _certify(making, keys[number], number)
    for number in (EXPLAINED, *WITH_NATIONAL):
        _approve(making, keys[number])
    commands.send_back(
        by=making.who["regional_analyst"],
        at=making.at,
        submission=keys[SENT_BACK],
        reason="Victims look as if they were counted as crimes. Please look again.",
    )
    _let_off(making, keys)
    commands.extend(
        by=national,
        at=making.at,
        submission=keys[MORE_TIME],
        working_days=10,
        reason="Their system was changed in the quarter.",
    )


def _let_off(making: _Making, keys: Sequence[UUID]) -> None:
    """One waiver signed, one that waits for the national lead."""
    for number, reason in (
        (WAIVED, "The records system was changed and cannot be asked before the next quarter."),
        (WAIVER_ASKED, "The one person who can run the query is away for the whole period."),
    ):
        key = commands.ask_waiver(by=making.preparer_of(number), at=making.at, submission=keys[number], reason=reason)
        if number == WAIVED:
            commands.sign_waiver(by=making.who["national_lead"], at=making.at, waiver=key)


def _send(making: _Making, keys: Sequence[UUID], sent: Mapping[int, Delivery | None]) -> None:
    """Send files as their preparers would, then do the checks that this asks for."""
    for number, delivery in sent.items():
        if delivery is None:
            raise LookupError(f"the invented force {number} recorded nothing in the quarter")
        upload = places.keep(register.root(), [(path.name, path) for path in _paths(delivery)])
        commands.receive(by=making.preparer_of(number), at=making.at, submission=keys[number], upload=upload)
    _checked()


def _checked() -> None:
    """The checks that wait, done here and now: nobody sent these files, so they need no process of their own."""
    from vkpp.ops import jobs, returns
    from vkpp.records.work import commands as work

    known = {commands.CHECK: work.Job(partial(jobs.check_return, check=returns.check), lease=timedelta(hours=1))}
    while work.work_once(jobs=known, worker="demonstration", now=jobs.now):
        pass


def _answer(making: _Making, submission: UUID, number: int) -> None:
    by = making.preparer_of(number)
    for one in queries.submission_page(viewer=by, submission=submission).queries:
        if one.state == "open":
            words = "Looked at, and so in the force's own system (invented reason)."
            commands.answer(by=by, at=making.at, query=one.id, reason=words)


def _version(by: Viewer, submission: UUID) -> int:
    return queries.submission_page(viewer=by, submission=submission).row.version


def _certify(making: _Making, submission: UUID, number: int) -> None:
    by = making.certifier_of(number)
    commands.certify(by=by, at=making.at, submission=submission, version=_version(by, submission))


def _approve(making: _Making, submission: UUID) -> None:
    by = making.who["regional_analyst"]
    commands.approve(by=by, at=making.at, submission=submission, version=_version(by, submission))


def _packs(making: _Making, rounds: Iterable[UUID]) -> None:
    """The packs of the force whose accounts the demonstration has; the others' are made when they are asked for."""
    from vkpp.ops import jobs, packs

    wanted = {row.store_name for round_ in rounds if (row := _receipt(making, _returns(making, round_)[0]))}
    for key in queries.packs_lacking():
        task = jobs.pack_task(key, making.at)
        if task is not None and task.job.receipt in wanted:
            packs.made(task)


def _receipt(making: _Making, submission: UUID) -> Receipt:
    page = queries.submission_page(viewer=making.who["national_analyst"], submission=submission)
    return queries.receipt(viewer=making.who["national_analyst"], submission=submission, version=page.row.accepted)


def _taskings(making: _Making) -> None:
    """One in draft that waits for the lead, one closed, one out and joint."""
    by = making.who["national_analyst"]
    draft = partial(
        commands.draft_tasking, by=by, at=making.at, basis="Law enforcement purposes (proposed, for the authority)."
    )
    draft(
        title="Read every group-based case of five years",
        purpose="To say how groups were found, for the report to the minister.",
        working_days=40,
        hours=60,
        organisations=_some(making.forces, 12),
    )
    lister = draft(
        title="Who leads on child sexual abuse in each force",
        purpose="To keep the list of whom to ring.",
        working_days=15,
        hours=2,
        organisations=_some(making.forces, 44),
    )
    commands.open_tasking(by=by, at=making.at, tasking=lister)
    commands.close_tasking(by=by, at=making.at, tasking=lister)
    _joint(making, draft)


def _joint(making: _Making, draft: Callable[..., UUID]) -> None:
    """One that two organisations work on together, with a row of a member and one of a force that it asks."""
    member, force = making.who["joint_member"], making.who["force_analyst"]
    (ours,), (forces,), (region,) = (one.organisations for one in (member, force, making.who["regional_analyst"]))
    key = draft(
        title="Online groups that say they hunt offenders",
        purpose="To know how many there are and what they do to cases.",
        working_days=15,
        hours=2,
        organisations=_some(making.forces, 44),
        members=[ours, region],
    )
    commands.open_tasking(by=making.who["national_analyst"], at=making.at, tasking=key)
    for by, giver, what, words, agreed in (
        (member, ours, "A group of nine", "It shows its meetings live, and asks for money while it does.", [region]),
        (force, forces, "A group in our force", "Two cases were closed because it came before us.", [ours]),
    ):
        commands.give_row(by=by, at=making.at, tasking=key, organisation=giver, what=what, words=words, agreed=agreed)


def _some(forces: Iterable[UUID], most: int) -> list[UUID]:
    return list(forces)[:most]
