"""Whose turn a return is: the holder that its state names, and of two people who hold that role the one who may."""

from __future__ import annotations

from vkpp.records.collections.rules.rows import SubmissionRow
from vkpp.records.collections.states import TO_CERTIFY
from vkpp.records.ground.viewer import Viewer

# What a holder within a force must be allowed to do there.
TURNS = {"Returns officer": "collections.prepare", "Certifier": "collections.certify"}


def waits_for(row: SubmissionRow, viewer: Viewer) -> bool:
    """Whether it is the viewer's turn; `row` is as this viewer sees it. Nobody signs what they prepared."""
    turn = TURNS.get(row.holder, "")
    mine = bool(turn) and viewer.may(turn, row.organisation)
    return mine and (row.state != TO_CERTIFY or "certify" in row.acts.allowed)
