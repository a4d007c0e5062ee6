"""One project listed twice stands once in a list of matches, with a link to the other; without it, the other stands."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests.make import edited, make_need, make_technology, owner_of
from verdure.discovery.match_all import match_everything
from verdure.discovery.models import Match
from verdure.discovery.queries import also_listed, matches_of
from verdure.listings import actions
from verdure.listings.models import Listing
from verdure.listings.records import TextRecord

pytestmark = pytest.mark.django_db(transaction=True)

Settle = Callable[[], None]


def listed(listing: Listing) -> list[tuple[int, list[int]]]:
    """What a listing's page shows: each other side with those that are also listed."""
    found = list(matches_of(listing))
    also = also_listed(listing, found)
    other = "technology_id" if listing.kind == "need" else "need_id"
    return [(getattr(match, other), sorted(one.pk for one in also.get(match.pk, ()))) for match in found]


def withdraw(listing: Listing) -> None:
    assert listing.organisation is not None
    actions.withdraw(listing, by=owner_of(listing.organisation))


def change(listing: Listing, **fields: object) -> None:
    assert listing.organisation is not None
    actions.change(listing, edited(listing, **fields), by=owner_of(listing.organisation))


FOG = "Nets between two poles catch drops of fog, which fall into a trough; a family mends them with needle and thread."
OTHER = "A kite of cloth gathers dew at night on hills above the coast and leads it down a pipe to a cistern."


@pytest.fixture
def pair(settle: Settle) -> tuple[Listing, Listing, Listing, Listing]:
    """A need; a technology listed twice; another."""
    need = make_need()
    first, second = make_technology("Solar still for salt water"), make_technology("Solar still for saline water")
    other = make_technology("Dew catcher", texts=(_text("Dew catcher", OTHER),))
    settle()
    return need, first, second, other


def _text(title: str, description: str) -> TextRecord:
    return TextRecord(language="en", title=title, summary="Drinking water from the air.", description=description)


def test_the_better_stands_for_both(pair: tuple[Listing, ...]) -> None:
    need, first, second, other = pair
    assert sorted(listed(need)) == [(first.pk, [second.pk]), (other.pk, [])]
    assert listed(second) == [(need.pk, [])]
    assert Match.objects.count() == 3


@pytest.mark.parametrize("leader_goes", [True, False])
def test_when_one_is_withdrawn_the_other_stands_alone(
    pair: tuple[Listing, ...], leader_goes: bool, settle: Settle
) -> None:
    need, first, second, other = pair
    gone, left = (first, second) if leader_goes else (second, first)
    withdraw(gone)
    assert sorted(listed(need)) == sorted([(left.pk, []), (other.pk, [])])  # at once
    settle()
    assert sorted(listed(need)) == sorted([(left.pk, []), (other.pk, [])])
    assert not Match.objects.exclude(technology_under=None).exists()


@pytest.mark.parametrize("leader_changes", [True, False])
def test_when_one_is_rewritten_both_stand(pair: tuple[Listing, ...], leader_changes: bool, settle: Settle) -> None:
    need, first, second, other = pair
    change(first if leader_changes else second, title="Fog nets", summary="Drinking water from fog.", description=FOG)
    settle()
    assert sorted(listed(need)) == sorted([(first.pk, []), (second.pk, []), (other.pk, [])])


def test_needs_are_grouped_for_a_technology_too(settle: Settle) -> None:
    technology = make_technology()
    needs = [make_need("Drinking water for a dry island"), make_need("Drinking water for a dry islet")]
    settle()
    ((shown, also),) = listed(technology)
    assert sorted([shown, *also]) == [need.pk for need in needs]
    assert [listed(need) for need in needs] == [[(technology.pk, [])]] * 2


def test_the_batch_groups_alike(pair: tuple[Listing, ...]) -> None:
    before = [listed(one) for one in pair]
    Match.objects.all().delete()
    match_everything()
    assert [[{one, *also} for one, also in found] for found in before] == [
        [{one, *also} for one, also in listed(listing)] for listing in pair
    ]


def test_the_page_links_the_other(pair: tuple[Listing, ...], client: Client) -> None:
    need, first, second, _other = pair
    page = client.get(need.get_absolute_url()).content.decode()
    assert page.count("Also listed as") == 1
    at = page.index("Also listed as")
    assert f'href="{second.get_absolute_url()}"' in page[at : at + 300]
    assert page.count(f'href="{second.get_absolute_url()}"') == page.count(f'href="{first.get_absolute_url()}"') == 1
    assert "Also listed as" not in client.get(second.get_absolute_url()).content.decode()
