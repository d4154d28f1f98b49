"""The walls hold, and the tests that keep them can fail: each rule is shown a planted violation."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "vkpp"

# A relation leaves its app only downwards, by string and with related_name="+".
RELATION = re.compile(r"\b(ForeignKey|OneToOneField|ManyToManyField)\(\s*(?P<to>[^,)\s]+)(?P<rest>[^)]*)\)", re.S)
FORBIDDEN_FILES = {"admin.py", "signals.py", "utils.py", "helpers.py", "common.py"}
RAW_SQL = re.compile(r"\b(get_model|RawSQL|\.raw\(|connection\.cursor|\.cursor\(\))")


def relation_faults(text: str, app: str) -> list[str]:
    """What is wrong with the relations of one models file."""
    faults = []
    for found in RELATION.finditer(text):
        to, rest = found["to"], found["rest"]
        if to.strip("\"'") == "self" or re.fullmatch(r"[\"']?[A-Z]\w+[\"']?", to):
            continue  # inside the app
        if not re.fullmatch(r"[\"'][a-z_]+\.[A-Z]\w+[\"']", to):
            faults.append(f"{app}: relation to {to} is not named by string")
        elif 'related_name="+"' not in rest:
            faults.append(f'{app}: relation to {to} lacks related_name="+"')
    return faults


def grep_faults(files: list[tuple[str, str]]) -> list[str]:
    """Forbidden rooms and raw database access outside queries, commands and migrations."""
    faults = []
    for name, text in files:
        path = Path(name)
        if path.name in FORBIDDEN_FILES:
            faults.append(f"{name}: no such room")
        allowed = {"queries", "commands", "migrations"} & {path.stem, *path.parts}
        if path.parts[0] in ("records", "web") and RAW_SQL.search(text) and not allowed:
            faults.append(f"{name}: raw database access")
    return faults


def test_relations_leave_their_app_by_string_and_without_a_way_back() -> None:
    faults = [
        fault
        for models in (SOURCE / "records").rglob("models*.py")
        for fault in relation_faults(models.read_text(encoding="utf-8"), models.parent.name)
    ]
    assert faults == []


@pytest.mark.parametrize(
    "planted",
    ['ForeignKey(people.Person, related_name="+")', 'ForeignKey("people.Person", on_delete=PROTECT)'],
)
def test_a_planted_relation_is_found(planted: str) -> None:
    assert relation_faults(planted, "thread") != []


def test_no_forbidden_room_and_no_raw_database_access() -> None:
    files = [(str(p.relative_to(SOURCE)), p.read_text(encoding="utf-8")) for p in SOURCE.rglob("*.py")]
    assert grep_faults(files) == []


def test_a_planted_room_and_cursor_are_found() -> None:
    assert len(grep_faults([("records/people/utils.py", ""), ("web/force/views.py", "connection.cursor()")])) == 2


def _lint(root: Path) -> subprocess.CompletedProcess[str]:
    tool = Path(sys.executable).parent / "lint-imports"
    environment = {"PYTHONPATH": f"{root / 'src'}:{root}", "PATH": "/usr/bin:/bin"}
    return subprocess.run([tool, "--no-cache"], cwd=root, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("room", "line", "contract"),
    [
        ("basics/planted.py", "import vkpp.catalogue.load", "Floors"),
        ("catalogue/planted.py", "import duckdb", "Catalogue and basics carry no table engine"),
        ("engine/reading/planted.py", "import vkpp.engine.validation", "Engine: flow"),
        ("engine/dissemination/planted.py", "import vkpp.engine.shapes.cells", "The Cells type"),
        ("engine/statistics/planted.py", "import vkpp.engine.shapes.protected", "Protected tables"),
        ("engine/reading/planted.py", "import urllib.request", "no Django, no network"),
        ("web/public/planted.py", "import vkpp.records.collections", "Public pages"),
    ],
)
def test_a_planted_import_breaks_its_contract(room: str, line: str, contract: str, tmp_path: Path) -> None:
    copy = tmp_path / "house"
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__", "data", "fonts"))
    shutil.copytree(ROOT / "tools", copy / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", copy / ".importlinter")
    (copy / "src" / "vkpp" / room).write_text(f'"""Planted."""\n\n{line}\n', encoding="utf-8")
    done = _lint(copy)
    assert done.returncode != 0
    broken = [text for text in done.stdout.splitlines() if "BROKEN" in text]
    assert any(contract in text for text in broken), done.stdout[-1500:]
