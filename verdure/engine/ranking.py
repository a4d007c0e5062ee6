"""Which documents answer a question, and in what order: the part that search and matching share.

A document is found by its words when it holds at least half of the query's weight (each word weighs its inverse
document frequency; all documents with any word, if none holds half), or by its meaning when its best passage is
clearly nearer to the query than unrelated texts are. A long query, such as a whole need, finds the best by each.
One whose whole title is the query comes first.
Which documents are found does not depend on filters, so totals and counts of facets agree with each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from verdure.engine import fuse
from verdure.engine.lexical import Filters, WordHits
from verdure.engine.query import Query
from verdure.engine.rows import Rows
from verdure.engine.snapshot import Snapshot

Mask = NDArray[np.bool_]

MOST_TITLED = 100

MOST_BY_WORDS = 10_000
"""Entries that are fetched by words. In a larger collection filters go into the query, and totals may be floors."""

HALF = 0.5
LONG_QUERY_FINDS = 200
"""Documents that a long query finds by its words, and by its meaning."""

MEANING_SHARE = 0.01
"""Part of a large collection that a query may find by meaning alone (never fewer than `LONG_QUERY_FINDS`)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for each of the n rows: `words` (BM25, 0 for none), `meaning` (cosine of the best passage), and
    whether it is `found`. None for a kind that was not asked. `is_complete` is False when words found too many.
    `titled` are the places of those whose whole title was asked for."""

    found: Mask
    words: fuse.Scores | None
    meaning: fuse.Scores | None
    is_complete: bool = True
    titled: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


def gather(
    snapshot: Snapshot, query: Query, vector: NDArray[np.float32] | None, *, words: bool = True, filters: Filters
) -> Evidence:
    """All evidence for a query. `vector` is its meaning, None to go by words alone.

    `filters` narrow what is fetched by words in a collection too large to fetch all; the caller still applies them.
    """
    rows = snapshot.rows
    by_words = _by_words(snapshot, query, filters, focus=vector is not None) if words else None
    by_meaning = None if vector is None else rows.similarities(vector)
    found = np.zeros(len(rows), dtype=np.bool_)
    if by_words is not None:
        found |= by_words.found
    if by_meaning is not None and not query.phrases:
        found |= _near(by_meaning, snapshot)
    titled = _titled(snapshot, query) if words else np.zeros(0, dtype=np.int64)
    found[titled] = True
    if query.excluded:
        found &= ~holding(snapshot, query.excluded)
    scores = by_words.words if by_words is not None else None
    return Evidence(found, scores, by_meaning, by_words is None or by_words.is_complete, titled)


def _titled(snapshot: Snapshot, query: Query) -> NDArray[np.int64]:
    if not query.name or query.phrases:
        return np.zeros(0, dtype=np.int64)
    places = snapshot.rows.places(snapshot.words.named(query.name, limit=MOST_TITLED))
    return places[places >= 0]


def _by_words(snapshot: Snapshot, query: Query, filters: Filters, *, focus: bool) -> Evidence:
    narrowed = filters if snapshot.words.entries > MOST_BY_WORDS else {}
    hits = snapshot.words.hits(query, filters=narrowed, limit=MOST_BY_WORDS)
    scores = _spread(hits, snapshot.rows)
    found = scores > 0
    if query.is_long:
        best = np.zeros(len(scores), dtype=np.bool_)
        best[fuse.top(scores, LONG_QUERY_FINDS)] = True
        found &= best
    elif len(query.words) > 1 and focus:
        covered = snapshot.words.coverage(query, filters=narrowed, limit=MOST_BY_WORDS)
        half = _spread(covered, snapshot.rows) >= HALF - 1e-4
        found = found & half if half.any() else found
    return Evidence(found, scores, None, hits.is_complete)


def _spread(hits: WordHits, rows: Rows) -> fuse.Scores:
    """Scores over all rows; a hit whose row is not there (yet) is left out."""
    scores = np.zeros(len(rows), dtype=np.float32)
    places = rows.places(hits.ids)
    scores[places[places >= 0]] = hits.scores[places >= 0]
    return scores


def _near(cosines: fuse.Scores, snapshot: Snapshot) -> Mask:
    near = np.zeros(len(cosines), dtype=np.bool_)
    near[fuse.top(cosines, max(LONG_QUERY_FINDS, int(len(cosines) * MEANING_SHARE)))] = True
    return near & (cosines >= snapshot.background.related)


def holding(snapshot: Snapshot, phrases: tuple[tuple[str, ...], ...]) -> Mask:
    """Rows of documents that hold any of the phrases."""
    mask = np.zeros(len(snapshot.rows), dtype=np.bool_)
    if phrases:
        places = snapshot.rows.places(snapshot.words.holding(phrases, limit=max(1, snapshot.words.entries)))
        mask[places[places >= 0]] = True
    return mask


def ranked(evidence: Evidence, chosen: Mask, rows: Rows) -> tuple[NDArray[np.int64], fuse.Scores]:
    """The chosen rows, best first, and their scores."""
    places = np.flatnonzero(chosen)
    if not len(places):
        return places, np.zeros(0, dtype=np.float32)
    every = fuse.fused(evidence.words, evidence.meaning)
    every[evidence.titled] += fuse.LIMIT
    scores = every[places]
    order = fuse.best_first(scores, rows.ids[places])
    return places[order], scores[order]


def without_past(rows: Rows, today: int | None) -> Mask:
    """Rows whose deadline is not before `today` (days since year 1), or that have none."""
    if today is None:
        return np.ones(len(rows), dtype=np.bool_)
    mask: Mask = (rows.deadline == 0) | (rows.deadline >= today)
    return mask
