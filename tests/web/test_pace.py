"""Nobody sends or takes files faster than work by hand needs, and no force fills the disk for everybody: told in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from tests.ops.test_compartments import compartment_of, opened
from tests.records.collecting import ASKS, CHECK, ERROR, Scene, found_scene, outcome
from tests.records.nation import AT, join, viewer
from tests.web.test_local_unkept import sent as asked
from tests.web.test_walk import ADDRESSES
from vkpp.ops import check_once
from vkpp.records.collections import commands
from vkpp.records.collections.commands.quota import demand_room
from vkpp.records.collections.models import Submission, Version
from vkpp.records.collections.rules import places, register
from vkpp.records.ground.problems import Refused, RefusedForNow
from vkpp.web.parts import pace

Clients = Callable[[UUID | None], Any]
WEB = Path(pace.__file__).parents[1]


@pytest.fixture
def scene(records: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(settings, "FOLDER", tmp_path)
    monkeypatch.setattr(pace, "pace_on", lambda what, on: {pace.SEND: (2, 600), pace.TAKE: (3, 600)}[what])
    return found_scene()


def send(client: Any, scene: Scene) -> Any:
    file = SimpleUploadedFile("crimes.csv", b"a,b\n1,2\n")
    return client.post(f"/returns/{scene.east}/send/", {"files": [file]})


def kept(root: Path) -> int:
    return len(list((root / "sent").glob("*")))


def told(answer: Any) -> str:
    """The words of a refusal that passes by itself."""
    assert answer.status_code == 429
    return re.sub(r"\s+", " ", answer.content.decode().replace("&#x27;", "'"))


def test_one_person_sends_only_so_often_is_told_so_and_others_are_not_slowed(scene: Scene, client_of: Clients) -> None:
    client = client_of(scene.preparer)
    assert [send(client, scene).status_code for _ in range(2)] == [302, 403]  # the second while the first is checked
    answer = send(client, scene)
    text = told(answer)
    assert 590 <= int(answer.headers["Retry-After"]) <= 601
    assert "sent files or had them checked 2 times within 10 minutes. Nothing of this one was kept." in text
    assert "wait 10 minutes, then send it again" in text or "wait 11 minutes, then send it again" in text
    assert "tell your access manager" in text
    assert client.get(f"/returns/{scene.east}/send/").status_code == 200  # looking is not sending
    assert Version.objects.unscoped("test").count() == 1 and kept(Path(settings.FOLDER)) == 1
    colleague = join(scene.nation.chief, scene.nation.eastmere, "Sec Preparer", "force_analyst")
    assert send(client_of(colleague), scene).status_code == 403  # refused by the rule, not by the pace


def test_who_waits_may_go_on_and_the_wait_is_the_one_that_was_named(
    scene: Scene, client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The instants of the last ten minutes count, not the clock's own stretches: nobody sends twice as much at their edge."""

    class Asked:
        viewer, at = viewer(scene.preparer), AT

    first = Asked()
    pace.demand(first, pace.SEND)  # type: ignore[arg-type]
    first.at = AT + timedelta(seconds=599)
    pace.demand(first, pace.SEND)  # type: ignore[arg-type]
    with pytest.raises(RefusedForNow) as refused:
        pace.demand(first, pace.SEND)  # type: ignore[arg-type]
    assert refused.value.seconds == 2 and "wait 1 minute, then" in str(refused.value)
    first.at += timedelta(seconds=refused.value.seconds)
    pace.demand(first, pace.SEND)  # type: ignore[arg-type]
    with pytest.raises(RefusedForNow):  # of the two that count now one is a second old
        pace.demand(first, pace.SEND)  # type: ignore[arg-type]
    pace.demand(first, pace.TAKE)  # type: ignore[arg-type]


def test_one_person_takes_only_so_often(scene: Scene, client_of: Clients) -> None:
    scene.certified(scene.east)
    client = client_of(scene.preparer)
    address = f"/returns/{scene.east}/receipt.txt"
    assert [client.get(address).status_code for _ in range(3)] == [200, 200, 200]
    answer = client.get(address)
    assert "taken files 3 times" in told(answer) and "This one was not made." in told(answer)
    assert int(answer.headers["Retry-After"]) > 0 and answer.headers["Content-Type"].startswith("text/html")
    assert client.get(f"/returns/{scene.east}/receipt/").status_code == 200
    assert client_of(scene.certifier).get(address).status_code == 200


def test_a_check_without_a_script_is_refused_for_now_and_the_period_stays(
    scene: Scene, client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks: list[object] = []
    trouble = check_once.Found(trouble="Nothing could be read.")
    monkeypatch.setattr(check_once, "checked", lambda one: asks.append(one) or trouble)
    client, address = client_of(scene.preparer), reverse("local:page", args=["street-crime"])
    for _ in range(2):
        assert client.post(address, asked()).status_code == 400
    answer = client.post(address, asked())
    assert "had them checked 2 times" in told(answer) and int(answer.headers["Retry-After"]) > 0
    assert 'value="CY2024"' in answer.content.decode() and len(asks) == 2
    assert (
        client.post(address, {"period": "CY2024"}).status_code == 400
    )  # nothing was sent: the slip is told, nothing is counted
    assert client.get(address).status_code == 200
    assert client_of(None).post(address, asked()).status_code == 302


def test_a_force_sends_only_so_many_versions_in_a_day_and_loses_no_word(
    scene: Scene, client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "sent_a_day", lambda on: (2, 1 << 30))
    monkeypatch.setattr(pace, "pace_on", lambda what, on: (100, 600))
    now, client = timezone.now(), client_of(scene.preparer)
    version = scene.send(scene.east, at=now - timedelta(hours=23))
    commands.note_checked(by=CHECK, at=now, version=version, outcome=outcome(ERROR))
    assert send(client, scene).status_code == 302
    commands.note_checked(by=CHECK, at=now, version=Version.objects.unscoped("t").get(number=2).pk, outcome=outcome(ERROR))
    answer = send(client, scene)
    text = told(answer)
    assert "Your force has sent 2 versions with 0 MB within 24 hours" in text and "2 with 1,024 MB are the most" in text
    assert "Nothing of this one was kept" in text and "tell the national team why it cannot wait" in text
    assert 3000 < int(answer.headers["Retry-After"]) <= 3601
    assert scene.row(scene.east).version == 2 and kept(Path(settings.FOLDER)) == 2
    words = "Zephyrine recorded nothing of this kind."
    answer = client.post(f"/returns/{scene.east}/nil/", {"reason": words})
    assert words in told(answer) and int(answer.headers["Retry-After"]) > 3000
    assert scene.row(scene.east).version == 2
    assert scene.send(scene.west, by=scene.other, at=now)  # another force's
    assert scene.send(scene.east, at=now + timedelta(seconds=int(answer.headers["Retry-After"])))


def test_a_force_sends_only_so_much_in_a_day_and_fixing_counts(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    row = Submission.objects.unscoped("test").get(pk=scene.east)
    monkeypatch.setattr(register, "sent_a_day", lambda on: (100, 20))
    scene.sent(scene.east, ASKS)  # 8 bytes
    scene.sent(scene.east, ASKS)
    demand_room(row, 4, AT)
    with pytest.raises(RefusedForNow) as refused:
        demand_room(row, 5, AT)
    assert refused.value.seconds == 86_401 and "after 09:01 on Tuesday 3 March" in str(refused.value)
    with pytest.raises(Refused, match="within 24 hours"):
        scene.send(scene.east)
    assert scene.row(scene.east).version == 2
    demand_room(row, 20, AT + timedelta(days=1))
    scene.sent(scene.west, by=scene.other)  # another force's


def test_what_a_force_sends_in_a_compartment_is_no_part_of_what_it_sends_outside(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the other way round: a refusal with a number in it would say that a compartment is there."""
    monkeypatch.setattr(register, "sent_a_day", lambda on: (1, 1 << 30))
    hidden = opened(scene, compartment_of(scene), "CY2026Q1")
    scene.sent(hidden)
    scene.sent(scene.east)
    for key in (hidden, scene.east):
        with pytest.raises(RefusedForNow, match="sent 1 versions"):
            scene.send(key)


def test_every_form_that_takes_files_and_every_answer_that_is_a_file_is_paced() -> None:
    forms = {path.stem for path in WEB.rglob("*.html") if "multipart/form-data" in path.read_text(encoding="utf-8")}
    assert forms == {"send", "check"}  # of force/sending.py and of local/unkept.py, which the tests above try
    words = ("attachment", "as_att", "downloads.")  # web/parts/downloads.py writes the header for whoever calls it
    making = [
        path
        for path in WEB.rglob("*.py")
        if path.stem != "downloads" and any(w in path.read_text(encoding="utf-8") for w in words)
    ]
    takers = {str(entry.callback.__module__) for _, _, entry in ADDRESSES if getattr(entry.callback, "paced", "") == pace.TAKE}
    assert {path.stem for path in making} == {name.rpartition(".")[2] for name in takers}
    files = {name for name, address, entry in ADDRESSES if re.search(r"\.(csv|svg|txt|xlsx|jsonl|html)$", address)}
    paced = {name for name, _, entry in ADDRESSES if getattr(entry.callback, "paced", "") == pace.TAKE}
    assert {"national:round_chart", "national:notes_text", "public:blank"} <= files
    assert not files - paced


def test_the_service_s_own_limits_leave_room_for_work_by_hand_and_are_data_with_a_source() -> None:
    day = date(2026, 3, 2)
    assert (pace.pace_on(pace.SEND, day), pace.pace_on(pace.TAKE, day)) == ((20, 600), (60, 600))
    assert register.sent_a_day(day) == (60, 4000 << 20)
    assert register.sent_a_day(day)[1] >= 20 * places.MOST_BYTES
    assert all(row["source"] and row["valid_from"] for rows in (*register._limits().values(), pace.limits()) for row in rows)
