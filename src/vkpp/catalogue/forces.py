"""Forces and bodies: who they are on a day, their areas on that day, and the names under which they write to us."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from vkpp.basics.identifiers import fold, is_slug
from vkpp.catalogue.rows import DATED, Dated, Row, Source, holds, rows_of

KINDS = ("territorial", "special", "body", "outside")
POLICE = ("territorial", "special")
ATTRIBUTES = ("region", "approval_area")
NO_AREA = "none"
_FORCE_COLUMNS = ("force_id", "name", "welsh_name", "full_name", "pfa_code", "country", "kind", "successor", "note", *DATED)


@dataclass(frozen=True, slots=True)
class Force:
    """A force, or a body that sends figures and is no force.

    kind: "territorial" (43 of England and Wales), "special" (British Transport Police), "body" (Action Fraud and others),
    "outside" (police of elsewhere that appear in published data). Region and approval area are those of the day asked for;
    in `Catalogue.forces` the latest ones. They are two attributes: Kent lies in the South East and is approved in the East.
    """

    force_id: str
    name: str
    welsh_name: str | None
    pfa_code: str | None
    country: str
    region_code: str | None
    region_name: str | None
    approval_area: str  # code of the regional organised crime unit, "London", or "none"
    kind: str
    valid_from: date | None
    valid_to: date | None
    source: str
    confidence: str
    full_name: str = ""
    successor: str | None = None  # the force into which this one passed on the day after valid_to
    note: str = ""
    approval_area_name: str = ""
    area_confidence: str = ""  # how sure the approval area is

    def holds_on(self, day: date) -> bool:
        return holds(self.valid_from, self.valid_to, day)


@dataclass(frozen=True, slots=True)
class Area:
    """A force's region or approval area, while it holds."""

    force_id: str
    attribute: str
    code: str
    name: str
    note: str
    dated: Dated


@dataclass(frozen=True, slots=True)
class Alias:
    """A name under which a force or body is written, while it holds. `folded` is what is compared."""

    alias: str
    folded: str
    force_id: str
    note: str
    dated: Dated


@dataclass(frozen=True, slots=True)
class Tile:
    """Where a force stands on the map of equal tiles, counted from 0 at the top left, and its short name there."""

    force_id: str
    column: int
    row: int
    short: str
    dated: Dated


def read_tiles(path: Path, forces: Container[str], sources: Mapping[str, Source]) -> tuple[Tile, ...]:
    """force_tiles.csv: no two forces on one tile on the same day. A folder without the file has no map."""
    made: list[Tile] = []
    if not path.is_file():
        return ()
    for row in rows_of(path, ("force_id", "column", "row", "short", *DATED)):
        if (force_id := row.text("force_id")) not in forces:
            raise row.problem(f"force_id {force_id!r} is not in forces.csv.", "a force_id of forces.csv")
        tile = Tile(force_id, row.whole("column"), row.whole("row"), row.text("short"), row.dated(sources))
        for other in made:
            if (other.column, other.row) == (tile.column, tile.row) and _overlap(_days(other.dated), _days(tile.dated)):
                raise row.problem(f"{force_id} and {other.force_id} stand on one tile.", "each force on a tile of its own")
        made.append(tile)
    return tuple(made)


def _days(dated: Dated) -> tuple[date, date]:
    return dated.valid_from or date.min, dated.valid_to or date.max


class Forces:
    """The register of forces, with areas and names by date."""

    def __init__(self, forces: Iterable[Force], areas: Iterable[Area], aliases: Iterable[Alias]) -> None:
        self._bare = tuple(forces)
        self.areas, self.aliases = tuple(areas), tuple(aliases)
        self.all = tuple(self._placed(force, None) for force in self._bare)
        self._by_id = {force.force_id: force for force in self.all}
        self._names: dict[str, list[Alias]] = {}
        for alias in self.aliases:
            self._names.setdefault(alias.folded, []).append(alias)

    def __contains__(self, force_id: object) -> bool:
        return force_id in self._by_id

    def by_id(self, force_id: str, on: date | None = None) -> Force:
        """The force with this id, its areas as on the day (the latest without one). Raises KeyError when there is none."""
        force = self._by_id[force_id]
        return force if on is None else self._placed(force, on)

    def on(self, day: date) -> tuple[Force, ...]:
        """The police forces of a day, territorial and special, in the order of the file; no bodies."""
        return tuple(self._placed(f, day) for f in self._bare if f.kind in POLICE and f.holds_on(day))

    def named(self, text: str, on: date | None = None) -> Force | None:
        """The force or body that a text names: on a day, or (without one) the one that holds latest. None: nobody."""
        found = [a for a in self._names.get(fold(text), ()) if on is None or self._alias_holds(a, on)]
        if not found:
            return None
        latest = max(found, key=lambda a: self._by_id[a.force_id].valid_to or date.max)
        return self.by_id(latest.force_id, on)

    def predecessors(self, force_id: str) -> tuple[Force, ...]:
        """The forces that passed into this one."""
        return tuple(force for force in self.all if force.successor == force_id)

    def _alias_holds(self, alias: Alias, day: date) -> bool:
        return alias.dated.holds_on(day) and self._by_id[alias.force_id].holds_on(day)

    def _placed(self, force: Force, day: date | None) -> Force:
        region, approval = (self._area(force.force_id, attribute, day) for attribute in ATTRIBUTES)
        return replace(
            force,
            region_code=region.code if region else None,
            region_name=region.name if region else None,
            approval_area=approval.code if approval else NO_AREA,
            approval_area_name=approval.name if approval else "",
            area_confidence=approval.dated.confidence if approval else "",
        )

    def _area(self, force_id: str, attribute: str, day: date | None) -> Area | None:
        found = [a for a in self.areas if a.force_id == force_id and a.attribute == attribute]
        if day is not None:
            found = [a for a in found if a.dated.holds_on(day)]
        return max(found, key=lambda a: a.dated.valid_to or date.max, default=None)


def read_forces(folder: Path, sources: Mapping[str, Source]) -> Forces:
    """forces.csv, force_areas.csv and force_aliases.csv, each row checked and all names proved unambiguous on every day."""
    rows = list(rows_of(folder / "forces.csv", _FORCE_COLUMNS))
    forces = [_force(row, sources) for row in rows]
    ids = _unique_ids(rows)
    for row in rows:
        if (successor := row.maybe("successor")) and successor not in ids:
            raise row.problem(f"Successor {successor!r} is no force of this file.", "the force_id of another row, or nothing")
        if successor and not row.day("valid_to"):
            raise row.problem(f"{row.text('name')} has a successor and no last day.", "valid_to")
    areas = [
        _area(row, ids, sources)
        for row in rows_of(folder / "force_areas.csv", ("force_id", "attribute", "code", "name", "note", *DATED))
    ]
    return Forces(forces, areas, _aliases(folder, rows, forces, sources))


def _unique_ids(rows: list[Row]) -> set[str]:
    ids: set[str] = set()
    for row in rows:
        if (force_id := row.text("force_id")) in ids:
            raise row.problem(f"force_id {force_id!r} stands here a second time.", "each force_id once")
        ids.add(force_id)
    return ids


def _force(row: Row, sources: Mapping[str, Source]) -> Force:
    dated = row.dated(sources)
    if not is_slug(row.text("force_id")):
        raise row.problem(f"force_id is {row.text('force_id')!r}.", "small letters, digits and single hyphens")
    return Force(
        force_id=row.text("force_id"),
        name=row.text("name"),
        welsh_name=row.maybe("welsh_name") or None,
        pfa_code=row.maybe("pfa_code") or None,
        country=row.text("country"),
        region_code=None,
        region_name=None,
        approval_area=NO_AREA,
        kind=row.one_of("kind", KINDS),
        valid_from=dated.valid_from,
        valid_to=dated.valid_to,
        source=dated.source,
        confidence=dated.confidence,
        full_name=row.maybe("full_name") or row.text("name"),
        successor=row.maybe("successor") or None,
        note=row.maybe("note"),
    )


def _area(row: Row, ids: set[str], sources: Mapping[str, Source]) -> Area:
    _known(row, ids)
    return Area(
        row.text("force_id"),
        row.one_of("attribute", ATTRIBUTES),
        row.text("code"),
        row.text("name"),
        row.maybe("note"),
        row.dated(sources),
    )


def _known(row: Row, ids: set[str]) -> None:
    if (force_id := row.text("force_id")) not in ids:
        raise row.problem(f"force_id {force_id!r} is not in forces.csv.", "a force_id of forces.csv")


def _aliases(folder: Path, rows: list[Row], forces: list[Force], sources: Mapping[str, Source]) -> list[Alias]:
    """The names of forces.csv themselves, then force_aliases.csv; two forces may not share a name on the same day."""
    by_id = {force.force_id: force for force in forces}
    taken: dict[str, list[tuple[Alias, Force]]] = {}
    for row, force in zip(rows, forces, strict=True):
        for name in dict.fromkeys(filter(None, (force.name, force.welsh_name, force.full_name))):
            dated = Dated(None, None, force.source, force.confidence)
            _take(row, Alias(name, fold(name), force.force_id, "", dated), force, taken)
    for row in rows_of(folder / "force_aliases.csv", ("alias", "force_id", "note", *DATED)):
        _known(row, set(by_id))
        alias = Alias(row.text("alias"), fold(row.text("alias")), row.text("force_id"), row.maybe("note"), row.dated(sources))
        _take(row, alias, by_id[alias.force_id], taken)
    return [alias for entries in taken.values() for alias, _ in entries]


def _take(row: Row, alias: Alias, force: Force, taken: dict[str, list[tuple[Alias, Force]]]) -> None:
    entries = taken.setdefault(alias.folded, [])
    for other, owner in entries:
        if owner.force_id != force.force_id and _overlap(_span(alias, force), _span(other, owner)):
            raise row.problem(
                f"The name {alias.alias!r} would mean both {owner.name} and {force.name} on the same day.",
                "a name that means one force on any day: end one before the other begins",
            )
    entries.append((alias, force))


def _span(alias: Alias, force: Force) -> tuple[date, date]:
    first = max(alias.dated.valid_from or date.min, force.valid_from or date.min)
    return first, min(alias.dated.valid_to or date.max, force.valid_to or date.max)


def _overlap(one: tuple[date, date], other: tuple[date, date]) -> bool:
    return max(one[0], other[0]) <= min(one[1], other[1])
