"""What changes people: joiners, movers, leavers, roles, compartments, organisations, the yearly review.

Locks are taken in one order, so that two commands never wait for each other: review, line; compartment; person; nothing after.
"""

from vkpp.records.people.commands.compartments import (
    admit,
    close_compartment,
    dismiss,
    open_compartment,
    take_up_compartment,
)
from vkpp.records.people.commands.joiners import (
    accept,
    give_role,
    invite,
    leave,
    move,
    note_second_factor_reset,
    note_signed_in,
    reinstate,
    set_password,
    suspend,
    withdraw_role,
)
from vkpp.records.people.commands.organisations import (
    OfRegister,
    found_organisation,
    found_service,
    tie_organisations,
)
from vkpp.records.people.commands.reviews import (
    close_review,
    decide,
    open_due_reviews,
    open_review,
)

__all__ = [
    "OfRegister",
    "accept",
    "admit",
    "close_compartment",
    "close_review",
    "decide",
    "dismiss",
    "found_organisation",
    "found_service",
    "give_role",
    "invite",
    "leave",
    "move",
    "note_second_factor_reset",
    "note_signed_in",
    "open_compartment",
    "open_due_reviews",
    "open_review",
    "reinstate",
    "set_password",
    "suspend",
    "take_up_compartment",
    "tie_organisations",
    "withdraw_role",
]
