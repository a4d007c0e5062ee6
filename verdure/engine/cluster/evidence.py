"""Which entries may answer a question, and what speaks for each: the cluster's part of what `ranking` does.

A first round of searches brings candidates, by words (BM25) and by meaning (HNSW over passages, filters inside). A
second asks for what one of them did not say about the other's, so that every candidate has both scores, exact, before
they are fused in Python; and which of them the question finds at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from verdure.engine import fuse
from verdure.engine.background import Background
from verdure.engine.cluster import words as asking
from verdure.engine.cluster.connection import Connection, Json
from verdure.engine.cluster.layout import DEEPEST, Collection
from verdure.engine.cluster.words import Vocabulary
from verdure.engine.query import Query
from verdure.engine.ranking import HALF, LONG_QUERY_FINDS, MEANING_SHARE, MOST_TITLED, SMALL

CANDIDATES = fuse.POOL
"""Entries of each kind that are fetched. In a larger collection filters go into the questions."""

Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]
Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`vector` is the query's meaning, None to go by words alone; `by_words` False to go by meaning alone.

    Conditions, in the cluster's language: `always` holds for whatever is found, `filters` narrow it, `also` brings
    further candidates. `own` is the id of the document that is the question, if it is one.
    """

    query: Query
    vocabulary: Vocabulary
    vector: Vector | None
    by_words: bool = True
    always: Sequence[Json] = ()
    filters: Sequence[Json] = ()
    also: Json | None = None
    own: int | None = None
    count: int = CANDIDATES

    @property
    def any_word(self) -> Json:
        brief = self.query.is_long and self.vocabulary.documents > SMALL
        return asking.any_word(self.query, self.vocabulary.most_telling(self.query.words), brief=brief)

    @property
    def half(self) -> Json:
        """Entries that hold half of the query's weight."""
        covered = asking.coverage(self.query, self.vocabulary)
        return {"function_score": {"query": covered, "min_score": HALF - 1e-4}}

    @property
    def asks_half(self) -> bool:
        return self.by_words and self.vector is not None and len(self.query.words) > 1 and not self.query.is_long

    def near(self, filters: Sequence[Json], count: int) -> Json:
        """Entries by their best passage; `filters` apply inside the search for neighbours."""
        assert self.vector is not None
        wanted: Json = {"vector": self.vector.tolist(), "k": count}
        if filters:
            wanted["filter"] = {"bool": {"filter": list(filters)}}
        knn = {"knn": {"passages.vector": wanted}}
        return {"nested": {"path": "passages", "score_mode": "max", "query": knn}}


@dataclass(frozen=True, slots=True)
class Answer:
    """Entries with their scores, best first; `is_full` when there may be more."""

    ids: Ids = field(default_factory=lambda: np.zeros(0, np.int64))
    scores: fuse.Scores = field(default_factory=lambda: np.zeros(0, np.float32))
    is_full: bool = False

    @property
    def best(self) -> float:
        return float(self.scores.max(initial=0.0))


@dataclass(frozen=True, slots=True)
class Candidates:
    """What speaks for n entries: `words` (BM25, 0 for none) and `meaning` (cosine of the best passage, -1 for none),
    each None if it was not asked; whether they are `found` and meet the filters (`passes`).

    `best` is the highest BM25, or that of the question itself if it is a document. `condition` is what makes an entry
    found, in the cluster's language; see `verdure.engine.ranking` for it in words.
    """

    ids: Ids
    words: fuse.Scores | None
    meaning: fuse.Scores | None
    found: Mask
    passes: Mask
    titled: Mask
    best: float
    condition: Json

    def ranked(self) -> tuple[Ids, fuse.Scores]:
        """Those that are found and pass, best first, with their scores."""
        chosen = self.found & self.passes
        if not chosen.any():
            return self.ids[:0], np.zeros(0, np.float32)
        every = fuse.fused(self.words, self.meaning)
        every[self.titled] += fuse.LIMIT
        ids, scores = self.ids[chosen], every[chosen]
        order = fuse.best_first(scores, ids)
        return ids[order], scores[order]

    def parts(self, identifier: int, background: Background) -> tuple[float | None, float | None]:
        """Words (a share of the best) and meaning of one candidate, each from 0 to 1."""
        place = int(np.searchsorted(self.ids, identifier))
        words = None if self.words is None else float(self.words[place]) / max(1e-6, self.best)
        meaning = None if self.meaning is None else background.share(float(self.meaning[place]))
        return words, meaning


def gather(
    connection: Connection, collection: Collection, question: Question, *, also: Iterable[int] = ()
) -> Candidates:
    """The candidates, and the entries of the ids in `also`, with all that speaks for them; ids ascend."""
    return _Gathering(connection, collection, question).candidates(also)


class _Gathering:
    def __init__(self, connection: Connection, collection: Collection, question: Question) -> None:
        self._connection = connection
        self._collection = collection
        self._question = question
        is_large = collection.documents > question.count
        self._narrowed = [*question.always, *question.filters] if is_large else []

    def candidates(self, also: Iterable[int]) -> Candidates:
        first = self._answers(self._first())
        ids = np.unique(np.concatenate([np.array(list(also), np.int64), *(answer.ids for answer in first.values())]))
        condition = self._condition(first)
        rest = self._answers(self._rest(ids, first, condition))
        words = meaning = None
        if self._question.by_words:
            words = _spread(ids, (first["words"], rest["words"]), 0.0)
        if self._question.vector is not None:
            meaning = _spread(ids, (first["near"], first["near here"], rest["near"]), -1.0)
        return Candidates(
            ids=ids,
            words=words,
            meaning=meaning,
            found=np.isin(ids, rest["found"].ids),
            passes=np.isin(ids, rest["passing"].ids) if self._question.filters else np.ones(len(ids), np.bool_),
            titled=np.isin(ids, first["titled"].ids),
            best=max(answer.best for answer in (first["words"], first["own"], rest["words"])),
            condition=condition,
        )

    def _first(self) -> dict[str, Json]:
        question, narrowed, count = self._question, self._narrowed, self._question.count
        asked: dict[str, Json] = {}
        if question.by_words:
            asked["words"] = _limited(question.any_word, narrowed, count)
            if question.own is not None:
                asked["own"] = _limited(question.any_word, [{"term": {"number": question.own}}], 1)
            if question.query.name and not question.query.phrases:
                asked["titled"] = _limited({"term": {"names": question.query.name}}, [], MOST_TITLED)
        if question.asks_half:
            asked["half"] = _limited(question.half, narrowed, 1)
        if question.vector is not None:
            asked["near"] = _limited(question.near([], count), [], count)
            if narrowed:
                asked["near here"] = _limited(question.near(narrowed, count), [], count)
        if question.also is not None:
            besides = {"bool": {"filter": [question.also], "should": [question.any_word]}}
            asked["also"] = _limited(besides, question.filters, count)
        return asked

    def _rest(self, ids: Ids, first: dict[str, Answer], condition: Json) -> dict[str, Json]:
        asked = {"found": _limited(condition, [_among(ids)], len(ids))}
        if self._question.filters:
            asked["passing"] = _limited({"match_all": {}}, [*self._question.filters, _among(ids)], len(ids))
        if self._question.by_words and (self._narrowed or first["words"].is_full):
            missing = np.setdiff1d(ids, first["words"].ids)
            asked["words"] = _limited(self._question.any_word, [_among(missing)], len(missing))
        if self._question.vector is not None and first["near"].is_full:
            missing = np.setdiff1d(ids, np.concatenate([first["near"].ids, first["near here"].ids]))
            # As many neighbours as may be asked: then none is left out among so few.
            asked["near"] = _limited(self._question.near([_among(missing)], DEEPEST), [], len(missing))
        return {name: body for name, body in asked.items() if body["size"]}

    def _condition(self, first: dict[str, Answer]) -> Json:
        question = self._question
        known = [*self._near_enough(first), *first["titled"].ids.tolist()]
        ways: list[Json] = []
        if question.by_words and question.query.is_long:
            known += first["words"].ids[:LONG_QUERY_FINDS].tolist()
        elif question.by_words:
            ways.append(question.half if len(first["half"].ids) else question.any_word)
        if known:
            ways.append({"terms": {"number": sorted(set(known))}})
        return {
            "bool": {
                "should": ways or [{"match_none": {}}],
                "minimum_should_match": 1,
                "must_not": asking.holding(question.query.excluded),
                "filter": list(question.always),
            }
        }

    def _near_enough(self, first: dict[str, Answer]) -> list[int]:
        """What is found by meaning; among few that pass the filters more than among all."""
        if self._question.query.phrases:
            return []
        most = max(LONG_QUERY_FINDS, min(CANDIDATES, int(self._collection.documents * MEANING_SHARE)))
        related = self._collection.background.related
        kinds = (first["near"], first["near here"])
        return [int(i) for near in kinds for i in near.ids[:most][2 * near.scores[:most] - 1 >= related]]

    def _answers(self, asked: dict[str, Json]) -> dict[str, Answer]:
        """By name; one that was not asked is empty."""
        found = dict.fromkeys(
            ("words", "own", "half", "titled", "near", "near here", "also", "found", "passing"), Answer()
        )
        if asked:
            given = self._connection.searches(self._collection.name, list(asked.values()))
            for (name, body), answer in zip(asked.items(), given, strict=True):
                found[name] = _read(answer, body["size"])
        return found


def _limited(query: Json, filters: Sequence[Json], count: int) -> Json:
    """The best `count` by a question, as numbers and scores alone."""
    return {
        "size": count,
        "track_total_hits": False,
        "stored_fields": "_none_",
        "docvalue_fields": ["number"],
        "query": {"bool": {"must": [query], "filter": list(filters)}},
    }


def _read(answer: Json, count: int) -> Answer:
    hits = answer["hits"]["hits"]
    ids = np.array([hit["fields"]["number"][0] for hit in hits], np.int64)
    return Answer(ids, np.array([hit["_score"] or 0.0 for hit in hits], np.float32), len(hits) >= count)


def _among(ids: Ids) -> Json:
    return {"terms": {"number": ids.tolist()}}


def _spread(ids: Ids, answers: Sequence[Answer], nothing: float) -> fuse.Scores:
    """Scores over the ids. Cosines come as (1 + cosine) / 2."""
    scores = np.full(len(ids), nothing, np.float32)
    for answer in answers:
        told = answer.scores if nothing == 0 else 2 * answer.scores - 1
        scores[np.searchsorted(ids, answer.ids)] = told
    return scores
