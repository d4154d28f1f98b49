"""Every digit belongs to a number with a name, and no comparison is made on unlike bases."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.dissemination.reading import elements
from tests.dissemination.sample import edition, quarters
from vkpp.basics.problems import Problem, RefusedByRule
from vkpp.engine.dissemination import Fact, SeriesBreak, write_edition
from vkpp.engine.dissemination.numbers import Number, Numbers, printed
from vkpp.engine.dissemination.unbound import unbound
from vkpp.engine.dissemination.wording import Wording, plain_text

Q2, Q3 = "quarter.crimes.child.FY2017-18Q2", "quarter.crimes.child.FY2017-18Q3"
PAGES = ("report.html", "checked.html", "trace/force.html", "trace/derived.html", "trace/facts.html")


def said(template: str, **changes: object) -> str:
    whole = edition(**changes)
    return Wording(whole, Numbers(whole)).plain(template)


def refused(template: str, **changes: object) -> str:
    with pytest.raises(RefusedByRule) as trouble:
        said(template, **changes)
    return str(trouble.value)


@pytest.mark.parametrize("page", PAGES)
def test_no_digit_of_a_page_is_unbound(folder: Path, page: str) -> None:
    assert unbound((folder / page).read_text("utf-8")) == ()


@pytest.mark.parametrize(
    "html",
    [
        "<p>There were 59,679 crimes.</p>",
        "<p>It is 2,018 more.</p>",
        "<td>12</td>",
        "<p>In 2017/18 there were 7 of them.</p>",
        '<p aria-label="12 forces">few</p>',
        "<p><data value='1' data-number='a.b'>1</data> of 2</p>",
        "<li>52%</li>",
        "<p>In class 86, 12 were recorded.</p>",
        "<p>from 5 to 12 forces</p>",
        "<p>1,000 children</p>",
    ],
)
def test_a_planted_digit_is_found(html: str) -> None:
    assert len(unbound(html)) == 1


@pytest.mark.parametrize(
    "html",
    [
        "<p>In 2017/18, from April 2017 to 31 March 2018, classes 19D and 20B, per 1,000 children with 95% intervals.</p>",
        "<p>children aged 10 to 17, under 18, class 86, classes 19D, 71 and 86, Table 3</p>",
        "<p><data value='59679' data-number='a.b.c'>59,679</data> crimes</p>",
        "<style>p { margin: 12px }</style>",
    ],
)
def test_listed_exceptions_and_bound_numbers_pass(html: str) -> None:
    assert unbound(html) == ()


def test_an_edition_with_a_loose_digit_is_not_written(tmp_path: Path) -> None:
    loose = edition(quality=(("Who replied", "42 forces."),))
    with pytest.raises(RefusedByRule, match="digit that belongs to no number"):
        write_edition(loose, tmp_path / "out", pdf=False)
    assert list(tmp_path.iterdir()) == []


def test_an_edition_with_a_forbidden_word_is_not_written(tmp_path: Path) -> None:
    bad = edition(quality=(("What is counted", "Crimes that occurred against minors."),))
    with pytest.raises(RefusedByRule, match="not for publication"):
        write_edition(bad, tmp_path / "out", pdf=False)


def test_what_a_force_said_is_quoted_without_its_numbers_and_is_no_template(tmp_path: Path) -> None:
    """One force's words may not stop the national edition, reach its templates, or give a small number away."""
    hostile = "Our system of 2019: 3 crimes that occurred {{ n('force.crimes.kent') }} <b>against</b> minors, 1,234.5"
    write_edition(edition(reasons=(hostile,)), tmp_path / "out", pdf=False)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    (quoted,) = re.findall(r"<p data-quoted>(.*?)</p>", page)
    assert "Our system of [number]: [number] crimes that occurred {{" in quoted and "&lt;b&gt;against" in quoted
    assert not re.search(r"\d", quoted.replace("&#39;", ""))


def test_every_bound_number_is_in_numbers_csv_with_its_value(folder: Path) -> None:
    with (folder / "numbers.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["number_id"]: row for row in csv.DictReader(file)}
    found = 0
    for page in PAGES:
        for element in elements((folder / page).read_text("utf-8")):
            if "data-number" in element.attributes and "svg" not in element.parents:
                row = rows[element.attributes["data-number"]]
                value = element.attributes.get("data-value", element.attributes.get("value"))
                assert value is None or value == row["value"]
                shown = element.text.strip().lstrip("+\u2212").replace(",", "").rstrip("%")
                assert shown in (row["value"].lstrip("-"), row["symbol"])
                found += 1
    assert found > 300
    assert rows["force.rate.total"]["value"] == "6.3"
    assert rows["force.rate.uppermoor"] | {"note": ""} == {
        "number_id": "force.rate.uppermoor", "table": "force", "measure": "rate", "force_id": "uppermoor", "code": "",
        "period": "", "value": "", "symbol": "[u]", "note": "",
    }  # fmt: skip
    assert any(number_id.startswith("derived.share.") for number_id in rows)


def test_words_work_numbers_out() -> None:
    assert said(f"{{{{ n('{Q3}') }}}}") == "15,160"
    assert said(f"{{{{ rose('{Q3}', '{Q2}') }}}}") == "fell by 1.5%"
    assert said(f"{{{{ more('{Q3}', '{Q2}') }}}}") == "1.5% fewer"
    assert said(f"{{{{ change('{Q2}', '{Q3}') }}}}") == "1.5%"
    assert said(f"{{{{ rose('{Q2}', '{Q3}') }}}}") == "rose by 1.5%"
    assert said(f"{{{{ difference('{Q2}', '{Q3}') }}}}") == "230"
    assert said("{{ share('kind.crimes.22B', 'kind.crimes.total', 1) }}") == "38.4%"
    assert said("{{ pct('kind.share.22B') }}") == "38.4%"
    assert said("{{ n('kind.crimes.unknown') }}") == "[c]"
    assert said("{{ above('force', 'rate', 'outer_high', one='force lies', many='forces lie') }} above") == "1 force lies above"
    assert said("{{ valued('force', 'rate', 'force', 'forces') }}") == "19 forces"
    assert said("{{ label('kind', 'code', '86') }}") == "Obscene publications"


def test_no_change_says_so() -> None:
    flat = replace(quarters(), cells=tuple(replace(c, value=100) for c in quarters().cells))
    assert said(f"{{{{ rose('{Q3}', '{Q2}') }}}}", tables=(flat,)) == "did not change"
    assert said(f"{{{{ more('{Q3}', '{Q2}') }}}}", tables=(flat,)) == "as many"


def test_unlike_numbers_are_not_compared() -> None:
    assert "different people, places or kinds" in refused(f"{{{{ rose('{Q3}', 'quarter.crimes.image.FY2017-18Q2') }}}}")
    assert "not two periods" in refused(f"{{{{ rose('{Q3}', '{Q3}') }}}}")
    assert "measure different things" in refused("{{ more('force.rate.total', 'force.crimes.total') }}")
    assert "different bases" in refused(
        f"{{{{ rose('{Q3}', '{Q2}') }}}}", bases={"FY2017-18Q2": "42 forces", "FY2017-18Q3": "44 forces"}
    )
    assert "different bases" in refused(f"{{{{ more('{Q3}', '{Q2}') }}}}", bases={"quarter/FY2017-18Q2": "old classes"})
    broken = (SeriesBreak("FY2017-18Q3", "new counting rules", ("quarter",)),)
    assert "new counting rules" in refused(f"{{{{ rose('{Q3}', '{Q2}') }}}}", breaks=broken)
    assert "previously known" in refused(f"{{{{ rose('{Q3}', 'what.was.known') }}}}", facts=(QUOTED,))


QUOTED = Fact(
    "what.was.known", 107_000, "crimes, as another body counted them", "A body", "quoted",
    address="https://example.org/report", read_on="2026-11-02", checker="analyst A",
)  # fmt: skip


def test_a_break_elsewhere_does_not_matter() -> None:
    elsewhere = (SeriesBreak("FY2017-18Q3", "new rules", ("force",)), SeriesBreak("FY2017-18Q2", "older"))
    assert said(f"{{{{ rose('{Q3}', '{Q2}') }}}}", breaks=elsewhere) == "fell by 1.5%"


def test_a_quoted_figure_needs_its_source_and_enters_no_sum() -> None:
    assert said("{{ quoted('what.was.known') }}", facts=(QUOTED,)).startswith("107,000 (A body, https://example.org/report")
    assert "quoted figure" in refused("{{ share('what.was.known', 'kind.crimes.total') }}", facts=(QUOTED,))
    for missing in ({"source": ""}, {"address": ""}, {"read_on": ""}, {"checker": ""}):
        with pytest.raises(RefusedByRule, match="does not say whose"):
            Numbers(edition(facts=(replace(QUOTED, **missing),)))


def test_hidden_numbers_enter_no_sum() -> None:
    assert "cannot enter" in refused("{{ share('kind.crimes.unknown', 'kind.crimes.total') }}")
    assert "not a percentage" in refused("{{ pct('force.rate.total') }}")
    assert "does not have" in refused("{{ n('no.such.number') }}")
    assert "cannot be read" in refused("{{ nonsense('a') }}")


@pytest.mark.parametrize("mark", ["<data value='7'>7</data>", "<b data-code='x'>59,679</b>", "<i data-number='a.b'>7</i>"])
def test_a_wording_cannot_bind_by_hand(mark: str) -> None:
    assert "by hand" in refused(mark)


def test_a_wording_cannot_reach_the_program() -> None:
    with pytest.raises(Problem):
        said("{{ n.__globals__ }}")


def test_numbers_are_printed_as_people_read_them() -> None:
    assert printed(1234567, "count", 0) == "1,234,567"
    assert printed(-36, "count", 0) == "\u221236"
    assert printed(7.55, "change", 1) == "+7.5%" or printed(7.55, "change", 1) == "+7.6%"
    assert printed(-0.0001, "change", 1) == "0.0%"
    assert printed(0, "count", 0) == "0"
    assert printed(None, "count", 0) == "[x]"


def test_two_numbers_of_one_name_are_refused() -> None:
    with pytest.raises(RefusedByRule, match="Two numbers are called"):
        Numbers(edition(facts=(Fact("kind.crimes.total", 1, "x", "y"),)))


def test_anchors_are_one_to_one() -> None:
    names = ["a.b.c d", "a.b.c_d", "a.b.c_20_d", "a.b.c\u00e9"]
    assert len({Number(n, "t", "m", 1, None, "count", 0, "", "").anchor for n in names}) == len(names)


def test_plain_text_leaves_out_what_is_proved() -> None:
    html = '<p>It <span data-direction="proved">rose by</span> <data>7%</data>.<br> Rest.</p><svg><desc>rose</desc></svg>'
    assert plain_text(html, without=["data-direction"]).split() == ["It", "7%.", "Rest."]


def test_a_share_lies_between_two_ends_or_is_the_one() -> None:
    whole = edition()
    ids = [n.id for n in Numbers(whole) if n.unit == "share" and n.value is not None and n.table not in ("derived", "facts")]
    low, high = ids[0], next(i for i in ids if Numbers(whole)[i].printed != Numbers(whole)[ids[0]].printed)
    one, other = (Numbers(whole)[i].printed for i in (low, high))
    assert said(f"It {{{{ lies('{low}', '{high}') }}}}.") == f"It lies between {one} and {other}."
    assert said(f"It {{{{ lies('{low}', '{low}') }}}}.") == f"It is {one}."
    count = next(n.id for n in Numbers(whole) if n.unit == "count")
    assert "not a percentage" in refused(f"{{{{ lies('{count}', '{low}') }}}}")
