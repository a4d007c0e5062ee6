"""A document as the bytes the index keeps, and back: `load(dump(d)) == d`."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from verdure.engine.documents import AmountRange, Document, DocumentText

_DATES = ("deadline", "published")
_TUPLES = ("places", "fields", "goals", "deals", "codes")


def dump(document: Document) -> bytes:
    """Canonical JSON: equal documents give equal bytes."""
    row = _fields(document)
    row["texts"] = [_fields(text) for text in document.texts]
    row["amount"] = _fields(document.amount) if document.amount else None
    return json.dumps(row, ensure_ascii=False, sort_keys=True, default=date.isoformat).encode("utf-8", "surrogatepass")


def _fields(part: Document | DocumentText | AmountRange) -> dict[str, Any]:
    """As `dataclasses.asdict`, which copies every string deeply and takes thirty times as long."""
    return {name: getattr(part, name) for name in part.__slots__}


def load(content: bytes) -> Document:
    row: dict[str, Any] = json.loads(content.decode("utf-8", "surrogatepass"))
    row |= {name: tuple(row[name]) for name in _TUPLES}
    row |= {name: date.fromisoformat(row[name]) for name in _DATES if row[name]}
    row["texts"] = tuple(DocumentText(**text | {"keywords": tuple(text["keywords"])}) for text in row["texts"])
    row["amount"] = AmountRange(**row["amount"]) if row["amount"] else None
    return Document(**row)


def digest(document: Document) -> int:
    """64 bits that change when anything of the document changes; signed, as the rows keep it."""
    return int.from_bytes(hashlib.blake2b(dump(document), digest_size=8).digest(), "little", signed=True)
