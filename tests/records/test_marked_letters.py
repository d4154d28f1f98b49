"""Mail about a round, a return or a tasking bears its marking; above OFFICIAL it says only that there is something to read."""

from __future__ import annotations

import json
from email import message_from_bytes
from pathlib import Path
from uuid import UUID

import pytest
from django.test import override_settings

from tests.records.collecting import ASKS, Scene, found_scene, later
from tests.records.nation import AT, viewer
from vkpp.basics.markings import Level, Marking
from vkpp.ops import jobs
from vkpp.records.collections import commands, queries
from vkpp.records.collections.rules.letters import chase_letters
from vkpp.records.work import commands as work
from vkpp.records.work import rules
from vkpp.records.work.models import Letter

SENSITIVE = Marking(Level.OFFICIAL_SENSITIVE, "Quokka only")
# What letters of this scene say of their matter: collection, period, day, force, receipt.
SAYS = ("CSAE", "csae", "2026", "January", "Eastmere", "eastmere", "/v0001", "aaaa", "ffff", "Quokka")


@pytest.fixture
def scene(records: None) -> Scene:
    return found_scene(opened=False)


def _letters(skip: int = 0) -> list[tuple[str, str, str]]:
    """(template, subject, body) of every letter that was asked for, as it goes out."""
    found = Letter.objects.unscoped("test").order_by("asked_at", "pk")[skip:]
    return [(one.template, *rules.written(one.template, json.loads(one.facts))) for one in found]


def _whole_course(scene: Scene) -> set[str]:
    """Take a round with both its returns through what writes letters; gives the templates that were used."""
    before = Letter.objects.unscoped("test").count()
    national = viewer(scene.national)
    commands.open_round(by=national, at=AT, round_=scene.round)
    scene.sent(scene.west, ASKS, by=scene.other)
    commands.extend(by=national, at=AT, submission=scene.west, working_days=3, reason="A new system.")
    commands.ask_waiver(by=viewer(scene.other), at=AT, submission=scene.west, reason="It is not held.")
    (waiver,) = queries.waivers(viewer=viewer(scene.lead))
    commands.sign_waiver(by=viewer(scene.lead), at=AT, waiver=waiver.id)
    version = scene.accepted(scene.east)
    commands.note_packed(by=viewer(scene.national), at=AT, version=version, sha256="f" * 64)
    commands.lock(by=national, at=AT, submission=scene.east)
    commands.unlock(by=national, at=AT, submission=scene.east, reason="A correction.")
    commands.chase(by=viewer(scene.national, later(90).date()), at=later(90), round_=scene.round)
    return {template for template, _, _ in _letters(before)}


def test_no_letter_about_a_sensitive_round_or_return_says_what_it_is_about(scene: Scene) -> None:
    commands.mark_round(by=viewer(scene.national), at=AT, round_=scene.round, level=2, handling=SENSITIVE.handling)
    used = _whole_course(scene)
    assert len(used) >= 8, used
    for template, subject, body in [one for one in _letters() if one[0] in used]:
        assert subject == "OFFICIAL-SENSITIVE: there is something for you in VKPP", template
        lines = body.splitlines()
        assert lines[0] == lines[-1] == "OFFICIAL-SENSITIVE, with a handling instruction: it stands on the page", template
        assert not [words for words in SAYS if words in subject + body], (template, body)


def test_letters_about_what_is_official_say_so_and_what_it_is_about(scene: Scene) -> None:
    assert len(_whole_course(scene)) >= 8
    for template, subject, body in [one for one in _letters() if one[0].startswith("collections.")]:
        assert "CSAE return for January to March 2026" in subject, template
        assert body.splitlines()[0] == body.splitlines()[-1] == "OFFICIAL", template


def test_a_return_raised_by_its_force_quiets_its_own_mail_and_no_other_s(scene: Scene) -> None:
    commands.open_round(by=viewer(scene.national), at=AT, round_=scene.round)
    commands.raise_marking(by=viewer(scene.preparer), at=AT, submission=scene.east, level=2)
    before = Letter.objects.unscoped("test").count()
    commands.chase(by=viewer(scene.national, later(90).date()), at=later(90), round_=scene.round)
    subjects = sorted(subject for _, subject, _ in _letters(before))
    assert len(subjects) == 2
    assert subjects[0].startswith("CSAE return for") and subjects[1].startswith("OFFICIAL-SENSITIVE: ")


def test_whoever_chases_reads_first_what_each_force_gets(scene: Scene) -> None:
    commands.open_round(by=viewer(scene.national), at=AT, round_=scene.round)
    row = scene.row(scene.east), scene.row(scene.west)
    (round_,) = queries.rounds(viewer=viewer(scene.national))
    (same,) = chase_letters(round_, row)
    assert set(same.forces) == {"Eastmere", "Westholt"} and "CSAE" in same.subject
    commands.raise_marking(by=viewer(scene.preparer), at=AT, submission=scene.east, level=2)
    found = {one.forces: one for one in chase_letters(round_, (scene.row(scene.east), scene.row(scene.west)))}
    assert found[("Eastmere",)].subject.startswith("OFFICIAL-SENSITIVE") and "CSAE" not in found[("Eastmere",)].body
    assert "CSAE" in found[("Westholt",)].subject
    (alone,) = chase_letters(round_, ())
    assert alone.forces == () and "CSAE" in alone.subject


@pytest.mark.parametrize("marking", [Marking(), Marking(Level.OFFICIAL, "Quokka only"), SENSITIVE])
def test_a_tasking_s_mail_as_it_goes_out(scene: Scene, tmp_path: Path, marking: Marking) -> None:
    by = viewer(scene.national)
    asks = {"title": "Count", "purpose": "To know", "basis": "The duty to know", "working_days": 5, "hours": 1}
    key: UUID = commands.draft_tasking(by=by, at=AT, organisations=[scene.nation.eastmere], **asks)
    commands.mark_tasking(by=by, at=AT, tasking=key, level=marking.level, handling=marking.handling)
    commands.open_tasking(by=by, at=AT, tasking=key)
    with override_settings(EMAIL_BACKEND="vkpp.ops.settings.mail_folder.Backend", EMAIL_FILE_PATH=str(tmp_path)):
        while work.work_once(jobs={work.SEND_LETTER: jobs.jobs()[work.SEND_LETTER]}, worker="w", now=lambda: AT):
            pass
    messages = [message_from_bytes(path.read_bytes()) for path in tmp_path.iterdir()]
    (letter,) = [one for one in messages if "asking" in str(one["Subject"]) or "OFFICIAL" in str(one["Subject"])]
    body = str(letter.get_payload())
    assert body.startswith(marking.level.words) and "Quokka" not in body
    assert ("with a handling instruction" in body) is bool(marking.handling)
    assert ("due on" in str(letter["Subject"])) is (marking.level is Level.OFFICIAL)
    assert ("tasking" in body) is (marking.level is Level.OFFICIAL)


def test_an_account_s_mail_is_as_it_was(scene: Scene) -> None:
    subject, body = rules.written("people.invited", {})
    assert subject == "You are invited to VKPP" and "OFFICIAL" not in body
