"""Made documents as rows of the database: written in bulk, since the actions would take an hour for what is set-up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import islice

from django.db import transaction

from verdure.accounts.models import Organisation
from verdure.engine.documents import Document, DocumentText
from verdure.listings.models import (
    TITLE_LIMIT,
    Listing,
    ListingCode,
    ListingDeal,
    ListingField,
    ListingGoal,
    ListingPlace,
    ListingText,
    State,
)

BATCH = 1000
PLACES = 5
LIFETIME = timedelta(days=365)


def fill(documents: Iterable[Document]) -> int:
    """Public listings whose ids are the documents'. Returns how many were written."""
    remaining, written = iter(documents), 0
    known = set(Organisation.objects.values_list("pk", flat=True))
    while batch := list(islice(remaining, BATCH)):
        with transaction.atomic():
            Organisation.objects.bulk_create(_owners(batch, known))
            Listing.objects.bulk_create([_listing(document) for document in batch])
            _write_content(batch)
        written += len(batch)
        print(f"\r{written:,} rows", end="", flush=True)
    print()
    return written


def _owners(batch: list[Document], known: set[int]) -> list[Organisation]:
    owners = {document.organisation or 0: document.country for document in batch}
    new = {number: country for number, country in owners.items() if number not in known}
    known.update(new)
    return [Organisation(pk=number, name=f"Made organisation {number}", country=new[number]) for number in new]


def _listing(document: Document) -> Listing:
    published = datetime.combine(document.published or datetime.now(UTC).date(), time(9), UTC)
    amount = document.amount
    return Listing(
        pk=document.id,
        kind=document.kind,
        state=State.PUBLISHED,
        organisation_id=document.organisation,
        readiness=document.readiness,
        readiness_min=document.readiness_min,
        ip_status=document.ip_status,
        amount_min=None if amount is None or amount.low is None else Decimal(str(amount.low)),
        amount_max=None if amount is None or amount.high is None else Decimal(str(amount.high)),
        currency=amount.currency if amount else "",
        deadline=document.deadline,
        published_at=published,
        expires_at=published + 10 * LIFETIME,
        source=document.source,
        source_id=str(document.id) if document.source else "",
    )


def _write_content(batch: list[Document]) -> None:
    ListingText.objects.bulk_create([row for document in batch for row in _texts(document)])
    ListingField.objects.bulk_create(
        ListingField(listing_id=document.id, position=place, code=code)
        for document in batch
        for place, code in enumerate(document.fields[:5])
    )
    ListingGoal.objects.bulk_create(
        ListingGoal(listing_id=document.id, number=int(goal)) for document in batch for goal in document.goals
    )
    ListingDeal.objects.bulk_create(
        ListingDeal(listing_id=document.id, position=place, deal=deal)
        for document in batch
        for place, deal in enumerate(document.deals)
    )
    ListingPlace.objects.bulk_create(
        ListingPlace(listing_id=document.id, use=ListingPlace.Use.OFFERED, position=place, code=code)
        for document in batch
        for place, code in enumerate(document.places[:PLACES])
    )
    ListingCode.objects.bulk_create(
        ListingCode(listing_id=document.id, scheme=ListingCode.Scheme.IPC, position=place, symbol=code)
        for document in batch
        for place, code in enumerate(dict.fromkeys(document.codes))
    )


def _texts(document: Document) -> Iterator[ListingText]:
    for place, text in enumerate(document.texts):
        yield ListingText(
            listing_id=document.id,
            position=place,
            language=text.language,
            title=text.title[:TITLE_LIMIT],
            summary=text.summary[:1000],
            keywords=list(text.keywords),
            **_told(document, text),
        )


def _told(document: Document, text: DocumentText) -> dict[str, str]:
    return {"problem" if document.kind == "need" else "description": text.body}
