"""Fetches GOV.UK Frontend, takes out what belongs to GOV.UK alone (crest, crown, its typeface), and keeps the rest.

python -m tools.vendor_govuk            fetch the pinned version with npm and write it
python -m tools.vendor_govuk PACKAGE    the same from a package file that is there already
"""

from __future__ import annotations

import json
import re
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

from tools.npm_package import member, with_package

VERSION = "6.6.0"
TARGET = Path(__file__).resolve().parents[1] / "src" / "vkpp" / "web" / "parts" / "static" / "govuk"
FONT = 'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif'
# What may stand in nothing that we serve. tests/web/test_assets.py greps for the same words.
FORBIDDEN = re.compile(r"crest|crown|GDS Transport|@font-face|/assets/", re.IGNORECASE)
_COMMENTS = re.compile(r"/\*.*?\*/", re.DOTALL)
_FAMILY = re.compile(r'"?GDS Transport"?,\s*arial,\s*sans-serif', re.IGNORECASE)
_NOTICE = """govuk-frontend {version}, the compiled style sheet and script. MIT licence.
Changed by tools/vendor_govuk.py: rules that name the crest or the crown, and every font, are left out; the font family is
the reader's own; the script starts itself.

Copyright (C) 2011 Crown Copyright (Government Digital Service)

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def cleaned_css(css: str) -> str:
    """The style sheet without the typeface and the crest: the rules that need them go whole, empty blocks with them."""
    css = _FAMILY.sub(FONT, _COMMENTS.sub("", css))
    css = css.replace('@charset "UTF-8";', "").lstrip("\ufeff")
    return '@charset "UTF-8";' + "".join(_kept(css))


def _kept(css: str) -> Iterator[str]:
    for head, body in _blocks(css):
        if body is None:
            yield head
        elif head.startswith(("@media", "@supports")):
            inner = "".join(_kept(body))
            if inner:
                yield f"{head}{{{inner}}}"
        elif not FORBIDDEN.search(head + body):
            yield f"{head}{{{body}}}"


def _blocks(css: str) -> Iterator[tuple[str, str | None]]:
    """Each rule as (head, body); a statement without a block has no body."""
    at = 0
    while at < len(css):
        opened, ended = css.find("{", at), css.find(";", at)
        if opened < 0:
            break
        if 0 <= ended < opened:
            yield css[at : ended + 1], None
            at = ended + 1
            continue
        closed = _closing(css, opened)
        yield css[at:opened].strip(), css[opened + 1 : closed]
        at = closed + 1


def _closing(css: str, opened: int) -> int:
    depth = 0
    for at in range(opened, len(css)):
        depth += {"{": 1, "}": -1}.get(css[at], 0)
        if depth == 0:
            return at
    raise ValueError("the style sheet ends inside a block")


def cleaned_js(script: str) -> str:
    """The module without the address of its source map. It starts itself, since our policy allows no inline script."""
    script = re.sub(r"//# sourceMappingURL=\S+", "", script).strip()
    return script + "\ninitAll();\n"


def write(package: Path, target: Path = TARGET) -> None:
    """Read the npm package file and write what we keep of it. Raises ValueError when something forbidden is left."""
    with tarfile.open(package) as archive:
        version = json.loads(member(archive, "package/package.json"))["version"]
        css = cleaned_css(member(archive, "package/dist/govuk/govuk-frontend.min.css").decode("utf-8"))
        script = cleaned_js(member(archive, "package/dist/govuk/govuk-frontend.min.js").decode("utf-8"))
    for name, text in (("style sheet", css), ("script", script)):
        if found := FORBIDDEN.search(text):
            raise ValueError(
                f"the {name} still says {found.group()!r}: the package has changed, look at it and mend the script"
            )
    target.mkdir(parents=True, exist_ok=True)
    (target / "govuk.css").write_text(css, encoding="utf-8")
    (target / "govuk.js").write_text(script, encoding="utf-8")
    (target / "LICENCE.txt").write_text(_NOTICE.format(version=version), encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(with_package(sys.argv[1:], f"govuk-frontend@{VERSION}", write))
