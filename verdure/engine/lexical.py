"""Search by words: a Tantivy index with one entry for each language version of a document.

One process writes (`LexicalWriter`); any number read (`LexicalIndex`). Texts are analysed by `text` and given to
Tantivy as words between spaces, so documents, queries, snippets and spelling agree. Fields: `stems` (title, summary,
keywords, body), `title` (stems of the title alone), `openings` (how the stems begin), `surfaces` (all words unstemmed,
for phrases, spelling and exact words), `name` (the whole title as one term), `facts` (what can be filtered),
`concepts` (what of a thesaurus is named, in whatever language), `document` (kept once per document, as JSON).

Ranking is Tantivy's BM25 (k1 = 1.2, b = 0.75; Robertson and Zaragoza 2009) on `stems`, plus a share of that of the
other three; a document scores as its best version does.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import tantivy
from numpy.typing import NDArray

from verdure.engine import stored
from verdure.engine.concepts import Thesaurus
from verdure.engine.documents import Document, DocumentText, IndexBusy, IndexDamaged
from verdure.engine.facts import facts_of, spell_fact, wanted_values
from verdure.engine.passages import whole_text
from verdure.engine.query import NO_CONCEPTS, Query, Word, name_of
from verdure.engine.text import detect_language, forms, is_unspaced

TITLE_SHARE = 0.1
SURFACE_SHARE = 0.2
FOREIGN_SHARE = 0.5
OPENING_SHARE = 0.4
CONCEPT_SHARE = 0.4
"""A concept in place of the word itself: a synonym, or the same in another language."""

OPENING = 6
"""Letters of a stem that `openings` keeps: hydrological and hydrogen differ, hydrology and hydrologist do not. It
finds relatives that stemmers part, and inflections in languages that have no stemmer here."""

FILLER = " ·" * 20
"""Added to each text, so that the lengths BM25 sees never differ by a large factor: among texts of a few words a
length means little, among pages much. (The same as b falling with the average length; Tantivy's b is fixed.)"""

HEAP = 64_000_000
"""Bytes that the writer holds before it writes a segment; Tantivy's least is 15 MB."""

Filters = Mapping[str, tuple[str, ...]]

_Occur = tantivy.Occur


@dataclass(frozen=True, slots=True, kw_only=True)
class _Analysed:
    """The words of one language version, its title first in `surfaces` and `all_stems`; how often it names concepts."""

    name: str
    title_stems: list[str]
    all_stems: list[str]
    surfaces: list[str]
    concepts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class WordHits:
    """Documents that hold a word of the query: `ids` int64 (n,) ascending, `scores` float32 (n,).

    `is_complete` is False when there were more than the limit asked: then these are the best.
    """

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]
    is_complete: bool


class TextSearch(Protocol):
    """What the rest of the engine asks of a text index; another backend implements this."""

    def hits(self, query: Query, *, filters: Filters, limit: int, brief: bool = False) -> WordHits:
        """Documents with any of the words, all of the phrases and none of the excluded ones.

        `brief`: a long query goes by its stems alone, which takes a third of the time and costs little.
        """

    def coverage(self, query: Query, *, filters: Filters, limit: int) -> WordHits:
        """As `hits`, but the score is the share of the query's weight (idf) that one version of the document holds."""

    def score(self, query: Query, identifier: int, *, brief: bool = False) -> float:
        """What `hits` gives one document, 0 if it is not there or holds no word."""

    def holding(self, phrases: Sequence[tuple[str, ...]], *, limit: int) -> NDArray[np.int64]:
        """Ids of documents that hold any of the phrases, as written."""

    def named(self, name: str, *, limit: int) -> NDArray[np.int64]:
        """Ids of documents whose whole title is this; see `query.name_of`."""

    def documents(self, ids: Sequence[int]) -> dict[int, Document]:
        """The documents of these ids that are there."""

    def frequency(self, word: Word) -> int:
        """In how many versions of documents the word, or an inflection of it, occurs."""

    def weights(self, words: Sequence[Word]) -> list[float]:
        """Inverse document frequency of each word, as BM25 has it; 0 for a word that the collection does not know."""

    def surfaces_from(self, prefix: str) -> list[tuple[str, int]]:
        """Words of the collection that begin so, each with the number of versions that hold it."""


def schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", indexed=True, fast=True)
    builder.add_unsigned_field("version", indexed=True)
    builder.add_text_field("stems", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("title", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("openings", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("surfaces", tokenizer_name="whitespace", index_option="position")
    builder.add_text_field("name", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("concepts", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("facts", tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field("document", stored=True)
    return builder.build()


def open_tantivy(folder: Path) -> tantivy.Index:
    try:
        return tantivy.Index(schema(), path=str(folder), reuse=True)
    except ValueError as error:
        raise IndexDamaged(f"{folder}: {error}") from error


class LexicalIndex:
    """A reader's view: one commit, until `reloaded` gives the next. Safe to share between threads."""

    def __init__(self, index: tantivy.Index) -> None:
        self._index = index
        self._schema = index.schema
        index.reload()
        self._searcher = index.searcher()

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        index = open_tantivy(folder)
        index.config_reader("manual")
        return cls(index)

    def reloaded(self) -> LexicalIndex:
        return LexicalIndex(self._index)

    @property
    def entries(self) -> int:
        """Number of language versions."""
        return int(self._searcher.num_docs)

    def hits(self, query: Query, *, filters: Filters, limit: int, brief: bool = False) -> WordHits:
        return self._found(self._question(self._wording(query, brief=brief), query, filters), limit)

    def score(self, query: Query, identifier: int, *, brief: bool = False) -> float:
        only = tantivy.Query.const_score_query(tantivy.Query.term_query(self._schema, "id", identifier), 0.0)
        question = self._question(self._wording(query, brief=brief), query, {})
        found = self._found(tantivy.Query.boolean_query([(_Occur.Must, question), (_Occur.Must, only)]), 100)
        return float(found.scores.max(initial=0))

    def _wording(self, query: Query, *, brief: bool) -> list[tantivy.Query]:
        form = self._any_stem if brief and query.is_long else self._any_form
        return [form(word) for word in query.words]

    def coverage(self, query: Query, *, filters: Filters, limit: int) -> WordHits:
        weights = self.weights(query.words)
        total = sum(weights) or 1.0
        parts = [
            tantivy.Query.const_score_query(self._any_form(word), weight / total)
            for word, weight in zip(query.words, weights, strict=True)
            if weight
        ]
        return self._found(self._question(parts, query, filters), limit)

    def holding(self, phrases: Sequence[tuple[str, ...]], *, limit: int) -> NDArray[np.int64]:
        wanted = [(_Occur.Should, self._phrase(phrase)) for phrase in phrases]
        return self._found(tantivy.Query.boolean_query(wanted), limit).ids

    def named(self, name: str, *, limit: int) -> NDArray[np.int64]:
        return self._found(tantivy.Query.term_query(self._schema, "name", name, "basic"), limit).ids

    def _found(self, question: tantivy.Query, limit: int) -> WordHits:
        found = self._searcher.search(question, limit=limit + 1, count=False).hits
        if not found:
            return WordHits(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32), is_complete=True)
        scores, addresses = zip(*found[:limit], strict=True)
        ids = np.array(self._searcher.fast_field_values("id", list(addresses)), dtype=np.int64)
        order = np.argsort(ids, kind="stable")  # of each id the best version first
        ids = ids[order]
        first = np.concatenate([[True], ids[1:] != ids[:-1]])
        return WordHits(ids[first], np.array(scores, dtype=np.float32)[order][first], is_complete=len(found) <= limit)

    def weights(self, words: Sequence[Word]) -> list[float]:
        counts = [self.frequency(word) for word in words]
        return [math.log(1 + (self.entries - count + 0.5) / (count + 0.5)) if count else 0.0 for count in counts]

    def documents(self, ids: Sequence[int]) -> dict[int, Document]:
        if not ids:
            return {}
        first = tantivy.Query.term_query(self._schema, "version", 0)
        wanted = tantivy.Query.term_set_query(self._schema, "id", [int(i) for i in ids])
        question = tantivy.Query.boolean_query([(_Occur.Must, first), (_Occur.Must, wanted)])
        found = self._searcher.search(question, limit=len(ids), count=False).hits
        documents = (stored.load(self._kept(address)) for _, address in found)
        return {document.id: document for document in documents}

    def _kept(self, address: tantivy.DocAddress) -> bytes:
        content: Any = self._searcher.doc(address).get_first("document")
        return bytes(content)

    def frequency(self, word: Word) -> int:
        return max(
            1 if len(word.surface) == 1 and is_unspaced(word.surface) else 0,
            self._searcher.doc_freq("surfaces", word.surface),
            *(self._searcher.doc_freq("stems", stem) for stem in (*word.stems, *word.foreign)),
            *(self._searcher.doc_freq("concepts", concept) for concept in word.concepts),
        )

    def surfaces_from(self, prefix: str) -> list[tuple[str, int]]:
        return self._searcher.terms_with_prefix("surfaces", prefix, limit=20_000)

    def _question(self, parts: Sequence[tantivy.Query], query: Query, filters: Filters) -> tantivy.Query:
        words = [(_Occur.Should, part) for part in parts]
        must = [
            *((_Occur.Must, self._phrase(phrase)) for phrase in query.phrases),
            *((_Occur.Must, self._passing(name, values)) for name, values in filters.items()),
        ]
        never = [(_Occur.MustNot, self._phrase(phrase)) for phrase in query.excluded]
        wording = tantivy.Query.boolean_query(words) if words else tantivy.Query.empty_query()
        return tantivy.Query.boolean_query([(_Occur.Must, wording), *must, *never])

    def _any_form(self, word: Word) -> tantivy.Query:
        if len(word.surface) == 1 and is_unspaced(word.surface):
            letter = tantivy.Query.regex_query(self._schema, "stems", f"{word.surface}.?|.{word.surface}")
            return tantivy.Query.const_score_query(letter, word.weight)
        stems = self._any_stem(word)
        titles = self._one_of("title", word.stems, word.foreign, word.weight * TITLE_SHARE)
        openings = self._one_of("openings", _openings(word.stems), (), word.weight * OPENING_SHARE)
        surface = self._term("surfaces", word.surface, word.weight * SURFACE_SHARE)
        return tantivy.Query.boolean_query([(_Occur.Should, part) for part in (stems, titles, openings, surface)])

    def _any_stem(self, word: Word) -> tantivy.Query:
        concepts = [self._term("concepts", concept, word.weight * CONCEPT_SHARE) for concept in word.concepts]
        return self._one_of("stems", word.stems, word.foreign, word.weight, *concepts)

    def _one_of(
        self, field: str, stems: Sequence[str], foreign: Sequence[str], boost: float, *others: tantivy.Query
    ) -> tantivy.Query:
        forms = [*others]
        forms += [self._term(field, stem, boost) for stem in stems]
        forms += [self._term(field, stem, boost * FOREIGN_SHARE) for stem in foreign]
        return forms[0] if len(forms) == 1 else tantivy.Query.disjunction_max_query(forms)

    def _term(self, field: str, value: str, boost: float) -> tantivy.Query:
        return tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, field, value, "freq"), boost)

    def _phrase(self, surfaces: tuple[str, ...]) -> tantivy.Query:
        if len(surfaces) == 1:
            phrase = tantivy.Query.term_query(self._schema, "surfaces", surfaces[0], "freq")
        else:
            phrase = tantivy.Query.phrase_query(self._schema, "surfaces", list(surfaces))
        return tantivy.Query.const_score_query(phrase, 0.0)

    def _passing(self, name: str, values: tuple[str, ...]) -> tantivy.Query:
        spelled = [spell_fact(name, value) for value in wanted_values(name, values)]
        return tantivy.Query.const_score_query(tantivy.Query.term_set_query(self._schema, "facts", spelled), 0.0)


class LexicalWriter:
    """The one writer. Nothing is visible, or safe, before `commit`; close it to end its merging threads."""

    def __init__(self, folder: Path, thesaurus: Thesaurus = NO_CONCEPTS) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._analysed = lru_cache(maxsize=1024)(partial(_analysed, thesaurus))  # for a batch: rows want the same
        self._index = open_tantivy(folder)
        try:
            self._writer = self._index.writer(HEAP, 1)
        except ValueError as error:
            raise IndexBusy(str(error)) from error

    def replace(self, documents: Iterable[Document], *, without: Iterable[int] = ()) -> None:
        """Delete by id, then add: applying the same batch twice is applying it once."""
        for gone in without:
            self._delete(gone)
        for document in documents:
            self._delete(document.id)
            for entry in self._entries(document):
                self._writer.add_document(entry)

    def stems_of(self, document: Document) -> list[str]:
        """The stems of all its versions, in order."""
        return [stem for text in document.texts for stem in self._analysed(text).all_stems]

    def concepts_of(self, document: Document) -> Counter[str]:
        """How often each concept is named, in all its versions together."""
        counts: Counter[str] = Counter()
        for text in document.texts:
            counts.update(self._analysed(text).concepts)
        return counts

    def _entries(self, document: Document) -> Iterable[tantivy.Document]:
        spelled = [spell_fact(*fact) for fact in facts_of(document)]
        for version, text in enumerate(document.texts or (DocumentText(language="", title=""),)):
            entry = tantivy.Document()
            entry.add_unsigned("id", document.id)
            entry.add_unsigned("version", version)
            for fact in spelled:
                entry.add_text("facts", fact)
            if version == 0:
                entry.add_bytes("document", stored.dump(document))
            _add_words(entry, self._analysed(text))
            yield entry

    def _delete(self, identifier: int) -> None:
        """By query: `delete_documents_by_term` takes a number for a signed one and, silently, finds nothing."""
        self._writer.delete_documents_by_query(tantivy.Query.term_query(self._index.schema, "id", identifier))

    def commit(self) -> None:
        self._writer.commit()

    def rollback(self) -> None:
        """Forget what was not committed."""
        self._writer.rollback()

    def reader(self) -> LexicalIndex:
        return LexicalIndex(self._index)

    def close(self) -> None:
        self._writer.wait_merging_threads()


def _analysed(thesaurus: Thesaurus, text: DocumentText) -> _Analysed:
    rest = " . ".join((text.summary, " ".join(text.keywords), text.body))
    language = text.language or detect_language(f"{text.title} {rest}", "en")
    title_surfaces, title_stems = forms(text.title, language)
    surfaces, stems = forms(rest, language)
    return _Analysed(
        name=name_of(text.title, language),
        title_stems=title_stems,
        all_stems=title_stems + stems,
        surfaces=title_surfaces + surfaces,
        concepts=thesaurus.terms(whole_text(text), text.language),
    )


def _add_words(entry: tantivy.Document, words: _Analysed) -> None:
    if words.name:
        entry.add_text("name", words.name)
    entry.add_text("title", " ".join(words.title_stems) + FILLER[:20])
    entry.add_text("stems", " ".join(words.all_stems) + FILLER)
    entry.add_text("openings", " ".join(stem[:OPENING] for stem in words.all_stems) + FILLER)
    entry.add_text("surfaces", " ".join(words.surfaces) + FILLER)
    if words.concepts:
        named = (" ".join([concept] * count) for concept, count in words.concepts.items())
        entry.add_text("concepts", " ".join(named) + FILLER)


def _openings(stems: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(stem[:OPENING] for stem in stems))
