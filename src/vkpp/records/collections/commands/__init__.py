"""What changes rounds, returns, queries, waivers and taskings; the jobs' outcomes; and the index rebuilt from the store.

Locks are taken in one order, so that two commands never wait for each other: round; return; version, query, waiver; tasking.
"""

from vkpp.records.collections.commands.answers import answer, ask_again, settle
from vkpp.records.collections.commands.deciding import (
    accept,
    approve,
    certify,
    extend,
    lock,
    note_kept,
    offer,
    send_back,
    unlock,
    withdraw,
)
from vkpp.records.collections.commands.drafts import clone_round, discard_round, draft_round, edit_round
from vkpp.records.collections.commands.fixing import SameForAll, Wanted, fix, gather_fixes
from vkpp.records.collections.commands.index import reindex
from vkpp.records.collections.commands.joint import give_row, withdraw_row
from vkpp.records.collections.commands.locking import ACCEPT, CHECK, MARK, PACK
from vkpp.records.collections.commands.looking import hide, show
from vkpp.records.collections.commands.marking import mark_return, mark_round, mark_tasking, raise_marking
from vkpp.records.collections.commands.notes import read_notes
from vkpp.records.collections.commands.packs import ask_pack, note_packed
from vkpp.records.collections.commands.rounds import (
    chase,
    close_round,
    lock_round,
    open_round,
    reopen_round,
    sign_hours,
    unlock_round,
)
from vkpp.records.collections.commands.sending import declare_nil, note_checked, receive
from vkpp.records.collections.commands.taskings import (
    close_tasking,
    discard_tasking,
    draft_tasking,
    edit_tasking,
    open_tasking,
    report_done,
    sign_tasking_hours,
)
from vkpp.records.collections.commands.waivers import ask_waiver, refuse_waiver, sign_waiver

__all__ = [
    "ACCEPT",
    "CHECK",
    "MARK",
    "PACK",
    "SameForAll",
    "Wanted",
    "accept",
    "answer",
    "approve",
    "ask_again",
    "ask_pack",
    "ask_waiver",
    "certify",
    "chase",
    "clone_round",
    "close_round",
    "close_tasking",
    "declare_nil",
    "discard_round",
    "discard_tasking",
    "draft_round",
    "draft_tasking",
    "edit_round",
    "edit_tasking",
    "extend",
    "fix",
    "gather_fixes",
    "give_row",
    "hide",
    "lock",
    "lock_round",
    "mark_return",
    "mark_round",
    "mark_tasking",
    "note_checked",
    "note_kept",
    "note_packed",
    "offer",
    "open_round",
    "open_tasking",
    "raise_marking",
    "read_notes",
    "receive",
    "refuse_waiver",
    "reindex",
    "reopen_round",
    "report_done",
    "send_back",
    "settle",
    "show",
    "sign_hours",
    "sign_tasking_hours",
    "sign_waiver",
    "unlock",
    "unlock_round",
    "withdraw",
    "withdraw_row",
]
