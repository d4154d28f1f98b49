"""Can I publish? What stops the round, what each matter could do to the total, and the answer in words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from vkpp.records.collections import rules
from vkpp.records.collections.models import Query, Round, Submission
from vkpp.records.collections.queries.history import Past, history_of
from vkpp.records.collections.queries.home import FINISHED
from vkpp.records.collections.queries.rounds import round_row, whole_round
from vkpp.records.collections.queries.rows import Held, as_rows, chased, held_for, returns_seen
from vkpp.records.collections.rules import figures
from vkpp.records.collections.rules.lateness import is_lost, late_words
from vkpp.records.collections.rules.rows import Matter, Moved, RoundOverview, SubmissionRow
from vkpp.records.collections.states import ACCEPTED, ANSWERED, LOCKED, OPEN, RECEIVED_WHOLE, RETURN
from vkpp.records.ground.viewer import Viewer

_UNLIMITED = 10**9


def round_overview(*, viewer: Viewer, round_: UUID) -> RoundOverview:
    """One screen that answers "can I publish?": who is in, who is late, what could still move the total and by how much."""
    row = whole_round(viewer, round_)
    found = returns_seen(viewer, round=row)
    held = held_for(viewer, found)
    rows = as_rows(viewer, found, held)
    history = history_of(viewer, row)
    inside = {one.pk: _counted(one, held) for one in found}
    total = sum(inside.values())
    matters = _matters(viewer, inside, rows, history, total)
    stops = tuple(one for one in matters if one.query is None or _matters_much(one))
    small = tuple(one for one in matters if one not in stops)
    late = tuple(one for one in rows if one.late)
    received = sum(one.counted for one in rows)
    waived = sum(not one.owed for one in rows)
    by_state = Counter(one.state for one in rows)
    chase = chased(viewer, late)
    can = bool(rows) and not stops
    return RoundOverview(
        row=round_row(row, viewer),
        can_publish=can,
        sentence=_answer(can, stops, rows),
        expected=len(rows),
        received=received,
        accepted=sum(one.state in (ACCEPTED, LOCKED) for one in rows),
        waived=waived,
        by_state=tuple((s, words, by_state[s]) for s, words in RETURN.states.words.items() if by_state.get(s)),
        late=late,
        returns=rows,
        total=total,
        likely=_likely(total, matters),
        moved=_national_moved(row, history, total, len(rows) - waived, received),
        stops=stops,
        small=small,
        chase=chase,
        chase_words=rules.chase_words(len(chase)),
    )


def _counted(row: Submission, held: Held) -> int:
    """What a return adds to the total so far: its newest version once certified, or what was accepted before."""
    version = held.versions.get(row.pk) if row.state in RECEIVED_WHOLE else held.accepted.get(row.pk)
    return (version.total or 0) if version else 0


def _matters(
    viewer: Viewer, inside: Mapping[UUID, int], rows: Sequence[SubmissionRow], history: Sequence[Past], total: int
) -> list[Matter]:
    """Returns that are not in and queries that are not settled, each with its effect on the total; the largest first.

    `inside` is what each return adds to the total already.
    """
    past: dict[UUID, list[int]] = defaultdict(list)
    for one in history:
        past[one.organisation].append(one.total)
    # What a closed round does not take any more cannot move the total: the notes name it.
    moving = [row for row in rows if row.state not in FINISHED and (row.accepted or not is_lost(row.state, row.round_state))]
    matters = [_of_return(row, past[row.organisation], inside[row.id], total) for row in moving]
    open_ = Query.objects.seen_by(viewer).filter(submission__in=inside, state__in=[OPEN, ANSWERED])
    by_key = {row.id: row for row in rows}
    # Queries on what no certifier has signed are the force's own: the return as a whole stands for them.
    matters += [_of_query(one, by_key[one.submission_id], total) for one in open_ if by_key[one.submission_id].inside]
    return sorted(matters, key=lambda one: -max(abs(one.low or 0), abs(one.high or 0)) if one.high is not None else -_UNLIMITED)


def _of_return(row: SubmissionRow, past: Sequence[int], counted: int, total: int) -> Matter:
    """A return that is certified can only be sent back; one that is not in adds what the force usually sends.

    Where an earlier version was accepted, that is counted already: a correction moves the total by the difference.
    """
    range_ = None if row.state in RECEIVED_WHOLE else figures.usual(past)
    low, high = (range_[0] - counted, range_[1] - counted) if range_ else (None, None)
    if row.state in RECEIVED_WHOLE:
        low, high = 0, 0
    what = f"{row.organisation_name}: {row.state_words}"
    if row.late:
        what += f", {late_words(row)}"
    return Matter(
        what,
        row.organisation_name,
        row.id,
        None,
        low,
        high,
        figures.share(_largest(low, high), total),
        row.holder,
        row.next_words,
    )


def _largest(low: int | None, high: int | None) -> int | None:
    return None if low is None or high is None else max(abs(low), abs(high))


def _of_query(one: Query, row: SubmissionRow, total: int) -> Matter:
    """If every record that a query touches were wrong, the total would fall by so many."""
    low = None if one.records is None else -one.records
    what = f"{row.organisation_name}: {one.message}"
    holder, words = (
        ("National team", "Read the reason and decide") if one.state == ANSWERED else ("Returns officer", "Answer it")
    )
    high = None if low is None else 0
    return Matter(what, row.organisation_name, row.id, one.pk, low, high, figures.share(low, total), holder, words)


def _matters_much(one: Matter) -> bool:
    return one.share is None or one.share >= figures.SHARE_THAT_MATTERS


def _likely(total: int, matters: Iterable[Matter]) -> tuple[int, int] | None:
    """The final total if returns that are not in are as usual; None where one of them has no history."""
    waiting = [one for one in matters if one.query is None]
    if any(one.low is None or one.high is None for one in waiting):
        return None
    return total + sum(one.low or 0 for one in waiting), total + sum(one.high or 0 for one in waiting)


def _national_moved(row: Round, history: Sequence[Past], total: int, expected: int, received: int) -> Moved:
    """The national total against its usual range; only periods in which as many forces replied are on the same basis."""
    sums: dict[str, list[int]] = defaultdict(list)
    for one in history:
        sums[one.period].append(one.total)
    same = [(period, sum(totals)) for period, totals in sums.items() if len(totals) >= expected]
    return figures.moved(same, (row.period, total if received == expected and expected else None), "the national total")


def _answer(can: bool, stops: Sequence[Matter], rows: Sequence[SubmissionRow]) -> str:
    if can:
        done = sum(row.state in FINISHED for row in rows)
        left = f" {len(rows) - done} will not come, which the notes name." if done < len(rows) else ""
        return f"Yes: {done} of {rules.counted(len(rows), 'return')} are accepted or waived, and no query matters.{left}"
    if not rows:
        return "No: no force is on the list of this round."
    moving = [one for one in stops if (one.low, one.high) != (0, 0)]
    returns, queries = sum(one.query is None for one in moving), sum(one.query is not None for one in moving)
    parts = [rules.counted(returns, "return")] if returns else []
    parts += [rules.counted(queries, "query", "queries")] if queries else []
    words = [f"{' and '.join(parts)} could move the national total"] if parts else []
    if waiting := len(stops) - len(moving):  # certified, and counted already
        words.append(f"{rules.counted(waiting, 'certified return waits', 'certified returns wait')} for a decision")
    return f"Not yet: {', and '.join(words)}."
