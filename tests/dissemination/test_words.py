"""R12: 30 planted sentences are flagged, and plain ones are not."""

from __future__ import annotations

import pytest

from vkpp.engine.dissemination import Allowed, flagged

PLANTED = (
    "Half of the perpetrators were children themselves.",
    "Children who perpetrate harmful sexual behaviour need help.",
    "The offender was aged 12.",
    "Most paedophiles were known to the family.",
    "Police named the child rapist.",
    "In 2017/18, 59,679 crimes occurred.",
    "Most of the abuse took place at home.",
    "There were fewer occurrences in the north.",
    "More offences were committed in the autumn.",
    "Crimes committed by children are a quarter of the whole.",
    "Many of the victims were minors.",
    "Juveniles made up half of the suspects whose age is known.",
    "The girls were under-age.",
    "Child pornography was found on his computer.",
    "The force recorded 12 cases of child prostitution.",
    "Some of the girls were promiscuous.",
    "The man had sex with a child of 11.",
    "The alleged victim was 9.",
    "Suspects aged 8 were recorded in three forces.",
    "Children under 10 were suspects in 630 crimes.",
    "52% of suspects were aged 10 to 17.",
    "Most suspects were children.",
    "Recorded crimes increased sharply.",
    "There was a rise in image crimes.",
    "The number fell in every region.",
    "Abuse online has doubled.",
    "There were five times as many crimes as in 2007.",
    "That is far more than was previously known.",
    "An epidemic of abuse is sweeping the country.",
    "The worst-performing forces are in the north.",
)
PLAIN = (
    "In 2017/18 police recorded 59,679 crimes in classes that name a child.",
    "A rise in recorded crimes can mean more abuse, more people coming forward, or better recording.",
    "Of suspects whose age is known, 52% were aged 10 to 17.",
    "Children under 10 stand apart and are never suspects.",
    "Forces are not ranked.",
    "Neither high nor low is a measure of performance.",
    "This counts what police recorded, not how much abuse happened.",
    "Most forces lie within the range expected of forces their size.",
    "Harmful sexual behaviour by children is recorded under the same classes.",
    "37 forces fall within the limits.",
    "The suspect was convicted; a convicted offender is named in the outcome.",
    "Do not use it to rank forces.",
    "Indecent images of children are counted in class 86.",
    "One crime can hold many images.",
    "Children under 10 are below the age of criminal responsibility.",
    "Such a crime often has no victim in the return by design, because the offence is against the State.",
    "Against ten years before, the same forces recorded 3.5 times as many crimes.",
    "Do not use it to rank forces, or to say what share of offenders belong to any group.",
)


def test_there_are_thirty() -> None:
    assert len(PLANTED) == 30 == len(set(PLANTED))


@pytest.mark.parametrize("sentence", PLANTED)
def test_planted_sentences_are_flagged(sentence: str) -> None:
    flags = flagged(sentence)
    assert flags, sentence
    assert all(flag.why and flag.instead for flag in flags)


@pytest.mark.parametrize("sentence", PLAIN)
def test_plain_sentences_pass(sentence: str) -> None:
    assert flagged(sentence) == ()


def test_a_phrase_that_a_person_allowed_may_stand() -> None:
    title = "The Minors Act"
    assert flagged(f"It is law under {title}.")
    assert flagged(f"It is law under {title}.", [Allowed(title, "name of an Act")]) == ()
    assert flagged(f"Minors and {title}.", [Allowed(title, "name of an Act")])
