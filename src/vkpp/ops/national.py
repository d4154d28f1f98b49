"""The signed file of national aggregates: made by the programme from its store, checked by a force before it is believed.

The file is JSON with the aggregates as they were signed (text) and an Ed25519 signature over their UTF-8 bytes. The programme
keeps the private key; every force has the public one, from the programme and not from whoever sent the file.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from vkpp.basics.problems import RefusedByRule, UnreadableFile, UsageProblem
from vkpp.catalogue.example import WORDS as INVENTED_WORDS
from vkpp.engine.shapes.national import National

PRIVATE, PUBLIC = "national-private.pem", "national-public.pem"


def new_keys(folder: Path) -> tuple[Path, Path]:
    """A new pair in `folder`: the private key may be read by its owner only. Keys that are there are never replaced."""
    private, public = folder / PRIVATE, folder / PUBLIC
    if private.exists() or public.exists():
        raise RefusedByRule(f"{folder} has keys already.", expected="a folder without", next_step="name another")
    folder.mkdir(parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(_private_bytes(key))
    public.write_bytes(_public_bytes(key.public_key()))
    return private, public


def signed(aggregates: National, key: Ed25519PrivateKey, *, invented: bool) -> bytes:
    """The file's bytes; the same aggregates and key give the same bytes."""
    said = _text(aggregates, invented=invented)
    document = {"aggregates": said, "signature": base64.b64encode(key.sign(said.encode())).decode()}
    return (json.dumps(document, indent=1) + "\n").encode()


def believed(path: Path, public: Path, *, collection: str, invented: bool) -> National:
    """The aggregates of a file whose signature is the programme's; every other file is refused, and says why."""
    said = _signed_text(path, _public_key(public), public)
    found = json.loads(said)
    if found["collection"] != collection or bool(found["invented"]) != invented:
        other = f"{'invented' if found['invented'] else 'real'} returns of {found['collection']}"
        raise UsageProblem(f"{path.name} holds aggregates of {other}.", next_step=f"name the file for {collection}")
    return National(
        found["collection"],
        found["period"],
        int(found["forces"]),
        {check: {c: Decimal(s) for c, s in codes.items()} for check, codes in found["everywhere"].items()},
        {check: Decimal(share) for check, share in found["shares"].items()},
    )


def private_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise _no_key(path, "private") from problem
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(path, "private")
    return key


def fresh_key() -> tuple[Ed25519PrivateKey, bytes]:
    """A key for one demonstration, with the bytes of its public half; nobody keeps the private one."""
    key = Ed25519PrivateKey.generate()
    return key, _public_bytes(key.public_key())


def _text(aggregates: National, *, invented: bool) -> str:
    return json.dumps(
        {
            "collection": aggregates.collection,
            "period": aggregates.period,
            "forces": aggregates.forces,
            "invented": INVENTED_WORDS if invented else "",
            "everywhere": {
                check: {code: str(share) for code, share in sorted(codes.items())}
                for check, codes in sorted(aggregates.everywhere.items())
            },
            "shares": {check: str(share) for check, share in sorted(aggregates.shares.items())},
        },
        ensure_ascii=False,
    )


def _signed_text(path: Path, key: Ed25519PublicKey, public: Path) -> str:
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
        said, signature = str(document["aggregates"]), base64.b64decode(document["signature"], validate=True)
    except (OSError, ValueError, KeyError, TypeError, binascii.Error) as problem:
        raise UnreadableFile(
            f"{path.name} is no file of national aggregates.",
            expected="the file that the programme sent out",
            next_step="ask the programme for it again",
        ) from problem
    try:
        key.verify(signature, said.encode())
    except InvalidSignature as problem:
        raise RefusedByRule(
            f"The signature of {path.name} is not of the key in {public.name}.",
            expected="a file as the programme signed it",
            next_step="do not use it; ask the programme for the file and for its public key",
        ) from problem
    return said


def _public_key(path: Path) -> Ed25519PublicKey:
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as problem:
        raise _no_key(path, "public") from problem
    if not isinstance(key, Ed25519PublicKey):
        raise _no_key(path, "public")
    return key


def _no_key(path: Path, kind: str) -> UnreadableFile:
    return UnreadableFile(
        f"{path.name} is no {kind} key.",
        expected=f"an Ed25519 {kind} key (PEM), such as {PRIVATE if kind == 'private' else PUBLIC}",
        next_step="name it; `vkpp national --new-keys FOLDER` makes a pair",
    )


def _private_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _public_bytes(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
