"""A round of an invented nation for tests: its people, and the steps that a return takes, each by its command."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from tests.records.nation import AT, DAY, Nation, found_nation, join, viewer
from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules import places, register
from vkpp.records.collections.rules.outcomes import CheckCount, Checked, Kept
from vkpp.records.collections.rules.rows import SubmissionRow
from vkpp.records.ground.viewer import Viewer, system

CHECK = system("check", DAY)
ERROR = CheckCount(
    "age-fits-dates", "error", "victims", "Victims", "Age", 38, 38, "The age does not match.", "Correct the age."
)
ASKS = CheckCount("no-victim-share", "query", "crimes", "", "Victim", 1, 30, "31% have no victim.", "Say why.")
VAGUE = CheckCount("all-male", "query", "suspects", "", "Sex", 1, None, "All suspects are male.", "Say why.")


def outcome(*counts: CheckCount, total: int = 512, trouble: str = "", ran: int = 74) -> Checked:
    records = {"crimes": total, "victims": 441, "suspects": 388, "relations": 9}
    lines = ("crimes.csv: 513 lines = 1 header + 512 records.",)
    return Checked(trouble, "csae 2026-11-proposed", ran, 74, "f" * 64, lines, records, total, counts)


@dataclass(frozen=True)
class Scene:
    """The nation with everybody that a round needs, and one round of two forces."""

    nation: Nation
    national: UUID
    second: UUID  # national analyst too
    lead: UUID
    area: UUID  # regional analyst
    preparer: UUID  # of Eastmere
    certifier: UUID
    other: UUID  # preparer of Westholt
    round: UUID

    def of(self, force: UUID) -> UUID:
        """The return of a force."""
        rows = queries.round_overview(viewer=viewer(self.national), round_=self.round).returns
        return next(row.id for row in rows if row.organisation == force)

    @property
    def east(self) -> UUID:
        return self.of(self.nation.eastmere)

    @property
    def west(self) -> UUID:
        return self.of(self.nation.westholt)

    def row(self, submission: UUID, by: UUID | None = None, on: date = DAY) -> SubmissionRow:
        return queries.submission_page(viewer=viewer(by or self.national, on), submission=submission).row

    # The steps.

    def send(self, submission: UUID, by: UUID | None = None, at: datetime = AT, text: str = "a,b\n1,2\n") -> UUID:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "arrived"
            path.write_text(text, encoding="utf-8")
            upload = places.keep(register.root(), [("crimes.csv", path)])
        return commands.receive(by=viewer(by or self.preparer), at=at, submission=submission, upload=upload)

    def sent(self, submission: UUID, *counts: CheckCount, total: int = 512, by: UUID | None = None) -> UUID:
        version = self.send(submission, by)
        commands.note_checked(by=CHECK, at=AT, version=version, outcome=outcome(*counts, total=total))
        return version

    def certified(self, submission: UUID, *, total: int = 512) -> UUID:
        version = self.sent(submission, total=total)
        commands.offer(by=viewer(self.preparer), at=AT, submission=submission)
        number = self.row(submission).version
        commands.certify(by=viewer(self.certifier), at=AT, submission=submission, version=number)
        return version

    def approved(self, submission: UUID, *, total: int = 512) -> UUID:
        version = self.certified(submission, total=total)
        commands.approve(by=viewer(self.area), at=AT, submission=submission, version=self.row(submission).version)
        return version

    def accepted(self, submission: UUID, *, total: int = 512) -> UUID:
        version = self.approved(submission, total=total)
        row = self.row(submission)
        commands.accept(by=viewer(self.national), at=AT, submission=submission, version=row.version)
        name = f"{row.collection}/{row.period}/{row.organisation_name.lower()}/v{row.version:04d}"
        kept = Kept(name, "a" * 64, {"crimes": total}, total)
        commands.note_kept(by=CHECK, at=AT, version=version, kept=kept)
        return version


def drafted(by: Viewer, nation: Nation, period: str = "CY2026Q1", opens_on: date = DAY) -> UUID:
    forces = [nation.eastmere, nation.westholt]
    return commands.draft_round(
        by=by, at=AT, collection="csae", period=period, opens_on=opens_on, working_days=20, respondents=forces
    )


def found_scene(*, opened: bool = True) -> Scene:
    nation = found_nation()
    national = join(nation.chief, nation.programme, "Nat Ional", "national_analyst")
    round_ = drafted(viewer(national), nation)
    scene = Scene(
        nation=nation,
        national=national,
        second=join(nation.chief, nation.programme, "Sec Ondone", "national_analyst"),
        lead=join(nation.chief, nation.programme, "Lea Derly", "national_lead"),
        area=join(nation.chief, nation.region, "Are Amoor", "regional_analyst"),
        preparer=join(nation.chief, nation.eastmere, "Pre Parer", "force_analyst"),
        certifier=join(nation.chief, nation.eastmere, "Cer Tifier", "certifier"),
        other=join(nation.chief, nation.westholt, "Oth Erone", "force_analyst"),
        round=round_,
    )
    if opened:
        commands.open_round(by=viewer(national), at=AT, round_=round_)
    return scene


def later(days: int) -> datetime:
    return AT + timedelta(days=days)
