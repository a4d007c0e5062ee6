"""What follows when a listing changes: index it, then match it."""

from __future__ import annotations

from verdure.core.jobs import job
from verdure.listings.queries import public

from . import actions


@job()
def match_listings(ids: list[int]) -> None:
    actions.match_listings(ids)


@job(queue="index")
def index_listings(ids: list[int]) -> None:
    actions.index_listings(ids)
    match_listings.enqueue(ids)


@job()
def index_listings_of(ids: list[int]) -> None:
    """What the index holds of an organisation, its country say, stands in each of its listings."""
    index_listings.enqueue(list(public().filter(organisation__in=ids).values_list("pk", flat=True)))


@job(queue="index", attempts=3)
def catch_up() -> None:
    actions.catch_up()
