"""What queries hand out: frozen rows, each with its allowed acts and, for every other act, the words of the refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from vkpp.basics.markings import OFFICIAL, Marking, strictest
from vkpp.engine.shapes.pack import Pack as Pack  # noqa: PLC0414  handed on to pages, which may not know the engine
from vkpp.records.collections.states import OPEN, RECEIVED_WHOLE, WAIVED

if TYPE_CHECKING:  # it would bring the database along into the processes that read a force's files
    from vkpp.records.people.queries import Acts


@dataclass(frozen=True, slots=True)
class RoundRow:
    """A round. `hours` are those of one force for this return. `acts` of states.yaml: edit, open, close, lock, chase ..."""

    id: UUID
    collection: str
    edition: str
    title: str
    period: str  # CY2026Q1
    period_words: str  # January to March 2026
    state: str
    state_words: str
    opens_on: date
    working_days: int  # from opening to the deadline
    due_on: date
    working_days_left: int  # negative: late by so many
    hours: float
    hours_rest_on: str
    already_held: str
    hours_signed: bool
    reason: str
    marking: Marking
    acts: Acts

    @property
    def letter_facts(self) -> dict[str, object]:
        """What a letter about it says, in the codes in which letters are kept."""
        return {"collection": self.collection, "period": self.period, "due": self.due_on.isoformat()}


@dataclass(frozen=True, slots=True)
class Changes:
    """A round against the one that it was cloned from, and what it costs forces in hours (R9). `sentences` say it all."""

    round: UUID
    cloned_from: UUID | None
    added: tuple[str, ...]  # titles of fields
    removed: tuple[str, ...]
    checks_added: tuple[str, ...]
    checks_removed: tuple[str, ...]
    hours: float  # of one force
    hours_before: float | None
    forces: int
    hours_in_all: float
    most_hours_of_a_force: float  # in the quarter of the deadline, with every other ask
    limit: float
    limit_source: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """A return in a list. `next_words` say what its holder does next; `holder` who that is, as a role."""

    id: UUID
    round: UUID
    collection: str
    title: str
    period: str
    period_words: str
    organisation: UUID
    organisation_name: str
    area_name: str  # "" where there is none
    state: str
    state_words: str
    next_words: str
    holder: str
    due_on: date
    working_days_left: int
    late: bool
    version: int
    accepted: int
    nil: bool
    errors: int
    open_queries: int
    changed: bool  # it was accepted before and is corrected, or waits to be
    total: int | None
    received_at: datetime | None
    chased_at: datetime | None
    chases: int
    acts: Acts
    inside: bool = True  # whether the viewer may see what the newest version says
    shown: bool = False  # whether its force lets others look before it certifies
    marking: Marking = OFFICIAL  # the stricter of the return's own and its round's
    own_marking: Marking = OFFICIAL
    round_marking: Marking = OFFICIAL
    round_state: str = OPEN

    @property
    def counted(self) -> bool:
        """Whether the total so far rests on it: certified or further, or accepted before and now being corrected."""
        return self.state in RECEIVED_WHOLE or self.accepted > 0

    @property
    def owed(self) -> bool:
        """Whether it is one of the n of which `counted` ones are said: one that is waived is owed by nobody (R4)."""
        return self.counted or self.state != WAIVED


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One line of a return's task list: verb first, and whether it is done, to do, or cannot start yet."""

    name: str  # get_ready, upload, fix, answer, summary, certify, receipt, pack
    words: str
    hint: str
    status: str  # "Completed", "Fix 72 errors", "Cannot start yet"
    kind: str  # done, do, fix, wait
    act: str = ""


@dataclass(frozen=True, slots=True)
class TaskingRow:
    """A tasking. `done` and `forces` count whom it asks, as far as the viewer may see them."""

    id: UUID
    title: str
    purpose: str
    basis: str
    state: str
    state_words: str
    due_on: date
    working_days_left: int
    hours: float
    hours_signed: bool
    forces: int
    done: int
    waiting_for: tuple[str, ...]  # names of those who have not said that it is done
    acts: Acts
    members: tuple[str, ...] = ()  # organisations that work on it together; none for one that is not joint
    hours_reason: str = ""  # why more hours than the limit were signed for: printed with the ask
    marking: Marking = OFFICIAL


@dataclass(frozen=True, slots=True)
class AgreedRow:
    """A row of a joint tasking that the viewer's organisation gave, or that was agreed for it."""

    id: UUID
    giver: str
    what: str
    words: str
    given_at: datetime
    mine: bool  # the viewer's own organisation gave it
    agreed_for: tuple[str, ...]  # as far as the viewer may know: a giver all, a member itself
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class JointPage:
    """A joint tasking as one of its members, or a force that it asks, works on it. `givers` may be named as who gives a row."""

    tasking: TaskingRow
    members: tuple[tuple[UUID, str], ...]
    rows: tuple[AgreedRow, ...]
    givers: tuple[tuple[UUID, str], ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """The burden meter of one force: hours asked in a quarter by everything that is out, and the limit."""

    organisation: UUID
    organisation_name: str
    quarter: str
    hours: float
    limit: float


@dataclass(frozen=True, slots=True)
class ForceHome:
    """What waits for a force: returns by deadline ("needs me" first), taskings, and the burden meter."""

    returns: tuple[SubmissionRow, ...]  # open ones by deadline
    finished: tuple[SubmissionRow, ...]  # accepted, locked or waived, the latest first
    taskings: tuple[TaskingRow, ...]
    hours: tuple[Hours, ...]


@dataclass(frozen=True, slots=True)
class CheckRow:
    """What one check found, as counts."""

    check: str
    severity: str
    table: str
    sheets: str
    columns: str
    places: int
    records: int | None
    message: str
    fix: str
    waived: bool


@dataclass(frozen=True, slots=True)
class QueryRow:
    """A query and its answer. `offered` is last quarter's answer, to keep or change. `records`: the most that it could move."""

    id: UUID
    submission: UUID
    organisation_name: str
    check: str
    state: str
    state_words: str
    message: str
    places: int
    records: int | None
    offered: str
    answer: str
    asked_again: str
    answered_at: datetime | None
    acts: Acts


@dataclass(frozen=True, slots=True)
class WaiverRow:
    """A waiver of a return (no check) or of one check."""

    id: UUID
    submission: UUID
    organisation_name: str
    period_words: str
    check: str
    state: str
    state_words: str
    reason: str
    refusal: str
    asked_at: datetime
    signed_at: datetime | None
    acts: Acts
    marking: Marking = OFFICIAL  # its return's
    what: str = ""  # it lets off, in words: see register.let_off


@dataclass(frozen=True, slots=True)
class PublishedWaiver:
    """A signed waiver as everybody reads it: whom and what it lets off, why, and which role signed it when. No person."""

    title: str
    period_words: str
    organisation_name: str
    check: str  # "" for the whole return
    reason: str
    signed_by: str
    signed_on: date
    marking: Marking = OFFICIAL  # the stricter of its return's and its round's
    what: str = ""  # as of WaiverRow


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One sending."""

    id: UUID
    number: int
    nil: bool
    nil_reason: str
    received_at: datetime
    files: tuple[tuple[str, int], ...]  # name, bytes; empty once their time is up
    sha256: str
    checked_at: datetime | None
    specification: str
    trouble: str  # why nothing could be checked
    errors: int
    queries: int
    notes: int
    checks_ran: int
    checks_all: int
    lines: tuple[str, ...]  # the reconciliation: nothing was lost
    records: Mapping[str, int]
    total: int | None
    receipt: str
    accepted_at: datetime | None
    difference: tuple[str, ...]
    moved: tuple[str, ...]
    fixed_from: int = 0  # the version whose cells were fixed on screen; 0 for files that were sent
    fixed_cells: int = 0
    inside: bool = True  # whether the viewer may see what it says; else only how far it is


@dataclass(frozen=True, slots=True)
class SubmissionPage:
    """A return with all that its force works on. `versions` newest first, one that was taken back after that in hand, of which
    `checks` and the counts are."""

    row: SubmissionRow
    tasks: tuple[TaskLine, ...]
    versions: tuple[VersionRow, ...]
    checks: tuple[CheckRow, ...]
    queries: tuple[QueryRow, ...]
    waivers: tuple[WaiverRow, ...]
    returned_words: str
    extension_reason: str
    unlock_reason: str
    marking: Marking

    @property
    def returned_because(self) -> str:
        """What the returned words say: why a return was sent back or, where the accepted version is in hand again, why the
        corrected one was taken back."""
        back = self.row.accepted > 0 and self.row.version == self.row.accepted
        return "Corrected return taken back because" if back else "Sent back because"


@dataclass(frozen=True, slots=True)
class FindingsPage:
    """Findings of one version: a page of them, how many match, and what there is to filter by (with counts)."""

    version: UUID
    file: str  # where the whole list lies, for a download; "" where there is none
    rows: tuple[Mapping[str, object], ...]  # keys of engine.shapes.findings.FINDINGS_SCHEMA
    matching: int
    all: int
    checks: tuple[tuple[str, str, int], ...]  # check, severity, findings
    sheets: tuple[tuple[str, int], ...]  # sheet or table, findings
    fixable: frozenset[int] = frozenset()  # `index` of the rows whose cell can be fixed on screen


@dataclass(frozen=True, slots=True)
class FindingsReport:
    """Every finding of one version as a file to download; `size` in bytes, 0 and no path where there is none."""

    path: str
    name: str  # what the file is called once it is saved
    size: int
    being_marked: bool = False  # it lies there with the marking that the return had before


@dataclass(frozen=True, slots=True)
class Moved:
    """Whether a total's change is more than noise. `verdict`: higher, lower, no, or unknown where nothing compares."""

    verdict: str
    sentence: str
    now: int | None
    before: int | None
    lower: float | None = None  # the usual range, from earlier periods
    upper: float | None = None
    trial: bool = True  # fewer periods than the rule wants
    points: tuple[tuple[str, int], ...] = ()  # period code, total; in time order, this one last


@dataclass(frozen=True, slots=True)
class Position:
    """Where a force sits among the others, which are not named: (population, rate per 1,000, own). Higher is not worse."""

    sentence: str
    points: tuple[tuple[int, float, bool], ...] = ()
    average: float | None = None
    limits: tuple[tuple[float, float, float], ...] = ()  # population, lower, upper at 99.8%


@dataclass(frozen=True, slots=True)
class CertifyPage:
    """What a certifier reads before signing: what the return says, in words, on a phone."""

    row: SubmissionRow
    version: VersionRow
    totals: tuple[tuple[str, int, int | None], ...]  # table's title, records now, records accepted last period
    moved: Moved
    position: Position
    queries: tuple[QueryRow, ...]
    waivers: tuple[WaiverRow, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of a submission. Roles, not names. `accepted_at` is None until the store has it."""

    submission: UUID
    organisation_name: str
    title: str
    period_words: str
    version: int
    nil: bool
    sha256: str
    files: tuple[tuple[str, int], ...]
    records: Mapping[str, int]
    specification: str
    checks: str  # "74 of 74 checks ran"
    lines: tuple[str, ...]
    steps: tuple[tuple[str, datetime], ...]  # "Received", "Certified", "Approved by the area", "Accepted"
    reasons: tuple[tuple[str, str], ...]  # check, reason
    store_name: str
    store_sha256: str
    accepted_at: datetime | None
    marking: Marking = OFFICIAL

    @property
    def fingerprint(self) -> str:
        """The hash of what was sent, or why none stands here: of a version that the store brought, the store has it."""
        if self.nil:
            return "A nil return: no file"
        return self.sha256 or "In the receipt of the store, file by file"


@dataclass(frozen=True, slots=True)
class PackPage:
    """The pack of the accepted version; None where it is not made yet. `files` are kinds with bytes."""

    row: SubmissionRow
    version: int
    pack: Pack | None
    files: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class PackFile:
    """A file of a pack, and what it is called once it is saved."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that could still move the national total. `low` and `high` are in records; None is not known."""

    what: str
    organisation_name: str
    submission: UUID
    query: UUID | None
    low: int | None
    high: int | None
    share: float | None  # largest effect, percent of the total so far
    holder: str
    next_words: str


@dataclass(frozen=True, slots=True)
class RoundOverview:
    """Can I publish? `sentence` answers it; `stops` says why not, largest effect first; `small` hardly matter."""

    row: RoundRow
    can_publish: bool
    sentence: str
    expected: int
    received: int  # that the total rests on
    accepted: int
    waived: int  # and nothing of it counted
    by_state: tuple[tuple[str, str, int], ...]  # state, words, returns
    late: tuple[SubmissionRow, ...]
    returns: tuple[SubmissionRow, ...]
    total: int
    likely: tuple[int, int] | None  # the final total, if late returns are as usual; None where one has no history
    moved: Moved
    stops: tuple[Matter, ...]
    small: tuple[Matter, ...]
    chase: tuple[UUID, ...]  # whom one act reminds
    chase_words: str

    @property
    def marking(self) -> Marking:
        """Of whatever shows the round and its returns: the strictest of theirs."""
        return strictest(self.row.marking, *(one.marking for one in self.returns))

    @property
    def owed(self) -> int:
        """Of how many returns `received` is said: a waived one is owed by nobody (R4)."""
        return self.expected - self.waived


@dataclass(frozen=True, slots=True)
class AreaRound:
    """One round as an area sees it: own forces by what they need."""

    row: RoundRow
    expected: int
    received: int
    late: tuple[SubmissionRow, ...]
    queried: tuple[SubmissionRow, ...]
    changed: tuple[SubmissionRow, ...]
    to_approve: tuple[SubmissionRow, ...]
    returns: tuple[SubmissionRow, ...]
    chase: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class RegionOverview:
    """A region's own forces: late, queried, changed, on one screen (16.9)."""

    rounds: tuple[AreaRound, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class FixKind:
    """One kind of finding in one column whose cells can be fixed on screen."""

    check: str
    severity: str
    table: str
    column: str
    cells: int
    gathered: int
    message: str


@dataclass(frozen=True, slots=True)
class FixCell:
    """One cell as it was sent and, where somebody wrote one, what it shall hold (None: as it was sent)."""

    index: int
    file: str
    sheet: str
    row: int
    record: int
    shown: str
    message: str
    fix: str
    value: str | None


@dataclass(frozen=True, slots=True)
class FixingPage:
    """What can be fixed on screen in the version in hand: kinds with how many cells, and what cannot be and why."""

    row: SubmissionRow
    version: int
    kinds: tuple[FixKind, ...]
    elsewhere: tuple[tuple[str, str], ...]  # file, why its cells are fixed in the file itself
    gathered: int
    refused: str  # why nothing can be fixed now; ""
    marking: Marking


@dataclass(frozen=True, slots=True)
class FixingCells:
    """A page of cells of one kind. `codes` are the allowed values with their titles, where the column has a list."""

    kind: FixKind
    cells: tuple[FixCell, ...]
    start: int
    codes: tuple[tuple[str, str], ...]
    description: str
    masked: bool
    encodings: frozenset[str] = frozenset()  # in which the files are written
    alone: bool = False  # each value may stand once, so that no one value fixes all of the cells


@dataclass(frozen=True, slots=True)
class FixedCell:
    """One line of the list of fixes: for the force's own system. `made` is the version that holds it, 0 where none does."""

    of: int
    made: int
    table: str
    file: str
    sheet: str
    row: int
    record: int
    column: str
    was: str
    value: str


@dataclass(frozen=True, slots=True)
class FixedFile:
    """One file of a version that was made by fixing cells, as it is now; `about` is its version as the trail names it."""

    path: str
    name: str
    about: str
