"""The index and what is made with it, before the first request. A site whose search cluster is away starts as well."""

from __future__ import annotations

from collections.abc import Callable

from verdure.core.progress import Progress
from verdure.engine.documents import SearchUnavailable

from . import actions, match_all, stored_queries as stored, tasks

AWAY = "the search cluster does not answer; the index worker goes on trying"


def search_index(progress: Progress) -> None:
    if not _done(actions.catch_up, progress):
        tasks.make_ready.enqueue()


def stored_queries(progress: Progress) -> None:
    _done(stored.keep_all_queries, progress)


def matches(progress: Progress) -> None:
    _done(match_all.match_unmatched, progress)


def _done(step: Callable[[Progress], None], progress: Progress) -> bool:
    try:
        step(progress)
    except SearchUnavailable:
        progress(0, None, AWAY)
        return False
    return True
