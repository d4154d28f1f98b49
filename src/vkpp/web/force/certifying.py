"""The certifier's page, plain enough for a phone, and the receipt that proves what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules.rows import CertifyPage, Receipt
from vkpp.web.force import charts, words
from vkpp.web.force.returns import summed
from vkpp.web.parts import proof
from vkpp.web.parts.acting import status_of, tried
from vkpp.web.parts.pace import taking
from vkpp.web.parts.shapes import Column, Table


class Signing(forms.Form):
    """That the page was read, and which version it showed."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    read = forms.BooleanField(
        label="I have read this page, and the return is right as far as I know",
        error_messages={"required": "Say that you have read this page and that the return is right, or send it back."},
    )


@require_http_methods(["GET", "POST"])
def certify(request: HttpRequest, submission: UUID) -> HttpResponse:
    """Read a return and sign it, or send it back."""
    found = queries.certify_page(viewer=request.viewer, submission=submission)
    posted = request.method == "POST"
    form = Signing(request.POST) if posted else Signing(initial=_initial(request, found))
    problem = None
    if posted and form.is_valid() and "certify" in found.row.acts.allowed and not proof.is_fresh(request):
        if led := proof.asked(request, form, {"version": str(form.cleaned_data["version"]), "read": "on"}):
            return led
        return render(request, "force/certify.html", _certifying(found, form), status=403)
    if posted:
        problem = tried(form, lambda said: _signed(request, submission, said))
        if problem is None and form.is_valid():
            messages.success(request, f"Certified. The return is with {words.receiver(found.row)} now; this is your receipt.")
            return HttpResponseRedirect(words.at("receipt", submission))
    return render(request, "force/certify.html", _certifying(found, form), status=status_of(form, problem))


def _initial(request: HttpRequest, found: CertifyPage) -> dict[str, Any]:
    """The version that stands on the page; ticked already where it was, for this version, before the proof was asked for."""
    said = proof.taken(request)
    ticked = said.get("version") == str(found.version.number) and "read" in said
    if ticked:
        messages.info(request, "You have shown who you are. Sign at the end of this page within five minutes.")
    return {"version": found.version.number, "read": ticked}


def _signed(request: HttpRequest, submission: UUID, said: Mapping[str, Any]) -> None:
    commands.certify(by=request.viewer, at=request.at, submission=submission, version=said["version"])


def _certifying(found: CertifyPage, form: Signing) -> dict[str, Any]:
    row = found.row
    offered = words.offers(row, "certify", "return")
    refused = {name: offered[name] for name in offered if name in row.acts.refused}
    return {
        "title": f"Certify the return of {row.organisation_name}",
        "crumbs": words.crumbs(row),
        "row": row,
        "form": form,
        "may": "certify" in row.acts.allowed,
        "may_send_back": "return" in row.acts.allowed,
        "refusals": words.only(row.acts, refused),
        "offers": offered,
        **summed(found),
    }


@require_GET
def receipt(request: HttpRequest, submission: UUID) -> HttpResponse:
    """Proof of a submission, to print or to save."""
    found = queries.receipt(viewer=request.viewer, submission=submission)
    row = queries.submission_page(viewer=request.viewer, submission=submission).row
    said = {
        "title": "Your receipt",
        "crumbs": words.crumbs(row),
        "caption": words.caption(row),
        "marking": found.marking,
        "row": row,
        "receipt": found,
        "records": Table(
            "Records",
            (Column("Table"), Column("Records", numeric=True)),
            [(name.capitalize(), n) for name, n in found.records.items()],
        ),
        "files": Table("Files as they arrived", (Column("File"), Column("Bytes", numeric=True)), list(found.files)),
        "steps": [(what, charts.instant(when)) for what, when in found.steps],
    }
    return render(request, "force/receipt.html", said)


@require_GET
@taking
def receipt_text(request: HttpRequest, submission: UUID) -> HttpResponse:
    """The receipt as a plain text file."""
    found = queries.receipt(viewer=request.viewer, submission=submission)
    answer = HttpResponse("\n".join(_lines(found)) + "\n", content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="receipt_{submission}_v{found.version}.txt"'
    return answer


def _lines(found: Receipt) -> list[str]:
    lines = [
        str(found.marking),
        f"Receipt: {found.title}, {found.organisation_name}, {found.period_words}",
        f"Version {found.version}",
    ]
    lines += [f"{what}: {charts.instant(when)}" for what, when in found.steps]
    without = "Fingerprint: not held here, the record was made again from the store" if found.files else "A nil return: no file"
    lines.append(f"Fingerprint (SHA-256): {found.sha256}" if found.sha256 else without)
    lines += [f"File: {name}, {size:,} bytes" for name, size in found.files]
    lines += [f"Records in {name}: {n:,}" for name, n in found.records.items()]
    lines += [found.specification, found.checks, *found.lines]
    lines += [f"Reason for {check}: {reason}" for check, reason in found.reasons]
    if found.store_name:
        lines.append(f"In the store as {found.store_name}, SHA-256 {found.store_sha256}")
    return lines
