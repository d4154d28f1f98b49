"""The task list of one return: what is done, what is next, what cannot be started yet."""

from __future__ import annotations

from collections.abc import Sequence

from vkpp.records.collections import rules
from vkpp.records.collections.rules.rows import QueryRow, SubmissionRow, TaskLine, VersionRow
from vkpp.records.collections.states import OPEN, RECEIVED_WHOLE, RETURNED, TO_FIX, UNLOCKED


def task_lines(
    row: SubmissionRow, versions: Sequence[VersionRow], queries: Sequence[QueryRow], *, whole: bool, own: bool
) -> tuple[TaskLine, ...]:
    """The task list, in its order. A name starts with a verb; what cannot start says so and is no act."""
    newest = versions[0] if versions else None
    sent = row.state in RECEIVED_WHOLE
    return (
        _read_task(newest),
        _upload_task(row, newest),
        _fix_task(row, newest, sent=sent),
        _answer_task(row, newest, queries, sent=sent),
        _later("summary", "Read the summary", "What the area and the national team will see", whole or sent, done=sent),
        _certify_task(row, whole=whole, sent=sent),
        _receipt_task(sent, own=own),
        _pack_task(row, own=own),
    )


def _read_task(newest: VersionRow | None) -> TaskLine:
    """Nobody is asked to tick that they have read; once something was sent it is behind them."""
    status, kind = ("Read it first", "do") if newest is None else ("Completed", "done")
    return TaskLine("get_ready", "Read what changed, who will see the data, and why", "", status, kind)


def _upload_task(row: SubmissionRow, newest: VersionRow | None) -> TaskLine:
    again = "receive" in row.acts.allowed
    if newest is None:
        return TaskLine(
            "upload", "Upload your file", row.acts.refused.get("receive", ""), "Upload", "do", "receive" if again else ""
        )
    said = "Nothing to report" if newest.nil else ", ".join(name for name, _ in newest.files)
    if row.state in (RETURNED, UNLOCKED):
        return TaskLine("upload", "Upload your file", said, row.next_words, "do", "receive")
    return TaskLine("upload", "Upload your file", said, "Completed", "done", "receive" if again else "")


def _fix_task(row: SubmissionRow, newest: VersionRow | None, *, sent: bool) -> TaskLine:
    words, checked = "Fix the errors", newest is not None and (newest.nil or newest.checked_at is not None)
    if not checked:
        return TaskLine("fix", words, "", "Being checked" if newest else "Cannot start yet", "wait")
    if row.state == TO_FIX:
        return TaskLine("fix", words, newest.trouble if newest else "", row.next_words, "fix", "receive")
    return TaskLine("fix", words, "", "Completed", "done")


def _answer_task(row: SubmissionRow, newest: VersionRow | None, queries: Sequence[QueryRow], *, sent: bool) -> TaskLine:
    offered = sum(bool(one.offered) and one.state == OPEN for one in queries)
    hint = f"{rules.counted(offered, 'reason')} filled in from last quarter" if offered else ""
    if row.open_queries:
        status = f"Answer {rules.counted(row.open_queries, 'query', 'queries')}"
        return TaskLine("answer", "Answer the queries", hint, status, "do", "answer" if "answer" in row.acts.allowed else "")
    if newest is None or not (newest.nil or newest.checked_at):
        return TaskLine("answer", "Answer the queries", "", "Cannot start yet", "wait")
    return TaskLine("answer", "Answer the queries", "", "Completed", "done")


def _certify_task(row: SubmissionRow, *, whole: bool, sent: bool) -> TaskLine:
    words, hint = "Ask your certifier to sign", "They can sign on a phone. It cannot be you"
    if sent:
        return TaskLine("certify", words, "", "Completed", "done")
    if row.state == "to_certify":
        return TaskLine("certify", words, "", "With the certifier", "wait", "certify" if "certify" in row.acts.allowed else "")
    if "offer" in row.acts.allowed:
        return TaskLine("certify", words, hint, "Ask now", "do", "offer")
    return TaskLine("certify", words, hint, "Cannot start yet", "wait")


def _receipt_task(sent: bool, *, own: bool) -> TaskLine:
    """Its force saves it; whoever else sees the return can read it."""
    hint = "File fingerprint, counts, times and roles"
    if own:
        return _later("receipt", "Save your receipt", hint, sent, done=False)
    status, kind = ("Read", "do") if sent else ("Cannot start yet", "wait")
    return TaskLine("receipt", "Read the receipt", hint, status, kind, "receipt" if sent else "")


def _pack_task(row: SubmissionRow, *, own: bool) -> TaskLine:
    """It is made of the accepted version, and is for its own force only."""
    words, hint = "Read your force’s pack", "Your figures, where you sit, and your data quality"
    if row.accepted and own:
        return TaskLine("pack", words, hint, "Read", "do", "pack")
    return TaskLine("pack", words, hint, "For its force only" if row.accepted else "Cannot start yet", "wait")


def _later(name: str, words: str, hint: str, ready: bool, *, done: bool) -> TaskLine:
    if not ready:
        return TaskLine(name, words, hint, "Cannot start yet", "wait")
    return TaskLine(
        name, words, hint, "Completed" if done else "Read" if name == "summary" else "Save", "done" if done else "do", name
    )
