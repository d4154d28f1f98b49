"""`vkpp serve`: shows editions in a browser on this machine; with --service or --demo, runs the service itself."""

from __future__ import annotations

import argparse
import functools
import os
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from vkpp.basics.problems import ExitCode, UsageProblem

NAME = "serve"
SUMMARY = "Show the demonstration's editions in a browser on this machine, or run the service (--service, --demo)."
EXAMPLES = ("vkpp serve", "vkpp serve --folder var/demo --port 8017", "vkpp serve --demo", "vkpp serve --service --port 8000")
LOOPBACK = "127.0.0.1"


class _Handler(SimpleHTTPRequestHandler):
    """Files only, no scripts, and no talk on the screen."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", "default-src 'self'; script-src 'none'; style-src 'self' 'unsafe-inline'")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Who read what is nobody's business here."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", default="var/demo", metavar="FOLDER", help="the folder of editions (default: var/demo)")
    parser.add_argument("--port", type=int, default=8017, metavar="N", help="the port on 127.0.0.1 (default: 8017)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--demo", action="store_true", help="the service with invented people, and a sign-in link for every role"
    )
    which.add_argument("--service", action="store_true", help="the service itself, as the environment says (docs/settings.md)")


def run(args: argparse.Namespace) -> ExitCode:
    if args.demo:
        return _demo(args.port)
    return _service(args.port) if args.service else _editions(args)


def _service(port: int) -> ExitCode:
    """A proxy of the deployment stands before it and ends TLS; so it listens on this machine only."""
    from vkpp.ops.serving import server

    server.prepare()
    server.demand_migrated()
    sys.stderr.write(f"The service listens on {LOOPBACK}:{port}; SIGTERM or Ctrl-C stops it.\n")
    server.run(f"{LOOPBACK}:{port}")
    return ExitCode.CLEAN


def _demo(port: int) -> ExitCode:
    from vkpp.ops.serving import demonstration, server

    demonstration.demand_port(port)
    demonstration.prepare(os.environ)
    sys.stdout.write("Everybody and everything here is invented. Each link signs in once, on this machine only:\n\n")
    sys.stdout.writelines(f"  {line}\n" for line in demonstration.links(port))
    sys.stdout.write("\nCtrl-C stops it; starting again makes new links.\n")
    sys.stdout.flush()
    with demonstration.worker():
        server.run(f"{LOOPBACK}:{port}")
    return ExitCode.CLEAN


def _editions(args: argparse.Namespace) -> ExitCode:
    folder = Path(args.folder)
    if not folder.is_dir():
        raise UsageProblem(f"There is no folder {folder}.", expected="editions to show", next_step="run `vkpp demo` first")
    server = make_server(folder, args.port)
    pages = sorted(path.relative_to(folder) for path in folder.glob("**/report.html"))
    sys.stdout.write("Serving on this machine only; Ctrl-C stops it.\n")
    for page in pages:
        sys.stdout.write(f"  http://{LOOPBACK}:{server.server_port}/{page}\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    finally:
        server.server_close()
    return ExitCode.CLEAN


def make_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of `folder` bound to the loopback address; port 0 takes a free one."""
    try:
        return ThreadingHTTPServer((LOOPBACK, port), functools.partial(_Handler, directory=str(folder)))
    except (OSError, OverflowError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "ports are numbered from 0 to 65535"
        raise UsageProblem(f"Port {port} cannot be used: {why}.", next_step="name another with --port") from problem
