"""A listing as a row of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from .. import words
from ..models import Listing

Pieces = tuple[tuple[str, bool], ...]
"""A text in pieces, those that matched marked."""


@dataclass(frozen=True, slots=True)
class Side:
    """What names a listing in a row or a match."""

    title: str
    url: str
    kind: str
    language: str
    organisation: str
    organisation_url: str
    country_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    listing: Side
    title_pieces: Pieces = ()
    snippet: Pieces = ()
    readiness: int | None = None
    stage: str = ""
    readiness_min: int | None = None
    deals: Sequence[str] = ()
    published: date | None = None
    deadline: date | None = None
    fields: Sequence[str] = ()
    marks: Sequence[object] = ()
    sample: bool = False


def side(listing: Listing) -> Side:
    text = words.text_for_reader(listing)
    owner = listing.organisation
    return Side(
        title=text.title,
        url=listing.get_absolute_url(),
        kind=listing.kind,
        language=text.language,
        organisation=owner.name if owner else "",
        organisation_url=owner.get_absolute_url() if owner else "",
        country_name=words.country_name(owner.country) if owner else "",
    )


def row(listing: Listing, *, title: Pieces = (), snippet: Pieces = ()) -> Row:
    text = words.text_for_reader(listing)
    return Row(
        listing=side(listing),
        title_pieces=title or ((text.title, False),),
        snippet=snippet or ((text.summary, False),),
        readiness=listing.readiness,
        stage=words.stage(listing.readiness),
        readiness_min=listing.readiness_min,
        deals=[words.deal_word(item.deal) for item in listing.deals.all()],
        published=listing.published_at.date() if listing.published_at else None,
        deadline=listing.deadline,
        fields=[words.field_label(item.code) for item in listing.fields.all()][:2],
        sample=listing.is_sample,
    )
