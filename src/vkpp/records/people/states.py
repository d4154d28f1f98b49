"""Which moves exist for a person's account and for a yearly access review."""

from __future__ import annotations

from vkpp.records.ground.moves import Move, States

INVITED, ACTIVE, SUSPENDED, LEFT = "invited", "active", "suspended", "left"

ACCOUNT = States(
    thing="the account",
    words={
        INVITED: "invited and not yet signed in",
        ACTIVE: "in use",
        SUSPENDED: "suspended",
        LEFT: "closed because its holder left",
    },
    moves=(
        Move("invite", "", INVITED),
        Move("accept", INVITED, ACTIVE),
        Move("suspend", INVITED, SUSPENDED),
        Move("suspend", ACTIVE, SUSPENDED),
        Move("reinstate", SUSPENDED, ACTIVE),
        Move("leave", INVITED, LEFT),
        Move("leave", ACTIVE, LEFT),
        Move("leave", SUSPENDED, LEFT),
    ),
)

OPEN, CLOSED = "open", "closed"

REVIEW = States(
    thing="the access review",
    words={OPEN: "open", CLOSED: "closed"},
    moves=(Move("open", "", OPEN), Move("decide", OPEN, OPEN), Move("close", OPEN, CLOSED)),
)
