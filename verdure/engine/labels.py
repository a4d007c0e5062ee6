"""Where the labels of concepts occur in a text of a language that writes words apart.

`WordLabels` holds the labels of one language and gives every hit, overlapping ones too, as `CharacterLabels` does for
the other languages; `longest` then keeps the long ones. Both are made once and only read after that.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from verdure.engine.readings import READERS
from verdure.engine.stopwords import FUNCTION_WORDS
from verdure.engine.text import Token, fold, function_words, tokens

VERSION = 1
"""Changes whenever the same labels would be found elsewhere in the same text."""

TELLING = 4  # Latin letters of a stem that is not also that of quite another word ("sol" of solar, sólido, solado)
LONGEST_GAP = 12  # characters between two words of one label: a space, a hyphen, or " de las "

# Words that a label may have or lack between its parts: "gestion des déchets", "gestion de déchets".
_LINKS_OF = {
    "fr": "d de des du l la le les",
    "es": "de del el la las los",
    "pt": "a as da das de do dos o os",
    "it": "d da degli dei del dell della delle dello di i il l la le lo",
}
LINKS = {language: frozenset(words.split()) for language, words in _LINKS_OF.items()}
_NO_LINKS: frozenset[str] = frozenset()
_BREAK = re.compile(r"[,;:.!?()\[\]{}/|•…،؛؟。，、；：！？（）「」]|\n\s*\n")


class Hit(NamedTuple):
    """A place of a text where a label stands; `size` counts words, or characters where there are no spaces."""

    size: int
    start: int
    end: int
    concepts: tuple[str, ...]
    language: str


Readings = Sequence[tuple[str, ...]]


class _Label(NamedTuple):
    concept: str
    surface: str  # as `text` writes it; tells labels apart that share their stems
    in_capitals: bool  # an acronym: other words look the same in small letters


def is_acronym(label: str) -> bool:
    """All capitals and no digit: "PV", "STEP", "АСУ ТП". With digits (CO2) there is no word to confuse it with."""
    letters = [sign for sign in label if sign.isalpha()]
    return len(letters) > 1 and all(map(str.isupper, letters)) and not any(map(str.isdigit, label))


class WordLabels:
    """Labels of a language that writes words apart, each as a sequence of stems."""

    def __init__(self, language: str, labels: Iterable[tuple[str, str]]) -> None:
        """`labels` are pairs of a label and the id of its concept. Those made of function words alone are left out."""
        self._language = language
        self._grammar = FUNCTION_WORDS.get(language, frozenset())
        self._folded_grammar = function_words(language)
        self._links = LINKS.get(language, _NO_LINKS)
        self._read = READERS.get(language)
        found: defaultdict[str, dict[_Label, None]] = defaultdict(dict)
        self._begun: set[str] = set()  # keys that a longer label goes on from
        for label, concept in labels:
            for parts, entry in self._entries(label, concept):
                *begun, key = itertools.accumulate(parts)
                found[key][entry] = None
                self._begun.update(begun)
        self._plain: dict[str, tuple[str, ...]] = {}  # concepts, where nothing but the key counts
        self._choices: dict[str, tuple[_Label, ...]] = {}
        for key, entries in found.items():
            self._store(key, tuple(entries))

    def _store(self, key: str, entries: tuple[_Label, ...]) -> None:
        is_choice = _is_short(key) or len({entry.surface for entry in entries}) > 1
        if is_choice or any(entry.in_capitals for entry in entries):
            self._choices[key] = entries
        else:
            self._plain[key] = _concepts(entries)

    def _entries(self, label: str, concept: str) -> Iterator[tuple[list[str], _Label]]:
        """The key of a label in its parts, for each way of writing it."""
        acronym = is_acronym(label)
        for written in {label, _without_accents(label), *([f"{label}s"] if acronym else [])}:
            words = self._words(tokens(written, self._language))
            if words and (acronym or not all(self._is_grammar(written, word) for word in words)):
                stems = [self._readings(written, word)[0] for word in words]
                joints = ["", *(_joint(written, one, next_) for one, next_ in itertools.pairwise(words))]
                parts = [joint + stem for joint, stem in zip(joints, stems, strict=True)]
                yield parts, _Label(concept, _surface(words), acronym)

    def _words(self, found: Iterable[Token]) -> list[Token]:
        links = self._links
        return [token for token in found if token[0] not in links] if links else list(found)

    def _readings(self, text: str, word: Token) -> tuple[str, ...]:
        return self._read(text[word.start : word.end], word.stem) if self._read else (word.stem,)

    def _is_grammar(self, text: str, word: Token) -> bool:
        """With its accents, if it has any: "mais" is a function word in French, "maïs" is not."""
        written = text[word.start : word.end].lower()
        return written in self._grammar or (written == word.surface and written in self._folded_grammar)

    def hits(self, text: str, found: Iterable[Token]) -> list[Hit]:
        """`found` are the tokens of the text in this language, places and all."""
        words = self._words(found)
        readings = [(word[1],) for word in words] if self._read is None else [self._readings(text, w) for w in words]
        begun, plain, choices = self._begun, self._plain, self._choices
        hits: list[Hit] = []
        for index, keys in enumerate(readings):
            for key in keys:
                if key in begun:
                    self._follow(hits, text, key, words, index, readings)
                elif key in plain or key in choices:
                    self._add_hit(hits, text, words[index : index + 1], key)
        return hits

    def _follow(
        self, hits: list[Hit], text: str, key: str, words: Sequence[Token], first: int, readings: Readings
    ) -> None:
        """Adds the hits of all labels that begin with this key of the word `first`, and go on with the next words."""
        waiting = [(key, first)]
        for key, last in waiting:
            if key in self._plain or key in self._choices:
                self._add_hit(hits, text, words[first : last + 1], key)
            if key in self._begun and last + 1 < len(words):
                joint = _joint(text, words[last], words[last + 1])
                longer = [f"{key}{joint}{reading}" for reading in readings[last + 1]]
                waiting += [(one, last + 1) for one in longer if self._is_known(one)]

    def _is_known(self, key: str) -> bool:
        return key in self._begun or key in self._plain or key in self._choices

    def _add_hit(self, hits: list[Hit], text: str, words: Sequence[Token], key: str) -> None:
        start, end = words[0][2], words[-1][3]
        concepts = self._plain.get(key)
        if concepts is None:
            concepts = self._chosen(text[start:end], words, key)
        elif len(words) == 1 and self._is_grammar(text, words[0]):
            return
        if concepts:
            hits.append(Hit(len(words), start, end, concepts, self._language))

    def _chosen(self, span: str, words: Sequence[Token], key: str) -> tuple[str, ...]:
        """Of labels that share their stems: acronyms only for capitals, then those whose letters are the same."""
        entries: Iterable[_Label] = self._choices[key]
        if not _is_in_capitals(span):
            if len(words) == 1 and self._is_grammar(span, words[0]._replace(start=0, end=len(span))):
                return ()
            entries = [entry for entry in entries if not entry.in_capitals]
        surface = _surface(words)
        same = [entry for entry in entries if entry.surface == surface]
        if not same and _is_short(key):
            same = [entry for entry in entries if _without_plural(entry.surface) == _without_plural(surface)]
            return _concepts(same)
        return _concepts(same or entries)


def _concepts(entries: Iterable[_Label]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entry.concept for entry in entries))


def _is_short(key: str) -> bool:
    return len(key) < TELLING and key.isascii()


def _without_plural(surface: str) -> str:
    return re.sub("(?<=..)e?s$", "", surface)


def _surface(words: Iterable[Token]) -> str:
    return " ".join(word.surface for word in words)


def _joint(text: str, one: Token, next_: Token) -> str:
    """How two words that follow each other are joined: no label reaches over a break that it does not have itself."""
    end, start = one[3], next_[2]
    if start == end + 1 and text[end] == " ":
        return " "
    return ", " if start - end > LONGEST_GAP or _BREAK.search(text, end, start) else " "


def _is_in_capitals(span: str) -> bool:
    return span.isupper() or (span[-1:] == "s" and span[:-1].isupper())


def _without_accents(label: str) -> str:
    return fold(label.lower()) if label.lower() != fold(label.lower()) else label


def longest(hits: Iterable[Hit], length: int) -> list[Hit]:
    """Those that do not overlap a larger one, nor one of their size before them, in the order of the text.

    Hits on the same place, of one language or several, are all kept. `length` is that of the text.
    """
    kept: list[Hit] = []
    places: set[tuple[int, int]] = set()
    taken = bytearray(length)
    for hit in sorted(hits, key=lambda hit: (-hit.size, hit.start)):
        place = (hit.start, hit.end)
        if place not in places:
            if taken.find(1, hit.start, hit.end) >= 0:
                continue
            places.add(place)
            taken[hit.start : hit.end] = b"\1" * (hit.end - hit.start)
        kept.append(hit)
    return sorted(kept, key=lambda hit: hit.start)
