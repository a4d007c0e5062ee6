"""An organisation's public page."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from tests.make import (
    make_draft,
    make_moderator,
    make_need,
    make_organisation,
    make_submitted,
    make_technology,
    make_user,
    owner_of,
)
from verdure.listings import actions

pytestmark = pytest.mark.django_db


def test_page_shows_what_is_public_technologies_first(client: Client) -> None:
    organisation = make_organisation(name="Lamu Water Works", type="company", website="https://lamu.example.org")
    need, technology = (make("x", organisation=organisation) for make in (make_need, make_technology))
    make_draft(organisation=organisation)
    make_submitted(organisation=organisation)
    hidden = make_technology("Paused", organisation=organisation)
    actions.pause(hidden, by=owner_of(organisation))
    make_technology("Of another")
    page = client.get(organisation.get_absolute_url())
    assert (page.status_code, page.context["country_name"]) == (200, "Kenya")
    assert [row.listing.url for row in page.context["rows"]] == [
        technology.get_absolute_url(),
        need.get_absolute_url(),
    ]
    assert page.context["counts"] == {"technologies": 1, "needs": 1}


def test_page_of_an_organisation_that_lists_nothing_says_so(client: Client) -> None:
    page = client.get(make_organisation().get_absolute_url())
    assert (page.status_code, page.context["rows"]) == (200, [])
    assert "Nothing is listed now" in page.content.decode()


def test_long_list_comes_in_pages(client: Client) -> None:
    organisation, moderator = make_organisation(), make_moderator()
    for _ in range(26):
        listing = make_submitted(organisation=organisation)
        actions.approve(listing, by=moderator)
    first = client.get(organisation.get_absolute_url())
    assert (len(first.context["rows"]), first.context["pages"].next_url) == (25, "?page=2")
    second = client.get(organisation.get_absolute_url(), {"page": "2"})
    assert (len(second.context["rows"]), second.context["pages"].next_url) == (1, "")
    assert client.get(organisation.get_absolute_url(), {"page": "nonsense"}).context["pages"].number == 1


@pytest.mark.parametrize("count", [1, 3])
def test_page_asks_the_database_as_often_for_three_as_for_one(
    client: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    organisation = make_organisation()
    for _ in range(count):
        make_technology(organisation=organisation)
    with django_assert_num_queries(12):  # organisation, two counts, page, eight parts of its listings
        client.get(organisation.get_absolute_url())


def test_only_owner_and_secretariat_are_offered_to_edit(client: Client) -> None:
    organisation = make_organisation()
    edit = reverse("organisation_edit", args=[organisation.pk])
    offered = {}
    for name, person in {
        "owner": owner_of(organisation),
        "secretariat": make_moderator(),
        "other": make_user(),
    }.items():
        client.force_login(person)
        offered[name] = edit in client.get(organisation.get_absolute_url()).content.decode()
    assert offered == {"owner": True, "secretariat": True, "other": False}


def test_unknown_organisation_is_not_found(client: Client) -> None:
    assert client.get(reverse("organisation", args=[77])).status_code == 404
