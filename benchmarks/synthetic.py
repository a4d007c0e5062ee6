"""Made-up sides for the benchmarks, in the proportions of real ones.

Word frequencies follow Zipf and Mandelbrot, fitted by eye to project descriptions: of the content words of a text of
some 180 words about 100 are different, the commonest stands in two texts of three, the hundredth in one of six. Every
text has a topic, from which come some of its words, its direction among the vectors and its fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from verdure.engine.background import Background
from verdure.engine.documents import NEED, TECHNOLOGY, Kind
from verdure.engine.sides import NOWHERE, Amounts, Ragged, Side, TermRows

TODAY = date(2025, 6, 1)
BACKGROUND = Background(mean=0.06, spread=0.07)
VOCABULARY = 80_000
TOPICS = 240
WORDS = 118
TOPICAL = 0.3
COUNTRIES, DEALS, GOALS = 200, 6, 17


@dataclass(frozen=True, slots=True)
class World:
    """What both sides share. `codes` are dotted field codes by number; places follow them, then deals and goals."""

    codes: tuple[str, ...]
    directions: NDArray[np.float32]
    cumulated: NDArray[np.float64]
    orders: NDArray[np.int64]
    numbers: NDArray[np.uint32]

    @classmethod
    def made(cls, chance: np.random.Generator, dimension: int) -> World:
        codes = tuple(f"f{a}.g{b}.h{c}" for a in range(10) for b in range(6) for c in range(4))
        shares = 1 / (np.arange(VOCABULARY) + 12.0) ** 1.12
        numbers = np.unique(chance.integers(0, 2**32, 2 * VOCABULARY, dtype=np.uint32))
        return cls(
            codes=codes,
            directions=_unit(chance.standard_normal((TOPICS, dimension), dtype=np.float32)),
            cumulated=np.cumsum(shares) / shares.sum(),
            orders=chance.integers(0, VOCABULARY, TOPICS),
            numbers=chance.permutation(numbers)[:VOCABULARY],
        )


def make_side(kind: Kind, count: int, world: World, chance: np.random.Generator, *, first: int = 1) -> Side:
    """`count` documents with ids from `first`."""
    topics = chance.integers(0, TOPICS, count)
    base = len(world.codes)
    return Side(
        ids=np.arange(first, first + count, dtype=np.int64),
        vectors=_vectors(topics, world, chance),
        terms=_terms(topics, world, chance),
        organisation=chance.integers(1, max(2, count // 8), count),
        readiness=_readiness(kind, count, chance),
        deadline=_deadlines(kind, count, chance),
        places=_choice(count, base, COUNTRIES, (0.5, 0.2, 0.15, 0.1, 0.05), chance),
        deals=_choice(count, base + COUNTRIES, DEALS, (0.2, 0.4, 0.3, 0.1), chance),
        fields=_fields(topics, chance),
        goals=_choice(count, base + COUNTRIES + DEALS, GOALS, (0.3, 0.3, 0.3, 0.1), chance),
        home=(base + chance.integers(0, COUNTRIES, count)).astype(np.uint32),
        amounts=_amounts(count, chance),
    )


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    if vectors.shape[1]:
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def _vectors(topics: NDArray[np.int64], world: World, chance: np.random.Generator) -> NDArray[np.float32]:
    """Cosines about 0.06 between topics and 0.45 within one."""
    dimension = world.directions.shape[1]
    made = chance.standard_normal((len(topics), dimension), dtype=np.float32)
    made *= 0.72 / np.sqrt(max(1, dimension))
    made += 0.62 * world.directions[topics] + 0.25 * world.directions[0]
    return _unit(made)


def _terms(topics: NDArray[np.int64], world: World, chance: np.random.Generator) -> TermRows:
    starts, terms, counts = [np.zeros(1, np.int64)], [], []
    for first in range(0, len(topics), 5000):
        of_block = topics[first : first + 5000]
        drawn = np.searchsorted(world.cumulated, chance.random((len(of_block), WORDS)))
        own = chance.random(drawn.shape) < TOPICAL
        drawn = np.where(own, (drawn * 7 + world.orders[of_block][:, None]) % VOCABULARY, drawn)
        rows = np.repeat(np.arange(len(of_block), dtype=np.int64), WORDS)
        pairs, often = np.unique(rows * VOCABULARY + drawn.ravel(), return_counts=True)
        starts.append(starts[-1][-1] + np.cumsum(np.bincount(pairs // VOCABULARY, minlength=len(of_block))))
        terms.append(world.numbers[pairs % VOCABULARY])
        counts.append(np.minimum(often, 255).astype(np.uint8))
    lengths = chance.integers(150, 330, len(topics)).astype(np.int32)
    whole = np.concatenate(starts), np.concatenate(terms), np.concatenate(counts)
    return TermRows(starts=whole[0], terms=whole[1], counts=whole[2], lengths=lengths)


def _readiness(kind: Kind, count: int, chance: np.random.Generator) -> NDArray[np.int16]:
    levels = chance.integers(1, 10, count) if kind == TECHNOLOGY else chance.integers(3, 9, count)
    return np.where(chance.random(count) < 0.3, 0, levels).astype(np.int16)


def _deadlines(kind: Kind, count: int, chance: np.random.Generator) -> NDArray[np.int32]:
    days = TODAY.toordinal() + chance.integers(-20, 300, count)
    return np.where((chance.random(count) < 0.5) & (kind == NEED), days, 0).astype(np.int32)


def _choice(count: int, first: int, of: int, shares: tuple[float, ...], chance: np.random.Generator) -> Ragged:
    """How many each row has follows `shares`; neighbouring numbers go together, as the countries of a region do."""
    sizes = chance.choice(len(shares), count, p=shares)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    begin = np.repeat(chance.integers(0, of, count), sizes)
    within = np.arange(starts[-1]) - np.repeat(starts[:-1], sizes)
    return Ragged(starts, (first + (begin + within) % of).astype(np.uint32))


def _fields(topics: NDArray[np.int64], chance: np.random.Generator) -> Ragged:
    """The topic's own, and for half a neighbouring one."""
    second = chance.random(len(topics)) < 0.5
    starts = np.concatenate([[0], np.cumsum(1 + second)]).astype(np.int64)
    values = np.empty(starts[-1], dtype=np.uint32)
    values[starts[:-1]] = topics
    values[starts[1:][second] - 1] = (topics[second] + chance.integers(1, 8, int(second.sum()))) % TOPICS
    return Ragged(starts, values)


def _amounts(count: int, chance: np.random.Generator) -> Amounts:
    low = np.exp(chance.normal(11, 1.5, count)).astype(np.float32)
    currency = np.where(chance.random(count) < 0.5, NOWHERE, chance.integers(0, 3, count)).astype(np.uint32)
    return Amounts(low=low, high=low * 3, currency=currency)
