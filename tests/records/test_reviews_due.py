"""Yearly reviews that open by themselves: one organisation whose years are taken does not keep the others waiting."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.records.nation import AT, DAY, Nation, found_nation, viewer
from vkpp.records.ground.viewer import system
from vkpp.records.people import commands, queries
from vkpp.records.people.models import AccessReview

pytestmark = pytest.mark.usefixtures("records")


@pytest.fixture
def nation(records: None) -> Nation:
    return found_nation()


def test_years_that_were_reviewed_ahead_are_stepped_over(nation: Nation) -> None:
    by = viewer(nation.chief)
    for year in (DAY.year + 1, DAY.year + 2):
        key = commands.open_review(by=by, at=AT, organisation=nation.westholt, year=year, due_on=DAY)
        for line, _, _ in queries.review_lines(viewer=by, review=key):
            commands.decide(by=by, at=AT, line=line, keep=True)
        commands.close_review(by=by, at=AT, review=key)
    later = AT + timedelta(days=360)
    assert commands.open_due_reviews(by=system("reminders", later.date()), at=later) == 4  # of everybody, Westholt too
    years = (
        AccessReview.objects.unscoped("test").filter(organisation=nation.westholt, state="open").values_list("year", flat=True)
    )
    assert list(years) == [DAY.year + 3]
