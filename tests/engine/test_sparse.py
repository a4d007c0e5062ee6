from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from tests.engine.pair_samples import make_sample
from verdure.engine.sides import TermRows
from verdure.engine.sparse import WordProduct, word_product


def rows_of(rows: list[dict[int, int]], lengths: list[int]) -> TermRows:
    return TermRows(
        starts=np.cumsum([0, *(len(row) for row in rows)]).astype(np.int64),
        terms=np.array([term for row in rows for term in row], dtype=np.uint32),
        counts=np.array([count for row in rows for count in row.values()], dtype=np.uint8),
        lengths=np.array(lengths, dtype=np.int32),
    )


def by_product(made: WordProduct, queries: int, documents: int) -> np.ndarray:
    """Every score, from the dense columns and the lists."""
    asked = made.asked
    scores = made.dense_queries(0, queries) @ made.dense.T
    for number, shard in enumerate(made.shards):
        for query in range(queries):
            for i in range(asked.starts[query], asked.starts[query + 1]):
                term = asked.terms[i]
                chosen = slice(shard.starts[term], shard.starts[term + 1])
                places = number * made.shard + shard.places[chosen].astype(int)
                scores[query, places] += asked.weights[i] * shard.impacts[chosen]
    assert scores.shape == (queries, documents)
    return scores


def test_a_score_is_that_of_the_textbook() -> None:
    made = word_product(rows_of([{7: 2, 9: 1}], [30]), rows_of([{7: 3}, {8: 1}], [10, 20]), shard=8)
    idf = np.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    saturated = 3 * 2.2 / (3 + 1.2 * (0.25 + 0.75 * 30 / 40))
    np.testing.assert_allclose(by_product(made, 1, 2), [[2 * idf * saturated, 0]], rtol=1e-6)
    own = 2 * idf * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 50 / 40))
    only_here = np.log(1 + (3 - 1 + 0.5) / (1 + 0.5)) * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 50 / 40))
    np.testing.assert_allclose(made.asked.own, [own + only_here], rtol=1e-6)


@given(seed=st.integers(0, 2**32), shard=st.sampled_from((1, 3, 64)), rare=st.booleans())
@settings(max_examples=25, deadline=None)
def test_columns_and_lists_together_give_every_pair_its_score(seed: int, shard: int, rare: bool) -> None:
    """With `rare`, terms that only the lists hold; without, few terms that are columns."""
    chance = np.random.default_rng(seed)
    kinds = 4000 if rare else 20

    def side(count: int) -> TermRows:
        drawn = [np.unique(chance.integers(0, kinds, chance.integers(0, 30))).tolist() for _ in range(count)]
        counted = [{term * 1_000_003 % 2**32: int(chance.integers(1, 9)) for term in row} for row in drawn]
        return rows_of(counted, chance.integers(0, 50, count).tolist())

    made = word_product(side(6), side(17), shard=shard)
    assert (made.dense.shape[1] > 0) == bool((made.columns >= 0).any())
    queries, documents = np.divmod(np.arange(6 * 17), 17)
    expected = made.scores(queries, documents).reshape(6, 17)
    np.testing.assert_allclose(by_product(made, 6, 17), expected, rtol=1e-5, atol=1e-6)


def test_a_shard_has_places_of_16_bits() -> None:
    needs, technologies, _ = make_sample(1, 2, 3).sides()
    with pytest.raises(ValueError, match="1 to 65536 documents, not 65537"):
        word_product(needs.terms, technologies.terms, shard=65_537)
