"""Which moves exist for a finding and for a recommendation; responses, actions, measures and verdicts come later."""

from __future__ import annotations

from vkpp.records.ground.moves import Move, States

DRAFT, ISSUED, WITHDRAWN, MERGED = "draft", "issued", "withdrawn", "merged"

_WORDS = {DRAFT: "in draft", ISSUED: "issued", WITHDRAWN: "withdrawn", MERGED: "merged into another"}
_MOVES = (
    Move("draft", "", DRAFT),
    Move("edit", DRAFT, DRAFT),
    Move("issue", DRAFT, ISSUED),
    Move("withdraw", DRAFT, WITHDRAWN),
    Move("withdraw", ISSUED, WITHDRAWN),
    Move("merge", ISSUED, MERGED),
)

FINDING = States(thing="the finding", words=dict(_WORDS), moves=_MOVES)
RECOMMENDATION = States(thing="the recommendation", words=dict(_WORDS), moves=_MOVES)
