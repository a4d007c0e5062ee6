"""Writing a listing: what is kept, what is refused, and that records and rows are the same thing."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from tests.make import (
    edited,
    make_draft,
    make_organisation,
    make_published,
    make_user,
    owner_of,
    technology_record,
)
from verdure.accounts.models import Membership, User
from verdure.listings import actions, content
from verdure.listings.checks import ContentRefused
from verdure.listings.models import Listing, ListingText
from verdure.listings.records import (
    ClaimRecord,
    ListingRecord,
    PatentRecord,
    TextRecord,
    from_json,
    to_json,
)

pytestmark = pytest.mark.django_db

SIX_FIELDS = (
    "water.drinking",
    "water.desalination",
    "water.wastewater",
    "water.industrial",
    "water.reuse",
    "water.networks",
)
FULL = technology_record(
    texts=(
        TextRecord(
            language="fr", title="Distillateur solaire", summary="Eau douce", description="…", keywords=("eau",)
        ),
        TextRecord(language="en", title="Solar still", origin="machine", made_from="fr"),
    ),
    fields=("water.desalination", "energy.solar.thermal"),
    goals=(6, 7),
    places=("KE", "002"),
    deals=("supply", "licence_exclusive"),
    developed_in=("FR",),
    deployed_in=("MA", "TN"),
    ipc=("C02F1/14",),
    cpc=("Y02A20/212",),
    website="https://example.org/still",
    patents=(PatentRecord(office="EP", number="1234567", kind_code="B1", status="granted", filed=date(2020, 1, 2)),),
    claims=(
        ClaimRecord(metric="yield", unit="l/m²/day", baseline=Decimal("2.5"), value=Decimal("4"), source="own test"),
    ),
    amount_min=Decimal("1200"),
    amount_max=Decimal("3400.50"),
    currency="EUR",
    ip_status="granted",
)


def owner(listing: Listing) -> User:
    assert listing.organisation is not None
    return owner_of(listing.organisation)


def stored(listing: Listing) -> ListingRecord:
    fresh = content.with_content(Listing.objects.all()).get(pk=listing.pk)
    return dataclasses.replace(content.record_of(fresh), organisation=None)


def test_record_comes_back_equal() -> None:
    assert stored(make_draft(FULL)) == FULL


def test_record_survives_json() -> None:
    assert from_json(to_json(FULL)) == FULL


def test_change_replaces_all_parts() -> None:
    listing = make_draft(FULL)
    plain = technology_record()
    actions.change(listing, plain, by=owner(listing))
    assert stored(listing) == plain
    assert ListingText.objects.filter(listing=listing).count() == 1


def test_change_of_an_older_version_is_refused_and_nothing_is_lost() -> None:
    listing = make_draft()
    by = owner(listing)
    actions.change(listing, edited(listing, title="First"), by=by, version=1)
    with pytest.raises(actions.EditConflict):
        actions.change(listing, edited(listing, title="Second"), by=by, version=1)
    assert stored(listing).texts[0].title == "First"


def test_change_of_a_public_listing_keeps_a_revision() -> None:
    listing = make_published()
    listing = actions.change(listing, edited(listing, title="Another title"), by=owner(listing))
    titles = [revision.record["texts"][0]["title"] for revision in listing.revisions.all()]
    assert titles == ["Another title", "Solar still for brackish water"]


@pytest.mark.parametrize("role", [None, Membership.Role.VIEWER])
def test_only_editors_change(role: Membership.Role | None) -> None:
    listing, person = make_draft(), make_user()
    if role and listing.organisation:
        Membership.objects.create(organisation=listing.organisation, user=person, role=role)
    with pytest.raises(PermissionDenied):
        actions.change(listing, edited(listing, title="Mine now"), by=person)
    assert stored(listing).texts[0].title == "Solar still for brackish water"


def test_nobody_writes_in_the_name_of_a_foreign_organisation() -> None:
    with pytest.raises(PermissionDenied):
        actions.start(technology_record(), organisation=make_organisation(), by=make_user())
    assert Listing.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"title": "x" * 10_000}, "title"),
        ({"title": "  "}, "title"),
        ({"language": "not a language"}, "language"),
        ({"fields": ("no.such.field",)}, "fields"),
        ({"fields": SIX_FIELDS}, "fields"),
        ({"goals": (18,)}, "goals"),
        ({"places": ("XX",)}, "places"),
        ({"deals": ("barter",)}, "deals"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"readiness": 10}, "readiness"),
        ({"amount_min": Decimal(5), "amount_max": Decimal(4), "currency": "EUR"}, "amount_max"),
        ({"amount_min": Decimal(5)}, "currency"),
        ({"deadline": date(2027, 1, 1)}, "kind"),
        ({"claims": (ClaimRecord(metric=" ", value=Decimal(1)),)}, "claims[0].metric"),
        ({"claims": (ClaimRecord(metric="yield", unit="l" * 61, value=Decimal(1)),)}, "claims[0].unit"),
        ({"patents": (PatentRecord(office="Europe", number="1"),)}, "patents[0].office"),
        ({"patents": (PatentRecord(office="EP", number="1" * 41),)}, "patents[0].number"),
        ({"ipc": ("C02F1/14" * 6,)}, "ipc"),
        ({"ipc": tuple(f"C02F1/{n}" for n in range(32_768))}, "ipc"),
        ({"website": "https://example.org/" + "x" * 1_000}, "website"),
        ({"language": "en-Latn-GB-oxendict"}, "language"),
        ({"description": "one\0two"}, "texts[0].description"),
        ({"keywords": ("still", "\0")}, "texts[0].keywords[1]"),
    ],
)  # fmt: skip
def test_bad_content_is_refused_by_name(change: dict[str, object], column: str) -> None:
    listing = make_draft()
    before = stored(listing)
    with pytest.raises(ContentRefused) as refused:
        actions.change(listing, edited(listing, **change), by=owner(listing))
    assert {problem.column for problem in refused.value.problems} == {column}
    assert stored(listing) == before
