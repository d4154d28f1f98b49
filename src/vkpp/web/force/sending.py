"""Sending files: streamed to disk as they arrive, kept whole or not at all, and never opened here; jobs read them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules import places, register
from vkpp.web.force import words
from vkpp.web.parts.acting import status_of, tried
from vkpp.web.parts.pace import SEND, demand, told

MOST_MEGABYTES = places.MOST_BYTES // (1024 * 1024)
_KINDS = ".csv,.txt,.tsv,.xlsx,.xlsm,.xls,.ods,.zip"


class _Chooser(forms.FileInput):
    allow_multiple_selected = True


class _Files(forms.FileField):
    """One file or several."""

    widget = _Chooser

    def clean(self, data: Any, initial: Any = None) -> list[TemporaryUploadedFile]:
        many = data if isinstance(data, (list, tuple)) else [data]
        return [super(_Files, self).clean(one, initial) for one in many if one] or [super().clean(None, initial)]


class Sending(forms.Form):
    """The files of one return."""

    files = _Files(
        label="Your files",
        help_text=(
            f"CSV, Excel or a zip; {places.MOST_FILES} files and {MOST_MEGABYTES} MB at most. Send every table of the return"
            " together: as sheets of one workbook, or as one file each. Send no names, addresses or dates of birth."
        ),
        allow_empty_file=True,  # the rule says it in better words
        error_messages={"required": "No file was chosen. Choose the files of this return."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["files"].widget.attrs |= {"accept": _KINDS}


@require_http_methods(["GET", "POST"])
def send(request: HttpRequest, submission: UUID) -> HttpResponse:
    """Send files, for the first time or in place of those before. A body that is too large never gets here."""
    page = queries.submission_page(viewer=request.viewer, submission=submission)
    form = Sending(request.POST, request.FILES) if request.method == "POST" else Sending()
    problem = None
    if form.is_bound:
        problem = tried(form, lambda said: _taken(request, submission, said["files"]), field="files")
        if problem is None and form.is_valid():
            messages.success(request, "Your file is here. Nothing has gone to anybody else.")
            return HttpResponseRedirect(words.at("results", submission))
    said = {
        "title": "Upload your file" if not page.versions else "Upload a corrected file",
        "crumbs": words.crumbs(page.row),
        "caption": words.caption(page.row),
        "marking": page.marking,
        "row": page.row,
        "form": form,
        "before": page.versions[0] if page.versions else None,
        "refused": page.row.acts.refused.get("receive", ""),
        "most": places.MOST_BYTES,
    }
    return told(render(request, "force/send.html", said, status=status_of(form, problem)), problem)


def _taken(request: HttpRequest, submission: UUID, files: Sequence[TemporaryUploadedFile]) -> None:
    """Keep what arrived, then say that it did; what a rule refuses is not kept."""
    demand(request, SEND)
    arrived = [(str(one.name), Path(one.temporary_file_path())) for one in files]
    upload = places.keep(register.root(), arrived)
    try:
        commands.receive(by=request.viewer, at=request.at, submission=submission, upload=upload)
    except BaseException:
        shutil.rmtree(places.sent(register.root(), upload.id), ignore_errors=True)
        raise
