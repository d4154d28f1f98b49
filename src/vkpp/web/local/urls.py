"""The addresses of checking before sending, open to everybody but for the upload."""

from __future__ import annotations

from django.urls import URLPattern, path

from vkpp.web.local import pages

app_name = "local"
urlpatterns: list[URLPattern] = [
    path("", pages.listed, name="collections"),
    path("worker.js", pages.worker, name="worker"),
    path("<slug:name>/", pages.shown, name="page"),
    path("<slug:name>/checks.json", pages.checks, name="checks"),
    path("<slug:name>/saved/<str:kind>/", pages.saved, name="saved"),
]
