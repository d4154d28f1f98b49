"""Checking before sending without a script: the service checks what was sent, shows it once, and keeps nothing of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from tests.records.nation import Nation, found_nation
from tests.web.test_national import text_of
from vkpp.catalogue.load import load_catalogue
from vkpp.ops import check_once
from vkpp.ops.check_once import Asked, checked

Clients = Callable[[UUID | None], Any]
SHOTS = os.environ.get("SHOTS", "")
PLANTED = "Qwxzy7731"
TABLE = load_catalogue().specification("street-crime").tables[0]
CSV = (
    ",".join(field.title for field in TABLE.fields)
    + "\n"
    + "\n".join(",".join(f"{PLANTED}{n}" for _ in TABLE.fields) for n in range(20))
    + "\n"
)


def sent(text: str = CSV, name: str = f"{PLANTED}.csv") -> dict[str, Any]:
    return {f"file-{TABLE.name}": SimpleUploadedFile(name, text.encode("utf-8")), "period": "CY2024"}


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of this test's own, for its children too: another test's files are none of its business."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def lying_about() -> set[str]:
    """Every file of the service, and of this test's temporary folder, that holds the planted value or has it in its name."""
    roots = [Path(settings.FOLDER), Path(settings.FILE_UPLOAD_TEMP_DIR), Path(tempfile.gettempdir())]
    found = set()
    for path in {path for root in roots for path in root.rglob("*")}:
        try:
            held = path.is_file() and PLANTED.encode() in path.read_bytes()
        except OSError:
            continue
        if held or PLANTED in path.name:
            found.add(str(path))
    return found


def rows() -> dict[str, int]:
    """How many rows each table of the database has, but for the session that signing in keeps."""
    names = [name for name in connection.introspection.table_names() if name != "django_session"]
    with connection.cursor() as cursor:
        counted = {}
        for name in names:
            cursor.execute(f'SELECT count(*) FROM "{name}"')  # noqa: S608
            counted[name] = cursor.fetchone()[0]
    return counted


def test_what_is_sent_without_a_script_is_checked_shown_once_and_not_kept(nation: Nation, client_of: Clients) -> None:
    client = client_of(nation.east)
    page = text_of(client.get("/check/street-crime/"))
    assert "checked at once and not kept" in page
    before = rows()
    answer = client.post("/check/street-crime/", sent())
    said = text_of(answer)
    assert answer.status_code == 200 and "kinds of fix before you can send them" in said and "are not kept" in said
    assert f"{PLANTED}.csv: 21 lines = 1 header" in said and answer["Cache-Control"] == "no-store"
    assert rows() == before, "no row, and no entry on the trail"
    answer.close()
    assert lying_about() == set() and list(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir()) == []


def test_a_stranger_is_asked_to_sign_in_and_nothing_is_checked(
    nation: Nation, client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_once, "checked", lambda asked: pytest.fail("a stranger's file was checked"))
    answer = client_of(None).post("/check/street-crime/", sent())
    assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/?next=/check/street-crime/")
    assert "Sign in" in text_of(client_of(None).get("/check/street-crime/"))
    answer.close()
    assert lying_about() == set()


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "is empty"), ("%PDF-1.7 and more", "a PDF document"), ("Colour,Size\nred,1\n", "no row of headings")],
)
def test_what_cannot_be_read_is_said_beside_the_form(nation: Nation, client_of: Clients, text: str, words: str) -> None:
    answer = client_of(nation.east).post("/check/street-crime/", sent(text))
    assert answer.status_code == 400 and words in text_of(answer)
    other = client_of(nation.east).post("/check/street-crime/", {**sent(), "period": "2024"})
    assert other.status_code == 400 and "is not a period" in text_of(other)
    answer.close()
    other.close()
    assert lying_about() == set()


def test_a_child_that_crashes_or_takes_too_long_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Little memory: it dies as it starts. Little time: it is killed while it works, its folder full of what was sent."""
    arrived, arriving = tmp_path / "arrived", tmp_path / "arriving"
    arrived.write_text(CSV, encoding="utf-8")
    arriving.mkdir()
    files = ((TABLE.name, f"{PLANTED}.csv", arrived),)
    crashed = checked(Asked(files, "street-crime", "", invented=False, arriving=arriving, memory=1 << 26))
    assert "more memory than it may" in crashed.trouble and "nothing of your files was kept" in crashed.trouble
    assert list(arriving.iterdir()) == []
    monkeypatch.setattr(check_once, "SECONDS", 0)
    late = checked(Asked(files, "street-crime", "", invented=False, arriving=arriving))
    assert "took longer" in late.trouble and list(arriving.iterdir()) == []


def test_a_child_killed_in_the_middle_of_its_work_leaves_nothing(tmp_path: Path) -> None:
    """Somebody else's kill -9, at the moment when the files stand copied in the folder."""
    import signal
    import threading
    import time

    arrived, arriving = tmp_path / "arrived", tmp_path / "arriving"
    arrived.write_text(CSV * 200, encoding="utf-8")
    arriving.mkdir()
    seen: list[int] = []

    def kill() -> None:
        for _ in range(3000):
            copied = [path for path in arriving.rglob("*.csv") if path.is_file() and path.stat().st_size]
            if copied:
                for child in Path(f"/proc/{os.getpid()}/task/{threading.main_thread().native_id}/children").read_text().split():
                    if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                        seen.append(int(child))
                        os.kill(int(child), signal.SIGKILL)
                return
            time.sleep(0.01)

    watcher = threading.Thread(target=kill)
    watcher.start()
    files = ((TABLE.name, f"{PLANTED}.csv", arrived),)
    found = checked(Asked(files, "street-crime", "", invented=False, arriving=arriving))
    watcher.join()
    assert seen and found.trouble and list(arriving.iterdir()) == []


def test_more_than_a_few_at_once_are_told_so_and_other_pages_answer(
    nation: Nation, client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight at once, as many as threads answer pages: two are being checked and hold their thread; six are told at once."""
    import threading
    from concurrent.futures import ThreadPoolExecutor

    begun, go_on = threading.Semaphore(0), threading.Event()

    def slow(*_: object) -> check_once.Found:
        begun.release()
        assert go_on.wait(60)
        return check_once.Found(trouble="It was one of the two.")

    monkeypatch.setattr(check_once, "_apart", slow)
    arriving = Path(settings.FILE_UPLOAD_TEMP_DIR)
    asked = Asked((), "street-crime", "", invented=False, arriving=arriving)
    with ThreadPoolExecutor(8) as pool:
        try:
            held = [pool.submit(checked, asked) for _ in range(check_once.AT_ONCE)]
            assert all(begun.acquire(timeout=30) for _ in held)
            rest = [pool.submit(checked, asked) for _ in range(8 - len(held))]
            assert all(one.result(timeout=5).wait for one in rest)
            client = client_of(nation.east)
            answer = client.post("/check/street-crime/", sent())
            said = text_of(answer)
            assert answer.status_code == 503 and answer["Retry-After"] == "60"
            assert "busy" in said and "Try again in a minute" in said and "choose the files again" in said
            assert client.get("/check/street-crime/").status_code == 200
            assert not any(one.done() for one in held)
            answer.close()
            assert lying_about() == set()
        finally:
            go_on.set()
        assert [one.result(timeout=30).trouble for one in held] == ["It was one of the two."] * check_once.AT_ONCE
    assert checked(asked).trouble == "It was one of the two.", "and their place is free again"
    assert list(arriving.iterdir()) == []


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1280])
def test_the_form_without_a_script_is_plain_and_works(tab_of: Any, tmp_path: Path, width: int) -> None:
    tab = tab_of(found_nation().east, width=width, scripts=False)
    tab.goto("/check/street-crime/")
    file = tmp_path / "return.csv"
    file.write_text(CSV, encoding="utf-8")
    tab.set_input_files("input[type=file]", str(file))
    if SHOTS:
        tab.screenshot(path=str(Path(SHOTS) / f"check-plain-{width}.png"), full_page=True)
    tab.click("text=Send, check and do not keep")
    assert "kinds of fix before you can send them" in tab.inner_text("h1")
    if SHOTS:
        tab.screenshot(path=str(Path(SHOTS) / f"check-plain-found-{width}.png"))
