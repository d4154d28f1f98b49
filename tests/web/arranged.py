"""What the demonstration does not hold by itself, arranged by commands as people would, so that a walk comes by every page."""

from __future__ import annotations

import errno
import io
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.records.nation import viewer
from tests.web.clients import client_for
from tests.web.demonstrated import Demonstration
from tests.web.walking import Walk, walk


def now() -> datetime:
    from django.utils import timezone

    return timezone.now()


def seeing(shown: Demonstration, role: str) -> Any:
    return viewer(shown.people[role], now().date())


def arrange(shown: Demonstration) -> None:
    cited(shown)
    reviewed(shown)
    sealed(shown)
    fixed(shown)


def cited(shown: Demonstration) -> None:
    """A recommendation on a finding with its evidence, issued: each reference is an address."""
    from vkpp.records.thread import commands as thread

    author, at = seeing(shown, "thread_author"), now()
    (place,) = author.organisations
    text = "In nine forces of 44 the outcome is not known for a third of what was recorded."
    finding = thread.draft_finding(by=author, at=at, organisation=place, text=text)
    number = {"kind": "edition_number", "pointer": "csae-2024/total", "digest": "a" * 64}
    proof = thread.add_evidence(by=author, at=at, organisation=place, says="A third is not known.", **number)
    thread.support(by=author, at=at, finding=finding, evidence=proof)
    thread.issue_finding(by=seeing(shown, "thread_editor"), at=at, finding=finding)
    words = "Record the outcome within a month of deciding it."
    thread.draft_recommendation(by=author, at=at, organisation=place, text=words, findings=[finding], addressees=[place])


def reviewed(shown: Demonstration) -> None:
    """Two yearly reviews that are overdue: a force's, undecided, and an area's, of which every line is decided."""
    from vkpp.records.people import commands, queries

    by, due = seeing(shown, "national_access_manager"), now().date() - timedelta(days=3)
    for role in ("access_manager", "regional_analyst"):
        (place,) = seeing(shown, role).organisations
        key = commands.open_review(by=by, at=now(), organisation=place, year=due.year, due_on=due)
    for line in queries.review(viewer=by, review=key).lines:
        commands.decide(by=by, at=now(), line=line.id, keep=True)


def sealed(shown: Demonstration) -> None:
    """A compartment with somebody besides its keeper in it."""
    from vkpp.records.people import commands

    keeper = shown.people["compartment_keeper"]
    key = commands.open_compartment(by=viewer(keeper), at=now(), title="A sealed enquiry", purpose="To write one report.")
    person = shown.people["national_analyst"]
    commands.admit(by=viewer(keeper), at=now(), compartment=key, person=person, reason="They write the report.")


def fixed(shown: Demonstration) -> None:
    """In the return with errors one cell is fixed and checked again, and another one gathered."""
    from vkpp.ops.serving import rounds
    from vkpp.records.collections import commands

    key = _gathered(shown)
    by = seeing(shown, "force_analyst")
    commands.fix(by=by, at=now(), submission=key, version=_version(shown, key))
    rounds._checked()
    assert _gathered(shown) == key


def _gathered(shown: Demonstration) -> UUID:
    """A code for the first cell that takes one; gives the return."""
    from vkpp.records.collections import commands, queries

    by = seeing(shown, "force_analyst")
    key = next(one.id for one in queries.force_home(viewer=by).returns if one.state == "to_fix")
    for kind in queries.fixing_page(viewer=by, submission=key).kinds:
        named = {"check": kind.check, "table": kind.table, "column": kind.column}
        found = queries.fixing_cells(viewer=by, submission=key, **named)
        if found.codes and found.cells:
            wanted = [commands.Wanted(found.cells[0].index, found.codes[0][0])]
            commands.gather_fixes(by=by, at=now(), submission=key, version=_version(shown, key), wanted=wanted)
            return key
    raise AssertionError("the demonstration's return with errors has no cell that takes a code")


def _version(shown: Demonstration, submission: UUID) -> int:
    from vkpp.records.collections import queries

    return queries.submission_page(viewer=seeing(shown, "force_analyst"), submission=submission).row.version


def one_of_each_state(shown: Demonstration, role: str, address: str) -> tuple[str, ...]:
    """Of every state of a return, with queries and without, one that the role sees: a long list may hide it from a walk."""
    from vkpp.records.collections import queries
    from vkpp.records.ground.problems import NotThere

    by, found = seeing(shown, role), {}
    for round_ in queries.rounds(viewer=seeing(shown, "national_analyst")):
        for row in queries.round_overview(viewer=seeing(shown, "national_analyst"), round_=round_.id).returns:
            try:
                page = queries.submission_page(viewer=by, submission=row.id)
            except NotThere:  # of a round in draft, which is the national team's
                continue
            found.setdefault((row.state, bool(page.queries), page.row.acts.allowed), address.format(row.id))
    return tuple(found.values())


def by_hand(found: Walk, shown: Demonstration) -> None:
    """Pages to which only another state, a longer list or a script leads: opened by their addresses."""
    from vkpp.records.collections import queries

    analyst, national = client_for(shown.people["force_analyst"]), client_for(shown.people["national_analyst"])
    for row in queries.rounds(viewer=seeing(shown, "national_analyst")):
        found.keep("national_analyst", there := f"/rounds/{row.id}/matters/", "opened", national.get(there))
    for one in queries.force_home(viewer=seeing(shown, "force_analyst")).returns:
        found.keep("force_analyst", there := f"/returns/{one.id}/offer/", "sent empty", analyst.post(there, {}))
        found.keep("force_analyst", there := f"/returns/{one.id}/state/", "opened", analyst.get(there))
    for there in ("/account/still-here/", "/check/worker.js", "/check/csae/checks.json"):
        found.keep("force_analyst", there, "opened", analyst.get(there))
    _asked_before(found, national, shown)
    _checked_unkept(found, analyst)
    _signing(found, shown)


def _asked_before(found: Walk, national: Any, shown: Demonstration) -> None:
    (force,) = seeing(shown, "force_analyst").organisations
    form = {
        "title": "Groups online that hunt offenders",
        "purpose": "To know how many groups there are and what they do to cases.",
        "basis": "Law enforcement purposes.",
        "working_days": "10",
        "hours": "2",
        "organisations": [str(force)],
    }
    there = "/rounds/taskings/new/"
    answer = national.post(there, form)
    assert "Something like it was asked before" in answer.content.decode()
    found.keep("national_analyst", there, "asked before", answer)


def _checked_unkept(found: Walk, client: Any) -> None:
    """Files sent to be checked and not kept: with findings, and one that cannot be read."""
    from tests.web.test_local_unkept import sent

    there = "/check/street-crime/"
    for how, text in (("with findings", None), ("with nothing to read", "")):
        answer = client.post(there, sent() if text is None else sent(text))
        found.keep("force_analyst", there, how, answer, name="local:page" if text is not None else "local:page found")


def _signing(found: Walk, shown: Demonstration) -> None:
    """A certifier whose proof is old: without an app told where to go, with one asked for a code, a wrong one once."""
    from tests.web.test_force_signing import proved, with_app
    from vkpp.records.collections import queries

    role, person = "certifier", shown.people["certifier"]
    waits = (one.id for one in queries.force_home(viewer=seeing(shown, role)).returns if one.state == "to_certify")
    page = f"/returns/{next(waits)}/certify/"
    client = client_for(person)
    proved(client, 3600)
    found.keep(role, page, "proof is old", client.get(page))
    version = queries.submission_page(viewer=seeing(shown, role), submission=UUID(page.split("/")[2])).row.version
    ticked = {"version": str(version), "read": "on"}
    found.keep(role, page, "without an app", answer := client.post(page, ticked))
    assert answer.status_code == 403
    with_app(person)
    led = client.post(page, ticked)
    assert "reauthenticate" in led["Location"]
    walk(found, "a certifier about to sign", client, (led["Location"],))


def trouble(found: Walk, shown: Demonstration) -> None:
    """400, 403, 404, 413, 429, 500, 503 and 507, as a person meets them."""
    from django.core.cache import cache
    from django.db import OperationalError
    from django.test import RequestFactory

    from vkpp.web.parts import full_disk

    client = client_for(shown.people["access_manager"])
    many = {f"f{number}": io.BytesIO(b"x") for number in range(21)}
    found.keep("access_manager", "/account/people/invite/", "too many files", client.post("/account/people/invite/", many))
    strict = client_for(shown.people["access_manager"], enforce_csrf_checks=True)
    found.keep("access_manager", "/account/kept-work/", "forged", strict.post("/account/kept-work/", {}))
    body = {"CONTENT_TYPE": "multipart/form-data; boundary=x", "CONTENT_LENGTH": "2000000", "wsgi.input": io.BytesIO(b"")}
    found.keep("a stranger", "/sign-in/", "too large", client_for(None).generic("POST", "/sign-in/", **body))
    stranger = client_for(None)
    for _ in range(40):
        answer = stranger.post("/sign-in/password/forgotten/", {"email": "a@example.invalid"})
    found.keep("a stranger", "/sign-in/password/forgotten/", "too often", answer)
    cache.clear()
    client.raise_request_exception = False
    for how, problem in (
        ("our fault", ZeroDivisionError()),
        ("the database is away", OperationalError("the server closed the connection")),
        ("the disk is full", OSError(errno.ENOSPC, "No space left on device")),
    ):
        with pytest.MonkeyPatch.context() as patch:
            _home_raises(patch, problem)
            found.keep("access_manager", "/", how, client.get("/"), name="fault")
    sending = RequestFactory().post("/returns/", {})
    found.keep("access_manager", "/", "sent to a full disk", full_disk.answer(sending, None), name="fault")


def _home_raises(patch: pytest.MonkeyPatch, problem: Exception) -> None:
    from vkpp.web.home import views

    def fail() -> None:
        raise problem

    patch.setattr(views, "_programme", fail)
