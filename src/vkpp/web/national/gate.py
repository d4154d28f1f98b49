"""Whose pages these are: the national team's, and the national lead's. For anybody else there is nothing here."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from vkpp.records.collections.rules import works_on_whole_rounds
from vkpp.records.ground.problems import NotThere


def national(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for whoever works on a whole round. A force that sees its own return would read its count as the nation's."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not works_on_whole_rounds(request.viewer):
            raise NotThere
        return view(request, *args, **kwargs)

    return run
