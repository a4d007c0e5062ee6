"""BM25 of every document of one side as a query over all documents of the other, from term arrays.

BM25 (Robertson and Zaragoza 2009; k1 1.2, b 0.75, as `lexical` has it) of a query document i and a document j is the
sum, over the terms that both hold, of `counts of i × idf × saturated counts of j`. The product is exact, nothing is
pruned: terms that a good part of both sides hold become columns of a dense matrix, which costs less per pair in a
matrix product than in an inverted list; the lists hold the rest. Lists are cut into shards of documents, so that the
sums of one query over one shard stay in the processor's nearest cache and a place fits 16 bits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verdure.engine.compiled import compiled
from verdure.engine.sides import TermRows

K1 = 1.2
B = 0.75

FILLER = 20
"""Words added to each length, as `lexical.FILLER` adds them: among short texts a length means little."""

DENSE_FROM = 0.03
"""Share of all pairs that a term must join to become a dense column: about where both ways cost the same."""

MOST_DENSE = 256
DENSE_STEP = 16
"""Columns come in multiples of this, which matrix products like."""

LARGEST_SHARD = 65_536

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Asked:
    """The query side: of each row the terms that the other side knows, as vocabulary numbers, with count × idf.

    `own` float32 (n,): each row's score as a query for itself, the best that a document of its length can have.
    """

    starts: NDArray[np.int64]
    terms: Integers
    weights: Floats
    own: Floats


@dataclass(frozen=True, slots=True)
class Postings:
    """The lists of one shard, that of term v at `starts[v]:starts[v + 1]`; `places` count from the shard's start."""

    starts: Integers
    places: NDArray[np.uint16]
    impacts: Floats


@dataclass(frozen=True, slots=True)
class WordProduct:
    """Both sides, made ready. `columns` (v,) is a term's dense column or -1; `dense` (m, f) the documents' impacts.

    `terms` and `impacts` are all of the documents' terms (-1 for one that no query holds) in rows from `starts`.
    """

    asked: Asked
    columns: Integers
    dense: Floats
    shards: tuple[Postings, ...]
    shard: int
    starts: NDArray[np.int64]
    terms: Integers
    impacts: Floats

    def dense_queries(self, first: int, last: int) -> Floats:
        """The dense columns of queries first to last, (last - first, f)."""
        made = np.zeros((last - first, self.dense.shape[1]), dtype=np.float32)
        _fill_queries(self.asked.starts, self.asked.terms, self.asked.weights, self.columns, first, made)
        return made

    def scores(self, queries: NDArray[np.int64], documents: NDArray[np.int64]) -> Floats:
        """BM25 of chosen pairs, (p,): quickest where pairs of one query stand together."""
        found = np.zeros(len(queries), dtype=np.float32)
        of_term = np.zeros(len(self.columns), dtype=np.float32)
        asked = self.asked
        rows = (self.starts, self.terms, self.impacts)
        _score_pairs(queries, documents, asked.starts, asked.terms, asked.weights, *rows, of_term, found)
        return found


def word_product(queries: TermRows, documents: TermRows, *, shard: int) -> WordProduct:
    """Make two sides ready to be multiplied, the documents in shards of so many (at most 65,536).

    Frequencies and the mean length are those of both sides together, as in an index that holds both.
    """
    if not 0 < shard <= LARGEST_SHARD:
        raise ValueError(f"a shard holds 1 to {LARGEST_SHARD} documents, not {shard}")
    vocabulary = np.unique(queries.terms)
    table = _hash_table(vocabulary, np.full(_table_size(len(vocabulary)), -1, dtype=np.int32))
    terms = _numbers(np.ascontiguousarray(documents.terms), vocabulary, table)
    own_terms = _numbers(np.ascontiguousarray(queries.terms), vocabulary, table)
    of_documents = np.bincount(terms[terms >= 0], minlength=len(vocabulary))
    of_queries = np.bincount(own_terms, minlength=len(vocabulary))
    idf = _idf(of_documents + of_queries, len(queries.lengths) + len(documents.lengths))
    mean = _mean_length(queries, documents)
    impacts = _impacts(documents, mean)
    columns = _dense_columns(of_queries / max(1, len(queries.lengths)), of_documents / max(1, len(documents.lengths)))
    starts = np.ascontiguousarray(documents.starts, dtype=np.int64)
    dense = np.zeros((len(documents.lengths), _width(columns)), dtype=np.float32)
    _fill_documents(starts, terms, impacts, columns, dense)
    return WordProduct(
        asked=_asked(queries, own_terms, idf, mean),
        columns=columns,
        dense=dense,
        shards=_postings(starts, terms, impacts, columns, shard),
        shard=shard,
        starts=starts,
        terms=terms,
        impacts=impacts,
    )


def _table_size(entries: int) -> int:
    return 1 << max(4, (2 * entries).bit_length())


def _idf(frequencies: NDArray[np.int64], entries: int) -> Floats:
    weights: Floats = np.log(1 + (entries - frequencies + 0.5) / (frequencies + 0.5)).astype(np.float32)
    return weights


def _mean_length(*sides: TermRows) -> float:
    lengths = np.concatenate([side.lengths for side in sides]).astype(np.float64) + FILLER
    return float(lengths.mean()) if len(lengths) else 1.0


def _impacts(rows: TermRows, mean: float) -> Floats:
    """Saturated counts: what BM25 makes of each count in a text of that length, (nnz,)."""
    norms = (K1 * (1 - B + B * (rows.lengths.astype(np.float32) + FILLER) / mean)).astype(np.float32)
    return _saturated(np.ascontiguousarray(rows.counts), np.ascontiguousarray(rows.starts), norms)


def _asked(queries: TermRows, terms: Integers, idf: Floats, mean: float) -> Asked:
    weights = queries.counts * idf[terms]
    own = weights * _impacts(queries, mean)
    whole = np.concatenate([[0.0], np.cumsum(own, dtype=np.float64)])
    starts = np.ascontiguousarray(queries.starts, dtype=np.int64)
    return Asked(starts, terms, weights.astype(np.float32), np.diff(whole[starts]).astype(np.float32))


def _dense_columns(queries: NDArray[np.float64], documents: NDArray[np.float64]) -> Integers:
    """The column of each term, the commonest first, from the share of rows that hold it on either side; -1 for most."""
    columns = np.full(len(queries), -1, dtype=np.int32)
    joined = queries * documents
    best = np.argsort(-joined, kind="stable")[:MOST_DENSE]
    chosen = best[joined[best] >= DENSE_FROM]
    columns[chosen] = np.arange(len(chosen), dtype=np.int32)
    return columns


def _width(columns: Integers) -> int:
    wanted = int(columns.max(initial=-1)) + 1
    return -(-wanted // DENSE_STEP) * DENSE_STEP


def _postings(
    starts: NDArray[np.int64], terms: Integers, impacts: Floats, columns: Integers, shard: int
) -> tuple[Postings, ...]:
    made = []
    for first in range(0, len(starts) - 1, shard):
        last = min(first + shard, len(starts) - 1)
        bounds = _bounds(terms[starts[first] : starts[last]], columns)
        places = np.empty(bounds[-1], dtype=np.uint16)
        listed = np.empty(bounds[-1], dtype=np.float32)
        _list_terms(first, last, starts, terms, impacts, columns, bounds[:-1].copy(), places, listed)
        made.append(Postings(bounds, places, listed))
    return tuple(made)


@compiled
def _hash_table(vocabulary: NDArray[np.uint32], table: Integers) -> Integers:
    mask = np.uint32(len(table) - 1)
    for number in range(len(vocabulary)):
        slot = vocabulary[number] & mask
        while table[slot] >= 0:
            slot = (slot + np.uint32(1)) & mask
        table[slot] = number
    return table


@compiled
def _numbers(terms: NDArray[np.uint32], vocabulary: NDArray[np.uint32], table: Integers) -> Integers:
    """The place of each term in the vocabulary, -1 where it is not there."""
    mask = np.uint32(len(table) - 1)
    found = np.empty(len(terms), dtype=np.int32)
    for i in range(len(terms)):
        slot = terms[i] & mask
        while table[slot] >= 0 and vocabulary[table[slot]] != terms[i]:
            slot = (slot + np.uint32(1)) & mask
        found[i] = table[slot]
    return found


@compiled
def _saturated(counts: NDArray[np.uint8], starts: NDArray[np.int64], norms: Floats) -> Floats:
    impacts = np.empty(len(counts), dtype=np.float32)
    for row in range(len(starts) - 1):
        for i in range(starts[row], starts[row + 1]):
            count = np.float32(counts[i])
            impacts[i] = count * np.float32(1 + K1) / (count + norms[row])
    return impacts


@compiled
def _fill_documents(
    starts: NDArray[np.int64], terms: Integers, impacts: Floats, columns: Integers, made: Floats
) -> None:
    for row in range(len(starts) - 1):
        for i in range(starts[row], starts[row + 1]):
            if terms[i] >= 0 and columns[terms[i]] >= 0:
                made[row, columns[terms[i]]] = impacts[i]


@compiled
def _fill_queries(
    starts: NDArray[np.int64], terms: Integers, weights: Floats, columns: Integers, first: int, made: Floats
) -> None:
    for row in range(len(made)):
        for i in range(starts[first + row], starts[first + row + 1]):
            if columns[terms[i]] >= 0:
                made[row, columns[terms[i]]] = weights[i]


@compiled
def _bounds(terms: Integers, columns: Integers) -> Integers:
    """Where the list of each term begins, those of dense terms being empty."""
    bounds = np.zeros(len(columns) + 1, dtype=np.int32)
    for i in range(len(terms)):
        if terms[i] >= 0 and columns[terms[i]] < 0:
            bounds[terms[i] + 1] += 1
    for term in range(len(columns)):
        bounds[term + 1] += bounds[term]
    return bounds


@compiled
def _list_terms(
    first: int,
    last: int,
    starts: NDArray[np.int64],
    terms: Integers,
    impacts: Floats,
    columns: Integers,
    ends: Integers,
    places: NDArray[np.uint16],
    listed: Floats,
) -> None:
    for row in range(first, last):
        for i in range(starts[row], starts[row + 1]):
            if terms[i] >= 0 and columns[terms[i]] < 0:
                place = ends[terms[i]]
                places[place] = row - first
                listed[place] = impacts[i]
                ends[terms[i]] = place + 1


@compiled
def _score_pairs(
    queries: NDArray[np.int64],
    documents: NDArray[np.int64],
    asked_starts: NDArray[np.int64],
    asked_terms: Integers,
    weights: Floats,
    starts: NDArray[np.int64],
    terms: Integers,
    impacts: Floats,
    of_term: Floats,
    found: Floats,
) -> None:
    for pair in range(len(queries)):
        query, document = queries[pair], documents[pair]
        fresh = pair == 0 or queries[pair - 1] != query
        if fresh and pair > 0:
            for i in range(asked_starts[queries[pair - 1]], asked_starts[queries[pair - 1] + 1]):
                of_term[asked_terms[i]] = 0
        if fresh:
            for i in range(asked_starts[query], asked_starts[query + 1]):
                of_term[asked_terms[i]] = weights[i]
        total = np.float32(0)
        for i in range(starts[document], starts[document + 1]):
            if terms[i] >= 0:
                total += of_term[terms[i]] * impacts[i]
        found[pair] = total
