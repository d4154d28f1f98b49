"""`vkpp serve`: shows editions in a browser on this machine only; a plain file server on the loopback address."""

from __future__ import annotations

import argparse
import functools
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from vkpp.basics.problems import ExitCode, UsageProblem

NAME = "serve"
SUMMARY = "Show the demonstration's editions in a browser, on this machine only."
EXAMPLES = ("vkpp serve", "vkpp serve --folder var/demo --port 8017")
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


def run(args: argparse.Namespace) -> ExitCode:
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
