"""The addresses that everybody may open."""

from __future__ import annotations

from django.urls import URLPattern, path

from vkpp.web.public import collections

app_name = "public"
urlpatterns: list[URLPattern] = [
    path("", collections.listed, name="collections"),
    path("<slug:name>/", collections.shown, name="collection"),
    path("<slug:name>/blank.xlsx", collections.blank, name="blank"),
]
