"""Between rows and records: `write` makes the rows equal to the records, `records_of` reads them back.

Both work on many listings at once with a fixed number of statements, so that a form and an import share them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import QuerySet

from . import records
from .models import (
    Claim,
    Listing,
    ListingCode,
    ListingDeal,
    ListingField,
    ListingGoal,
    ListingPlace,
    ListingText,
    Patent,
)

PLAIN = (
    "website", "video", "readiness", "ip_status", "amount_min", "amount_max", "currency",
    "readiness_min", "deadline", "wanted_role", "dated",
)  # fmt: skip
TEXT = (
    "language", "title", "summary", "description", "advantages", "problem", "context", "specification",
    "comparison", "origin", "made_from",
)  # fmt: skip
PATENT = ("office", "number", "kind_code", "status", "filed", "expires")
CLAIM = ("metric", "unit", "baseline", "value", "conditions", "source")
PLACES = {
    "places": ListingPlace.Use.OFFERED,
    "developed_in": ListingPlace.Use.DEVELOPED,
    "deployed_in": ListingPlace.Use.DEPLOYED,
}
PARTS: tuple[type[models.Model], ...] = (
    ListingText, ListingField, ListingGoal, ListingPlace, ListingDeal, ListingCode, Patent, Claim,
)  # fmt: skip


def with_content(listings: QuerySet[Listing]) -> QuerySet[Listing]:
    """The query set with all that `records_of` reads, in a fixed number of statements."""
    return listings.select_related("organisation").prefetch_related(
        "texts", "fields", "goals", "places", "deals", "codes", "patents", "claims"
    )


def plain_values(record: records.ListingRecord) -> dict[str, Any]:
    """The columns of the listing's own row."""
    return {name: getattr(record, name) for name in PLAIN}


def write(pairs: Sequence[tuple[Listing, records.ListingRecord]]) -> None:
    """Replace the parts of each saved listing by those of its record. The listing's own columns are the caller's."""
    rows: dict[type[models.Model], list[models.Model]] = defaultdict(list)
    for listing, record in pairs:
        for row in _rows(listing, record):
            rows[type(row)].append(row)
    ids = [listing.pk for listing, _ in pairs]
    for part in PARTS:
        part._default_manager.filter(listing_id__in=ids).delete()
        part._default_manager.bulk_create(rows[part], batch_size=500)


def _rows(listing: Listing, record: records.ListingRecord) -> Iterable[models.Model]:
    for n, text in enumerate(record.texts):
        values = {name: getattr(text, name) for name in TEXT}
        yield ListingText(listing=listing, position=n, keywords=list(text.keywords), **values)
    for n, code in enumerate(_unique(record.fields)):
        yield ListingField(listing=listing, position=n, code=code)
    for number in sorted(set(record.goals)):
        yield ListingGoal(listing=listing, number=number)
    for name, use in PLACES.items():
        for n, code in enumerate(_unique(getattr(record, name))):
            yield ListingPlace(listing=listing, use=use, code=code, position=n)
    for n, deal in enumerate(_unique(record.deals)):
        yield ListingDeal(listing=listing, deal=deal, position=n)
    for scheme in ListingCode.Scheme:
        for n, symbol in enumerate(_unique(getattr(record, scheme.value))):
            yield ListingCode(listing=listing, scheme=scheme, symbol=symbol, position=n)
    for n, patent in enumerate(record.patents):
        yield Patent(listing=listing, position=n, **{name: getattr(patent, name) for name in PATENT})
    for n, claim in enumerate(record.claims):
        yield Claim(listing=listing, position=n, **{name: getattr(claim, name) for name in CLAIM})


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def record_of(listing: Listing) -> records.ListingRecord:
    """The listing as its record. Over many, fetch them through `with_content`."""
    places = {name: tuple(p.code for p in listing.places.all() if p.use == use) for name, use in PLACES.items()}
    codes = {s.value: tuple(c.symbol for c in listing.codes.all() if c.scheme == s) for s in ListingCode.Scheme}
    plain: dict[str, Any] = {name: _short(getattr(listing, name)) for name in PLAIN}
    return records.ListingRecord(
        kind=listing.kind,
        texts=tuple(_text(row) for row in listing.texts.all()),
        provenance=_provenance(listing),
        organisation=_organisation(listing),
        fields=tuple(row.code for row in listing.fields.all()),
        goals=tuple(row.number for row in listing.goals.all()),
        deals=tuple(row.deal for row in listing.deals.all()),
        patents=tuple(_patent(row) for row in listing.patents.all()),
        claims=tuple(_claim(row) for row in listing.claims.all()),
        places=places["places"],
        developed_in=places["developed_in"],
        deployed_in=places["deployed_in"],
        ipc=codes["ipc"],
        cpc=codes["cpc"],
        **plain,
    )


def _text(row: ListingText) -> records.TextRecord:
    return records.TextRecord(keywords=tuple(row.keywords), **{name: getattr(row, name) for name in TEXT})


def _patent(row: Patent) -> records.PatentRecord:
    return records.PatentRecord(**{name: getattr(row, name) for name in PATENT})


def _claim(row: Claim) -> records.ClaimRecord:
    return records.ClaimRecord(**{name: _short(getattr(row, name)) for name in CLAIM})


def _provenance(listing: Listing) -> records.ProvenanceRecord | None:
    if not listing.source:
        return None
    return records.ProvenanceRecord(
        source=listing.source,
        source_id=listing.source_id,
        url=listing.source_url,
        licence=listing.licence,
        attribution=listing.attribution,
    )


def _organisation(listing: Listing) -> records.OrganisationRecord | None:
    if (found := listing.organisation) is None:
        return None
    names = ("name", "type", "country", "size", "description", "website")
    return records.OrganisationRecord(**{name: getattr(found, name) for name in names})


def _short(value: Any) -> Any:
    """12.50000000 as a person wrote it: 12.5."""
    if not isinstance(value, Decimal):
        return value
    whole = value.to_integral_value()
    return whole.quantize(Decimal(1)) if value == whole else value.normalize()
