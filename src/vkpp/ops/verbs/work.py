"""`vkpp work`: one worker of the service, which does what was asked for later; any number may run at once."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from subprocess import SubprocessError
from threading import Event, Thread

from vkpp.basics.problems import ExitCode

NAME = "work"
SUMMARY = "Run one worker of the service: checks, mail and the day's purge; any number may run at once."
EXAMPLES = ("vkpp work",)


def arguments(parser: argparse.ArgumentParser) -> None:
    """None: the environment says everything (docs/settings.md)."""


def run(args: argparse.Namespace) -> ExitCode:
    """Works until SIGTERM or SIGINT; the task in hand is finished first. Sets Django up itself."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vkpp.ops.settings")
    django.setup()
    from vkpp.ops.jobs import run_until

    _make_ahead()
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    sys.stderr.write("The worker has started; Ctrl-C or SIGTERM stops it after the task in hand.\n")
    run_until(stop.is_set, worker=f"{socket.gethostname()}.{os.getpid()}")
    return ExitCode.CLEAN


def _make_ahead() -> None:
    """A new version begins with files that nobody has made yet: beside the work, so that no check waits for them."""
    from django.conf import settings

    from vkpp.ops import ahead

    def make() -> None:
        try:
            ahead.make_ahead(Path(settings.FOLDER), invented=bool(settings.INVENTED))
        except (OSError, SubprocessError):
            logging.getLogger("vkpp.work").exception("not made ahead: the first asker makes it, or the daily sweep")

    Thread(target=make, name="ahead", daemon=True).start()
