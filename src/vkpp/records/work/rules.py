"""How long to wait between attempts, and what a letter may say: never a person's name, in subject, body or file name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import yaml

from vkpp.basics.markings import Level, Marking
from vkpp.basics.periods import Period

_PLACEHOLDER = re.compile(r"\{([a-z_]*)\}")
_RECORDS = Path(__file__).parent.parent
_MARKED = ("marking", "handled")
_HANDLED = ", with a handling instruction: it stands on the page"
# A mail lies in more places than the service, and is read on more screens: it names no collection, period or day then.
_SUBJECT = "there is something for you in VKPP"
_BODY = """There is something for you in the Vulnerability Knowledge and Practice Platform, marked {level}.
Sign in to read what it is and what to do next. Because of its marking, nothing about it stands in a mail."""
_NAMED_AFTER_PEOPLE = frozenset({"name_of_person", "person", "email", "to"})


@dataclass(frozen=True, slots=True)
class Template:
    """A mail's subject and body, with the placeholders that both take."""

    name: str
    subject: str
    body: str

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(_PLACEHOLDER.findall(self.subject + self.body))


def wait_before(attempt: int) -> timedelta:
    """How long until the next attempt after so many: 10 s, 40 s, 160 s, ... at most an hour."""
    return timedelta(seconds=min(3600, 10 * 4 ** (attempt - 1)))


@cache
def templates() -> Mapping[str, Template]:
    """Every mail template of every app. Raises ValueError at one that is misnamed or takes a person's name."""
    found: dict[str, Template] = {}
    for path in sorted(_RECORDS.rglob("letters.yaml")):
        for name, parts in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            template = Template(name, parts["subject"], parts["body"])
            if name.partition(".")[0] != path.parent.name or template.placeholders & _NAMED_AFTER_PEOPLE:
                raise ValueError(f"{path.parent.name}/letters.yaml: {name} is not of this app, or takes a person's name")
            found[name] = template
    return found


def written(name: str, facts: Mapping[str, object]) -> tuple[str, str]:
    """Subject and body of a letter. Raises ValueError when facts and placeholders are not the same.

    Facts that `marked` adds are no placeholders: they say how the mail is marked, and so what of the template it may say.
    """
    template, own = templates().get(name), {key: value for key, value in facts.items() if key not in _MARKED}
    if template is None or template.placeholders != frozenset(own):
        raise ValueError(f"the letter {name} is unknown, or its facts are not its placeholders")
    values = {key: _in_words(key, str(value)) for key, value in own.items()}
    plain = template.subject.format(**values), template.body.format(**values)
    return _under(facts, *plain) if "marking" in facts else plain


def marked(marking: Marking) -> dict[str, object]:
    """Facts that mark a letter: its level, and whether there are handling words. The words themselves never go out."""
    return {"marking": int(marking.level), "handled": int(bool(marking.handling))}


def _under(facts: Mapping[str, object], subject: str, body: str) -> tuple[str, str]:
    """A letter with its marking above and below. Above OFFICIAL it says only that there is something to read in the service."""
    level, handled = Level(int(str(facts["marking"]))), bool(facts["handled"])
    if level > Level.OFFICIAL:
        subject, body = f"{level.words}: {_SUBJECT}", _BODY.format(level=level.words)
    line = f"{level.words}{_HANDLED if handled else ''}"
    return subject, f"{line}\n\n{body.rstrip()}\n\n{line}\n"


def _in_words(name: str, value: str) -> str:
    """A fact as its reader reads it: what is kept of a letter are codes and ISO dates, and no mailbox should show them."""
    if name == "due":
        try:
            return f"{date.fromisoformat(value):%-d %B %Y}"
        except ValueError as problem:
            raise ValueError("a letter keeps codes, numbers, dates and ids; the day on which it is due is none") from problem
    if name == "period":
        return Period.parse(value).label
    if name == "collection":  # its short name: a title would say to a whole inbox what the matter is
        return value.replace("-", " ") if "-" in value else value.upper()
    return value
