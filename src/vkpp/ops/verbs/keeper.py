"""`vkpp keeper`: find compartments in which no keeper is left, and let one in on two people's word."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from uuid import UUID

from vkpp.basics.problems import ExitCode, UsageProblem
from vkpp.basics.working_days import LONDON

NAME = "keeper"
SUMMARY = "List compartments in which no keeper is left, by id alone, and let a keeper into one on two people's word."
EXAMPLES = (
    "vkpp keeper",
    'vkpp keeper --compartment ID --email keeper@example.org --by A --by B --reason "the last keeper left"',
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--compartment", metavar="ID", help="the compartment, as the list names it")
    parser.add_argument("--email", metavar="ADDRESS", help="the mail address of a compartment keeper")
    parser.add_argument("--by", action="append", default=[], metavar="NAME", help="who decides; give it twice")
    parser.add_argument("--reason", default="", metavar="WORDS", help="why this keeper")


def run(args: argparse.Namespace) -> ExitCode:
    """The environment says which service (docs/settings.md)."""
    from vkpp.ops import backing_up, databases
    from vkpp.ops.serving import server

    databases.demand_answer(backing_up.place_of_settings().database)
    server.demand_migrated()
    from vkpp.records.ground.viewer import system  # only now: it stands on Django's models
    from vkpp.records.people import commands, queries

    at = datetime.now(UTC)
    by = system("keeper", at.astimezone(LONDON).date())
    if not (args.compartment or args.email or args.by or args.reason):
        found = queries.without_keeper(viewer=by)
        for one in found:
            sys.stdout.write(f"{one.id}  opened on {one.opened_on:%-d %B %Y}, {one.members} in it\n")
        sys.stdout.write(f"Compartments without a keeper: {len(found)}\n")
        return ExitCode.CLEAN
    deciders = _demand_two(args)
    person = queries.keeper_at(viewer=by, email=args.email)
    if person is None:
        raise UsageProblem(
            f"Nobody who keeps compartments signs in as {args.email}.",
            expected="the address of an account in use that holds the role of compartment keeper",
            next_step="correct --email, or have the role given first",
        )
    commands.take_up_compartment(
        by=by, at=at, compartment=_id(args.compartment), person=person, reason=f"{args.reason} (decided by {deciders})"
    )
    sys.stdout.write("The keeper is in it. It stands on the trail, and on the compartment's own page.\n")
    return ExitCode.CLEAN


def _demand_two(args: argparse.Namespace) -> str:
    people = sorted({name.strip() for name in args.by} - {""})
    if not (args.compartment and args.email and args.reason.strip()) or len(people) < 2:
        raise UsageProblem(
            "A keeper is let into a compartment on two people's word.",
            expected="--compartment ID --email ADDRESS --reason WORDS, and --by twice with two names",
            next_step="name what is missing; without any of them the compartments are listed",
        )
    return " and ".join(people)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as problem:
        raise UsageProblem(
            f"{text!r} is no id of a compartment.", expected="an id as `vkpp keeper` lists it", next_step="copy it from there"
        ) from problem
