"""What is shown of a hit: its title and the most telling stretch of its text, with the query's words marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from verdure.engine.documents import Document, DocumentText, Snippet
from verdure.engine.query import Word
from verdure.engine.text import Marker, primary

TITLE_WIDTH = 300
WIDTH = 260
READ = 1500
"""Characters of a text that are looked through for the best stretch."""

_MORE = "…"


@dataclass(frozen=True, slots=True)
class Excerpt:
    language: str
    title: Snippet
    summary: Snippet


def excerpt(document: Document, marker: Marker, language: str = "") -> Excerpt:
    """The version in the reader's language if there is one; else one that holds a wanted form; else the first."""
    version = _version_to_show(document, marker, primary(language))
    title = version.title[:TITLE_WIDTH] + (_MORE if len(version.title) > TITLE_WIDTH else "")
    return Excerpt(version.language, marked(title, version.language, marker), _best_stretch(version, marker))


def marker_of(words: Iterable[Word]) -> Marker:
    """Marks every form of the words."""
    return Marker([form for word in words for form in word.forms])


def marked(text: str, language: str, marker: Marker) -> Snippet:
    """The text in pieces, those that match marked. Joined, they are the text."""
    return _pieces(text, marker.spans(text, language))


def _version_to_show(document: Document, marker: Marker, language: str) -> DocumentText:
    versions = sorted(document.texts, key=lambda text: primary(text.language) != language)
    if not versions:
        return DocumentText(language="", title="")
    if not marker or len(versions) == 1 or primary(versions[0].language) == language:
        return versions[0]
    return next((text for text in versions if _holds(text, marker)), versions[0])


def _holds(text: DocumentText, marker: Marker) -> bool:
    return any(marker.spans(part[:READ], text.language) for part in (text.title, text.summary, text.body))


def _best_stretch(text: DocumentText, marker: Marker) -> Snippet:
    """From the summary if that holds a match or the body holds none; else from the body."""
    parts = [part.strip()[:READ] for part in (text.summary, text.body) if part.strip()]
    found = [marker.spans(part, text.language) for part in parts[:1]]
    if len(parts) > 1 and marker and not found[0]:
        found.append(marker.spans(parts[1], text.language))
    chosen = len(found) - 1 if found and found[-1] else 0
    return _cut(parts[chosen], found[chosen]) if parts else ()


def _window(text: str, found: list[tuple[int, int]]) -> tuple[int, int]:
    """The stretch of `WIDTH` characters with the most different matches, starting and ending between words."""
    start = max(0, _densest(text, found) - WIDTH // 5) if found and found[-1][1] > WIDTH else 0
    if start:
        space = text.find(" ", start, start + 30)
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + WIDTH)
    if end < len(text):
        space = text.rfind(" ", start + WIDTH // 2, end + 1)
        end = space if space > 0 else end
    return start, end


def _densest(text: str, found: list[tuple[int, int]]) -> int:
    """Where the match begins from which on most different matches follow within a window."""
    within: Counter[str] = Counter()
    best = best_count = last = 0
    for first, (start, _) in enumerate(found):
        while last < len(found) and found[last][1] <= start + WIDTH * 4 // 5:
            within[text[slice(*found[last])].lower()] += 1
            last += 1
        if len(within) > best_count:
            best, best_count = start, len(within)
        gone = text[slice(*found[first])].lower()
        within[gone] -= 1
        if within[gone] <= 0:
            del within[gone]
    return best


def _cut(text: str, found: list[tuple[int, int]]) -> Snippet:
    first, last = _window(text, found)
    pieces = _pieces(text[first:last], [(a - first, b - first) for a, b in found if first <= a and b <= last])
    before: Snippet = ((_MORE, False),) if first else ()
    after: Snippet = ((_MORE, False),) if last < len(text) else ()
    return (*before, *pieces, *after)


def _pieces(text: str, found: list[tuple[int, int]]) -> Snippet:
    pieces: list[tuple[str, bool]] = []
    done = 0
    for start, end in found:
        pieces += [(text[done:start], False), (text[start:end], True)]
        done = end
    pieces.append((text[done:], False))
    return tuple(piece for piece in pieces if piece[0])
