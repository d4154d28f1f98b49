"""Cells that a force can fix on screen, what it wrote so far, and the corrected file with the list of its fixes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from typing import Any
from uuid import UUID

from vkpp.records.collections.models import PREPARE, Fix, Version
from vkpp.records.collections.queries.rows import one_return, plain_return
from vkpp.records.collections.rules import fixing, places, register
from vkpp.records.collections.rules.rows import FixCell, FixedCell, FixedFile, FixingCells, FixingPage, FixKind
from vkpp.records.ground.problems import NotThere, Refused
from vkpp.records.ground.viewer import Viewer
from vkpp.records.people.rules import refusal

MOST_CODES = 400  # beyond it a page would be too heavy, and the guidance page has the list


def fixing_page(*, viewer: Viewer, submission: UUID) -> FixingPage:
    """What can be fixed on screen in the version in hand, by kind of finding. Raises NotThere."""
    row, held, shown = one_return(viewer, submission)
    current = held.versions.get(row.pk)
    refused = shown.acts.refused.get("fix", "")
    number = current.number if current else 0
    if current is None or refused or current.nil or not places.sent(register.root(), current.pk).is_dir():
        words = (
            refused or f"The files of version {number} are not here, so no cell of them can be fixed. Send the return again."
        )
        return FixingPage(shown, number, (), (), 0, words, shown.marking)
    known = fixing.read(places.cells(register.root(), current.pk))
    gathered = list(Fix.objects.seen_by(viewer).filter(of=current))
    kinds = tuple(_kinds(_cells(current, known), {_place(one): one for one in gathered}))
    elsewhere = tuple(known.elsewhere())
    return FixingPage(shown, number, kinds, elsewhere, len(gathered), "", shown.marking)


def _place(one: Fix) -> tuple[str, str, str, int, str]:
    return one.file, one.table, one.sheet, one.row, one.column


def _cells(current: Version, known: fixing.Places, **narrow: str) -> list[dict[str, Any]]:
    path = places.findings(register.root(), current.pk)
    if not path.is_file():
        return []
    rows: list[dict[str, Any]] = fixing.cells_found(path, known, **narrow).to_pylist()
    return rows


def _kinds(rows: Iterable[Mapping[str, Any]], held: Mapping[tuple[str, str, str, int, str], Fix]) -> Iterable[FixKind]:
    """By check, table and column: errors first, the most cells first."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    done: Counter[tuple[str, str, str, str]] = Counter()
    first: dict[tuple[str, str, str, str], str] = {}
    for one in rows:
        key = (one["check"], one["severity"], one["table"], one["column"])
        counts[key] += 1
        done[key] += fixing.cell_of(one).place in held
        first.setdefault(key, one["message"])
    order = ("error", "query", "note")
    for key, n in sorted(counts.items(), key=lambda item: (order.index(item[0][1]), -item[1], item[0])):
        yield FixKind(*key, cells=n, gathered=done[key], message=first[key])


def fixing_cells(
    *, viewer: Viewer, submission: UUID, check: str, table: str, column: str, start: int = 0, length: int = 50, index: int = -1
) -> FixingCells:
    """A page of the cells of one kind; with `index`, the page on which that finding stands. Raises NotThere, Refused."""
    row, held, shown = one_return(viewer, submission)
    current = held.versions.get(row.pk)
    if refused := shown.acts.refused.get("fix", ""):
        raise Refused(refused, next_step="open the page again: it says what can be done now, and who can do it")
    if current is None:
        raise NotThere
    known = fixing.read(places.cells(register.root(), current.pk))
    rows = _cells(current, known, check=check, table=table, column=column)
    if not rows:
        raise NotThere
    gathered = {_place(one): one for one in Fix.objects.seen_by(viewer).filter(of=current)}
    (kind,) = _kinds(rows, gathered)
    at = next((n for n, one in enumerate(rows) if one["index"] == index), start)
    begin = max(0, min(at, len(rows) - 1) // length * length)
    codes, description, masked = _about(row.round.collection, table, column)
    cells = tuple(_cell(one, gathered) for one in rows[begin : begin + length])
    files = {one["file"] for one in rows}
    encodings = frozenset(place.encoding for place in known.places if place.file in files)
    return FixingCells(kind, cells, begin, codes, description, masked, encodings, _once(row.round.collection, check))


def cells_of_version(*, viewer: Viewer, submission: UUID, version: int, indexes: Set[int]) -> tuple[FixCell, ...]:
    """These cells of any version of a return, as they were sent, for words typed beside them; fewer where they are gone.

    Raises NotThere, Refused.
    """
    row = plain_return(viewer, submission)
    _demand_prepares(viewer, row)
    old = Version.objects.seen_by(viewer).filter(submission=row, number=version).first()
    if old is None or not indexes:
        return ()
    rows = _cells(old, fixing.read(places.cells(register.root(), old.pk)))
    return tuple(_cell(one, {}) for one in rows if one["index"] in indexes)


def _cell(one: Mapping[str, Any], held: Mapping[tuple[str, str, str, int, str], Fix]) -> FixCell:
    fixed = held.get(fixing.cell_of(one).place)
    return FixCell(
        one["index"],
        one["file"],
        one["sheet"] or "",
        one["row"],
        one["record"],
        one["value"] or "",
        one["message"],
        one["fix"] or "",
        fixed.value if fixed else None,
    )


def _about(collection: str, table: str, column: str) -> tuple[tuple[tuple[str, str], ...], str, bool]:
    """The allowed codes, what the column holds, and whether its values are masked."""
    specification = register.catalogue().specification(collection)
    field = next((one for one in specification.table(table).fields if one.title == column), None)
    if field is None:
        return (), "", False
    masked = field.sensitivity in ("personal", "special")
    codes: dict[str, str] = {str(one): str(one) for one in field.constraints.get("enum", ())}
    if field.code_list and field.code_list in register.catalogue().code_lists:
        codes = dict(register.catalogue().code_list(field.code_list).codes)
    few = tuple(codes.items()) if len(codes) <= MOST_CODES else ()
    return few, field.description, masked


def _once(collection: str, check: str) -> bool:
    """Whether the check asks that a value stands once: one value for all of its cells would be no fix."""
    found = next((one for one in register.catalogue().specification(collection).checks if one.id == check), None)
    return found is not None and "unique" in found.must


def fixable_rows(version: Version, rows: Iterable[Mapping[str, Any]]) -> frozenset[int]:
    """Which of these findings, by their `index`, are in one cell that can be fixed on screen."""
    known = fixing.read(places.cells(register.root(), version.pk))
    found = set()
    for one in rows:
        place = known.of(one["file"], one["table"], one["sheet"] or "") if one["record"] and one["row"] else None
        if place is not None and place.mends(one["column"], one["row"]):
            found.add(one["index"])
    return frozenset(found)


def fixed_counts(viewer: Viewer, submission: UUID) -> Mapping[UUID, int]:
    """Cells fixed by the version that they made; for whoever may know of the return, as a number."""
    why = "how many cells a version has fixed is told to whoever sees the return; what they hold is not"
    found = Fix.objects.unscoped(why).filter(submission=submission, version__isnull=False)
    return Counter(found.values_list("version", flat=True))


def fixed_cells(*, viewer: Viewer, submission: UUID) -> tuple[FixedCell, ...]:
    """Every fix on a return, by version and place, for its force to carry into its own system. Raises NotThere, Refused."""
    row = plain_return(viewer, submission)
    _demand_prepares(viewer, row)
    found = (
        Fix.objects.seen_by(viewer).filter(submission=row).select_related("of", "version").order_by("of__number", *Fix.ORDER)
    )
    return tuple(
        FixedCell(
            one.of.number,
            one.version.number if one.version else 0,
            one.table,
            one.file,
            one.sheet,
            one.row,
            one.record,
            one.column,
            one.was or one.shown,
            one.value,
        )
        for one in found
    )


def fixed_files(*, viewer: Viewer, submission: UUID) -> tuple[FixedFile, ...]:
    """The files of the version in hand in which cells were fixed; none where it was sent. Raises NotThere, Refused."""
    row = plain_return(viewer, submission)
    _demand_prepares(viewer, row)
    current = Version.objects.seen_by(viewer).filter(submission=row, number=row.version, fixed_from__isnull=False).first()
    if current is None or current.checked_at is None:
        return ()
    folder = places.sent(register.root(), current.pk)
    names = set(Fix.objects.seen_by(viewer).filter(version=current).values_list("file", flat=True))
    files = [folder / name for name in sorted(names) if (folder / name).is_file()]
    return tuple(FixedFile(str(path), path.name, f"collections.version/{current.pk}") for path in files)


def _demand_prepares(viewer: Viewer, row: Any) -> None:
    """Values as they stand are for those who prepare the force's returns, and for nobody else who sees the return."""
    if not viewer.may(PREPARE, row.organisation_id):
        raise Refused(refusal(PREPARE), next_step="ask the access manager of your organisation")
