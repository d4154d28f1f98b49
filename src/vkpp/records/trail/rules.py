"""What an entry may say and how it is hashed: codes, numbers, dates and ids; no words, hence no names of people."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime

FIRST = "0" * 64
FORM = "vkpp-trail-1"
_TOKEN = re.compile(r"[A-Za-z0-9._:/+-]{0,160}\Z")
_ACT = re.compile(r"[a-z_]+(\.[a-z_]+)+\Z")


def canonical_facts(facts: Mapping[str, object]) -> str:
    """Facts as the JSON text that is hashed and kept. Raises ValueError at words, which could hold a person's name."""
    for name, value in facts.items():
        for item in value if isinstance(value, list | tuple) else (value,):
            if not _may_stand(item) or not _TOKEN.match(name):
                raise ValueError(f"the trail keeps codes, numbers, dates and ids; the fact {name!r} is none of them")
    return json.dumps(dict(facts), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _may_stand(item: object) -> bool:
    if isinstance(item, str):
        return _TOKEN.match(item) is not None
    return item is None or isinstance(item, bool | int)


def check_words(who: str, act: str, about: str) -> None:
    if not who or not _TOKEN.match(who) or not _ACT.match(act) or not about or not _TOKEN.match(about):
        raise ValueError(f"an entry needs an actor's id, an act like people.move and a reference; got act {act!r}")


def instant(at: datetime) -> str:
    """The instant as hashed. Raises ValueError when it is not in UTC."""
    if at.tzinfo is None or at.utcoffset() != UTC.utcoffset(None):
        raise ValueError("an instant on the trail is in UTC")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def digest_of(number: int, at: datetime, who: str, act: str, about: str, facts: str, previous: str) -> str:
    """SHA-256 over everything an entry says and the digest before it, as 64 hexadecimal digits."""
    said = json.dumps([FORM, number, instant(at), who, act, about, facts, previous], ensure_ascii=True)
    return hashlib.sha256(said.encode("ascii")).hexdigest()


def reference(kind: str, key: object) -> str:
    """How the trail names an object: "people.person/3f1c..."."""
    return f"{kind}/{key}"
