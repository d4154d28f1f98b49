"""The content security policy: nothing but our own files, on every answer; a view that needs more says so by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

# A constant needs no library: there is no nonce, because no page has an inline script or style.
POLICY: dict[str, tuple[str, ...]] = {
    "default-src": ("'none'",),
    "script-src": ("'self'",),
    "style-src": ("'self'",),
    "img-src": ("'self'", "data:"),  # data: the square code of the second factor
    "font-src": ("'self'",),
    "connect-src": ("'self'",),
    "manifest-src": ("'self'",),
    "form-action": ("'self'",),
    "frame-ancestors": ("'none'",),
    "base-uri": ("'none'",),
}
METHODS = ("GET", "HEAD", "POST")  # no page knows another; the library's forms would take PUT for POST
_PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), publickey-credentials-get=(self)"


def header(extra: dict[str, tuple[str, ...]] | None = None) -> str:
    """The policy as the header's value, with what one page or the settings add."""
    parts = dict(POLICY)
    for name, sources in {**getattr(settings, "POLICY_ADDS", {}), **(extra or {})}.items():
        parts[name] = tuple(dict.fromkeys((*parts.get(name, ()), *sources)))
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in parts.items())


def policy_adds(**extra: tuple[str, ...]) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A view that needs more than the rule: @policy_adds(script_src=("'wasm-unsafe-eval'",), worker_src=("'self'",))."""
    named = {name.replace("_", "-"): sources for name, sources in extra.items()}

    def make(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def run(*args: Any, **kwargs: Any) -> HttpResponse:
            answer = view(*args, **kwargs)
            answer.policy_adds = named
            return answer

        return run

    return make


class Policy:
    """Puts the headers on every answer, problem pages included; pages for somebody signed in are never kept by a cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = request.method in METHODS
        answer = self.get_response(request) if known else HttpResponseNotAllowed(METHODS)
        answer["Content-Security-Policy"] = header(getattr(answer, "policy_adds", None))
        answer["Permissions-Policy"] = _PERMISSIONS
        answer["Cross-Origin-Resource-Policy"] = "same-origin"
        if "Cache-Control" not in answer:
            answer["Cache-Control"] = "no-store"
        return answer
