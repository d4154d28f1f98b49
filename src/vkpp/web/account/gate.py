"""Who may open a page at all: somebody signed in who has shown a second factor; everybody else is led to the next step."""

from __future__ import annotations

import time

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from vkpp.web.account import kept_work
from vkpp.web.account.adapter import ways_of

# What counts as a second factor, or as proof from a place that asks for one itself.
PROOFS = frozenset({"totp", "webauthn", "recovery_codes", "socialaccount", "link"})
# The pages on which a second factor is set up, and the one on which the password is asked for once more.
BEFORE_IT = frozenset(
    {"mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate", "account_logout", "mfa_reauthenticate"}
)


def gate(request: HttpRequest) -> HttpResponse | None:
    """None to go on, or where to go first."""
    if request.viewer is not None and _proved(request) < time.time() - settings.SESSION_LONGEST:
        logout(request)
        request.viewer = None
    if request.viewer is None:
        kept_work.keep(request)
        return redirect_to_login(kept_work.back_to(request), reverse("account_login"))
    if PROOFS.intersection(ways_of(request)):
        return None
    request.on_the_way_in = True  # the frame offers nothing that would only lead back here
    match = request.resolver_match
    if match and match.url_name in BEFORE_IT:
        return None
    return HttpResponseRedirect(reverse("mfa_activate_totp"))


def _proved(request: HttpRequest) -> float:
    """When the session's holder last showed who they are, in seconds of the clock."""
    return max((float(record["at"]) for record in request.session.get("account_authentication_methods", [])), default=0.0)
