"""Words bound to numbers: every digit that a wording prints comes from a number with a name, and no comparison is unproved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html.parser import HTMLParser

from jinja2 import StrictUndefined
from jinja2.exceptions import TemplateError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from vkpp.basics.problems import RefusedByRule
from vkpp.engine.dissemination.edition import Edition
from vkpp.engine.dissemination.numbers import DERIVED, Number, Numbers
from vkpp.engine.dissemination.unbound import VOID
from vkpp.engine.shapes.measures import TOTAL
from vkpp.engine.shapes.protected import ProtectedTable

BY_HAND = re.compile(r"<data\b|\bdata-[a-z]+")  # marks that only the functions may make


def bound(number: Number, text: str | None = None, link: bool = False) -> Markup:
    """The number as HTML: its value, its name and, where asked, the way to its trace."""
    data = Markup('<data value="{}" data-number="{}">{}</data>').format(number.machine, number.id, text or number.printed)
    if not link:
        return data
    return Markup('<a class="num" href="trace/{}.html#{}">{}</a>').format(number.table, number.anchor, data)


class Wording:
    """Renders the wordings of one edition. `linked` numbers lead to their trace; headings and captions stay unlinked."""

    def __init__(self, edition: Edition, numbers: Numbers) -> None:
        self.edition, self.numbers = edition, numbers
        self._link = False
        self._environment = SandboxedEnvironment(
            autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        for function in self._functions():
            self._environment.globals[function.__name__] = function

    def _functions(self) -> tuple[Callable[..., Markup], ...]:
        return (
            self.n, self.pct, self.change, self.rose, self.more, self.difference, self.share, self.within, self.outside,
            self.above, self.below, self.valued, self.label, self.quoted, self.lies,
        )  # fmt: skip

    def html(self, template: str, link: bool = True) -> Markup:
        """One line or paragraph of a wording as HTML."""
        self._link = link
        if by_hand := BY_HAND.search(template):
            raise RefusedByRule(
                f"A wording binds a number by hand: {by_hand[0]}.",
                where=template[:80],
                expected="n() and its fellows, which print the number they bind",
                next_step="write the function in place of the mark",
            )
        try:
            return Markup(self._environment.from_string(template).render())  # noqa: S704 (autoescape is on)
        except (TemplateError, TypeError, KeyError) as trouble:
            raise RefusedByRule(
                f"A wording cannot be read: {trouble}.",
                where=template[:80],
                expected="Jinja with the functions n, pct, change, rose, more, difference, share, lies, within, above, below,"
                " label",
                next_step="mend the wording",
            ) from trouble

    def plain(self, template: str) -> str:
        """The same wording without its marks, for alternative texts, files and titles."""
        return plain_text(self.html(template, link=False))

    def paragraphs(self, template: str, link: bool = True) -> Markup:
        """A wording of several paragraphs: parted by blank lines; a block of "- " lines is a list, "### " a heading."""
        blocks = re.split(r"\n\s*\n", str(self.html(template, link)).strip())
        return Markup("\n").join(_block(block.strip()) for block in blocks if block.strip())

    # Functions of the wordings. Arguments are ids of numbers.

    def n(self, number_id: str, one: str = "", many: str = "") -> Markup:
        """The number as it is printed in its table, or the symbol in its place; then the words for one or for many."""
        return self._with_words(self.numbers[number_id], one, many)

    def pct(self, number_id: str) -> Markup:
        """The same, for a share or a change; anything else is refused, so that no rate is ever read as a percentage."""
        number = self.numbers[number_id]
        if number.unit not in ("share", "change"):
            raise RefusedByRule(
                f"{number_id} is a {number.unit}, not a percentage.",
                where=f"edition {self.edition.id}",
                expected="a share or a change",
                next_step="write n() instead of pct()",
            )
        return self._bound(number)

    def quoted(self, number_id: str) -> Markup:
        """A figure of somebody else, with its source beside it."""
        number = self.numbers[number_id]
        if not number.quoted:
            raise RefusedByRule(f"{number_id} is not a quoted figure.", expected="a fact of kind quoted", next_step="write n()")
        return Markup("{} <span class='src'>({})</span>").format(self._bound(number), number.source)

    def change(self, new: str, old: str, decimals: int = 1) -> Markup:
        """By how much, in percent, without direction: 7.6%."""
        return self._bound(self._change(new, old, decimals), unsigned=True)

    def rose(self, new: str, old: str, decimals: int = 1) -> Markup:
        """Direction and size: "rose by 7.6%", "fell by 3.1%" or "did not change"."""
        number = self._change(new, old, decimals)
        if not float(number.machine):
            return _direction("did not change")
        verb = "rose by" if (number.value or 0) > 0 else "fell by"
        return _direction(verb) + Markup(" ") + self._bound(number, unsigned=True)

    def more(self, new: str, old: str, decimals: int = 1) -> Markup:
        """Size and direction: "7.6% more", "3.1% fewer" or "as many"; a rate is higher or lower."""
        number = self._change(new, old, decimals)
        up, down, same = ("more", "fewer", "as many") if self.numbers[new].unit == "count" else ("higher", "lower", "the same")
        if not float(number.machine):
            return _direction(same)
        return self._bound(number, unsigned=True) + Markup(" ") + _direction(up if (number.value or 0) > 0 else down)

    def difference(self, new: str, old: str) -> Markup:
        """The plain difference, without direction, in the unit of the numbers."""
        a, b = self.numbers[new], self.numbers[old]
        self.numbers.comparable(a, b)
        value = abs((a.value or 0) - (b.value or 0))
        return self._bound(self._derived("difference", (a, b), value, a.decimals, f"{a.id} less {b.id}"))

    def share(self, part: str, whole: str, decimals: int = 0) -> Markup:
        """One number as a percentage of another of the same measure: the part and the whole."""
        a, b = self.numbers[part], self.numbers[whole]
        value = self._operand(a) / self._operand(b) * 100
        return self._bound(self._derived("share", (a, b), value, decimals, f"{a.id} as a percentage of {b.id}", "share"))

    def valued(self, table: str, measure: str, one: str = "", many: str = "") -> Markup:
        """How many rows of a table have a number, totals left out: the n of "n forces"."""
        count = sum(value is not None for value in self._column(table, measure).values())
        return self._count("valued", table, measure, count, f"rows of {table} that have a {measure}", one=one, many=many)

    def lies(self, low: str, high: str) -> Markup:
        """ "lies between 40.0% and 52.3%"; "is 40.0%" where both ends print alike, and "is [c]" where both are hidden."""
        if self.numbers[low].printed == self.numbers[high].printed:
            return Markup("is ") + self.pct(low)
        return Markup("lies between ") + self.pct(low) + Markup(" and ") + self.pct(high)

    def within(self, table: str, measure: str, low: str, high: str, one: str = "", many: str = "") -> Markup:
        """How many rows lie between two other measures, limits included."""
        inside = self._compared(table, measure, (low, high), lambda v, lo, hi: lo <= v <= hi)
        words = f"rows of {table} with {measure} between {low} and {high}"
        return self._count("within", table, measure, inside, words, low, high, one=one, many=many)

    def outside(self, table: str, measure: str, low: str, high: str, one: str = "", many: str = "") -> Markup:
        """How many rows lie outside two other measures."""
        out = self._compared(table, measure, (low, high), lambda v, lo, hi: v < lo or v > hi)
        return self._count(
            "outside",
            table,
            measure,
            out,
            f"rows of {table} with {measure} outside {low} to {high}",
            low,
            high,
            one=one,
            many=many,
        )

    def above(self, table: str, measure: str, high: str, one: str = "", many: str = "") -> Markup:
        out = self._compared(table, measure, (high,), lambda v, hi: v > hi)
        return self._count(
            "above", table, measure, out, f"rows of {table} with {measure} above {high}", high, one=one, many=many
        )

    def below(self, table: str, measure: str, low: str, one: str = "", many: str = "") -> Markup:
        out = self._compared(table, measure, (low,), lambda v, lo: v < lo)
        return self._count("below", table, measure, out, f"rows of {table} with {measure} below {low}", low, one=one, many=many)

    def label(self, table: str, dimension: str, code: str) -> Markup:
        """The words of a code, as the table prints them."""
        for d in self.edition.table(table).dimensions:
            if d.name == dimension and code in d.codes:
                return Markup('<span data-code="{}">{}</span>').format(code, d.codes[code])
        raise RefusedByRule(f"Table {table} has no code {code} in {dimension}.", next_step="mend the wording")

    # How they are worked out.

    def _bound(self, number: Number, unsigned: bool = False) -> Markup:
        text = number.printed.lstrip("+\u2212") if unsigned else None
        return bound(number, text, self._link)

    def _with_words(self, number: Number, one: str, many: str) -> Markup:
        """The number, then the words that fit it: "1 force stands", "2 forces stand"."""
        words = one if number.value == 1 else many
        return self._bound(number) + (Markup(" ") + words if words else Markup(""))

    def _operand(self, number: Number) -> float:
        if number.quoted or number.value is None or number.unit != "count":
            raise RefusedByRule(
                f"{number.id} cannot enter a computation.",
                where=f"it is {'a quoted figure' if number.quoted else number.symbol or 'a ' + number.unit}",
                expected="a count of our own",
                next_step="state it by itself",
            )
        return float(number.value)

    def _change(self, new: str, old: str, decimals: int) -> Number:
        a, b = self.numbers[new], self.numbers[old]
        self.numbers.comparable(a, b)
        if not b.value:
            raise RefusedByRule(
                f"No percentage change from zero: {b.id}.", expected="a start above zero", next_step="use difference()"
            )
        value = ((a.value or 0) - b.value) / b.value * 100
        return self._derived("change", (a, b), value, decimals, f"change from {b.id} to {a.id}, in percent", "change")

    def _derived(
        self, how: str, of: tuple[Number, Number], value: float, decimals: int, definition: str, unit: str | None = None
    ) -> Number:
        a, b = of
        number = Number(
            id=f"derived.{how}.{a.id}..{b.id}" + (f".{decimals}" if unit else ""),
            table=DERIVED,
            measure=how,
            value=round(value, 10),
            symbol=None,
            unit=unit or a.unit,  # type: ignore[arg-type]
            decimals=decimals,
            definition=definition,
            source=a.source,
            keys=a.keys,
            of=(a.id, b.id),
            words=f"{how}: {a.words}",
        )
        return self.numbers.derive(number)

    def _count(
        self, how: str, table: str, measure: str, value: int, definition: str, *also: str, one: str, many: str
    ) -> Markup:
        number = Number(
            id=".".join((DERIVED, how, table, measure, *also)),
            table=DERIVED,
            measure=how,
            value=value,
            symbol=None,
            unit="count",
            decimals=0,
            definition=definition,
            source=f"table {table}",
            words=definition,
        )
        return self._with_words(self.numbers.derive(number), one, many)

    def _compared(self, table: str, measure: str, others: tuple[str, ...], holds: Callable[..., bool]) -> int:
        columns = [self._column(table, name) for name in (measure, *others)]
        rows = ([column.get(key) for column in columns] for key in columns[0])
        return sum(holds(*row) for row in rows if all(value is not None for value in row))

    def _column(self, table: str, measure: str) -> dict[tuple[str, ...], int | float | None]:
        found = self.edition.table(table)
        if measure not in {m.name for m in found.measures}:
            raise RefusedByRule(f"Table {table} has no measure {measure}.", next_step="mend the wording")
        return {c.key: c.value for c in found.cells if c.measure == measure and not _is_total(found, c.key)}


def _is_total(table: ProtectedTable, key: tuple[str, ...]) -> bool:
    """A row that sums others: the total of the table's first dimension, or a code that is some other's parent."""
    first = table.dimensions[0]
    return key[0] == TOTAL or key[0] in first.parents.values()


def _direction(words: str) -> Markup:
    """Marked, so that the check of words knows this direction as proved."""
    return Markup('<span data-direction="proved">{}</span>').format(words)


def _block(block: str) -> Markup:
    lines = [line.strip() for line in block.splitlines()]
    if lines[0].startswith("### "):
        return Markup("<h3>{}</h3>").format(Markup(lines[0][4:]))  # noqa: S704
    if lines[0].startswith("- "):
        items = re.split(r"\n- ", "\n" + "\n".join(lines))[1:]
        parts = (Markup("<li>{}</li>").format(Markup(" ".join(item.split("\n")))) for item in items)  # noqa: S704
        return Markup("<ul>{}</ul>").format(Markup("").join(parts))
    return Markup("<p>{}</p>").format(Markup(" ".join(lines)))  # noqa: S704


class _Text(HTMLParser):
    """Collects text; each block on a line of its own, a term with its description on one."""

    BLOCKS = frozenset(("p", "li", "h1", "h2", "h3", "tr", "dt", "caption", "figure", "section"))
    SILENT = frozenset(("style", "script", "svg"))

    def __init__(self, without: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.without = without
        self._within: list[str] = []  # open elements, from the outermost that is left out

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        left_out = tag in self.SILENT or any(name in self.without for name, _ in attrs)
        if (self._within or left_out) and tag not in VOID:
            self._within.append(tag)
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._within:
            while self._within.pop() != tag:
                pass
        self._break("" if tag == "dt" else tag)

    def handle_data(self, data: str) -> None:
        if not self._within:
            self.parts.append(data)

    def _break(self, tag: str) -> None:
        if tag in self.BLOCKS and not self._within:
            self.parts.append("\n")
        elif tag in ("td", "th", "dd"):
            self.parts.append(" ")


def plain_text(html: str, without: Iterable[str] = ()) -> str:
    """The text of a piece of HTML; drawings, and elements with the attribute `without`, are left out."""
    parser = _Text(frozenset(without))
    parser.feed(html)
    parser.close()
    return re.sub(r" *\n\s*", "\n", re.sub(r"[ \t]+", " ", "".join(parser.parts))).strip()


def sentence(words: str) -> str:
    """A definition as a sentence: a capital at its start and a stop at its end."""
    words = words.strip()
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "?")) else ".")
