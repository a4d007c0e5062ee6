"""Words of stored queries and of documents as numbers that can be compared: a word is held where one form of it is.

The forms are those of `lexical`: a stem (in any of the query's languages), the first letters of a stem in its own
languages, the word as it is written, a concept that it names in whatever language; for a single letter of a script
without spaces, any pair of letters with it.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from verdure.engine.concepts import Thesaurus
from verdure.engine.documents import Document, DocumentText
from verdure.engine.facts import facts_of, spell_fact
from verdure.engine.lexical import OPENING
from verdure.engine.passages import whole_text
from verdure.engine.query import NO_CONCEPTS, Query, Word
from verdure.engine.text import detect_language, forms, is_unspaced

Numbers = NDArray[np.uint32]

TABLE = 1 << 16
"""Entries of the table that tells which numbers are surely not there, by their lowest bits."""


@dataclass(frozen=True, slots=True)
class Version:
    """One language version: all forms of its words, sorted, their table, and its words as written, in order."""

    forms: Numbers
    table: NDArray[np.bool_]
    surfaces: tuple[int, ...]

    def holds(self, phrase: tuple[int, ...]) -> bool:
        """Whether these words stand next to each other."""
        size = len(phrase)
        starts = (place for place, word in enumerate(self.surfaces) if word == phrase[0])
        return any(self.surfaces[place : place + size] == phrase for place in starts)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A document as stored queries look at it: its versions, the numbers of what can be filtered, its last day."""

    versions: tuple[Version, ...]
    facts: Numbers
    deadline: date | None = None

    @classmethod
    def of(cls, document: Document, thesaurus: Thesaurus = NO_CONCEPTS) -> Numbered:
        """Some milliseconds for a document of 150 words, most of them for its concepts: once for all stores asked."""
        versions = tuple(_version(text, thesaurus) for text in document.texts)
        return cls(versions, _numbers_of_facts(document), document.deadline)


def number_of(space: str, form: str) -> int:
    """32 bits of a form. Two forms may share them, and then a word is held by chance: with a document of 300 forms, one
    in 14 million of all queries' forms."""
    return zlib.crc32(f"{space}:{form}".encode("utf-8", "surrogatepass"))


def forms_of(word: Word) -> tuple[int, ...]:
    """What a document must have one of to hold a word of a query."""
    if len(word.surface) == 1 and is_unspaced(word.surface):
        return (number_of("letter", word.surface),)
    stems = [number_of("stem", stem) for stem in (*word.stems, *word.foreign)]
    openings = [number_of("opening", stem[:OPENING]) for stem in word.stems]
    concepts = [number_of("concept", concept) for concept in word.concepts]
    return tuple(dict.fromkeys((*stems, *openings, *concepts, number_of("surface", word.surface))))


def phrase_numbers(phrase: Sequence[str]) -> tuple[int, ...]:
    return tuple(number_of("surface", surface) for surface in phrase)


def weights_of(query: Query, frequency: Callable[[Word], int], entries: int) -> tuple[float, ...]:
    """Inverse document frequency of each word in a collection of so many entries; an unknown word is the rarest."""
    counts = [frequency(word) for word in query.words]
    return tuple(math.log(1 + (max(entries, count) - count + 0.5) / (count + 0.5)) for count in counts)


def _version(text: DocumentText, thesaurus: Thesaurus) -> Version:
    """As `lexical` indexes it: the title's words, then the others'."""
    rest = " . ".join((text.summary, " ".join(text.keywords), text.body))
    language = text.language or detect_language(f"{text.title} {rest}", "en")
    title_surfaces, title_stems = forms(text.title, language)
    surfaces, stems = forms(rest, language)
    written, found = (*title_surfaces, *surfaces), {*title_stems, *stems}
    letters = {letter for stem in found if len(stem) <= 2 and is_unspaced(stem) for letter in stem}
    numbers = {
        *(number_of("stem", stem) for stem in found),
        *(number_of("opening", stem[:OPENING]) for stem in found),
        *(number_of("surface", surface) for surface in written),
        *(number_of("letter", letter) for letter in letters),
        *(number_of("concept", concept) for concept in thesaurus.terms(whole_text(text), text.language)),
    }
    held = np.array(sorted(numbers), dtype=np.uint32)
    return Version(held, table_of(held), phrase_numbers(written))


def _numbers_of_facts(document: Document) -> Numbers:
    """What can be filtered about a document, sorted."""
    return np.array(sorted(number_of("fact", spell_fact(*fact)) for fact in facts_of(document)), dtype=np.uint32)


def table_of(numbers: Numbers) -> NDArray[np.bool_]:
    table = np.zeros(TABLE, dtype=np.bool_)
    table[numbers & (TABLE - 1)] = True
    return table
