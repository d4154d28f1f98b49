"""Loads the catalogue: the shipped seed, or a folder in its place, checked whole before anything uses it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

from vkpp.basics.periods import Period
from vkpp.basics.problems import UsageProblem
from vkpp.catalogue.code_lists import CodeList, derived_lists, named_list, read_code_list
from vkpp.catalogue.disclosure_rules import DisclosureRule, disclosure_rule_from
from vkpp.catalogue.facts import (
    BankHoliday,
    Limit,
    SeriesBreak,
    TitleVariant,
    read_bank_holidays,
    read_breaks,
    read_limits,
    read_title_variants,
)
from vkpp.catalogue.forces import Force, Forces, Tile, read_forces, read_tiles
from vkpp.catalogue.offences import Edition, Offence, OffenceClass, Offences, read_offences
from vkpp.catalogue.populations import Population, Populations, Waiver, read_populations
from vkpp.catalogue.rows import CatalogueProblem, Source, read_sources
from vkpp.catalogue.specification_file import FILE, read_specification, read_yaml
from vkpp.catalogue.specifications import Specification

__all__ = ["Catalogue", "CodeList", "Force", "Offence", "OffenceClass", "Population", "Waiver", "load_catalogue"]

SEED = Path(__file__).parent / "data"
COLLECTIONS = Path(__file__).parent / "collections"
# A folder that replaces the seed must bring these itself, so that no real force stands beside an invented figure.
REGISTER = ("forces.csv", "force_areas.csv", "force_aliases.csv", "force_tiles.csv", "populations.csv")


@dataclass(frozen=True)
class Catalogue:
    """What somebody outside decided, as loaded: look-ups by name and by date. Nothing in it changes after loading."""

    folder: Path
    collections_folder: Path
    digest: str  # sha256 over the data files, so that a manifest can name the catalogue
    sources: Mapping[str, Source]
    register: Forces
    populations: Populations
    offence_register: Offences
    code_lists: Mapping[str, CodeList]
    disclosure_rules: Mapping[str, tuple[DisclosureRule, ...]]
    breaks: tuple[SeriesBreak, ...]
    bank_holidays: tuple[BankHoliday, ...]
    limits: Mapping[str, Limit]
    title_variants: tuple[TitleVariant, ...]
    tiles: tuple[Tile, ...]
    _specifications: dict[str, Specification] = field(default_factory=dict, repr=False, compare=False)

    @property
    def forces(self) -> tuple[Force, ...]:
        """Every force and body ever held, in the order of the file, with the latest areas."""
        return self.register.all

    def forces_on(self, day: date) -> tuple[Force, ...]:
        """The police forces of a day (territorial and special), with that day's areas."""
        return self.register.on(day)

    def force(self, force_id: str, on: date | None = None) -> Force:
        """The force with an id. Raises UsageProblem when there is none."""
        if force_id not in self.register:
            raise UsageProblem(f"The catalogue has no force {force_id!r}.", expected="a force_id of forces.csv")
        return self.register.by_id(force_id, on)

    def force_named(self, text: str, on: date | None = None) -> Force | None:
        """The force or body that a text names; case, spaces and "&" do not matter. None when nobody is named so."""
        return self.register.named(text, on)

    def force_tiles(self, day: date) -> tuple[Tile, ...]:
        """The map of equal tiles on a day: the tiles of that day's forces, in the order of the file."""
        there = {force.force_id for force in self.forces_on(day)}
        return tuple(tile for tile in self.tiles if tile.force_id in there and tile.dated.holds_on(day))

    def population(
        self, force_id: str, period: Period, band: str = "under_18", waiver: Waiver | None = None, *, sex: str = "persons"
    ) -> Population:
        """The population nearest to the period; print its year. RefusedByRule: there is none, or it is too far and unwaived."""
        return self.populations.nearest(force_id, period, band, sex, waiver)

    @property
    def offence_classes(self) -> tuple[OffenceClass, ...]:
        return self.offence_register.classes

    def offence_class(self, code: str, on: date | None = None) -> OffenceClass | None:
        """A class by its code on a day; without one, as in the latest edition that has it."""
        return self.offence_register.class_(code, on)

    def offences(self, edition: str | None = None) -> tuple[Offence, ...]:
        """The offences of one edition, or of all. `Offence.key` is the key; the code alone is none."""
        return tuple(o for o in self.offence_register.all if edition is None or o.edition == edition)

    @property
    def editions(self) -> tuple[Edition, ...]:
        return self.offence_register.editions

    def code_list(self, name: str) -> CodeList:
        """A code list by name. Raises UsageProblem, with the names that there are."""
        return named_list(self.code_lists, name)

    def disclosure_rule(self, rule_id: str, on: date | None = None) -> DisclosureRule:
        """The rule with this id on a day (without one, the last one written). Raises UsageProblem when there is none."""
        found = [rule for rule in self.disclosure_rules.get(rule_id, ()) if on is None or rule.holds_on(on)]
        if not found:
            raise UsageProblem(
                f"There is no disclosure rule {rule_id!r}{f' on {on}' if on else ''}.",
                where="catalogue file disclosure_rules.yaml",
                expected="one of " + ", ".join(self.disclosure_rules),
            )
        return found[-1]

    @cached_property
    def holidays(self) -> frozenset[date]:
        """The bank holidays as dates, for basics/working_days."""
        return frozenset(holiday.date for holiday in self.bank_holidays)

    def breaks_between(self, first: date, last: date, force_id: str | None = None) -> tuple[SeriesBreak, ...]:
        """Breaks after the first day and up to the last: those of every force and, where one is named, its own."""
        return tuple(b for b in self.breaks if b.date and first < b.date <= last and b.force_id in (None, force_id))

    @property
    def collections(self) -> tuple[str, ...]:
        """The names of the collections that have a specification."""
        return tuple(sorted(path.parent.name for path in self.collections_folder.glob(f"*/{FILE}")))

    def specification(self, name: str) -> Specification:
        """A collection's specification. Raises UsageProblem for an unknown name, CatalogueProblem for one that is not right."""
        if name not in self._specifications:
            if name not in self.collections:
                raise UsageProblem(f"There is no collection {name!r}.", expected="one of " + ", ".join(self.collections))
            self._specifications[name] = read_specification(
                self.collections_folder / name, self.code_lists, self.disclosure_rules
            )
        return self._specifications[name]


def load_catalogue(folder: Path | None = None, *, collections: Path | None = None) -> Catalogue:
    """The shipped seed, or `folder` in its place.

    A folder must hold the register of forces itself (REGISTER). Any other file that it does not hold is the seed's, and
    sources.csv is added to the seed's. Raises CatalogueProblem that names file, line and what was expected.
    """
    files = _Files(folder or SEED)
    sources = read_sources(SEED / "sources.csv")
    if (folder or SEED) != SEED and (files.folder / "sources.csv").is_file():
        sources |= read_sources(files.folder / "sources.csv")
    limits = read_limits(files["limits.csv"], sources)
    register = read_forces(files.folder, sources)
    offences = read_offences(files.beside("offences.csv", "offence_classes.csv", "offence_editions.csv"), sources)
    return Catalogue(
        folder=files.folder,
        collections_folder=collections or COLLECTIONS,
        digest=files.digest(),
        sources=sources,
        register=register,
        populations=read_populations(files["populations.csv"], register, sources, limits["population-years"].value),
        offence_register=offences,
        code_lists=_code_lists(files, register, offences, sources),
        disclosure_rules=_disclosure_rules(files["disclosure_rules.yaml"]),
        breaks=read_breaks(files["breaks.csv"], _Anyone() if files.borrows("breaks.csv") else register, sources),
        bank_holidays=read_bank_holidays(files["bank_holidays.csv"], sources),
        limits=limits,
        title_variants=read_title_variants(files["offence_title_variants.csv"], sources),
        tiles=read_tiles(files.folder / "force_tiles.csv", register, sources),
    )


class _Anyone:
    """Stands in for the register where the seed's breaks are read beside another register of forces."""

    def __contains__(self, force_id: object) -> bool:
        return True


class _Files:
    """Where each file comes from: the folder, or the seed for what the folder does not hold."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise UsageProblem(f"There is no folder {folder.name!r}.", expected="a folder of catalogue files")
        self.folder = folder

    def __getitem__(self, name: str) -> Path:
        return SEED / name if self.borrows(name) else self.folder / name

    def borrows(self, name: str) -> bool:
        return name not in REGISTER and not (self.folder / name).exists()

    def beside(self, *names: str) -> Path:
        """The one folder that holds these files, which belong together."""
        held = [name for name in names if (self.folder / name).exists()]
        if held and len(held) < len(names):
            lost = sorted(set(names) - set(held))
            raise CatalogueProblem(
                f"The folder holds {', '.join(held)} without {', '.join(lost)}.", expected="all of them or none"
            )
        return self.folder if held else SEED

    def lists(self) -> list[tuple[Path, Path | None]]:
        """Each code list with its wordings, where there are any; the folder's own list wins over the seed's."""
        found = {path.name: path for folder in (SEED, self.folder) for path in sorted((folder / "lists").glob("*.csv"))}
        return [
            (path, words if (words := self[f"wordings/{name}"]).is_file() else None) for name, path in sorted(found.items())
        ]

    def digest(self) -> str:
        """SHA-256 over names and bytes of the files in use, in the order of their names."""
        found = (p.relative_to(base) for base in (SEED, self.folder) for p in base.rglob("*") if p.suffix in (".csv", ".yaml"))
        digest = hashlib.sha256()
        for name in sorted({path.as_posix() for path in found}):
            if not (path := self[name]).is_file():
                continue  # a part of the register that this folder goes without
            content = path.read_bytes()
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
        return digest.hexdigest()


def _code_lists(files: _Files, register: Forces, offences: Offences, sources: Mapping[str, Source]) -> dict[str, CodeList]:
    read = {path.stem: read_code_list(path, words, sources) for path, words in files.lists()}
    derived = derived_lists(register, offences)
    if twice := sorted(set(read) & set(derived)):
        raise CatalogueProblem(f"The list {', '.join(twice)} is derived and has a file too.", where="catalogue folder lists")
    return read | derived


def _disclosure_rules(path: Path) -> dict[str, tuple[DisclosureRule, ...]]:
    entries = read_yaml(path)
    if not isinstance(entries, Mapping) or not isinstance(entries.get("rules"), list):
        raise CatalogueProblem("There is no list of rules.", where=f"catalogue file {path.name}", expected="rules: a list")
    rules: dict[str, tuple[DisclosureRule, ...]] = {}
    for entry in entries["rules"]:
        try:
            rule = disclosure_rule_from(entry)
        except (ValueError, TypeError, AttributeError) as error:
            raise CatalogueProblem(
                f"{error}.", where=f"catalogue file {path.name}", expected="a rule as docs/methods describes it"
            ) from None
        rules[rule.id] = (*rules.get(rule.id, ()), rule)
    return rules
