"""Which documents are nearly the same: one project listed twice, or a listing in the versions of several offices.

Two are nearly the same when most of the different stems of either are common to both (Jaccard's coefficient of the two
sets), and their whole texts mean the same (cosine), where both have a vector. Everything comes from the index's rows,
so no text is read. What the thresholds let through in real collections: docs/decisions/0013-near-duplicates.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

OVERLAP = 0.5
"""The least share of common stems of two that mean the same."""

OVERLAP_ALONE = 0.8
"""That of two of which one has no vector."""

LIKENESS = 0.9
"""The least cosine of the whole texts."""

T = TypeVar("T")


class Traits(Protocol):
    """What is compared of a collection's documents: `Rows`, or what a cluster tells of some entries."""

    @property
    def ids(self) -> NDArray[np.int64]: ...

    def place(self, identifier: int) -> int: ...

    def places(self, ids: NDArray[np.int64]) -> NDArray[np.int64]: ...

    def first_vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]: ...

    def terms_of(self, places: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[np.int32]]: ...


def leaders(rows: Traits, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each of the rows at `places` (m,), best first, the position (m,) of the first that it is nearly the same as.

    Its own if there is none. A leader leads itself: who is like a follower only is no follower, so chains do not grow.
    """
    alike = _alike(rows, places)
    led = np.arange(len(places))
    for row in np.flatnonzero(alike.any(axis=1)).tolist():
        earlier = np.flatnonzero(alike[row, :row] & (led[:row] == np.arange(row)))
        if len(earlier):
            led[row] = earlier[0]
    return led


def grouped(items: Sequence[T], led: NDArray[np.int64]) -> Iterator[list[T]]:
    """The items by leader, in the order of the leaders, each group led by its own."""
    groups: dict[int, list[T]] = {}
    for item, leader in zip(items, led.tolist(), strict=True):
        groups.setdefault(leader, []).append(item)
    return iter(groups.values())


def _alike(rows: Traits, places: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(m, m), false on the diagonal."""
    vectors = rows.first_vectors(places)
    bare = ~vectors.any(axis=1)
    one_bare = np.logical_or.outer(bare, bare)
    alike: NDArray[np.bool_] = np.logical_or(vectors @ vectors.T >= LIKENESS, one_bare)
    np.fill_diagonal(alike, val=False)
    some = np.flatnonzero(alike.any(axis=1))
    if len(some):
        chosen = np.ix_(some, some)
        least = np.where(one_bare[chosen], OVERLAP_ALONE, OVERLAP)
        alike[chosen] &= _overlap(rows, places[some]) >= least
    return alike


def _overlap(rows: Traits, places: NDArray[np.int64]) -> NDArray[np.float32]:
    """Jaccard's coefficient of the stems of each two (m, m); 0 where neither has any."""
    starts, terms, _ = rows.terms_of(places)
    stems, number = np.unique(terms["stem"], return_inverse=True)
    holds = np.zeros((len(places), len(stems)), dtype=np.float32)
    holds[np.repeat(np.arange(len(places)), np.diff(starts)), number] = 1
    common: NDArray[Any] = holds @ holds.T
    sizes = holds.sum(axis=1)
    overlap: NDArray[np.float32] = common / np.maximum(1, sizes + sizes[:, np.newaxis] - common)
    return overlap


def like(rows: Traits, identifier: int, ids: Sequence[int]) -> list[int]:
    """Those of the documents with these ids that are nearly the same as one, by the same measure; never itself."""
    place = rows.place(identifier)
    others = rows.places(np.array(list(ids), dtype=np.int64))
    others = others[(others >= 0) & (others != place)]
    if place < 0 or not len(others):
        return []
    own, vectors = rows.first_vectors(np.array([place]))[0], rows.first_vectors(others)
    bare = np.logical_or(~vectors.any(axis=1), not own.any())
    close = np.logical_or(vectors @ own >= LIKENESS, bare)
    least = np.where(bare[close], OVERLAP_ALONE, OVERLAP)
    same = _overlap_with(rows, place, others[close]) >= least
    return [int(found) for found in rows.ids[others[close][same]]]


def _overlap_with(rows: Traits, place: int, places: NDArray[np.int64]) -> NDArray[np.float64]:
    """As `_overlap`, of one row with each of the others (m,)."""
    _, own, _ = rows.terms_of(np.array([place]))
    starts, terms, _ = rows.terms_of(places)
    row_of = np.repeat(np.arange(len(places)), np.diff(starts))
    common = np.bincount(row_of[np.isin(terms["stem"], own["stem"])], minlength=len(places))
    return np.asarray(common / np.maximum(1, len(own) + np.diff(starts) - common))
