"""`vkpp found`: a real service founded in an empty database, with a link for its first access manager."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from uuid import UUID

from vkpp.basics.problems import ExitCode, UsageProblem

NAME = "found"
SUMMARY = "Found a real service in an empty database: its programme, the forces, and its first access manager."
EXAMPLES = ('vkpp found --programme "The programme" --name "Ada Chief" --email ada@example.org',)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--programme", required=True, metavar="NAME", help="the name of the programme, the first organisation")
    parser.add_argument("--name", required=True, help="the name of the first national access manager")
    parser.add_argument("--email", required=True, metavar="ADDRESS", help="the mail address under which they sign in")
    parser.add_argument(
        "--address",
        metavar="URL",
        help="where browsers reach the service (default: https and the first of VKPP_HOSTS, or http://localhost:8000)",
    )


def run(args: argparse.Namespace) -> ExitCode:
    """The environment says which service (docs/settings.md)."""
    from vkpp.ops import backing_up, databases
    from vkpp.ops.serving import server

    address = _address(args.address)
    place = backing_up.place_of_settings()
    databases.demand_answer(place.database)
    server.demand_migrated()
    from vkpp.ops import founding  # only now: it stands on Django's models

    at = datetime.now(UTC)
    done = founding.found(at=at, programme=args.programme, name=args.name, email=args.email)
    if done.forces:
        sys.stdout.write(f"The service is founded, with {done.forces} forces from the register. Its trail begins with it.\n")
    else:
        sys.stdout.write("The service is founded already, and nothing was changed; nobody has used the link yet.\n")
    sys.stdout.write(f"This link works for an hour, and once; give it to {args.name} and to nobody else:\n")
    sys.stdout.write(f"  {(address or _usual()).rstrip('/')}{_link(done.person)}\n")
    sys.stdout.write(
        "Next: `vkpp serve --service` and `vkpp work`; a password and a second factor; then invite a second one.\n"
    )
    return ExitCode.CLEAN


def _address(given: str | None) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(given or "")
    if given and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise UsageProblem(f"{given!r} is no address of a service.", expected="such as https://vkpp.example.org")
    return given or ""


def _usual() -> str:
    from django.conf import settings

    return f"https://{settings.ALLOWED_HOSTS[0]}" if settings.ENVIRONMENT == "production" else "http://localhost:8000"


def _link(person: UUID) -> str:
    from django.urls import reverse

    from vkpp.web.account.invitations import token_for

    return str(reverse("account:accept", args=[token_for(person)]))
