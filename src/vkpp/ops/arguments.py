"""What several verbs ask of their arguments, each refusal with the next step."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from vkpp.basics.problems import UnreadableFile, UsageProblem
from vkpp.catalogue.load import Catalogue
from vkpp.catalogue.specifications import Specification
from vkpp.engine.shapes.national import National


def specification_named(catalogue: Catalogue, name: str | None) -> Specification:
    if name is None:
        raise UsageProblem(
            "It is not said which collection this is for.",
            expected=f"--collection with one of {', '.join(catalogue.collections)}",
            next_step="add it, such as --collection csae for a return of child sexual abuse and exploitation",
        )
    if name not in catalogue.collections:
        raise UsageProblem(
            f"There is no collection {name!r}.",
            expected=f"one of {', '.join(catalogue.collections)}",
            next_step="correct --collection",
        )
    return catalogue.specification(name)


def existing_files(names: Sequence[str]) -> list[Path]:
    paths = [Path(name) for name in names]
    for path in paths:
        _must_exist(path)
    return paths


def table_files(pairs: Sequence[str]) -> list[tuple[str, Path]]:
    """--table NAME=FILE, each."""
    named = []
    for pair in pairs:
        name, separator, file = pair.partition("=")
        if not (separator and name and file):
            raise UsageProblem(f"--table {pair} names no file.", expected="--table NAME=FILE", next_step="write it so")
        _must_exist(Path(file))
        named.append((name, Path(file)))
    return named


def _must_exist(path: Path) -> None:
    if path.is_dir():
        raise UnreadableFile(f"{path.name} is a folder.", expected="a file", next_step="name the file inside it")
    if not path.is_file():
        raise UnreadableFile(
            f"There is no file {path.name}.",
            where=f"folder {path.parent.resolve().name or '/'}",
            expected="a file to read",
            next_step="correct its name",
        )


def must_not_replace(outputs: Sequence[Path], inputs: Sequence[Path]) -> None:
    """Refuse, before any work, an output that would replace an input, another output, or what is no ordinary file."""
    taken = {path.resolve() for path in inputs}
    for path in outputs:
        if path.resolve() in taken:
            raise UsageProblem(
                f"{path.name} would be replaced by what this command writes.",
                expected="a name of its own for each file that is written, and none of the files that are read",
                next_step="name another file",
            )
        if path.exists() and not path.is_file():
            raise UsageProblem(
                f"{path.name} is no ordinary file.", expected="the name of a file to write", next_step="name a file in a folder"
            )
        if not path.parent.is_dir():
            raise UsageProblem(f"There is no folder {path.parent}.", where=path.name, next_step="make it, or name another")
        taken.add(path.resolve())


def national_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--national", metavar="FILE", help="the signed national aggregates to compare with")
    parser.add_argument("--national-key", metavar="FILE", help="the programme's public key, which came by another way")


def nation_of(args: argparse.Namespace) -> National | None:
    """The national aggregates that were named, believed only with the programme's key."""
    if not args.national:
        return None
    if not args.national_key:
        raise UsageProblem(
            "--national is not believed without --national-key.",
            expected="the programme's public key, such as national-public.pem",
            next_step="name it",
        )
    from vkpp.ops.national import believed

    for name in (args.national, args.national_key):
        _must_exist(Path(name))
    return believed(Path(args.national), Path(args.national_key), collection=args.collection, invented=args.invented)
