"""The home page: the programme row for row, each line with its true state for this viewer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

from tests.records.nation import Nation
from vkpp.catalogue.programme import load_programme
from vkpp.web.home import places
from vkpp.web.home.places import Door, Place
from vkpp.web.parts.shapes import Tag


def _text(answer: Any) -> str:
    return unescape(answer.content.decode())


def test_every_line_stands_there_with_its_aims_or_that_they_cannot_be_read(
    nation: Nation, client_of: Callable[[Any], Any]
) -> None:
    text = _text(client_of(nation.analyst).get("/"))
    programme = load_programme()
    for pillar in programme.pillars:
        assert f">{pillar.title}</h2>" in text
    for line in programme.lines:
        assert line.title in text and line.activity in text
        assert all(said in text for said in (*line.commitments, *line.since))
        assert line.funder_words in text
    assert text.count("Not readable in the source.") == 2
    assert text.count("Unmeasured") == len(programme.outcomes) == 8


def test_what_is_not_built_says_so_and_leads_nowhere(nation: Nation, client_of: Callable[[Any], Any], monkeypatch: Any) -> None:
    monkeypatch.setattr(places, "PLACES", {"csae": Place((Door("no:such:page"),), lambda viewer: Tag("Open", "good"))})
    text = _text(client_of(nation.analyst).get("/"))
    assert text.count("Not built yet") == len(load_programme().lines) and "0 of 16 lines" in text


def test_a_line_opens_its_place_to_whom_it_is_open_and_shows_its_state(
    nation: Nation, client_of: Callable[[Any], Any], monkeypatch: Any
) -> None:
    seen = []

    def state(viewer: Any) -> Tag:
        seen.append(viewer.id)
        return Tag("3 returns are late", "do")

    doors = (Door("account:invite", ("people.manage",)),)
    monkeypatch.setattr(places, "PLACES", {"csae": Place(doors, state)})
    manager = _text(client_of(nation.east).get("/"))
    assert '<a class="govuk-link" href="/account/people/invite/">Child Sexual Abuse and Exploitation' in manager
    assert "3 returns are late" in manager and "1 of 16 lines" in manager
    other = _text(client_of(nation.analyst).get("/"))
    assert "3 returns are late" not in other and "your roles do not open it" in other
    assert seen == [str(nation.east)]  # no state is worked out for whom it is not


def test_the_state_of_the_rounds_comes_from_records(nation: Nation, client_of: Callable[[Any], Any], monkeypatch: Any) -> None:
    class Row:
        collection, state, period_words, due_on = "csae", "open", "July to September 2026", date(2026, 11, 27)

    csae = Place((Door("account:people"),), places.PLACES["csae"].state)
    monkeypatch.setattr(places, "PLACES", {"csae": csae})
    assert "No round has been opened yet" in _text(client_of(nation.analyst).get("/"))
    monkeypatch.setattr(places.collections, "rounds", lambda viewer: (Row,))
    assert "July to September 2026 is open, due 27 November 2026" in _text(client_of(nation.analyst).get("/"))
    monkeypatch.setattr(Row, "due_on", date(2024, 11, 27))
    assert "July to September 2026 is open, was due 27 November 2024" in _text(client_of(nation.analyst).get("/"))
    monkeypatch.setattr(Row, "state", "closed")
    assert "No round is open; 1 so far" in _text(client_of(nation.analyst).get("/"))


def test_the_first_screen_names_the_four_pillars_and_every_line(nation: Nation, client_of: Callable[[Any], Any]) -> None:
    """Somebody from the programme recognises it before they scroll: the lines stand under their pillars, built or not."""
    text = _text(client_of(nation.analyst).get("/"))
    glance = text[text.index('class="vkpp-pillars"') : text.index("<section")]
    for pillar in load_programme().pillars:
        assert f'href="#{pillar.code}">{pillar.title}' in glance
        assert all(line.title in glance for line in pillar.lines)
