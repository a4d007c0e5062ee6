"""A site whose index is in a cluster: found and matched as ever; plain and patient while the cluster is down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests.engine.conformance.backends import remove
from tests.make import make_need, make_technology, owner_of
from tests.ports import free_port
from tests.search_cluster import fresh_url
from tools.cluster.nodes import LocalCluster
from verdure.core.jobs import WHILE_AWAY
from verdure.core.progress import silent
from verdure.core.worker import run_waiting
from verdure.discovery import actions as discovery, prepare, queries
from verdure.discovery.index import reader
from verdure.engine.cluster.address import ClusterAddress
from verdure.engine.cluster.index import ClusterIndex
from verdure.engine.documents import SearchUnavailable
from verdure.listings import actions
from verdure.listings.models import Listing

pytestmark = pytest.mark.django_db(transaction=True)

Settle = Callable[[], None]


@pytest.fixture
def site(settings: Any, search_cluster: LocalCluster) -> Iterator[LocalCluster]:
    """The site's index lies in the cluster, under a prefix of this test."""
    settings.SEARCH_URL = fresh_url(search_cluster)
    yield search_cluster
    index = reader()
    assert isinstance(index, ClusterIndex)
    index.close()
    remove(address_of_site())


def titles(client: Client, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200
    return [row.listing.title for row in answer.context["page"].rows]


def address_of_site() -> ClusterAddress:
    return ClusterAddress.parse(django_settings.SEARCH_URL)


def withdraw(listing: Listing) -> None:
    assert listing.organisation is not None
    actions.withdraw(listing, by=owner_of(listing.organisation))


def test_a_listing_is_found_and_matched_and_taken_back(site: LocalCluster, client: Client, settle: Settle) -> None:
    technology, need = make_technology("Solar still"), make_need("A still for an island")
    settle()
    assert titles(client, "/search/?q=solar+still") == ["Solar still", "A still for an island"]
    assert [match.technology_id for match in queries.matches_of(need)] == [technology.pk]
    withdraw(technology)
    settle()
    assert reader().state().documents == 1
    assert list(queries.matches_of(need)) == []


def test_catch_up_and_rebuild_bring_the_index_to_what_the_database_says(site: LocalCluster, client: Client) -> None:
    make_technology("Solar still")
    gone = make_technology("Wind still")
    discovery.catch_up()
    withdraw(gone)
    make_technology("Salt still")
    discovery.catch_up()
    assert set(titles(client, "/search/?q=still")) == {"Solar still", "Salt still"}
    assert discovery.rebuild_index() == 2
    assert set(titles(client, "/search/?q=still")) == {"Solar still", "Salt still"}


def test_a_cluster_that_lost_its_data_is_filled_again(site: LocalCluster, client: Client, settle: Settle) -> None:
    """Nobody but the first writer to find nothing there can tell that all is gone."""
    for name in ("Solar", "Wind", "Salt"):
        make_technology(f"{name} still")
    settle()
    remove(address_of_site())
    make_technology("Tidal still")
    settle()
    assert len(titles(client, "/search/?q=still")) == 4
    assert DBTaskResult.objects.failed().count() == 0


def test_a_site_outlives_its_search_cluster_and_catches_up(
    site: LocalCluster, client: Client, settle: Settle, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same site, asked at an address where nobody answers, and then at the old one again."""
    before = make_technology("Solar still")
    settle()
    there = settings.SEARCH_URL
    settings.SEARCH_URL = f"opensearch://127.0.0.1:{free_port()}/nobody"
    monkeypatch.setattr("verdure.discovery.index.PATIENCE", 0.5)

    with pytest.raises(SearchUnavailable):
        reader().state()
    answer = client.get("/search/?q=still")
    assert (answer.status_code, "The search does not answer" in answer.content.decode()) == (503, True)
    assert (answer["Retry-After"], answer.has_header("HX-Redirect")) == ("60", False)
    live = client.get("/search/?q=still&kind=need", headers={"HX-Request": "true"})
    assert (live.status_code, live["HX-Redirect"]) == (503, "/search/?q=still&kind=need")
    listing = client.get(f"/listings/{before.pk}/")
    assert (listing.status_code, listing.context["page"].similar) == (200, [])
    with pytest.raises(CommandError, match="SEARCH_URL"):
        call_command("index", "state")

    missed = make_need("A still for an island")
    prepare.search_index(silent)
    prepare.matches(silent)
    with time_machine.travel(timezone.now(), tick=True) as clock:
        for _ in range(6):
            run_waiting("index", "default")
            clock.shift(WHILE_AWAY + timedelta(seconds=1))
        waiting = DBTaskResult.objects.ready()
        assert sorted(job.task_path.rpartition(".")[2] for job in waiting) == ["index_listings", "make_ready"]
        assert [job.worker_ids for job in waiting] == [[], []]

        settings.SEARCH_URL = there
        clock.shift(WHILE_AWAY + timedelta(seconds=1))
        run_waiting("index", "default")
    assert DBTaskResult.objects.failed().count() == 0
    assert set(titles(client, "/search/?q=still")) == {"Solar still", "A still for an island"}
    assert [match.technology_id for match in queries.matches_of(missed)] == [before.pk]
