"""Checking before sending: the page in Chromium finds what the engine finds, sends and keeps nothing, needs no network."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from tests.records.nation import Nation
from tests.web.clients import sideways, violations
from vkpp.basics.periods import Period
from vkpp.catalogue.load import load_catalogue
from vkpp.engine.flow.checking import check_files
from vkpp.ops import local_check
from vkpp.ops.command_line import main
from vkpp.ops.example.generate import write_year
from vkpp.ops.example.nation import respondents
from vkpp.ops.example.nation_year import make_nation_year

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Tabs = Callable[..., Any]
SHOTS = os.environ.get("SHOTS", "")
TABLES = ("crimes", "victims", "suspects", "relations")
PLANTED = "Qwxzy7731"  # stands in every file, and must stand in nothing that leaves the browser
STORED = """async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,
  (await caches.keys()).length, location.search + location.hash, document.cookie]"""


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A force's invented return as CSV, with the planted value as a reference that no other table knows."""
    folder = tmp_path_factory.mktemp("return")
    nation = make_nation_year(2024, 100, 2024, clean=True)
    number, force = next((n, f) for n, f in enumerate(respondents()) if f.force_id == "ashwater")
    (delivery,), _ = write_year(nation, number, force, folder)
    files = {}
    for path in sorted({path for path, _ in delivery.files.values()}):
        table = next(name for name in TABLES if name in path.stem)
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
        rows[1] = [PLANTED if cell == rows[1][0] else cell for cell in rows[1]]
        for row in rows[3::4]:  # a fault of some kind in every fourth record, another column each time
            row[len(row[0]) % len(row)] = "=31/31/2024, perhaps"
        files[table] = folder / f"{table}.csv"
        with files[table].open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    assert set(files) == set(TABLES)
    return files


@pytest.fixture(scope="module")
def found(sent: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Any:
    catalogue = load_catalogue()
    named = [(name, sent[name]) for name in TABLES]
    spec = catalogue.specification("csae")
    result = check_files([], spec, catalogue, tmp_path_factory.mktemp("w"), named=named, period=Period.parse("CY2024")).result
    assert len(result.findings) > 50
    return result


def choose(tab: Any, files: dict[str, Path], period: str = "CY2024") -> None:
    for name, path in files.items():
        tab.set_input_files(f"#files-{name}", str(path))
    tab.fill("#period", period)
    tab.click("text=Check on this computer")


def saved_csv(tab: Any) -> list[dict[str, str]]:
    with tab.expect_download() as waiting:
        tab.click("text=Save all findings as CSV")
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def as_saved(result: Any) -> list[tuple[str, ...]]:
    """The engine's findings as the saved file has them; what begins like a formula has an apostrophe before it."""
    names = ("file", "record", "row", "message", "column", "value", "fix", "check")
    rows = []
    for one in result.findings.table.to_pylist():
        texts = ["" if one[name] is None else str(one[name]) for name in names]
        rows.append(tuple("'" + t if t[:1] in "=+-@\t\r" and t else t for t in texts))
    return rows


SAVED = ("File", "Record", "Row", "Message", "Column", "Value", "What to do", "Check")


def shot(tab: Any, name: str) -> None:
    if SHOTS:
        tab.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


@pytest.fixture
def asked() -> Iterator[list[tuple[str, str, bytes]]]:
    """What reached the server: method, address, body."""
    from django.core.signals import request_started

    seen: list[tuple[str, str, bytes]] = []

    def note(sender: Any, environ: Any = None, **_: Any) -> None:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        seen.append((environ["REQUEST_METHOD"], environ["PATH_INFO"] + "?" + environ.get("QUERY_STRING", ""), b"x" * length))

    request_started.connect(note)
    yield seen
    request_started.disconnect(note)


def test_the_page_finds_what_the_engine_finds_and_nothing_is_sent(
    nation: Nation, tab_of: Tabs, sent: dict[str, Path], found: Any, asked: Any
) -> None:
    tab = tab_of(None)
    requests: list[Any] = []
    sockets: list[Any] = []
    faults: list[str] = []
    tab.context.on("request", lambda one: requests.extend([one]))
    tab.on("websocket", lambda one: sockets.extend([one]))
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    tab.goto("/check/csae/")
    tab.wait_for_selector("#files-crimes")
    before = tab.evaluate(STORED)
    shot(tab, "check-1280")
    assert violations(tab) == [] and sideways(tab) == 0
    choose(tab, sent)
    tab.wait_for_selector("#verdict", timeout=120_000)
    assert [tuple(row[name] for name in SAVED) for row in saved_csv(tab)] == as_saved(found)
    assert tab.locator("dt:text('Records read') + dd").inner_text().startswith(f"{records(found):,}")
    said = tab.inner_text(".local-found")
    assert all(one.sentence() in said for one in found.reconciliations)
    assert "places in suspects)" in said and "places in victims)" in said  # the same fault in two tables, told apart
    assert found.specification in said and violations(tab) == [] and sideways(tab) == 0
    shot(tab, "check-results-1280")
    narrowed(tab, found)
    assert faults == [] and sockets == []
    for one in requests:  # of the page and of its worker
        assert (one.method == "GET" and one.post_data_buffer is None) or one.url.startswith("blob:"), one.url
        assert PLANTED not in one.url and PLANTED not in json.dumps(one.all_headers())
        assert one.url.startswith((tab.url.split("/check/")[0], "blob:", "data:")), one.url
    assert {method for method, _, _ in asked} == {"GET"} and not any(body for _, _, body in asked)
    assert not any(PLANTED in address for _, address, _ in asked)
    reached = " ".join(address for _, address, _ in asked)
    assert all(name in reached for name in ("/check/worker.js", "duckdb-browser-eh.worker", "duckdb-eh.wasm", "running."))
    count = len(asked)
    choose(tab, sent)
    tab.wait_for_selector("#verdict", timeout=120_000)
    assert len(asked) == count, "a second check asks the server for nothing at all"
    assert tab.evaluate(STORED) == before and before[:4] == [0, 0, 0, 0]
    kept = [path for path in Path(settings.FOLDER).rglob("*") if path.is_file() and PLANTED.encode() in path.read_bytes()]
    assert kept == []


def records(result: Any) -> int:
    return sum(one.records for one in result.reconciliations)


def narrowed(tab: Any, found: Any) -> None:
    """Filters and pages: an error's own findings, and the kinds."""
    kinds = found.findings.table["severity"].to_pylist()
    for severity in ("error", "query", "note"):
        tab.select_option("#filter-severity", severity)
        caption = tab.inner_text(".vkpp-findtab")
        assert (f"of {kinds.count(severity):,}" in caption) == (severity in kinds)
    tab.select_option("#filter-severity", "")


def test_a_policy_lets_only_the_worker_compile_and_nothing_go_elsewhere(nation: Nation, tab_of: Tabs) -> None:
    tab = tab_of(None)
    page = tab.goto("/check/csae/").headers["content-security-policy"]
    assert "wasm-unsafe-eval" not in page and "connect-src 'self';" in page and "default-src 'none'" in page
    tab.wait_for_selector("#files-crimes")
    for reach in ("fetch('https://elsewhere.example/')", "navigator.sendBeacon('https://elsewhere.example/', 'x')"):
        refused = tab.evaluate(
            f"""() => new Promise((done) => {{
                document.addEventListener('securitypolicyviolation', (e) => done(e.effectiveDirective), {{ once: true }});
                try {{ Promise.resolve({reach}).catch(() => 0) }} catch (e) {{ done('thrown') }} }})"""
        )
        assert refused in ("connect-src", "thrown")


BROKEN = {
    "empty": (b"", "is empty"),
    "a document": (b"%PDF-1.7\n%\xe2\xe3 and more", "is a PDF document"),
    "a workbook": (b"PK\x03\x04 and more", "with vkpp check"),
    "another table": (b"Colour,Size\nred,1\n", "no row of headings for the table"),
    "a heading only": (b"Crime reference,Offence code\n", "no record below"),
    "a quote left open": (b'Crime reference,Offence code\nA1,"East\nA2,West\n', "a quote opened in cell 2 is not closed"),
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("saved")
    assert main(["local-check", "--collection", "csae", "--out", str(out), "--quiet"]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["vkpp-check-csae.html", "vkpp-check-csae.js"]
    return out


@pytest.fixture
def offline(browser: Any, saved: Path) -> Iterator[Any]:
    """The saved page, opened from the disk in a browser without a network."""
    context = browser.new_context(viewport={"width": 360, "height": 800}, offline=True, locale="en-GB")
    tab = context.new_page()
    tab.requests, tab.faults = [], []
    context.on("request", lambda one: tab.requests.append(one.url))
    tab.on("pageerror", lambda error: tab.faults.append(str(error)))
    tab.on("console", lambda said: tab.faults.append(said.text) if said.type == "error" else None)
    tab.goto((saved / "vkpp-check-csae.html").as_uri())
    tab.wait_for_selector("#files-crimes")
    yield tab
    context.close()


def test_two_saved_files_check_from_a_disk_without_a_network(offline: Any, sent: dict[str, Path], found: Any) -> None:
    shot(offline, "check-saved-360")
    choose(offline, sent)
    offline.wait_for_selector("#verdict", timeout=120_000)
    shot(offline, "check-saved-results-360")
    assert "`" not in offline.inner_text(".local-found")  # what is code stands as code
    assert offline.locator(".local-found code", has_text="vkpp check --national").count() >= 1
    assert [tuple(row[name] for name in SAVED) for row in saved_csv(offline)] == as_saved(found)
    assert offline.faults == [] and sideways(offline) == 0 and violations(offline) == []
    assert all(url.startswith(("file://", "blob:", "data:")) for url in offline.requests), offline.requests


def test_what_cannot_be_read_is_said_in_the_engine_s_words(offline: Any, sent: dict[str, Path], tmp_path: Path) -> None:
    for name, (content, words) in BROKEN.items():
        path = tmp_path / f"{name.replace(' ', '-')}.csv"
        path.write_bytes(content)
        choose(offline, {**sent, "crimes": path})
        offline.wait_for_selector("#verdict", timeout=60_000)
        assert words in offline.inner_text(".local-found"), name
        assert "1 file could not be read, so nothing was checked" in offline.inner_text("#verdict")
    path = tmp_path / "book.csv"
    path.write_bytes(b"PK\x03\x04" + bytes(60))
    choose(offline, {**sent, "crimes": path})
    offline.wait_for_selector(".local-found code", timeout=60_000)
    said = offline.inner_text(".local-found")
    assert "is a workbook or a zip" in said and "check the workbook as it is with vkpp check" in said and "`" not in said
    assert [one.inner_text() for one in offline.locator(".local-found code").all()] == ["vkpp check"]
    shot(offline, "check-broken-360")
    offline.set_input_files("#files-crimes", [])
    offline.click("text=Check on this computer")
    assert "No file was given for crimes." in offline.inner_text("[role=alert]")
    offline.set_input_files("#files-crimes", str(sent["crimes"]))
    offline.fill("#period", "2024")
    offline.click("text=Check on this computer")
    assert "'2024' is not a period." in offline.inner_text("[role=alert]")


@pytest.mark.parametrize("collection", ["recorded-crime", "street-crime"])
def test_another_collection_is_checked_too(nation: Nation, tab_of: Tabs, tmp_path: Path, collection: str) -> None:
    root = Path(__file__).resolve().parents[1] / "data"
    file = next((root / "street_crime").glob("*.csv")) if collection == "street-crime" else next(root.glob("calib*.csv"))
    catalogue = load_catalogue()
    spec = catalogue.specification(collection)
    table = spec.tables[0].name
    tab, early = tab_of(None), []

    def not_yet(route: Any) -> None:
        """The first time another asker has the checks made."""
        early.append(route.request.url)
        if len(early) == 1:
            route.fulfill(status=503, headers={"Retry-After": "5"})
        else:
            route.continue_()

    tab.route(f"**{reverse('local:checks', args=[collection])}", not_yet)
    tab.goto(f"/check/{collection}/")
    tab.wait_for_selector(f"#files-{table}")
    tab.set_input_files(f"#files-{table}", str(file))
    tab.click("text=Check on this computer")
    tab.wait_for_selector("#verdict", timeout=120_000)
    assert len(early) == 2, "it asks again by itself"
    try:
        result = check_files([], spec, catalogue, tmp_path, named=[(table, file)]).result
    except Exception as refused:  # noqa: BLE001  the page must say the same
        assert str(refused) in tab.inner_text(".local-found")
        return
    assert [tuple(row[name] for name in SAVED) for row in saved_csv(tab)] == as_saved(result)


def test_the_page_to_save_is_served_as_the_verb_writes_it(nation: Nation, client_of: Any, saved: Path) -> None:
    for kind in ("html", "js"):
        answer = client_of(None).get(f"/check/csae/saved/{kind}/")
        assert answer.getvalue() == (saved / local_check.page_name("csae", kind)).read_bytes()
        assert "attachment" in answer["Content-Disposition"]
    assert client_of(None).get("/check/csae/saved/exe/").status_code == 404


def test_two_who_ask_at_once_have_one_made_and_what_is_made_is_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from vkpp.ops import blank_returns, once

    made: list[str] = []

    def slow(command: list[str], **_: object) -> None:
        made.append(command[2])
        time.sleep(0.3)
        Path(command[3]).write_bytes(gzip.compress(b'{"title": "T"}'))

    monkeypatch.setattr(once.subprocess, "run", slow)
    local_check._at.cache_clear()
    ask = [
        lambda: local_check._at.__wrapped__(tmp_path / "checks" / "a.json.gz", "csae", "real"),
        lambda: blank_returns.workbook(tmp_path, "csae", invented=False).name,
    ]
    for each in ask:
        with ThreadPoolExecutor(4) as pool:
            assert len({one.result() for one in [pool.submit(each) for _ in range(4)]}) == 1
    assert made == ["vkpp.ops.local_check", "vkpp.ops.blank_returns"]


def test_the_page_says_so_and_when_to_ask_again(nation: Nation, client_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from vkpp.basics.problems import NotYet
    from vkpp.ops import blank_returns

    def busy(*_: object, **__: object) -> None:
        raise NotYet("The file is being made.", next_step="ask for it again in half a minute")

    monkeypatch.setattr(blank_returns, "workbook", busy)
    answer = client_of(None).get("/what-is-collected/csae/blank.xlsx")
    assert answer.status_code == 503 and int(answer["Retry-After"]) > 0
    assert "Not ready yet" in answer.content.decode() and "half a minute" in answer.content.decode()


def test_the_script_to_save_is_made_once_for_what_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from concurrent.futures import ThreadPoolExecutor

    made: list[bytes] = []
    checks = [b"first"]
    monkeypatch.setattr(local_check, "document", lambda *_, **__: checks[0])
    monkeypatch.setattr(local_check, "saved_script", lambda given: made.append(given) or time.sleep(0.2) or b"of " + given)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(local_check.saved, tmp_path, "csae", "js", invented=False) for _ in range(4)]
        assert {one.result().read_bytes() for one in asked} == {b"of first"}
    checks[0] = b"second"
    assert local_check.saved(tmp_path, "csae", "js", invented=False).read_bytes() == b"of second"
    assert made == [b"first", b"second"]
