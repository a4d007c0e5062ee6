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

MOST_BY_WORDS = 1_000
"""Entries that are fetched by words from a collection that is not small."""

REFINED = 500
"""Candidates of a collection that is not small whose best passage is sought; the others go by their whole text."""

SIFTED = 4
"""For each of the nearest that are wanted, so many are compared by their codes..."""

SIFTED_PART = 32
"""...or so large a part of the rows, if that is more."""

HALF = 0.5
MOST_TITLED = 100
LONG_QUERY_FINDS = 200
"""Documents that a long query finds by its words, and by its meaning."""

MEANING_SHARE = 0.01
MOST_BY_MEANING = 2_000
"""A query may find this part of a collection by meaning alone, or `LONG_QUERY_FINDS` if that is more; at most this
many."""


class Nearness:
    """How near the rows' texts are to one vector, each row looked at as closely as was asked.

    Where there are few vectors, all are compared at once. Of very many, the signs of all are sifted first (see
    `Rows.estimates`), the likely rows' codes compared next, and only the best get exact cosines.
    """

    def __init__(self, snapshot: Snapshot, vector: NDArray[np.float32]) -> None:
        self._rows = snapshot.rows
        self._vector = vector
        self._exact = snapshot.rows.is_exact or snapshot.words.entries <= SMALL
        self._known = np.full(len(snapshot.rows), 2 if self._exact else 0, dtype=np.uint8)  # 1 by its code, 2 exactly
        if self._exact:
            self._cosines = snapshot.rows.similarities(vector)
        else:
            self._estimates = snapshot.rows.estimates(vector)
            self._cosines = np.empty(len(snapshot.rows), dtype=np.float32)

    def best(self, allowed: Mask, count: int) -> Places:
        """The `count` nearest of the allowed rows, or some more that are as near."""
        if self._exact:
            return kernels.cut(self._cosines, allowed, count)
        likely = kernels.cut(self._estimates, allowed, max(SIFTED * count, len(self._rows) // SIFTED_PART))
        best: Places = likely[kernels.cut(self.of(likely), np.ones(len(likely), dtype=np.bool_), count)]
        return best

    def of(self, places: Places) -> fuse.Scores:
        """Cosines, of whole texts and within 0.01 or so where no closer one is known."""
        unknown = places[self._known[places] == 0]
        self._cosines[unknown] = self._rows.likeness(self._vector, unknown)
        self._known[unknown] = 1
        return self._cosines[places]

    def exactly(self, places: Places) -> fuse.Scores:
        """Cosines of the best passages."""
        unknown = places[self._known[places] < 2]
        self._cosines[unknown] = self._rows.refined(self._vector, unknown)
        self._known[unknown] = 2
        return self._cosines[places]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of one snapshot; `nearness` to its meaning is None to go by words alone."""

    snapshot: Snapshot
    query: Query
    nearness: Nearness | None

    @classmethod
    def of(cls, snapshot: Snapshot, query: Query, vector: NDArray[np.float32] | None) -> Question:
        return cls(snapshot, query, None if vector is None else Nearness(snapshot, vector))


@dataclass(frozen=True, slots=True)
class Wording:
    """What the words of a query find: documents with their scores, None not to go by words, and the rows titled so."""

    hits: WordHits | None
    titled: Places


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


def is_small(snapshot: Snapshot) -> bool:
    return snapshot.words.entries <= SMALL


def worded(snapshot: Snapshot, query: Query, filters: Filters, *, by_words: bool = True) -> Wording:
    """What words find under filters, which do not matter in a small collection."""
    nothing = np.zeros(0, dtype=np.int64)
    if not by_words:
        return Wording(None, nothing)
    small = is_small(snapshot)
    hits = snapshot.words.hits(
        query, filters={} if small else filters, limit=SMALL if small else MOST_BY_WORDS, brief=not small
    )
    named = query.name and not query.phrases
    return Wording(
        hits, _there(snapshot.rows, snapshot.words.named(query.name, limit=MOST_TITLED)) if named else nothing
    )


def gather(question: Question, wording: Wording, *, allowed: Mask) -> Evidence:
    """All evidence for a question. `allowed` are the rows that pass the filters, and whatever else the caller asks.

    In a small collection that does not matter here, and the caller applies it; the rest is narrowed at once.
    """
    snapshot, query = question.snapshot, question.query
    places = _candidates(question, wording, allowed)
    words = None if wording.hits is None else _spread(wording.hits, snapshot.rows, places)
    meaning = _meaning(question, words, places)
    titled = np.isin(places, wording.titled)
    found = titled.copy()
    if words is not None:
        found |= _found_by_words(question, words, places)
    if meaning is not None and not query.phrases:
        found |= _near(meaning, snapshot)
    if query.excluded:
        found &= ~holding(snapshot, query.excluded)[places]
    return Evidence(places, found, words, meaning, titled, wording.hits is None or wording.hits.is_complete)


def _candidates(question: Question, wording: Wording, allowed: Mask) -> Places:
    rows = question.snapshot.rows
    if is_small(question.snapshot):
        return np.arange(len(rows))
    chosen = [wording.titled[allowed[wording.titled]]]
    if wording.hits is not None:
        by_words = _there(rows, wording.hits.ids)
        chosen.append(by_words[allowed[by_words]])
    if question.nearness is not None:
        chosen.append(question.nearness.best(allowed, _most_by_meaning(len(rows))))
    every = np.sort(np.concatenate(chosen))
    return every[np.concatenate([[True], every[1:] != every[:-1]])] if len(every) else every


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
    """Cosines of the candidates; those of the best by both kinds are exact."""
    if question.nearness is None:
        return None
    cosines = question.nearness.of(places)
    if not is_small(question.snapshot):
        best = fuse.top(fuse.fused(words, cosines), REFINED)
        cosines[best] = question.nearness.exactly(places[best])
    return cosines


def _found_by_words(question: Question, words: fuse.Scores, places: Places) -> Mask:
    found: Mask = words > 0
    query = question.query
    if query.is_long:
        best = np.zeros(len(words), dtype=np.bool_)
        best[fuse.top(words, LONG_QUERY_FINDS)] = True
        found &= best
    elif len(query.words) > 1 and question.nearness is not None:
        half = _coverage(question, places) >= HALF - 1e-4
        found = found & half if half.any() else found
    return found


def _coverage(question: Question, places: Places) -> fuse.Scores:
    """The share of the query's weight that each candidate holds; by stems and concepts alone in a large collection."""
    query, snapshot = question.query, question.snapshot
    if is_small(snapshot):
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
