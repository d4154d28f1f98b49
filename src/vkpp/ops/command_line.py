"""The command `vkpp`: reads the arguments, calls one verb, and turns every trouble into words and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn, Protocol

from vkpp.basics.problems import ExitCode, Problem
from vkpp.ops.version import VERSION

VERBS = (
    *("check", "local-check", "prepare", "accept", "verify", "destroy", "analyse", "rebuild", "trace", "specification"),
    *("audit-edition", "national", "verify-trail", "found", "keeper", "work", "backup", "restore", "reindex", "generate"),
    *("demo", "serve"),
)


class Verb(Protocol):
    """What a verb's module offers."""

    NAME: str
    SUMMARY: str
    EXAMPLES: tuple[str, ...]

    def arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, args: argparse.Namespace) -> ExitCode: ...


class _Parser(argparse.ArgumentParser):
    """argparse, with the exit code for usage that our contract names, and the next step in words."""

    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"{self.prog}: {message}.\nNext: `{self.prog} --help` shows the arguments with an example.\n")
        raise SystemExit(int(ExitCode.USAGE))


def verb_module(name: str) -> Verb:
    return import_module(f"vkpp.ops.verbs.{name.replace('-', '_')}")


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The whole parser, which the documentation check walks; or that of one verb, which starts much sooner."""
    parser = _Parser(
        prog="vkpp",
        description="VKPP, the Vulnerability Knowledge and Practice Platform.",
        epilog="example:\n  vkpp demo",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"vkpp {VERSION}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=_Parser)
    for name in (only,) if only else VERBS:
        verb = verb_module(name)
        sub = verbs.add_parser(
            name,
            help=verb.SUMMARY,
            description=verb.SUMMARY,
            epilog="example:\n" + "\n".join(f"  {example}" for example in verb.EXAMPLES),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        verb.arguments(sub)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code (docs/commands.md lists them). No traceback ever reaches a person."""
    try:
        given = list(sys.argv[1:] if argv is None else argv)
        args = build_parser(given[0] if given and given[0] in VERBS else None).parse_args(given)
        return int(verb_module(args.verb).run(args))
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return int(problem.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. Nothing half-done was left behind: each file is written whole or not at all.\n")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.CLEAN)
    except OSError as problem:
        sys.stderr.write(f"{_words_of_os_error(problem)}\n")
        return int(ExitCode.UNREADABLE)
    except Exception:  # noqa: BLE001  ours: kept in a file, told in a sentence
        sys.stderr.write(_our_fault())
        return int(ExitCode.OUR_FAULT)


def _words_of_os_error(problem: OSError) -> str:
    name = Path(str(problem.filename)).name if problem.filename else "a file"
    return str(
        Problem(
            f"The machine refused to work with {name}: {problem.strerror or problem}.",
            expected="a readable input, a writable folder and room on the disk",
            next_step="mend that and run the same command again; nothing half-written was kept",
        )
    )


def _our_fault() -> str:
    """Keep the traceback in a file of its own; return the sentence that names it."""
    try:
        with tempfile.NamedTemporaryFile("w", prefix="vkpp-fault-", suffix=".txt", delete=False, encoding="utf-8") as kept:
            kept.write(traceback.format_exc())
        where = f"What went wrong is written in {kept.name}"
    except OSError:
        where = "What went wrong could not be written to a file"
    return f"This is a fault of ours, not of your file. {where}. Next: send that file to us; your own files are as they were.\n"


if __name__ == "__main__":
    raise SystemExit(main())
