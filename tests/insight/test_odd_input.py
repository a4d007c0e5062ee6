"""What no person types, and what a database cannot take: every page answers it, none breaks."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.make import make_moderator, make_technology, owner_of
from verdure.core.worker import run_waiting

pytestmark = pytest.mark.django_db

HUGE = "9" * 30
ADDRESSES = [
    ("/search/?q=%00", 200),
    ("/search/?q=still&country=%00&field=%00&page=%00", 200),
    (f"/search/?q=still&page={HUGE}", 200),
    (f"/listings/{HUGE}/", 404),
    (f"/listings/{HUGE}/edit/", 404),
    ("/listings/{pk}/?language=%00", 200),
    ("/listings/new/%00/", 404),
    ("/listings/new/?kind=%00", 200),
    (f"/listings/{{pk}}/files/{HUGE}/", 404),
    (f"/organisations/{HUGE}/", 404),
    ("/organisations/{organisation}/?page=%00", 200),
    (f"/organisations/{{organisation}}/?page={HUGE}", 200),
    ("/desk/?page=%00", 200),
    (f"/desk/?page={HUGE}", 200),
    (f"/import/{HUGE}/", 404),
    ("/import/?kind=%00", 200),
    (f"/moderation/{HUGE}/", 404),
]


@pytest.mark.parametrize(("address", "status"), ADDRESSES)
def test_odd_address_is_answered(client: Client, address: str, status: int) -> None:
    listing = make_technology()
    run_waiting("index")
    client.force_login(make_moderator())
    answer = client.get(address.format(pk=listing.pk, organisation=listing.organisation_id))
    assert answer.status_code == status


def test_sign_in_with_nul_is_refused(client: Client) -> None:
    answer = client.post("/accounts/login/", {"login": "a\0b@example.org", "password": "\0"})
    assert (answer.status_code, b"Null characters are not allowed." in answer.content) == (200, True)


def test_organisation_with_nul_is_refused(client: Client) -> None:
    organisation = make_technology().organisation
    assert organisation is not None
    client.force_login(owner_of(organisation))
    answer = client.post(f"/organisations/{organisation.pk}/edit/", {"name": "Wor\0ks", "type": "company"})
    organisation.refresh_from_db()
    assert (answer.status_code, "\0" in organisation.name) == (422, False)
