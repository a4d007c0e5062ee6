"""Which words two texts have in common, most telling first."""

from __future__ import annotations

from typing import Protocol

from verdure.engine.concepts import Thesaurus
from verdure.engine.documents import Document
from verdure.engine.passages import whole_text
from verdure.engine.query import NO_CONCEPTS, Query, Word
from verdure.engine.text import forms


class Frequencies(Protocol):
    def frequency(self, word: Word) -> int:
        """How often a word occurs in the collection."""


def shared_words(
    query: Query, document: Document, words: Frequencies, most: int, thesaurus: Thesaurus = NO_CONCEPTS
) -> tuple[str, ...]:
    """Words of the query, as written there, that the document holds; rare and repeated ones first.

    It holds a word in some inflection, or by naming the same concept, be it in another language. Numbers and single
    letters tell a reader nothing and are left out.
    """
    held: set[str] = set()
    named: set[str] = set()
    for text in document.texts:
        surfaces, stems = forms(whole_text(text), text.language)
        held.update(surfaces, stems)
        named.update(thesaurus.terms(whole_text(text), text.language))
    shared = [word for word in query.words if _is_held(word, held, named) and _is_telling(word)]
    telling = {word: word.weight**0.5 / (1 + words.frequency(word)) ** 0.5 for word in shared}
    unique: dict[str, str] = {}
    for word in sorted(shared, key=lambda word: (-telling[word], word.written)):
        unique.setdefault(word.stems[0], word.written)
    return tuple(unique.values())[:most]


def _is_held(word: Word, held: set[str], named: set[str]) -> bool:
    return not held.isdisjoint(word.forms) or not named.isdisjoint(word.concepts)


def _is_telling(word: Word) -> bool:
    return len(word.written) > 1 and not word.written[0].isdigit()
