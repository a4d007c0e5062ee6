"""Did you mean: a word of the collection that is nearly the one that was typed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from verdure.engine.query import Query, Word

SHORTEST = 4
"""Characters of a word that may be misspelt: among shorter ones almost everything is near everything."""


class Vocabulary(Protocol):
    """The words of a collection; see `lexical.TextSearch`."""

    def frequency(self, word: Word) -> int: ...

    def surfaces_from(self, prefix: str) -> list[tuple[str, int]]: ...


def corrected(query: Query, words: Vocabulary) -> str:
    """The query's text with its unknown words put right from the collection's words, or "" if there is none to mend."""
    text, mended = query.text, False
    for word in query.words:
        better = correction(word, words)
        if better:
            text, mended = text.replace(word.written, better), True
    return text if mended else ""


def correction(word: Word, words: Vocabulary) -> str:
    """The nearest, then most frequent word within one edit (two from eight letters on), or ""."""
    typed = word.surface
    if len(typed) < SHORTEST or any(map(str.isdigit, typed)) or words.frequency(word):
        return ""
    allowed = 1 if len(typed) < 8 else 2
    near = (
        (distance, -count, known)
        for known, count in _candidates(typed, words, allowed)
        if (distance := edits(typed, known, allowed)) <= allowed
    )
    return min(near, default=(0, 0, ""))[2]


def _candidates(typed: str, words: Vocabulary, allowed: int) -> Iterable[tuple[str, int]]:
    """Words that begin as the typed one does, or as it would with two letters exchanged or without the first."""
    letters = set(typed)
    for prefix in dict.fromkeys((typed[0], typed[1])):
        for known, count in words.surfaces_from(prefix):
            if abs(len(known) - len(typed)) <= allowed and len(letters ^ set(known)) <= 2 * allowed:
                yield known, count


def edits(one: str, other: str, most: int) -> int:
    """Letters to insert, delete, replace or exchange with their neighbour to make one word of the other.

    Optimal string alignment (Damerau 1964); gives up above `most` with `most + 1`.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        older, before, row = before, row, [i]
        for j, there in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != there))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == there:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
