"""A form that stands before a command: tried, its refusal shown beside the fields, and the status that the page then has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms

from vkpp.basics.problems import Problem, RefusedByRule
from vkpp.records.ground.problems import NotThere


def tried(form: forms.Form, do: Callable[[Mapping[str, Any]], object], field: str | None = None) -> Problem | None:
    """Do it with what a valid form holds. Gives a problem back, shown at the field or above the form; NotThere goes on."""
    if not form.is_valid():
        return None
    try:
        do(form.cleaned_data)
    except NotThere:
        raise
    except Problem as problem:
        form.add_error(field, str(problem))
        return problem
    return None


def status_of(form: forms.Form, problem: Problem | None) -> int:
    """Of a page that shows a form: 200 before it is sent, 403 where a rule refused, 400 for the person's own slip."""
    if not form.is_bound:
        return 200
    return 403 if isinstance(problem, RefusedByRule) else 400
