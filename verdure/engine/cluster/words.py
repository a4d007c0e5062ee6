"""Questions about words, in the cluster's language: what `lexical` asks of Tantivy, word for word.

A query's words become a disjunction with the same shares of title, openings and surfaces; BM25 is OpenSearch's
(k1 = 1.2, b = 0.75), which leaves out a constant factor that no ranking depends on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from verdure.engine.cluster.connection import Connection, Json
from verdure.engine.cluster.entries import concept_form
from verdure.engine.cluster.layout import Collection
from verdure.engine.documents import SearchRequest
from verdure.engine.facts import wanted_values
from verdure.engine.lexical import (
    CONCEPT_SHARE,
    FOREIGN_SHARE,
    OPENING,
    OPENING_SHARE,
    SURFACE_SHARE,
    TITLE_SHARE,
)
from verdure.engine.query import Query, Word
from verdure.engine.text import is_unspaced

MOST_CLAUSES = 800
"""Terms of one question; OpenSearch refuses more than 1,024. Of a longer query the most telling words are asked."""

LONGEST_TERM = 255
"""Characters; the cluster's analyser cuts longer ones, so they are never found."""

SUGGESTIONS = 200

Filters = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How often the forms of some words occur in the collection, and what else a word might be meant to be.

    `counts` are numbers of documents by form; `near` maps words of the collection to such numbers.
    """

    documents: int
    counts: Mapping[str, int]
    near: Mapping[str, int] = field(default_factory=dict)

    def frequency(self, word: Word) -> int:
        least = 1 if _is_letter(word) else 0
        return max(least, *(self.counts.get(form, 0) for form in _all_forms(word)))

    def surfaces_from(self, prefix: str) -> list[tuple[str, int]]:
        return [(known, count) for known, count in self.near.items() if known.startswith(prefix)]

    def weight(self, word: Word) -> float:
        """Inverse document frequency, as BM25 has it; 0 for a word that the collection does not know."""
        count = self.frequency(word)
        return math.log(1 + max(0.0, self.documents - count + 0.5) / (count + 0.5)) if count else 0.0

    def most_telling(self, words: Sequence[Word]) -> list[Word]:
        """Known words, as many as one question may hold, in their order."""
        known = [word for word in words if self.frequency(word)]
        kept, clauses = set[Word](), 0
        for word in sorted(known, key=lambda word: -word.weight * self.weight(word)):
            clauses += 3 * len(word.forms) + len(word.concepts)
            if clauses > MOST_CLAUSES:
                break
            kept.add(word)
        return [word for word in known if word in kept]


def vocabulary(connection: Connection, collection: Collection, words: Iterable[Word]) -> Vocabulary:
    """The frequencies of the words' forms, asked of every shard's term dictionary: the cost does not grow with them."""
    forms = {form for word in words for form in _all_forms(word) if len(form) <= LONGEST_TERM}
    if not forms:
        return Vocabulary(collection.documents, {})
    question = {
        "doc": {"forms": " ".join(sorted(forms))},
        "fields": ["forms"],
        "term_statistics": True,
        "field_statistics": False,
        "positions": False,
        "offsets": False,
    }
    body = {"docs": [question | {"routing": route} for route in collection.routes]}
    counts = dict.fromkeys(forms, 0)
    for answer in connection.post(f"/{collection.name}/_mtermvectors", body)["docs"]:
        for form, told in answer["term_vectors"].get("forms", {}).get("terms", {}).items():
            counts[form] = counts.get(form, 0) + told.get("doc_freq", 0)
    return Vocabulary(collection.documents, counts)


def with_suggestions(
    connection: Connection, collection: Collection, vocabulary: Vocabulary, unknown: Sequence[Word]
) -> Vocabulary:
    """The vocabulary with the words of the collection that are within two edits of the unknown ones."""
    surfaces = {word.surface for word in unknown if len(word.surface) <= LONGEST_TERM}
    near = {
        "field": "versions.surfaces",
        "suggest_mode": "always",
        "max_edits": 2,
        "prefix_length": 0,
        "min_word_length": 4,
        "accuracy": 0.1,
        "size": SUGGESTIONS,
        "shard_size": SUGGESTIONS,
    }
    asked = {str(number): {"text": surface, "term": near} for number, surface in enumerate(sorted(surfaces))}
    answer = connection.search(collection.name, {"size": 0, "suggest": asked})
    options = [option for entries in answer["suggest"].values() for entry in entries for option in entry["options"]]
    found = {option["text"]: option["freq"] for option in options}
    return Vocabulary(vocabulary.documents, vocabulary.counts, found)


def any_word(query: Query, words: Sequence[Word], *, brief: bool = False) -> Json:
    """Entries with any of the words and all of the phrases in one version, scored as their best version is.

    `brief`: by stems and concepts alone.
    """
    forms = [_any_stem(word) if brief else _any_form(word) for word in words]
    wording = {"bool": {"should": forms}} if forms else {"match_none": {}}
    return _in_versions({"bool": {"must": [wording], "filter": _phrases(query.phrases)}})


def coverage(query: Query, vocabulary: Vocabulary) -> Json:
    """As `any_word`, but the score is the share of the query's weight that one version holds."""
    weights = [vocabulary.weight(word) for word in query.words]
    total = sum(weights) or 1.0
    parts = [
        {"constant_score": {"filter": _any_form(word), "boost": weight / total}}
        for word, weight in zip(query.words, weights, strict=True)
        if weight
    ]
    wording = {"bool": {"should": parts}} if parts else {"match_none": {}}
    return _in_versions({"bool": {"must": [wording], "filter": _phrases(query.phrases)}})


def holding(phrases: Sequence[tuple[str, ...]]) -> list[Json]:
    """For each phrase, the entries that hold it as written."""
    return [_in_versions(phrase) for phrase in _phrases(phrases)]


def filters_of(request: SearchRequest, known: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The filters that filter something; an unknown name is a ValueError."""
    unknown = set(request.filters) - set(known)
    if unknown:
        raise ValueError(f"unknown filters: {', '.join(sorted(unknown))}")
    return {name: tuple(values) for name, values in request.filters.items() if values}


def passing(name: str, values: tuple[str, ...]) -> Json:
    return {"terms": {f"facts.{name}": list(wanted_values(name, values))}}


def not_past(day: int | None) -> list[Json]:
    """Entries whose deadline is not before a day (days since year 1), or that have none."""
    if day is None:
        return []
    open_still: list[Json] = [
        {"range": {"deadline": {"gte": day}}},
        {"bool": {"must_not": [{"exists": {"field": "deadline"}}]}},
    ]
    return [{"bool": {"should": open_still}}]


def _all_forms(word: Word) -> list[str]:
    return [*word.forms, *(concept_form(concept) for concept in word.concepts)]


def _any_form(word: Word) -> Json:
    if _is_letter(word):
        letter = {"regexp": {"versions.stems": {"value": f"{word.surface}.?|.{word.surface}"}}}
        return {"constant_score": {"filter": letter, "boost": word.weight}}
    openings = tuple(dict.fromkeys(stem[:OPENING] for stem in word.stems))
    parts = [
        _any_stem(word),
        _one_of("title", word.stems, word.foreign, word.weight * TITLE_SHARE),
        _one_of("openings", openings, (), word.weight * OPENING_SHARE),
        _term("surfaces", word.surface, word.weight * SURFACE_SHARE),
    ]
    return {"bool": {"should": parts}}


def _any_stem(word: Word) -> Json:
    concepts = [_term("concepts", concept, word.weight * CONCEPT_SHARE) for concept in word.concepts]
    return _one_of("stems", word.stems, word.foreign, word.weight, *concepts)


def _one_of(field: str, stems: Sequence[str], foreign: Sequence[str], boost: float, *others: Json) -> Json:
    forms = [*others]
    forms += [_term(field, stem, boost) for stem in stems]
    forms += [_term(field, stem, boost * FOREIGN_SHARE) for stem in foreign]
    return forms[0] if len(forms) == 1 else {"dis_max": {"queries": forms}}


def _term(field: str, value: str, boost: float) -> Json:
    return {"term": {f"versions.{field}": {"value": value, "boost": boost}}}


def _phrases(phrases: Sequence[tuple[str, ...]]) -> list[Json]:
    return [{"match_phrase": {"versions.surfaces": " ".join(surfaces)}} for surfaces in phrases]


def _in_versions(question: Json) -> Json:
    return {"nested": {"path": "versions", "score_mode": "max", "query": question}}


def _is_letter(word: Word) -> bool:
    return len(word.surface) == 1 and is_unspaced(word.surface)
