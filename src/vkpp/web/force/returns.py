"""One return: its task list, what it asks and who will see it, and the summary that its force reads before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from vkpp.records.collections import queries
from vkpp.records.collections.rules import counted, register
from vkpp.records.collections.rules.rows import CertifyPage, SubmissionPage, SubmissionRow, TaskLine, VersionRow
from vkpp.records.collections.rules.turns import waits_for
from vkpp.web.force import charts, words
from vkpp.web.parts.shapes import Act, Cell, Column, Fact, Table, Tag, Task, Tasks

_GROUPS = (
    ("1. Get ready", ("get_ready",)),
    ("2. Check and complete", ("upload", "fix", "answer")),
    ("3. Certify and send", ("summary", "certify")),
    ("4. After you send", ("receipt", "pack")),
)
_BESIDE = ("declare_nil", "withdraw", "raise_marking")


@require_GET
def shown(request: HttpRequest, submission: UUID) -> HttpResponse:
    """The return's task list: what to do next, and everything that was sent."""
    page = queries.submission_page(viewer=request.viewer, submission=submission)
    row, offered = page.row, words.offers(page.row, *_BESIDE)
    mine = waits_for(row, request.viewer)
    said = {
        "title": f"{row.title}, {row.period_words}",
        "crumbs": words.crumbs(),
        "marking": page.marking,
        "page": page,
        "row": row,
        "caption": words.caption(row),
        "heading": _heading(row, mine),
        "due": "" if row.holder in ("Nobody", "National team", "Approval area") else words.due(row),
        "next": _next(page),
        "may_offer": "offer" in row.acts.allowed,
        "groups": [(f"g{n}-", _group(heading, names, page)) for n, (heading, names) in enumerate(_GROUPS)],
        "offers": offered,
        "beside": words.only(row.acts, offered),
        "receiver": words.receiver(row),
        "versions": _versions(page.versions),
        "mine": mine,
        "prepares": request.viewer.may("collections.prepare", row.organisation),
        "certifies": request.viewer.may("collections.certify", row.organisation),
    }
    return render(request, "force/return.html", said)


def _heading(row: SubmissionRow, mine: bool) -> str:
    """What is to be done next, with whose turn it is where it is another's."""
    if mine or row.holder == "Nobody":
        return row.next_words
    return f"{row.holder}: {row.next_words[0].lower()}{row.next_words[1:]}"


def _next(page: SubmissionPage) -> Act | None:
    """The one link of the panel: where the next step is done; None where it is not the viewer's."""
    row, allowed = page.row, set(page.row.acts.allowed)
    send = ("receive", "Upload your file", "send")
    steps = {
        "checking": ("", "See how the checks get on", "results"),
        "to_fix": ("", "See what to fix", "results"),
        "to_answer": ("answer", "Answer the queries", "answer"),
        "ready": ("offer", "Read the summary, then ask your certifier", "summary"),
        "to_certify": ("", "Read the return and certify it", "certify"),
        "accepted": ("", "Save the receipt", "receipt"),
        "locked": ("", "Save the receipt", "receipt"),
    }
    needs, said, name = steps.get(row.state, send)
    if row.state == "to_certify" and "certify" not in allowed:
        said, name = "Look at what your certifier reads", "summary"
    return Act(said, words.at(name, row.id)) if not needs or needs in allowed else None


def _group(heading: str, names: Sequence[str], page: SubmissionPage) -> Tasks:
    by_name = {line.name: line for line in page.tasks}
    return Tasks(heading, [_task(by_name[name], page) for name in names])


def _task(line: TaskLine, page: SubmissionPage) -> Task:
    return Task(line.words, Tag(line.status, words.KINDS[line.kind]), _address(line, page), line.hint)


def _address(line: TaskLine, page: SubmissionPage) -> str:
    """Where a line of the task list leads; "" where it cannot start yet, or where it is not the viewer's."""
    row, newest = page.row, page.versions[0] if page.versions else None
    checked = newest is not None and not newest.nil
    started = {
        "get_ready": "ready",
        "upload": "send" if line.act else "results" if checked else "",
        "fix": "results" if checked else "",
        "answer": "answer" if page.queries else "",
        "summary": "summary" if line.kind != "wait" else "",
        "certify": {"certify": "certify", "offer": "summary"}.get(line.act, ""),
        "receipt": "receipt" if line.kind != "wait" else "",
        "pack": "pack" if line.act else "",
    }[line.name]
    return words.at(started, row.id) if started else ""


def _versions(found: Sequence[VersionRow]) -> Table:
    columns = (Column("Version"), Column("Received"), Column("What"), Column("What the checks said"), Column("Fingerprint"))
    return Table("Everything that was sent", columns, [_version(one) for one in found], "Nothing was sent yet.")


def _version(one: VersionRow) -> list[Cell | str | int]:
    what = one.nil_reason if one.nil else ", ".join(name for name, _ in one.files)
    if one.fixed_from:
        done = "to be fixed on screen" if one.trouble else "fixed on screen"
        what = f"{what}: {counted(one.fixed_cells, 'cell')} of version {one.fixed_from} {done}"
    return [str(one.number), charts.instant(one.received_at), what, _checked(one), Cell(one.sha256[:12], code=True)]


def _checked(one: VersionRow) -> str:
    if one.nil:
        return "A nil return"
    if one.checked_at is None:
        return "Being checked"
    return "It could not be checked" if one.trouble else f"{one.errors:,} errors, {one.queries:,} queries, {one.notes:,} notes"


@require_GET
def ready(request: HttpRequest, submission: UUID) -> HttpResponse:
    """What changed since the last round, what is asked, who will see it and why, and how long it is kept."""
    row = queries.submission_page(viewer=request.viewer, submission=submission).row
    specification = register.catalogue().specification(row.collection)
    said = {
        "title": "What changed, who will see the data, and why",
        "crumbs": words.crumbs(row),
        "marking": row.marking,
        "caption": words.caption(row),
        "row": row,
        "changes": queries.round_changes(viewer=request.viewer, round_=row.round),
        "specification": specification,
        "receiver": words.receiver(row),
        "tables": [
            Table(
                f"{table.title}: columns",
                (Column("Column"), Column("What it holds"), Column("Must it be there?")),
                [(field.title, field.description, "Yes" if field.required else "If you hold it") for field in table.fields],
            )
            for table in specification.tables
        ],
    }
    return render(request, "force/ready.html", said)


@require_GET
def summary(request: HttpRequest, submission: UUID) -> HttpResponse:
    """What the area and the national team will see, read before anybody is asked to sign."""
    found = queries.certify_page(viewer=request.viewer, submission=submission)
    row = found.row
    offer = {"offer": Act("Ask your certifier to sign", words.at("offer", row.id), "post")}
    said = {
        "title": "Read the summary",
        "crumbs": words.crumbs(row),
        "row": row,
        "offers": offer,
        "acts": words.only(row.acts, offer),
        **summed(found),
    }
    return render(request, "force/summary.html", said)


def summed(found: CertifyPage) -> dict[str, object]:
    """What the summary and the certifier's page both show."""
    row = found.row
    return {
        "page": found,
        "marking": row.marking,
        "caption": words.caption(row),
        "receiver": words.receiver(row),
        "totals": [Fact(title, f"{now:,}", _before(before, row)) for title, now, before in found.totals],
        "run": charts.run(found.moved),
        "scale": charts.scale(found.moved),
        "run_table": charts.run_table(found.moved),
        "place": charts.place(found.position, row.organisation_name),
        "answered": [one for one in found.queries if one.answer],
        "open": [one for one in found.queries if one.state == "open"],
    }


def _before(before: int | None, row: SubmissionRow) -> str:
    return "nothing earlier to compare with" if before is None else f"{before:,} in the period before"
