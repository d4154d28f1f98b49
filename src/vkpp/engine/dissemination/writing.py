"""An edition as a folder: everything is proved before it is written, and the folder appears whole or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from vkpp.basics.problems import RefusedByRule, UsageProblem
from vkpp.engine.dissemination.drawing import draw
from vkpp.engine.dissemination.edition import NOT_OUR_SITE, Edition, EditionWritten
from vkpp.engine.dissemination.numbers import Numbers
from vkpp.engine.dissemination.ods import ods
from vkpp.engine.dissemination.pdf import pdf as made_pdf
from vkpp.engine.dissemination.pdf import why_no_pdf
from vkpp.engine.dissemination.rendering import Drawn, Pages
from vkpp.engine.dissemination.sheets import notes_csv, numbers_csv, table_csv
from vkpp.engine.dissemination.twins import alarm_on_twins
from vkpp.engine.dissemination.unbound import unbound
from vkpp.engine.dissemination.wording import plain_text
from vkpp.engine.dissemination.words import flagged

# Left out when words are checked: directions that a function proved, identifiers, and titles of codes, which others decided.
NOT_OUR_WORDS = ("data-direction", "data-identifier", "data-code", "data-quoted")


def write_edition(
    edition: Edition, out: Path, *, pdf: bool | None = None, also: Mapping[str, bytes] | None = None
) -> EditionWritten:
    """Writes the edition into the new folder `out`, or raises and leaves nothing.

    `pdf` None makes a PDF where the machine can; True insists; False leaves it out and the edition says so. `also` are further
    files by name (the frozen tables). Raises
    RefusedByRule when a rule of publishing is broken (an unbound digit, a forbidden word, two tables that are one, a table
    without its base), UsageProblem when `out` is there already. The same edition gives the same bytes.
    """
    if out.exists():
        raise UsageProblem(f"{out.name} is there already.", expected="a new folder", next_step="name another, or move it away")
    files, no_pdf = _files(edition, pdf, also or {})
    out.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        for name, content in files.items():
            path = workshop / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        workshop.chmod(0o755)
        workshop.rename(out)
    except BaseException:
        shutil.rmtree(workshop, ignore_errors=True)
        raise
    return EditionWritten(out, {name: _sha(content) for name, content in files.items()}, no_pdf)


def _files(edition: Edition, pdf: bool | None, also: Mapping[str, bytes]) -> tuple[dict[str, bytes], str]:
    """Every file of the edition by its path, in the order of the manifest, which comes last."""
    alarm_on_twins(edition.tables)
    no_pdf = _no_pdf(pdf)
    numbers = Numbers(edition)
    drawn = {chart.name: draw(chart, edition, numbers) for chart in edition.charts}
    pages = Pages(edition, numbers, drawn, no_pdf)
    html = _pages(pages)
    for name, page in html.items():
        _prove(name, page, edition)
    files = {name: page.encode("utf-8") for name, page in html.items()}
    if not no_pdf:
        files["report.pdf"] = made_pdf(pages.report(links=False), edition)
    files |= _data(edition, numbers, drawn) | dict(also)
    files = dict(sorted(files.items()))
    files["manifest.json"] = _manifest(edition, files, no_pdf)
    return files, no_pdf


def _no_pdf(pdf: bool | None) -> str:
    if pdf is False:
        return "it was left out by whoever made this edition."
    missing = why_no_pdf()
    if pdf and missing:
        raise UsageProblem(f"No PDF can be made: {missing}", next_step="install Pango (Debian: apt install libpango-1.0-0)")
    return missing


def _pages(pages: Pages) -> dict[str, str]:
    """The report is rendered first, because its words work out numbers that the trace pages then show."""
    report = pages.report()
    checked = pages.checked()
    return {"report.html": report, "checked.html": checked} | {f"trace/{n}.html": p for n, p in pages.traces().items()}


def _data(edition: Edition, numbers: Numbers, drawn: Mapping[str, Drawn]) -> dict[str, bytes]:
    invented = NOT_OUR_SITE if edition.invented else ""
    files = {f"tables/{t.name}.csv": table_csv(t, invented) for t in edition.tables}
    files |= {"notes.csv": notes_csv(edition.notes, invented)} if edition.notes else {}
    files |= {f"charts/{name}.svg": d.file for name, d in drawn.items()}
    return files | {"numbers.csv": numbers_csv(numbers, invented), "tables.ods": ods(edition, numbers)}


def _prove(name: str, page: str, edition: Edition) -> None:
    """No digit unbound and no forbidden word on any page."""
    if loose := unbound(page):
        raise RefusedByRule(
            f"{len(loose)} texts of {name} hold a digit that belongs to no number; the first is {loose[0].text[:120]!r}.",
            where=f"{name}, line {loose[0].line}, <{loose[0].element}>",
            expected="each digit bound to a number, or a listed exception",
            next_step="use n('number.id') in the wording, or list the exception with its reason",
        )
    if flags := flagged(plain_text(page, without=NOT_OUR_WORDS), edition.allowed_words):
        first = flags[0]
        raise RefusedByRule(
            f'{len(flags)} wordings are not for publication; the first is "{first.found}": {first.why}',
            where=f"{name}: {first.sentence[:160]}",
            expected=f"for example {first.instead}",
            next_step="mend the wording",
        )


def _manifest(edition: Edition, files: Mapping[str, bytes], no_pdf: str) -> bytes:
    document: dict[str, Any] = {
        "edition": edition.id,
        "title": edition.title,
        "period": edition.period_label,
        "product": edition.product,
        "status": edition.status,
        "marking": edition.marking,
        "invented": NOT_OUR_SITE if edition.invented else False,
        "no_pdf": no_pdf or None,
        "provenance": {f.name: getattr(edition.provenance, f.name) for f in fields(edition.provenance)},
        "tables": {t.name: {"title": t.title, "rule": t.rule, "audit": t.audit, "query": t.query} for t in edition.tables},
        "files": {name: {"sha256": _sha(content), "size": len(content)} for name, content in files.items()},
    }
    return (json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True, default=_plain) + "\n").encode("utf-8")


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
