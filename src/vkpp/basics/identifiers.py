"""Lasting names: hashes of bytes, slugs, and the folding of text by which two spellings count as one."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from vkpp.basics.problems import UsageProblem

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_SPACES = re.compile(r"\s+")
_DASHES = str.maketrans({"\u00a0": " ", "–": "-", "—": "-"})
_CHUNK = 1 << 20


def sha256_of_bytes(content: bytes) -> str:
    """The SHA-256 of bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def sha256_of_file(path: Path) -> str:
    """The SHA-256 of a file's bytes, read in pieces, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def fold(text: str) -> str:
    """The text by which spellings are compared: case, "&", dashes and white space made one. docs/checks.md states the rule."""
    return _SPACES.sub(" ", text.translate(_DASHES).lower().replace("&", " and ")).strip()


def is_slug(text: str) -> bool:
    """Small letters, digits and single hyphens between them: what ids, folders and addresses are made of."""
    return SLUG.match(text) is not None


def slug(text: str) -> str:
    """A slug made of a title: "Avon & Somerset" becomes "avon-and-somerset".

    Raises UsageProblem when no letter or digit is left.
    """
    made = re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")
    if not made:
        raise UsageProblem(f"{text!r} has no letter or digit to make an id of.", expected="letters from a to z or digits")
    return made
