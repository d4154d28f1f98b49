"""A return's own marking, which its force makes stricter: the national team alone lowers one, with a reason."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from vkpp.records.collections import commands, queries
from vkpp.web.force import words
from vkpp.web.force.acting import Deed
from vkpp.web.parts.acting import status_of, tried
from vkpp.web.parts.marking import Stricter, marked_now

DEED = Deed(
    "Raise the marking",
    "The marking stands at the head and foot of every page, print and file of this return, and mails about it say less. You can"
    " make it stricter; the national team can lower it again, with a reason.",
    "The marking is set. Files that were made already get it within a minute or two.",
    "raise_marking",
)


@require_http_methods(["GET", "POST"])
def marking(request: HttpRequest, submission: UUID) -> HttpResponse:
    """The marking that stands, and a stricter one."""
    row = queries.submission_page(viewer=request.viewer, submission=submission).row
    form, problem = Stricter(request.POST if request.method == "POST" else None, initial=marked_now(row.own_marking)), None
    if form.is_bound:
        act = {"by": request.viewer, "at": request.at, "submission": submission}
        problem = tried(form, lambda said: commands.raise_marking(**act, **said))
        if problem is None and form.is_valid():
            messages.success(request, DEED.done)
            return HttpResponseRedirect(words.at("return", submission))
    said = {
        "title": DEED.words,
        "crumbs": words.crumbs(row),
        "caption": words.caption(row),
        "marking": row.marking,
        "row": row,
        "deed": DEED,
        "lines": [f"The round is marked {row.round_marking}, and this return {row.own_marking}."],
        "form": form,
        "refused": row.acts.refused.get(DEED.act, ""),
    }
    return render(request, "force/act.html", said, status=status_of(form, problem))


addresses: list[URLPattern] = [path("<uuid:submission>/marking/", marking, name="marking")]
