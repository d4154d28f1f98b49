"""The addresses of the service: each web area brings its own list and is named here once."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
