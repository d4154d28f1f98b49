"""Which moves exist for a task."""

from __future__ import annotations

from vkpp.records.ground.moves import Move, States

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"

TASK = States(
    thing="the task",
    words={WAITING: "waiting", RUNNING: "being done", DONE: "done", FAILED: "given up after its last attempt"},
    moves=(
        Move("ask", "", WAITING),
        Move("claim", WAITING, RUNNING),
        Move("finish", RUNNING, DONE),
        Move("try again", RUNNING, WAITING),
        Move("give up", RUNNING, FAILED),
    ),
)
