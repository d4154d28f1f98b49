"""Acts on a return that ask for words first: each on a page that says what it does, and shows a refusal in the rule's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.text import Truncator
from django.views.decorators.http import require_http_methods, require_POST

from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules import counted, register
from vkpp.records.collections.rules.rows import CheckRow, SubmissionPage
from vkpp.records.collections.rules.words import LONGEST
from vkpp.web.force import words
from vkpp.web.parts.acting import status_of, tried
from vkpp.web.parts.pace import told


class Reason(forms.Form):
    """Why."""

    reason = forms.CharField(
        label="Reason",
        help_text=f"At most {LONGEST} characters. Name nobody and nothing by which somebody could be found.",
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "The reason is missing. Write a sentence that says why."},
    )


class Waiver(Reason):
    """Why, and whether for the whole return or for one check that found errors in it."""

    check = forms.ChoiceField(label="What should be waived", required=False)
    field_order = ("check", "reason")

    def __init__(self, checks: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["check"].choices = [("", "The whole return"), *checks]


@dataclass(frozen=True, slots=True)
class Deed:
    """An act as its page offers it: its words, what it does, what is said once it is done; `act` is the row's, if it is one."""

    words: str
    what: str
    done: str
    act: str = ""


NIL = Deed(
    "Say that there is nothing to report",
    "A nil return is a return: it is certified, approved and counted like any other. Your reason is printed in the national"
    " notes.",
    "Recorded: there is nothing to report. Ask your certifier to sign.",
    "declare_nil",
)
WITHDRAW = Deed(
    "Take the corrected return back",
    "The version that was accepted before stands again. Nothing that is published changes.",
    "The corrected return is taken back. The version accepted before stands.",
    "withdraw",
)
SEND_BACK = Deed(
    "Send it back with a reason",
    "The return goes back to its returns officer, who gets a letter. They can answer, or send a corrected file.",
    "The return is with its returns officer again.",
    "return",
)
WAIVER = Deed(
    "Ask for a waiver",
    "The national lead decides. A waiver that is signed is published with its reason.",
    "Asked. The national lead decides.",
)


@require_POST
def offer(request: HttpRequest, submission: UUID) -> HttpResponse:
    """Ask the certifier to sign. A force without one is told so."""
    letters = commands.offer(by=request.viewer, at=request.at, submission=submission)
    if letters:
        messages.success(request, "Your certifier has a letter. You can take no step until they sign or send it back.")
    else:
        messages.warning(
            request,
            "Nobody in your force is a certifier yet, so no letter went. Ask your access manager to give somebody the role;"
            " the return waits for them.",
        )
    return HttpResponseRedirect(words.at("return", submission))


@require_http_methods(["GET", "POST"])
def nil(request: HttpRequest, submission: UUID) -> HttpResponse:
    return _asked(request, submission, NIL, commands.declare_nil)


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, submission: UUID) -> HttpResponse:
    return _asked(request, submission, WITHDRAW, commands.withdraw)


@require_http_methods(["GET", "POST"])
def send_back(request: HttpRequest, submission: UUID) -> HttpResponse:
    return _asked(request, submission, SEND_BACK, commands.send_back)


@require_http_methods(["GET", "POST"])
def waiver(request: HttpRequest, submission: UUID) -> HttpResponse:
    return _asked(request, submission, WAIVER, commands.ask_waiver, _waiving)


def _reason(page: SubmissionPage, data: Any) -> Reason:
    return Reason(data)


def _waiving(page: SubmissionPage, data: Any) -> Reason:
    found = [one for one in page.checks if one.severity == "error" and not one.waived]
    return Waiver([(one.check, _found(page.row.collection, one)) for one in found], data)


def _found(collection: str, one: CheckRow) -> str:
    """A check by its words and no record's values, which are read on pages that the read log counts."""
    words = Truncator(register.asks(collection, one.check)).chars(90)
    return f"{words} ({counted(one.places, 'place')}, {one.sheets or one.table})"


def _replaced(page: SubmissionPage) -> str:
    """What a nil return takes the place of, where files were sent before it; "" where none were."""
    before = page.versions[0] if page.versions else None
    if before is None or before.nil:
        return ""
    held = counted(sum(before.records.values()), "record") if before.records else "no record that could be read"
    return f"Files were sent before: version {before.number}, with {held}. A nil return takes its place: is there nothing?"


def _asked(
    request: HttpRequest,
    submission: UUID,
    deed: Deed,
    do: Callable[..., object],
    asks: Callable[[SubmissionPage, Any], Reason] = _reason,
) -> HttpResponse:
    """The page of an act; after a POST the return, or the page again with what stood in the way."""
    page = queries.submission_page(viewer=request.viewer, submission=submission)
    form, problem = asks(page, request.POST if request.method == "POST" else None), None
    if form.is_bound:
        problem = tried(form, lambda said: do(by=request.viewer, at=request.at, submission=submission, **said))
        if problem is None and form.is_valid():
            messages.success(request, deed.done)
            return HttpResponseRedirect(words.at("return", submission))
    refused = page.row.acts.refused.get(deed.act, "")
    said = {
        "title": deed.words,
        "crumbs": words.crumbs(page.row),
        "caption": words.caption(page.row),
        "marking": page.marking,
        "row": page.row,
        "deed": deed,
        "form": form,
        "refused": refused,
        "replaced": _replaced(page) if deed is NIL else "",
    }
    return told(render(request, "force/act.html", said, status=status_of(form, problem)), problem)
