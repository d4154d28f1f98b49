"""Reads that name a viewer and writes that stand in a command: anything else raises, at run time, wherever it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import models

from vkpp.records.ground.problems import UnscopedRead, WriteOutsideCommand
from vkpp.records.ground.viewer import Viewer

_writing: ContextVar[str] = ContextVar("vkpp_writing", default="")
_machinery: ContextVar[str] = ContextVar("vkpp_machinery", default="")


@contextmanager
def writing(act: str) -> Iterator[None]:
    """Opened by trail.commands around a command, and by nothing else."""
    token = _writing.set(act)
    try:
        yield
    finally:
        _writing.reset(token)


@contextmanager
def machinery(why: str) -> Iterator[None]:
    """Leave for a library's own code (sign-in) to read and write as it must. A test lists every place that takes it."""
    token = _machinery.set(why)
    try:
        yield
    finally:
        _machinery.reset(token)


def require_command(model: type[models.Model]) -> None:
    if not (_writing.get() or _machinery.get()):
        raise WriteOutsideCommand(f"{model.__name__} was written outside a command: nothing would stand on the trail")


class Scoped(models.QuerySet[Any]):
    """A query set that answers only after `seen_by(viewer)`, or after `unscoped(why)` in a query or a command."""

    _leave: str = ""

    def _clone(self) -> Scoped:
        clone = super()._clone()
        clone._leave = self._leave
        return clone

    def seen_by(self, viewer: Viewer) -> Scoped:
        """What this viewer may know to exist."""
        seen = self.filter(self.model.visible_to(viewer))
        seen._leave = f"viewer {viewer.id}"
        return seen

    def unscoped(self, why: str) -> Scoped:
        """Everything. For commands, and for queries that narrow by other means; the reason is read in review."""
        if not why:
            raise UnscopedRead(f"{self.model.__name__}: an unscoped read needs its reason")
        free = self._chain()
        free._leave = why
        return free

    def _demand_leave(self) -> None:
        if not (self._leave or _machinery.get()):
            raise UnscopedRead(f"{self.model.__name__} was read without a viewer: use seen_by(viewer)")

    # Every way by which a query set reaches the database.

    def _fetch_all(self) -> None:
        self._demand_leave()
        super()._fetch_all()

    def iterator(self, chunk_size: int | None = None) -> Iterator[Any]:
        self._demand_leave()
        return super().iterator(chunk_size)

    def count(self) -> int:
        self._demand_leave()
        return super().count()

    def exists(self) -> bool:
        self._demand_leave()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._demand_leave()
        return super().aggregate(*args, **kwargs)

    def explain(self, **options: Any) -> str:
        self._demand_leave()
        return super().explain(**options)

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        self._demand_leave()
        return super().resolve_expression(*args, **kwargs)

    def _combinator_query(self, combinator: str, *others: Any, all: bool = False) -> Any:
        for other in others:
            other._demand_leave()
        return super()._combinator_query(combinator, *others, all=all)

    def _merge_sanity_check(self, other: Any) -> None:
        other._demand_leave()
        super()._merge_sanity_check(other)

    def update(self, **values: Any) -> int:
        require_command(self.model)
        self._demand_leave()
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        require_command(self.model)
        self._demand_leave()
        return super().delete()

    def bulk_create(self, *args: Any, **kwargs: Any) -> list[Any]:
        require_command(self.model)
        return super().bulk_create(*args, **kwargs)

    def raw(self, *_: Any, **__: Any) -> Any:
        raise UnscopedRead(f"{self.model.__name__}: no raw reads of records")


ScopedManager = models.Manager.from_queryset(Scoped)
