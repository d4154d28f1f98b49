"""The tour of docs/tour.md: each stop is a page of the demonstration that says what the tour says of it, and gives its picture.

`SHOTS=docs/tour` writes the pictures anew. Without it every stop is opened and asked all the same, so that no picture shows
what the service does not do any more.
"""

from __future__ import annotations

import io
import os
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from tests.web.arranged import cited, fixed, reviewed, seeing
from tests.web.clients import client_for, sideways
from tests.web.demonstrated import Demonstration, demonstration
from tests.web.looking import Window

ROOT = Path(__file__).resolve().parents[2]
TOUR = ROOT / "docs" / "tour.md"
PICTURES = TOUR.parent / "tour"
SHOTS = os.environ.get("SHOTS", "")
STRANGER = ""
DESK, PHONE = 1280, 360
MOST, MOST_OF_ALL = 100_000, 1_500_000  # bytes of a picture, and of all


@dataclass(frozen=True)
class Stop:
    """A page as a role sees it, what must stand on it, and which part of it the picture shows."""

    name: str
    who: str
    address: Callable[[Demonstration], str]
    heading: str
    says: str
    width: int = DESK
    height: int = 900
    top: str = ""  # the picture begins above this, where it does not begin with the page
    before: Callable[[Any, Path], None] = lambda tab, folder: None


def at(address: str) -> Callable[[Demonstration], str]:
    return lambda shown: address


def own(state: str, end: str = "") -> Callable[[Demonstration], str]:
    """The return of the force with accounts that stands in a state."""

    def found(shown: Demonstration) -> str:
        from vkpp.records.collections import queries

        rows = queries.force_home(viewer=seeing(shown, "force_analyst")).returns
        return f"/returns/{next(row.id for row in rows if row.state == state)}/{end}"

    return found


def a_kind_of_fix(shown: Demonstration) -> str:
    """The cells of the first kind of fix that takes a code."""
    from django.urls import reverse

    from vkpp.records.collections import queries

    by, (key,) = seeing(shown, "force_analyst"), re.findall(r"[0-9a-f-]{36}", own("to_fix")(shown))
    for kind in queries.fixing_page(viewer=by, submission=UUID(key)).kinds:
        named = {"check": kind.check, "table": kind.table, "column": kind.column}
        found = queries.fixing_cells(viewer=by, submission=UUID(key), **named)
        if found.codes and found.cells:
            return f"{reverse('force:fix_cells', args=[key])}?" + "&".join(f"{name}={value}" for name, value in named.items())
    raise AssertionError("no cell of the demonstration's return takes a code")


def round_in(number: int, end: str = "") -> Callable[[Demonstration], str]:
    """The demonstration's round of a quarter: 1 is locked, 2 closed, 3 open, 4 in draft."""
    return lambda shown: f"/rounds/{_round(shown, number)}/{end}"


def _round(shown: Demonstration, number: int) -> UUID:
    from vkpp.records.collections import queries

    return next(one.id for one in queries.rounds(viewer=seeing(shown, "national_analyst")) if one.period.endswith(f"Q{number}"))


def receipt(shown: Demonstration) -> str:
    """Of the force with accounts, what it got for its return of the locked round."""
    from vkpp.records.collections import queries

    (force,) = seeing(shown, "certifier").organisations
    found = queries.round_overview(viewer=seeing(shown, "national_analyst"), round_=_round(shown, 1)).returns
    return f"/returns/{next(row.id for row in found if row.organisation == force)}/receipt/"


def corrected(shown: Demonstration) -> str:
    """A corrected return of the closed round, about to be accepted."""
    from vkpp.records.collections import queries

    found = queries.round_overview(viewer=seeing(shown, "national_analyst"), round_=_round(shown, 2)).returns
    return f"/rounds/returns/{next(row.id for row in found if row.state == 'with_national')}/accept/"


def region_chase(shown: Demonstration) -> str:
    return f"/our-forces/rounds/{_round(shown, 3)}/chase/"


def review(shown: Demonstration) -> str:
    from vkpp.records.people import queries

    (place,) = seeing(shown, "access_manager").organisations
    rows = queries.reviews(viewer=seeing(shown, "access_manager"))
    return f"/account/reviews/{next(row.id for row in rows if row.organisation == place)}/"


def checked_here(tab: Any, folder: Path) -> None:
    """The four files of an invented force, with the faults that are invented with them, are checked in the browser."""
    from tests.web.test_local import TABLES, choose
    from vkpp.ops.serving.invented import Returns

    delivery = Returns(folder).with_errors(2, 3)  # the first force that sends four CSV files, its third quarter
    assert delivery is not None
    paths = {path for path, _ in delivery.files.values()}
    choose(tab, {name: path for name in TABLES for path in paths if name in path.stem}, "CY2024Q3")
    tab.wait_for_selector("#verdict", timeout=120_000)


STOPS = (
    Stop("collected", STRANGER, at("/what-is-collected/csae/"), "Recorded child sexual abuse and exploitation, record level",
         "Lawful basis PROPOSED, for the authority to confirm", height=840),
    Stop("check", STRANGER, at("/check/csae/"), "Check a return before you send it",
         "These files were read and checked on this computer.", top="#verdict", height=875, before=checked_here),
    Stop("home", "national_analyst", at("/"), "What the programme set out to do, and how it stands here",
         "1 of 16 lines of the objectives has a place in this service so far.", height=755),
    Stop("tasks", "force_analyst", own("to_fix"), "Fix 16 errors and send again",
         "The return is checked, with errors to fix. You hold it.", height=1300),
    Stop("results", "force_analyst", own("to_fix", "results/"), "Your file needs 8 kinds of fix before you can send it",
         "Fix these and send again. All 16 are listed, none is held back.", height=1140),
    Stop("fix", "force_analyst", a_kind_of_fix, "Fix Ethnicity, self-defined in victims",
         "Never filled from what an officer saw."),
    Stop("certify", "certifier", own("to_certify", "certify/"), "Certify the return of Northmarch",
         "Nothing is sent until you sign at the end of this page.", width=PHONE, height=2870),
    Stop("receipt", "certifier", receipt, "Your receipt",
         "csae 2026-11-proposed; checked when it was accepted", width=PHONE, height=1900),
    Stop("round", "national_analyst", round_in(3), "Can I publish? Not yet: 12 things stop you",
         "Total so far 2,177 crimes, from 35 of 43 returns, 1 waived", height=970),
    Stop("stops", "national_analyst", round_in(3), "Can I publish? Not yet: 12 things stop you",
         "In order of effect on the national total", top="h2:text('What stops you')", height=935),
    Stop("difference", "national_analyst", corrected, "Accept the return",
         "Ask why: a crime is cancelled, not removed.", height=1000),
    Stop("notes", "national_analyst", round_in(3, "notes/"), "What is printed in the notes",
         "35 of 43 returns are in, 1 waived.", height=1320),
    Stop("forces", "regional_analyst", at("/our-forces/"), "Our forces",
         "2 returns wait for you to approve; 7 are late.", width=PHONE, height=1530),
    Stop("chase", "regional_analyst", region_chase, "Chase whoever is late",
         "Whoever was chased today gets no second letter today.", height=760),
    Stop("search", "national_analyst", at("/search/?q=September"), "Search", "47 results", height=810),
    Stop("people", "access_manager", at("/account/people/"), "People",
         "The access review of Northmarch was due on 9 December 2024.", height=910),
    Stop("review", "access_manager", review, "Access review of Northmarch, 2024",
         "Nobody can change or confirm their own access.", height=890),
    Stop("read-log", "auditor", at("/account/read-log/"), "Read log", "nobody can change it", height=900),
)  # fmt: skip


class Shown(Window):
    """A tab whose every question is answered by the service itself, signed in as one person, without a server."""

    def __init__(self, browser: Any, person: UUID | None) -> None:
        super().__init__(browser)
        self.client = client_for(person)
        self.tab.on("pageerror", lambda error: self.said.append(str(error)))

    def _answer(self, route: Any) -> None:
        from django.conf import settings
        from django.db import connections

        asked = urlsplit(route.request.url)
        if asked.path.startswith(urlsplit(settings.STATIC_URL).path):
            super()._answer(route)
            return
        answer = self.client.generic(route.request.method, asked.path, QUERY_STRING=asked.query)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        answer.close()
        connections.close_all()  # the browser asks in a context of its own, which has a connection of its own
        route.fulfill(status=answer.status_code, body=body, headers=dict(answer.headers))

    def opened(self, address: str, width: int) -> Any:
        self.said[:] = []
        self.tab.set_viewport_size({"width": width, "height": 900})
        self.tab.goto(address)
        return self.tab


@pytest.fixture(scope="module")
def shown(migrated: None, collected: None) -> Iterator[Demonstration]:
    with demonstration() as made:
        cited(made)
        reviewed(made)
        fixed(made)
        opened(made)
        yield made


def opened(made: Demonstration) -> None:
    """What stands in the read log, whichever stops are shown before it."""
    page = own("to_fix")(made)
    analyst, certifier = client_for(made.people["force_analyst"]), client_for(made.people["certifier"])
    for client, address in ((analyst, "results/"), (analyst, "findings.xlsx"), (analyst, "fix/"), (certifier, "results/")):
        answer = client.get(page + address)
        assert answer.status_code == 200
        answer.close()


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.name)
def test_every_stop_shows_what_the_tour_says(stop: Stop, shown: Demonstration, browser: Any, tmp_path: Path) -> None:
    window = Shown(browser, shown.people[stop.who] if stop.who else None)
    tab = window.opened(stop.address(shown), stop.width)
    stop.before(tab, tmp_path)
    assert tab.locator("h1").inner_text() == stop.heading
    assert stop.says in " ".join(tab.locator("main").inner_text().split())
    assert "invented" in tab.locator("body").inner_text()
    if SHOTS:
        small(picture(tab, stop), Path(SHOTS) / f"{stop.name}.png")
    for width in (stop.width, PHONE):
        tab.set_viewport_size({"width": width, "height": 900})
        assert sideways(tab) <= 0
    assert window.said == []  # a broken policy says so
    window.close()


def picture(tab: Any, stop: Stop) -> bytes:
    """The part of the page that the tour shows."""
    top = tab.locator(stop.top).first.bounding_box()["y"] + tab.evaluate("scrollY") - 15 if stop.top else 0
    whole = tab.evaluate("document.documentElement.scrollHeight")
    clip = {"x": 0, "y": top, "width": stop.width, "height": min(stop.height, whole - top)}
    return bytes(tab.screenshot(full_page=True, clip=clip, animations="disabled"))


def small(shot: bytes, path: Path) -> None:
    """Written with a palette of 64 colours, which a page of few colours does not show. Pillow comes with WeasyPrint."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    image.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)


def test_the_tour_has_every_stop_and_every_picture_is_there_and_small() -> None:
    named = re.findall(r"!\[[^\]]+\]\(tour/([a-z-]+)\.png\)", TOUR.read_text(encoding="utf-8"))
    assert named == [stop.name for stop in STOPS]
    assert {path.stem for path in PICTURES.iterdir()} == set(named)
    for stop in STOPS:
        shot = (PICTURES / f"{stop.name}.png").read_bytes()
        assert struct.unpack(">I", shot[16:20]) == (stop.width,), stop.name
        assert len(shot) <= MOST, f"{stop.name}: {len(shot)} bytes"
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) <= MOST_OF_ALL
