"""Where a force sits among others: nothing that a page is given says the total of another force, also not by waiting."""

from __future__ import annotations

from vkpp.records.collections.rules import figures

PEOPLE = {"own": 412_345, "b": 634_692, "c": 210_011, "d": 98_765, "e": 333_333, "f": 512_001, "g": 151_515}
COUNTS = {"own": 811, "b": 1_407, "c": 377, "d": 216, "e": 590, "f": 1_003, "g": 398}


def test_of_other_forces_no_exact_point_is_given() -> None:
    found = figures.position("own", COUNTS, PEOPLE)
    assert [(n, r) for n, r, mine in found.points if mine] == [(412_345, 1_000 * 811 / 412_345)]
    others = [(n, r) for n, r, mine in found.points if not mine]
    assert len(others) == 6
    for name in PEOPLE.keys() - {"own"}:
        assert PEOPLE[name] not in {n for n, _ in others}
        assert min(abs(n * r / 1_000 - COUNTS[name]) for n, r in others) >= 1
    assert not {n for n, _, _ in found.limits} & set(PEOPLE.values())


def test_looking_before_and_after_a_force_has_sent_does_not_tell_its_total() -> None:
    """The average times the people of all is the total of all; the difference of two would be the newcomer's own."""
    before = {name: n for name, n in COUNTS.items() if name != "g"}
    one, two = figures.position("own", before, PEOPLE), figures.position("own", COUNTS, PEOPLE)
    assert one.average is not None and two.average is not None
    told = (two.average * sum(PEOPLE.values()) - one.average * sum(PEOPLE[name] for name in before)) / 1_000
    assert abs(told - COUNTS["g"]) > 0.1 * COUNTS["g"]
    steps = {round(value / 0.075, 6) % 1 for _, low, high in two.limits for value in (low, high)}
    assert steps == {0.0} == {round(two.average / 0.075, 6) % 1}  # the picture ends at 3 for 1,000: forty steps of 0.075


def test_forces_without_a_record_and_alike_forces_are_drawn_too() -> None:
    alike = figures.position("a", dict.fromkeys("abcdef", 5) | {"b": 0}, dict.fromkeys("abcdef", 1_000))
    assert len(alike.points) == 6 and alike.average == 4.2  # 4.1667 in steps of 0.15
