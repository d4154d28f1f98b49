"""A return of one of the region's forces: what it says, and approving it or sending it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules.lateness import late_words
from vkpp.records.collections.rules.rows import CertifyPage, SubmissionRow
from vkpp.records.ground.problems import NotThere
from vkpp.records.people.queries import Acts
from vkpp.web.parts.acting import status_of, tried
from vkpp.web.parts.shapes import Act, Column, Crumb, Fact, Table
from vkpp.web.region.forces import HOME, day, listing, regional

_ACTS = {"approve": "Approve the return", "return": "Send the return back"}
_WHAT = {
    "approve": "It goes on to the national team. You say that you have read it as a second pair of eyes, and see no reason to"
    " send it back.",
    "return": "It goes back to its force with your words, and its signatures no longer count. The force gets a letter.",
}
_DONE = {"approve": "The return is approved and with the national team.", "return": "The return is on its way back."}


class _Approving(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)


class _Returning(forms.Form):
    reason = forms.CharField(
        label="Reason",
        help_text="At most 300 characters. Name nobody and nothing by which somebody could be found.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "The reason is missing. Write a sentence that says why."},
    )


@require_GET
@regional
def shown(request: HttpRequest, submission: UUID) -> HttpResponse:
    """A return as the region reads it before it approves."""
    page = queries.submission_page(viewer=request.viewer, submission=submission)
    row, newest = page.row, page.versions[0] if page.versions else None
    summary = queries.certify_page(viewer=request.viewer, submission=submission) if newest and row.inside else None
    said = {
        "title": f"{row.organisation_name}, {row.period_words}",
        "crumbs": [HOME, listing()],
        "marking": page.marking,
        "row": row,
        "page": page,
        "newest": newest,
        "summary": summary,
        "position": _of_a_force(summary.position.sentence) if summary else "",
        "totals": _totals(summary) if summary else None,
        "facts": _facts(row),
        "changed": newest if newest and newest.inside and row.accepted and newest.number > row.accepted else None,
        "acts": Acts(
            tuple(act for act in _ACTS if act in row.acts.allowed),
            {act: row.acts.refused[act] for act in _ACTS if act in row.acts.refused},
        ),
        "offers": {
            act: Act(words, reverse("region:return_act", args=[submission, act]), "get", act != "approve")
            for act, words in _ACTS.items()
        },
    }
    return render(request, "region/return.html", said)


def _of_a_force(sentence: str) -> str:
    """What is said to a force of itself, said of it to others."""
    return sentence.replace("your size", "its size").replace("where yours sits", "where it sits")


def _facts(row: SubmissionRow) -> list[Fact]:
    late = late_words(row)
    return [
        Fact("Where it stands", row.state_words[:1].upper() + row.state_words[1:], row.next_words),
        Fact("Who holds it", row.holder),
        Fact("Due", day(row.due_on), late),
    ]


def _totals(summary: CertifyPage) -> Table:
    columns = (Column("What was sent"), Column("Records", numeric=True), Column("Accepted for the period before", numeric=True))
    rows = [(title, now, "Not known" if before is None else f"{before:,}") for title, now, before in summary.totals]
    return Table("What the return holds", columns, rows)


@require_http_methods(["GET", "POST"])
@regional
def act(request: HttpRequest, submission: UUID, name: str) -> HttpResponse:
    """Say what approving or sending back does, and do it when that is confirmed."""
    row = queries.submission_page(viewer=request.viewer, submission=submission).row
    if name not in _ACTS:
        raise NotThere
    kind: type[forms.Form] = _Approving if name == "approve" else _Returning
    form = kind(request.POST) if request.method == "POST" else kind(initial={"version": row.version})
    problem = None
    if form.is_bound:
        do: Callable[..., Any] = commands.approve if name == "approve" else commands.send_back
        problem = tried(form, lambda said: do(by=request.viewer, at=request.at, submission=submission, **said))
        if problem is None and form.is_valid():
            messages.success(request, _DONE[name])
            return HttpResponseRedirect(reverse("region:return", args=[submission]))
    said: dict[str, Any] = {
        "title": _ACTS[name],
        "crumbs": [
            HOME,
            listing(),
            Crumb(f"{row.organisation_name}, {row.period_words}", reverse("region:return", args=[submission])),
        ],
        "marking": row.marking,
        "row": row,
        "form": form,
        "what": _WHAT[name],
        "refused": row.acts.refused.get(name, ""),
        "back": reverse("region:return", args=[submission]),
    }
    return render(request, "region/act.html", said, status=status_of(form, problem))
