"""An invitation taken up: the holder asks for a link, which goes to the invited address, and chooses a password."""

from __future__ import annotations

from uuid import UUID

from allauth.account.fields import EmailField
from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from vkpp.basics.problems import UsageProblem
from vkpp.basics.working_days import LONDON
from vkpp.records.people import commands, queries
from vkpp.web.account.forms import Accept

_SALT = "vkpp.invitation"
_AN_HOUR = 3600
_BODY = """This link takes up your invitation to the Vulnerability Knowledge and Practice Platform. It works for an hour:

{link}

If you did not ask for it, do nothing.
"""


class Address(forms.Form):
    email = EmailField(label="Mail address", help_text="The one at which you were invited.")


def token_for(person: UUID) -> str:
    return signing.dumps(str(person), salt=_SALT)


@login_not_required
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The answer is the same whether the address was invited or not."""
    form = Address(request.POST or None)
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["email"]
        if refused := ratelimit.consume_or_429(request, action="reset_password", key=f"invited:{address}"):
            return refused
        if person := queries.invited(address):
            link = request.build_absolute_uri(reverse("account:accept", args=[token_for(person)]))
            EmailMessage("Your invitation to VKPP", _BODY.format(link=link), to=[address]).send()
        return HttpResponseRedirect(reverse("account:invited_sent"))
    return render(request, "account/invited.html", {"title": "I was invited", "form": form})


@login_not_required
@require_GET
def sent(request: HttpRequest) -> HttpResponse:
    return render(request, "account/password_reset_done.html")


@login_not_required
@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a password. The link is used up with the invitation."""
    try:
        person = UUID(signing.loads(token, salt=_SALT, max_age=_AN_HOUR))
    except signing.BadSignature:
        return render(request, "account/invitation_over.html", status=404)
    newcomer = queries.newcomer(person, on=request.at.astimezone(LONDON).date())
    if newcomer is None:
        return render(request, "account/invitation_over.html", status=404)
    form = Accept(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            commands.accept(by=newcomer, at=request.at, password=form.cleaned_data["password1"])
        except UsageProblem as problem:
            form.add_error("password1", problem.saw)
        else:
            messages.success(request, "Your password is set. Sign in with it; then you set up your second factor.")
            return HttpResponseRedirect(reverse("account_login"))
    return render(request, "account/accept.html", {"title": "Take up your invitation", "form": form})
