"""The index in a cluster, as readers use it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from verdure.engine import duplicates, match, spelling, stored
from verdure.engine.cluster import traits, words as asking
from verdure.engine.cluster.address import ClusterAddress
from verdure.engine.cluster.connection import Connection, Gone, Json
from verdure.engine.cluster.counts import counted, counting
from verdure.engine.cluster.entries import Vectors, document_in, meaning_in
from verdure.engine.cluster.evidence import CANDIDATES, Candidates, Question, gather
from verdure.engine.cluster.layout import DEEPEST, Collection, Collections, settings_of
from verdure.engine.cluster.matching import Subject, matches_of
from verdure.engine.cluster.words import Filters, Vocabulary
from verdure.engine.concepts import Thesaurus
from verdure.engine.corpus import Corpus
from verdure.engine.documents import (
    FILTERS,
    Document,
    Hit,
    HitParts,
    Mode,
    SearchRequest,
    SearchResults,
    Sort,
)
from verdure.engine.index import MOST_MARKED, State, query_of
from verdure.engine.query import NO_CONCEPTS, Query, Word, parse
from verdure.engine.reading import Reading, languages_of
from verdure.engine.snippets import excerpt, marker_of
from verdure.engine.text import Marker
from verdure.engine.writer import Encodes

T = TypeVar("T")

NOTHING_SAID = Query(text="", words=())

SORTS: dict[Sort, tuple[tuple[str, str], ...]] = {
    "relevance": (("published", "desc"),),
    "newest": (("published", "desc"),),
    "oldest": (("published", "asc"),),
    "readiness": (("stage", "desc"), ("published", "desc")),
    "deadline": (("deadline", "asc"), ("published", "desc")),
}


@dataclass(frozen=True, slots=True)
class _Page:
    """One page of what a question finds: ids with scores, how many there are in all, and the candidates, if any."""

    ids: Sequence[int]
    scores: Sequence[float]
    answer: Json
    candidates: Candidates | None


class ClusterIndex:
    """A `SearchIndex`. Makes its connections at the first question; threads may share it.

    The first `DEEPEST` results can be paged through. Filters that meet in a large collection narrow what is fetched.
    """

    def __init__(
        self, address: ClusterAddress, encoder: Encodes | None = None, thesaurus: Thesaurus = NO_CONCEPTS
    ) -> None:
        self._connection = Connection(address)
        self._collections = Collections(self._connection)
        self._encoder = encoder
        self._thesaurus = thesaurus
        self._reading = Reading(thesaurus, languages_of(encoder))

    def close(self) -> None:
        self._connection.close()

    def state(self) -> State:
        return self._read(self._state, self._collections.newest)

    def corpus(self, words: Iterable[Word] = ()) -> Corpus:
        """What the collection is like now, and how frequent these words are in it."""
        asked = tuple(words)

        def read(collection: Collection) -> Corpus:
            told = asking.vocabulary(self._connection, collection, asked)
            return Corpus(collection.languages, collection.documents, collection.background, told.frequency)

        return self._read(read)

    def like(self, identifier: int, ids: Sequence[int]) -> list[int]:
        """Those of the documents with these ids that are nearly the same as one; never itself."""

        def read(collection: Collection) -> list[int]:
            sources = self._connection.sources(collection.name, [identifier, *ids], *traits.KEPT)
            return duplicates.like(traits.EntryTraits(sources), identifier, ids)

        return self._read(read)

    def document(self, identifier: int) -> Document | None:
        """The document as it was indexed."""
        return self._read(lambda collection: self._documents(collection, [identifier]).get(identifier))

    def search(self, request: SearchRequest) -> SearchResults:
        """Answer a question; an unknown filter name is a ValueError."""
        filters = asking.filters_of(request, FILTERS)
        return self._read(lambda collection: self._search(collection, request, filters))

    def similar(self, document: int | Document, *, limit: int = 6, today: date | None = None) -> tuple[Hit, ...]:
        """Documents of the same kind that are most like one; an id that is not there has none."""
        return self._read(lambda collection: self._similar(collection, document, limit, today))

    def matches(
        self,
        document: int | Document,
        *,
        limit: int = 20,
        today: date,
        rules: match.Rules = match.RULES,
    ) -> tuple[match.Match, ...]:
        """Technologies that fit a need, or needs that a technology fits, best first; see `match` for the rules."""

        def read(collection: Collection) -> tuple[match.Match, ...]:
            subject = self._subject(collection, document)
            if subject is None:
                return ()
            return matches_of(
                subject,
                self._connection,
                collection,
                limit=limit,
                today=today,
                rules=rules,
                thesaurus=self._thesaurus,
            )

        return self._read(read)

    def _read(self, question: Callable[[Collection], T], first: Callable[[], Collection] | None = None) -> T:
        """The answer from one index throughout; if a rebuild takes that away meanwhile, from the next."""
        for _ in range(3):
            try:
                return question((first or self._collections.current)())
            except Gone:
                self._collections.forget()
        return question(self._collections.newest())

    def _state(self, collection: Collection) -> State:
        counts = {"passages": {"nested": {"path": "passages"}}} if collection.made.dimension else {}
        answer = self._connection.search(collection.name, {"size": 0, "aggs": counts})
        vectors = answer["aggregations"]["passages"]["doc_count"] if counts else 0
        reason = self._without_meaning(collection)
        mode: Mode = "words" if reason else "hybrid"
        return State(collection.documents, vectors, mode, reason, collection.languages)

    def _without_meaning(self, collection: Collection) -> str:
        if self._encoder is None:
            return "no encoder"
        if collection.made.settings != settings_of(self._encoder, self._thesaurus):
            return "the vectors were made by another encoder"
        return ""

    def _documents(self, collection: Collection, ids: Sequence[int]) -> dict[int, Document]:
        """What was visible may have gone meanwhile; then it is left out."""
        found = self._connection.sources(collection.name, ids, "document")
        return {identifier: document_in(source) for identifier, source in found.items()}

    def _search(self, collection: Collection, request: SearchRequest, filters: Filters) -> SearchResults:
        query = parse(request.text, collection.languages, language=request.language, thesaurus=self._thesaurus)
        vocabulary = asking.vocabulary(self._connection, collection, query.words)
        mode: Mode = "words" if self._without_meaning(collection) else request.mode
        page = self._page(collection, request, filters, self._question(query, vocabulary, mode, request))
        total, facets = counted(page.answer)
        known, unknown = _understood(query, vocabulary)
        marker = marker_of(known[:MOST_MARKED])
        return SearchResults(
            total=total,
            hits=self._hits(collection, page.ids, page.scores, page.candidates, marker, request.language),
            facets=facets,
            suggestion=self._suggestion(collection, query, vocabulary, unknown, request.language),
            mode=mode,
            understood=tuple(word.written for word in known),
            unknown=tuple(word.written for word in unknown),
        )

    def _question(self, query: Query, vocabulary: Vocabulary, mode: Mode, request: SearchRequest) -> Question:
        vector = None
        if mode != "words" and self._encoder is not None and query.words:
            vector = self._encoder.encode_queries([self._reading.query(query.text, query.language)])[0]
        return Question(
            query=query,
            vocabulary=vocabulary,
            vector=vector,
            by_words=mode != "meaning",
            always=asking.not_past(request.today.toordinal() if request.today else None),
            count=min(DEEPEST, max(CANDIDATES, request.offset + request.limit)),
        )

    def _page(self, collection: Collection, request: SearchRequest, filters: Filters, question: Question) -> _Page:
        conditions = {name: asking.passing(name, values) for name, values in filters.items()}
        if not question.query.words:
            return self._listed(collection, request, conditions, _everything(request, question))
        question = replace(question, filters=list(conditions.values()))
        candidates = gather(self._connection, collection, question)
        if request.sort != "relevance":
            page = self._listed(collection, request, conditions, candidates.condition)
            if set(page.ids) - set(candidates.ids.tolist()):
                candidates = gather(self._connection, collection, question, also=page.ids)
            return replace(page, candidates=candidates)
        body = {"size": 0, "query": candidates.condition, "aggs": counting(conditions)}
        ids, scores = candidates.ranked()
        wanted = slice(request.offset, request.offset + request.limit)
        answer = self._connection.search(collection.name, body)
        return _Page(ids[wanted].tolist(), scores[wanted].tolist(), answer, candidates)

    def _listed(
        self, collection: Collection, request: SearchRequest, conditions: dict[str, Json], condition: Json
    ) -> _Page:
        """In an order that does not depend on the question."""
        start = min(request.offset, DEEPEST)
        order: list[Json] = [{name: {"order": way, "missing": "_last"}} for name, way in SORTS[request.sort]]
        body: Json = {
            "from": start,
            "size": min(request.limit, DEEPEST - start),
            "query": condition,
            "post_filter": {"bool": {"filter": list(conditions.values())}},
            "sort": [*order, {"number": {"order": "desc"}}],
            "stored_fields": "_none_",
            "docvalue_fields": ["number"],
            "aggs": counting(conditions),
        }
        answer = self._connection.search(collection.name, body)
        ids = [int(hit["fields"]["number"][0]) for hit in answer["hits"]["hits"]]
        return _Page(ids, [0.0] * len(ids), answer, None)

    def _hits(
        self,
        collection: Collection,
        ids: Sequence[int],
        scores: Sequence[float],
        candidates: Candidates | None,
        marker: Marker,
        language: str,
    ) -> tuple[Hit, ...]:
        documents = self._documents(collection, ids)
        hits = []
        for identifier, score in zip(ids, scores, strict=True):
            if (document := documents.get(identifier)) is None:
                continue
            shown = excerpt(document, marker, language)
            parts = (None, None) if candidates is None else candidates.parts(identifier, collection.background)
            hits.append(
                Hit(
                    id=document.id,
                    kind=document.kind,
                    score=score,
                    language=shown.language,
                    title=shown.title,
                    summary=shown.summary,
                    parts=HitParts(*parts),
                )
            )
        return tuple(hits)

    def _suggestion(
        self,
        collection: Collection,
        query: Query,
        vocabulary: Vocabulary,
        unknown: Sequence[Word],
        language: str,
    ) -> str:
        """A spelling that finds more by words than what was typed, or ""."""
        if not unknown or query.is_long:
            return ""
        near = asking.with_suggestions(self._connection, collection, vocabulary, unknown)
        better = spelling.corrected(query, near)
        if not better:
            return ""
        mended = parse(better, collection.languages, language=language)
        bodies = [
            {"size": 0, "track_total_hits": DEEPEST, "query": asking.any_word(each, each.words)}
            for each in (mended, query)
        ]
        answers = self._connection.searches(collection.name, bodies)
        more, found = (answer["hits"]["total"]["value"] for answer in answers)
        return better if more > found else ""

    def _similar(
        self, collection: Collection, document: int | Document, limit: int, today: date | None
    ) -> tuple[Hit, ...]:
        subject = self._subject(collection, document)
        if subject is None:
            return ()
        same_kind = asking.passing("kind", (subject.document.kind,))
        itself = {"term": {"number": subject.document.id}}
        question = Question(
            query=subject.query,
            vocabulary=asking.vocabulary(self._connection, collection, subject.query.words),
            vector=subject.vector,
            filters=[same_kind, {"bool": {"must_not": [itself]}}],
            always=asking.not_past(today.toordinal() if today else None),
        )
        candidates = gather(self._connection, collection, question)
        ids, scores = (part[:limit].tolist() for part in candidates.ranked())
        return self._hits(collection, ids, scores, candidates, marker_of(()), "")

    def _subject(self, collection: Collection, document: int | Document) -> Subject | None:
        """What is compared: an indexed document by its id, or any document; its meaning is encoded only if need be."""
        identifier = document.id if isinstance(document, Document) else document
        kept = self._connection.sources(collection.name, [identifier], "document", "digest", "meaning").get(identifier)
        if not isinstance(document, Document):
            if kept is None:
                return None
            document = document_in(kept)
        return Subject(document, query_of(document, self._thesaurus), self._meaning(collection, document, kept))

    def _meaning(self, collection: Collection, document: Document, kept: Json | None) -> Vectors | None:
        if self._without_meaning(collection) or self._encoder is None or not document.texts:
            return None
        if kept is not None and kept["digest"] == stored.digest(document):
            return meaning_in(kept)
        vector: Vectors = self._encoder.encode_passages([self._reading.whole(document.texts[0])])[0]
        return vector


def _everything(request: SearchRequest, question: Question) -> Json:
    """What is found when no word was asked for: all, if that was meant, less what was excluded."""
    nothing_asked = not request.text.strip() or bool(question.query.excluded)
    return {
        "bool": {
            "must": [{"match_all": {}} if nothing_asked else {"match_none": {}}],
            "must_not": asking.holding(question.query.excluded),
            "filter": list(question.always),
        }
    }


def _understood(query: Query, vocabulary: Vocabulary) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """The words that the collection knows, rarest first if the query is long, and those that it does not know."""
    counts = {word: vocabulary.frequency(word) for word in query.words}
    known = [word for word in query.words if counts[word]]
    if query.is_long:
        known.sort(key=lambda word: counts[word] / word.weight)
    return tuple(known), tuple(word for word in query.words if not counts[word])
