"""Files to import, and records in them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.make import need_record, technology_record
from verdure.listings.models import Listing
from verdure.listings.records import ListingRecord, OrganisationRecord, ProvenanceRecord, to_json

OWNERS = ("Río Alto Pumps", "Solar Works", "École des Mines", "GREEN Ltd")


def record(number: int, title: str = "", *, source: str = "somewhere", **fields: Any) -> ListingRecord:
    make = need_record if number % 5 == 0 else technology_record
    plain: dict[str, Any] = {
        "provenance": ProvenanceRecord(source=source, source_id=f"id-{number}", licence="CC0-1.0"),
        "organisation": OrganisationRecord(name=OWNERS[number % 4], country="KE", website="https://example.org"),
    }
    return make(title or f"Solar still number {number}", **(plain | fields))


def write_lines(path: Path, lines: Iterable[object]) -> Path:
    """Records, and anything else as the text that stands in the line."""
    texts = (
        json.dumps(to_json(line), ensure_ascii=False) if isinstance(line, ListingRecord) else str(line)
        for line in lines
    )
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


def stored() -> dict[str, str]:
    """Title by source id of every listing."""
    listings = Listing.objects.prefetch_related("texts")
    return {listing.source_id: listing.texts.all()[0].title for listing in listings}
