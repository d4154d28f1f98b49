"""report.pdf: the same HTML by WeasyPrint, tagged (PDF/UA-1), in the font that ships with the package."""

from __future__ import annotations

import hashlib
from pathlib import Path

from vkpp.engine.dissemination.edition import NOT_OUR_SITE, Edition

FONTS = Path(__file__).with_name("fonts")
NO_PANGO = "Pango, which lays out the letters, is not installed on the machine that made it."


def why_no_pdf() -> str:
    """Why this machine cannot make a PDF, or nothing."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        return NO_PANGO
    return ""


def pdf(html: str, edition: Edition) -> bytes:
    """The report as a tagged PDF. Fonts come from the package; nothing is fetched; no date is written."""
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    fonts = FontConfiguration()
    sheet = CSS(
        string=_sheet(edition),
        font_config=fonts,
        base_url=FONTS.as_uri() + "/",
        url_fetcher=URLFetcher(allowed_protocols={"file"}),
    )
    document = HTML(string=html, base_url=FONTS.as_uri() + "/", url_fetcher=URLFetcher(allowed_protocols={"data"}))
    made = document.write_pdf(
        stylesheets=[sheet],
        font_config=fonts,
        pdf_variant="pdf/ua-1",
        pdf_identifier=hashlib.sha256(html.encode("utf-8")).digest()[:16],
    )
    return bytes(made)


def _sheet(edition: Edition) -> str:
    left = " · ".join(filter(None, (edition.marking, "Invented data" if edition.invented else "", edition.title)))
    top = f'@top-left {{ content: "{_css(NOT_OUR_SITE)}"; font: 8pt Roboto; color: #484949; }}' if edition.invented else ""
    return f"""
    @font-face {{ font-family: Roboto; src: url(Roboto-Regular.ttf); font-weight: 400; }}
    @font-face {{ font-family: Roboto; src: url(Roboto-Bold.ttf); font-weight: 700; }}
    html, body, code, .chart text, svg text {{ font-family: Roboto !important; }}
    @page {{ {top}
      @bottom-left {{ content: "{_css(left)}"; font: 8pt Roboto; color: #484949; }}
      @bottom-right {{ content: "Page " counter(page) " of " counter(pages); font: 8pt Roboto; color: #484949; }} }}
    """


def _css(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
