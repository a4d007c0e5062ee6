"""The interchange form of a listing: what importers read, what export writes, what the sample collection is kept in.

One JSON object a line (JSONL); keys are the field names below, empty values left out. `to_json` and `from_json` are
inverse: what one writes the other reads back equal.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any


class RecordError(ValueError):
    """A value that does not fit a record's field; `column` names the field as the person wrote it."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"{column}: {reason}" if column else reason)
        self.column = column
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRecord:
    """One language version. Technology: advantages. Need: problem, context, specification, comparison."""

    language: str  # BCP 47, such as "en", "pt", "zh"
    title: str
    summary: str = ""
    description: str = ""
    advantages: str = ""
    problem: str = ""
    context: str = ""  # climate, infrastructure, skills, other constraints
    specification: str = ""  # what the solution must reach
    comparison: str = ""  # what will be compared when offers are weighed
    keywords: tuple[str, ...] = ()
    origin: str = "human"  # or "machine"
    made_from: str = ""  # language of the version that this one was translated from


@dataclass(frozen=True, slots=True, kw_only=True)
class PatentRecord:
    office: str  # WIPO ST.3 code: "EP", "US", "WO"
    number: str
    kind_code: str = ""  # WIPO ST.16: "A1", "B2"
    status: str = "applied"  # applied, granted, lapsed
    filed: date | None = None
    expires: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRecord:
    """What a technology is said to reach, as numbers with units, so that two can be set side by side."""

    metric: str
    unit: str = ""
    baseline: Decimal | None = None
    value: Decimal
    conditions: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRecord:
    name: str
    type: str = "other"  # company, university, research, government, ip_office, igo, ngo, association, finance, other
    country: str = ""  # ISO 3166-1 alpha-2
    size: str = ""  # micro, small, medium, large
    description: str = ""
    website: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenanceRecord:
    """Where a record came from. `source` and `source_id` together are what makes an import idempotent."""

    source: str  # slug: "cordis", "nasa-techport", "uspto", "epo-docdb", "sample", or the importer's own name
    source_id: str
    url: str = ""
    licence: str = ""  # SPDX expression where there is one, else words
    attribution: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingRecord:
    kind: str  # "technology" or "need"
    texts: tuple[TextRecord, ...]  # the first is the original
    provenance: ProvenanceRecord | None = None
    organisation: OrganisationRecord | None = None
    fields: tuple[str, ...] = ()  # codes of the taxonomy tree, at most 5
    goals: tuple[int, ...] = ()  # SDG 1 to 17
    places: tuple[str, ...] = ()  # ISO alpha-2 codes and UN M49 regions: offered in / wanted in
    deals: tuple[str, ...] = ()  # values of models.Deal
    website: str = ""
    video: str = ""
    # technology
    readiness: int | None = None  # TRL 1 to 9
    ip_status: str = ""  # none, secret, applied, granted
    patents: tuple[PatentRecord, ...] = ()
    ipc: tuple[str, ...] = ()  # "F24S10/70"
    cpc: tuple[str, ...] = ()
    developed_in: tuple[str, ...] = ()
    deployed_in: tuple[str, ...] = ()
    claims: tuple[ClaimRecord, ...] = ()
    # technology: cost range; need: budget range
    amount_min: Decimal | None = None
    amount_max: Decimal | None = None
    currency: str = ""  # ISO 4217
    # need
    readiness_min: int | None = None  # the lowest TRL that is of use
    deadline: date | None = None
    wanted_role: str = ""  # provider, partner, investor, contractor, expert
    dated: date | None = None  # when the record's subject was made public at its source


def to_json(record: Any) -> dict[str, Any]:
    """A record as JSON values, empty ones left out; dates as ISO 8601, decimals as strings."""
    out: dict[str, Any] = {}
    for item in dataclasses.fields(record):
        value = getattr(record, item.name)
        if value is None or value == "" or value == ():
            continue
        out[item.name] = _plain(value)
    return out


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return to_json(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value


def from_json(value: Any) -> ListingRecord:
    """The record that `to_json` wrote. Raises RecordError naming a key that is unknown, missing or mistyped."""
    record = _read(ListingRecord, value, "")
    assert isinstance(record, ListingRecord)
    return record


def patent_from_json(value: Any, column: str = "") -> PatentRecord:
    """One patent that `to_json` wrote; errors name their column below `column`."""
    patent = _read(PatentRecord, value, column)
    assert isinstance(patent, PatentRecord)
    return patent


def claim_from_json(value: Any, column: str = "") -> ClaimRecord:
    """One claim that `to_json` wrote; errors name their column below `column`."""
    claim = _read(ClaimRecord, value, column)
    assert isinstance(claim, ClaimRecord)
    return claim


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _read(kind: Any, value: Any, column: str) -> Any:
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        if value is None:
            return None
        return _read(next(a for a in typing.get_args(kind) if a is not type(None)), value, column)
    if origin is tuple:
        if not isinstance(value, list):
            raise RecordError(column, "must be a list")
        return tuple(_read(typing.get_args(kind)[0], item, f"{column}[{n}]") for n, item in enumerate(value))
    if dataclasses.is_dataclass(kind):
        return _read_object(kind, value, column)
    return _read_scalar(kind, value, column)


def _read_object(kind: Any, value: Any, column: str) -> Any:
    if not isinstance(value, dict):
        raise RecordError(column, "must be an object")
    hints = _hints(kind)
    if unknown := value.keys() - hints.keys():
        raise RecordError(f"{column}.{min(unknown)}".lstrip("."), "is not a field of a record")
    items = {key: _read(hints[key], item, f"{column}.{key}".lstrip(".")) for key, item in value.items()}
    required = {f.name for f in dataclasses.fields(kind) if f.default is dataclasses.MISSING}
    if missing := required - items.keys():
        raise RecordError(f"{column}.{min(missing)}".lstrip("."), "is missing")
    return kind(**items)


def _read_scalar(kind: Any, value: Any, column: str) -> Any:
    try:
        if kind is date and isinstance(value, str):
            return date.fromisoformat(value)
        if kind is Decimal and isinstance(value, (str, int, Decimal)) and not isinstance(value, bool):
            number = Decimal(value)
            if not number.is_finite():
                raise ValueError
            return number
    except (ValueError, ArithmeticError):
        what = "date (YYYY-MM-DD)" if kind is date else "number"
        raise RecordError(column, f"{str(value)[:40]!r} is not a {what}") from None
    if kind in (str, int) and isinstance(value, kind) and not isinstance(value, bool):
        return value
    wanted = {str: "text", int: "a whole number", date: "a date (YYYY-MM-DD)", Decimal: "a number written as text"}
    raise RecordError(column, f"must be {wanted[kind]}")
