"""What "can I publish?" gives to take away: its tables as CSV, its charts as SVG that stand by themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from vkpp.records.collections import queries
from vkpp.records.collections.rules.release import ReleaseLine
from vkpp.records.collections.rules.rows import RoundOverview
from vkpp.records.collections.states import DRAFT
from vkpp.records.ground.problems import NotThere
from vkpp.web.national.charts import alone, effects, grouped, replied
from vkpp.web.national.gate import national
from vkpp.web.national.notes import basis, file_name
from vkpp.web.national.overview import effects_title, effects_words
from vkpp.web.national.rounds import name_of
from vkpp.web.parts import downloads
from vkpp.web.parts.pace import taking

Rows = Sequence[Sequence[object]]


@require_GET
@national
@taking
def table(request: HttpRequest, round_: UUID, kind: str) -> HttpResponse:
    """One table of the page: matters, returns, states or checklist."""
    found = _of(request, round_)
    if kind == "checklist":
        columns, rows = _checklist(queries.release_checklist(viewer=request.viewer, round_=round_))
    elif kind in _TABLES:
        columns, rows = _TABLES[kind](found)
    else:
        raise NotThere
    scope = (found.row.collection, found.row.period, f"{found.received} of {found.owed}")
    return downloads.sheet(
        f"{file_name(found.row)}_{kind}.csv",
        ("Collection", "Period", "Returns in", *columns),
        [(*scope, *row) for row in rows],
        found.marking,
    )


def _of(request: HttpRequest, round_: UUID) -> RoundOverview:
    """A draft has no such page, and so no such files."""
    found = queries.round_overview(viewer=request.viewer, round_=round_)
    if found.row.state == DRAFT:
        raise NotThere
    return found


def _matters(found: RoundOverview) -> tuple[Sequence[str], Rows]:
    columns = (
        "What",
        "Force",
        "Kind",
        "Stops you",
        "At least",
        "At most",
        "Largest effect, percent",
        "Who holds it",
        "Next act",
    )
    rows = [
        (
            one.what,
            one.organisation_name,
            "query" if one.query else "return",
            "yes" if stops else "no",
            _known(one.low),
            _known(one.high),
            "not known" if one.share is None else f"{one.share:.2f}",
            one.holder,
            one.next_words,
        )
        for stops, group in ((True, found.stops), (False, found.small))
        for one in group
    ]
    return columns, rows


def _known(value: int | None) -> object:
    return "not known" if value is None else value


def _returns(found: RoundOverview) -> tuple[Sequence[str], Rows]:
    columns = ("Force", "Where it stands", "What happens next", "Who holds it", "Due", "Late", "Version", "Accepted", "Records")
    rows = [
        (
            one.organisation_name,
            one.state_words,
            one.next_words,
            one.holder,
            one.due_on.isoformat(),
            "yes" if one.late else "no",
            one.version,
            one.accepted,
            one.total,
        )
        for one in found.returns
    ]
    return columns, rows


def _states(found: RoundOverview) -> tuple[Sequence[str], Rows]:
    return ("Where they stand", "Returns"), [(words, n) for _, words, n in found.by_state]


def _checklist(lines: Sequence[ReleaseLine]) -> tuple[Sequence[str], Rows]:
    said = {True: "yes", False: "no", None: "not known"}
    return ("What must be so", "Is it so", "Why", "What settles it"), [(o.words, said[o.holds], o.why, o.todo) for o in lines]


_TABLES: Mapping[str, Callable[[RoundOverview], tuple[Sequence[str], Rows]]] = {
    "matters": _matters,
    "returns": _returns,
    "states": _states,
}


@require_GET
@national
@taking
def chart(request: HttpRequest, round_: UUID, kind: str) -> HttpResponse:
    """One chart of the page: effects or replied. What it shows stands in it as words as well."""
    found = _of(request, round_)
    drawn = {"effects": effects(found.stops), "replied": replied(found.by_state)}.get(kind)
    if not drawn:
        raise NotThere
    waived = f", {found.waived} waived" if found.waived else ""
    titles = {"effects": effects_title(found), "replied": f"Who has replied: {found.received} of {found.owed}{waived}"}
    read = {"effects": effects_words(found) + ".", "replied": _legend(found)}
    words = [name_of(found.row), read[kind], basis(found), f"{found.marking}. {downloads.invented()}".strip()]
    return downloads.picture(f"{file_name(found.row)}_{kind}.svg", alone(drawn[0], titles[kind], words))


def _legend(found: RoundOverview) -> str:
    """Boxes by their words, in the order in which they stand: a file has no list beside it."""
    return f"From the left, dark to white: {', '.join(f'{n} {words}' for words, _, n in grouped(found.by_state) if n)}."
