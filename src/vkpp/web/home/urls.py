"""The address of the home page."""

from __future__ import annotations

from django.urls import URLPattern, path

from vkpp.web.home import views

urlpatterns: list[URLPattern] = [path("", views.home, name="home")]
