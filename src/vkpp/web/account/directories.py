"""Signing in by a force's own directory: whom the directory may speak for, and that nothing of its answer is kept."""

from __future__ import annotations

from typing import Any, NoReturn

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest

from vkpp.web.parts import problems


def on_offer(request: HttpRequest) -> dict[str, Any]:
    """The context processor: directories, for the sign-in page."""
    return {"directories": [] if getattr(request, "viewer", None) else list(settings.DIRECTORIES.values())}


class Directories(DefaultSocialAccountAdapter):
    """An answer lets in the account of its verified mail address, in the domains of that directory; else nobody."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> NoReturn:
        """Ends the library's own way, which would keep an account of theirs: the session begins, or a page says why not."""
        person = _known(sociallogin)
        if person is None:
            raise ImmediateHttpResponse(_refused(request))
        record_authentication(request, person, "socialaccount", provider=sociallogin.account.provider)
        raise ImmediateHttpResponse(perform_login(request, person, redirect_url=sociallogin.get_redirect_url(request)))

    def on_authentication_error(self, request: HttpRequest, *_: Any, **__: Any) -> NoReturn:
        raise ImmediateHttpResponse(_refused(request))


def _known(sociallogin: Any) -> Any:
    """The account in use of the answer's address; None when there is none, it is not verified, or of another's domain."""
    directory = settings.DIRECTORIES.get(sociallogin.account.provider)
    verified = [one.email.strip().lower() for one in sociallogin.email_addresses if one.verified is True]
    if directory is None or len(verified) != 1 or verified[0].rpartition("@")[2] not in directory.domains:
        return None
    people = get_user_model()
    try:
        person = people.objects.get_by_natural_key(verified[0])
    except people.DoesNotExist:
        return None
    return person if person.is_active else None


def _refused(request: HttpRequest) -> Any:
    return problems.page(
        request,
        403,
        "You could not be signed in by the directory",
        saw="The directory did not name somebody who has an account here that is in use, or it was interrupted.",
        next_step="Try again, or sign in with your password. If you were not invited, ask the access manager where you work.",
    )
