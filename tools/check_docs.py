"""Docs against code: what the docs say of commands, exit codes, dependencies, decisions and words must be so."""

from __future__ import annotations

import argparse
import itertools
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from vkpp.basics.problems import ExitCode
from vkpp.ops.command_line import build_parser

ROOT = Path(__file__).resolve().parent.parent


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands() -> Iterator[str]:
    """Every verb, every option and every exit code stands in docs/commands.md; every verb's help has an example."""
    text = _read("docs/commands.md")
    actions = [a for a in build_parser()._actions if isinstance(a, argparse._SubParsersAction)]
    for name, sub in actions[0].choices.items():
        section = re.search(rf"^## vkpp {re.escape(name)}$(.*?)(?=^## |\Z)", text, re.M | re.S)
        if section is None:
            yield f"docs/commands.md has no section '## vkpp {name}'"
            continue
        for action in sub._actions:
            for option in action.option_strings[-1:]:
                if option != "--help" and f"`{option}" not in section.group(1):
                    yield f"docs/commands.md, vkpp {name}: option {option} is not described"
        if "example:" not in (sub.epilog or ""):
            yield f"vkpp {name} --help has no example"
    for verb in re.findall(r"^## vkpp (\S+)$", text, re.M):
        if verb not in actions[0].choices:
            yield f"docs/commands.md describes vkpp {verb}, which does not exist"
    for code in ExitCode:
        if not re.search(rf"^\| {int(code)} \|", text, re.M):
            yield f"docs/commands.md does not list exit code {int(code)} ({code.name})"


def dependencies() -> Iterator[str]:
    """Each dependency carries a sentence, on its line or on the line above."""
    lines = _read("pyproject.toml").splitlines()
    inside = False
    for number, line in enumerate(lines):
        if re.match(r"^(dependencies|dev|bench|spark) = \[", line):
            inside = True
        elif line == "]":
            inside = False
        elif inside and line.strip().startswith('"'):
            above = lines[number - 1].strip()
            shares = number >= 2 and above.startswith('"') and lines[number - 2].strip().startswith("#")
            if "#" not in line and not above.startswith("#") and not shares:
                yield f"pyproject.toml line {number + 1}: {line.strip()} has no sentence"


def decisions() -> Iterator[str]:
    """Decision records are 25 lines at most and state the regret."""
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    if not records:
        yield "docs/decisions holds no decision record"
    for record in records:
        text = record.read_text(encoding="utf-8")
        if len(text.splitlines()) > 25:
            yield f"docs/decisions/{record.name}: {len(text.splitlines())} lines, at most 25"
        if "regret" not in text.lower():
            yield f"docs/decisions/{record.name} does not state the regret"
        if not re.match(r"^\d{4}-[a-z0-9-]+\.md$", record.name):
            yield f"docs/decisions/{record.name}: the name is not NNNN-title.md"


def links() -> Iterator[str]:
    """Relative links in our documents lead to files that exist."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                yield f"{page.relative_to(ROOT)}: link to {target} leads nowhere"


def glossary() -> Iterator[str]:
    """Each word stands once, in alphabetical order."""
    words = re.findall(r"^\*\*(.+?)\*\*", _read("GLOSSARY.md"), re.M)
    folded = [word.casefold() for word in words]
    if folded != sorted(folded):
        wrong = next(b for a, b in itertools.pairwise(folded) if a > b)
        yield f"GLOSSARY.md is not in alphabetical order at {wrong!r}"
    for word in sorted({w for w in folded if folded.count(w) > 1}):
        yield f"GLOSSARY.md holds {word!r} more than once"


def rooms() -> Iterator[str]:
    """Every module opens with one sentence on what it is for; the architecture page names every floor."""
    for module in sorted((ROOT / "src" / "vkpp").rglob("*.py")):
        if "migrations" not in module.parts and not module.read_text(encoding="utf-8").lstrip().startswith('"""'):
            yield f"{module.relative_to(ROOT)} does not open with a docstring"
    text = _read("ARCHITECTURE.md")
    for floor in ("basics", "catalogue", "engine", "records", "web", "ops"):
        if f"{floor}/" not in text:
            yield f"ARCHITECTURE.md does not name {floor}/"


def licence() -> Iterator[str]:
    project = tomllib.loads(_read("pyproject.toml"))["project"]
    if project["license"] != "MIT" or not _read("LICENSE").startswith("MIT License"):
        yield "the licence of pyproject.toml and LICENSE differ"


def main() -> int:
    faults = [f for check in (commands, dependencies, decisions, links, glossary, rooms, licence) for f in check()]
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
