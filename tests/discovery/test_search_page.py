"""The results page over HTTP: the whole query is in the address, hits are checked again, bad addresses give a page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.http import QueryDict
from django.test import Client

from tests.make import make_need, make_organisation, make_technology, owner_of
from verdure.discovery.pages.results import Asked
from verdure.listings import actions
from verdure.listings.models import Listing

pytestmark = pytest.mark.django_db(transaction=True)

Settle = Callable[[], None]


def titles(client: Client, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200
    return [row.listing.title for row in answer.context["page"].rows]


def test_words_find_and_are_marked(client: Client, settle: Settle) -> None:
    make_technology("Solar still for salt water")
    make_technology("Wind pump")
    settle()
    answer = client.get("/search/?q=still")
    assert [row.listing.title for row in answer.context["page"].rows] == ["Solar still for salt water"]
    assert "Solar <mark>still</mark> for salt water" in answer.content.decode()


def test_facets_narrow_and_count(client: Client, settle: Settle) -> None:
    make_technology("Solar still", organisation=make_organisation(country="FR"))
    make_technology("Salt still", organisation=make_organisation(country="KE"))
    make_need("A still is needed", organisation=make_organisation(country="KE"))
    settle()
    page = client.get("/search/?q=still&kind=technology").context["page"]
    counts = {facet.name: {value.value: value.count for value in facet.values} for facet in page.facets}
    assert page.total == 2
    assert counts["kind"] == {"technology": 2, "need": 1}
    assert counts["country"] == {"FR": 1, "KE": 1}
    assert titles(client, "/search/?q=still&kind=technology&country=KE") == ["Salt still"]
    assert len(titles(client, "/search/?kind=technology&kind=need")) == 3


def test_chips_take_one_filter_off(client: Client, settle: Settle) -> None:
    make_technology()
    settle()
    page = client.get("/search/?q=still&kind=technology&deal=supply").context["page"]
    assert [chip.remove_url for chip in page.chips] == [
        "/search/?q=still&deal=supply",
        "/search/?q=still&kind=technology",
    ]
    assert page.clear_url == "/search/?q=still"


def test_nothing_found_says_what_to_loosen(client: Client, settle: Settle) -> None:
    make_technology("Solar still", organisation=make_organisation(country="FR"))
    settle()
    page = client.get("/search/?q=still&country=KE").context["page"]
    assert page.total == 0
    assert [(way.url, way.count) for way in page.loosen] == [("/search/?q=still", 1)]


def test_misspelt_word_gets_a_suggestion(client: Client, settle: Settle) -> None:
    for place in ("coast", "island", "desert"):
        make_technology(f"Desalination for the {place}")
    settle()
    page = client.get("/search/?q=dessalination").context["page"]
    assert (page.suggestion.label, page.suggestion.url) == ("desalination", "/search/?q=desalination")


def test_words_alone_are_said_to_be(client: Client, settle: Settle) -> None:
    make_technology()
    settle()
    assert "Found by words alone" in client.get("/search/?q=still").content.decode()


def test_hit_that_is_no_longer_public_is_not_shown(client: Client, settle: Settle) -> None:
    listing = make_technology("Solar still")
    settle()
    assert listing.organisation is not None
    actions.withdraw(listing, by=owner_of(listing.organisation))
    assert "Solar still" not in client.get("/search/?q=still").content.decode()


def test_paging_shows_each_once(client: Client, settle: Settle) -> None:
    organisation = make_organisation()
    for number in range(23):
        make_technology(f"Still {number}", organisation=organisation)
    settle()
    first, second = titles(client, "/search/?q=still"), titles(client, "/search/?q=still&page=2")
    assert (len(first), len(second)) == (20, 3)
    assert len({*first, *second}) == 23


@pytest.mark.parametrize("rows", [1, 3])
def test_statements_do_not_grow_with_rows(
    client: Client, settle: Settle, rows: int, django_assert_num_queries: Callable[[int], object]
) -> None:
    for number in range(rows):
        make_technology(f"Still {number}")
    settle()
    client.get("/search/?q=still")
    with django_assert_num_queries(9):  # type: ignore[attr-defined]
        client.get("/search/?q=still")


@pytest.mark.parametrize(
    "query",
    [
        *("page=0", "page=-1", "page=99999999999999999999", "page=x", "sort=none", "kind=nonsense", "readiness=99"),
        *("field=..", "q=%00%01", f"q={'x' * 5000}", "q=%22unclosed", "q=-", "q=%F0%9F%8C%B1", "country=%E2%80%AE"),
        *("goal=abc", "language=zz"),
    ],
)
def test_odd_addresses_give_a_page(client: Client, settle: Settle, query: str) -> None:
    make_technology()
    settle()
    assert client.get(f"/search/?{query}").status_code == 200


def test_missing_index_is_said_plainly(client: Client) -> None:
    assert not settings.INDEX_FOLDER.exists()
    answer = client.get("/search/?q=still")
    assert answer.status_code == 503
    assert "made anew from the listings" in answer.content.decode()


def test_listing_page_shows_matches_with_reasons(client: Client, settle: Settle) -> None:
    technology, need = make_technology(), make_need()
    settle()
    shown = client.get(f"/listings/{need.pk}/").content.decode()
    assert f'href="/listings/{technology.pk}/"' in shown
    assert "same field: Desalination" in re.sub(r"\s+", " ", shown)


def test_listing_page_of_an_unpublished_listing_is_not_there(client: Client) -> None:
    listing = make_technology()
    Listing.objects.filter(pk=listing.pk).update(state="paused")
    assert client.get(f"/listings/{listing.pk}/").status_code == 404


def test_address_says_it_all() -> None:
    address = "q=two+words&kind=need&field=water&field=energy&sort=newest&page=3"
    assert Asked.read(QueryDict(address)).url() == f"/search/?{address}"


def test_listing_page_stays_up_without_an_index(client: Client) -> None:
    listing = make_technology("Solar still")
    answer = client.get(f"/listings/{listing.pk}/")
    assert answer.status_code == 200
    assert answer.context["page"].similar == []
