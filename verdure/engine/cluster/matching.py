"""Needs and technologies that fit, found by the cluster and compared as `verdure.engine.match` compares them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import islice

import numpy as np

from verdure.engine import fuse
from verdure.engine.background import Background
from verdure.engine.cluster import words as asking
from verdure.engine.cluster.connection import Connection, Json
from verdure.engine.cluster.entries import Vectors, document_in
from verdure.engine.cluster.evidence import Candidates, Ids, Question, gather
from verdure.engine.cluster.layout import Collection
from verdure.engine.cluster.traits import KEPT, EntryTraits
from verdure.engine.concepts import Thesaurus
from verdure.engine.documents import NEED, TECHNOLOGY, Document
from verdure.engine.duplicates import grouped, leaders
from verdure.engine.facts import ANYWHERE
from verdure.engine.match import CANDIDATES, MOST_WORDS, Match, Rules, as_one, compared, with_words
from verdure.engine.query import Query
from verdure.engine.terms import Held, shared_words, telling


@dataclass(frozen=True, slots=True)
class Subject:
    """A document that is compared with others: its words, and its meaning if there is an encoder."""

    document: Document
    query: Query
    vector: Vectors | None


def matches_of(
    subject: Subject,
    connection: Connection,
    collection: Collection,
    *,
    limit: int,
    today: date,
    rules: Rules,
    thesaurus: Thesaurus,
) -> tuple[Match, ...]:
    """Documents of the other kind that fit, best first."""
    document = subject.document
    if document.deadline is not None and document.deadline < today:
        return ()
    vocabulary = asking.vocabulary(connection, collection, subject.query.words)
    question = Question(
        query=subject.query,
        vocabulary=vocabulary,
        vector=subject.vector,
        filters=eligible(document, today, rules),
        also=_in_the_field(document),
        own=document.id,
    )
    candidates = gather(connection, collection, question)
    ids = _best_by_text(
        candidates, _related(candidates, question, connection, collection), rules, max(CANDIDATES, 3 * limit)
    )
    sources = connection.sources(collection.name, ids.tolist(), "document", *KEPT)
    others = [document_in(source) for source in sources.values()]
    found = [(_match(document, other, candidates, collection.background, rules), other) for other in others]
    found.sort(key=lambda one: (-round(one[0].score, 6), one[1].id))
    told, traits = telling(subject.query, vocabulary), EntryTraits(sources)
    led = leaders(traits, traits.places(np.array([other.id for _, other in found], dtype=np.int64)))
    return tuple(
        as_one([with_words(one, shared_words(told, Held.of(other, thesaurus), MOST_WORDS)) for one, other in group])
        for group in islice(grouped(found, led), limit)
    )


def _match(subject: Document, other: Document, candidates: Candidates, background: Background, rules: Rules) -> Match:
    pair = (subject, other) if subject.kind == TECHNOLOGY else (other, subject)
    words, meaning = candidates.parts(other.id, background)
    return compared(*pair, None if words is None else words**0.5, meaning, background, rules)


def eligible(subject: Document, today: date, rules: Rules) -> list[Json]:
    """Conditions on the other side: the other kind, open, of somebody else, and nothing hard that contradicts."""
    other = NEED if subject.kind == TECHNOLOGY else TECHNOLOGY
    conditions = [asking.passing("kind", (other,))]
    if other == NEED:
        conditions += asking.not_past(today.toordinal())
    if subject.organisation is not None:
        own = {"term": {"facts.organisation": str(subject.organisation)}}
        conditions.append({"bool": {"must_not": [own]}})
    if "country" in rules.hard and subject.places:
        conditions.append({"terms": {"facts.place": [*subject.places, ANYWHERE]}})
    if "deal" in rules.hard and subject.deals:
        conditions.append(_or_unsaid({"terms": {"facts.deal": list(subject.deals)}}, "facts.deal"))
    stated = subject.readiness_min if subject.kind == NEED else subject.readiness
    if "readiness" in rules.hard and stated:
        fits = {"range": {"level": {"gte" if subject.kind == NEED else "lte": stated}}}
        conditions.append({"bool": {"should": [fits, {"term": {"level": 0}}]}})
    return conditions


def _or_unsaid(condition: Json, name: str) -> Json:
    return {"bool": {"should": [condition, {"bool": {"must_not": [{"exists": {"field": name}}]}}]}}


def _in_the_field(subject: Document) -> Json | None:
    codes = [code for code in subject.fields if "." in code]
    return {"terms": {"facts.field": codes}} if codes else None


def _related(candidates: Candidates, question: Question, connection: Connection, collection: Collection) -> Ids:
    """Candidates that pass, and are near in meaning (by words: found) or in a field that the subject names."""
    near = candidates.found
    if candidates.meaning is not None:
        near = candidates.meaning >= collection.background.related
    if question.also is not None and len(candidates.ids):
        condition = {"bool": {"filter": [question.also, {"terms": {"number": candidates.ids.tolist()}}]}}
        body: Json = {"size": len(candidates.ids), "query": condition, "stored_fields": "_none_"}
        hits = connection.search(collection.name, body | {"docvalue_fields": ["number"]})["hits"]["hits"]
        near = near | np.isin(candidates.ids, [int(hit["fields"]["number"][0]) for hit in hits])
    return candidates.ids[near & candidates.passes]


def _best_by_text(candidates: Candidates, ids: Ids, rules: Rules, count: int) -> Ids:
    places = np.searchsorted(candidates.ids, ids)
    total = np.zeros(len(ids), np.float32)
    if candidates.words is not None:
        total += rules.words * np.sqrt(candidates.words[places] / max(1e-6, candidates.best))
    if candidates.meaning is not None:
        total += rules.meaning * candidates.meaning[places]
    return ids[fuse.best_first(total, ids)[:count]]
