"""The sign-in library's forms in our words: what each field is, and what it is not."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa.base import forms as factor
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms

_TWELVE = "At least 12 characters. Three or four words that do not belong together are easy to remember and hard to guess."


class SignIn(account.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, "login", "Mail address")
        _say(self, "password", "Password")


class Confirm(account.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, "password", "Password")


class Change(account.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, "oldpassword", "Your password now")
        _say(self, "password1", "New password", _TWELVE)
        _say(self, "password2", "New password again")


class Forgotten(account.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, "email", "Mail address")


class New(account.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, "password1", "New password", _TWELVE)
        _say(self, "password2", "New password again")


class Code(factor.AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_code(self, "The six figures that your app shows now, or one of your recovery codes.")


class CodeAgain(factor.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_code(self, "The six figures that your app shows now, or one of your recovery codes.")


class FirstCode(totp.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_code(self, "The six figures that your app shows after you scanned the square.")

    def clean_code(self) -> str:
        code: str = super().clean_code()
        record_authentication(context.request, self.user, "mfa", type="totp")  # shown just now, so not asked for again
        return code


class Key(webauthn.AddWebAuthnForm):
    """A key beside the password, never instead of it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, "name", "Name of the key", "So that you know it from your others, such as “blue key on my ring”.")
        self.fields.pop("passwordless", None)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean()
        if not self.errors:
            record_authentication(context.request, self.user, "mfa", type="webauthn")
        return said


class Accept(forms.Form):
    """The holder of an invitation chooses a password."""

    password1 = forms.CharField(
        label="Password", help_text=_TWELVE, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    password2 = forms.CharField(
        label="Password again", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean()
        if said.get("password1") and said.get("password2") and said["password1"] != said["password2"]:
            self.add_error("password2", "The two passwords differ. Type the same one twice.")
        return said


def _say(form: forms.Form, name: str, label: str, hint: str = "") -> None:
    field = form.fields[name]
    field.label, field.help_text = label, hint
    field.error_messages["required"] = f"{label} is empty. Fill it in."


def _say_code(form: forms.Form, hint: str) -> None:
    _say(form, "code", "Code", hint)
    form.fields["code"].widget.attrs |= {"inputmode": "numeric", "class": "vkpp-code-field"}
