"""Folding, slugs, hashes, markings and the words for missing values."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vkpp.basics.identifiers import fold, is_slug, sha256_of_bytes, sha256_of_file, slug
from vkpp.basics.markings import Level, Marking, strictest
from vkpp.basics.missing import MEANINGS, Answer, Missing, answer_of, missing_of
from vkpp.basics.problems import UsageProblem


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Devon & Cornwall Police", "devon and cornwall police"),
        ("  Avon&Somerset ", "avon and somerset"),
        ("Kent\u00a0 Police", "kent police"),
        ("OC01 – Charge", "oc01 - charge"),
        ("", ""),
    ],
)
def test_spellings_fold_to_one(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_what_slug_makes_is_a_slug_or_is_refused(text: str) -> None:
    try:
        made = slug(text)
    except UsageProblem:
        return
    assert is_slug(made)


def test_slug_refuses_what_has_no_letter() -> None:
    assert slug("Avon & Somerset") == "avon-and-somerset"
    with pytest.raises(UsageProblem, match="no letter or digit"):
        slug("***")
    assert [is_slug(t) for t in ("a", "a-b", "a--b", "-a", "A", "a\n")] == [True, True, False, False, False, False]


def test_a_file_hashes_as_its_bytes(tmp_path: Path) -> None:
    content = b"x" * 3_000_000
    (tmp_path / "f").write_bytes(content)
    assert sha256_of_file(tmp_path / "f") == sha256_of_bytes(content) == hashlib.sha256(content).hexdigest()


def test_unknown_is_not_no() -> None:
    said = ("Yes", " suspected", "NO", "", "Not known", "refused", "perhaps")
    answers = [
        Answer.YES,
        Answer.SUSPECTED,
        Answer.NO,
        Missing.NOT_RECORDED,
        Missing.NOT_KNOWN,
        Missing.REFUSED,
        Missing.UNREADABLE,
    ]
    assert [answer_of(text) for text in said] == answers
    assert answer_of(None) is Missing.NOT_RECORDED
    assert missing_of("no") is None


def test_every_missing_word_has_a_meaning_and_no_answer_is_one() -> None:
    assert set(MEANINGS) == set(Missing)
    assert {word.value for word in Missing} == {
        "not recorded",
        "not known",
        "not asked",
        "refused",
        "withheld",
        "not applicable",
        "unreadable",
    }
    assert not {a.value for a in Answer} & {m.value for m in Missing}


def test_a_marking_is_read_and_printed_and_the_strictest_wins() -> None:
    sensitive = Marking.parse("official-sensitive: for the force named only")
    assert str(sensitive) == "OFFICIAL-SENSITIVE: for the force named only"
    assert Marking.parse("OFFICIAL") == Marking(Level.OFFICIAL)
    assert strictest(Marking(), sensitive, Marking(handling="not for print")) == Marking(
        Level.OFFICIAL_SENSITIVE, "for the force named only; not for print"
    )
    assert strictest() == Marking()
    page = strictest(sensitive, strictest(sensitive, Marking(handling="not for print")))
    assert page.handling == "for the force named only; not for print"  # a part made of several says nothing twice
    with pytest.raises(UsageProblem, match="not a marking"):
        Marking.parse("SECRET")
