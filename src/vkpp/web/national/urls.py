"""The addresses of the national team's pages, all under /rounds/."""

from __future__ import annotations

from django.urls import URLPattern, path

from vkpp.web.national import files, joint, notes, published, returns, rounds, taskings, waivers

app_name = "national"
urlpatterns: list[URLPattern] = [
    path("", rounds.listed, name="rounds"),
    path("new/", rounds.new, name="new_round"),
    path("returns/<uuid:submission>/", returns.shown, name="return"),
    path("returns/<uuid:submission>/queries/<uuid:query>/<slug:name>/", returns.query_act, name="query_act"),
    path("returns/<uuid:submission>/<slug:name>/", returns.act, name="return_act"),
    path("taskings/", taskings.listed, name="taskings"),
    path("taskings/new/", taskings.new, name="new_tasking"),
    path("taskings/<uuid:tasking>/", taskings.shown, name="tasking"),
    path("taskings/<uuid:tasking>/edit/", taskings.edit, name="edit_tasking"),
    path("joint/", joint.listed, name="joints"),
    path("joint/<uuid:tasking>/", joint.shown, name="joint"),
    path("joint/<uuid:tasking>/rows/<uuid:row>/withdraw/", joint.withdraw, name="withdraw_row"),
    path("taskings/<uuid:tasking>/<slug:name>/", taskings.act, name="tasking_act"),
    path("waivers/", waivers.listed, name="waivers"),
    path("waivers/published/", published.listed, name="published"),
    path("waivers/<uuid:waiver>/<slug:name>/", waivers.act, name="waiver_act"),
    path("<uuid:round_>/", rounds.shown, name="round"),
    path("<uuid:round_>/clone/", rounds.clone, name="clone"),
    path("<uuid:round_>/edit/", rounds.edit, name="edit_round"),
    path("<uuid:round_>/notes/", notes.shown, name="notes"),
    path("<uuid:round_>/notes.txt", notes.text, name="notes_text"),
    path("<uuid:round_>/notes.csv", notes.sheet, name="notes_sheet"),
    path("<uuid:round_>/notes/read/", notes.read, name="read_notes"),
    path("<uuid:round_>/<slug:kind>.csv", files.table, name="round_table"),
    path("<uuid:round_>/<slug:kind>.svg", files.chart, name="round_chart"),
    path("<uuid:round_>/matters/", rounds.matters, name="matters"),
    path("<uuid:round_>/<slug:name>/", rounds.act, name="round_act"),
]
