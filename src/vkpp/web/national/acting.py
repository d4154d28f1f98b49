"""An act on a page of its own: what it does is said first, a refusal stands there in the rule's words, and a POST does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from vkpp.basics.markings import OFFICIAL, Marking
from vkpp.records.collections.rules.words import LONGEST
from vkpp.records.people.queries import Acts
from vkpp.web.parts import proof
from vkpp.web.parts.acting import status_of, tried
from vkpp.web.parts.shapes import Act, Crumb


class Nothing(forms.Form):
    """An act that asks nothing."""


class Reason(forms.Form):
    """An act that asks why."""

    reason = forms.CharField(
        label="Reason",
        help_text=f"At most {LONGEST} characters. Name nobody and nothing by which somebody could be found.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "The reason is missing. Write a sentence that says why."},
    )


class OfVersion(forms.Form):
    """An act on the version that was read, and on no other."""

    version = forms.IntegerField(widget=forms.HiddenInput)


@dataclass(frozen=True, slots=True)
class Deed:
    """An act as these pages offer it: the button's words, what it does, what is said once it is done, and what it asks."""

    words: str
    what: str
    done: str | Callable[[], str]  # where it shows only afterwards what was done
    form: type[forms.Form] = Nothing
    secondary: bool = True
    proof: bool = False  # asks for a fresh code or key first, as a signature does


@dataclass(frozen=True, slots=True)
class Asking:
    """What the page of one act shows around it."""

    caption: str
    back: str
    crumbs: Sequence[Crumb]
    marking: Marking = OFFICIAL
    refused: str = ""
    lines: Sequence[str] = ()
    initial: Mapping[str, Any] = field(default_factory=dict)


def asked(
    request: HttpRequest, deed: Deed, about: Asking, do: Callable[[Mapping[str, Any]], object], area: str = "national"
) -> HttpResponse:
    """The page of an act, or after a POST the page that it came from. A refusal shows beside the form."""
    form = deed.form(request.POST) if request.method == "POST" else deed.form(initial=about.initial)
    if request.method == "GET" and deed.proof:
        proof.taken(request)  # nothing was written there: the person presses once more
    status = 200
    if request.method == "POST" and deed.proof and not about.refused and form.is_valid() and not proof.is_fresh(request):
        status = 403
        if led := proof.asked(request, form, {}):
            return led
    elif request.method == "POST":
        problem = tried(form, do)
        if problem is None and form.is_valid():
            messages.success(request, deed.done if isinstance(deed.done, str) else deed.done())
            return HttpResponseRedirect(about.back)
        status = status_of(form, problem)
    said = {
        "title": deed.words,
        "crumbs": about.crumbs,
        "marking": about.marking,
        "form": form,
        "deed": deed,
        "caption": about.caption,
        "back": about.back,
        "lines": about.lines,
        "refused": about.refused,
    }
    return render(request, f"{area}/act.html", said, status=status)


def offers(deeds: Mapping[str, Deed], address: Callable[[str], str]) -> dict[str, Act]:
    """A button for each act, leading to its page."""
    return {name: Act(deed.words, address(name), "get", deed.secondary) for name, deed in deeds.items()}


def only(acts: Acts, deeds: Mapping[str, Deed]) -> Acts:
    """Of a row's acts those that these pages offer; what other people do is told on their own pages."""
    return Acts(
        tuple(name for name in deeds if name in acts.allowed),
        {name: acts.refused[name] for name in deeds if name in acts.refused},
    )
