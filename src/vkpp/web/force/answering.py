"""Answers to queries: a reason each, last quarter's filled in to keep or change, printed in the national notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from vkpp.basics.problems import Problem
from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules import counted
from vkpp.records.collections.rules.rows import QueryRow
from vkpp.records.collections.rules.words import LONGEST
from vkpp.records.ground.problems import NotThere, Refused
from vkpp.web.force import words


class Answers(forms.Form):
    """A reason for each query that may be answered now; one that is left empty waits."""

    def __init__(self, found: Sequence[QueryRow], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in found:
            self.fields[one.id.hex] = forms.CharField(
                label="Why it is right",
                help_text=_hint(one),
                required=False,
                initial=one.answer or one.offered,
                widget=forms.Textarea(attrs={"rows": 3}),
            )


def _hint(one: QueryRow) -> str:
    own = f"At most {LONGEST} characters. Name nobody."
    if one.state == "open" and one.offered and not one.answer:
        return f"Filled in from your answer last time. It counts once you save: keep it, change it or empty it. {own}"
    return own


@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, submission: UUID) -> HttpResponse:
    """Every query on a return, with room for a reason."""
    page = queries.submission_page(viewer=request.viewer, submission=submission)
    row = page.row
    refused = row.acts.refused.get("answer", "")
    if request.method == "POST" and refused:
        raise Refused(refused, next_step="open the page again: it says what can be done now, and who can do it")
    may = [one for one in page.queries if not refused and "answer" in one.acts.allowed]
    form = Answers(may, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        kept = _kept(request, form, may)
        if not form.errors:
            return _gone_on(request, submission, kept)
        status = 400
    said = {
        "title": "Answer the queries",
        "crumbs": words.crumbs(row),
        "caption": words.caption(row),
        "marking": row.marking,
        "row": row,
        "form": form,
        "refused": refused,
        "queries": [(one, form[one.id.hex] if one.id.hex in form.fields else None, _about(one)) for one in page.queries],
        "editable": bool(may),
    }
    return render(request, "force/answer.html", said, status=status)


def _about(one: QueryRow) -> str:
    touched = f" It touches {counted(one.records, 'record')} at most." if one.records is not None else ""
    return f"{counted(one.places, 'place')}.{touched}"


def _kept(request: HttpRequest, form: Answers, found: Sequence[QueryRow]) -> int:
    """Keep each reason that is new or changed; words that a rule refuses are said beside their field. Gives how many."""
    kept = 0
    if not form.is_valid():
        return 0
    for one in found:
        said = form.cleaned_data[one.id.hex]
        if not said or (one.state != "open" and said == one.answer):
            continue
        try:
            commands.answer(by=request.viewer, at=request.at, query=one.id, reason=said)
        except NotThere:
            raise
        except Problem as problem:
            form.add_error(one.id.hex, str(problem))
        else:
            kept += 1
    if not kept and not form.errors and found:
        form.add_error(found[0].id.hex, "No reason was written or changed. Write why it is right, or send a corrected file.")
    return kept


def _gone_on(request: HttpRequest, submission: UUID, kept: int) -> HttpResponse:
    left = queries.submission_page(viewer=request.viewer, submission=submission).row.open_queries
    said = f"{counted(kept, 'reason')} kept."
    if left:
        messages.success(request, f"{said} {counted(left, 'query', 'queries')} left to answer.")
        return HttpResponseRedirect(words.at("answer", submission))
    messages.success(request, f"{said} Every query is answered.")
    return HttpResponseRedirect(words.at("return", submission))
