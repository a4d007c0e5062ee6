"""What follows when a listing changes: index it, match it, and tell the stored queries that it meets.

While the search cluster is away, all of it waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from verdure.core.jobs import Postponed, job
from verdure.engine.documents import SearchUnavailable
from verdure.listings.queries import public

from . import actions, match_all, stored_queries

# A long list is done a few at a time, its rest after whatever else waits: what one person has just published does not
# stand behind an import of thousands.
LATER = -10
AT_A_TIME = 10


@contextmanager
def once_it_answers() -> Iterator[None]:
    try:
        yield
    except SearchUnavailable as reason:
        raise Postponed(str(reason)) from reason


@job()
def match_listings(ids: list[int]) -> None:
    with once_it_answers():
        actions.match_listings(ids[:AT_A_TIME])
    if rest := ids[AT_A_TIME:]:
        match_listings.using(priority=LATER).enqueue(rest)


@job(attempts=8)
def meet_queries(ids: list[int]) -> None:
    try:
        with once_it_answers():
            stored_queries.meet_queries(ids[:AT_A_TIME])
    except stored_queries.StoreBehind:
        keep_all_queries.enqueue()  # this job's later attempts find what it has filled
        raise
    if rest := ids[AT_A_TIME:]:
        meet_queries.using(priority=LATER).enqueue(rest)


@job(queue="index")
def keep_all_queries() -> None:
    with once_it_answers():
        stored_queries.keep_all_queries()


@job(queue="index")
def keep_queries(ids: list[int]) -> None:
    with once_it_answers():
        stored_queries.keep_queries(ids)


@job(queue="index")
def index_listings(ids: list[int]) -> None:
    now, rest = ids[:AT_A_TIME], ids[AT_A_TIME:]
    with once_it_answers():
        was_lost = actions.index_listings(now)
    if was_lost:
        catch_up.using(priority=LATER).enqueue()
    for follow_up in (match_listings, meet_queries):
        follow_up.using(priority=LATER if rest else 0).enqueue(now)
    if rest:
        index_listings.using(priority=LATER).enqueue(rest)


@job()
def index_listings_of(ids: list[int]) -> None:
    """What the index holds of an organisation, its country say, stands in each of its listings."""
    index_listings.enqueue(list(public().filter(organisation__in=ids).values_list("pk", flat=True)))


@job(queue="index", attempts=3)
def catch_up() -> None:
    with once_it_answers():
        actions.catch_up()
        stored_queries.keep_all_queries()


@job(queue="index", attempts=3)
def make_ready() -> None:
    """What `prepare` could not do because the search cluster was away."""
    with once_it_answers():
        actions.catch_up()
        stored_queries.keep_all_queries()
        match_all.match_unmatched()
