"""How anything is changed: `@command` makes a function a command, which leaves its one entry on the trail or does nothing."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar

from django.apps import apps
from django.db import models, transaction

from vkpp.records.ground.classes import Kept
from vkpp.records.ground.scope import writing
from vkpp.records.ground.viewer import Viewer
from vkpp.records.trail.models import Entry, Head
from vkpp.records.trail.rules import canonical_facts, check_words, digest_of, reference

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What a command hands back: the object it was about, the facts for the trail, and the value for its caller."""

    about: str
    value: T
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Said:
    at: datetime
    who: str
    act: str
    about: str
    facts: str


_followers: list[Callable[[str], None]] = []


def follow(follower: Callable[[str], None]) -> None:
    """Have this called after each command, in its transaction, with the reference of what the command was about."""
    _followers.append(follower)


_pending: ContextVar[list[_Said] | None] = ContextVar("vkpp_pending", default=None)


def command(act: str) -> Callable[[Callable[P, Done[T]]], Callable[P, T]]:
    """Make a function a command: keyword-only, with `by` and `at`, returning Done; one transaction with its trail entry.

    Entries of commands that call commands are written together at the end, so that the trail's lock is held for an instant.
    Raises TypeError at definition when the signature is not a command's.
    """

    def make(function: Callable[P, Done[T]]) -> Callable[P, T]:
        _check_signature(function)

        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            outer = _pending.get()
            said: list[_Said] = []
            token = _pending.set(said)
            try:
                with transaction.atomic():
                    with writing(act):
                        done = function(*args, **kwargs)
                        said.append(_what_is_said(act, done, kwargs))
                        for follower in _followers:
                            follower(done.about)
                    if outer is None:
                        _append(said)
            finally:
                _pending.reset(token)
            if outer is not None:
                outer.extend(said)
            return done.value

        run.act = act  # type: ignore[attr-defined]
        return run

    return make


def _check_signature(function: Callable[..., Any]) -> None:
    signature = inspect.signature(function)
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    if kinds != {inspect.Parameter.KEYWORD_ONLY} or not {"by", "at"} <= signature.parameters.keys():
        raise TypeError(f"{function.__qualname__}: a command is keyword-only and takes by= and at=")
    if not str(signature.return_annotation).startswith("Done["):
        raise TypeError(f"{function.__qualname__}: a command returns Done, which holds its trail entry")


def _what_is_said(act: str, done: object, given: Mapping[str, Any]) -> _Said:
    if not isinstance(done, Done):
        raise TypeError(f"the command {act} returned no Done, so nothing would stand on the trail; it is rolled back")
    by: Viewer = given["by"]
    check_words(by.id, act, done.about)
    return _Said(given["at"], by.id, act, done.about, canonical_facts(done.facts))


def _append(entries: list[_Said]) -> None:
    """Add entries to the chain. The head's row is locked to the end of the transaction; SQLite's lock is on the whole."""
    head = Head.objects.select_for_update().get(pk=1)
    for said in entries:
        previous, number = head.digest, head.number + 1
        digest = digest_of(number, said.at, said.who, said.act, said.about, said.facts, previous)
        Entry(
            number=number,
            at=said.at,
            who=said.who,
            act=said.act,
            about=said.about,
            facts=said.facts,
            previous=previous,
            digest=digest,
        ).save()
        head.number, head.digest = number, digest
    head.save(update_fields=["number", "digest"])


@command("trail.opened")
def opened(*, by: Viewer, at: datetime, about: str, how: str = "page") -> Done[None]:
    """The read log: this viewer opened this special-category record, on a "page" or as a "file". A GET writes nothing else."""
    return Done(about, None, {} if how == "page" else {"how": how})


@command("trail.head_exported")
def note_head_exported(*, by: Viewer, at: datetime, number: int) -> Done[None]:
    """The head up to this entry was copied to the witness folder."""
    return Done(reference("trail.entry", number), None)


@command("trail.purged")
def purge(*, by: Viewer, at: datetime) -> Done[dict[str, int]]:
    """Honour every retention: empty the fields and delete the rows whose time is up. Gives counts by model and field."""
    counts: dict[str, int] = {}
    for model in apps.get_models():
        row = getattr(model, "ROW", None)
        if row is not None:
            counts[model._meta.label_lower] = _due(model, row.days, row.since, at).delete()[0]
        for name, kept in getattr(model, "KEPT", {}).items():
            if kept.days is not None:
                counts[f"{model._meta.label_lower}.{name}"] = _empty(model, name, kept, at)
    counts = {name: number for name, number in counts.items() if number}
    return Done(reference("trail.purge", at.date().isoformat()), counts, counts)


def _due(model: type[models.Model], days: int, since: str, at: datetime) -> Any:
    cutoff: date | datetime = at.astimezone(UTC) - timedelta(days=days)
    if not isinstance(model._meta.get_field(since), models.DateTimeField):
        cutoff = cutoff.date()  # type: ignore[union-attr]
    return model._default_manager.unscoped("retention is over").filter(**{f"{since}__lt": cutoff})


def _empty(model: type[models.Model], name: str, kept: Kept, at: datetime) -> int:
    due = _due(model, kept.days or 0, kept.since, at)
    full = due.exclude(**{f"{name}__isnull": True}) if kept.becomes is None else due.exclude(**{name: kept.becomes})
    return int(full.update(**{name: kept.becomes}))
