"""The pages of an edition: the report, how it was checked, and the trace of each number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from vkpp.basics.problems import RefusedByRule
from vkpp.engine.dissemination.edition import NOT_OUR_SITE, Chart, Edition, Headline
from vkpp.engine.dissemination.grid import Grid, grid
from vkpp.engine.dissemination.numbers import DERIVED, FACTS, Number, Numbers
from vkpp.engine.dissemination.wording import Wording, bound, plain_text, sentence
from vkpp.engine.shapes.notes import KINDS, ForceNote, without_numbers
from vkpp.engine.shapes.protected import ProtectedCell, ProtectedTable

PAGES = Path(__file__).with_name("pages")
LONG = 14  # rows of a table above which it is folded away on screen
MANY = 48  # its cells above which it is folded away too: on a phone each cell is a line of its own
ABOUT_FORCES = "Forces are not ranked. Neither high nor low is a measure of performance."
DERIVED_WORDS = "Numbers worked out for the words of the report, each from numbers of its tables by the function named."
FACTS_WORDS = "Numbers counted while the files were read and checked, and figures quoted from others with their source."
RECONCILED = ("Lines", "Header", "Blank", "Notes", "Breaks inside", "Records", "Accepted", "Rejected")
PARTS = ("physical_lines", "header", "blanks", "notes", "breaks_inside", "records", "accepted", "rejected")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart as SVG at both widths, and the file that stands by itself."""

    wide: str
    narrow: str
    file: bytes


@dataclass(frozen=True, slots=True)
class TableView:
    """A protected table as its page shows it; cells are looked up by the cell itself."""

    id: str
    name: str
    number: int
    title: str
    subtitle: str
    base: Markup
    notes: tuple[Markup, ...]
    grid: Grid
    panels: tuple[Grid, ...]
    css: str
    long: bool
    ids: Mapping[ProtectedCell, str]
    values: Mapping[ProtectedCell, str]
    printed: Mapping[ProtectedCell, str]


class Pages:
    """Renders every page of one edition. The same edition gives the same bytes."""

    def __init__(self, edition: Edition, numbers: Numbers, drawn: Mapping[str, Drawn], no_pdf: str) -> None:
        self.edition, self.numbers, self.drawn, self.no_pdf = edition, numbers, drawn, no_pdf
        self.wording = Wording(edition, numbers)
        self._environment = Environment(
            loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )

    def report(self, links: bool = True) -> str:
        """The report. Without links it stands by itself, as the PDF does, and holds how it was checked."""
        views = _Tables(self, links)
        linked = links
        sections = [
            {
                "title": s.title,
                "anchor": s.anchor,
                "text": self._paragraphs(s.text, linked),
                "charts": [self._chart(self.edition.chart(name), views, linked) for name in s.charts],
                "tables": views.others(s.tables),
            }
            for s in self.edition.sections
        ]
        contents = [("headlines", "Headline findings")] if self.edition.headlines else []
        contents += [(s.anchor, s.title) for s in self.edition.sections]
        contents += [("notes", "Notes from forces")] if self.edition.notes else []
        contents += [("quality", "Method and quality")] + ([] if links else [("checked", "How this was checked")])
        contents += [("glossary", "Words used")] if self.edition.glossary else []
        contents.append(("get", "Get the tables"))
        return self._render(
            "report.html",
            links,
            sections=sections,
            contents=contents,
            headlines=[self._headline(h, linked) for h in self.edition.headlines],
            quality=[(term, self._brief(words, linked)) for term, words in self.edition.quality],
            reasons=[without_numbers(words) for words in self.edition.reasons],
            notes=_by_kind_and_check(self.edition.notes),
            glossary=[(term, self._line(words, False)) for term, words in self.edition.glossary],
            all_tables=self.edition.printed(),
            no_pdf=self.no_pdf,
            **self._checking(links, "h3"),
        )

    def checked(self) -> str:
        return self._render("checked.html", True, facts=True, **self._checking(True, "h2"))

    def traces(self) -> dict[str, str]:
        """One page per table, one for what was worked out and one for what was counted; by name of the table."""
        by_table: dict[str, list[Number]] = {}
        for number in self.numbers:
            by_table.setdefault(number.table, []).append(number)
        bases = {t.name: self._line(t.base, False) for t in self.edition.tables}
        pages = {t.name: self._trace(t.title, t, by_table.get(t.name, []), bases[t.name]) for t in self.edition.tables}
        pages[DERIVED] = self._trace("Numbers worked out for the words", None, by_table.get(DERIVED, []), DERIVED_WORDS)
        pages[FACTS] = self._trace("Numbers counted while checking, and quoted", None, by_table.get(FACTS, []), FACTS_WORDS)
        return pages

    # Pieces

    def _trace(self, title: str, table: ProtectedTable | None, numbers: list[Number], words: str = "") -> str:
        sources = tuple(dict.fromkeys(m.source for m in table.measures if m.source)) if table else ()
        ordered = numbers if table else sorted(numbers, key=lambda n: n.id)
        return self._render(
            "trace.html",
            True,
            title=title,
            table=table,
            numbers=ordered,
            words=words,
            base=words,
            sentence=sentence,
            sources=sources,
            lookup=self.numbers,
            up="../",
        )

    def _line(self, template: str, linked: bool) -> Markup:
        return self.wording.html(template, linked)

    def _paragraphs(self, template: str, linked: bool) -> Markup:
        return self.wording.paragraphs(template, linked)

    def _brief(self, template: str, linked: bool) -> Markup:
        """One line where the wording has one paragraph, so that a description follows its term."""
        return self._paragraphs(template, linked) if "\n\n" in template.strip() else self._line(template, linked)

    def _headline(self, headline: Headline, linked: bool) -> dict[str, Any]:
        if not headline.numbers or not headline.does_not_say.strip():
            raise RefusedByRule(
                f"A headline stands alone: {headline.text[:60]}",
                where=f"edition {self.edition.id}",
                expected="the numbers it stands on, and what it does not say (W17.10)",
                next_step="add them, or leave the headline out",
            )
        first = self.numbers[headline.numbers[0]]
        figure = self._line(headline.figure, False) if headline.figure else bound(first)
        text = self._line(headline.text, linked).strip()
        said = "" if headline.figure else str(bound(first, link=linked))
        return {
            "figure": figure,
            "figure_text": plain_text(figure),
            "number": first,
            "href": f"trace/{first.table}.html#{first.anchor}",
            "text": Markup(text.removeprefix(said).strip()),  # noqa: S704
            "does_not_say": self._line(headline.does_not_say, linked),
            "base": next((self._line(t.base, False) for t in self.edition.tables if t.name == first.table), ""),
        }

    def _chart(self, chart: Chart, views: _Tables, linked: bool) -> dict[str, Any]:
        drawn = self.drawn[chart.name]
        return {
            "id": f"chart-{chart.name}",
            "name": chart.name,
            "headline": self._line(chart.headline, False),
            "plain_headline": self.wording.plain(chart.headline),
            "subtitle": self._line(chart.subtitle, False),
            "reading": self._line(chart.reading, linked),
            "note": self._line(chart.note, linked) if chart.note.strip() not in ABOUT_FORCES else "",
            "about_forces": ABOUT_FORCES if chart.by == "force_id" else "",
            "wide": Markup(drawn.wide),  # noqa: S704
            "narrow": Markup(drawn.narrow),  # noqa: S704
            "table": views.once_or_anchor(chart.table),
        }

    def _checking(self, links: bool, sub: str) -> dict[str, Any]:
        n = self.numbers
        rows = [
            {
                "file": f"{r.file}, sheet {r.sheet}" if r.sheet else r.file,
                "holds": r.holds,
                "numbers": [n[f"reconciliation.{i}.{part}"] for part in PARTS],
            }
            for i, r in enumerate(self.edition.reconciliations, 1)
        ]
        checks: dict[str, Any] = {
            "rows": [(r, n[f"checks.{r.check}.{r.table}"] if r.ran else None) for r in self.edition.checks]
        }
        for name, id_ in (("ran", "ran"), ("not_run", "not-run"), ("error", "error"), ("query", "query"), ("note", "note")):
            checks[name] = bound(n[f"checks.{id_}"])
        words = bound(n["checks.words"])
        return {"reconciled": {"columns": RECONCILED, "rows": rows}, "checks": checks, "sub": sub, "word_rules": words}

    def _render(self, page: str, links: bool, **context: Any) -> str:
        up = context.pop("up", "")
        foot = (("report.html", "Report"), ("checked.html", "How this was checked"), ("manifest.json", "Manifest"))
        return self._environment.get_template(page).render(
            edition=self.edition,
            invented=self.edition.invented,
            not_our_site=NOT_OUR_SITE,
            css=Markup((PAGES / "edition.css").read_text(encoding="utf-8")),  # noqa: S704 (our own file)
            links=links,
            up=up,
            foot_links=[(up + href, words) for href, words in foot],
            **context,
        )


def _by_kind_and_check(notes: Sequence[ForceNote]) -> list[tuple[str, str, list[tuple[str, list[ForceNote]]]]]:
    """Kind, its heading and its notes by check, in their own order; "" is the whole return."""
    made = []
    for kind, heading in KINDS.items():
        mine = [note for note in notes if note.kind == kind]
        by_check = [(check, [n for n in mine if n.check == check]) for check in dict.fromkeys(n.check for n in mine)]
        made += [(kind, heading, by_check)] if mine else []
    return made


class _Tables:
    """Numbers the tables in the order in which they are printed; a table is printed once."""

    def __init__(self, pages: Pages, linked: bool) -> None:
        self._pages, self._linked = pages, linked
        self._seen: dict[str, TableView] = {}

    def once(self, name: str) -> TableView:
        if name in self._seen:
            raise RefusedByRule(
                f"Table {name} would be printed twice.", expected="each table once", next_step="name it in one section only"
            )
        return self._seen.setdefault(name, self._view(self._pages.edition.table(name), len(self._seen) + 1))

    def others(self, names: tuple[str, ...]) -> list[TableView]:
        """The tables not printed so far; those of charts stand with their chart."""
        return [self.once(name) for name in names if name not in self._seen]

    def once_or_anchor(self, name: str) -> TableView | str:
        return self._seen[name].id if name in self._seen else self.once(name)

    def _view(self, table: ProtectedTable, number: int) -> TableView:
        if not table.base.strip():
            raise RefusedByRule(
                f'Table "{table.title}" does not say how many replied.',
                where=f"table {table.name}",
                expected="its base: n of n, period, date of extraction (R4)",
                next_step="give the table its base",
            )
        laid = grid(table, self._pages.edition.provisional)
        numbers = {cell: self._pages.numbers[table.id_of(cell)] for cell in table.cells}
        narrow = len(laid.columns) + len(laid.stubs) <= 3
        return TableView(
            id=f"table-{table.name}",
            name=table.name,
            number=number,
            title=table.title,
            subtitle=table.subtitle,
            base=self._pages._line(table.base, self._linked),
            notes=tuple(self._pages._line(note, self._linked) for note in table.notes),
            grid=laid,
            panels=laid.panels(),
            css="tight" if narrow else "stack",
            long=len(laid.rows) > LONG or len(laid.rows) * len(laid.columns) > MANY,
            ids={cell: n.id for cell, n in numbers.items()},
            values={cell: n.machine for cell, n in numbers.items()},
            printed={cell: n.printed for cell, n in numbers.items()},
        )
