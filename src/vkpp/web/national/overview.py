"""One screen that answers "can I publish?": who is in, who is late, what could move the total, and one act to chase."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from vkpp.basics.ranges import told
from vkpp.basics.working_days import LONDON
from vkpp.records.collections.rules import counted, register
from vkpp.records.collections.rules.lateness import due_in, late_words
from vkpp.records.collections.rules.release import ReleaseLine
from vkpp.records.collections.rules.rows import Matter, RoundOverview, SubmissionRow
from vkpp.records.collections.states import RETURN, WITH_AREA, WITH_NATIONAL
from vkpp.web.national.charts import drawn, effect, effects, grouped, replied, signed
from vkpp.web.national.forms import shown_day
from vkpp.web.national.release import tasks
from vkpp.web.parts.shapes import Cell, Choice, Column, Fact, Filters, Pages, Table, page_number

OURS = "National team"  # as a holder
SHOWN, SMALL_SHOWN = 20, 8  # on the first screen; a page of its own holds every one


def answered(request: HttpRequest, found: RoundOverview, lines: Sequence[ReleaseLine]) -> dict[str, Any]:
    """What the page of an open, closed or locked round shows."""
    noun = _noun(found)
    return {
        "question": _question(found, lines),
        "checklist": tasks(found.row, lines),
        "answer": _answer(found, request.viewer.on),
        "facts": _facts(found, noun),
        "replied": replied(found.by_state),
        "groups": [(words, n) for words, _, n in grouped(found.by_state) if n],
        "stops": _stops(found, found.stops[:SHOWN]) if found.stops else None,
        "more": len(found.stops) + len(found.small) > SHOWN,
        "matters": len(found.stops) + len(found.small),
        "chased_today": _chased_today(request, found),
        "effects": effects(found.stops),
        "effects_title": effects_title(found),
        "effects_words": effects_words(found),
        "effects_read": _reading(found),
        "small": _small(found) if found.small else None,
        "more_mine": sum(_is_mine(row) for row in found.returns) > SHOWN,
        "without": _without(found),
        "mine": _mine(request, found),
        **_returns(request, found),
    }


def _noun(found: RoundOverview) -> str:
    return register.catalogue().specification(found.row.collection).tables[0].record_words[1]


def _question(found: RoundOverview, lines: Sequence[ReleaseLine]) -> str:
    """Yes only where nothing could move the total and every line of the checklist is so: not known is not so."""
    if found.stops or not found.returns:
        return f"Can I publish? Not yet: {counted(len(found.stops), 'thing stops', 'things stop')} you"
    left = sum(one.holds is not True for one in lines)
    if left:
        return f"Can I publish? Not yet: {counted(left, 'line')} of the checklist {'is' if left == 1 else 'are'} not settled"
    return "Can I publish? Yes"


def _answer(found: RoundOverview, today: date) -> str:
    words = [_capital(found.sentence.removeprefix("Not yet: ").removeprefix("No: ").removeprefix("Yes: "))]
    if found.likely and found.likely != (found.total, found.total) and found.total:
        low, high = (100 * (end - found.total) / found.total for end in found.likely)
        words.append(f"If late returns are as usual, it moves by {told(_percent(low), _percent(high))}.")
    if found.chase:
        words.append(f"One act below {found.chase_words.replace('Chase', 'chases')}.")
    row = found.row
    if row.state == "open":
        words.append(f"The deadline is {shown_day(row.due_on)}, {due_in(row.working_days_left, past=row.due_on < today)}.")
    return " ".join(words)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _percent(value: float) -> str:
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{abs(value):.1f}%"


def _facts(found: RoundOverview, noun: str) -> list[Fact]:
    """Never a national figure without n of n (R4)."""
    waived = f", {found.waived} waived" if found.waived else ""
    facts = [Fact("Total so far", f"{found.total:,}", f"{noun}, from {found.received} of {found.owed} returns{waived}")]
    if found.likely:
        low, high = found.likely
        facts.append(Fact("Likely final total", told(f"{low:,}", f"{high:,}"), "if late forces are as usual"))
    else:
        facts.append(Fact("Likely final total", "Not known", "a force that is not in has sent nothing before"))
    moved = found.moved
    if moved.lower is not None and moved.upper is not None:
        facts.append(Fact("Usual range", told(f"{moved.lower:,.0f}", f"{moved.upper:,.0f}"), moved.sentence))
    return facts


# What stops


def _stops(found: RoundOverview, shown: Sequence[Matter], caption: str = "In order of effect on the national total") -> Table:
    columns = (
        Column("What"),
        Column("Effect on the total", numeric=True),
        Column("Who holds it"),
        Column("Next act"),
    )
    chased = set(found.chase)
    return Table(
        caption,
        columns,
        [(one.what, effect(one), one.holder, _next(found, one, chased)) for one in shown],
    )


def every_matter(request: HttpRequest, found: RoundOverview) -> dict[str, Any]:
    """What could still move the total, all of it: those that stop you first."""
    here = reverse("national:matters", args=[found.row.id])
    matters = (*found.stops, *found.small)
    pages = Pages(page_number(request.GET.get("page"), len(matters)), len(matters), here, "matters")
    caption = f"Matters {pages.words}, in order of effect"
    return {"table": _stops(found, matters[pages.slice], caption), "pages": pages}


def _next(found: RoundOverview, one: Matter, chased: set[Any]) -> Cell:
    href = reverse("national:return", args=[one.submission])
    if one.query is None and one.submission in chased:
        return Cell("In the chase", reverse("national:round_act", args=[found.row.id, "chase"]))
    words = one.next_words if one.holder == OURS else "Look at the return"
    return Cell(words, href + ("#queries" if one.query else ""), hidden=one.organisation_name)


def _small(found: RoundOverview) -> Table:
    """Queries that hardly matter, by force; together they are a line."""
    rows = [
        (
            Cell(one.what, reverse("national:return", args=[one.submission]) + "#queries"),
            "Not known" if one.low is None else f"{abs(one.low):,}",
        )
        for one in found.small[:SMALL_SHOWN]
    ]
    return Table(
        f"{counted(len(found.small), 'more query', 'more queries')} that hardly matter",
        (Column("Query"), Column("At most", numeric=True)),
        rows,
    )


def effects_words(found: RoundOverview) -> str:
    """What the picture of effects shows, with the total that it is against."""
    return (
        f"How much each open matter could move the national total of {found.total:,} {_noun(found)}, from the least to the"
        f" most, {found.row.period_words}. Percentages are the largest effect"
    )


def effects_title(found: RoundOverview) -> str:
    bars = drawn(found.stops)
    if not bars:
        return ""
    first = bars[0]
    return f"{first.organisation_name}’s {'query' if first.query else 'return'} matters most"


def _reading(found: RoundOverview) -> str:
    bars = drawn(found.stops)
    if not bars:
        return ""
    first = bars[0]
    if first.query:
        words = f"If every record that the query touches were wrong, the total would move by {signed(first.low or 0)}."
    else:
        adds = _adds(first.low or 0, first.high or 0)
        words = f"If {first.organisation_name}’s return is as large as in its last periods, it {adds}."
    rest = [one.share for one in bars[1:] if one.share is not None]
    unknown = sum(one.low is None for one in found.stops)
    tail = f" Nothing else whose effect is known can move it by more than {max(rest):.1f}%." if rest else ""
    return words + tail + (f" {counted(unknown, 'effect is', 'effects are')} not known." if unknown else "")


def _adds(low: int, high: int) -> str:
    if low < 0:  # a correction of what is counted already
        return f"moves the total by {told(signed(low), signed(high))}"
    return f"adds {told(f'{low:,}', f'{high:,}', between=True)}"


def _chased_today(request: HttpRequest, found: RoundOverview) -> str:
    today = request.viewer.on
    chased = sum(one.chased_at is not None and one.chased_at.astimezone(LONDON).date() == today for one in found.late)
    return f"{counted(chased, 'force')} of {len(found.late)} had a letter today." if chased else ""


def _without(found: RoundOverview) -> str:
    if found.can_publish or found.received == found.owed:
        return ""
    return (
        f"You can: a national figure then says “{found.received} of {found.owed} forces” beside it, and forces that are not in"
        " are left out of every comparison. A return that will not come at all is waived: its force asks, the national lead"
        " signs, and the reason is printed."
    )


# Returns


def _mine(request: HttpRequest, found: RoundOverview) -> Table | None:
    """Returns that wait for this viewer: what the list opens on."""
    mine = [row for row in found.returns if _is_mine(row)]
    if not mine:
        return None
    rows = [(_named(row), row.state_words, "" if row.total is None else f"{row.total:,}", _again(row)) for row in mine[:SHOWN]]
    columns = (Column("Force"), Column("Where it stands"), Column("Records", numeric=True), Column("Version"))
    return Table(f"{counted(len(mine), 'return waits', 'returns wait')} for you", columns, rows)


def _is_mine(row: SubmissionRow) -> bool:
    return bool({"accept", "approve"} & set(row.acts.allowed))


def _again(row: SubmissionRow) -> str:
    return f"{row.version}, after {row.accepted} was accepted" if row.accepted else str(row.version)


def _named(row: SubmissionRow) -> Cell:
    return Cell(row.organisation_name, reverse("national:return", args=[row.id]), hidden=row.period_words)


_SHOW = {
    "mine": "Waiting for you",
    "late": "Late",
    "queried": "With queries to answer",
    "changed": "Changed since they were accepted",
}


def _returns(request: HttpRequest, found: RoundOverview) -> dict[str, Any]:
    here = reverse("national:round", args=[found.row.id])
    chosen, show = request.GET.get("state", ""), request.GET.get("show", "")
    states = [(state, words[:1].upper() + words[1:]) for state, words in RETURN.states.words.items()]
    present = {state for state, _, _ in found.by_state}
    states = [(state, words) for state, words in states if state in present]
    chosen, show = chosen if chosen in present else "", show if show in _SHOW else ""
    picked = [row for row in found.returns if _picks(row, chosen, show)]
    kept = {name: value for name, value in (("state", chosen), ("show", show)) if value}
    pages = Pages(page_number(request.GET.get("page"), len(picked)), len(picked), here, "returns", kept=kept)
    columns = (
        Column("Force"),
        Column("What happens next"),
        Column("Who holds it"),
        Column("Due"),
        Column("Records", numeric=True),
    )
    rows = [
        (
            _named(row),
            Cell(row.next_words, tag=_kind(row)) if row.state in (WITH_AREA, WITH_NATIONAL) or row.late else row.next_words,
            row.holder,
            shown_day(row.due_on) + (f", {late_words(row)}" if row.late else ""),
            "" if row.total is None else f"{row.total:,}",
        )
        for row in picked[pages.slice]
    ]
    return {
        "filters": Filters(
            [
                Choice("state", "Where it stands", [("", "Anywhere"), *states], chosen),
                Choice("show", "Only those", [("", "All"), *_SHOW.items()], show),
            ],
            here,
        ),
        "returns": Table(f"Returns {pages.words}", columns, rows, "No return is like that."),
        "pages": pages,
    }


def _kind(row: SubmissionRow) -> str:
    return "do" if row.state == WITH_NATIONAL else "plain"


def _picks(row: SubmissionRow, state: str, show: str) -> bool:
    told: Sequence[bool] = (
        not state or row.state == state,
        show != "mine" or _is_mine(row),
        show != "late" or row.late,
        show != "queried" or bool(row.open_queries),
        show != "changed" or row.changed,
    )
    return all(told)
