"""The web server: gunicorn with a few threads a worker, started from here so that no second configuration can differ."""

from __future__ import annotations

import os
from typing import Any

from vkpp.basics.problems import RefusedByRule

LOOPBACK = "127.0.0.1"


def prepare() -> None:
    """Django set up and style sheets collected."""
    django_up()
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)


def django_up() -> None:
    """Django set up from the environment."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vkpp.ops.settings")
    django.setup()


def migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)


def demand_migrated() -> None:
    """A served database has every table that the program expects."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise RefusedByRule(
            f"The database lacks {len(missing)} of the changes to its tables that this version needs.",
            where="the database of the settings",
            expected="a database that was brought up to date",
            next_step="make a backup, then run `python -m django migrate --settings vkpp.ops.settings`",
        )


def run(bind: str, *, workers: int = 2, threads: int = 4) -> None:
    """Serve until SIGTERM or SIGINT."""
    from gunicorn.app.base import BaseApplication

    class _Service(BaseApplication):
        def load_config(self) -> None:
            for name, value in _options(bind, workers, threads).items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            from vkpp.ops.wsgi import application

            return application

    from django.db import connections

    connections.close_all()  # a connection must not be shared by the processes that come
    _Service().run()


def _options(bind: str, workers: int, threads: int) -> dict[str, Any]:
    return {
        "bind": bind,
        "workers": workers,
        "threads": threads,
        "worker_class": "gthread",
        "timeout": 120,  # an upload of 200 MB over a slow line
        "graceful_timeout": 30,
        "max_requests": 5000,
        "max_requests_jitter": 500,
        "accesslog": None,  # addresses name records, and their order says who did what when
        "loglevel": "warning",
        "control_socket_disable": True,  # it would stand in the home folder of whoever starts the service
        "proc_name": "vkpp",
    }
