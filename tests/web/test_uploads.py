"""Uploads at their limits: a disk that fills in each place of writing, and 200 MB through the real web server."""

from __future__ import annotations

import errno
import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.db import OperationalError

from tests.ops.test_faults import connected, free_port, served
from tests.records.collecting import Scene, found_scene
from tests.records.test_collections_work import service  # noqa: F401  a fixture
from tests.web.clients import sign_in_by_cookie
from tests.web.test_force import a_file, at, text, upload
from vkpp.engine.keeping import writing
from vkpp.records.collections.models import Version
from vkpp.records.collections.rules import places
from vkpp.web.parts.full_disk import is_full

Clients = Callable[[UUID | None], Any]
Patch = pytest.MonkeyPatch


@pytest.fixture
def scene(records: None, tmp_path: Path, monkeypatch: Patch) -> Scene:
    monkeypatch.setattr(settings, "FOLDER", tmp_path)
    return found_scene()


# A full disk


def full(*_: object, **__: object) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


def _begun(patch: Patch) -> None:
    patch.setattr(TemporaryFileUploadHandler, "new_file", full)


def _arriving(patch: Patch) -> None:
    patch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", full)


def _completed(patch: Patch) -> None:
    patch.setattr(TemporaryFileUploadHandler, "file_complete", full)


def _copied(patch: Patch) -> None:
    patch.setattr(places.shutil, "copyfile", full)


def _half_copied(patch: Patch) -> None:
    def half(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:3])
        full()

    patch.setattr(places.shutil, "copyfile", half)


def _synced(patch: Patch) -> None:
    patch.setattr(writing, "sync", full)


def _renamed(patch: Patch) -> None:
    patch.setattr(Path, "rename", full)


def _row(patch: Patch, words: str = "database or disk is full") -> None:
    def refused(self: Any, *args: object, **kwargs: object) -> None:
        raise OperationalError(words)

    patch.setattr(Version, "save", refused)


def _row_on_postgresql(patch: Patch) -> None:
    _row(patch, 'could not extend file "base/1/2": No space left on device')


PLACES = [_begun, _arriving, _completed, _copied, _half_copied, _synced, _renamed, _row, _row_on_postgresql]


@pytest.mark.parametrize("fill", PLACES, ids=[one.__name__.strip("_") for one in PLACES])
def test_a_disk_that_fills_while_a_file_is_sent_is_told_and_nothing_is_half_written(
    scene: Scene, client_of: Clients, monkeypatch: Patch, caplog: pytest.LogCaptureFixture, fill: Callable[[Patch], None]
) -> None:
    client = client_of(scene.preparer)
    client.raise_request_exception = False
    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        fill(patch)
        answer = upload(client, scene.east, a_file("crimes.csv", b"secret,words\n" * 100))
    said = text(answer)
    assert answer.status_code == 507, said
    assert "There is no room on our side" in said and "Nothing of what you sent was kept" in said
    assert "Try again in an hour" in said and "log of the service" in said
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert any("The disk is full" in record.getMessage() and record.name == "vkpp.web" for record in caplog.records)
    assert "secret" not in caplog.text
    assert scene.row(scene.east).state == "awaited" and not Version.objects.unscoped("test").exists()
    sent = settings.FOLDER / "sent"
    assert not sent.exists() or list(sent.iterdir()) == []
    assert list(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir()) == []
    assert upload(client, scene.east).status_code == 302  # there is room again


def test_a_session_that_cannot_be_saved_does_not_say_that_nothing_was_kept(
    scene: Scene, client_of: Clients, monkeypatch: Patch
) -> None:
    """On SQLite everything writes to one disk: the file was kept, and then the session was not."""
    from django.contrib.sessions.models import Session

    client = client_of(scene.preparer)

    def refused(*_: object, **__: object) -> None:
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Session, "save", refused)
        answer = upload(client, scene.east)
        page = client.get(at(scene.east))
    assert answer.status_code == 507 and "may have been kept" in text(answer)
    assert page.status_code == 507 and "this page could not be made" in text(page)
    assert scene.row(scene.east).state == "checking"


def test_other_faults_are_not_taken_for_a_full_disk() -> None:
    assert not is_full(None) and not is_full(ValueError("no space left")) and not is_full(OSError(errno.EACCES, "x"))
    assert not is_full(OperationalError("server closed the connection unexpectedly"))
    assert is_full(OSError(errno.EDQUOT, "x"))


# 200 MB


STEP = b"AS240000001,recorded,2024-03-14\n" * 32_768  # 1 MiB
NEARLY = places.MOST_BYTES - (1 << 20)


def body(scene: Scene, port: int, size: int) -> tuple[bytes, Iterator[bytes], bytes]:
    """A request for a file of `size` bytes: its head, the file in steps, and its end; nothing of it is held whole."""
    cookie, token = sign_in_by_cookie(scene.preparer, "http://localhost"), "a" * 32
    start = f'--x\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'
    start += '--x\r\nContent-Disposition: form-data; name="files"; filename="crimes.csv"\r\nContent-Type: text/csv\r\n\r\n'
    end = b"\r\n--x--\r\n"
    head = f"POST /returns/{scene.east}/send/ HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n"
    head += f"Cookie: {cookie['name']}={cookie['value']}; csrf={token}\r\n"
    head += f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(start) + size + len(end)}\r\n\r\n"
    whole, rest = divmod(size, len(STEP))
    return (head + start).encode(), iter([STEP] * whole + [STEP[:rest]]), end


def resident(folder: str) -> int:
    """Bytes of memory that the web server's processes have at most held, by the kernel's own count."""
    most = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if f"VKPP_FOLDER={folder}\0".encode() in (status.parent / "environ").read_bytes():
                lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
                most = max(most, int(lines.get("VmHWM", "0 kB").split()[0]) * 1024)
        except OSError:
            continue
    return most


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="memory is read from the kernel")
def test_two_hundred_megabytes_are_streamed_to_disk_and_kept_whole_and_more_is_refused_unread(
    service: dict[str, str],  # noqa: F811
) -> None:
    scene, port = found_scene(), free_port()
    began, hashed = time.monotonic(), hashlib.sha256()
    with served(service, port) as asked:
        asked.close()
        before = _warm(scene, port, service["VKPP_FOLDER"])
        head, steps, end = body(scene, port, NEARLY)
        with connected(port) as sending:
            sending.sendall(head)
            for step in steps:
                hashed.update(step)
                sending.sendall(step)
            sending.sendall(end)
            answer = b"".join(iter(lambda: sending.recv(100_000), b""))
        after = resident(service["VKPP_FOLDER"])
        assert answer.startswith(b"HTTP/1.1 302"), answer[:300]
        assert after > 0 and after - before < 40 << 20, f"{(after - before) >> 20} MB more were held"
        version = Version.objects.unscoped("test").get(submission=scene.east)
        (kept,) = places.sent(Path(service["VKPP_FOLDER"]), version.pk).iterdir()
        assert kept.stat().st_size == version.size == NEARLY
        assert writing.sha256_of(kept) == hashed.hexdigest()
        assert list((Path(service["VKPP_FOLDER"]) / "uploads-arriving").iterdir()) == []
        with connected(port) as sending:  # too much, by what it announces: answered before one byte of it is sent
            head, _, _ = body(scene, port, places.MOST_BYTES + (2 << 20))
            sending.sendall(head)
            refused = b"".join(iter(lambda: sending.recv(100_000), b""))
        assert refused.startswith(b"HTTP/1.1 413") and b"That is too large" in refused, refused[:300]
    assert time.monotonic() - began < 120


def _warm(scene: Scene, port: int, folder: str) -> int:
    """What the server holds once it has shown a page, so that what it loads once is not counted."""
    cookie = sign_in_by_cookie(scene.preparer, "http://localhost")
    ask = f"GET /returns/{scene.east}/send/ HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n"
    with connected(port) as asked:
        asked.sendall(f"{ask}Cookie: {cookie['name']}={cookie['value']}\r\n\r\n".encode())
        assert asked.recv(100_000).startswith(b"HTTP/1.1 200")
    return resident(folder)
