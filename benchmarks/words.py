"""A model of how real texts use words, and made texts drawn from it, thousands at a time.

Real texts are grouped into topics (spherical k-means over their words). A made text has two topics and walks through
them: each word is followed by a word that followed it in a real text of the topic (a bigram model, sampled by taking a
random real occurrence), with jumps to other places of the topic and returns to words that the text used before. So
words keep their frequencies, go together and are repeated as they are really. Real collections never stop bringing new
words (Heaps' law): a share of the words is coined, drawn from an open-ended power law and put together from halves of
real words. Each text uses some coined words again and again, as real ones use their own names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.sources import RealText

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

TOPICS = 80
END = 0
SECOND_TOPIC = 0.2
COINED = 0.02
OWN_NAME, NAMES = 0.4, 3
JUMP = 0.08
ANY_TOPIC = 0.02
RETURN = 0.15
GROWTH, HEAD = 0.65, 4000.0
"""Coined words: n of them bring about HEAD * (n / HEAD) ** GROWTH different ones."""

_LETTERS = re.compile(r"[^\W\d_]{4,}")


class WordModel:
    """`tokens` are words as written, texts one after the other with END between; every array below is about them."""

    def __init__(self, texts: Sequence[RealText], *, topics: int = TOPICS) -> None:
        written = [text.words for text in texts]
        counts = Counter(word for words in written for word in words)
        self.words = ["", *sorted(counts, key=lambda word: (-counts[word], word))]
        number = {word: place for place, word in enumerate(self.words)}
        self.lengths = np.array([len(words) for words in written])
        self.title_lengths = np.array([len(text.title.split()) for text in texts])
        self.topic_of_text = topics_of(written, min(topics, len(written) // 4 or 1))
        self.topics = int(self.topic_of_text.max()) + 1
        self.tokens = np.array([n for words in written for n in (*(number[word] for word in words), END)])
        self.topic = np.repeat(self.topic_of_text, self.lengths + 1)
        self._places = np.flatnonzero(self.tokens != END)
        self._anywhere = _Occurrences(self.tokens)
        self._in_topic = _Occurrences(self.topic * len(self.words) + self.tokens)
        self._by_topic = self._places[np.argsort(self.topic[self._places], kind="stable")]
        sizes = np.bincount(self.topic[self._places], minlength=self.topics)
        self._topic_ends = np.cumsum(sizes)
        self._topic_sizes = sizes
        starts = np.cumsum(self.lengths + 1) - self.lengths - 1
        self._starts_by_topic = [starts[self.topic_of_text == topic] for topic in range(self.topics)]
        self._halves = _halves(self.words)

    def drawn_topics(self, chance: np.random.Generator, count: int) -> Ints:
        """As often as the topic has words, so that words keep their frequencies."""
        share = self._topic_sizes / self._topic_sizes.sum()
        return chance.choice(self.topics, size=count, p=share)

    def walks(self, chance: np.random.Generator, topics: Ints, lengths: Ints) -> list[list[str]]:
        """One text for each row of `topics` (texts, 2), as words; `lengths` are in words."""
        order = np.argsort(-lengths, kind="stable")
        made = self._walked(chance, topics[order], lengths[order])
        rows = np.empty_like(order)
        rows[order] = np.arange(len(order))
        return [self.written(made[row, :length]) for row, length in zip(rows, lengths, strict=True)]

    def _walked(self, chance: np.random.Generator, topics: Ints, lengths: Ints) -> Ints:
        """The numbers of the words; longest text first, so that a step is only made for those that go on."""
        names = self._coined(chance, (len(topics), NAMES))
        place = np.array([int(chance.choice(self._starts_by_topic[topic])) for topic in topics[:, 0]])
        made = np.zeros((len(topics), int(lengths.max())), dtype=np.int64)
        been = np.zeros_like(made)
        for step in range(made.shape[1]):
            going = int((lengths > step).sum())
            u = chance.random((5, going))
            fresh = np.where(u[1] < OWN_NAME, names[:going, step % NAMES], self._coined(chance, (going,)))
            made[:going, step] = np.where(u[0] < COINED, fresh, self.tokens[place[:going]])
            been[:going, step] = place[:going]
            earlier = been[np.arange(going), (u[1] * (step + 1)).astype(np.int64)]
            topic = np.where(u[2] < SECOND_TOPIC, topics[:going, 1], topics[:going, 0])
            onward = self._next(place[:going], topic, u[3], u[4])
            place = np.where(u[3] < RETURN, self._anywhere.like(earlier, u[4]), onward)
        return made

    def _next(self, place: Ints, topic: Ints, kind: NDArray[np.float64], u: NDArray[np.float64]) -> Ints:
        same = np.where(kind < RETURN + ANY_TOPIC, self._anywhere.like(place, u), self._in_topic.like(place, u))
        jumps = (self.tokens[same + 1] == END) | (kind > 1 - JUMP)
        return np.where(jumps, self._somewhere(topic, u), same + 1)

    def _somewhere(self, topic: Ints, u: NDArray[np.float64]) -> Ints:
        """A random place of a text of the topic."""
        size = self._topic_sizes[topic]
        found: Ints = self._by_topic[self._topic_ends[topic] - size + (u * size).astype(np.int64)]
        return found

    def passages(self, chance: np.random.Generator, count: int, words: int) -> list[list[str]]:
        """Stretches of real texts, `words` long or shorter where the text ends."""
        places = chance.choice(self._places, size=count)
        ends = np.append(np.flatnonzero(self.tokens == END), len(self.tokens))
        stops = np.minimum(ends[np.searchsorted(ends, places)], places + words)
        return [self.written(self.tokens[start:stop]) for start, stop in zip(places, stops, strict=True)]

    def _coined(self, chance: np.random.Generator, shape: tuple[int, ...]) -> Ints:
        rank = HEAD * (chance.random(shape) ** (-1 / GROWTH) - 1)
        return len(self.words) + np.minimum(rank, 2.0**40).astype(np.int64)

    def written(self, numbers: Ints) -> list[str]:
        known = len(self.words)
        return [self.words[n] if n < known else self.coined_word(n - known) for n in numbers.tolist()]

    def coined_word(self, rank: int) -> str:
        heads, tails = self._halves
        mixed = rank * 0x9E3779B97F4A7C15 % 2**64
        head, tail = heads[(mixed >> 40) % len(heads)], tails[(mixed >> 12) % len(tails)]
        if rank % 8 == 0:
            return (head[:2] + tail[:2]).upper() + ("" if rank % 16 else str(mixed % 1000))
        return (head.capitalize() if rank % 3 == 0 else head) + tail


class _Occurrences:
    """Places grouped by key, so that from one place a random place with the same key is found at once."""

    def __init__(self, keys: Ints) -> None:
        self._places = np.argsort(keys, kind="stable")
        _, group, sizes = np.unique(keys, return_inverse=True, return_counts=True)
        self._start = (np.cumsum(sizes) - sizes)[group]
        self._size = sizes[group]

    def like(self, place: Ints, u: NDArray[np.float64]) -> Ints:
        found: Ints = self._places[self._start[place] + (u * self._size[place]).astype(np.int64)]
        return found


def _halves(words: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """First and second halves of the real words of some length, each once."""
    plain = sorted({word.lower() for word in words if _LETTERS.fullmatch(word) and len(word) > 5})
    heads = dict.fromkeys(word[: len(word) // 2] for word in plain)
    tails = dict.fromkeys(word[len(word) // 2 :] for word in plain)
    return tuple(heads), tuple(tails)


def topics_of(texts: Sequence[Sequence[str]], topics: int, *, rounds: int = 12) -> Ints:
    """A topic for each text: spherical k-means over the logarithms of word counts weighted by rarity."""
    vectors = _weighted(texts)
    chance = np.random.default_rng(7)
    centres = vectors[chance.choice(len(vectors), size=topics, replace=False)]
    nearest = np.zeros(len(vectors), dtype=np.int64)
    for _ in range(rounds):
        nearest = (vectors @ centres.T).argmax(axis=1)
        for topic in np.unique(nearest):
            centre = vectors[nearest == topic].sum(axis=0)
            centres[topic] = centre / (float(np.linalg.norm(centre)) or 1.0)
    return np.unique(nearest, return_inverse=True)[1].astype(np.int64)


def _weighted(texts: Sequence[Sequence[str]], most: int = 4000) -> Floats:
    plain = [Counter(word for token in text for word in _LETTERS.findall(token.lower())) for text in texts]
    spread = Counter(word for counts in plain for word in counts)
    kept = [word for word, count in spread.most_common(most) if 2 <= count <= len(texts) / 5]
    number = {word: place for place, word in enumerate(kept)}
    vectors = np.zeros((len(texts), max(1, len(kept))), dtype=np.float32)
    for row, counts in enumerate(plain):
        for word, count in counts.items():
            if word in number:
                vectors[row, number[word]] = (1 + np.log(count)) * np.log(len(texts) / spread[word])
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
