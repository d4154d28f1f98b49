"""The addresses of a region's desk, all under /our-forces/."""

from __future__ import annotations

from django.urls import URLPattern, path

from vkpp.web.region import forces, returns

app_name = "region"
urlpatterns: list[URLPattern] = [
    path("", forces.shown, name="forces"),
    path("rounds/<uuid:round_>/chase/", forces.chase, name="chase"),
    path("returns/<uuid:submission>/", returns.shown, name="return"),
    path("returns/<uuid:submission>/<slug:name>/", returns.act, name="return_act"),
]
