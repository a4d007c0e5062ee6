"""From text to terms, the same way for documents, queries, snippets and spelling, in every script.

A word is a run of letters, digits and the marks that combine with them (so Hindi vowel signs stay in their words).
Scripts written without spaces, and Hangul, whose particles stick to words, become overlapping pairs of characters.
Names such as OpenEnergyModel, joined by capitals, are stemmed part by part.
Each token keeps its place in the original text, and two forms: `surface` (compatibility-normalised, lower case, Latin
and Greek accents folded, Arabic letters unified) and `stem` (Snowball's stem of the accented form, then folded).
Surfaces match in any language and without accents; stems match inflections where the language is known.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import tantivy

from verdure.engine.stopwords import FUNCTION_WORDS

VERSION = 1
"""Changes whenever the same text would give other terms: an index built with another version must be rebuilt."""

LONGEST_WORD = 64

STEMMERS = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian", "nb": "norwegian",
    "nn": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "ta": "tamil",
    "tr": "turkish",
}  # fmt: skip

_SCRIPTS = (
    ("kana", "\u3041-\u3096\u309d-\u309f"),
    ("katakana", "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"),
    ("hangul", "\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3"),
    ("han", "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"),
    ("thai", "\u0e01-\u0e4e"),
    ("lao", "\u0e81-\u0ece"),
    ("khmer", "\u1780-\u17d3"),
    ("myanmar", "\u1000-\u109f"),
)
_LANGUAGE_OF_SCRIPT = (
    ("ja", "\u3041-\u30ff"),
    ("ko", "\uac00-\ud7a3"),
    ("zh", "\u3400-\u9fff"),
    ("th", "\u0e01-\u0e4e"),
    ("lo", "\u0e81-\u0ece"),
    ("km", "\u1780-\u17d3"),
    ("my", "\u1000-\u109f"),
    ("hi", "\u0900-\u097f"),
    ("bn", "\u0980-\u09ff"),
    ("ta", "\u0b80-\u0bff"),
    ("ar", "\u0600-\u06ff"),
    ("he", "\u0590-\u05ff"),
    ("el", "\u0370-\u03ff"),
    ("ru", "\u0400-\u04ff"),
)
_LATIN_LANGUAGES = ("en", "fr", "es", "pt", "de", "it", "nl", "ro", "tr", "vi", "pl")
_TELLING_LETTERS = {
    "fr": frozenset("êèùœëî"),
    "es": frozenset("ñ"),
    "pt": frozenset("ãõç"),
    "de": frozenset("äß"),
    "it": frozenset("òì"),
    "ro": frozenset("ășț"),
    "tr": frozenset("ışğ"),
    "vi": frozenset("đơưạếềộ"),
    "pl": frozenset("łżśęą"),
}


def _marks() -> str:
    marks = [i for i in range(0x300, 0x1E100) if unicodedata.category(chr(i)) in ("Mn", "Mc")]
    runs: list[list[int]] = []
    for mark in marks:
        if runs and runs[-1][1] == mark - 1:
            runs[-1][1] = mark
        else:
            runs.append([mark, mark])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in runs)


_SIGN = re.compile(f"[{_marks()}\u200c\u200d\u0640]")
_WORD = re.compile(rf"[^\W_](?:[^\W_]|{_SIGN.pattern})*")
_ALL_UNSPACED = "".join(chars for _, chars in _SCRIPTS)
_UNSPACED = re.compile(f"[{_ALL_UNSPACED}]")
_RUN = re.compile("|".join(f"[{chars}]+" for _, chars in _SCRIPTS) + f"|(?P<other>[^{_ALL_UNSPACED}]+)")
_JOINT = re.compile("(?<=[a-z]{3})(?=[A-Z][a-z]{2})")
_LATIN_MARKS = re.compile("[\u0300-\u036f]+")
_ACCENTED = re.compile("[\u00c0-\u03ff\u1e00-\u1fff]")
_ARABIC = re.compile("[\u0600-\u06ff]")
_DROPPED = re.compile("[\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200c\u200d]")
_UNIFIED = str.maketrans("أإآٱىیکةؤئёøđłıð", "ااااييكهويеodlid", "") | {ord("æ"): "ae", ord("œ"): "oe", ord("þ"): "th"}
_DIGITS = {ord(c): str(unicodedata.digit(c)) for c in "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९"}


class Token(NamedTuple):
    """One term of a text; `start` and `end` are its place in the text as it was given."""

    surface: str
    stem: str
    start: int
    end: int


def primary(language: str) -> str:
    """The language without region or script: "pt" of "pt-BR"."""
    return language.replace("_", "-").split("-", 1)[0].lower()


def tokens(text: str, language: str = "") -> list[Token]:
    """The tokens of a text in order. An unknown `language` is stemmed as English if its letters are Latin."""
    spoken = primary(language)
    return [
        Token(surface, stem, word.start() + start, word.start() + end)
        for word in _WORD.finditer(text)
        for surface, stem, start, end in _tokens_of(word.group(), spoken)
    ]


def forms(text: str, language: str = "") -> tuple[list[str], list[str]]:
    """Surfaces and stems of a text, in order and of equal number: what the index stores, without places."""
    spoken = primary(language)
    found = [token for word in _WORD.findall(text) for token in _tokens_of(word, spoken)]
    return [token[0] for token in found], [token[1] for token in found]


def words_in(run: str) -> float:
    """About how many words a run without spaces holds: one, or a third of its characters where scripts do not space."""
    return max(1.0, len(run) / 3) if is_unspaced(run) else 1.0


def is_unspaced(text: str) -> bool:
    """Whether it holds letters of a script that puts no spaces between words, or of Hangul."""
    return _UNSPACED.search(text) is not None


@lru_cache(maxsize=100_000)
def _tokens_of(word: str, language: str) -> tuple[Token, ...]:
    if is_unspaced(word):
        return tuple(_pairs(word, language))
    surface = fold(_normal(word[:LONGEST_WORD], language))
    if not surface:
        return ()
    starts = [0, *(joint.start() for joint in _JOINT.finditer(word[:LONGEST_WORD]))]
    ends = [*starts[1:], len(word)]
    parts = zip(starts, ends, strict=True)
    return tuple(Token(surface, _stem(word[start:end][:LONGEST_WORD], language), start, end) for start, end in parts)


def _pairs(word: str, language: str) -> Iterator[Token]:
    for run in _RUN.finditer(word):
        if run.lastgroup == "other":
            found: Iterable[Token] = _tokens_of(run.group(), language)
        else:
            found = _pairs_of_run(run.group(), language)
        yield from (Token(t.surface, t.stem, t.start + run.start(), t.end + run.start()) for t in found)


def _pairs_of_run(run: str, language: str) -> Iterator[Token]:
    for i in range(max(1, len(run) - 1)):
        form = fold(_normal(run[i : i + 2], language))
        if form:
            yield Token(form, form, i, min(i + 2, len(run)))


def _stem(word: str, language: str) -> str:
    normal = _normal(word, language)
    stemmer = _stemmer(language or ("en" if normal.isascii() else ""))
    if stemmer is None or normal.isdigit():
        return fold(normal)
    stems = stemmer.analyze(normal)
    return fold(stems[0]) if len(stems) == 1 and stems[0] else fold(normal)


def _normal(word: str, language: str) -> str:
    if word.isascii():
        return word.lower()
    if language in ("tr", "az"):
        word = word.replace("I", "ı").replace("İ", "i")
    normal = unicodedata.normalize("NFKC", word).lower()
    return _DROPPED.sub("", "".join(normal.split())).replace("ß", "ss").translate(_DIGITS)


def fold(word: str) -> str:
    """Without Latin and Greek accents, Arabic letter variants unified. The input is lower case and NFKC."""
    if word.isascii():
        return word
    if _ACCENTED.search(word):
        word = unicodedata.normalize("NFC", _LATIN_MARKS.sub("", unicodedata.normalize("NFD", word)))
    return word.translate(_UNIFIED)


@lru_cache(maxsize=64)
def _stemmer(language: str) -> tantivy.TextAnalyzer | None:
    if language not in STEMMERS:
        return None
    stemmer = tantivy.Filter.stemmer(STEMMERS[language])
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).filter(stemmer).build()


@lru_cache(maxsize=64)
def function_words(language: str) -> frozenset[str]:
    """Surfaces of the words that carry grammar only; empty for a language without a list."""
    return frozenset(fold(_normal(word, primary(language))) for word in FUNCTION_WORDS.get(primary(language), ()))


@lru_cache(maxsize=1)
def shared_function_words() -> frozenset[str]:
    """Words that carry grammar only in more than one language: all that may be left out of a text in an unknown one."""
    counts = Counter(word for language in FUNCTION_WORDS for word in function_words(language))
    return frozenset(word for word, count in counts.items() if count > 1)


def detect_language(text: str, default: str = "") -> str:
    """The language of a text by its script, or for Latin letters its function words; `default` if they say nothing."""
    letters = text[:4000]
    for language, chars in _LANGUAGE_OF_SCRIPT:
        found = len(re.findall(f"[{chars}]", letters))
        if found and found * (5 if language == "ja" else 2) >= sum(map(str.isalpha, letters)):
            return language
    return _latin_language(letters) or default


def _latin_language(text: str) -> str:
    """By votes: a function word's vote is shared by the languages that have it, a telling letter's is one each."""
    words = [word.group().lower() for word in _WORD.finditer(text)]
    votes = dict.fromkeys(_LATIN_LANGUAGES, 0.0)
    for word in words:
        speakers = _speakers(word)
        for language in speakers:
            votes[language] += 1 / len(speakers)
    for language, letters in _TELLING_LETTERS.items():
        votes[language] += sum(not letters.isdisjoint(word) for word in words)
    best = max(votes, key=lambda language: votes[language])
    return best if votes[best] >= min(2.0, 0.3 + 0.08 * len(words)) else ""


@lru_cache(maxsize=10_000)
def _speakers(word: str) -> tuple[str, ...]:
    return tuple(language for language in _LATIN_LANGUAGES if word in FUNCTION_WORDS[language])


class Marker:
    """Finds the tokens of texts whose surface or stem is wanted. Made for one query: it remembers each word it met.

    No stemmer here changes a Latin word's first letter. So only words are looked at that begin as a wanted form does,
    or hold such a beginning after a joint, or do not begin with a letter of ASCII.
    """

    def __init__(self, wanted: Collection[str]) -> None:
        self._wanted = frozenset(wanted)
        self._met: dict[str, dict[str, tuple[tuple[int, int], ...]]] = {}
        letters = {form[0] for form in self._wanted if form and form[0].isascii() and form[0].isalnum()}
        capitals = {letter.upper() for letter in letters}
        others = re.escape("".join(letter for letter in map(chr, range(128)) if letter not in letters | capitals))
        self._beginning = re.compile(rf"[^{others}](?<=[^\W_])(?<![^\W_].)[^\W_]*", re.DOTALL)
        self._inner = re.compile(f"[{''.join(sorted(capitals)) or ' '}](?<=[a-z]{{3}}.)(?=[a-z]{{2}})")

    def __bool__(self) -> bool:
        return bool(self._wanted)

    def spans(self, text: str, language: str) -> list[tuple[int, int]]:
        """Places in the text, in order; overlapping ones joined."""
        if not self._wanted:
            return []
        met = self._met.setdefault(primary(language), {})
        found: list[tuple[int, int]] = []
        for first, word in self._promising(text):
            places = met.get(word)
            if places is None:
                places = met[word] = self._places(word, primary(language))
            found += [(first + start, first + end) for start, end in places]
        return found

    def _promising(self, text: str) -> list[tuple[int, str]]:
        """Where each word to look at begins, and the word; every word where vowel signs and the like stand in words."""
        if not text.isascii() and _SIGN.search(text):
            return [(word.start(), word[0]) for word in _WORD.finditer(text)]
        found = {word.start(): word[0] for word in self._beginning.finditer(text)}
        joints = [joint.start() for joint in self._inner.finditer(text)]
        if not joints:
            return list(found.items())
        for place in joints:
            while place and text[place - 1].isalnum():
                place -= 1
            if word := _WORD.search(text, place):
                found[word.start()] = word[0]
        return sorted(found.items())

    def _places(self, word: str, language: str) -> tuple[tuple[int, int], ...]:
        found: list[tuple[int, int]] = []
        for surface, stem, start, end in _tokens_of(word, language):
            if stem in self._wanted or surface in self._wanted:
                first = found.pop()[0] if found and start < found[-1][1] else start
                found.append((first, end))
        return tuple(found)
