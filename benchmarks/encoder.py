"""A stand-in for the text model, for volume: a million texts in minutes where the real one takes hours.

A text's vector is the sum of its words' vectors, each weighted by the word's rarity. A word's vector is a random
direction of its own plus the directions of the topics in which it is used, so that texts about one thing are near each
other as they are with a real model. Same statistics of the real texts, same vectors: `identity` names their digest.
It finds nothing well; it has the shapes of a search with a real model, and about its number of related texts.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.words import WordModel
from verdure.engine.encoder import Encoder
from verdure.engine.text import forms

VERSION = 2
DIMENSION = 384
STRANGERS = 1 << 14
"""Directions for stems that the real texts do not hold; two of them share one with a chance of 1 in so many."""

TOPIC, CENTRED = 0.7, 0.8
"""So that about as many texts are related to a query as the real model finds related: see the README."""
REMEMBERED = 400_000

Vectors = NDArray[np.float32]


class StandIn:
    """An encoder in the sense of `verdure.engine.writer.Encodes`."""

    def __init__(self, words: WordModel, *, dimension: int = DIMENSION) -> None:
        self.dimension = dimension
        self._rows: dict[str, tuple[int, ...]] = {}
        self._stems, uses = _uses(words)
        self._directions = _directions(uses, dimension)
        digest = hashlib.sha256(self._directions[:: max(1, len(self._directions) // 64)].tobytes()).hexdigest()[:16]
        self.identity = f"benchmark stand-in {VERSION}, {dimension} numbers, words {len(self._stems)} {digest}"

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        if len(self._rows) > REMEMBERED:
            self._rows.clear()
        for number, text in enumerate(texts):
            rows = [row for word in text.split() for row in self._rows.get(word) or self._found(word)]
            if rows:
                total = self._directions[rows].sum(axis=0)
                vectors[number] = total / (float(np.linalg.norm(total)) or 1.0)
        return vectors

    def _found(self, word: str) -> tuple[int, ...]:
        stems = forms(word, "")[1]
        rows = tuple(self._stems.get(stem, -1 - zlib.crc32(stem.encode()) % STRANGERS) for stem in stems)
        self._rows[word] = rows
        return rows


class RealCost:
    """The stand-in's vectors at the real model's cost: queries and passages are encoded by both.

    So that a search over an index made with the stand-in takes the time that it would take with the real model.
    """

    def __init__(self, stand_in: StandIn, real: Encoder) -> None:
        self._stand_in, self._real = stand_in, real
        self.identity, self.dimension = stand_in.identity, stand_in.dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self._real.encode_queries(texts)
        return self._stand_in.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self._real.encode_passages(texts)
        return self._stand_in.encode_passages(texts)


def _uses(words: WordModel) -> tuple[dict[str, int], NDArray[np.float64]]:
    """The stems of the real texts, and how often each is used in each topic: (stems, topics)."""
    counts = np.zeros((len(words.words), words.topics))
    np.add.at(counts, (words.tokens, words.topic), 1)
    stems: dict[str, int] = {}
    owners: list[tuple[int, int]] = []
    for number, word in enumerate(words.words):
        owners += [(stems.setdefault(stem, len(stems)), number) for stem in forms(word, "")[1]]
    uses = np.zeros((len(stems), words.topics))
    pairs = np.array(owners)
    np.add.at(uses, pairs[:, 0], counts[pairs[:, 1]])
    return stems, uses


def _directions(uses: NDArray[np.float64], dimension: int) -> Vectors:
    """A weighted vector for each stem, and after them those for strangers, which a negative row finds from the end."""
    chance = np.random.default_rng(11)
    topics = _unit(chance.standard_normal((uses.shape[1], dimension)))
    own = _unit(chance.standard_normal((len(uses) + STRANGERS, dimension)))
    total = uses.sum(axis=1, keepdims=True)
    shares = uses / total
    overall = uses.sum(axis=0) / uses.sum()
    common = total[:, 0] / total.sum()
    weights = 1e-4 / (1e-4 + common)
    known = (own[: len(uses)] + TOPIC * _unit((shares - CENTRED * overall) @ topics)) * weights[:, None]
    return np.concatenate([known, own[len(uses) :]]).astype(np.float32)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float64] = vectors / np.where(lengths > 0, lengths, 1)
    return unit
