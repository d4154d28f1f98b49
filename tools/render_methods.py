"""docs/methods: each statistical and disclosure method with its formula, its source and an example that the code worked out.

`python -m tools.render_methods` writes the pages; `--check` compares, and is part of `./run check`. Numbers have six
significant digits, so that the pages are the same on every machine.
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "methods"
ROOMS = ("statistics", "disclosure")


def modules() -> Iterator[ModuleType]:
    """Every module of the two rooms that works out an example."""
    for room in ROOMS:
        folder = ROOT / "src" / "vkpp" / "engine" / room
        for path in sorted(folder.rglob("*.py")):
            if "def worked_example" in path.read_text(encoding="utf-8"):
                yield importlib.import_module(".".join(path.relative_to(ROOT / "src").with_suffix("").parts))


def page_name(module: ModuleType) -> str:
    return "-".join(module.__name__.removeprefix("vkpp.engine.").split(".")).replace("_", "-") + ".md"


def pages() -> dict[str, str]:
    """The pages by file name; the same code gives the same text."""
    made = {page_name(module): _page(module) for module in modules()}
    return {**made, "README.md": _index(made)}


def _index(made: dict[str, str]) -> str:
    lines = ["# Methods", "", "Rendered from the code: formula, source, and an example worked out by the code itself.", ""]
    for name, text in sorted(made.items()):
        lines.append(f"- [{text.splitlines()[0].removeprefix('# ')}]({name})")
    return "\n".join(lines) + "\n"


def _page(module: ModuleType) -> str:
    example = module.worked_example()
    title = example.get("method") or (module.__doc__ or "").splitlines()[0]
    lines = [f"# {title}", "", _plain(module.__doc__), "", f"Module `{module.__name__}`.", ""]
    for name, function in _public(module):
        lines += [
            f"## {name}",
            "",
            "```python",
            f"{name}{_signature(function)}",
            "```",
            "",
            "```text",
            _plain(function.__doc__),
            "```",
            "",
        ]
    lines += ["## Worked example", ""]
    for key, value in example.items():
        if key != "method":
            lines += [f"{key.capitalize()}:", "", "```text", _words(value), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if (
            function.__module__ == module.__name__
            and not name.startswith("_")
            and name != "worked_example"
            and function.__doc__
        ):
            yield name, function


def _signature(function: Any) -> str:
    return str(inspect.signature(function)).replace("vkpp.engine.", "")


def _plain(text: str | None) -> str:
    return inspect.cleandoc(text or "")


def _words(value: Any) -> str:
    if isinstance(value, str):
        return textwrap.fill(value, 110)
    return json.dumps(_rounded(value), ensure_ascii=False, indent=1)


def _rounded(value: Any) -> Any:
    """JSON values, floats with six significant digits."""
    if isinstance(value, dict):
        return {str(key): _rounded(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_rounded(entry) for entry in value]
    if isinstance(value, np.ndarray | np.generic):
        return _rounded(value.tolist())
    if isinstance(value, float):
        return float(f"{value:.6g}") if np.isfinite(value) else str(value)
    return value if isinstance(value, int | bool | str) or value is None else str(value)


def faults() -> Iterator[str]:
    """What differs between the pages that stand and those that the code gives."""
    made = pages()
    standing = {path.name for path in OUT.glob("*.md")}
    for name in sorted(standing - made.keys()):
        yield f"docs/methods/{name} has no method any more"
    for name, text in made.items():
        path = OUT / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            yield f"docs/methods/{name} is not what the code gives: run `python -m tools.render_methods`"


def main() -> int:
    if "--check" in sys.argv:
        found = list(faults())
        print("\n".join(found), file=sys.stderr)
        return 1 if found else 0
    OUT.mkdir(parents=True, exist_ok=True)
    for path in OUT.glob("*.md"):
        path.unlink()
    for name, text in pages().items():
        (OUT / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
