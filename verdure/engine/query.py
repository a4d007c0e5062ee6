"""What a person typed, taken apart: words with weights, quoted phrases, and words to leave out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from verdure.engine.concepts import Occurrence, Thesaurus
from verdure.engine.text import Token, detect_language, function_words, primary, shared_function_words, tokens

LONG_QUERY = 12
"""From this many different words a query is a text (a need, say), not a few keywords."""

MOST_WORDS = 400
"""Words of a query that are read; the rest is ignored (a page of text has about 500)."""

NO_CONCEPTS = Thesaurus()

LONGEST_NAME = 300
"""Characters; a longer text is nobody's title."""

_PART = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"\n]{1,200})"|(?P<word>[^\s"]+))')


@dataclass(frozen=True, slots=True)
class Word:
    """One distinct word of a query: how it was written, its stems, how often it occurs.

    `stems` are those in the query's own languages, `foreign` other ones, in the rest of the collection's languages;
    `concepts` are the ids of those that the word names, alone or with its neighbours.
    """

    written: str
    surface: str
    stems: tuple[str, ...]
    weight: float = 1.0
    foreign: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()

    @property
    def forms(self) -> tuple[str, ...]:
        return (self.surface, *self.stems, *self.foreign)


@dataclass(frozen=True, slots=True)
class Query:
    """`text` is what has meaning (without minus words and quotes); `words` are those that carry content.

    `language` is the one it seems to be in, "" if that cannot be told. `name` is how a document would be titled whose
    title this is (see `name_of`), "" if none could be.
    """

    text: str
    words: tuple[Word, ...]
    phrases: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[tuple[str, ...], ...] = ()
    name: str = ""
    language: str = ""

    @property
    def is_long(self) -> bool:
        return len(self.words) >= LONG_QUERY


def parse(text: str, languages: Sequence[str] = (), *, language: str = "", thesaurus: Thesaurus = NO_CONCEPTS) -> Query:
    """Read a query. `languages` are those of the collection, `language` the reader's own, if known.

    A word is stemmed in the language the query seems to be in, the reader's, and every language of the collection,
    because three words seldom tell their language. A long query tells it; its quotes and minus signs are punctuation.
    """
    kept, phrases, excluded = _parts(text)
    is_long = len(kept) >= LONG_QUERY
    if is_long:
        kept, phrases, excluded = [text], [], []
    plain = " ".join(kept)
    likely = detect_language(plain)
    known = tuple(dict.fromkeys(code for code in (likely, primary(language)) if code))
    others = () if likely and is_long else tuple(primary(code) for code in languages if code)
    spoken = tuple(dict.fromkeys((*known, *others))) or ("en",)
    return Query(
        text=plain,
        words=_words(plain, spoken, known, thesaurus.find(plain, likely)),
        phrases=tuple(filter(None, (_surfaces(phrase, spoken[0]) for phrase in phrases))),
        excluded=tuple(filter(None, (_surfaces(phrase, spoken[0]) for phrase in excluded))),
        name=name_of(plain, spoken[0]),
        language=likely,
    )


def parse_text(text: str, language: str = "", *, thesaurus: Thesaurus = NO_CONCEPTS) -> Query:
    """Read a listing's text as a query: no quotes or minus signs to obey, one language."""
    spoken = primary(language) or detect_language(text, "en")
    return Query(text=text, words=_words(text, (spoken,), (spoken,), thesaurus.find(text, spoken)), language=spoken)


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


def _words(
    text: str, languages: tuple[str, ...], known: tuple[str, ...], named: Sequence[Occurrence]
) -> tuple[Word, ...]:
    """`languages` are those to stem in; the text is surely in one of `known`, which are the first of them."""
    readings = [tokens(text, language)[:MOST_WORDS] for language in languages]
    silent = set().union(*(function_words(language) for language in known)) if known else shared_function_words()
    spoken = [place for place, token in enumerate(readings[0]) if token.surface not in silent]
    own = len(known) or len(languages)
    found: dict[tuple[str, str], Word] = {}
    for place in spoken or range(len(readings[0])):
        word = _word(text, [reading[place] for reading in readings if len(reading) == len(readings[0])], own)
        word = replace(word, concepts=_named_at(readings[0][place], named))
        before = found.get(_written(word))
        found[_written(word)] = word if before is None else replace(before, weight=before.weight + 1)
    return tuple(found.values())


def _named_at(token: Token, named: Sequence[Occurrence]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.concept for one in named if one.start < token.end and token.start < one.end))


def _written(word: Word) -> tuple[str, str]:
    """What makes two words one: not the surface alone, which the parts of a name joined by capitals share."""
    return word.surface, word.written.lower()


def _word(text: str, readings: list[Token], own: int) -> Word:
    first = readings[0]
    stems = tuple(dict.fromkeys(reading.stem for reading in readings[:own]))
    foreign = tuple(dict.fromkeys(reading.stem for reading in readings[own:] if reading.stem not in stems))
    return Word(text[first.start : first.end], first.surface, stems, foreign=foreign)


def name_of(title: str, language: str = "") -> str:
    """A title as it is looked up: its words without accents, case, punctuation; "" for one past `LONGEST_NAME`."""
    if len(title) > LONGEST_NAME:
        return ""
    found = tokens(title, language)
    ends = {(token.end, token.surface) for token in found}
    return " ".join(token.surface for token in found if (token.start, token.surface) not in ends)  # joined names once


def _surfaces(phrase: str, language: str) -> tuple[str, ...]:
    return tuple(token.surface for token in tokens(phrase, language))


def together(queries: Sequence[Query]) -> Query:
    """Several readings of one text (its language versions) as one long query; words written alike are one word."""
    found: dict[tuple[str, str], Word] = {}
    for word in (word for query in queries for word in query.words):
        before = found.get(_written(word))
        if before is None:
            found[_written(word)] = word
        else:
            stems = tuple(dict.fromkeys((*before.stems, *word.stems)))
            found[_written(word)] = replace(before, stems=stems, weight=max(before.weight, word.weight))
    return Query(text="\n".join(query.text for query in queries), words=tuple(found.values()))
