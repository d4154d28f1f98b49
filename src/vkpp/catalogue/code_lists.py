"""Code lists: codes, their titles, and every wording that is accepted for them. An ambiguous wording is never accepted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from vkpp.basics.identifiers import fold
from vkpp.basics.missing import MEANINGS, Missing
from vkpp.basics.problems import UsageProblem
from vkpp.catalogue.forces import POLICE, Forces
from vkpp.catalogue.offences import Offences
from vkpp.catalogue.rows import DATED, Dated, Row, Source, rows_of

PAIR = "|"  # joins the two parts of a pair's code


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a list. `confidence` is printed beside the title: a recalled title is not an official one."""

    code: str
    title: str
    group: str
    note: str
    dated: Dated


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording seen in a return. `code` is None where it may mean several codes (`candidates`) and a person decides."""

    text: str
    code: str | None
    candidates: str
    found_in: str
    dated: Dated


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list of codes.

    `codes` maps code to title in the order of the file. `accepts` maps folded text (basics/identifiers.fold) to the code:
    codes, titles and other wordings. For a list of pairs (`offence_keys`) a code is two parts joined by "|".
    """

    name: str
    codes: Mapping[str, str]
    accepts: Mapping[str, str]
    source: str
    entries: Mapping[str, Code] = field(default_factory=dict)
    wordings: tuple[Wording, ...] = ()

    def code_for(self, text: str) -> str | None:
        """The code that a text means, or None. Case, spaces and "&" do not matter."""
        return self.accepts.get(fold(text))

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """The pairs of a list of pairs, each part as the list has it."""
        split = (code.split(PAIR, 1) for code in self.codes if PAIR in code)
        return frozenset((first, second) for first, second in split)

    def on(self, day: date) -> tuple[str, ...]:
        """The codes that hold on a day."""
        return tuple(code for code, entry in self.entries.items() if entry.dated.holds_on(day))

    def confidence_of(self, code: str) -> str:
        """How sure we are of a code's title: seen, recalled, proposed or derived."""
        return self.entries[code].dated.confidence if code in self.entries else "derived"


def read_code_list(path: Path, wordings: Path | None, sources: Mapping[str, Source]) -> CodeList:
    """One file of data/lists and, where there is one, the wordings seen in returns. The name of the file is the list's."""
    columns = ("code", "title", "group", "also", "note", *DATED)
    entries: dict[str, Code] = {}
    accepts: dict[str, str] = {}
    for row in rows_of(path, columns):
        if (code := row.text("code")) in entries:
            raise row.problem(f"Code {code!r} stands here a second time.", "each code once")
        entries[code] = Code(code, row.text("title"), row.maybe("group"), row.maybe("note"), row.dated(sources))
        for text in (code, row.text("title"), *filter(None, row.maybe("also").split("|"))):
            _accept(row, text, code, accepts)
    words = tuple(_wordings(wordings, entries, accepts, sources)) if wordings else ()
    return _made(path.stem, entries, accepts, words)


def _accept(row: Row, text: str, code: str, accepts: dict[str, str]) -> None:
    if accepts.setdefault(fold(text), code) != code:
        raise row.problem(f"{text!r} would mean both {accepts[fold(text)]!r} and {code!r}.", "a wording that means one code")


def _wordings(
    path: Path, entries: Mapping[str, Code], accepts: dict[str, str], sources: Mapping[str, Source]
) -> Iterable[Wording]:
    for row in rows_of(path, ("text", "code", "candidates", "found_in", *DATED)):
        text, code = row.text("text"), row.maybe("code")
        if code and code not in entries:
            raise row.problem(f"Code {code!r} is not in the list.", f"one of {', '.join(entries)}, or nothing")
        if not code and not row.maybe("candidates"):
            raise row.problem(f"{text!r} has neither a code nor candidates.", "one of the two")
        if code:
            _accept(row, text, code, accepts)
        yield Wording(text, code or None, row.maybe("candidates"), row.maybe("found_in"), row.dated(sources))


def _made(name: str, entries: Mapping[str, Code], accepts: Mapping[str, str], words: tuple[Wording, ...] = ()) -> CodeList:
    source = "; ".join(dict.fromkeys(entry.dated.source for entry in entries.values()))
    return CodeList(name, {code: entry.title for code, entry in entries.items()}, accepts, source, entries, words)


def derived_lists(forces: Forces, offences: Offences) -> dict[str, CodeList]:
    """The lists that follow from the registers and from basics, so that no fact is written twice."""
    lists = [
        _forces("forces", forces, POLICE),
        _forces("bodies", forces, ("body",)),
        _forces("forces_and_bodies", forces, (*POLICE, "body")),
    ]
    lists += [_areas("regions", forces, "region"), _areas("approval_areas", forces, "approval_area"), _missing()]
    lists += _offence_lists(offences)
    return {made.name: made for made in lists}


def _forces(name: str, forces: Forces, kinds: tuple[str, ...]) -> CodeList:
    entries = {
        f.force_id: Code(f.force_id, f.name, f.kind, f.note, Dated(f.valid_from, f.valid_to, f.source, f.confidence))
        for f in forces.all
        if f.kind in kinds
    }
    accepts = {fold(code): code for code in entries}
    for folded in dict.fromkeys(alias.folded for alias in forces.aliases):
        if (force := forces.named(folded)) and force.force_id in entries:
            accepts[folded] = force.force_id
    return _made(name, entries, accepts)


def _areas(name: str, forces: Forces, attribute: str) -> CodeList:
    entries = {a.code: Code(a.code, a.name, "", "", a.dated) for a in forces.areas if a.attribute == attribute}
    return _made(name, entries, {fold(text): code for code, entry in entries.items() for text in (code, entry.title)})


def _missing() -> CodeList:
    dated = Dated(None, None, "This project: basics/missing", "proposed")
    entries = {word.value: Code(word.value, word.value, "", MEANINGS[word], dated) for word in Missing}
    return _made("missing", entries, {code: code for code in entries})


def _offence_lists(offences: Offences) -> list[CodeList]:
    """Classes (all, and one list an edition), and the pairs code|class, code|title, class|title and so on."""
    classes: dict[str, Code] = {}
    by_edition: dict[str, dict[str, Code]] = {edition.edition: {} for edition in offences.editions}
    pairs: dict[str, dict[str, Code]] = {
        name: {} for name in ("offence_class_titles", "offence_class_groups", "offence_class_subgroups")
    }
    for c in offences.classes:
        dated = Dated(c.valid_from, c.valid_to, c.source, c.confidence)
        classes[c.code] = by_edition[c.edition][c.code] = Code(c.code, c.title, c.ho_group, c.note, dated)
        for name, other in zip(pairs, (c.title, c.ho_group, c.ho_subgroup), strict=True):
            pairs[name][f"{c.code}{PAIR}{other}"] = Code(f"{c.code}{PAIR}{other}", c.title, c.edition, "", dated)
    keys, codes, titles = {}, {}, {}
    for o in offences.all:
        dated = Dated(o.valid_from, o.valid_to, o.source, o.confidence)
        keys[f"{o.code}{PAIR}{o.class_code}"] = Code(f"{o.code}{PAIR}{o.class_code}", o.title, o.edition, "", dated)
        codes[o.code] = Code(o.code, o.title, o.edition, "The code alone is not a key", dated)
        titles[f"{o.code}{PAIR}{o.title}"] = Code(f"{o.code}{PAIR}{o.title}", o.title, o.edition, "", dated)
    made = {"offence_classes": classes, "offence_keys": keys, "offence_codes": codes, "offence_titles": titles, **pairs}
    made |= {f"offence_classes@{edition}": entries for edition, entries in by_edition.items()}
    return [_made(name, entries, {fold(code): code for code in entries}) for name, entries in made.items()]


def named_list(lists: Mapping[str, CodeList], name: str) -> CodeList:
    """A list by its name. Raises UsageProblem, with the names that there are."""
    if name not in lists:
        raise UsageProblem(f"The catalogue has no code list {name!r}.", expected="one of " + ", ".join(sorted(lists)))
    return lists[name]
