"""Mutation testing of the disclosure room: change one comparison, sum or number at a time and see whether a test notices.

Run: python -m tools.mutate_disclosure [MODULE ...] [--limit N] [--seed S]. Works on a copy; prints what survived.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOM = Path("src/vkpp/engine/disclosure")
MODULES = ("primary", "relations", "leaning", "protecting", "picture", "audit", "attacker", "attack", "overlaps", "given_back")
COMPARISONS = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
SUMS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}
ROOM_TESTS = ("tests/disclosure", "-m", "not slow")
CASES = ("tests/reference", "-k", "04 and not csplib and not csp_t4 and not differencing")  # the quick ones, on what is left
WORDS = {ast.And: ast.Or, ast.Or: ast.And}


def places(tree: ast.AST) -> Iterator[ast.AST]:
    """What may be changed, worked examples aside: `tools/render_methods.py --check` compares those."""
    examples = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == "worked_example")
    left_out = {inner for example in examples for inner in ast.walk(example)}
    return (node for node in ast.walk(tree) if node not in left_out and _can_change(node))


def _can_change(node: ast.AST) -> bool:
    match node:
        case ast.Compare():
            return type(node.ops[0]) in COMPARISONS
        case ast.BinOp():
            return type(node.op) in SUMS and not _is_annotation(node)
        case ast.UnaryOp():
            return isinstance(node.op, ast.Not)
        case ast.Constant():
            return type(node.value) in (int, float, bool)
        case _:
            return isinstance(node, ast.BoolOp)


def _is_annotation(node: ast.BinOp) -> bool:
    """X | None in a signature is no sum."""
    return isinstance(node.op, ast.BitOr) and any(
        isinstance(s, ast.Constant) and s.value is None for s in (node.left, node.right)
    )


def mutated(source: str, which: int) -> tuple[str, str]:
    """The source with one place changed, and the change in words."""
    tree = ast.parse(source)
    node = list(places(tree))[which]
    before = ast.unparse(node)
    if isinstance(node, ast.Compare):
        node.ops[0] = COMPARISONS[type(node.ops[0])]()
    elif isinstance(node, ast.BinOp):
        node.op = SUMS[type(node.op)]()
    elif isinstance(node, ast.BoolOp):
        node.op = WORDS[type(node.op)]()
    elif isinstance(node, ast.UnaryOp):
        node.op = ast.UAdd()
        node.operand = ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])
    elif isinstance(node, ast.Constant):
        node.value = not node.value if isinstance(node.value, bool) else node.value + 1
    ast.fix_missing_locations(tree)
    line = getattr(node, "lineno", 0)
    return ast.unparse(tree), f"line {line}: {before}  ->  {ast.unparse(node)}"


def survives(copy: Path, *, say: bool = False) -> bool:
    return all(_passes(copy, chosen, say=say) for chosen in (ROOM_TESTS, CASES))


def _passes(copy: Path, chosen: Sequence[str], *, say: bool) -> bool:
    command = [sys.executable, "-m", "pytest", *chosen, "-q", "-x", "-p", "no:cacheprovider"]
    environment = os.environ | {"PYTHONPATH": str(copy / "src"), "HYPOTHESIS_MAX_EXAMPLES": "10"}
    try:
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return False
    if say and done.returncode:
        print(done.stdout.decode()[-2000:], done.stderr.decode()[-500:], file=sys.stderr)
    return done.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", default=list(MODULES))
    parser.add_argument("--limit", type=int, default=40, help="mutants in all, drawn at random")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    sources = {name: (ROOM / f"{name}.py").read_text(encoding="utf-8") for name in args.modules}
    every = [(name, k) for name, text in sources.items() for k in range(len(list(places(ast.parse(text)))))]
    chosen = random.Random(args.seed).sample(every, min(args.limit, len(every)))  # noqa: S311 - a draw, not a secret
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for part in ("src", "tests", "pyproject.toml"):
            (shutil.copytree if Path(part).is_dir() else shutil.copy)(part, copy / part)
        if not survives(copy, say=True):
            print("The tests fail before anything is changed.", file=sys.stderr)
            return 1
        alive = 0
        for name, k in sorted(chosen):
            text, words = mutated(sources[name], k)
            target = copy / ROOM / f"{name}.py"
            target.write_text(text, encoding="utf-8")
            if survives(copy):
                alive += 1
                print(f"survived: {name} {words}", flush=True)
            target.write_text(sources[name], encoding="utf-8")
    print(f"{len(chosen)} mutants of {len(every)} places: {len(chosen) - alive} noticed, {alive} survived.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
