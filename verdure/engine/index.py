"""The index as readers use it: one object over one folder, for any number of threads, seeing each commit at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from verdure.engine import duplicates, fuse, match, ranking, spelling, stored
from verdure.engine.concepts import Thesaurus
from verdure.engine.corpus import Corpus
from verdure.engine.documents import (
    FACETS,
    FILTERS,
    Document,
    FacetCounts,
    Hit,
    HitParts,
    Mode,
    SearchRequest,
    SearchResults,
    Sort,
)
from verdure.engine.lexical import Filters
from verdure.engine.passages import whole_text
from verdure.engine.query import NO_CONCEPTS, Query, Word, parse, parse_text, together
from verdure.engine.ranking import Evidence, Mask, Question
from verdure.engine.reading import Reading, languages_of
from verdure.engine.rows import Rows
from verdure.engine.snapshot import Snapshot, Snapshots
from verdure.engine.snippets import excerpt, marker_of
from verdure.engine.text import Marker
from verdure.engine.writer import Encodes, settings_of

MOST_VALUES = 200
"""Values of one facet that are counted out; the rest are the rarest."""

MOST_MARKED = 8
"""Words of a query that are marked in what is shown: of a long one the rarest."""

NO_MASK = np.zeros(0, dtype=np.bool_)

_lookups = ThreadPoolExecutor(4, thread_name_prefix="words")

Counts = NDArray[np.int64]
"""How many rows have each fact of the collection."""

Asked = Callable[[Filters, Mask], tuple[Evidence, Mask]]
"""Answers one question under filters, among the rows of a mask: the evidence, and which candidates are chosen."""


@dataclass(frozen=True, slots=True)
class State:
    """What an index is made of. `mode` is "hybrid", or "words" with the reason in `without_meaning`."""

    documents: int
    vectors: int
    mode: Mode
    without_meaning: str
    languages: tuple[str, ...]


class Index:
    """Search and matching over the index in a folder. Cheap to make; opens files at the first question.

    Without an encoder, or with another one than made the vectors, it goes by words alone and says so in `mode`.
    Every method raises IndexMissing before the first build and IndexDamaged when files are lost.
    """

    def __init__(self, folder: Path, encoder: Encodes | None = None, thesaurus: Thesaurus = NO_CONCEPTS) -> None:
        self._snapshots = Snapshots(folder)
        self._encoder = encoder
        self._thesaurus = thesaurus
        self._reading = Reading(thesaurus, languages_of(encoder))

    def state(self) -> State:
        snapshot = self._snapshots.newest()
        reason = self._without_meaning(snapshot)
        rows = snapshot.rows
        mode: Mode = "words" if reason else "hybrid"
        return State(len(rows), rows.manifest.vectors, mode, reason, snapshot.languages)

    def _without_meaning(self, snapshot: Snapshot) -> str:
        if self._encoder is None:
            return "no encoder"
        if snapshot.rows.manifest.settings != settings_of(self._encoder, self._thesaurus):
            return "the vectors were made by another encoder"
        return ""

    def corpus(self, words: Iterable[Word] = ()) -> Corpus:
        """What the collection is like now, and how frequent any words are in it."""
        del words
        now = self._snapshots.newest()
        return Corpus(now.languages, now.words.entries, now.background, now.words.frequency)

    def snapshot(self) -> Snapshot:
        """The newest commit, for what goes over the whole collection."""
        return self._snapshots.newest()

    def like(self, identifier: int, ids: Sequence[int]) -> list[int]:
        """Those of the documents with these ids that are nearly the same as one; never itself."""
        return duplicates.like(self._snapshots.newest().rows, identifier, ids)

    def document(self, identifier: int) -> Document | None:
        """The document as it was indexed."""
        return self._snapshots.newest().words.documents([identifier]).get(identifier)

    def search(self, request: SearchRequest) -> SearchResults:
        """Answer a question; an unknown filter name is a ValueError."""
        snapshot = self._snapshots.newest()
        filters = _filters(request)
        query = parse(request.text, snapshot.languages, language=request.language, thesaurus=self._thesaurus)
        mode = self._mode(request.mode, snapshot)
        others = {name: _without(filters, name) for name in filters}
        asked = self._asked(snapshot, query, request.text, mode, [filters, *others.values()])
        current = ranking.without_past(snapshot.rows, _day(request.today))
        evidence, chosen = asked(filters, current)
        order, scores = _ordered(evidence, chosen, snapshot, request.sort, request.offset + request.limit)
        own = {name: _counts(snapshot, *asked(rest, current)) for name, rest in others.items()}
        page = slice(request.offset, request.offset + request.limit)
        known, unknown = _understood(query, snapshot)
        marker = marker_of(known[:MOST_MARKED])
        return SearchResults(
            total=int(chosen.sum()),
            hits=_hits(snapshot, marker, evidence, order[page], scores[page], request.language),
            facets=_facets(snapshot, _counts(snapshot, evidence, chosen), own),
            suggestion=_suggestion(snapshot, query, unknown, request.language),
            mode=mode,
            understood=tuple(word.written for word in known),
            unknown=tuple(word.written for word in unknown),
            total_is_floor=not evidence.is_complete,
        )

    def _mode(self, asked: Mode, snapshot: Snapshot) -> Mode:
        return "words" if self._without_meaning(snapshot) else asked

    def _asked(self, snapshot: Snapshot, query: Query, text: str, mode: Mode, sets: Sequence[Filters]) -> Asked:
        """The question, ready to be answered under any of these sets of filters.

        In a small collection it is answered only once. In a larger one the words are looked up for all sets at once,
        while the text is encoded.
        """
        if not query.words:
            nothing_asked = not text.strip() or bool(query.excluded)
            every = ranking.everything(snapshot, found=nothing_asked)
            every.found[ranking.holding(snapshot, query.excluded)] = False
            return lambda filters, current: (every, every.found & ranking.passing(snapshot, filters) & current)
        small = ranking.is_small(snapshot)
        by_words = mode != "meaning"
        wordings = {
            _key(filters): _lookups.submit(ranking.worded, snapshot, query, filters, by_words=by_words)
            for filters in ([{}] if small else sets)
        }
        vector = None
        if mode != "words" and self._encoder is not None:
            vector = self._encoder.encode_queries([self._reading.query(query.text, query.language)])[0]
        question = Question.of(snapshot, query, vector)
        answer = ranking.gather(question, wordings[()].result(), allowed=NO_MASK) if small else None

        def asked(filters: Filters, current: Mask) -> tuple[Evidence, Mask]:
            allowed = ranking.passing(snapshot, filters) & current
            found = answer or ranking.gather(question, wordings[_key(filters)].result(), allowed=allowed)
            return found, found.found & allowed[found.places]

        return asked

    def similar(self, document: int | Document, *, limit: int = 6, today: date | None = None) -> tuple[Hit, ...]:
        """Documents of the same kind that are most like one; an id that is not there has none."""
        snapshot = self._snapshots.newest()
        subject = _subject(snapshot, document)
        if subject is None:
            return ()
        question = Question.of(snapshot, query_of(subject, self._thesaurus), self._vector(snapshot, subject))
        filters = {"kind": (subject.kind,)}
        allowed = ranking.passing(snapshot, filters) & (snapshot.rows.ids != subject.id)
        allowed &= ranking.without_past(snapshot.rows, _day(today))
        evidence = ranking.gather(question, ranking.worded(snapshot, question.query, filters), allowed=allowed)
        chosen = evidence.found & allowed[evidence.places]
        order, scores = ranking.ranked(evidence, chosen, snapshot.rows)
        return _hits(snapshot, marker_of(()), evidence, order[:limit], scores[:limit], "")

    def matches(
        self,
        document: int | Document,
        *,
        limit: int = 20,
        today: date,
        rules: match.Rules = match.RULES,
    ) -> tuple[match.Match, ...]:
        """Technologies that fit a need, or needs that a technology fits, best first; see `match` for the rules.

        Takes the id of an indexed document, or a document that need not be indexed.
        """
        snapshot = self._snapshots.newest()
        subject = _subject(snapshot, document)
        if subject is None:
            return ()
        return match.matches_of(
            subject,
            query=query_of(subject, self._thesaurus),
            vector=self._vector(snapshot, subject),
            snapshot=snapshot,
            limit=limit,
            today=today,
            rules=rules,
            thesaurus=self._thesaurus,
        )

    def _vector(self, snapshot: Snapshot, document: Document) -> NDArray[np.float32] | None:
        """The meaning of a whole document: from the index if it is there unchanged, else encoded now."""
        if self._without_meaning(snapshot) or self._encoder is None or not document.texts:
            return None
        place = snapshot.rows.place(document.id)
        if place >= 0 and int(snapshot.rows.digests[place]) == stored.digest(document):
            vectors = snapshot.rows.first_vectors(np.array([place]))
        else:
            vectors = self._encoder.encode_passages([self._reading.whole(document.texts[0])])
        vector: NDArray[np.float32] = vectors[0]
        return vector


def query_of(document: Document, thesaurus: Thesaurus = NO_CONCEPTS) -> Query:
    """A whole document as a question: the words of all its versions."""
    return together([parse_text(whole_text(text), text.language, thesaurus=thesaurus) for text in document.texts])


def _subject(snapshot: Snapshot, document: int | Document) -> Document | None:
    return document if isinstance(document, Document) else snapshot.words.documents([document]).get(document)


def _filters(request: SearchRequest) -> dict[str, tuple[str, ...]]:
    unknown = set(request.filters) - set(FILTERS)
    if unknown:
        raise ValueError(f"unknown filters: {', '.join(sorted(unknown))}")
    return {name: tuple(values) for name, values in request.filters.items() if values}


def _day(day: date | None) -> int | None:
    return day.toordinal() if day else None


def _ordered(
    evidence: Evidence, chosen: Mask, snapshot: Snapshot, sort: Sort, count: int
) -> tuple[NDArray[np.int64], fuse.Scores]:
    """The best `count` of the chosen candidates at least, in order."""
    rows = snapshot.rows
    if sort == "relevance" and (evidence.words is not None or evidence.meaning is not None):
        return ranking.ranked(evidence, chosen, rows)
    candidates = np.flatnonzero(chosen)
    places = evidence.places[candidates]
    first = _sort_key(rows, "newest" if sort == "relevance" else sort, places)
    if len(places) > count:
        kept = first <= np.partition(first, count)[count]
        candidates, places, first = candidates[kept], places[kept], first[kept]
    order = candidates[np.lexsort((-rows.ids[places], -rows.published[places], first))]
    return order, np.zeros(len(order), dtype=np.float32)


def _sort_key(rows: Rows, sort: Sort, places: NDArray[np.int64]) -> NDArray[np.int32]:
    """What comes first is smallest."""
    if sort == "newest":
        return -rows.published[places]
    if sort == "oldest":
        return rows.published[places]
    if sort == "readiness":
        return -np.where(rows.technology[places], rows.readiness[places], 0).astype(np.int32)
    deadline = rows.deadline[places]
    return np.where(deadline == 0, np.iinfo(np.int32).max, deadline)


def _hits(
    snapshot: Snapshot,
    marker: Marker,
    evidence: Evidence,
    order: NDArray[np.int64],
    scores: fuse.Scores,
    language: str,
) -> tuple[Hit, ...]:
    """`order` are places in the evidence."""
    ids = snapshot.rows.ids[evidence.places[order]].tolist()
    documents = snapshot.words.documents(ids)
    hits = []
    for place, identifier, score in zip(order.tolist(), ids, scores.tolist(), strict=True):
        document = documents.get(identifier)
        if document is None:
            continue
        shown = excerpt(document, marker, language)
        hits.append(
            Hit(
                id=document.id,
                kind=document.kind,
                score=score,
                language=shown.language,
                title=shown.title,
                summary=shown.summary,
                parts=_parts(snapshot, evidence, place),
            )
        )
    return tuple(hits)


def _parts(snapshot: Snapshot, evidence: Evidence, place: int) -> HitParts:
    words = meaning = None
    if evidence.words is not None:
        words = float(evidence.words[place] / max(1e-6, float(evidence.words.max())))
    if evidence.meaning is not None:
        meaning = snapshot.background.share(float(evidence.meaning[place]))
    return HitParts(words, meaning)


def _facets(snapshot: Snapshot, everything: Counts, own: Mapping[str, Counts]) -> FacetCounts:
    """Counts per facet over what is found; of a facet that is filtered by, `own` without that filter."""
    facts, facets = snapshot.rows.facts, {}
    for name in FACETS:
        counts, numbers = own.get(name, everything), snapshot.rows.facts_named(name)
        some = numbers[counts[numbers] > 0]
        values = ((facts[number][1], count) for number, count in zip(some.tolist(), counts[some].tolist(), strict=True))
        facets[name] = tuple(sorted(values, key=lambda pair: (-pair[1], pair[0]))[:MOST_VALUES])
    return facets


def _counts(snapshot: Snapshot, evidence: Evidence, chosen: Mask) -> Counts:
    return snapshot.rows.fact_counts(evidence.places[chosen])


def _key(filters: Filters) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(filters.items())


def _without(filters: Filters, name: str) -> Filters:
    return {other: values for other, values in filters.items() if other != name}


def _understood(query: Query, snapshot: Snapshot) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """The words that the collection knows, rarest first if the query is long, and those that it does not know."""
    counts = {word: snapshot.words.frequency(word) for word in query.words}
    known = [word for word in query.words if counts[word]]
    if query.is_long:
        known.sort(key=lambda word: counts[word] / word.weight)
    return tuple(known), tuple(word for word in query.words if not counts[word])


def _suggestion(snapshot: Snapshot, query: Query, unknown: tuple[Word, ...], language: str) -> str:
    """A spelling that finds more by words than what was typed, or ""."""
    if not unknown or query.is_long:
        return ""
    better = spelling.corrected(query, snapshot.words)
    if not better:
        return ""
    mended = parse(better, snapshot.languages, language=language)
    more = len(snapshot.words.hits(mended, filters={}, limit=ranking.SMALL).ids)
    return better if more > len(snapshot.words.hits(query, filters={}, limit=ranking.SMALL).ids) else ""
