"""How the sign-in library meets our accounts: nobody signs up, changes are commands, secrets are kept encrypted."""

from __future__ import annotations

import base64
import hashlib
import time
from typing import Any
from uuid import UUID

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from vkpp.records.ground.viewer import Viewer
from vkpp.records.people import commands

_SAID = DefaultAccountAdapter.error_messages
_LATER = "Wait five minutes, then try again."


class Accounts(DefaultAccountAdapter):
    """Local accounts. The words of an error never say whether an address has an account."""

    error_messages = _SAID | {
        "account_inactive": "This account is not in use. Ask the access manager of your organisation.",
        "email_password_mismatch": "The mail address and the password do not belong together. Check both and try again.",
        "incorrect_code": "That code is not right, or it was used before. Enter the next one that your app shows.",
        "incorrect_password": "That is not your password. Check it and try again.",
        "too_many_login_attempts": f"There were too many attempts with this mail address. {_LATER}",
        "rate_limited": f"There were too many attempts. {_LATER}",
        "enter_current_password": "That is not your password. Check it and try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: Any, password: str) -> None:
        """A command, so that it stands on the trail; the person in hand takes what was written, on which the session hangs."""
        commands.set_password(by=_as_viewer(user), at=timezone.now(), password=password)
        user.refresh_from_db(fields=["password"])

    def reauthenticate(self, user: Any, password: str) -> bool:
        """By the address of the account: the library would look into a table of addresses that we leave empty."""
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not within five minutes of signing in: who has just typed the password is not asked for it again."""
        records = self.request.session.get("account_authentication_methods", [])
        latest = max((record["at"] for record in records), default=0.0)
        recent = time.time() - latest < app_settings.REAUTHENTICATION_TIMEOUT
        return not recent and bool(super().is_reauthentication_required(app=app, **kwargs))

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> Any:
        answer = super().post_login(request, user, **kwargs)
        commands.note_signed_in(by=_as_viewer(user), at=timezone.now(), ways=ways_of(request))
        return answer


class SecondFactors(DefaultMFAAdapter):
    """What proves the second factor is encrypted with a key made from the service's secret."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": Accounts.error_messages["incorrect_code"],
        "cannot_delete_authenticator": "You cannot be without a second factor. Add another one first.",
    }

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """Only while another one is left: an account without a second factor would be shut out of every page."""
        kind = type(authenticator)
        proofs = (kind.Type.TOTP, kind.Type.WEBAUTHN)
        others = kind.objects.filter(user=authenticator.user, type__in=proofs).exclude(pk=authenticator.pk)
        return bool(others.exists())


def ways_of(request: HttpRequest) -> list[str]:
    """How this session's holder proved who they are: "password", "totp", "webauthn", "recovery_codes", "link"."""
    records = request.session.get("account_authentication_methods", [])
    return list(dict.fromkeys(str(record.get("type") or record["method"]) for record in records))


def _as_viewer(user: Any) -> Viewer:
    return Viewer(id=str(UUID(str(user.pk))), on=timezone.localdate())


def _cipher() -> Fernet:
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"second-factor").digest()
    return Fernet(base64.urlsafe_b64encode(key))
