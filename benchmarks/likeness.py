"""How far made texts are from real ones, in the figures that decide what a search costs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

_WORD = re.compile(r"[^\W_]+")
SAMPLE_WORDS = 300_000
WINDOW = 150


def compared(real: Sequence[str], made: Sequence[str], queries: Sequence[str]) -> str:
    """A Markdown table. Both are cut to the same number of words, since every such figure grows with that number."""
    left, right = (_words(texts) for texts in (real, made))
    rows = zip(_figures(left, queries), _figures(right, queries), strict=True)
    lines = ["| | real | made |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {first} | {second} |" for (name, first), (_, second) in rows)])


def _words(texts: Sequence[str]) -> list[list[str]]:
    found, total = [], 0
    for text in texts:
        found.append(_WORD.findall(text.lower()))
        total += len(found[-1])
        if total > SAMPLE_WORDS:
            break
    return found


def _figures(texts: list[list[str]], queries: Sequence[str]) -> list[tuple[str, str]]:
    lengths = np.array([len(words) for words in texts])
    counts = Counter(word for words in texts for word in words)
    spread = Counter(word for words in texts for word in set(words))
    total = sum(counts.values())
    frequent = [count for _, count in counts.most_common(1000)]
    long_enough = [words[:WINDOW] for words in texts if len(words) >= WINDOW]
    ratio = float(np.mean([len(set(words)) / WINDOW for words in long_enough])) if long_enough else 0.0
    asked = [spread[word] / len(texts) for query in queries for word in query.split()]
    tops = ", ".join(f"{sum(frequent[:n]) / total:.0%}" for n in (10, 100, 1000))
    return [
        ("texts; words", f"{len(texts):,}; {total:,}"),
        ("mean length; quartiles (words)", f"{lengths.mean():.0f}; {_quartiles(lengths)}"),
        ("different words", f"{len(counts):,}"),
        ("of which occur once", f"{sum(count == 1 for count in counts.values()) / len(counts):.0%}"),
        ("different words among the first 150 of a text", f"{ratio:.0%}"),
        ("share of the 10, 100, 1,000 most frequent words", tops),
        ("texts that hold a word of a short query: mean; median", f"{np.mean(asked):.1%}; {np.median(asked):.1%}"),
    ]


def _quartiles(lengths: np.ndarray) -> str:
    return ", ".join(f"{quartile:.0f}" for quartile in np.percentile(lengths, (25, 50, 75)))
