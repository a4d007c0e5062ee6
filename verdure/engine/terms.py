"""Which words two texts have in common, most telling first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from verdure.engine.concepts import Thesaurus
from verdure.engine.documents import Document
from verdure.engine.passages import whole_text
from verdure.engine.query import NO_CONCEPTS, Query, Word
from verdure.engine.text import forms


class Frequencies(Protocol):
    def frequency(self, word: Word) -> int:
        """How often a word occurs in the collection."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a document says: the forms of its words, and the concepts that it names."""

    forms: frozenset[str]
    concepts: frozenset[str]

    @classmethod
    def of(cls, document: Document, thesaurus: Thesaurus = NO_CONCEPTS) -> Held:
        held: set[str] = set()
        named: set[str] = set()
        for text in document.texts:
            whole = whole_text(text)
            surfaces, stems = forms(whole, text.language)
            held.update(surfaces, stems)
            named.update(thesaurus.terms(whole, text.language))
        return cls(frozenset(held), frozenset(named))

    def holds(self, word: Word) -> bool:
        """In some inflection, or by naming the same concept, be it in another language."""
        return not self.forms.isdisjoint(word.forms) or not self.concepts.isdisjoint(word.concepts)


def telling(query: Query, words: Frequencies) -> tuple[Word, ...]:
    """The words of a query, rare and repeated ones first. Numbers and single letters tell a reader nothing and are left
    out."""
    told = [word for word in query.words if len(word.written) > 1 and not word.written[0].isdigit()]
    weight = {word: word.weight**0.5 / (1 + words.frequency(word)) ** 0.5 for word in told}
    return tuple(sorted(told, key=lambda word: (-weight[word], word.written)))


def shared_words(told: Iterable[Word], held: Held, most: int) -> tuple[str, ...]:
    """The first words, as written, that a document holds; of those with one stem the first alone."""
    unique: dict[str, str] = {}
    for word in told:
        if len(unique) < most and word.stems[0] not in unique and held.holds(word):
            unique[word.stems[0]] = word.written
    return tuple(unique.values())
