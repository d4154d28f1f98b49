"""A fresh proof of who acts, asked for before a signature: a browser that was left open signs nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping

from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

SECONDS = 300
PROOFS = frozenset({"totp", "webauthn", "recovery_codes", "socialaccount"})
_KEPT = "to_sign"
_ELSEWHERE = (
    "You showed who you are more than five minutes ago, and your account has no code and no key of its own. Sign out, sign in"
    " again through your force's directory, and sign within five minutes."
)


def is_fresh(request: HttpRequest) -> bool:
    """Whether a second factor, or the force's own directory, vouched for this session within five minutes.

    A password alone does not do. In the invented service, and there alone, a one-time link counts for the session that it
    opened: its people have no password and no app.
    """
    records = request.session.get("account_authentication_methods", [])
    if settings.INVENTED and any(record["method"] == "link" for record in records):
        return True
    proofs = [float(r["at"]) for r in records if str(r.get("type") or r["method"]) in PROOFS]
    return time.time() - max(proofs, default=0.0) < SECONDS


def asked(request: HttpRequest, form: forms.Form, kept: Mapping[str, str]) -> HttpResponseRedirect | None:
    """Where the person shows who they are, `kept` waiting for their return; None where the form says why that cannot be."""
    kinds = [kind for way in get_reauthentication_flows(request.user) for kind in way.get("types", ())]
    if not kinds:
        form.add_error(None, _ELSEWHERE)
        return None
    request.session[_KEPT] = {"path": request.path, "said": dict(kept)}
    by_code = any(kind in ("totp", "recovery_codes") for kind in kinds)
    name = "mfa_reauthenticate" if by_code else "mfa_reauthenticate_webauthn"
    return HttpResponseRedirect(f"{reverse(name)}?{urlencode({'next': request.path})}")


def taken(request: HttpRequest) -> dict[str, str]:
    """What was said on this page before the proof, once; nothing on another page, or where no proof came."""
    kept = request.session.get(_KEPT)
    if not kept or kept["path"] != request.path or not is_fresh(request):
        return {}
    del request.session[_KEPT]
    return dict(kept["said"])
