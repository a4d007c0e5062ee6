"""What a collection as a whole is like: what a question that is kept for later is analysed and weighed by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from verdure.engine.background import Background
from verdure.engine.query import Word


@dataclass(frozen=True, slots=True)
class Corpus:
    """`languages`, most frequent first; `background`: how alike unrelated texts are; `frequency`: in how many of the
    `entries` a word occurs, asked for words that the corpus was asked for with."""

    languages: tuple[str, ...]
    entries: int
    background: Background
    frequency: Callable[[Word], int]
