"""What is served: nothing that belongs to GOV.UK alone, and little of it."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.records.nation import Nation
from tools.vendor_govuk import cleaned_css, cleaned_js

ROOT = Path(__file__).resolve().parents[2]
SERVED = ROOT / "src" / "vkpp" / "web"
FORBIDDEN = re.compile(r"crest|crown|gds transport|@font-face", re.IGNORECASE)


def test_nothing_served_names_the_crest_the_crown_or_the_typeface() -> None:
    files = [*SERVED.rglob("static/**/*"), *SERVED.rglob("templates/**/*")]
    read = [path for path in files if path.is_file() and path.name != "LICENCE.txt"]
    assert len(read) > 10
    assert [str(path) for path in read if FORBIDDEN.search(_text_of(path))] == []


def _text_of(path: Path) -> str:
    """What a file says, unpacked; of a program in bytes the letters alone."""
    said = path.read_bytes()
    return (gzip.decompress(said) if path.suffix == ".gz" else said).decode(errors="ignore")


def test_the_vendoring_takes_out_what_it_must_and_nothing_else() -> None:
    css = (
        '@charset "UTF-8";/*! font */@font-face{font-family:GDS Transport;src:url(/assets/x.woff2)}'
        ".a{font-family:GDS Transport,arial,sans-serif;color:red}"
        "@media print{.govuk-footer__crown{margin:0}.b{margin:0}}@supports (x:y){.c:before{background:url(/assets/crest.svg)}}"
        "@media (min-width:1px){@media print{.d{margin:1px}}}"
    )
    cleaned = cleaned_css(css)
    assert not FORBIDDEN.search(cleaned)
    assert ".a{font-family:system-ui" in cleaned and "color:red}" in cleaned
    assert "@media print{.b{margin:0}}" in cleaned and "@supports" not in cleaned
    assert "@media (min-width:1px){@media print{.d{margin:1px}}}" in cleaned
    assert cleaned_js("a();//# sourceMappingURL=x.map") == "a();\ninitAll();\n"


def _addresses(html: str) -> list[str]:
    return re.findall(r'(?:href|src)="(/static/[^"]+)"', html)


def test_the_first_load_is_small_and_every_file_is_hashed(nation: Nation, client_of: Callable[[Any], Any]) -> None:
    client = client_of(nation.chief)
    page = client.get("/")
    assert page.status_code == 200
    addresses = _addresses(page.content.decode())
    assert len(addresses) >= 5
    assert all(re.search(r"\.[0-9a-f]{12}\.(css|js)$", address) for address in addresses)
    sizes = [len(page.content)] + [len(b"".join(client.get(address))) for address in addresses]
    packed = [len(gzip.compress(page.content))] + [len(gzip.compress(b"".join(client.get(address)))) for address in addresses]
    assert len(page.content) < 100_000 and min(sizes) > 0
    assert sum(packed) < 150_000
