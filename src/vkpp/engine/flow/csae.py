"""The record-level CSAE product: from accepted returns to the national edition, station by station."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from vkpp.basics.periods import Period
from vkpp.basics.problems import RefusedByRule
from vkpp.catalogue.load import Catalogue
from vkpp.catalogue.specifications import Specification
from vkpp.catalogue.typologies import Typology, read_typology
from vkpp.engine import disclosure
from vkpp.engine.classification.csae import KEY, Return, answered, children_apart, known
from vkpp.engine.disclosure import protect
from vkpp.engine.dissemination.edition import Edition, Fact
from vkpp.engine.flow.making import Made, Program, provenance
from vkpp.engine.flow.wordings import standing_out, worded
from vkpp.engine.shapes.findings import Reconciliation
from vkpp.engine.shapes.measures import Sum
from vkpp.engine.shapes.notes import ForceNotes, without_numbers
from vkpp.engine.shapes.protected import ProtectedTable
from vkpp.engine.statistics.csae import NO, NOT_KNOWN, UNKNOWN, YES, Facts, Question, Spread, quarters_charted, tables
from vkpp.engine.statistics.tabulation import Cube
from vkpp.engine.tables.session import connect

COLLECTION = "csae"
TABLES = ("crimes", "victims", "suspects", "relations")
ETHNIC_GROUPS = ("White", "Mixed", "Asian", "Black", "Other")


@dataclass(frozen=True, slots=True)
class Accepted:
    """The accepted returns of the two years: files by period code, force and table, and the hash of each receipt."""

    returns: Mapping[str, Mapping[str, Mapping[str, Path]]]
    receipts: Mapping[str, str]
    reasons: Sequence[str] = ()  # reasons given for queries, printed in the national notes
    history: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    reconciliations: Sequence[Reconciliation] = ()  # by year, from the receipts
    checks: Mapping[str, int] = field(default_factory=dict)  # what the receipts say: see CHECK_WORDS
    notes: ForceNotes | None = None  # the national notes of its rounds, where they were given
    earlier: Mapping[str, Sequence[ProtectedTable]] = field(default_factory=dict)  # editions that are out, by hash of tables


def make(accepted: Accepted, period: Period, catalogue: Catalogue, program: Program, *, invented: bool) -> Made:
    """Classify, count and protect the accepted returns of a year and the one before, and put their words to them."""
    before = period.previous()
    specification = catalogue.specification(COLLECTION)
    typology = read_typology(catalogue.collections_folder / COLLECTION)
    con = connect()
    try:
        facts = _facts(con, accepted, period, before, catalogue, typology)
        replies = _replies(facts, {p.code: frozenset(accepted.returns.get(p.code, {})) for p in (before, period)})
    finally:
        con.disconnect()
    protected = protect(
        tables(facts),
        catalogue.disclosure_rule(specification.disclosure_rule),
        earlier=[table for each in accepted.earlier.values() for table in each],
    )
    made = Made(
        dict(accepted.receipts),
        tuple(accepted.reconciliations),
        (),
        _context(facts, typology),
        said={
            "reasons": _reasons(accepted),
            **({"notes": accepted.notes.document()} if accepted.notes else {}),
            **({"earlier": sorted(accepted.earlier)} if accepted.earlier else {}),
            "replies": replies,
            "receipts": {name: accepted.checks.get(name, 0) for name in CHECK_WORDS},
        },
    )
    return finish(protected, specification, period, catalogue, program, made, invented=invented)


def _reasons(accepted: Accepted) -> list[str]:
    """Reasons of the receipts without their numbers, since they are frozen with the edition; none that a note says too."""
    noted = {note.words for note in accepted.notes.notes} if accepted.notes else set()
    return sorted({without_numbers(words) for words in accepted.reasons} - noted)


def leaks_without_secondary(accepted: Accepted, period: Period, catalogue: Catalogue) -> tuple[int, tuple[str, ...]]:
    """What the edition would give away were small counts alone hidden: how many are, and the attacker's sentences (W17)."""
    specification = catalogue.specification(COLLECTION)
    con = connect()
    try:
        typology = read_typology(catalogue.collections_folder / COLLECTION)
        cells = tables(_facts(con, accepted, period, period.previous(), catalogue, typology))
    finally:
        con.disconnect()
    return disclosure.leaks_without_secondary(cells, catalogue.disclosure_rule(specification.disclosure_rule))


def finish(
    protected: Sequence[ProtectedTable],
    specification: Specification,
    period: Period,
    catalogue: Catalogue,
    program: Program,
    made: Made,
    *,
    invented: bool,
) -> Made:
    """The edition from protected tables and what was said: the same from fresh counts and from frozen ones."""
    wordings = worded(
        COLLECTION, {"period": period.label, "code": period.code, "before": period.previous().code, **made.context}
    )
    layout = {tile.force_id: (tile.column, tile.row, tile.short) for tile in catalogue.force_tiles(period.end)}
    notes = ForceNotes.thawed(made.said["notes"]) if "notes" in made.said else None
    edition = Edition(
        id=f"{COLLECTION}-{period.code}",
        title=wordings.title,
        subtitle=wordings.subtitle,
        period_label=period.label,
        product=wordings.product,
        status=wordings.status,
        basis=wordings.basis,
        attribution=specification.attribution,
        provenance=provenance(
            specification,
            catalogue,
            program,
            made.inputs,
            {"collection": COLLECTION, "period": period.code} | _notes_hash(notes) | _earlier_hashes(made),
        ),
        tables=tuple(protected),
        charts=tuple(chart for chart in wordings.charts(layout) if chart.kind != "tiles" or layout),
        headlines=wordings.headlines,
        sections=wordings.sections,
        quality=wordings.quality,
        reasons=tuple(made.said.get("reasons", ())),
        notes=notes.notes if notes else (),
        support=wordings.support,
        glossary=wordings.glossary,
        allowed_words=wordings.allowed,
        reconciliations=made.reconciliations,
        facts=(
            *_said("replies", made.said["replies"], REPLY_WORDS),
            *_said("receipts", made.said.get("receipts", {}), CHECK_WORDS),
        ),
        invented=invented,
        marking="OFFICIAL",
    )
    return made.with_edition(edition)


def _notes_hash(notes: ForceNotes | None) -> dict[str, str]:
    return {"notes": notes.sha256} if notes else {}


def _earlier_hashes(made: Made) -> dict[str, str]:
    hashes = made.said.get("earlier", ())
    return {"earlier": " ".join(hashes)} if hashes else {}


def _facts(con: Any, accepted: Accepted, period: Period, before: Period, catalogue: Catalogue, typology: Typology) -> Facts:
    if not accepted.returns.get(period.code):
        raise RefusedByRule(
            f"No return of {period.label} has been accepted.",
            expected="at least one accepted return",
            next_step="accept returns, or name another period",
        )
    if not set(accepted.returns[period.code]) & set(accepted.returns.get(before.code, {})):
        raise RefusedByRule(
            f"No force has its returns of both {before.label} and {period.label} accepted.",
            expected="at least one force with both, since the edition says how the year differs from the one before",
            next_step=f"accept returns of {before.label} too",
        )
    whole = _loaded(con, _same_basis(accepted, period, before), (before, period))
    loaded, listed = children_apart(whole, typology)
    crimes = con.create_table("answered", _periods(answered(loaded, typology), period, before), temp=True)
    in_both = {p.code: frozenset(accepted.returns.get(p.code, {})) for p in (before, period)}
    forces = catalogue.forces_on(period.end)
    replied, same = in_both[period.code], in_both[period.code] & in_both[before.code]
    listed = _of(listed, crimes)
    people = {name: _of(getattr(loaded, name), crimes) for name in ("victims", "suspects")}
    return Facts(
        period=period,
        before=before,
        crimes=Cube.of(crimes.mutate(_one=ibis.literal(1)), ("force_id", "crime_type", "quarter"), "_one"),
        people={
            **{name: _by_year(rows, rows.count()) for name, rows in people.items()},
            "under_10": _by_year(crimes, crimes.children_under_10.sum()),
            "listed": _by_year(listed, listed.count()),
        },
        crime_types={code: title for code, title, _ in typology.crime_types},
        questions=_questions(crimes, people["suspects"], typology),
        spreads=_spreads(crimes, people, catalogue, typology),
        forces=forces,
        replied=replied,
        same=same,
        populations={f.force_id: catalogue.population(f.force_id, period) for f in forces if f.kind == "territorial"},
        history=accepted.history,
        late=_late(crimes.filter(crimes.force_id.isin(sorted(same))), period, before),
        base=_base(period, before),
        source=catalogue.specification(COLLECTION).attribution,
        regions={f.region_code: f.region_name or "" for f in forces if f.region_code},
        sums=_sums(typology, (before, period)),
    )


def _sums(typology: Typology, periods: Sequence[Period]) -> list[Sum]:
    """Counts that are the same by definition, or add up, though they stand in different tables."""
    group = next(t for t in typology.types if t.code == "T-GROUP")
    contact = next(t for t in typology.types if t.code == "T-CONTACT")
    children = [f"suspects-age.suspects.{low}-{high}" for low, high in AGE_BANDS["suspects"] if high < ADULT]
    same = [
        ("questions.count.suspects-child", children),
        ("questions.count.suspects-child-unknown", ["suspects-age.suspects.not-known"]),
        (f"questions.count.{_slug(group.code)}", ["group-criterion.crimes.total"]),
        (f"questions.count.{_slug(contact.code)}", ["questions.count.family-of-contact-all"]),
    ]
    same += [(f"questions.count.{_slug(t)}", [f"crime-type.crimes.{code}"]) for t, code in _types_by_offence(typology)]
    return [Sum(f"{whole}.{p.code}", tuple(f"{part}.{p.code}" for part in parts)) for whole, parts in same for p in periods]


def _types_by_offence(typology: Typology) -> list[tuple[str, str]]:
    """Types that are the offences of a crime type and nothing else, no offence of which an earlier crime type takes."""
    found, taken = [], set[str]()
    for code, _, name in typology.crime_types:
        offences = set(typology.offence_lists[name])
        rule = {"offences": name}
        found += [(t.code, code) for t in typology.types if t.rule == rule and not t.unknown_when and not offences & taken]
        taken |= offences
    return found


def _same_basis(accepted: Accepted, period: Period, before: Period) -> Accepted:
    """The year before holds only forces that are in for the year itself: two years side by side are compared by readers."""
    now, then = (accepted.returns.get(p.code, {}) for p in (period, before))
    kept = {force: files for force, files in then.items() if force in now}
    return replace(accepted, returns={**accepted.returns, before.code: kept})


def _loaded(con: Any, accepted: Accepted, periods: Sequence[Period]) -> Return:
    """Every accepted return of the periods in four tables of the session, each row with its force and return.

    Paths are made absolute, because ibis names each row's file so: a store named by a relative path would match no row.
    """
    made = {}
    for name in TABLES:
        owners = [
            {"_file": str(files[name].resolve()), "force_id": force, "return_period": p.code}
            for p in periods
            for force, files in sorted(accepted.returns.get(p.code, {}).items())
        ]
        rows = con.read_parquet([owner["_file"] for owner in owners], filename="_file")
        whose = rows.inner_join(ibis.memtable(pa.Table.from_pylist(owners)), "_file").drop("_file")
        made[name] = con.create_table(name, whose, temp=True)
        if made[name].count().to_pyarrow().as_py() != rows.count().to_pyarrow().as_py():
            raise ValueError(f"records of {name} were lost on the way from their files to the session")
    return Return(**made)


def _periods(crimes: Any, period: Period, before: Period) -> Any:
    """The year and the quarter in which each crime was recorded, as period codes."""
    quarters = [q for year in (before, period) for q in year.quarters()]
    quarter = ibis.cases(*((crimes.recorded.between(q.start, q.end), q.code) for q in quarters), else_=ibis.null("string"))
    years = {q.code: year.code for year in (before, period) for q in year.quarters()}
    dated = crimes.mutate(quarter=quarter)
    return dated.mutate(period=dated.quarter.cases(*years.items(), else_=ibis.null("string"))).filter(quarter.notnull())


def _late(crimes: Any, period: Period, before: Period) -> dict[tuple[str, int], int]:
    """Crimes by the quarter in which the offence ended and by the quarters until it was recorded."""
    quarters = [q for year in (before, period) for q in year.quarters()]
    place = {q.code: i for i, q in enumerate(quarters)}
    ended = ibis.cases(*((crimes.offence_to.between(q.start, q.end), q.code) for q in quarters), else_=ibis.null("string"))
    found = crimes.mutate(ended=ended).group_by("ended", "quarter").agg(n=lambda t: t.count()).to_pyarrow().to_pylist()
    counts: dict[tuple[str, int], int] = {}
    for row in found:
        if row["ended"] is not None and place[row["quarter"]] >= place[row["ended"]]:
            counts[(row["ended"], place[row["quarter"]] - place[row["ended"]])] = int(row["n"])
    return counts


def _of(people: Any, crimes: Any) -> Any:
    """The people of counted crimes, with the year of the crime."""
    return people.inner_join(crimes.select(*KEY, "period"), list(KEY))


def _by_year(rows: Any, value: Any) -> dict[str, int]:
    found = rows.group_by("period").agg(n=value).to_pyarrow().to_pylist()
    return {row["period"]: int(row["n"] or 0) for row in found}


def _questions(crimes: Any, suspects: Any, typology: Typology) -> list[Question]:
    """Every type of the typology, the family share of contact crimes, and the share of suspects who are children."""
    made = [Question(_slug(t.code), t.title, "crimes", t.definition, _answers(crimes, crimes[t.code])) for t in typology.types]
    contact = crimes.filter(crimes["T-CONTACT"])
    family = next(t for t in typology.types if t.code == "T-FAM")
    made.append(
        Question(
            "family-of-contact",
            "Contact abuse in the family",
            "crimes",
            f"of contact crimes: {family.definition}",
            _answers(contact, contact["T-FAM"]),
            of_all=False,
        )
    )
    child = suspects.age.between(10, ADULT - 1)
    words = "of suspects: aged 10 to 17 at the offence; children under 10 stand apart and are never suspects"
    made.append(Question("suspects-child", "Suspects who are children", "suspects", words, _answers(suspects, child)))
    return made


def _answers(rows: Any, answer: Any) -> Cube:
    words = ibis.cases((answer.isnull(), UNKNOWN), (answer, YES), else_=NO)
    return Cube.of(rows.mutate(answer=words, _one=ibis.literal(1)), ("answer", "period"), "_one")


def _spreads(crimes: Any, people: Mapping[str, Any], catalogue: Catalogue, typology: Typology) -> list[Spread]:
    places = catalogue.code_list("kinds_of_place")
    group = next(t for t in typology.types if t.code == "T-GROUP")
    grouped = crimes.filter(crimes["T-GROUP"])
    made = [
        Spread(
            "place",
            "Crimes recorded, by kind of place",
            "crimes",
            dict(places.codes),
            _codes(crimes, crimes.place_kind),
            "kind of place of the offence",
        ),
        Spread(
            "group-criterion",
            "Group-based crimes recorded, by criterion",
            "crimes",
            {code: "Recorded as unknown" if code == "unknown" else code.capitalize() for code in group.criteria},
            _codes(grouped, grouped.group_criteria),
            "criterion of group-based abuse, as the force says",
            counted="group-based crimes",
        ),
    ]
    sexes = dict(catalogue.code_list("sexes").codes)
    for who, rows in people.items():
        bands = {
            f"{low}-{high}": f"Aged {low} to {high}" if high < 100 else f"Aged {low} and over" for low, high in AGE_BANDS[who]
        }
        made += [
            Spread(
                f"{who}-age",
                f"{who.capitalize()}, by age at the offence",
                who,
                bands,
                _codes(rows, _band(rows, who)),
                "age at the offence, in years",
            ),
            Spread(f"{who}-sex", f"{who.capitalize()}, by sex", who, sexes, _codes(rows, rows.sex), "sex as recorded"),
            Spread(
                f"{who}-ethnicity",
                f"{who.capitalize()}, by self-defined ethnic group",
                who,
                {name: name for name in ETHNIC_GROUPS},
                _codes(rows, _ethnic_group(rows, catalogue)),
                "self-defined ethnic group, never mixed with what an officer saw",
            ),
        ]
    return made


ADULT = 18
AGE_BANDS: Mapping[str, tuple[tuple[int, int], ...]] = {
    "victims": ((0, 4), (5, 9), (10, 12), (13, 15), (16, 17)),
    "suspects": ((10, 12), (13, 15), (16, 17), (18, 24), (25, 39), (40, 120)),
}


def _codes(rows: Any, column: Any) -> Cube:
    code = known(column).fill_null(NOT_KNOWN)
    return Cube.of(rows.mutate(code=code, _one=ibis.literal(1)), ("code", "period"), "_one")


def _band(rows: Any, who: str) -> Any:
    return ibis.cases(
        *((rows.age.between(low, high), f"{low}-{high}") for low, high in AGE_BANDS[who]), else_=ibis.null("string")
    )


def _ethnic_group(rows: Any, catalogue: Catalogue) -> Any:
    entries = catalogue.code_list("ethnicity_self_defined").entries
    groups = {code: entry.group for code, entry in entries.items() if entry.group in ETHNIC_GROUPS}
    return rows.ethnicity_self.cases(*sorted(groups.items()), else_=ibis.null("string"))


def _slug(code: str) -> str:
    names = {
        "T-IIOC": "images",
        "T-FAM": "familial",
        "T-CHILD": "child-on-child",
        "T-GROUP": "group-based",
        "T-NONREC": "non-recent",
    }
    names |= {"T-EXPLOIT": "exploitation", "T-INST": "institutional"}
    return names.get(code, code.removeprefix("T-").lower())


def _base(period: Period, before: Period) -> str:
    """R4 in words; the numbers in it are bound when the base is printed."""
    return (
        "{{ n('replies.now') }} of {{ n('replies.expected') }} forces for "
        f"{period.label}; for {before.label} the {{{{ n('replies.same') }}}} of them that are in for both years; "
        "by date recorded, as held when the returns were accepted"
    )


def _replies(facts: Facts, in_both: Mapping[str, frozenset[str]]) -> dict[str, int]:
    return {
        "now": len(facts.replied),
        "before": len(in_both[facts.before.code]),
        "same": len(facts.same),
        "expected": len(facts.forces),
        "missing": len(facts.forces) - len(facts.replied),
    }


def _said(about: str, counts: Mapping[str, int], words: Mapping[str, str]) -> list[Fact]:
    return [Fact(f"{about}.{name}", n, words[name], "the store of accepted returns") for name, n in counts.items()]


CHECK_WORDS = {
    "versions": "accepted versions that the edition is made from",
    "ran": "checks that ran on each of them, at least",
    "error": "errors that their receipts hold",
    "query": "queries that their receipts hold",
    "note": "notes that their receipts hold",
}

REPLY_WORDS = {
    "now": "forces whose return of the year is in",
    "before": "forces whose return of the year before is in",
    "same": "forces whose returns of both years are in",
    "expected": "forces from which a return is expected",
    "missing": "forces whose return of the year is not in",
}


def _context(facts: Facts, typology: Typology) -> dict[str, str]:
    quarters = facts.crimes.where(force_id=facts.same).over("quarter")
    codes = [q.code for year in (facts.before, facts.period) for q in year.quarters()]
    return {
        "first_quarter": codes[0],
        "last_quarter": codes[-1],
        "standing_out": standing_out(quarters_charted(facts)),
        "highest_quarter": max(codes, key=lambda code: (quarters.get((code,), 0), code)),
        "typology": typology.edition,
        "ten_before": facts.ten_before,
    }
