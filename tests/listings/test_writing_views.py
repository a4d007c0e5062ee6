"""Writing a listing in steps, from the choice of its kind to the overview; and who may."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.make import (
    make_draft,
    make_moderator,
    make_organisation,
    make_published,
    make_submitted,
    make_user,
    owner_of,
    technology_record,
)
from tests.sent import as_sent
from verdure.accounts.actions import add_member
from verdure.accounts.models import Membership
from verdure.listings.models import Kind, Listing, State
from verdure.listings.records import ClaimRecord, ListingRecord, PatentRecord, TextRecord

from .written import NEED, TECHNOLOGY, signed_in, step, stored

pytestmark = pytest.mark.django_db


def test_choice_of_kind_leads_to_the_first_step(client: Client) -> None:
    organisation = make_organisation()
    client.force_login(owner_of(organisation))
    page = client.get(reverse("listing_new")).content.decode()
    assert [reverse("listing_begin", args=[kind]) in page for kind in Kind] == [True, True]
    assert client.get(reverse("listing_new"), {"kind": "need"})["Location"] == reverse("listing_begin", args=["need"])
    assert client.get(reverse("listing_new"), {"kind": "wish"}).status_code == 200


def test_person_without_an_organisation_is_led_to_register_one(client: Client) -> None:
    client.force_login(make_user())
    page = client.get(reverse("listing_new")).content.decode()
    assert reverse("organisation_new") in page
    assert reverse("listing_begin", args=["need"]) not in page
    answer = client.get(reverse("listing_begin", args=["technology"]))
    assert answer["Location"] == f"{reverse('organisation_new')}?kind=technology"


def test_only_organisation_is_chosen_beforehand_and_the_language_is_the_readers(client: Client) -> None:
    organisation = make_organisation()
    client.force_login(owner_of(organisation))
    page = client.get(reverse("listing_begin", args=["technology"]), headers={"accept-language": "zh-hans"})
    sent = as_sent(page)
    assert (sent["organisation"], sent["language"]) == ([str(organisation.pk)], ["zh"])
    make_organisation(owner=owner_of(organisation))
    page = client.get(reverse("listing_begin", args=["technology"]))
    assert as_sent(page)["organisation"] == [""]


@pytest.mark.parametrize("kind", list(Kind))
def test_first_step_makes_the_draft_and_leads_to_the_second(client: Client, kind: Kind) -> None:
    organisation = make_organisation()
    person = owner_of(organisation)
    client.force_login(person)
    address = reverse("listing_begin", args=[kind])
    sent = as_sent(client.get(address)) | {"title": ["Wind pump"], "summary": ["Lifts water."], "language": ["sw"]}
    answer = client.post(address, sent)
    made = Listing.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, step(made, "text"))
    assert (made.kind, made.state, made.organisation, made.created_by) == (kind, State.DRAFT, organisation, person)
    assert stored(made) == ListingRecord(
        kind=kind, texts=(TextRecord(language="sw", title="Wind pump", summary="Lifts water."),)
    )


def test_first_step_without_a_title_keeps_what_was_typed(client: Client) -> None:
    client.force_login(owner_of(make_organisation()))
    address = reverse("listing_begin", args=["need"])
    answer = client.post(address, as_sent(client.get(address)) | {"summary": ["Four hundred households."]})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"title"}
    assert as_sent(answer)["summary"] == ["Four hundred households."]
    assert 'href="#id_title"' in answer.content.decode()  # listed on top, too
    assert Listing.objects.count() == 0


def test_nobody_begins_in_the_name_of_a_foreign_organisation(client: Client) -> None:
    client.force_login(owner_of(make_organisation()))
    address = reverse("listing_begin", args=["need"])
    foreign = make_organisation()
    answer = client.post(address, as_sent(client.get(address)) | {"title": ["x"], "organisation": [str(foreign.pk)]})
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"organisation"})
    assert Listing.objects.count() == 0


def test_unknown_kind_and_unknown_step_are_not_found(client: Client) -> None:
    listing = make_draft(NEED)
    signed_in(client, listing)
    assert client.get(reverse("listing_begin", args=["wish"])).status_code == 404
    assert client.get(step(listing, "patents")).status_code == 404  # a need has none
    assert client.get(step(listing, "nonsense")).status_code == 404


def test_save_stays_or_goes_on_or_ends_at_the_overview(client: Client) -> None:
    listing = make_draft(TECHNOLOGY)
    signed_in(client, listing)
    sent = as_sent(client.get(step(listing, "text")))
    assert client.post(step(listing, "text"), sent | {"stay": ["1"]})["Location"] == step(listing, "text")
    assert client.post(step(listing, "text"), sent)["Location"] == step(listing, "fit")
    last = as_sent(client.get(step(listing, "links")))
    assert client.post(step(listing, "links"), last)["Location"] == reverse("listing_edit", args=[listing.pk])


def test_whole_technology_is_written_in_its_steps(client: Client) -> None:
    listing = make_draft(technology_record(fields=(), deals=(), readiness=None, ip_status=""))
    signed_in(client, listing)
    asked: dict[str, dict[str, list[str]]] = {
        "text": {"description": ["A wheel in the wind."], "advantages": ["No fuel"], "keywords": ["wind, pump、 水"]},
        "fit": {"fields": ["energy.wind.onshore"], "goals": ["13", "7"], "places": ["002", "KE"], "ipc": ["f03d 9/28"]},
        "terms": {"readiness": ["8"], "ip_status": ["secret"], "deals": ["supply"],
                  "amount_min": ["10.50"], "currency": ["kes"]},
        "patents": {"form-0-office": ["ep"], "form-0-number": ["77"]},
        "claims": {"form-0-metric": ["lift"], "form-0-value": ["12.5"], "form-0-unit": ["m"]},
        "languages": {"form-0-language": ["fr"], "form-0-title": ["Pompe éolienne"], "form-0-origin": ["machine"]},
        "links": {"website": ["example.org/pump"]},
    }  # fmt: skip
    for slug, answers in asked.items():
        answer = client.post(step(listing, slug), as_sent(client.get(step(listing, slug))) | answers)
        assert answer.status_code == 302, (slug, answer.context["form"].errors)
    before = technology_record().texts[0]
    assert stored(listing) == ListingRecord(
        kind="technology",
        texts=(
            dataclasses.replace(
                before, description="A wheel in the wind.", advantages="No fuel", keywords=("wind", "pump", "水")
            ),
            TextRecord(language="fr", title="Pompe éolienne", origin="machine", made_from="en"),
        ),
        fields=("energy.wind.onshore",), goals=(7, 13), places=("002", "KE"), ipc=("F03D9/28",),
        readiness=8, ip_status="secret", deals=("supply",), amount_min=Decimal("10.5"), currency="KES",
        patents=(PatentRecord(office="EP", number="77"),),
        claims=(ClaimRecord(metric="lift", unit="m", value=Decimal("12.5")),),
        website="https://example.org/pump",
    )  # fmt: skip


# --- patent classes suggest fields


# --- two people, two tabs


# --- who may


@pytest.mark.parametrize("slug", ["basics", "claims"])
def test_draft_is_not_there_for_strangers_and_read_only_for_viewers(client: Client, slug: str) -> None:
    listing = make_draft()
    viewer, editor, stranger = make_user(), make_user(), owner_of(make_organisation())
    assert listing.organisation is not None
    add_member(listing.organisation, viewer, role=Membership.Role.VIEWER, by=None)
    add_member(listing.organisation, editor, role=Membership.Role.EDITOR, by=None)
    addresses = [step(listing, slug), reverse("listing_edit", args=[listing.pk])]
    signed_in(client, listing)
    sent = as_sent(client.get(addresses[0])) | {"title": ["Not mine"]}
    for person, expected in ((stranger, 404), (viewer, 403), (editor, 200)):
        client.force_login(person)
        assert [client.get(address).status_code for address in addresses] == [expected, expected]
        assert client.post(addresses[0], sent).status_code == (302 if expected == 200 else expected)
    client.logout()
    assert [client.get(address).status_code for address in addresses] == [302, 302]


def test_preview_is_for_the_organisation_and_moderators_only(client: Client) -> None:
    listing = make_draft()
    viewer = make_user()
    assert listing.organisation is not None
    add_member(listing.organisation, viewer, role=Membership.Role.VIEWER, by=None)
    address = reverse("listing", args=[listing.pk])
    assert client.get(address).status_code == 404
    seen = {}
    for name, person in {
        "owner": owner_of(listing.organisation), "viewer": viewer, "moderator": make_moderator(), "other": make_user(),
    }.items():  # fmt: skip
        client.force_login(person)
        seen[name] = client.get(address).status_code
    assert seen == {"owner": 200, "viewer": 200, "moderator": 200, "other": 404}


@pytest.mark.parametrize("make", [make_draft, make_submitted, make_published])
def test_public_listings_are_changed_and_handed_in_ones_are_not(client: Client, make: Any) -> None:
    listing = make()
    signed_in(client, listing)
    expected = 302 if listing.state == State.SUBMITTED else 200
    assert client.get(step(listing, "basics")).status_code == expected


def test_change_of_a_public_listing_keeps_a_version(client: Client) -> None:
    listing = make_published()
    signed_in(client, listing)
    sent = as_sent(client.get(step(listing, "basics"))) | {"title": ["Renamed"]}
    client.post(step(listing, "basics"), sent)
    assert [revision.version for revision in listing.revisions.all()] == [2, 1]


# --- saved while one types
