"""What follows when a listing changes: the index and the matches come to agree with the database."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest
from django.conf import settings
from django_tasks_db.models import DBTaskResult

from tests.make import edited, make_need, make_organisation, make_technology, owner_of
from verdure.accounts import actions as accounts
from verdure.discovery import actions as discovery, tasks
from verdure.discovery.index import reader
from verdure.discovery.models import Match
from verdure.discovery.queries import matches_of, newest_matches, search, similar
from verdure.engine.documents import SearchRequest
from verdure.listings import actions
from verdure.listings.models import Listing

pytestmark = pytest.mark.django_db(transaction=True)

Settle = Callable[[], None]


def found(text: str, **filters: tuple[str, ...]) -> set[int]:
    return {listing.pk for listing, _hit in search(SearchRequest(text=text, filters=filters)).pairs}


def owner(listing: Listing) -> object:
    assert listing.organisation is not None
    return owner_of(listing.organisation)


def test_published_listing_is_found(settle: Settle) -> None:
    listing = make_technology("Solar still for brackish water")
    settle()
    assert found("still") == {listing.pk}
    assert found("windmill") == set()


def test_edited_listing_is_found_by_its_new_words_only(settle: Settle) -> None:
    listing = make_technology("Solar still")
    settle()
    actions.change(listing, edited(listing, title="Bicycle pump"), by=owner(listing))  # type: ignore[arg-type]
    settle()
    assert found("bicycle") == {listing.pk}
    other = make_technology("Cold store")
    settle()
    assert found("cold") == {other.pk}


@pytest.mark.parametrize("verb", [actions.withdraw, actions.pause])
def test_listing_taken_back_is_gone_at_once_and_from_the_index_after(verb: Callable[..., None], settle: Settle) -> None:
    listing, need = make_technology(), make_need()
    settle()
    assert [match.technology_id for match in matches_of(need)] == [listing.pk]
    verb(listing, by=owner(listing))
    assert found("still") == set()
    assert list(matches_of(need)) == []
    settle()
    assert reader().state().documents == 1
    assert Match.objects.count() == 0


def test_need_and_technology_match_both_ways_with_reasons(settle: Settle) -> None:
    technology, need = make_technology(), make_need()
    settle()
    (match,) = matches_of(need)
    assert (match.technology_id, match.need_id) == (technology.pk, need.pk)
    assert [pair.pk for pair in matches_of(technology)] == [match.pk]
    verdicts = {reason["kind"]: reason["verdict"] for reason in match.reasons}
    assert verdicts["field"] == "agree"
    assert verdicts["deal"] == "agree"
    assert verdicts["words"] == "agree"
    assert 0 < match.score <= 1


def test_own_listings_never_match(settle: Settle) -> None:
    organisation = make_organisation()
    make_technology(organisation=organisation)
    make_need(organisation=organisation)
    settle()
    assert Match.objects.count() == 0


def test_a_person_s_answer_outlives_the_match(settle: Settle) -> None:
    technology, need = make_technology(), make_need()
    settle()
    Match.objects.update(need_state=Match.State.PASSED, need_reason=Match.Pass.PRICE)
    actions.withdraw(technology, by=owner(technology))  # type: ignore[arg-type]
    settle()
    assert Match.objects.get().need_reason == "price"
    assert list(matches_of(need)) == []


def test_change_of_the_owner_s_country_reaches_the_index(settle: Settle) -> None:
    organisation = make_organisation(country="KE")
    listing = make_technology(organisation=organisation)
    settle()
    accounts.change_organisation(organisation, by=owner_of(organisation), country="UG")
    settle()
    settle()
    assert found("", country=("KE",)) == set()
    assert found("", country=("UG",)) == {listing.pk}


def test_similar_are_of_the_same_kind_and_public(settle: Settle) -> None:
    first, second = make_technology("Solar still with a wick"), make_technology("Solar still with a pane")
    make_need("A solar still")
    hidden = make_technology("Solar still without anything")
    settle()
    actions.pause(hidden, by=owner(hidden))  # type: ignore[arg-type]
    assert [listing.pk for listing in similar(first)] == [second.pk]


def test_newest_matches_give_one_a_need(settle: Settle) -> None:
    for title in ("Still one", "Still two", "Still three"):
        make_technology(title)
    needs = [make_need("Water for an island"), make_need("Water for a village")]
    settle()
    assert {match.need_id for match in newest_matches(3)} == {need.pk for need in needs}


def test_lost_index_is_made_again_from_the_database(settle: Settle) -> None:
    listings = {make_technology(title).pk for title in ("Solar still", "Salt still")}
    settle()
    shutil.rmtree(settings.INDEX_FOLDER)
    discovery.catch_up()
    assert found("still") == listings


def test_catch_up_puts_and_deletes_what_the_index_missed() -> None:
    kept, gone = make_technology("Solar still"), make_technology("Wind still")
    discovery.catch_up()
    actions.withdraw(gone, by=owner(gone))  # type: ignore[arg-type]
    missed = make_technology("Salt still")
    discovery.catch_up()
    assert reader().state().documents == 2
    assert found("still") == {kept.pk, missed.pk}


def test_rebuild_leaves_the_same_index(settle: Settle) -> None:
    listing = make_technology("Solar still")
    settle()
    assert discovery.rebuild_index() == 1
    assert found("still") == {listing.pk}


def test_indexing_twice_changes_nothing(settle: Settle) -> None:
    listing = make_technology("Solar still")
    discovery.index_listings([listing.pk])
    discovery.index_listings([listing.pk, 999_999])
    assert reader().state().documents == 1


@pytest.mark.parametrize("part", ["words/meta.json", "rows/manifest.json"])
def test_damaged_index_is_made_again(part: str, settle: Settle) -> None:
    listing = make_technology("Solar still")
    settle()
    (damaged,) = settings.INDEX_FOLDER.glob(f"g*/{part}")
    damaged.write_text("{}")
    discovery.catch_up()
    assert found("still") == {listing.pk}


def test_a_long_list_lets_others_pass() -> None:
    """Of an import's listings a few are done at once; the rest waits behind what a person publishes meanwhile."""
    discovery.catch_up()
    organisation = make_organisation()
    imported = [make_technology(f"Still {number}", organisation=organisation).pk for number in range(12)]
    DBTaskResult.objects.all().delete()
    tasks.index_listings.enqueue(imported)
    one = make_technology("Bicycle pump")
    order: list[int] = []
    for _ in range(3):
        job = DBTaskResult.objects.ready().filter(queue_name="index").first()
        assert job is not None
        order.append(len(job.args_kwargs["args"][0]))
        job.task.call(*job.args_kwargs["args"])
        job.delete()
    assert order == [12, 1, 2]
    assert found("pump") == {one.pk}
    assert found("still") == set(imported)
