"""Lines of a text file: its encoding is found out, a wrong one is said, a line without end cannot fill the memory."""

from __future__ import annotations

import codecs
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from .inputs import Input, InputRefused

LINE_LIMIT = 4 << 20  # characters; a record with 50,000 in every text of eight languages has about 2 million
PROBE = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    text: str
    fault: str = ""  # why the line cannot be used


def encoding_of(head: bytes, declared: str = "") -> str:
    """The encoding of a file that begins with `head`. Raises InputRefused, which says how to save it, when in doubt."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if declared:
        return _known(declared)
    if b"\0" in head[:4096]:
        return _without_bom(head)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError as error:
        if _is_damaged_utf8(head):
            return "utf-8"
        if _is_western(head):
            return "cp1252"
        raise InputRefused(
            f"is neither UTF-8 nor UTF-16 (byte 0x{head[error.start]:02X} at position {error.start + 1:,}). Save it as "
            "“CSV UTF-8”, or name its encoding."
        ) from None
    return "utf-8"


def _known(declared: str) -> str:
    try:
        return codecs.lookup(declared).name
    except LookupError:
        raise InputRefused(f"“{declared[:40]}” is not an encoding that can be read") from None


def _without_bom(head: bytes) -> str:
    """UTF-16 text that is mostly ASCII has a zero in every other place."""
    sample = head[:4096]
    for zeros, name in ((sample[1::2], "utf-16-le"), (sample[::2], "utf-16-be")):
        if len(zeros) > 8 and zeros.count(0) > 0.6 * len(zeros):
            return name
    raise InputRefused("holds zero bytes: it is not a text file, or it is damaged")


def _is_damaged_utf8(head: bytes) -> bool:
    """Whether most that is not ASCII is well-formed UTF-8: then single lines are at fault, not the whole file."""
    text = head.decode("utf-8", errors="surrogateescape")
    broken = len(_ESCAPED.findall(text))
    whole = sum(character > "\x7f" for character in text) - broken
    return whole > 3 * broken


_ESCAPED = re.compile("[\udc80-\udcff]")
_ALLOWED_SIGNS = frozenset("‘’“”„‚–—…•€£©®°²³µ·×±«»½¼¾§\xa0")
_HIGH_RUN = re.compile(rb"[\x80-\xff]{3,}")


def _is_western(head: bytes) -> bool:
    """Whether bytes above ASCII can only be the accents and marks of Windows' western code page.

    Other alphabets make long runs of such bytes; central European ones turn letters into signs in the middle of words.
    """
    high = sum(byte >= 0x80 for byte in head)
    if high > 0.2 * len(head) or _HIGH_RUN.search(head):
        return False
    try:
        text = head.decode("cp1252")
    except UnicodeDecodeError:
        return False
    for match in re.finditer(r"[^\x00-\x7f]", text):
        before, sign, after = (
            text[max(match.start() - 1, 0) : match.start()],
            match[0],
            text[match.end() : match.end() + 1],
        )
        if unicodedata.category(sign) in ("Lu", "Ll"):
            continue
        inside_word = before.isalpha() and after.isalpha() and sign not in "‘’·"
        if sign not in _ALLOWED_SIGNS or inside_word:
            return False
    return True


def lines(source: Input, *, declared: str = "", newline: str = "", limit: int = LINE_LIMIT) -> Iterator[Line]:
    """The file's lines with their ends, numbered from 1. `newline` as in `open`: "" also ends lines at a lone return.

    A line past the limit or with bytes that the encoding does not know is given, cut, with its fault.
    """
    encoding = encoding_of(source.head(PROBE), declared)
    errors = "surrogateescape" if encoding.startswith(("utf-8", "ascii")) else "replace"
    with source.open() as binary, io.TextIOWrapper(binary, encoding=encoding, errors=errors, newline=newline) as text:
        number = 0
        while line := text.readline(limit):
            number += 1
            fault = _fault(line, errors)
            if len(line) >= limit and not line.endswith(("\n", "\r")):
                fault = f"is longer than {limit:,} characters"
                _skip_rest(text, limit)
            yield Line(number, line, fault)


def _skip_rest(text: io.TextIOWrapper, limit: int) -> None:
    while (rest := text.readline(limit)) and not rest.endswith(("\n", "\r")):
        pass


def _fault(line: str, errors: str) -> str:
    if errors == "replace":
        return "holds bytes that are not valid in the file's encoding" if "\ufffd" in line else ""
    if match := _ESCAPED.search(line):
        return (
            f"has the byte 0x{ord(match[0]) - 0xDC00:02X}, which is not valid UTF-8, at character {match.start() + 1:,}"
        )
    return ""
