"""The addresses of search, and of everything that can be cited: /VKPP-F-1234566/."""

from __future__ import annotations

from django.urls import URLPattern, path

from vkpp.web.search import cited, results

app_name = "search"
urlpatterns: list[URLPattern] = [
    path("search/", results.shown, name="results"),
    path("VKPP-<str:rest>/", cited.shown, name="cited"),
]
