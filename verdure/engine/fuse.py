"""One score from two kinds of evidence: words (BM25) and meaning (cosine), made comparable by z-scores.

Over a pool of candidates each kind is set to mean 0 and spread 1, then added with a weight (score fusion by z-scores:
Renda and Straccia 2003; docs/decisions has the trials). BM25 goes in as its square
root, since its long right tail would otherwise decide the spread.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

WORDS_SHARE = 0.45
"""Weight of words; the rest is meaning's."""

POOL = 1000
"""Candidates of each kind that the mean and spread are taken over."""

LIMIT = 8.0
"""No single kind of evidence counts for more than this many spreads."""


def z_scores(values: Scores, population: NDArray[np.int64] | None = None) -> Scores:
    """Values as spreads from the mean of a population (places in `values`; all of them by default).

    Cut off at ±`LIMIT`; all 0 when the population does not differ.
    """
    measured = (values if population is None else values[population]).astype(np.float64)
    spread = float(measured.std()) if len(measured) else 0.0
    if spread < 1e-9:
        return np.zeros(len(values), dtype=np.float32)
    scaled: Scores = np.clip((values - measured.mean()) / spread, -LIMIT, LIMIT).astype(np.float32)
    return scaled


def fused(words: Scores | None, meaning: Scores | None) -> Scores:
    """Scores of n documents, (n,): `words` are BM25 scores (0 for none), `meaning` cosines.

    The population measured is the best `POOL` of each kind, so that a score means the same in a large collection,
    where almost every document has nothing to do with a query, as in a small one.
    """
    kinds = [kind for kind in (words, meaning) if kind is not None]
    if not kinds:
        raise ValueError("nothing to fuse")
    population = np.unique(np.concatenate([top(kind, POOL) for kind in kinds]))
    shares = (WORDS_SHARE, 1 - WORDS_SHARE) if len(kinds) == 2 else (1.0,)
    total = np.zeros(len(kinds[0]), dtype=np.float32)
    for kind, share in zip(kinds, shares, strict=True):
        even = np.sqrt(np.maximum(kind, 0)) if kind is words else kind
        total += np.float32(share) * z_scores(even, population)
    return total


def best_first(scores: Scores, ties: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places by falling score; equal ones (to six digits) by rising `ties`, so that no order depends on chance."""
    return np.lexsort((ties, -np.round(scores.astype(np.float64), 6)))


def top(values: Scores, count: int) -> NDArray[np.int64]:
    """Places of the `count` largest values, in no order."""
    if count >= len(values):
        return np.arange(len(values))
    rest = len(values) - max(0, count)
    return np.argpartition(values, rest - 1)[rest:]
