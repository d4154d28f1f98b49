"""The addresses of the service: each web area brings its own list and is named here once."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from vkpp.web.account import urls as account

urlpatterns: list[URLPattern | URLResolver] = [
    *account.library,
    path("sign-in/second-factor/", include(account.second_factors)),
    path("sign-in/directory/", include(account.directories)),
    path("account/", include("vkpp.web.account.urls")),
    path("rounds/", include("vkpp.web.national.urls")),
    path("our-forces/", include("vkpp.web.region.urls")),
    path("what-is-collected/", include("vkpp.web.public.urls")),
    path("check/", include("vkpp.web.local.urls")),
    path("returns/", include("vkpp.web.force.urls")),
    path("", include("vkpp.web.search.urls")),
    path("", include("vkpp.web.home.urls")),
]
handler400 = "vkpp.web.parts.problems.bad_request"
handler403 = "vkpp.web.parts.problems.forbidden"
handler404 = "vkpp.web.parts.problems.not_found"
handler429 = "vkpp.web.parts.problems.too_many"
handler500 = "vkpp.web.parts.problems.broken"
