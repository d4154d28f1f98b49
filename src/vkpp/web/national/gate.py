"""Whose pages these are: the national team's, and the national lead's. For anybody else there is nothing here."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from vkpp.records.ground.problems import NotThere

PERMISSIONS = ("collections.manage", "collections.accept", "collections.sign")


def national(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for whoever works on a whole round. A force that sees its own return would read its count as the nation's."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not any(request.viewer.may(permission) for permission in PERMISSIONS):
            raise NotThere
        return view(request, *args, **kwargs)

    return run
