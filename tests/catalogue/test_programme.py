"""The programme's objectives are data, row for row; what cannot be read in the source says so."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from vkpp.catalogue.programme import FILE, UNREADABLE, load_programme
from vkpp.catalogue.rows import CatalogueProblem

SEED = Path(__file__).resolve().parents[2] / "src" / "vkpp" / "catalogue" / "data"


def test_four_pillars_and_thirteen_rows_with_the_outcomes_of_the_source() -> None:
    programme = load_programme()
    assert [pillar.title for pillar in programme.pillars] == [
        "Whole systems approach",
        "Insight, influence and outreach",
        "Research and Review",
        "Analysis and data",
    ]
    assert {line.number for line in programme.lines} - {None} == set(range(1, 14))
    rows = {line.number: [o.code for o in line.outcomes] for line in reversed(programme.lines) if line.number}
    assert rows == {
        **{number: ["1", "2"] for number in (3, 5, 7, 8, 10, 12, 13)},
        **{number: ["1", "2", "3"] for number in (1, 6, 9, 11)},
        2: ["2", "3"],
        4: ["1", "3"],
    }
    assert [o.code for o in programme.outcomes] == ["1", "1.1", "1.2", "1.3", "1.4", "1.5", "2", "3"]
    assert programme.dated.confidence == "seen" and "2023-24" in programme.dated.source


def test_two_aims_are_unreadable_and_say_so_and_one_line_has_no_outcome() -> None:
    lines = load_programme().lines
    assert [line.title.split(",")[0] for line in lines if line.aims_words == UNREADABLE] == [
        "Local Strategic Child Safeguarding Partnerships",
        "Research and Review",
    ]
    assert [line.title for line in lines if not line.outcomes and not line.named_only] == ["National Vulnerability Action Plan"]


def test_it_agrees_with_the_document(shared: Path) -> None:
    """Outcomes in the document's order, the unreadable aims at the same rows, and none of its sentences copied."""
    text = (shared / "domain" / "programme" / "objectives-2023-24.txt").read_text(encoding="utf-8")
    lines = load_programme().lines
    tables = text[text.index("VKPP Priority workstream") :]
    stated = re.findall(r"\t(1, 2 and 3|2 and 3|1 and 3|1 and 2)(?:\s|$)", tables)
    ours = [[o.code for o in line.outcomes] for line in lines if line.outcomes]
    assert [re.findall(r"\d", outcome) for outcome in stated] == ours
    assert text.count("<text>") - text.count("<text><text>") == sum(line.aims is None for line in lines)
    for line in lines:
        for said in (line.activity, line.aims or ""):
            words = said.split()
            runs = [" ".join(words[at : at + 9]) for at in range(len(words) - 8)]
            assert not [run for run in runs if run in text], line.title


FIGURES = r"\b(?:14|40|25|2023|six|year 3|Soteria|Stovewood|Hydrant|Diversity Dialogues|PPLSDP|CSE Taskforce)\b"


def _listed(text: str) -> list[tuple[str, list[str]]]:
    """The document's own list: each pillar with the names under it; a name broken over lines is one."""
    head = text[text.index("Whole systems approach:") : text.index("Our Vision")]
    blocks = re.split(r"\n([A-Z][\w, ]+):\n", "\n" + head)[1:]
    bullets = [re.split(r"\n *- *", re.sub(r"\n +(?=[A-Z])", " ", body))[1:] for body in blocks[1::2]]
    return [(title, [_same(one) for one in found]) for title, found in zip(blocks[::2], bullets, strict=True)]


def _same(words: str) -> str:
    return re.sub(r"\W+", " ", words).strip().lower()


def test_every_name_of_the_document_s_list_has_a_line_in_its_pillar(shared: Path) -> None:
    """In both directions: no name is left out, and no line calls itself what the list does not."""
    text = (shared / "domain" / "programme" / "objectives-2023-24.txt").read_text(encoding="utf-8")
    theirs, pillars = _listed(text), load_programme().pillars
    assert [title.lower() for title, _ in theirs] == [pillar.title.lower() for pillar in pillars]
    for (_, names), pillar in zip(theirs, pillars, strict=True):
        ours = {_same(name) for line in pillar.lines for name in line.listed}
        # Two names in one bullet, and a heading over three others.
        told, strategy = " | ".join(names), "the national policing vulnerability strategy that the action plan leads to"
        assert all(name in told or name == strategy for name in ours)
        left = [name for name in names if name not in ours and not any(name.startswith(one) for one in ours)]
        assert left in ([], ["learning from death serious harm"])


def test_the_rows_of_the_tables_stand_in_the_document_s_order_with_its_figures(shared: Path) -> None:
    text = (shared / "domain" / "programme" / "objectives-2023-24.txt").read_text(encoding="utf-8")
    tables = text[text.index("VKPP Priority workstream") :]
    rows = [line.split("\t") for line in tables.splitlines() if "\t" in line and not line.startswith(("VKPP Priority", "\t"))]
    lines = [line for line in load_programme().lines if not line.named_only]
    assert len(rows) == len(lines) == 14  # the strategy and the action plan are one row in two parts
    for (title, activity, *_), line in zip(rows, lines, strict=True):
        first = {_same(word)[:6] for word in title.replace("Workstream", "").split()[:1]}
        assert first & {_same(word)[:6] for word in line.title.split()}, (title, line.title)
        ours = " ".join((line.activity, line.aims or "", *line.commitments))
        for figure in re.findall(FIGURES, ours):
            assert figure.lower() in " ".join((title, *activity.split(), *_)).lower(), (line.title, figure)
    assert {line.title for line in lines if line.funder} == {"Peer Review", "Domestic Homicide Project"}
    assert [bool(re.search("fund(ed|s) by|Home Office funded", " ".join(row))) for row in rows].count(True) >= 2


def test_what_was_told_later_stands_in_the_bulletin(shared: Path) -> None:
    text = (shared / "domain" / "programme" / "bulletin-2024-01.txt").read_text(encoding="utf-8").lower()
    programme = load_programme()
    told = [since for line in programme.lines for since in line.since]
    assert len(told) == 7 and "Bulletin" in programme.bulletin
    for figure in ("nine visits", "10 january 2024", "42 police forces", "7 and friday 8 march 2024", "february 2024"):
        assert figure in text


@pytest.mark.parametrize(
    ("was", "becomes", "words"),
    [
        ('outcomes: ["2", "3"]', 'outcomes: ["2", "4"]', "names the outcome 4"),
        ("place: governance", "place: strategy", "stands at two lines"),
        ("source: vkpp-objectives-2023-24", "source: hearsay", "'hearsay'"),
        ("bulletin: vkpp-bulletin-2024-01", "bulletin: hearsay", "bulletin holds 'hearsay'"),
        ("confidence: seen", "confidence: sure", "'sure'"),
        ('words: "Staff who are not specialists, and partners"', "words: Staff, partners", "has 'partners'"),
        ("number: 2\n", "number: two\n", "wrong kind"),
        ("year: FY2023-24\n", "", "missing"),
    ],
)
def test_a_wrong_file_is_refused_in_words(tmp_path: Path, was: str, becomes: str, words: str) -> None:
    shutil.copy(SEED / "sources.csv", tmp_path)
    text = (SEED / FILE).read_text(encoding="utf-8")
    assert was in text
    (tmp_path / FILE).write_text(text.replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(CatalogueProblem) as caught:
        load_programme(tmp_path)
    assert words in str(caught.value)
