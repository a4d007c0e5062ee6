"""Saved searches: who may do what with them, and which listings they find, each once whatever happens twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoAssertNumQueries

from tests.make import edited, make_draft, make_moderator, make_need, make_technology, make_user, owner_of
from verdure.accounts.models import User
from verdure.core.models import Activity
from verdure.core.worker import run_waiting
from verdure.discovery import actions as discovery, stored_queries, tasks
from verdure.discovery.models import StoredQuery, StoredQueryHit
from verdure.discovery.queries import hits_of, stored_queries_of
from verdure.discovery.stored_queries import (
    NothingAsked,
    StoreBehind,
    TooManyStoredQueries,
    change_query,
    keep_all_queries,
    meet_queries,
    pause_query,
    remove_query,
    resume_query,
    store_query,
)
from verdure.listings import actions
from verdure.listings.models import Listing

pytestmark = pytest.mark.django_db(transaction=True)

Settle = Callable[[], None]


@pytest.fixture(autouse=True)
def prepared(transactional_db: None) -> None:
    """As a site is before its first request: with an index, if an empty one."""
    discovery.catch_up()


def make_query(text: str = "still", *, by: User | None = None, **filters: list[str]) -> StoredQuery:
    return store_query(text=text, filters=filters, language="en", by=by or make_user())


def found(query: StoredQuery) -> list[int]:
    return sorted(query.hits.values_list("listing", flat=True))


def owner(listing: Listing) -> User:
    assert listing.organisation is not None
    return owner_of(listing.organisation)


def waiting(queue: str) -> list[str]:
    return [job.task_path.rsplit(".", 1)[1] for job in DBTaskResult.objects.ready().filter(queue_name=queue)]


def test_a_published_listing_meets_the_queries_that_search_would_find_it_by(settle: Settle) -> None:
    words, phrase, other = make_query("stills"), make_query('"brackish water" -salt'), make_query("windmill rotor")
    fits = make_query("still", kind=["technology"], field=["water"], readiness=["7", "8"])
    not_this_kind, not_this_place = make_query("still", kind=["need"]), make_query("", country=["PE"])
    filters_alone = make_query("", deal=["supply"], place=["UG"])
    listing = make_technology("Solar still for brackish water")
    settle()
    assert [found(query) for query in (words, phrase, fits, filters_alone)] == [[listing.pk]] * 4
    assert [found(query) for query in (other, not_this_kind, not_this_place)] == [[]] * 3
    (hit,) = words.hits.all()
    assert hit.score == 1.0


def test_a_query_in_another_language_is_met_by_the_concepts_it_names(settle: Settle) -> None:
    """By words alone: the tests have no text model."""
    french = store_query(text="pompe à chaleur", filters={}, language="fr", by=make_user())
    chinese = store_query(text="热泵", filters={}, language="zh", by=make_user())
    other = store_query(text="éolienne", filters={}, language="fr", by=make_user())
    listing = make_technology("Heat pump for drying fruit")
    settle()
    assert [found(query) for query in (french, chinese, other)] == [[listing.pk], [listing.pk], []]


def test_an_edited_listing_meets_by_its_new_words(settle: Settle) -> None:
    query, listing = make_query("bicycle"), make_technology("Solar still")
    settle()
    assert found(query) == []
    actions.change(listing, edited(listing, title="Bicycle pump"), by=owner(listing))
    settle()
    assert found(query) == [listing.pk]


def test_what_is_not_public_meets_nothing(settle: Settle) -> None:
    query, draft = make_query("still"), make_draft()
    paused = make_technology("Still in the sun")
    actions.pause(paused, by=owner(paused))
    settle()
    meet_queries([draft.pk, paused.pk, 999_999])
    assert found(query) == []


def test_a_pair_is_recorded_once_whatever_runs_again(settle: Settle) -> None:
    query, listing = make_query("still"), make_technology("Solar still")
    settle()
    first = StoredQueryHit.objects.get()
    for _ in range(3):
        tasks.meet_queries.enqueue([listing.pk])
        tasks.index_listings.enqueue([listing.pk])
    actions.change(listing, edited(listing, title="Solar still, improved"), by=owner(listing))
    settle()
    assert StoredQueryHit.objects.get() == first
    assert StoredQueryHit.objects.get().found_at == first.found_at
    with pytest.raises(IntegrityError):
        StoredQueryHit.objects.create(query=query, listing=listing, score=1)


def test_a_query_saved_a_moment_ago_is_not_missed() -> None:
    """The index worker has not taken it up yet; nor its change."""
    new, changed = make_query("still"), make_query("windmill")
    run_waiting("index")
    change_query(changed, text="still", filters={}, by=changed.owner)
    newest = make_query("solar")
    listing = make_technology("Solar still")
    tasks.index_listings.call([listing.pk])
    run_waiting("default")
    assert waiting("index")[:2] == ["keep_queries", "keep_queries"]
    assert [found(query) for query in (new, changed, newest)] == [[listing.pk]] * 3


def test_a_change_counts_for_what_comes_after_it(settle: Settle) -> None:
    query, first = make_query("still"), make_technology("Solar still")
    settle()
    change_query(query, text="pump", filters={"kind": ["technology"]}, by=query.owner)
    second, _third, fourth = make_technology("Solar still two"), make_need("A pump"), make_technology("Hand pump")
    settle()
    assert found(query) == [first.pk, fourth.pk]
    assert (query.version, StoredQuery.objects.get().pending, second.pk in found(query)) == (2, False, False)


def test_nothing_meets_a_paused_query(settle: Settle) -> None:
    query = make_query("still")
    settle()
    pause_query(query, by=query.owner)
    early = make_technology("Solar still")  # the store holds the query still
    tasks.index_listings.call([early.pk])
    run_waiting("default")
    settle()
    resume_query(query, by=query.owner)
    late = make_technology("Salt still")
    settle()
    assert found(query) == [late.pk]


def test_a_removed_query_is_gone_with_what_it_found(settle: Settle) -> None:
    query, kept = make_query("still"), make_query("still")
    listing = make_technology("Solar still")
    settle()
    remove_query(query, by=query.owner)
    another = make_technology("Salt still")
    settle()
    assert list(StoredQuery.objects.all()) == [kept]
    assert sorted(StoredQueryHit.objects.values_list("query", "listing")) == [
        (kept.pk, listing.pk),
        (kept.pk, another.pk),
    ]


def test_a_lost_store_is_filled_from_the_database(settle: Settle) -> None:
    queries = [make_query("still"), make_query("pump")]
    settle()
    shutil.rmtree(settings.INDEX_FOLDER / "stored-queries")
    listing = make_technology("Solar still")
    run_waiting("index")
    with pytest.raises(StoreBehind):
        meet_queries([listing.pk])
    with pytest.raises(StoreBehind):
        tasks.meet_queries.call([listing.pk])
    assert waiting("index") == ["keep_all_queries"]
    run_waiting("index")
    meet_queries([listing.pk])
    assert [found(query) for query in queries] == [[listing.pk], []]


def test_catching_up_puts_right_what_the_store_missed(settle: Settle) -> None:
    kept, changed, removed, paused = (make_query(text) for text in ("still", "windmill", "still", "still"))
    settle()
    change_query(changed, text="solar", filters={}, by=changed.owner)
    pause_query(paused, by=paused.owner)
    removed_pk = removed.pk
    remove_query(removed, by=removed.owner)
    DBTaskResult.objects.all().delete()  # as though these jobs had never been
    keep_all_queries()
    assert not StoredQuery.objects.filter(pending=True).exists()
    stored = stored_queries._newest(str(stored_queries._folder()), stored_queries._settings()).get()
    assert stored.stamps == {kept.pk: 1, changed.pk: 2}
    assert removed_pk not in stored.stamps
    listing = make_technology("Solar still")
    settle()
    assert [found(query) for query in (kept, changed, paused)] == [[listing.pk], [listing.pk], []]


def test_without_stored_queries_nothing_is_made(settle: Settle) -> None:
    make_technology()
    settle()
    keep_all_queries()
    assert not (settings.INDEX_FOLDER / "stored-queries").exists()


def test_only_the_owner_reads_and_changes_a_query(settle: Settle) -> None:
    query, listing = make_query("still"), make_technology("Solar still")
    settle()
    gone = make_user(is_active=False)
    query_of_gone = StoredQuery.objects.create(owner=gone, text="still")
    strangers = [make_user(), make_moderator(), make_user(is_superuser=False)]
    for stranger in strangers:
        assert [*stored_queries_of(stranger), *hits_of(query, by=stranger)] == []
        for attempt in (pause_query, resume_query, remove_query):
            with pytest.raises(PermissionDenied):
                attempt(query, by=stranger)
        with pytest.raises(PermissionDenied):
            change_query(query, text="pump", filters={}, by=stranger)
    assert [
        *stored_queries_of(AnonymousUser()),
        *hits_of(query, by=AnonymousUser()),
        *hits_of(query_of_gone, by=gone),
    ] == []
    assert list(stored_queries_of(query.owner)) == [query]
    assert [hit.listing for hit in hits_of(query, by=query.owner)] == [listing]
    query.refresh_from_db()
    assert (query.text, query.paused, query.version) == ("still", False, 1)


def test_hits_are_shown_while_their_listing_is_public(settle: Settle) -> None:
    query, listing = make_query("still"), make_technology("Solar still")
    settle()
    actions.pause(listing, by=owner(listing))
    assert list(hits_of(query, by=query.owner)) == []
    assert found(query) == [listing.pk]


@pytest.mark.parametrize(
    ("text", "filters", "reason"),
    [
        ("", {}, NothingAsked),
        ("  \x00 ", {"kind": []}, NothingAsked),
        ("still", {"colour": ["red"]}, ValueError),
    ],
)
def test_what_cannot_be_asked_is_refused(text: str, filters: dict[str, list[str]], reason: type[Exception]) -> None:
    query = make_query("still")
    with pytest.raises(reason):
        store_query(text=text, filters=filters, by=query.owner)
    with pytest.raises(reason):
        change_query(query, text=text, filters=filters, by=query.owner)
    assert [(query.text, query.version) for query in StoredQuery.objects.all()] == [("still", 1)]


def test_a_person_has_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_queries, "MOST", 2)
    person = make_user()
    for text in ("one", "two"):
        make_query(text, by=person)
    with pytest.raises(TooManyStoredQueries, match="2 saved searches"):
        make_query("three", by=person)
    make_query("three")


def test_a_query_is_kept_in_one_form() -> None:
    query = make_query("  solar\n  still ", kind=["need", "need"], field=[])
    assert (query.text, query.filters) == ("solar still", {"kind": ["need"]})


def test_each_verb_is_an_activity_that_tells_nothing_of_the_query() -> None:
    query = make_query("very secret plan")
    change_query(query, text="other secret plan", filters={}, by=query.owner)
    pause_query(query, by=query.owner)
    resume_query(query, by=query.owner)
    remove_query(query, by=query.owner)
    rows = Activity.objects.filter(subject_type="discovery.storedquery").order_by("pk")
    assert [(row.verb, row.by, row.data) for row in rows] == [
        (f"stored_query.{verb}", query.owner, {}) for verb in ("stored", "changed", "paused", "resumed", "removed")
    ]
    assert waiting("index") == ["keep_queries"] * 5


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("pending", "statements"), [(False, 16), (True, 16)])
def test_meeting_takes_as_many_statements_for_many_queries(
    rows: int, pending: bool, statements: int, settle: Settle, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    listing = make_technology("Solar still")
    settle()
    for _ in range(rows):
        make_query("still")
    if not pending:
        settle()
    with django_assert_num_queries(statements):
        meet_queries([listing.pk])
    assert StoredQueryHit.objects.count() == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_hits_are_read_in_two_statements(
    rows: int, settle: Settle, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    query = make_query("still")
    for number in range(rows):
        make_technology(f"Still {number}")
    settle()
    with django_assert_num_queries(2):
        assert (
            len([(hit.listing.organisation, hit.listing.texts.all()) for hit in hits_of(query, by=query.owner)]) == rows
        )
