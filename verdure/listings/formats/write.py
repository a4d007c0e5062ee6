"""Records as JSONL, CSV and XLSX, such that reading them back gives equal records.

A table has a column for each field, and for each language version its own columns, such as "title[fr]". Patents and
claims are JSON in their cell. Cells that a spreadsheet would take for a formula are protected by an apostrophe, which
reading takes away. A text too long for a cell of a workbook goes on in "description[fr] (2)".

Streams are binary. Records may be an iterator: what is not known before all are seen (which languages there are) is
found by keeping them in a temporary file.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, BinaryIO

import openpyxl
from openpyxl.cell import WriteOnlyCell

from ..records import ListingRecord, TextRecord, from_json, to_json
from .columns import columns, text_columns
from .protection import protect

CELL = 32_767  # UTF-16 units that a cell of a workbook holds
_NOT_WRITTEN = frozenset({"language", "categories"})  # of tables that people write


def write_jsonl(records: Iterable[ListingRecord], stream: BinaryIO) -> int:
    """Returns how many were written; so do the others."""
    number = 0
    for record in records:
        stream.write(_line(record))
        number += 1
    return number


def _line(record: ListingRecord) -> bytes:
    return json.dumps(to_json(record), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def write_csv(records: Iterable[ListingRecord], stream: BinaryIO) -> int:
    """UTF-8 with a byte order mark, which spreadsheets need, commas, every cell in quotation marks."""
    with _kept(records) as (kept, languages):
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        headers = headers_for(languages)
        writer.writerow(headers)
        number = 0
        for record in kept():
            found = cells_of(record)
            writer.writerow([protect(found.get(header, "")) for header in headers])
            number += 1
        text.flush()
        text.detach()
    return number


def write_xlsx(records: Iterable[ListingRecord], stream: BinaryIO) -> int:
    with _kept(records) as (kept, languages):
        headers = headers_for(languages)
        parts = dict.fromkeys(headers, 1)
        for record in kept():
            for header, text in cells_of(record).items():
                parts[header] = max(parts[header], len(pieces(text)))
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("Listings")
        sheet.append([_continued(header, n) for header in headers for n in range(parts[header])])
        number = 0
        for record in kept():
            found = cells_of(record)
            row: list[str] = []
            for header in headers:
                split = pieces(found.get(header, ""))
                row.extend(split + [""] * (parts[header] - len(split)))
            sheet.append([_cell(sheet, text) for text in row])
            number += 1
        book.save(stream)
    return number


def _continued(header: str, place: int) -> str:
    return f"{header} ({place + 1})" if place else header


def _cell(sheet: Any, text: str) -> Any:
    """A cell of text: openpyxl would make a formula of what begins with "="."""
    cell = WriteOnlyCell(sheet, value=None)
    if text:
        cell.value = protect(text)
        cell.data_type = "s"
    return cell


def pieces(text: str) -> list[str]:
    """The text in parts that a cell can hold, protection included."""
    parts: list[str] = []
    start = units = 0
    for place, character in enumerate(text):
        size = 2 if ord(character) > 0xFFFF else 1
        if units + size > CELL - 1:
            parts.append(text[start:place])
            start, units = place, 0
        units += size
    return [*parts, text[start:]]


def headers_for(languages: Sequence[str]) -> list[str]:
    """Our columns in order, those of texts once for each language."""
    plain = [name for name, column in columns().items() if not column.text and name not in _NOT_WRITTEN]
    return [*plain, *(f"{name}[{language}]" for language in languages for name in text_columns())]


@contextmanager
def _kept(records: Iterable[ListingRecord]) -> Iterator[tuple[Any, list[str]]]:
    """A function that gives the records again, and the languages that occur, the most frequent first."""
    seen: dict[str, int] = {}
    with tempfile.TemporaryFile() as spool:
        for record in records:
            spool.write(_line(record))
            for text in record.texts:
                seen[text.language] = seen.get(text.language, 0) + 1

        def again() -> Iterator[ListingRecord]:
            spool.seek(0)
            for line in spool:
                yield from_json(json.loads(line))

        yield again, sorted(seen, key=lambda language: (-seen[language], language)) or ["en"]


def cells_of(record: ListingRecord) -> dict[str, str]:
    """The record's values as texts by header; empty ones left out."""
    found = {
        "kind": record.kind,
        "languages": joined(tuple(text.language for text in record.texts)),
        **_parts(record.provenance, {"source": "source", "source_id": "source_id", "url": "source_url",
                                     "licence": "licence", "attribution": "attribution"}),
        **_parts(record.organisation, {"name": "organisation", **{name: f"organisation_{name}" for name in (
            "type", "country", "size", "description", "website")}}),
        **{name: joined(getattr(record, name)) for name in (
            "fields", "places", "deals", "ipc", "cpc", "developed_in", "deployed_in")},
        "goals": joined(tuple(map(str, record.goals))),
        "patents": _json(record.patents),
        "claims": _json(record.claims),
        **{name: _text(getattr(record, name)) for name in (
            "website", "video", "readiness", "ip_status", "amount_min", "amount_max", "currency", "readiness_min",
            "deadline", "wanted_role", "dated")},
    }  # fmt: skip
    for text in record.texts:
        found |= _version(text)
    return {name: text for name, text in found.items() if text}


def _parts(part: Any, names: dict[str, str]) -> dict[str, str]:
    return {column: getattr(part, name) for name, column in names.items()} if part is not None else {}


def _version(text: TextRecord) -> dict[str, str]:
    found = {name: getattr(text, name) for name in text_columns() if name != "keywords"}
    found["keywords"] = joined(text.keywords)
    return {f"{name}[{text.language}]": value for name, value in found.items()}


def joined(values: tuple[str, ...]) -> str:
    """A list cell: entries set apart by "; ", or JSON where an entry holds what sets entries apart."""
    plain = "; ".join(values)
    if any(mark in "".join(values) for mark in ";|\n；、") or plain.startswith('["'):
        return json.dumps(values, ensure_ascii=False)
    return plain


def _json(values: tuple[Any, ...]) -> str:
    return json.dumps([to_json(value) for value in values], ensure_ascii=False) if values else ""


def _text(value: object) -> str:
    """Amounts without exponent, so that a spreadsheet and `values.amount` read them alike."""
    if value is None:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
