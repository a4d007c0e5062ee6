"""Which passages of a document get a vector.

The whole text with its title, and pieces of the body without it: a title is often only a name, which says nothing to an
encoder, and a long text's whole hides its parts. A document's likeness is that of its best passage.
"""

from __future__ import annotations

import re

from verdure.engine.documents import DocumentText
from verdure.engine.text import words_in

VERSION = 2
"""Changes whenever the same document would give other passages."""

WORDS = 80
"""Words of a passage; where nothing separates words, three characters count as one."""

MOST = 32
"""Passages of one language version; the rest of a longer text has none."""

_LONGEST_RUN = re.compile(rf"\S{{1,{3 * WORDS}}}")


def whole_text(text: DocumentText) -> str:
    """What a version says, most telling first, since encoders read no further than some hundred words."""
    parts = [part.strip() for part in (text.title, text.summary, ", ".join(text.keywords), text.body)]
    return " ".join(part + "." if part[-1].isalnum() else part for part in parts if part)


def passages_of_version(text: DocumentText) -> list[str]:
    """Its whole text, then the pieces of its body."""
    told = " ".join(part.strip() for part in (text.summary, text.body) if part.strip())
    return list(dict.fromkeys((whole_text(text), *pieces(told))))


def pieces(text: str) -> list[str]:
    """A text cut into stretches of about `WORDS` words; a rest of a few words stays with the stretch before it."""
    found: list[list[str]] = [[]]
    weight = 0.0
    for run in _LONGEST_RUN.findall(text):
        if weight >= WORDS:
            found.append([])
            weight = 0.0
        found[-1].append(run)
        weight += words_in(run)
    if len(found) > 1 and weight < WORDS / 4:
        rest = found.pop()
        found[-1] += rest
    return [" ".join(stretch) for stretch in found if stretch][:MOST]
