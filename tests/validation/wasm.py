"""DuckDB-WASM in Chromium, with our own reading beside it, for tests: files and checks in, findings out. Nothing is served."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vkpp.basics.periods import Period
from vkpp.engine.shapes.findings import FINDINGS_SCHEMA

STATIC = Path(__file__).resolve().parents[2] / "src" / "vkpp" / "web" / "local" / "static"
SCRIPTS = ("words", "headings", "encodings", "reading", "judging", "running")
ENGINE = STATIC / "duckdb" / "duckdb-browser-eh.worker.js"
WASM = STATIC / "duckdb" / "duckdb-eh.wasm.gz"
PAGE = """<!doctype html><title>.</title>"""
ORIGIN = "http://checks.test"
SETUP = """async () => {
  window.wasm = await (await fetch("/wasm")).arrayBuffer();
  const worker = new Worker("/worker.js");
  const waiting = new Map();
  let n = 0;
  worker.onmessage = ({ data }) => { if (data.type !== "progress") { waiting.get(data.id)(data); waiting.delete(data.id); } };
  worker.onerror = (event) => { window.failed = event.message; waiting.forEach((done) => done({ words: event.message })); };
  window.call = (type, asking) => new Promise((done) => {
    const id = ++n;
    waiting.set(id, done);
    worker.postMessage({ id, type, asking });
  });
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  window.ask = async (type, path) => {
    const asking = await (await fetch(path)).json();
    for (const one of [...(asking.files || []), ...(asking.earlier || [])]) one.bytes = bytes(one.base64);
    if (asking.base64 !== undefined) asking.bytes = bytes(asking.base64);
    return call(type, { ...asking, wasm });
  };
}"""


def worker_script() -> str:
    """All that the worker runs, one script after the other."""
    ours = [(STATIC / "local" / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
    return "\n".join([ENGINE.read_text(encoding="utf-8"), *ours])


class Wasm:
    """One worker in one page."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.asked: dict[str, str] = {}
        page.route("**/*", self._answer)
        page.goto(ORIGIN)
        page.evaluate(SETUP)

    def _answer(self, route: Any) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if path == "/wasm":
            route.fulfill(body=WASM.read_bytes(), content_type="application/octet-stream")
        elif path == "/worker.js":
            route.fulfill(body=worker_script(), content_type="text/javascript; charset=utf-8")
        elif path in self.asked:
            route.fulfill(body=self.asked[path], content_type="application/json")
        elif path == "/":
            route.fulfill(body=PAGE, content_type="text/html")
        else:
            route.abort()

    def _ask(self, kind: str, asking: Mapping[str, Any]) -> dict[str, Any]:
        path = f"/asked/{len(self.asked)}"
        self.asked = {path: json.dumps(asking)}
        said: dict[str, Any] = self.page.evaluate("([kind, path]) => ask(kind, path)", [kind, path])
        if "result" not in said:
            raise AssertionError(said.get("words"))
        result: dict[str, Any] = said["result"]
        return result

    def read(self, name: str, content: bytes, exported: Mapping[str, Any], table: str) -> dict[str, Any]:
        """One file read, without DuckDB."""
        return self._ask("read", {"name": name, "table": table, "base64": _packed(content), "exported": exported})

    def check(
        self,
        files: Sequence[tuple[str, Path]],
        exported: Mapping[str, Any],
        *,
        period: Period | None = None,
        nation: Any = None,
        earlier: Sequence[tuple[str, Path]] = (),
    ) -> dict[str, Any]:
        """`files` are (table, path). Findings come back as rows of FINDINGS_SCHEMA."""
        days = {"start": period.start.isoformat(), "end": period.end.isoformat()} if period else None
        asking = {"files": _sent(files), "exported": exported, "period": days, "earlier": _sent(earlier), "nation": nation}
        said = self._ask("check", asking)
        return said | {"findings": [as_row(one) for one in said.get("findings", ())]}


def as_row(finding: Mapping[str, Any]) -> dict[str, Any]:
    return {name: finding.get(name) for name in FINDINGS_SCHEMA.names}


def _sent(files: Sequence[tuple[str, Path]]) -> list[dict[str, str]]:
    return [{"table": table, "name": path.name, "base64": _packed(path.read_bytes())} for table, path in files]


def _packed(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


@contextmanager
def in_chromium(chromium: str) -> Iterator[Wasm]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            yield Wasm(running.new_page())
        finally:
            running.close()
