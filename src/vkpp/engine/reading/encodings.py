"""Which encoding a text file is in, and its text as UTF-8 blocks: the table engines are never shown anything else."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from vkpp.engine.reading.faults import Fault

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
UTF8_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
HIGH = re.compile(rb"[\x80-\xff]")
NOT_IN_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|$)")
SURROGATE = re.compile("[\ud800-\udfff]")
BLOCK = 4 << 20
LONGEST_LINE = 64 << 20  # bytes; longer lines are refused by the scan
LISTED = 100_000  # faults of encoding listed one by one


@dataclass(frozen=True, slots=True)
class Survey:
    """One pass over the bytes: what they are, and how many physical lines they hold, counted without any parser."""

    sha256: str
    size: int
    encoding: str
    lines: int
    line_ending: str | None  # "\\n", "\\r\\n", "\\r", "mixed"; None when there is only one line without an end
    faults: tuple[Fault, ...] = ()


class LineCount:
    """Counts line ends in blocks of bytes: \\n, \\r\\n and a bare \\r each end one line, as does the end of the file."""

    def __init__(self) -> None:
        self.lf = self.crlf = self.cr = 0
        self.last = b""

    def feed(self, block: bytes) -> None:
        if not block:
            return
        lf = int(np.count_nonzero(np.frombuffer(block, np.uint8) == 10))
        cr = block.count(b"\r") if b"\r" in block else 0
        pairs = block.count(b"\r\n") if cr else 0
        if self.last == b"\r" and block[:1] == b"\n":  # the pair was cut in two by the end of a block
            self.cr, self.crlf, lf = self.cr - 1, self.crlf + 1, lf - 1
        self.lf, self.crlf, self.cr = self.lf + lf - pairs, self.crlf + pairs, self.cr + cr - pairs
        self.last = block[-1:]

    @property
    def lines(self) -> int:
        return self.lf + self.crlf + self.cr + (self.last not in (b"", b"\r", b"\n"))

    @property
    def ending(self) -> str | None:
        found = [word for count, word in ((self.lf, "\\n"), (self.crlf, "\\r\\n"), (self.cr, "\\r")) if count]
        return "mixed" if len(found) > 1 else (found[0] if found else None)


def survey(path: Path) -> Survey:
    """Reads the file once: hash, encoding, physical lines. A file in two encodings comes with its faults."""
    hashed, lines, size, decoder = hashlib.sha256(), LineCount(), 0, codecs.getincrementaldecoder("utf-8")()
    encoding, valid = by_first_bytes(_head(path)), True
    for block in raw_blocks(path):
        hashed.update(block)
        size += len(block)
        if encoding.startswith("utf-16"):
            continue
        lines.feed(block)
        valid = valid and _decodes(decoder, block)
    valid = valid and _decodes(decoder, b"", final=True)
    faults: tuple[Fault, ...] = ()
    if encoding.startswith("utf-16"):
        lines, faults = _survey_utf16(path, encoding)
    elif not valid:
        encoding, faults = _single_bytes(path, encoding)
    return Survey(hashed.hexdigest(), size, encoding, lines.lines, lines.ending, faults)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(64 << 10)


def raw_blocks(path: Path, size: int = BLOCK) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(size):
            yield block


def utf8_blocks(path: Path, encoding: str, size: int = BLOCK) -> Iterator[bytes]:
    """The text as UTF-8 without its byte order mark; what cannot be decoded becomes U+FFFD (its faults are known)."""
    if encoding in ("utf-8", "utf-8-sig"):
        first = True
        for block in raw_blocks(path, size):
            yield block.removeprefix(codecs.BOM_UTF8) if first else block
            first = False
    elif encoding.startswith("utf-16"):
        for text in _utf16_texts(path, encoding, size):
            yield SURROGATE.sub("\ufffd", text).encode()
    else:
        codec = "utf-8" if encoding == "damaged" else "cp1252"
        decoder = codecs.getincrementaldecoder(codec)("replace")
        for block in raw_blocks(path, size):
            yield decoder.decode(block).encode()
        yield decoder.decode(b"", final=True).encode()


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, final: bool = False) -> bool:
    if block.isascii() and not decoder.getstate()[0]:
        return True
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def by_first_bytes(head: bytes) -> str:
    """UTF-8 (with its mark or without) or UTF-16 in either order, as far as the first bytes of a file tell."""
    for mark, name in BOMS:
        if head.startswith(mark):
            return name
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if half >= 2 and odd > 0.4 * half and even < 0.1 * half:
        return "utf-16-le"
    if half >= 2 and even > 0.4 * half and odd < 0.1 * half:
        return "utf-16-be"
    return "utf-8"


def _utf16_texts(path: Path, encoding: str, size: int = BLOCK) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    first = True
    for block in raw_blocks(path, size):
        text = decoder.decode(block)
        yield text.removeprefix("\ufeff") if first else text
        first = False
    if decoder.getstate()[0]:
        yield "\udfff"  # half a character at the end of the file


def _survey_utf16(path: Path, encoding: str) -> tuple[LineCount, tuple[Fault, ...]]:
    lines, faults = LineCount(), _Listed()
    for text in _utf16_texts(path, encoding):
        done = 0
        for at in SURROGATE.finditer(text):
            lines.feed(text[done : at.start()].encode("utf-8", "replace"))
            lines.feed("\ufffd".encode())
            done = at.end()
            faults.add(lines.lines, "half a UTF-16 character")
        lines.feed(text[done:].encode())
    return lines, faults.faults


class _Listed:
    """Faults of encoding, one a line; kept up to a bound, counted beyond it."""

    def __init__(self) -> None:
        self.kept: list[Fault] = []
        self.count = self.line = 0

    def add(self, line: int, words: str) -> None:
        if line == self.line:
            return
        self.count, self.line = self.count + 1, line
        if len(self.kept) < LISTED:
            self.kept.append(Fault("file-undecodable", line, words))

    @property
    def faults(self) -> tuple[Fault, ...]:
        return tuple(self.kept)


def _single_bytes(path: Path, encoding: str) -> tuple[str, tuple[Fault, ...]]:
    """Windows-1252, or UTF-8 with damage. A line in another encoding than the most is a fault: which one, nobody can know."""
    good, bad, undefined = _Listed(), _Listed(), _Listed()
    for number, line in _lines_with_high_bytes(path):
        rest = UTF8_SEQUENCE.sub(b"", line)
        if wrong := HIGH.search(rest):
            bad.add(number, f"byte {wrong[0].hex().upper()} is not UTF-8, as the rest of the file is")
        if len(rest) < len(line):
            good.add(number, "UTF-8 characters in a file that is otherwise Windows-1252")
        if nowhere := NOT_IN_1252.search(line):
            undefined.add(number, f"byte {nowhere[0].hex().upper()} is no character of Windows-1252")
    if encoding == "utf-8" and not good.count:
        return "windows-1252", undefined.faults
    if encoding == "utf-8-sig" or good.count >= bad.count:
        return "damaged", bad.faults
    return "windows-1252", good.faults


def _lines_with_high_bytes(path: Path) -> Iterator[tuple[int, bytes]]:
    """(physical line, its bytes) of each line that is not plain ASCII; a line of many megabytes comes in parts."""
    number, rest = 0, b""
    for block in chain(raw_blocks(path), [b""]):
        data = rest + block
        cut = max(data.rfind(b"\n"), data.rfind(b"\r", 0, len(data) - 1)) + 1
        if not block or len(data) - cut > LONGEST_LINE:
            cut = len(data)
        rest = data[cut:]
        for match in LINE.finditer(data, 0, cut):
            number += bool(match[0])
            if not match[0].isascii():
                yield number, match[0]
