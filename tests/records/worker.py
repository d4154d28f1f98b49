"""A worker process for tests: each task founds one organisation; KILL=<step> makes it die there as if the power went."""

from __future__ import annotations

import os
import sys
from datetime import UTC, date, datetime, timedelta

import django

django.setup()

from vkpp.records.ground.viewer import Viewer  # noqa: E402
from vkpp.records.people import commands as people  # noqa: E402
from vkpp.records.work import commands as work  # noqa: E402

BY = Viewer("system:test", date(2026, 3, 2), permits=frozenset({("organisations.manage", None)}))


def now() -> datetime:
    return datetime.now(UTC)


def die_at(step: str) -> None:
    if os.environ.get("KILL") == step:
        os.kill(os.getpid(), 9)


def found(about: str, at: datetime) -> work.Finish:
    die_at("do")

    def finish() -> None:
        people.found_organisation(by=BY, at=at, code=about, kind="partner", name=about, valid_from=at.date())
        die_at("finish")

    return finish


def main() -> None:
    jobs = {"test.found": work.Job(found, attempts=3, lease=timedelta(seconds=float(os.environ.get("LEASE", "60"))))}
    done = 0
    while work.work_once(jobs=jobs, worker=f"worker.{os.getpid()}", now=now):
        done += 1
    sys.stdout.write(f"{done}\n")


if __name__ == "__main__":
    main()
