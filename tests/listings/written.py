"""Two listings with every field filled, and what tests of the pages share."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal

from django.test import Client
from django.urls import reverse

from tests.make import need_record, owner_of, technology_record
from verdure.accounts.models import User
from verdure.listings import content
from verdure.listings.models import Listing
from verdure.listings.records import ClaimRecord, ListingRecord, PatentRecord, TextRecord

TECHNOLOGY = technology_record(
    texts=(
        TextRecord(language="fr", title="Distillateur solaire", summary="Eau douce", description="Un bassin.\n\nVitré.",
                   advantages="Sans réseau", keywords=("eau", "soleil")),
        TextRecord(language="en", title="Solar still", summary="Fresh water", origin="machine", made_from="fr"),
        TextRecord(language="ar", title="مقطر شمسي", keywords=("ماء",), made_from="fr"),
    ),
    fields=("water.desalination", "energy.solar.thermal"),
    goals=(6, 7),
    places=("KE", "002", "SIDS"),
    deals=("supply", "licence_exclusive"),
    developed_in=("FR",),
    deployed_in=("MA", "TN"),
    ipc=("C02F1/14",),
    cpc=("Y02A20/212",),
    website="https://example.org/still",
    video="https://video.example/1",
    patents=(
        PatentRecord(office="EP", number="1234567", kind_code="B1", status="granted",
                     filed=date(2020, 1, 2), expires=date(2040, 1, 2)),
        PatentRecord(office="WO", number="2020/123"),
    ),
    claims=(
        ClaimRecord(metric="yield", unit="l/m²/day", baseline=Decimal("2.5"), value=Decimal("4"),
                    conditions="6 kWh/m²", source="own test"),
        ClaimRecord(metric="price", value=Decimal("-1200.5")),
    ),
    amount_min=Decimal(1200),
    amount_max=Decimal("3400.5"),
    currency="EUR",
    ip_status="granted",
)  # fmt: skip
NEED = need_record(
    goals=(6,), places=("FJ",), readiness_min=6, deadline=date(2030, 5, 6), wanted_role="provider",
    amount_max=Decimal(50_000), currency="USD", website="https://example.org",
)  # fmt: skip


def stored(listing: Listing) -> ListingRecord:
    fresh = content.with_content(Listing.objects.all()).get(pk=listing.pk)
    return dataclasses.replace(content.record_of(fresh), organisation=None)


def signed_in(client: Client, listing: Listing) -> User:
    assert listing.organisation is not None
    person = owner_of(listing.organisation)
    client.force_login(person)
    return person


def step(listing: Listing, slug: str) -> str:
    return reverse("listing_step", args=[listing.pk, slug])
