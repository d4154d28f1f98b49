"""Every page part on one page, for the tests alone, with words that would do harm if a part did not escape them."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from vkpp.basics.markings import Level, Marking
from vkpp.ops import urls as service
from vkpp.records.people.queries import Acts
from vkpp.web.parts.policy import policy_adds
from vkpp.web.parts.shapes import Act, Cell, Choice, Column, Crumb, Fact, Filters, Pages, Table, Tag, Task, Tasks

BAD = '<img src=x onerror="alert(1)">'
TEMPLATE = """{% extends "parts/page.html" %}{% block main %}<h1 class="govuk-heading-l">{{ title }}</h1>
{% facts facts %}{% task_list tasks "a" %}{% filters filters %}{% table table %}{% pagination pages %}
{% acts acts offers "return" %}
<form method="post" novalidate>{% csrf_token %}{% for bound in form %}{% field bound %}{% endfor %}</form>
{% table none %}{% endblock %}"""


class Form(forms.Form):
    words = forms.CharField(label="Reason " + BAD, help_text="In a sentence.", widget=forms.Textarea)
    choice = forms.ChoiceField(label="Choose", choices=[("a", "One"), ("b", BAD)])
    either = forms.ChoiceField(label="Either", choices=[("a", "One"), ("b", "Two")], widget=forms.RadioSelect)
    several = forms.MultipleChoiceField(label="Several", choices=[("a", "One")], widget=forms.CheckboxSelectMultiple)
    sure = forms.BooleanField(label="I have read it")
    file = forms.FileField(label="Your file", help_text="CSV or XLSX, up to 200 MB.")


@policy_adds(worker_src=("'self'",))
def parts(request: HttpRequest) -> HttpResponse:
    columns = (Column("Check"), Column("Value"), Column("Places", numeric=True), Column("What to do"))
    rows = [
        (Cell("Age does not match the dates", "/x", BAD), Cell(BAD, code=True), 38, Cell("Fix", tag="fix")),
        ("A long name that has to break on a phone_because_it_has_no_space_in_it_at_all", BAD, 1234, "Read it"),
        ("All", "", 1272, ""),
    ]
    filters = Filters([Choice("check", "Check", [("", "All"), ("age", BAD)], "age")], "/parts/", {"order": 'file"><b>'})
    task = Task("Fix the errors " + BAD, Tag("Fix 4 kinds of error", "fix"), "/fix/", "72 places " + BAD)
    said = {
        "title": "Parts",
        "marking": Marking(Level.OFFICIAL_SENSITIVE, "For the force named only"),
        "crumbs": [Crumb("Home", "/"), Crumb(BAD, "/up/")],
        "facts": [Fact("Errors", 72, "in 4 checks"), Fact("Rows read", "1,341", BAD)],
        "tasks": Tasks(
            "2. Check and complete", [task, Task("Certify", Tag("Cannot start yet", "")), Task("Go", Tag("Done", ""), "/")]
        ),
        "filters": filters,
        "table": Table("Findings " + BAD, columns, rows, total=True),
        "none": Table("Queries", columns, [], empty="No query is open."),
        "pages": Pages(2, 120, "/parts/", "findings", kept={"check": "age"}),
        "acts": Acts(("send", "nowhere"), {"accept": "Only the national team can accept " + BAD}),
        "offers": {"send": Act("Send", "/send/", "post"), "accept": Act("Accept", "/accept/")},
        "form": Form(request.POST) if request.method == "POST" else Form(),
    }
    return HttpResponse(engines["django"].from_string(TEMPLATE).render(said, request))


urlpatterns = [path("parts/", parts), *service.urlpatterns]
handler404 = service.handler404
