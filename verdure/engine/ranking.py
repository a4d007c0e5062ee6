"""Which documents answer a question, and in what order: the part that search and matching share.

A document is found by its words when it holds at least half of the query's weight (each word weighs its inverse
document frequency; all documents with any word, if none holds half), or by its meaning when its best passage is
clearly nearer to the query than unrelated texts are. A long query, such as a whole need, finds the best by each.
One whose whole title is the query comes first.

In a collection of up to `SMALL` entries every row is a candidate, and what is found does not depend on filters, so
totals and counts of facets agree with each other. In a larger one the candidates are the best by words and the best
by meaning of those that pass the filters; totals may be floors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verdure.engine import fuse, kernels
from verdure.engine.facts import wanted_values
from verdure.engine.lexical import Filters, WordHits
from verdure.engine.query import Query
from verdure.engine.rows import Rows
from verdure.engine.rows_writer import concept_digest, stem_digest
from verdure.engine.snapshot import Snapshot

Mask = NDArray[np.bool_]
Places = NDArray[np.int64]

SMALL = 10_000
"""Entries (language versions) up to which every row is a candidate."""

MOST_BY_WORDS = 2_000
"""Entries that are fetched by words from a collection that is not small."""

REFINED = 1_000
"""Candidates of a collection that is not small whose best passage is sought; the others go by their whole text."""

HALF = 0.5
MOST_TITLED = 100
LONG_QUERY_FINDS = 200
"""Documents that a long query finds by its words, and by its meaning."""

MEANING_SHARE = 0.01
MOST_BY_MEANING = 2_000
"""A query may find this part of a collection by meaning alone, or `LONG_QUERY_FINDS` if that is more; at most this
many."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of one snapshot. `vector` is its meaning (dimension,), None to go by words alone.

    `cosines` are those of every row's text with it, where all are compared; `by_words` False: by meaning alone.
    """

    snapshot: Snapshot
    query: Query
    vector: NDArray[np.float32] | None
    cosines: fuse.Scores | None
    by_words: bool = True

    @classmethod
    def of(
        cls, snapshot: Snapshot, query: Query, vector: NDArray[np.float32] | None, *, by_words: bool = True
    ) -> Question:
        compared = vector is not None and (snapshot.rows.is_exact or snapshot.words.entries <= SMALL)
        cosines = snapshot.rows.similarities(vector) if compared and vector is not None else None
        return cls(snapshot, query, vector, cosines, by_words)

    @property
    def is_small(self) -> bool:
        return self.snapshot.words.entries <= SMALL


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for m candidates, the rows at `places` (m,), ascending.

    `words` (BM25, 0 for none) and `meaning` (cosine of the best passage) are (m,), None for a kind that was not asked.
    `found` and `titled` (whose whole title was asked for) are masks over them. `is_complete` is False when words
    found too many.
    """

    places: Places
    found: Mask
    words: fuse.Scores | None = None
    meaning: fuse.Scores | None = None
    titled: Mask | None = None
    is_complete: bool = True


def everything(snapshot: Snapshot, *, found: bool = True) -> Evidence:
    """All rows, found or not, for no reason."""
    return Evidence(np.arange(len(snapshot.rows)), np.full(len(snapshot.rows), found))


def passing(snapshot: Snapshot, filters: Filters) -> Mask:
    """Rows that pass all the filters."""
    mask = np.ones(len(snapshot.rows), dtype=np.bool_)
    for name, values in filters.items():
        mask &= snapshot.rows.with_facts(name, wanted_values(name, values))
    return mask


def gather(question: Question, *, filters: Filters, allowed: Mask) -> Evidence:
    """All evidence for a question. `allowed` are the rows that pass the filters, and whatever else the caller asks.

    In a small collection neither matters here, and the caller applies `allowed`; the rest is narrowed at once.
    """
    snapshot, query = question.snapshot, question.query
    narrowed: Filters = {} if question.is_small else filters
    hits = _hits(question, narrowed)
    titled = _titled(question)
    places = _candidates(question, hits, titled, allowed)
    words = None if hits is None else _spread(hits, snapshot.rows, places)
    meaning = _meaning(question, words, places)
    found = np.isin(places, titled)
    if words is not None:
        found |= _found_by_words(question, words, places)
    if meaning is not None and not query.phrases:
        found |= _near(meaning, snapshot)
    if query.excluded:
        found &= ~holding(snapshot, query.excluded)[places]
    return Evidence(places, found, words, meaning, np.isin(places, titled), hits is None or hits.is_complete)


def _hits(question: Question, narrowed: Filters) -> WordHits | None:
    if not question.by_words:
        return None
    limit = SMALL if question.is_small else MOST_BY_WORDS
    return question.snapshot.words.hits(question.query, filters=narrowed, limit=limit, brief=not question.is_small)


def _titled(question: Question) -> Places:
    query, snapshot = question.query, question.snapshot
    if not question.by_words or not query.name or query.phrases:
        return np.zeros(0, dtype=np.int64)
    return _there(snapshot.rows, snapshot.words.named(query.name, limit=MOST_TITLED))


def _candidates(question: Question, hits: WordHits | None, titled: Places, allowed: Mask) -> Places:
    rows = question.snapshot.rows
    if question.is_small:
        return np.arange(len(rows))
    chosen = [titled[allowed[titled]]]
    if hits is not None:
        by_words = _there(rows, hits.ids)
        chosen.append(by_words[allowed[by_words]])
    if question.cosines is not None:
        chosen.append(kernels.cut(question.cosines, allowed, _most_by_meaning(len(rows))))
    elif question.vector is not None:
        chosen.append(rows.nearest(question.vector, allowed, _most_by_meaning(len(rows))))
    return np.unique(np.concatenate(chosen))


def _most_by_meaning(rows: int) -> int:
    return max(LONG_QUERY_FINDS, min(MOST_BY_MEANING, int(rows * MEANING_SHARE)))


def _there(rows: Rows, ids: NDArray[np.int64]) -> Places:
    """The places of those ids that have a row (yet)."""
    places = rows.places(ids)
    return places[places >= 0]


def _spread(hits: WordHits, rows: Rows, places: Places) -> fuse.Scores:
    """The scores of the rows at `places`, 0 for one that was not hit."""
    scores = np.zeros(len(rows), dtype=np.float32)
    there = rows.places(hits.ids)
    scores[there[there >= 0]] = hits.scores[there >= 0]
    return scores[places]


def _meaning(question: Question, words: fuse.Scores | None, places: Places) -> fuse.Scores | None:
    """Cosines of the candidates; where not all were compared, of their whole texts, and exact ones for the best."""
    if question.vector is None:
        return None
    if question.cosines is not None:
        return question.cosines[places]
    cosines = question.snapshot.rows.likeness(question.vector, places)
    best = fuse.top(fuse.fused(words, cosines), REFINED)
    cosines[best] = question.snapshot.rows.refined(question.vector, places[best])
    return cosines


def _found_by_words(question: Question, words: fuse.Scores, places: Places) -> Mask:
    found: Mask = words > 0
    query = question.query
    if query.is_long:
        best = np.zeros(len(words), dtype=np.bool_)
        best[fuse.top(words, LONG_QUERY_FINDS)] = True
        found &= best
    elif len(query.words) > 1 and question.vector is not None:
        half = _coverage(question, places) >= HALF - 1e-4
        found = found & half if half.any() else found
    return found


def _coverage(question: Question, places: Places) -> fuse.Scores:
    """The share of the query's weight that each candidate holds; by stems and concepts alone in a large collection."""
    query, snapshot = question.query, question.snapshot
    if question.is_small:
        return _spread(snapshot.words.coverage(query, filters={}, limit=SMALL), snapshot.rows, places)
    weights = np.array(snapshot.words.weights(query.words))
    forms = [
        [*map(stem_digest, (*word.stems, *word.foreign)), *map(concept_digest, word.concepts)] for word in query.words
    ]
    return snapshot.rows.held(places, forms, (weights / max(1e-6, float(weights.sum()))).tolist())


def _near(cosines: fuse.Scores, snapshot: Snapshot) -> Mask:
    near = np.zeros(len(cosines), dtype=np.bool_)
    near[fuse.top(cosines, _most_by_meaning(len(snapshot.rows)))] = True
    return near & (cosines >= snapshot.background.related)


def holding(snapshot: Snapshot, phrases: Iterable[tuple[str, ...]]) -> Mask:
    """Rows of documents that hold any of the phrases."""
    mask = np.zeros(len(snapshot.rows), dtype=np.bool_)
    if wanted := tuple(phrases):
        mask[_there(snapshot.rows, snapshot.words.holding(wanted, limit=max(1, snapshot.words.entries)))] = True
    return mask


def ranked(evidence: Evidence, chosen: Mask, rows: Rows) -> tuple[NDArray[np.int64], fuse.Scores]:
    """The chosen candidates, best first (as places in the evidence), and their scores."""
    order = np.flatnonzero(chosen)
    if not len(order):
        return order, np.zeros(0, dtype=np.float32)
    every = fuse.fused(evidence.words, evidence.meaning)
    if evidence.titled is not None:
        every[evidence.titled] += fuse.LIMIT
    scores = every[order]
    best = fuse.best_first(scores, rows.ids[evidence.places[order]])
    return order[best], scores[best]


def without_past(rows: Rows, today: int | None) -> Mask:
    """Rows whose deadline is not before `today` (days since year 1), or that have none."""
    if today is None:
        return np.ones(len(rows), dtype=np.bool_)
    mask: Mask = (rows.deadline == 0) | (rows.deadline >= today)
    return mask
