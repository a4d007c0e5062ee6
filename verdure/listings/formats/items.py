"""What a reader hands on: one item for each record of a file, taken or refused, so that loaded + rejected = read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..records import ListingRecord

RAW_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Reject:
    """A record, or a whole file where `position` is 0, that cannot be loaded, and why."""

    file: str
    line: int | None
    column: str
    reason: str
    raw: str  # the beginning of what was read, at most RAW_LIMIT characters
    position: int = 0


@dataclass(frozen=True, slots=True)
class Parsed:
    record: ListingRecord
    file: str
    line: int | None
    position: int  # ordinal of the record in its file, from 1, rejects counted: where to resume


Item = Parsed | Reject


@dataclass(frozen=True, slots=True)
class Found:
    """A record as it stands in the file; `build` makes it or raises RecordError."""

    line: int | None
    build: Callable[[], ListingRecord]
    raw: str
    part: str = ""  # of the file: a sheet


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record, or with `whole_file` a file, that the format's reader itself could not take."""

    line: int | None
    column: str
    reason: str
    raw: str = ""
    whole_file: bool = False
    part: str = ""


Outcome = Found | Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the person who imports says about the file."""

    mapping: Mapping[str, str] = field(default_factory=dict)  # header in the file -> our column; "" leaves it out
    language: str = "en"  # of texts that do not say theirs
    encoding: str = ""  # of a text file that is not UTF-8 or UTF-16


def refusal(line: int | None, reason: str, *, column: str = "", raw: str = "") -> Refusal:
    return Refusal(line, column, reason, raw[:RAW_LIMIT])


def whole_file(reason: str, *, line: int | None = None, column: str = "", raw: str = "") -> Refusal:
    return Refusal(line, column, reason, raw[:RAW_LIMIT], whole_file=True)
