"""What the national team fills in: rounds, more time, taskings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from vkpp.basics.periods import Period
from vkpp.basics.problems import Problem
from vkpp.records.collections.rules import register
from vkpp.records.collections.rules.words import LONGEST

_DAY = ("%d/%m/%Y", "%Y-%m-%d", "%d %B %Y", "%d %b %Y")
_LONG = 500


def _day(label: str, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=f"{help_text} Day, month and year, such as 5/1/2026.".strip(),
        input_formats=_DAY,
        widget=forms.DateInput(format="%d/%m/%Y", attrs={"class": "govuk-input--width-10"}),
        error_messages={
            "required": f"{label} is empty. Write a day, such as 5/1/2026.",
            "invalid": f"{label} cannot be read as a day. Write day, month and year, such as 5/1/2026.",
        },
    )


def _number(label: str, help_text: str = "", *, least: int = 1) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        min_value=least,
        max_value=500,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-4"}),
        error_messages={"required": f"{label} is empty. Write a number.", "invalid": f"{label} must be a whole number."},
    )


def _hours(label: str, help_text: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        help_text=help_text,
        min_value=0,
        max_digits=7,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "govuk-input--width-4"}),
        error_messages={"required": f"{label} is empty. Write a number, such as 4.", "invalid": f"{label} must be a number."},
    )


def _text(label: str, help_text: str = "", *, required: bool = True, most: int = _LONG) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=most,
        required=required,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": f"{label} is empty. Write a sentence."},
    )


class _Periodic(forms.Form):
    period = forms.CharField(
        label="Period",
        help_text="Such as CY2026Q1 (January to March 2026), CY2026 for a calendar year, FY2026-27 for a financial year.",
        max_length=12,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
        error_messages={"required": "Period is empty. Write one, such as CY2026Q1."},
    )
    opens_on = _day("Day on which it opens")

    def clean_period(self) -> str:
        try:
            return Period.parse(self.cleaned_data["period"]).code
        except Problem as problem:
            raise forms.ValidationError(str(problem)) from None


class Cloned(_Periodic):
    """The next round from an earlier one."""


class NewRound(_Periodic):
    """A round that is not cloned."""

    field_order = ("collection", "period", "opens_on", "working_days")
    working_days = _number("Working days that forces have", "From the opening to the deadline. Bank holidays do not count.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        titles = [(name, register.catalogue().specification(name).title) for name in register.catalogue().collections]
        self.fields["collection"] = forms.ChoiceField(label="Collection", choices=titles)
        self.order_fields(self.field_order)


class EditRound(forms.Form):
    """What may be changed in a draft."""

    opens_on = _day("Day on which it opens")
    working_days = _number("Working days that forces have", "From the opening to the deadline. Bank holidays do not count.")
    hours = _hours("Hours of one force", "For preparing, checking, answering and certifying this return.")
    hours_rest_on = _text("What the hours rest on", "Measured, or thought? By whom and when?")
    already_held = _text("What is already held", "Which parts of what is asked somebody holds already, and why they do not do.")

    def __init__(self, forces: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["respondents"] = _forces("Forces on the list", forces)


def _forces(label: str, forces: Sequence[tuple[str, str]]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=forces,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "No force is chosen. Choose at least one."},
    )


class MoreTime(forms.Form):
    """A later deadline for one force."""

    working_days = _number("Working days more", "Counted from the deadline as it stands.")
    reason = forms.CharField(
        label="Reason",
        help_text="At most 300 characters. It stands beside the return.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "The reason is missing. Write a sentence that says why."},
    )


class NewTasking(forms.Form):
    """Something asked of forces beside the returns."""

    title = forms.CharField(label="Title", max_length=160, error_messages={"required": "Title is empty. Write a few words."})
    purpose = _text("Purpose", "What will be known or done with it that is not now.", most=LONGEST)
    basis = _text("Lawful basis", "On what ground forces may give it.", most=LONGEST)
    working_days = _number("Working days until the deadline", "Counted from today.")
    hours = _hours("Hours of one force", "They count in what each force is asked for in the quarter.")

    def __init__(
        self, forces: Sequence[tuple[str, str]], members: Sequence[tuple[str, str]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisations"] = _forces("Forces that are asked", forces)
        self.fields["members"] = forms.MultipleChoiceField(
            label="Organisations that work on it together",
            help_text="Each reads the rows that are agreed for it, and no other. Without any, the tasking is not joint.",
            choices=members,
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
        self.fields["looked"] = forms.BooleanField(required=False, widget=forms.HiddenInput)


class GiveRow(forms.Form):
    """A row of a joint tasking, and for whom it was agreed."""

    what = forms.CharField(
        label="What it is about", max_length=160, error_messages={"required": "What it is about is empty. Write a few words."}
    )
    words = _text(
        "The row",
        f"At most {LONGEST} characters. Name nobody and nothing by which somebody could be found.",
        most=LONGEST,
    )

    def __init__(
        self, givers: Sequence[tuple[str, str]], members: Sequence[tuple[str, str]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if len(givers) > 1:
            self.fields["organisation"] = forms.ChoiceField(label="Given by", choices=givers)
        self.fields["agreed"] = forms.MultipleChoiceField(
            label="Agreed for",
            help_text="Only those that you choose will ever see it.",
            choices=members,
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": "The row is agreed for nobody. Choose at least one member."},
        )


def next_period(code: str) -> str:
    """The period after this one, of the same length."""
    found = Period.parse(code)
    if found.quarter is None:
        return Period(found.kind, found.year + 1).code
    last = found.quarter == 4
    return Period(found.kind, found.year + last, 1 if last else found.quarter + 1).code


def shown_day(day: date) -> str:
    """5 January 2026."""
    return f"{day:%-d %B %Y}"
