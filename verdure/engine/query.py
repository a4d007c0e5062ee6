"""What a person typed, taken apart: words with weights, quoted phrases, and words to leave out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from verdure.engine.text import Token, detect_language, function_words, primary, tokens

LONG_QUERY = 12
"""From this many different words a query is a text (a need, say), not a few keywords."""

MOST_WORDS = 400
"""Words of a query that are read; the rest is ignored (a page of text has about 500)."""

_PART = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"\n]{1,200})"|(?P<word>[^\s"]+))')


@dataclass(frozen=True, slots=True)
class Word:
    """One distinct word of a query: how it was written, its stems in the languages asked, how often it occurs."""

    written: str
    surface: str
    stems: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Query:
    """`text` is what has meaning (without minus words and quotes); `words` are those that carry content."""

    text: str
    words: tuple[Word, ...]
    phrases: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[tuple[str, ...], ...] = ()

    @property
    def is_long(self) -> bool:
        return len(self.words) >= LONG_QUERY


def parse(text: str, languages: Sequence[str] = (), *, language: str = "") -> Query:
    """Read a query. `languages` are those of the collection, `language` the reader's own, if known.

    A word is stemmed in the language the query seems to be in, the reader's, and every language of the collection
    that shares its script, because three words seldom tell their language. In a long query quotes and minus signs
    are punctuation.
    """
    kept, phrases, excluded = _parts(text)
    if len(kept) >= LONG_QUERY:
        kept, phrases, excluded = [text], [], []
    plain = " ".join(kept)
    spoken = _languages(plain, languages, language)
    return Query(
        text=plain,
        words=_words(plain, spoken),
        phrases=tuple(filter(None, (_surfaces(phrase, spoken[0]) for phrase in phrases))),
        excluded=tuple(filter(None, (_surfaces(phrase, spoken[0]) for phrase in excluded))),
    )


def parse_text(text: str, language: str = "") -> Query:
    """Read a listing's text as a query: no quotes or minus signs to obey, one language."""
    return Query(text=text, words=_words(text, (language or detect_language(text, "en"),)))


def _parts(text: str) -> tuple[list[str], list[str], list[str]]:
    kept: list[str] = []
    phrases: list[str] = []
    excluded: list[str] = []
    for part in _PART.finditer(text):
        content = part["phrase"] or part["word"] or ""
        if part["minus"]:
            excluded.append(content)
            continue
        kept.append(content)
        if part["phrase"]:
            phrases.append(content)
    return kept, phrases, excluded


def _languages(text: str, collection: Sequence[str], reader: str) -> tuple[str, ...]:
    likely = detect_language(text)
    wanted = [likely, primary(reader), *(primary(code) for code in collection)]
    return tuple(dict.fromkeys(code for code in wanted if code)) or ("en",)


def _words(text: str, languages: tuple[str, ...]) -> tuple[Word, ...]:
    readings = [tokens(text, language)[:MOST_WORDS] for language in languages]
    silent = set().union(*(function_words(language) for language in languages[:2]))
    spoken = [place for place, token in enumerate(readings[0]) if token.surface not in silent]
    found: dict[str, Word] = {}
    for place in spoken or range(len(readings[0])):
        word = _word(text, [reading[place] for reading in readings if len(reading) == len(readings[0])])
        before = found.get(word.surface)
        found[word.surface] = word if before is None else Word(*_fields(before), before.weight + 1)
    return tuple(found.values())


def _fields(word: Word) -> tuple[str, str, tuple[str, ...]]:
    return word.written, word.surface, word.stems


def _word(text: str, readings: list[Token]) -> Word:
    first = readings[0]
    return Word(text[first.start : first.end], first.surface, tuple(dict.fromkeys(r.stem for r in readings)), 1.0)


def _surfaces(phrase: str, language: str) -> tuple[str, ...]:
    return tuple(token.surface for token in tokens(phrase, language))


def together(queries: Sequence[Query]) -> Query:
    """Several readings of one text (its language versions) as one long query; words written alike are one word."""
    found: dict[str, Word] = {}
    for word in (word for query in queries for word in query.words):
        before = found.get(word.surface)
        if before is None:
            found[word.surface] = word
        else:
            stems = tuple(dict.fromkeys((*before.stems, *word.stems)))
            found[word.surface] = Word(before.written, word.surface, stems, max(before.weight, word.weight))
    return Query(text="\n".join(query.text for query in queries), words=tuple(found.values()))
