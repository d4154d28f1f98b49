"""A force's extract becomes the return, on the force's own machine: what the return does not ask for stays behind.

Ages at the offence come from dates of birth, kinds of place from words and addresses; names, addresses and dates of birth
never reach the output. Each column that is not passed on is named, with the reason.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from vkpp.basics.missing import Missing
from vkpp.basics.problems import UsageProblem
from vkpp.catalogue.specifications import Specification, Table
from vkpp.engine.reading import pairs
from vkpp.engine.reading.grids import Grid, Known, grids, known_headings
from vkpp.engine.reading.headings import accepted, folded
from vkpp.engine.reading.intake import CONTENT, heading_says
from vkpp.engine.shapes.findings import Finding

OLDEST = 110  # years; an age above it is an error of the date of birth
BY_BIRTH = "date of birth"
NOT_RECORDED, NOT_KNOWN, UNREADABLE = Missing.NOT_RECORDED.value, Missing.NOT_KNOWN.value, Missing.UNREADABLE.value
_BIRTHS = re.compile(r"(victim|suspect|offender|person)?s?(dateofbirth|dob|birthdate|dateborn)\Z")
_PLACES = re.compile(r"(offence|crime|incident|scene)?(location|locationtype|address|place|premises|venue|scene|where).*")
_HOMES = re.compile(r"(victim|suspect|offender|person)?s?(home|own|current)?address.*")
# Words of a place -> the kind that they say, asked in this order. Proposed: the project's own list, no published one was found.
PLACE_WORDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(rf"(?i)\b(?:{words})\b"))
    for kind, words in (
        ("online", "online|internet|social media|website|chat ?room|gaming platform"),
        ("care", "children'?s home|care home|residential home|foster|secure unit for children"),
        ("custody", "prison|custody|young offender institution|YOI|police station|secure training"),
        ("school", "school|college|academy|nursery|university|sixth form|pre-?school"),
        ("faith", "church|mosque|temple|synagogue|gurdwara|chapel|cathedral|madrassa"),
        ("health", "hospital|surgery|clinic|health centre|hospice"),
        ("sport-leisure", "sports?|leisure|swimming|gym|football|youth club|scout|cinema|theatre|playground"),
        ("transport", "bus|train|tram|railway|station|airport|underground"),
        ("vehicle", "car|vehicle|taxi|van|lorry|minicab"),
        ("hotel", "hotel|inn|guest ?house|hostel|b&b|holiday (?:let|park)|caravan"),
        ("licensed", "shop|store|supermarket|restaurant|take-?away|pub|public house|bar|club|cafe"),
        ("open-air", "park|street corner|alley|field|wood|woods|beach|car park|canal|river|common|open space|footpath"),
        ("other-home", "flat|house|bungalow|cottage|dwelling|maisonette|apartment"),
    )
)
KINDS_FROM_HOMES = {(True, True): "shared-home", (True, False): "victim-home", (False, True): "suspect-home"}


@dataclass(frozen=True, slots=True)
class Dropped:
    """A column that did not go into the return."""

    file: str
    heading: str
    why: str

    def sentence(self) -> str:
        return f"{self.file}: column {self.heading[:60]!r} was dropped: {self.why}"


@dataclass(slots=True)
class PreparedReturn:
    """The return as rows of text by table, with what was done: columns dropped, ages and places made, and findings."""

    tables: dict[str, list[dict[str, str]]]
    dropped: list[Dropped] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    ages: int = 0
    kinds: int = 0
    dates: int = 0  # written otherwise than as year, month, day, and rewritten
    account: str = ""  # of a pair-level extract: what became of its rows


@dataclass(slots=True)
class _Aside:
    """What is used and never written: by (table, crime, person), dates of birth and home addresses; by crime, places."""

    births: dict[tuple[str, str, str], tuple[str, str, int]] = field(default_factory=dict)
    homes: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)


def prepare(files: Sequence[Path], specification: Specification, work: Path) -> PreparedReturn:
    """The return made from a force's files. UsageProblem where a table has no file; UnreadableFile as `read` has it."""
    made = PreparedReturn({table.name: [] for table in specification.tables})
    aside = _Aside()
    for number, path in enumerate(files):
        for grid in grids(path, _known(specification), work / f"extract-{number}"):
            _take(grid, specification, made, aside)
    absent = [name for name, rows in made.tables.items() if not rows]
    if "crimes" in absent:
        raise UsageProblem(
            f"No file holds {', '.join(absent)}.",
            expected=f"a file or sheet for each of {', '.join(made.tables)}, or one pair-level extract",
            next_step="name the missing file too",
        )
    _ages(made, aside)
    _kinds_of_place(made, aside)
    _without_addresses(made)
    _dates(made, specification)
    return made


def write(made: PreparedReturn, specification: Specification, out: Path) -> dict[str, Path]:
    """One CSV a table under the specification's titles, in a new folder."""
    if out.exists():
        raise UsageProblem(f"{out.name} is there already.", expected="a new folder", next_step="name another, or move it away")
    out.mkdir(parents=True)
    paths = {}
    for table in specification.tables:
        paths[table.name] = out / f"{table.name}.csv"
        with paths[table.name].open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([f.title for f in table.fields])
            writer.writerows([row.get(f.name, "") for f in table.fields] for row in made.tables[table.name])
    return paths


def _known(specification: Specification) -> Known:
    known = known_headings(specification.tables)
    return lambda heading: folded(heading) in known or heading_says(heading) is not None


def _take(grid: Grid, specification: Specification, made: PreparedReturn, aside: _Aside) -> None:
    if grid.header is None:
        return
    where = pairs.places(grid.headings, specification)
    if where is not None:
        _take_pairs(grid, where, made, aside)
        return
    table = _table_of(grid, specification)
    if table is not None:
        _take_table(grid, table, made, aside)


def _table_of(grid: Grid, specification: Specification) -> Table | None:
    """The table whose name the file or sheet bears; else the one whose headings fit best."""
    name = folded(grid.sheet or grid.file)
    for table in specification.tables:
        if folded(table.name) in name or folded(table.title) in name:
            return table
    scored = [(len({f.name for h in grid.headings if (f := accepted(t).get(folded(h)))}), t) for t in specification.tables]
    best = max(scored, key=lambda one: one[0])
    return best[1] if best[0] >= 2 else None


def _take_table(grid: Grid, table: Table, made: PreparedReturn, aside: _Aside) -> None:
    names = accepted(table)
    columns: dict[str, int] = {}
    spare: list[int] = []
    for at, heading in enumerate(grid.headings):
        wanted = names.get(folded(heading))
        if wanted is not None and wanted.name not in columns:
            columns[wanted.name] = at
        elif heading.strip():
            spare.append(at)
    made.dropped += [Dropped(grid.file, grid.headings[at], _why(grid.headings[at], table.name)) for at in spare]
    for line, cells in zip(grid.body_lines, grid.body, strict=True):
        row = {name: _cell(cells, at) for name, at in columns.items()}
        made.tables[table.name].append(row)
        for at in spare:
            _lay_aside(aside, table.name, row, grid.headings[at], _cell(cells, at), grid.file, line)


def _take_pairs(grid: Grid, where: pairs.Places, made: PreparedReturn, aside: _Aside) -> None:
    account = pairs.account(grid, where)
    for name in pairs.TABLES:
        columns = pairs.columns_of(name, where.columns)
        made.tables[name] += [{f: _cell(grid.body[i], c) for f, c in columns.items()} for i in account.kept[name]]
    made.account = account.sentence(grid.file, {name: len(rows) for name, rows in account.kept.items()})
    spare = [at for at, heading in enumerate(grid.headings) if heading in where.unknown]
    made.dropped += [Dropped(grid.file, grid.headings[at], _why(grid.headings[at], "crimes")) for at in spare]
    for line, cells in zip(grid.body_lines, grid.body, strict=True):
        ref = _cell(cells, where.columns["crimes"]["crime_ref"])
        people = {name: _cell(cells, where.columns[name]["person_ref"]) for name in pairs.PEOPLE}
        for at in spare:
            heading = grid.headings[at]
            owner = next((name for name, who in pairs.PEOPLE.items() if folded(heading).startswith(who)), "crimes")
            row = {"crime_ref": ref, "person_ref": people.get(owner, "")}
            _lay_aside(aside, owner, row, heading, _cell(cells, at), grid.file, line)


def _lay_aside(aside: _Aside, table: str, row: Mapping[str, str], heading: str, text: str, file: str, line: int) -> None:
    if not text:
        return
    name, ref = folded(heading), row.get("crime_ref", "")
    if table in pairs.PEOPLE and _BIRTHS.match(name):
        aside.births[(table, ref, row.get("person_ref", ""))] = (text, file, line)
    elif table in pairs.PEOPLE and _HOMES.match(name):
        aside.homes.setdefault((table, ref), set()).add(_plain(text))
    elif table == "crimes" and _PLACES.match(name):
        aside.places.setdefault(ref, []).append(text)


def _why(heading: str, table: str) -> str:
    name = folded(heading)
    if table in pairs.PEOPLE and _BIRTHS.match(name):
        return "a date of birth gives the age at the offence and never leaves the force"
    if table in pairs.PEOPLE and _HOMES.match(name):
        return "an address says only whether a home was the place, and never leaves the force"
    if table == "crimes" and _PLACES.match(name):
        return "the place gives the kind of place, and its words never leave the force"
    says = heading_says(heading)
    return f"it holds {says}, which never leaves the force" if says else "the specification does not ask for it"


# Ages.


def _ages(made: PreparedReturn, aside: _Aside) -> None:
    """Age at the first day of the offence, where the extract gives a date of birth; an impossible one becomes missing."""
    began = {row.get("crime_ref", ""): _day(row.get("offence_from", "")) for row in made.tables["crimes"]}
    for table in pairs.PEOPLE:
        for record, row in enumerate(made.tables[table], 1):
            given = aside.births.get((table, row.get("crime_ref", ""), row.get("person_ref", "")))
            if given is None:
                _fill(row, "age", NOT_RECORDED)
                _fill(row, "age_basis", NOT_RECORDED)
                continue
            text, file, line = given
            born, first = _day(text), began.get(row.get("crime_ref", ""))
            age = None if born is None or first is None else _years(born, first)
            if age is not None and 0 <= age <= OLDEST:
                row["age"], row["age_basis"] = str(age), BY_BIRTH
                made.ages += 1
                continue
            row["age"], row["age_basis"] = (NOT_KNOWN, NOT_KNOWN) if first is None else (UNREADABLE, NOT_RECORDED)
            made.findings.append(_impossible(born, first, table, file, line, record))


def _dates(made: PreparedReturn, specification: Specification) -> None:
    """Days written day first become year, month, day; what is no date stays as it stands, for the check to name."""
    for table in specification.tables:
        for name in (f.name for f in table.fields if f.type == "date"):
            for row in made.tables[table.name]:
                day = _day(row.get(name, ""))
                if day is not None and row[name] != day.isoformat():
                    row[name] = day.isoformat()
                    made.dates += 1


def _impossible(born: date | None, first: date | None, table: str, file: str, line: int, record: int) -> Finding:
    if born is None:
        words = "The date of birth cannot be read, so the age is missing."
    elif first is None:
        words = "The crime has no first day of the offence, so the age cannot be worked out and is missing."
    else:
        words = f"The date of birth gives an age below 0 or above {OLDEST} at the offence, so the age is missing."
    fix = "Correct the date of birth or the days of the offence in your system, and prepare again."
    return Finding("prepare-age", "query", words, fix, file, table, row=line, record=record, column="Age at offence")


def _years(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


_ISO, _BRITISH = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


def _day(text: str) -> date | None:
    """A date as ISO or day first; None for anything else, never a guess."""
    text = text.strip().split(" ")[0].split("T")[0]
    iso, british = _ISO.fullmatch(text), _BRITISH.fullmatch(text)
    try:
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        return date(int(british[3]), int(british[2]), int(british[1])) if british else None
    except ValueError:
        return None


# Places.


def _kinds_of_place(made: PreparedReturn, aside: _Aside) -> None:
    for row in made.tables["crimes"]:
        ref = row.get("crime_ref", "")
        places = aside.places.get(ref, [])
        if not row.get("place_kind") and places:
            row["place_kind"] = _kind(places, ref, aside) or NOT_KNOWN
            made.kinds += row["place_kind"] != NOT_KNOWN
        _fill(row, "place_kind", NOT_RECORDED)
        _fill(row, "place", NOT_RECORDED)


def _kind(places: Sequence[str], ref: str, aside: _Aside) -> str | None:
    """Whose home it was, where the addresses agree; else what the words say; None where they say nothing."""
    plain = {_plain(text) for text in places}
    at_home = tuple(bool(plain & aside.homes.get((table, ref), set())) for table in pairs.PEOPLE)
    if at_home in KINDS_FROM_HOMES:
        return KINDS_FROM_HOMES[(at_home[0], at_home[1])]
    words = " ".join(places)
    return next((kind for kind, pattern in PLACE_WORDS if pattern.search(words)), None)


def _plain(address: str) -> str:
    return re.sub(r"[^a-z0-9]", "", address.casefold())


def _without_addresses(made: PreparedReturn) -> None:
    """A specified column can hold an address, a name or a day of birth too: such a cell is emptied, and that is said."""
    for name, rows in made.tables.items():
        for record, row in enumerate(rows, 1):
            for column, text in _personal(row):
                row[column] = NOT_RECORDED if column == "place" else UNREADABLE
                words = f"The cell held {text}; it was emptied."
                fix = "Take it out of your system's field, or tell the query to use another."
                made.findings.append(Finding("prepare-personal", "query", words, fix, "", name, record=record, column=column))


def _personal(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for column, value in row.items():
        for what, pattern in CONTENT.items():
            if value and pattern.search(value):
                yield column, what
                break


def _fill(row: dict[str, str], name: str, words: str) -> None:
    if not row.get(name):
        row[name] = words


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at].strip() if at < len(cells) else ""
