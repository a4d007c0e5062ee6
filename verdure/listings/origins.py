"""Whose a record is, and by which id it is known elsewhere.

A listing of a member leaves under the source "verdure" with an id that no other listing has, here or on another site,
so that importing it twice makes one. What an organisation uploads enters under ids of a space of its own, so that
nobody's file can reach another's listings, nor take an id that a trusted source will come with.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet

from verdure.accounts.models import Organisation

from . import content
from .formats import canonical
from .models import Listing
from .records import ListingRecord, ProvenanceRecord, RecordError

HERE = "verdure"
ID_LIMIT = 200
_SPACE = "organisation-"
_START = datetime(1970, 1, 1, tzinfo=UTC)


def own_id(listing: Listing) -> str:
    """Number and moment of making: it stays the same for ever, also after a restored backup."""
    return f"{listing.pk}-{(listing.created_at - _START) // timedelta(microseconds=1):x}"


def primary_key(own: str) -> int | None:
    """The listing that may have this id; None where the id is not made by `own_id`."""
    match = re.fullmatch(r"(\d{1,18})-[0-9a-f]{1,16}", own)
    return int(match[1]) if match else None


def is_members(listing: Listing) -> bool:
    """Whether a member entered it, by hand or as a file."""
    return not listing.source or listing.source.startswith(_SPACE)


def of_members(listings: QuerySet[Listing]) -> QuerySet[Listing]:
    return listings.filter(Q(source="") | Q(source__startswith=_SPACE))


def space_of(owner: Organisation) -> str:
    """The source under which the organisation's own uploads are kept."""
    return f"{_SPACE}{owner.pk}"


def in_space(origin: ProvenanceRecord, owner: Organisation) -> ProvenanceRecord:
    space = space_of(owner)
    if origin.source == space:
        return origin
    named = f"{origin.source}/{origin.source_id}"
    if len(named) > ID_LIMIT:
        named = f"{named[: ID_LIMIT - 33]}-{hashlib.blake2b(named.encode(), digest_size=16).hexdigest()}"
    return dataclasses.replace(origin, source=space, source_id=named)


def exported(listing: Listing) -> ListingRecord:
    """The listing as it leaves: in the one form that import reads back equal, where it has one.

    Fetch many through `content.with_content`.
    """
    record = content.record_of(listing)
    if is_members(listing):
        origin = record.provenance or ProvenanceRecord(source="", source_id="")
        record = dataclasses.replace(
            record, provenance=dataclasses.replace(origin, source=HERE, source_id=own_id(listing))
        )
    return in_one_form(record)


def in_one_form(record: ListingRecord) -> ListingRecord:
    """As import would take it; what it would refuse stays as it is."""
    try:
        return canonical(record)
    except RecordError:
        return record
