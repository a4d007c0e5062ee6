"""Which words two texts have in common, most telling first."""

from __future__ import annotations

from typing import Protocol

from verdure.engine.documents import Document
from verdure.engine.passages import whole_text
from verdure.engine.query import Query, Word
from verdure.engine.text import forms


class Frequencies(Protocol):
    def frequency(self, word: Word) -> int:
        """How often a word occurs in the collection."""


def shared_words(query: Query, document: Document, words: Frequencies, most: int) -> tuple[str, ...]:
    """Words of the query, as written there, that the document holds in some inflection; rare and repeated ones first.

    Numbers and single letters tell a reader nothing and are left out.
    """
    held: set[str] = set()
    for text in document.texts:
        surfaces, stems = forms(whole_text(text), text.language)
        held.update(surfaces, stems)
    shared = [
        word
        for word in query.words
        if not held.isdisjoint(word.forms) and len(word.written) > 1 and not word.written[0].isdigit()
    ]
    telling = {word: word.weight**0.5 / (1 + words.frequency(word)) ** 0.5 for word in shared}
    unique: dict[str, str] = {}
    for word in sorted(shared, key=lambda word: (-telling[word], word.written)):
        unique.setdefault(word.stems[0], word.written)
    return tuple(unique.values())[:most]
