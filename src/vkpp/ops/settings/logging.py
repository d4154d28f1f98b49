"""Logs without persons or secrets: addresses are masked, queries of URLs dropped, errors told by kind and place only."""

from __future__ import annotations

import logging
import re
import time
import traceback
from types import TracebackType
from typing import Any

_ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
_QUERY = re.compile(r"\?[^\s\"']*")
_SECRET = re.compile(r"(?i)\b(password|passwd|secret|token|key|authorization|cookie|session\w*)(\s*[=:]\s*)\S+")
_CREDENTIALS = re.compile(r"(\w+://)[^\s/@]*@")
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# The part of an address that is itself a key (an invitation, a new password): long, and neither an id nor plain words.
_LINK = re.compile(rf"/(?!{_UUID}(?![\w:.=~-]))(?=[^/\s]*[0-9A-Z])[\w:.=~-]{{24,}}")


def cleaned(text: str) -> str:
    """The text without what looks like a mail address, the query of a URL, a link's own key, or a secret after its name."""
    text = _CREDENTIALS.sub(r"\1[masked]@", text)
    text = _ADDRESS.sub("[address]", text)
    text = _LINK.sub("/[link]", _QUERY.sub("?[query]", text))
    return _SECRET.sub(r"\1\2[masked]", text)


class Formatter(logging.Formatter):
    """One line a record, in UTC. An error's own message is left out: it quotes rows ("Key (email)=... already exists")."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another handler may have formatted it in full
        return cleaned(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's own name
        """Whoever can put a line break into a message cannot write a record of their own."""
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")

    def formatException(  # noqa: N802  logging's own name
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        kind, _, place = ei
        frames = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(place)]
        return "\n".join([*frames, f"  {kind.__module__}.{kind.__qualname__}" if kind else "  no error"])
