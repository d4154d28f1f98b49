"""The form of a marking: for whoever may only make it stricter, and for whoever may lower it with a reason."""

from __future__ import annotations

from typing import Any

from django import forms

from vkpp.basics.markings import Level, Marking
from vkpp.records.collections.rules.marking import LONGEST_HANDLING, REASONS


class Stricter(forms.Form):
    """A level, and handling words where there are any."""

    level = forms.TypedChoiceField(
        label="Marking", coerce=int, choices=[(int(one), one.words) for one in Level], widget=forms.RadioSelect
    )
    handling = forms.CharField(
        label="Handling instruction (optional)",
        help_text="It stands after the marking on every page, print and file. Name nobody.",
        required=False,
        max_length=LONGEST_HANDLING,
    )


class Mark(Stricter):
    """The same, and why where it is less strict than before."""

    reason = forms.ChoiceField(
        label="Reason, if it becomes less strict",
        required=False,
        choices=[("", "It does not become less strict"), *REASONS.items()],
    )


def marked_now(marking: Marking) -> dict[str, Any]:
    """What the form says before anything is changed."""
    return {"level": int(marking.level), "handling": marking.handling}
