"""The index and the matches before the first request. A site whose search cluster is away starts all the same."""

from __future__ import annotations

from verdure.core.progress import Progress
from verdure.engine.documents import SearchUnavailable

from . import actions, tasks

AWAY = "the search cluster does not answer; the index worker goes on trying"


def search_index(progress: Progress) -> None:
    try:
        actions.catch_up(progress)
    except SearchUnavailable:
        tasks.make_ready.enqueue()
        progress(0, None, AWAY)


def matches(progress: Progress) -> None:
    try:
        actions.match_unmatched(progress)
    except SearchUnavailable:
        progress(0, None, AWAY)
