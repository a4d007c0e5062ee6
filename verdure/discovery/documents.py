"""A listing as the engine sees it."""

from __future__ import annotations

from collections.abc import Iterable

from verdure.core import places
from verdure.engine.documents import AmountRange, Document, DocumentText
from verdure.listings.content import with_content
from verdure.listings.models import Listing, ListingPlace, ListingText, State

BODY = ("description", "advantages", "problem", "context", "specification", "comparison")


def documents_of(ids: Iterable[int]) -> list[Document]:
    """The public ones of these listings. A fixed number of statements."""
    found = with_content(Listing.objects.filter(pk__in=list(ids), state=State.PUBLISHED)).order_by("pk")
    return [document_of(listing) for listing in found]


def document_of(listing: Listing) -> Document:
    owner = listing.organisation
    offered = [place.code for place in listing.places.all() if place.use == ListingPlace.Use.OFFERED]
    return Document(
        id=listing.pk,
        kind="need" if listing.kind == "need" else "technology",
        texts=tuple(_text(row) for row in listing.texts.all()),
        organisation=owner.pk if owner else None,
        country=owner.country if owner else "",
        places=tuple(sorted(places.expand(offered))),
        fields=tuple(row.code for row in listing.fields.all()),
        goals=tuple(str(row.number) for row in listing.goals.all()),
        deals=tuple(row.deal for row in listing.deals.all()),
        readiness=listing.readiness,
        readiness_min=listing.readiness_min,
        ip_status=listing.ip_status,
        source=listing.source,
        codes=tuple(row.symbol for row in listing.codes.all()),
        amount=_amount(listing),
        deadline=listing.deadline,
        published=listing.published_at.date() if listing.published_at else None,
    )


def _text(row: ListingText) -> DocumentText:
    return DocumentText(
        language=row.language,
        title=row.title,
        summary=row.summary,
        body="\n".join(text for name in BODY if (text := getattr(row, name))),
        keywords=tuple(row.keywords),
    )


def _amount(listing: Listing) -> AmountRange | None:
    if listing.amount_min is None and listing.amount_max is None:
        return None
    return AmountRange(
        low=None if listing.amount_min is None else float(listing.amount_min),
        high=None if listing.amount_max is None else float(listing.amount_max),
        currency=listing.currency,
    )
