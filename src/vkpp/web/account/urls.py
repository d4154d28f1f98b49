"""The addresses of signing in: the library's own views, one by one, and ours."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as library_views
from allauth.mfa import urls as second_factor
from allauth.socialaccount.providers.openid_connect import urls as openid_connect
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path

from vkpp.records.ground.scope import machinery
from vkpp.web.account import compartments, invitations, links, organisations, people, read_log, reviews, sessions, views


def _of_the_library(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The library looks people up before there is a viewer; what it changes of a person goes through the adapter's commands."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with machinery("the sign-in library looks up the person who signs in"):
            answer = view(request, *args, **kwargs)
            if hasattr(answer, "render"):
                answer = answer.render()
            return answer

    return run


def _wrapped(patterns: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """The library's patterns, each view with its leave. Included lists are shared, and Django looks a view up late."""
    for entry in patterns:
        if isinstance(entry, URLResolver):
            _wrapped(entry.url_patterns)
        elif not hasattr(entry.callback, "has_leave"):
            entry.callback = _of_the_library(entry.callback)
            entry.callback.has_leave = True
    return patterns


library: list[URLPattern | URLResolver] = _wrapped(
    [
        path("sign-in/", library_views.login, name="account_login"),
        path("sign-out/", library_views.logout, name="account_logout"),
        path("sign-in/not-in-use/", library_views.account_inactive, name="account_inactive"),
        path("sign-in/confirm/", library_views.reauthenticate, name="account_reauthenticate"),
        path("sign-in/password/change/", library_views.password_change, name="account_change_password"),
        path("sign-in/password/forgotten/", library_views.password_reset, name="account_reset_password"),
        path("sign-in/password/forgotten/sent/", library_views.password_reset_done, name="account_reset_password_done"),
        re_path(
            r"^sign-in/password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
            library_views.password_reset_from_key,
            name="account_reset_password_from_key",
        ),
        path(
            "sign-in/password/new/done/",
            library_views.password_reset_from_key_done,
            name="account_reset_password_from_key_done",
        ),
    ]
)
directories = _wrapped(list(openid_connect.urlpatterns))
second_factors = _wrapped(list(second_factor.urlpatterns))

app_name = "account"
urlpatterns: list[URLPattern | URLResolver] = [
    path("still-here/", views.still_here, name="still_here"),
    path("roles/", views.roles, name="roles"),
    path("kept-work/", views.kept, name="kept_work"),
    path("people/", people.listed, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/<uuid:person>/", people.shown, name="person"),
    path("people/<uuid:person>/give/", people.give, name="give"),
    path("people/<uuid:person>/withdraw/<uuid:held>/", people.withdraw, name="withdraw"),
    path("people/<uuid:person>/move/", people.move, name="move"),
    path("people/<uuid:person>/<slug:name>/", people.act, name="person_act"),
    path("reviews/", reviews.listed, name="reviews"),
    path("reviews/begin/<uuid:organisation>/", reviews.start, name="start_review"),
    path("reviews/<uuid:review>/", reviews.shown, name="review"),
    path("reviews/<uuid:review>/close/", reviews.close, name="close_review"),
    path("organisations/", organisations.listed, name="organisations"),
    path("organisations/add/", organisations.add, name="add_organisation"),
    path("organisations/<uuid:organisation>/", organisations.shown, name="organisation"),
    path("organisations/<uuid:organisation>/tie/", organisations.tie, name="tie"),
    path("compartments/", compartments.listed, name="compartments"),
    path("compartments/open/", compartments.begin, name="open_compartment"),
    path("compartments/<uuid:compartment>/", compartments.shown, name="compartment"),
    path("compartments/<uuid:compartment>/let-in/", compartments.admit, name="compartment_admit"),
    path("compartments/<uuid:compartment>/take-out/<uuid:person>/", compartments.dismiss, name="compartment_dismiss"),
    path("compartments/<uuid:compartment>/close/", compartments.close, name="compartment_close"),
    path("sessions/", sessions.shown, name="sessions"),
    path("read-log/", read_log.shown, name="read_log"),
    path("invited/", invitations.ask, name="invited"),
    path("invited/sent/", invitations.sent, name="invited_sent"),
    path("invited/<str:token>/", invitations.accept, name="accept"),
    path("link/<str:token>/", links.use, name="link"),
]
