"""Other ways to read a word than by its Snowball stem, where that stem misses inflections that labels have.

A reader takes a word as written and its stem by `text`, and gives one reading or more: the first is the one that a
label is kept under, and a word of a text may stand for any of its readings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from verdure.engine.text import tokens


@lru_cache(maxsize=50_000)
def _read_arabic(word: str, stem: str) -> tuple[str, ...]:
    """Without the article; then with it, for words that begin with its letters; then without clitics (و ف ب ك ل).

    The Snowball stem is passed over: it cuts single letters off the front of بطارية, but not of the plural.
    """
    del stem
    return tuple(dict.fromkeys(_arabic_readings(_ARABIC_MARKS.sub("", word), clitics=2)))


_ARABIC_MARKS = re.compile("[\u0640\u064b-\u065f\u0670]")
_ARABIC_ENDINGS = (
    "تها",
    "تهم",
    "ته",
    "ها",
    "هم",
    "ان",
    "ات",
    "ون",
    "ين",
    "يه",
    "ه",
    "ي",
)  # after Larkey's "light10", and ة before a pronoun


def _arabic_readings(word: str, *, clitics: int) -> Iterator[str]:
    if word.startswith("ال") and len(word) > 4:
        yield _without_endings(word[2:])
    yield _without_endings(word)
    if clitics and len(word) > 3 and word[0] in "وفبكل":
        rest = f"ال{word[2:]}" if word.startswith("لل") else word[1:]
        yield from _arabic_readings(rest, clitics=clitics - 1)


def _without_endings(word: str) -> str:
    """Letters unified as `text` does it, common endings off, at least three letters kept."""
    found = tokens(word, "ar")
    surface = found[0].surface if found else word
    for ending in _ARABIC_ENDINGS:
        if surface.endswith(ending) and len(surface) - len(ending) >= 3:
            surface = surface[: -len(ending)]
    return surface


@lru_cache(maxsize=50_000)
def _read_russian(word: str, stem: str) -> tuple[str, ...]:
    """Also without the vowel that comes in before a last к: установок as установка, батареек as батарейка."""
    del word
    if len(stem) > 4 and stem.endswith(("ок", "ек")):
        return stem, f"{stem[:-2]}к", f"{stem[:-2]}йк"
    return (stem,)


@lru_cache(maxsize=50_000)
def _read_spanish(word: str, stem: str) -> tuple[str, ...]:
    """As the singular first: the stemmer takes -ar for the ending of a verb in "solar", but not in "solares"."""
    return _stems_of(_singular(word.lower(), _SPANISH_PLURALS), stem, "es")


@lru_cache(maxsize=50_000)
def _read_portuguese(word: str, stem: str) -> tuple[str, ...]:
    """As the singular first, for the same reason; the stemmer knows the plural of -ão only after ç."""
    return _stems_of(_singular(word.lower(), _PORTUGUESE_PLURALS), stem, "pt")


def _stems_of(singular: str, stem: str, language: str) -> tuple[str, ...]:
    found = tokens(singular, language)
    return tuple(dict.fromkeys((found[0].stem, stem))) if len(found) == 1 else (stem,)


# Endings of plurals and of their singulars; the first that fits counts.
_SPANISH_PLURALS = (
    ("ces", "z"), ("ques", "que"), ("gues", "gue"), ("iones", "ión"),
    *((f"{consonant}es", consonant) for consonant in "dlnrsyj"),
    *((f"{vowel}s", vowel) for vowel in "aeiouáéíóú"),
)  # fmt: skip
_PORTUGUESE_PLURALS = (
    ("ões", "ão"), ("ães", "ão"), ("ãos", "ão"), ("oes", "ão"),
    ("ais", "al"), ("éis", "el"), ("óis", "ol"), ("ns", "m"),
    *((f"{consonant}es", consonant) for consonant in "rsz"),
    *((f"{vowel}s", vowel) for vowel in "aeiouáéíóú"),
)  # fmt: skip


def _singular(word: str, endings: Iterable[tuple[str, str]]) -> str:
    if len(word) > 3 and word.endswith("s"):
        for plural, singular in endings:
            if word.endswith(plural) and len(word) - len(plural) >= 2:
                return word[: -len(plural)] + singular
    return word


READERS: Mapping[str, Callable[[str, str], tuple[str, ...]]] = {
    "ar": _read_arabic,
    "ru": _read_russian,
    "es": _read_spanish,
    "pt": _read_portuguese,
}
