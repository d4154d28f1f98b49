"""Checking in a force's own browser: the checks as a document, the page as two files to keep, and what a page asks for by name.

The document is made once for each edition of the checks and lies in the service's folder (`local-checks`). Making it needs the
engine, so that it is done in a process of its own: the pages stay as light as they are.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import sys
from functools import lru_cache
from pathlib import Path

import vkpp
from vkpp.engine.keeping.writing import file_made_whole
from vkpp.ops import stores
from vkpp.ops.once import made_apart, made_once
from vkpp.ops.version import VERSION

SOURCE = Path(vkpp.__file__).parent
STATIC = SOURCE / "web" / "local" / "static"
PARTS = SOURCE / "web" / "parts" / "static"
# One script after the other: DuckDB's own first, since ours listens where it listened.
WORKER = (
    "duckdb/duckdb-browser-eh.worker.js",
    *(f"local/{name}.js" for name in ("words", "headings", "encodings", "reading", "judging", "running")),
)
PAGE = tuple(f"local/{name}.js" for name in ("words", "periods", "drawing", "page"))
WASM = "duckdb/duckdb-eh.wasm.gz"
STYLES = (PARTS / "govuk" / "govuk.css", PARTS / "vkpp.css", STATIC / "local.css")
FOLDER = "local-checks"
SAVED = SOURCE / "web" / "local" / "saved" / "page.html"


def document(root: Path, collection: str, *, invented: bool) -> bytes:
    """The checks of a collection as JSON (UTF-8). Raises KeyError for a collection that there is not."""
    catalogue = stores.catalogue_of(invented=invented)
    if collection not in catalogue.collections:
        raise KeyError(collection)
    register = stores.INVENTED if invented else stores.REAL
    return _at(path_of(root, collection, register), collection, register)


def path_of(root: Path, collection: str, register: str) -> Path:
    return root / FOLDER / f"{collection}-{register}-{edition()}.json.gz"


@lru_cache(maxsize=16)
def _at(path: Path, collection: str, register: str) -> bytes:
    made_apart(path, "vkpp.ops.local_check", collection, register)
    return gzip.decompress(path.read_bytes())


def main(path: str, collection: str, register: str) -> None:
    """Make the document and put it where the pages look for it, whole or not at all."""
    content = made(collection, invented=register == stores.INVENTED)
    file_made_whole(Path(path), gzip.compress(content, 9, mtime=0))


def made(collection: str, *, invented: bool) -> bytes:
    """The document, made here and now (some seconds). The same program and catalogue give the same bytes."""
    from vkpp.engine.flow.local_checks import local_checks

    catalogue = stores.catalogue_of(invented=invented)
    return local_checks(catalogue.specification(collection), catalogue)


@lru_cache(maxsize=1)
def edition() -> str:
    """What the document depends on: this version, the engine and the catalogue as they stand here."""
    digest = hashlib.sha256(VERSION.encode())
    for path in sorted(path for floor in ("engine", "catalogue", "basics") for path in (SOURCE / floor).rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(str(path.relative_to(SOURCE)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


# The page as two files that open from a folder, with no network.


def page_name(collection: str, kind: str) -> str:
    """The name of a saved file: "html" is the page, "js" all that it needs."""
    return f"vkpp-check-{collection}.{kind}"


def saved(root: Path, collection: str, kind: str, *, invented: bool) -> Path:
    """Where one of the two files lies ("html", "js"), made once for what it holds. Raises KeyError as `document`."""
    checks = document(root, collection, invented=invented)
    key = hashlib.sha256(_parts() + hashlib.sha256(checks).digest()).hexdigest()[:16]
    register = stores.INVENTED if invented else stores.REAL
    path = root / FOLDER / f"{collection}-{register}-{key}.{kind}"

    def make() -> None:
        file_made_whole(path, saved_script(checks) if kind == "js" else saved_page(checks, invented=invented))

    return made_once(path, make)


@lru_cache(maxsize=1)
def _parts() -> bytes:
    """The digest of everything else that the two files are made of: scripts, styles, DuckDB, and how they are put together."""
    digest = hashlib.sha256()
    names = (*WORKER, *PAGE, WASM, "duckdb/LICENCE.txt")
    for path in (*(STATIC / name for name in names), *STYLES, SAVED, Path(__file__)):
        content = path.read_bytes()
        digest.update(b"%d\n" % len(content) + content)
    return digest.digest()


def saved_script(checks: bytes) -> bytes:
    """Everything that the saved page runs: the checks, DuckDB packed as text, the worker's scripts and the page's."""
    worker = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in WORKER)
    wasm = base64.b64encode((STATIC / WASM).read_bytes()).decode("ascii")
    licence = (STATIC / "duckdb" / "LICENCE.txt").read_text(encoding="utf-8").replace("*/", "* /")
    inside = f'{{"checks":{checks.decode("utf-8")},"worker":{json.dumps(worker)},"wasm":"{wasm}"}}'
    page = [(STATIC / name).read_text(encoding="utf-8") for name in PAGE]
    return "\n".join([f"/*\n{licence}*/", f"var vkpp = {{ embedded: {inside} }};", *page]).encode("utf-8")


# No address at all may be asked. A browser reads this before the first script; a worker made by the page inherits it.
POLICY = (
    "default-src 'none'; script-src 'self' file: blob: 'wasm-unsafe-eval'; worker-src blob:; style-src 'unsafe-inline';"
    " connect-src 'none'; img-src data:; form-action 'none'; base-uri 'none'"
)


def saved_page(checks: bytes, *, invented: bool) -> bytes:
    """The page itself: words and styles. It names its script, which must lie beside it under its own name."""
    said = json.loads(checks)
    edition_of = said["edition"]
    css = "\n".join(path.read_text(encoding="utf-8") for path in STYLES).replace("</", "<\\/")
    words = {
        "policy": POLICY,
        "css": css,
        "title": said["title"],
        "banner": "Invented: these checks know the forces of the invented register only." if invented else "",
        "specification": edition_of["specification"],
        "checks": edition_of["checks"][:16],
        "script": page_name(said["collection"], "js"),
    }
    page = SAVED.read_text(encoding="utf-8")
    for name, text in words.items():
        page = page.replace(f"[[{name}]]", text)
    return page.encode("utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
