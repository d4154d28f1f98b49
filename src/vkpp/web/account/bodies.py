"""How much a request may carry: little before signing in, one return's files after it; asked before a byte is read."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from vkpp.web.account.kept_work import holder_of
from vkpp.web.parts import problems


class Bodies:
    """Refuses a body by its announced length. One that announces none is read as empty by Django, and so is harmless.

    Without this a form for anybody, such as signing in, would let a stranger write files of any size to the disk. A browser
    in which somebody was signed in before is let through: what they send after a time-out is kept for them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        text = request.META.get("CONTENT_LENGTH") or "0"
        if not (text.isascii() and text.isdigit()):
            return problems.bad_request(request)
        known = request.viewer is not None or bool(holder_of(request))
        most = settings.LARGEST_BODY if known else settings.LARGEST_BODY_OF_STRANGERS
        return too_large(request, most) if int(text) > most else self.get_response(request)


def too_large(request: HttpRequest, most: int) -> HttpResponse:
    return problems.page(
        request,
        413,
        "That is too large",
        saw=f"What your browser sent is larger than the {most >> 20} MB that may be sent here at once. Nothing was kept.",
        next_step="Send CSV in a zip instead of a workbook, or leave out what the return does not ask for.",
    )
