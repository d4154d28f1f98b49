"""What a page gives to take away: a table as CSV, words as plain text, a chart as SVG; each says its marking in itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from django.conf import settings
from django.http import HttpResponse

from vkpp.basics.markings import OFFICIAL, Marking
from vkpp.basics.spreadsheets import harmless
from vkpp.catalogue.example import WORDS as INVENTED_WORDS

_BOM = "\ufeff"  # or a spreadsheet program takes the words for another encoding


def invented() -> str:
    """What a file made of invented records says of itself; "" in the service itself."""
    return INVENTED_WORDS if settings.INVENTED else ""


def marked_name(name: str, marking: Marking) -> str:
    """The name of a file that goes back as it is, so nothing may be written into it: a level above OFFICIAL stands here."""
    return name if marking.level == OFFICIAL.level else f"{marking.level.words}_{name}"


def sheet(name: str, columns: Sequence[str], rows: Sequence[Sequence[object]], marking: object) -> HttpResponse:
    """A table as CSV. The marking stands in every row, so that no sorting or cutting parts a row from it."""
    note = invented()
    own = [str(marking), note] if note else [str(marking)]
    out = io.StringIO(newline="")
    lines = csv.writer(out)
    lines.writerow([harmless(one) for one in (*columns, "Marking", *(("Note",) if note else ()))])
    for row in rows:
        lines.writerow([harmless("" if value is None else str(value)) for value in (*row, *own)])
    return _given(_BOM + out.getvalue(), name, "text/csv; charset=utf-8")


def plain(name: str, words: str) -> HttpResponse:
    """Words as plain text with the line ends that every program reads."""
    return _given(words.replace("\n", "\r\n"), name, "text/plain; charset=utf-8")


def picture(name: str, svg: str) -> HttpResponse:
    """A chart that stands by itself, given as a kind that no browser opens as a page: an SVG could hold a script."""
    return _given(svg, name, "application/octet-stream")


def _given(content: str, name: str, kind: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
