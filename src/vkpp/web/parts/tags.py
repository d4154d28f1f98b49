"""Template tags for the page parts; each takes a value of `shapes` and draws it with the same markup everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from vkpp.web.parts.shapes import CODE, Act, Crumb, Fact, Filters, Pages, Table, Tag, Tasks, shortened

register = template.Library()
register.filter("shortened", shortened)
_INPUTS = {
    forms.Select: "govuk-select",
    forms.Textarea: "govuk-textarea",
    forms.FileInput: "govuk-file-upload",
    forms.TextInput: "govuk-input",
}


@register.filter
def coded(words: object) -> SafeString:
    """Words with what stands between backticks as code; all of it is escaped as always."""
    *parts, last = CODE.split(str(words))  # words and code in turn, and words at the end
    drawn = format_html_join("", "{}<code>{}</code>", zip(parts[::2], parts[1::2], strict=True))
    return format_html("{}{}", drawn, last)


@register.inclusion_tag("parts/breadcrumbs.html")
def breadcrumbs(crumbs: Sequence[Crumb]) -> dict[str, Any]:
    return {"crumbs": crumbs}


@register.inclusion_tag("parts/tag.html")
def tag(status: Tag) -> dict[str, Any]:
    return {"status": status}


@register.inclusion_tag("parts/table.html")
def table(shown: Table) -> dict[str, Any]:
    return {"table": shown}


@register.inclusion_tag("parts/task_list.html")
def task_list(group: Tasks, key: str = "t", heading: str = "h2") -> dict[str, Any]:
    """`key` keeps the ids of two lists on one page apart."""
    return {"group": group, "key": key, "level": heading}


@register.inclusion_tag("parts/filters.html")
def filters(shown: Filters) -> dict[str, Any]:
    return {"filters": shown}


@register.inclusion_tag("parts/pagination.html")
def pagination(pages: Pages) -> dict[str, Any]:
    return {"pages": pages}


@register.inclusion_tag("parts/facts.html")
def facts(shown: Sequence[Fact]) -> dict[str, Any]:
    return {"facts": shown}


@register.inclusion_tag("parts/acts.html", takes_context=True)
def acts(context: template.Context, allowed: Any, offers: Mapping[str, Act], about: str = "") -> dict[str, Any]:
    """Buttons for what the viewer may do, and under "What you cannot do here, and why" the refusals in the server's own words.

    `allowed` is the row's Acts (`allowed`, `refused`); an act without an offer has no page and is left out of the buttons.
    """
    return {
        "offers": [offers[act] for act in allowed.allowed if act in offers],
        "refused": [(offers[act].words if act in offers else act, words) for act, words in allowed.refused.items()],
        "about": about,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("parts/error_summary.html")
def error_summary(source: Any) -> dict[str, Any]:
    """At the top of the page: every error of a form (or pairs of id and words), each leading to its field."""
    return {"errors": list(_errors(source))}


def _errors(source: Any) -> Iterable[tuple[str, str]]:
    if not isinstance(source, forms.BaseForm):
        yield from source or ()
        return
    first = next(iter(source.fields), "")
    for name, words in source.errors.items():
        target = source[name if name in source.fields else first].id_for_label if source.fields else "main"
        for word in words_of(source[name]) if name in source.fields else words:
            yield target, word


def words_of(bound: BoundField) -> list[str]:
    """What is wrong with a field. Django's own words for an empty one name no field, and two of them look the same."""
    default = forms.Field.default_error_messages["required"]
    return [f"{bound.label} is empty. Fill it in." if word == default else word for word in bound.errors]


@register.inclusion_tag("parts/field.html")
def field(bound: BoundField, label_class: str = "govuk-label--s") -> dict[str, Any]:
    """One field of a form: label, hint, the same error words as in the summary, and the widget with its classes and ids."""
    widget = bound.field.widget
    said = [f"{bound.auto_id}-hint"] if bound.help_text else []
    said += [f"{bound.auto_id}-error"] if bound.errors else []
    # A placeholder is no label: it goes as soon as somebody types.
    attrs: dict[str, Any] = {"class": _class_of(widget, bool(bound.errors)), "placeholder": False}
    if said:
        attrs["aria-describedby"] = " ".join(said)
    many = isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple))
    return {
        "field": bound,
        "errors": words_of(bound),
        "label_class": label_class,
        "kind": _kind_of(widget),
        "many": many,
        "drawn": "" if many else bound.as_widget(attrs=attrs),
        "described": " ".join(said),
    }


def _kind_of(widget: forms.Widget) -> str:
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return "checkboxes"
    return "radios" if isinstance(widget, forms.RadioSelect) else "input"


def _class_of(widget: forms.Widget, wrong: bool) -> str:
    given = widget.attrs.get("class", "")
    base = "govuk-input"
    if isinstance(widget, forms.CheckboxInput):
        base = "govuk-checkboxes__input"
    else:
        base = next((name for kind, name in _INPUTS.items() if isinstance(widget, kind)), base)
    return " ".join(part for part in (base, f"{base}--error" if wrong else "", given) if part)
