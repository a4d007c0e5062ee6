"""All pairs in one batch: for every need its best technologies and, from the same pass, for every technology its needs.

The rules and the score are those of `match`, computed for every pair instead of the best hundred by text. Each pair
has one score, seen from the asking side (needs, by default): its words are measured against what the asking document
scores as a query for itself. Where this differs from `match.matches_of`:

- words are BM25 of stems alone, with exact lengths; there, openings, titles and unstemmed words count a little too, and
  Tantivy rounds lengths. All language versions of a document are one text; there, the best version counts.
- meaning is the cosine of the two whole texts; there, of the candidate's best passage. `with_passages` rescores.
- every candidate is considered; there, the `CANDIDATES` best by text. Without vectors any word in common relates two
  documents; there, only the 200 best by words are related.
- for a technology's list, the technology is not the asking side; run with `asking=TECHNOLOGY` where that matters.

Method: a matrix product of blocks of subjects with shards of candidates (meaning), BM25 by `sparse`, then a compiled
pass that drops a pair as soon as its text and the best that all else could add stay below what both sides already
hold. It is exact. Lanes of shards run in threads side by side; each product itself should run on one thread
(OPENBLAS_NUM_THREADS=1, as every process here sets it).
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from verdure.engine import fuse
from verdure.engine.agreement import CURRENCY, READINESS, Said, Spans, said_by, weights_of
from verdure.engine.background import Background
from verdure.engine.documents import NEED, Kind
from verdure.engine.match import RULES, UNKNOWN, Rules
from verdure.engine.pair_kernels import (
    LOWER,
    MILLION,
    SLACK,
    Bounds,
    Candidates,
    Keys,
    Run,
    Shard,
    Subjects,
    rank_block,
)
from verdure.engine.sides import Side
from verdure.engine.sparse import Floats, WordProduct, word_product

BLOCK = 128
"""Subjects at a time: what progress counts, and what a run that was stopped repeats at most."""

SHARD = 8192
"""Candidates at a time: their sums for one subject fill 32 kB."""

_LEAST = 1e-6
"""Keeps a division from one by zero."""

_PAIRS = 4096
"""Pairs whose vectors are gathered at a time."""

Progress = Callable[[int, int], None]
"""Told how many subjects are done, of how many."""


@dataclass(frozen=True, slots=True)
class Best:
    """The partners of n rows, best first: `places` int32 (n, k) on the other side, -1 past the end of a list, and
    `scores` float32 (n, k) from 0 to 1. Equal scores, to six digits, go by id."""

    places: NDArray[np.int32]
    scores: Floats


@dataclass(frozen=True, slots=True)
class Passages:
    """Vectors of all passages of each candidate: those of row i are `vectors[starts[i]:starts[i + 1]]`, float32."""

    starts: NDArray[np.int64]
    vectors: Floats

    def nearest(self, rows: NDArray[np.int64], vector: Floats) -> Floats:
        """The cosine of each row's best passage with a vector; -1 for a row without."""
        counts = self.starts[rows + 1] - self.starts[rows]
        ends = np.cumsum(counts)
        chosen = np.arange(ends[-1]) + np.repeat(self.starts[rows] - (ends - counts), counts)
        found = np.full(len(rows), -1, dtype=np.float32)
        some = counts > 0
        if some.any():
            found[some] = np.maximum.reduceat(self.vectors[chosen] @ vector, (ends - counts)[some])
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to look for. `top` partners of each row that score at least `least`; `asking` is the side whose view of a
    pair counts; without `both` only that side gets lists. `stamp` names the state of the index that the arrays are of:
    a run goes on only where an earlier one with the same plan and stamp stopped."""

    today: date
    background: Background
    rules: Rules = RULES
    top: int = 50
    least: float = 0.0
    asking: Kind = "need"
    both: bool = True
    threads: int = 2
    stamp: str = ""


class Pairs:
    """A run over two sides; `codes` says which dotted code a field's number is.

    Memory, beside the arrays given: 12 bytes for each term of a candidate and as much again for its lists, 1 kB for
    each candidate at most for frequent terms, `8 × top` bytes for each row's list, and 8 MB for each thread.
    """

    def __init__(self, needs: Side, technologies: Side, *, codes: Sequence[str], plan: Plan) -> None:
        if needs.vectors.shape[1] != technologies.vectors.shape[1]:
            raise ValueError(f"vectors of {needs.vectors.shape[1]} and {technologies.vectors.shape[1]} numbers")
        offer, wish, spans, tables = said_by(technologies, needs, codes=codes, today=plan.today)
        asking_need = plan.asking == NEED
        self._plan = plan
        self._asking, self._other = (needs, technologies) if asking_need else (technologies, needs)
        said, other = (wish, offer) if asking_need else (offer, wish)
        self._words = word_product(self._asking.terms, self._other.terms, shard=_even_shard(len(self._other), plan))
        self._subjects = _subjects(self._asking, said, spans, self._words.asked.own, plan)
        self._candidates = _candidates(self._other, plan)
        rules = weights_of(plan.rules)
        self._run = Run(self._subjects, said, self._candidates, other, spans, tables, rules, _bounds(plan))
        self._shards = _shards(self._words, other, len(tables.nearness))
        self._bare = np.flatnonzero(~self._other.vectors.any(axis=1))
        self._keys = np.zeros((len(self._asking), plan.top), dtype=np.int64)
        self.done = 0

    @property
    def total(self) -> int:
        """Subjects in all; the first `done` of them are."""
        return len(self._asking)

    def run(self, progress: Progress | None = None, *, blocks: int | None = None) -> None:
        """Go on to the end, or for so many blocks of subjects."""
        lanes = max(1, min(self._plan.threads, len(self._words.shards)))
        rooms = [_Room(self._words.shard) for _ in range(lanes)]
        left = -(-(self.total - self.done) // BLOCK)
        with ThreadPoolExecutor(lanes) as pool:
            for _ in range(left if blocks is None else min(blocks, left)):
                self._block(pool, rooms)
                if progress:
                    progress(self.done, self.total)

    def _block(self, pool: ThreadPoolExecutor, rooms: Sequence[_Room]) -> None:
        subjects = slice(self.done, min(self.done + BLOCK, self.total))
        waiting = iter(range(len(self._words.shards)))  # one iterator: each lane takes the next shard when it is free
        lists = list(pool.map(lambda room: self._lane(room, waiting, subjects), rooms))
        self._keys[subjects] = np.sort(np.concatenate(lists, axis=1), axis=1)[:, -self._plan.top :]
        self.done = subjects.stop

    def _lane(self, room: _Room, waiting: Iterator[int], subjects: slice) -> Keys:
        keys = np.zeros((subjects.stop - subjects.start, self._plan.top), dtype=np.int64)
        dense = self._words.dense_queries(subjects.start, subjects.stop)
        for number in waiting:
            self._rank(number, room, dense, subjects, keys)
        return keys

    def _rank(self, number: int, room: _Room, dense: Floats, subjects: slice, keys: Keys) -> None:
        first = number * self._words.shard
        chosen = slice(first, min(first + self._words.shard, len(self._other)))
        cosines = self._cosines(room, subjects, chosen)
        words = room.words(dense, self._words.dense[chosen])
        rank_block(self._run, self._shards[number], subjects.start, cosines, words, keys)

    def _cosines(self, room: _Room, subjects: slice, chosen: slice) -> Floats:
        """(0, 0) where there are no vectors; -1 for a candidate that has none, as `rows.similarities` has it."""
        if not self._asking.vectors.shape[1]:
            return np.zeros((0, 0), dtype=np.float32)
        cosines = room.cosines(self._asking.vectors[subjects], self._other.vectors[chosen])
        bare = self._bare[np.searchsorted(self._bare, chosen.start) : np.searchsorted(self._bare, chosen.stop)]
        cosines[:, bare - chosen.start] = -1
        return cosines

    def best(self, kind: Kind) -> Best:
        """The lists of one side as far as the run has come; those of the side that did not ask need `both`."""
        if kind == self._plan.asking:
            return _best(self._keys, self._other.ids)
        if not self._plan.both:
            raise ValueError("the plan was for the asking side only")
        return _best(self._candidates.keys, self._asking.ids)

    def text_parts(self, subjects: NDArray[np.int64], candidates: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Words and meaning of chosen pairs, each from 0 to 1, (p,): what `match.MatchParts` calls so.

        Places on the asking and on the other side; quickest where pairs of one subject stand together.
        """
        own = self._words.asked.own[subjects]
        bm25 = self._words.scores(subjects, candidates)
        words = np.sqrt(np.minimum(1.0, bm25 / np.maximum(own, _LEAST))).astype(np.float32)
        meaning = np.zeros(len(subjects), dtype=np.float32)
        for start in range(0, len(subjects), _PAIRS):
            part = slice(start, start + _PAIRS)
            rows = self._asking.vectors[subjects[part]], self._other.vectors[candidates[part]]
            meaning[part] = self._share(np.einsum("pd,pd->p", *rows))
        return words, meaning

    def _share(self, cosines: Floats) -> Floats:
        background = self._plan.background
        share: Floats = np.clip((cosines - background.mean) / np.float32(max(_LEAST, 1 - background.mean)), 0, 1)
        return share

    def with_passages(self, passages: Passages, *, top: int) -> Best:
        """The asking side's lists ranked anew, with the cosine of each candidate's best passage, and cut to `top`.

        Plan for some three times as many first: what is not on the list cannot come back.
        """
        best = self.best(self._plan.asking)
        places, scores = np.full_like(best.places[:, :top], -1), np.zeros_like(best.scores[:, :top])
        for subject in range(self.total):
            listed = best.places[subject][best.places[subject] >= 0].astype(np.int64)
            if len(listed):
                anew = best.scores[subject][: len(listed)] + self._gain(subject, listed, passages)
                order = fuse.best_first(anew, self._other.ids[listed])[:top]
                places[subject, : len(order)], scores[subject, : len(order)] = listed[order], anew[order]
        return Best(places, scores)

    def _gain(self, subject: int, candidates: NDArray[np.int64], passages: Passages) -> Floats:
        vector = self._asking.vectors[subject]
        whole = self._other.vectors[candidates] @ vector
        nearest = np.maximum(whole, passages.nearest(candidates, vector))
        gain: Floats = self._subjects.most_meaning[subject] * (self._share(nearest) - self._share(whole))
        return gain

    def save(self, path: Path) -> None:
        """Keep what has been found, so that another process can go on from here; replaces the file in one step."""
        draft = path.with_name(path.name + ".new")
        with draft.open("wb") as file:
            np.savez(file, run=self._name(), done=self.done, keys=self._keys[: self.done], others=self._candidates.keys)
        draft.replace(path)

    def resume(self, path: Path) -> bool:
        """Take up what was saved. False, and nothing done, when there is no such file or it is of another run."""
        try:
            with path.open("rb") as file, np.load(file) as kept:
                if str(kept["run"]) != self._name():
                    return False
                self.done = int(kept["done"])
                self._keys[: self.done] = kept["keys"]
                self._candidates.keys[:] = kept["others"]
        except (FileNotFoundError, ValueError, KeyError, zipfile.BadZipFile):
            return False
        if self._plan.both:
            self._candidates.limits[:] = _limits(self._candidates.keys, self._plan.least)
        return True

    def _name(self) -> str:
        """Tells runs apart whose results must not be mixed."""
        name = hashlib.blake2b(repr(replace(self._plan, threads=0)).encode(), digest_size=16)
        for side in (self._asking, self._other):
            name.update(np.ascontiguousarray(side.ids).tobytes())
            name.update(np.ascontiguousarray(side.terms.starts).tobytes())
        return name.hexdigest()


class _Room:
    """The two products of one thread, made once: fresh memory for each would cost as much as filling it."""

    def __init__(self, shard: int) -> None:
        self._cosines = np.empty(BLOCK * shard, dtype=np.float32)
        self._words = np.empty(BLOCK * shard, dtype=np.float32)

    def cosines(self, subjects: Floats, candidates: Floats) -> Floats:
        return _product(subjects, candidates, self._cosines)

    def words(self, subjects: Floats, candidates: Floats) -> Floats:
        return _product(subjects, candidates, self._words)


def _product(subjects: Floats, candidates: Floats, room: Floats) -> Floats:
    made = room[: len(subjects) * len(candidates)].reshape(len(subjects), len(candidates))
    if subjects.shape[1]:
        np.matmul(subjects, candidates.T, out=made)
    else:
        made[:] = 0
    return made


def _even_shard(candidates: int, plan: Plan) -> int:
    """About `SHARD`, so that all threads have equally much to do."""
    rounds = max(1, -(-candidates // (SHARD * plan.threads)))
    return max(1, -(-candidates // (rounds * plan.threads)))


def _subjects(side: Side, said: Said, spans: Spans, own: Floats, plan: Plan) -> Subjects:
    rules, background = plan.rules, plan.background
    meant = np.asarray(side.vectors.any(axis=1))
    rest = rules.field + rules.country + rules.deal + rules.readiness + rules.goal + rules.amount
    total: NDArray[np.float64] = np.maximum(_LEAST, rules.words + rest + np.where(meant, rules.meaning, 0.0))
    slope = rules.meaning / max(_LEAST, 1 - background.mean)
    return Subjects(
        words=(rules.words / total / np.sqrt(np.maximum(own, _LEAST))).astype(np.float32),
        most_words=np.divide(rules.words, total).astype(np.float32),
        meaning=np.where(meant, slope / total, 0).astype(np.float32),
        most_meaning=np.where(meant, rules.meaning / total, 0).astype(np.float32),
        rest=np.reciprocal(total).astype(np.float32),
        most_field=(rules.field * np.where(np.diff(said.field_starts) > 0, 1, UNKNOWN) / total).astype(np.float32),
        most_other=(_most_other(said, spans, plan) / total).astype(np.float32),
        rank=_rank_by_id(side.ids),
    )


def _most_other(said: Said, spans: Spans, plan: Plan) -> NDArray[np.float64]:
    """The most that all but text and field can add, given what the subject left open."""
    rules = plan.rules
    parts = (
        (rules.country, said.bits[:, spans.wanted : spans.deals].any(axis=1) | (plan.asking != NEED)),
        (rules.deal, said.bits[:, spans.deals : spans.goals].any(axis=1)),
        (rules.readiness, said.plain[:, READINESS] > 0),
        (rules.goal, said.bits[:, spans.goals : spans.end].any(axis=1)),
        (rules.amount, said.plain[:, CURRENCY] >= 0),
    )
    most = np.zeros(len(said.plain))
    for weight, told in parts:
        most += weight * np.where(told, 1.0, UNKNOWN)
    return most


def _shards(words: WordProduct, said: Said, codes: int) -> tuple[Shard, ...]:
    asked = words.asked
    made = []
    for number, lists in enumerate(words.shards):
        first = number * words.shard
        fields = _field_lists(said, first, min(first + words.shard, len(said.plain)), codes)
        made.append(
            Shard(first, asked.starts, asked.terms, asked.weights, lists.starts, lists.places, lists.impacts, *fields)
        )
    return tuple(made)


def _field_lists(said: Said, first: int, last: int, codes: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows first to last by field code: where each code's begin, and their places from the first."""
    fields = said.fields[said.field_starts[first] : said.field_starts[last]]
    rows = np.repeat(np.arange(last - first), np.diff(said.field_starts[first : last + 1]))
    order = np.argsort(fields, kind="stable")
    return np.searchsorted(fields[order], np.arange(codes + 1)).astype(np.int64), rows[order]


def _candidates(side: Side, plan: Plan) -> Candidates:
    keys = np.zeros((len(side), plan.top if plan.both else 0), dtype=np.int64)
    return Candidates(_rank_by_id(side.ids), keys, _limits(keys, plan.least))


def _limits(keys: Keys, least: float) -> Floats:
    if not keys.shape[1]:
        return np.full(len(keys), np.inf, dtype=np.float32)
    reached = (keys.min(axis=1, initial=np.iinfo(np.int64).max) >> 32) / MILLION
    limits: Floats = (np.maximum(reached, least) - SLACK).astype(np.float32)
    return limits


def _rank_by_id(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    ranks = np.empty(len(ids), dtype=np.int64)
    ranks[np.argsort(ids, kind="stable")] = np.arange(len(ids))
    return ranks


def _bounds(plan: Plan) -> Bounds:
    background = plan.background
    return Bounds(background.mean, background.related, plan.least, plan.asking == NEED)


def _best(keys: Keys, partners: NDArray[np.int64]) -> Best:
    """Lists from heaps; a rank by id becomes a place again."""
    if not len(partners):
        return Best(np.full(keys.shape, -1, dtype=np.int32), np.zeros(keys.shape, dtype=np.float32))
    falling = -np.sort(-keys, axis=1)
    rank = np.minimum(LOWER - (falling & LOWER), len(partners) - 1)
    places = np.where(falling > 0, np.argsort(partners, kind="stable")[rank], -1)
    return Best(places.astype(np.int32), ((falling >> 32) / MILLION).astype(np.float32))
