"""Where the labels of concepts occur in a text of a script that puts no spaces between words, or of Hangul."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator

from verdure.engine.labels import Hit
from verdure.engine.text import is_unspaced

_HAN = re.compile("[\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff]")
_HIRAGANA = re.compile("[\u3041-\u3096\u309d-\u309f]")
_SYLLABLES = re.compile(
    "[\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]"
)
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
_PARTICLES = frozenset("のをはがにでともやへ")
_CLUSTER = re.compile("(?s).[\u0300-\u036f\u3099\u309a\uff9e\uff9f]*")


class CharacterLabels:
    """Labels of a language that puts no spaces between words, as runs of characters."""

    def __init__(self, language: str, labels: Iterable[tuple[str, str]]) -> None:
        self._language = language
        found: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for label, concept in labels:
            for written in _spellings(_normalise(label)[0]):
                found[written][concept] = None
        self._labels = {written: (tuple(concepts), _needs_edge(written)) for written, concepts in found.items()}
        # Every size begins with the one character that may be a label by itself; most of them are none.
        lengths: defaultdict[str, set[int]] = defaultdict(lambda: {1})
        for written in found:
            lengths[written[:2]].add(len(written))
        self._lengths = {start: tuple(sorted(sizes)) for start, sizes in lengths.items()}

    def __bool__(self) -> bool:
        return bool(self._labels)

    def hits(self, text: str) -> list[Hit]:
        written, places = _normalise(text)
        lengths, labels, last, singles = self._lengths.get, self._labels.get, len(written), (1,)
        hits: list[Hit] = []
        for start in range(last):
            for size in lengths(written[start : start + 2], singles):
                end = start + size
                label = labels(written[start:end]) if end <= last else None
                if label and not (label[1] and _is_piece(written, start, end)):
                    place = (start, end) if places is None else (places[start][0], places[end - 1][1])
                    hits.append(Hit(size, *place, label[0], self._language))
        return hits


_FULL_WIDTH = {sign + 0xFEE0: sign for sign in range(0x21, 0x7F)}
Places = list[tuple[int, int]]


def _normalise(text: str) -> tuple[str, Places | None]:
    """Compatibility forms resolved, lower case; with the place of each character in the text, if they moved."""
    text = text.translate(_FULL_WIDTH)
    lower = text.lower()
    if len(lower) == len(text) and unicodedata.is_normalized("NFKC", text):
        return lower, None
    signs: list[str] = []
    places: Places = []
    for cluster in _CLUSTER.finditer(text):
        resolved = unicodedata.normalize("NFKC", cluster.group()).lower()
        signs.append(resolved)
        places += [cluster.span()] * len(resolved)
    return "".join(signs), places


def _spellings(label: str) -> Iterator[str]:
    """As it is, without spaces and middle dots, and without a last long vowel (センサー, センサ)."""
    joined = re.sub("[\\s・]", "", label) if is_unspaced(label) else label
    for written in {label.strip(), joined}:
        if written:
            yield written
        if len(written) > 3 and written.endswith("ー"):
            yield written[:-1]


def _needs_edge(label: str) -> bool:
    """Whether these characters are often a piece of another word, so that what stands around them matters."""
    is_syllables = all(map(_SYLLABLES.match, label))
    return len(label) == 1 or _is_latin(label[0]) or _is_latin(label[-1]) or (len(label) < 4 and is_syllables)


def _is_piece(text: str, start: int, end: int) -> bool:
    """Whether the label here is a piece of a word: the shorter it is, the more it takes to stand alone."""
    before, after = text[start - 1 : start], text[end : end + 1]
    first, last, size = text[start], text[end - 1], end - start
    if (_is_latin(first) and _is_latin(before)) or (_is_latin(last) and _is_latin(after)):
        return True
    if _KATAKANA.match(first) and _KATAKANA.match(last) and size < 4:
        inside = (_KATAKANA.match(before) is not None) + (_KATAKANA.match(after) is not None)
        return inside > (size == 3)
    if _HAN.match(first) and size == 1:
        return bool(_HAN.match(before) or _HAN.match(after))
    if _HIRAGANA.match(first) and _HIRAGANA.match(before):
        return size < 4 and before not in _PARTICLES
    return bool(_HANGUL.match(first) and size < 3 and _HANGUL.match(before))


def _is_latin(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()
