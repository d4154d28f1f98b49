"""Whether the area and the national team may look inside a return before it is certified: the force's own choice."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from vkpp.basics.problems import UsageProblem
from vkpp.records.collections import commands, queries
from vkpp.web.force import words

_DONE = {"show": "They can look now. You can take it back at any time.", "hide": "It is your force’s own again."}


@require_http_methods(["GET", "POST"])
def looking(request: HttpRequest, submission: UUID) -> HttpResponse:
    """What others see now, and the act that changes it.

    The button says which act it is: sent from a page that is no longer so, "keep it" must never let anybody look.
    """
    row = queries.submission_page(viewer=request.viewer, submission=submission).row
    act = "hide" if row.shown else "show"
    if request.method == "POST":
        if (wanted := request.POST.get("act", "")) not in _DONE:
            raise UsageProblem("The form did not say what to do.", next_step="open the page again and press its button")
        (commands.show if wanted == "show" else commands.hide)(by=request.viewer, at=request.at, submission=submission)
        messages.success(request, _DONE[wanted])
        return HttpResponseRedirect(words.at("looking", submission))
    said = {
        "title": "Who can look inside before it is certified",
        "crumbs": words.crumbs(row),
        "caption": words.caption(row),
        "marking": row.marking,
        "row": row,
        "receiver": words.receiver(row),
        "act": act,
        "refused": row.acts.refused.get(act, ""),
    }
    return render(request, "force/looking.html", said)


addresses: list[URLPattern] = [path("<uuid:submission>/looking/", looking, name="looking")]
