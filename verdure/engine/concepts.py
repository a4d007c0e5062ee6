"""Concepts with labels in many languages, found in texts of any of them: what makes words meet across languages.

A thesaurus is SKOS-shaped: concepts, each with a preferred label and alternatives in every language it is named in, and
with broader concepts. It is immutable; the labels of a language are prepared when a text in it first comes.

How labels are found. In languages that write words apart a label is a sequence of the stems of `text`, so that
inflections are found; a link ("de la") may stand between them or not, a break (comma, full stop) may not. In Chinese,
Japanese, Korean and other scripts that `text` cuts into pairs, labels are found by their characters, short ones only
where a word can begin or end. Of overlapping labels the longest wins, of equally long ones the first. Acronyms are
found only in capitals. In texts of other scripts, English labels are found on their Latin words; in other languages
with Latin letters, English acronyms.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from verdure.engine.character_labels import CharacterLabels
from verdure.engine.labels import VERSION, Hit, WordLabels, longest
from verdure.engine.text import Token, detect_language, is_unspaced, primary, tokens

BRIDGE = "en"  # the language whose words and acronyms turn up in texts of all others
SAMPLE = 400  # characters of a text that tell its script
MOST_SENSES = 3  # concepts of one place that `gloss` names

_LATIN_RUN = re.compile("[A-Za-z0-9][ -~\u00b2\u00b3\u2080-\u2089]*")
_CAPITALS = re.compile(r"(?<!\w)[A-Z][A-Z0-9&-]+s?(?!\w)")
_LETTER_OR_DIGIT = "0-9A-Za-z\u00b2\u00b3\u00c0-\u024f\u0660-\u0669\u06f0-\u06f9\u2080-\u2089"
_LATIN_WORD = re.compile(rf"[{_LETTER_OR_DIGIT}](?:[{_LETTER_OR_DIGIT}.,'’&/+-]*[{_LETTER_OR_DIGIT}%])?")
_SENTENCE_END = re.compile(r"[.!?:…\n]\W*$")


class DuplicateConcept(ValueError):
    """Two concepts with one id."""


@dataclass(frozen=True, slots=True)
class Concept:
    """`broader` are ids of concepts, which the thesaurus need not hold. The first label of a language is preferred."""

    id: str
    broader: tuple[str, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", MappingProxyType(dict(self.labels)))


class Occurrence(NamedTuple):
    """The concept with this id is named at `text[start:end]` by a label in `label_language`."""

    concept: str
    start: int
    end: int
    label_language: str


class Thesaurus:
    """Concepts by id. Raises DuplicateConcept."""

    def __init__(self, concepts: Iterable[Concept] = ()) -> None:
        self._concepts: dict[str, Concept] = {}
        for concept in concepts:
            if concept.id in self._concepts:
                raise DuplicateConcept(f"two concepts have the id {concept.id}")
            self._concepts[concept.id] = concept
        self._words: dict[str, WordLabels] = {}
        self._characters: dict[str, CharacterLabels] = {}
        self._above: dict[str, tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self._concepts)

    def __iter__(self) -> Iterator[Concept]:
        return iter(self._concepts.values())

    def __contains__(self, concept_id: object) -> bool:
        return concept_id in self._concepts

    def __getitem__(self, concept_id: str) -> Concept:
        return self._concepts[concept_id]

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages that have labels, in order of the alphabet."""
        return tuple(sorted({language for concept in self for language in concept.labels}))

    @cached_property
    def identity(self) -> str:
        """Changes with any concept, label or link and with the way they are found: an index made with another one is
        to be rebuilt."""
        rows = sorted([c.id, list(c.broader), sorted((k, list(v)) for k, v in c.labels.items())] for c in self)
        written = json.dumps([VERSION, rows], ensure_ascii=False)
        return hashlib.sha256(written.encode()).hexdigest()[:16]

    def find(self, text: str, language: str = "", *, found: Sequence[Token] | None = None) -> tuple[Occurrence, ...]:
        """The concepts named in a text, in its order; a label of several concepts gives each of them.

        `language` is that of the text; if not given it is guessed, and where that fails all languages of its script
        are tried. A language without labels gives acronyms only. `found` may hand over the text's tokens in that
        language, if they are at hand.
        """
        if not self._concepts or not text.strip():
            return ()
        spoken = self._spoken(text, primary(language))
        own = [hit for one in spoken for hit in self._own_hits(text, one, found if one == primary(language) else None)]
        hits = longest(own, len(text))
        if BRIDGE not in spoken and BRIDGE in self.languages:
            hits = _with_bridge(hits, list(self._bridge_hits(text, spoken)), len(text))
        return tuple(
            Occurrence(concept, hit.start, hit.end, hit.language)
            for hit in _without_repeats(hits)
            for concept in self._narrowest(hit.concepts)
        )

    def terms(self, text: str, language: str = "", *, with_broader: bool = False) -> dict[str, int]:
        """How often each concept is named in a text, by id; `with_broader` counts it for all that lie above it too."""
        counts: Counter[str] = Counter()
        for occurrence in self.find(text, language):
            counts[occurrence.concept] += 1
            if with_broader:
                counts.update(self.ancestors(occurrence.concept))
        return dict(counts)

    def ancestors(self, concept_id: str) -> tuple[str, ...]:
        """Ids of all that lies above a concept, nearest first, without itself, each once; circles do no harm."""
        known = self._above.get(concept_id)
        if known is None:
            above = dict.fromkeys(self._broader(concept_id))
            waiting = list(above)
            for near in waiting:
                fresh = [far for far in self._broader(near) if far not in above]
                above.update(dict.fromkeys(fresh))
                waiting += fresh
            above.pop(concept_id, None)
            known = self._above[concept_id] = tuple(above)
        return known

    def _broader(self, concept_id: str) -> tuple[str, ...]:
        concept = self._concepts.get(concept_id)
        return concept.broader if concept else ()

    def translations(self, concept_ids: Iterable[str], into: str, *, preferred_only: bool = False) -> tuple[str, ...]:
        """The labels of concepts in a language, in their order and each once: with a query's concepts, the words to
        look for in that language. Concepts unknown or without a label there give none."""
        labels: dict[str, None] = {}
        for concept_id in concept_ids:
            concept = self._concepts.get(concept_id)
            named = concept.labels.get(into, ()) if concept else ()
            labels.update(dict.fromkeys(named[:1] if preferred_only else named))
        return tuple(labels)

    def gloss(self, text: str, language: str = "", into: str = BRIDGE) -> str:
        """A text as the preferred labels of its concepts in another language, in its order, to be read by a sentence
        encoder that knows only that language. Numbers, acronyms and names in Latin letters stay; all else is left out.
        A text that is in that language already stays as it is."""
        if self._spoken(text, primary(language)) == (into,):
            return text
        pieces: list[tuple[int, str]] = []
        places: dict[tuple[int, int], list[str]] = defaultdict(list)
        for occurrence in self.find(text, language):
            places[occurrence.start, occurrence.end].append(occurrence.concept)
        for (start, _), concepts in places.items():
            labels = self.translations(concepts, into, preferred_only=True)[:MOST_SENSES]
            pieces += [(start, label) for label in labels]
        pieces += _kept_words(text, list(places))
        return " ".join(piece for _, piece in sorted(pieces, key=lambda piece: piece[0]))

    def _spoken(self, text: str, language: str) -> tuple[str, ...]:
        """The languages whose labels are looked for."""
        if language:
            return (language,) if language in self.languages else ()
        script = _script(text)
        detected = detect_language(text)
        if detected and (script == "LATIN" or detected == "ja"):
            return (detected,) if detected in self.languages else ()
        return tuple(one for one in self.languages if self._scripts[one] == script)

    @cached_property
    def _scripts(self) -> dict[str, str]:
        """The script that most labels of each language begin in."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for concept in self:
            for language, labels in concept.labels.items():
                if sum(counts[language].values()) < SAMPLE:
                    counts[language][_script(labels[0])] += 1
        return {language: found.most_common(1)[0][0] for language, found in counts.items()}

    def _labels(self, language: str) -> Iterator[tuple[str, str]]:
        return ((label, c.id) for c in self for label in c.labels.get(language, ()))

    def _prepare(self, language: str) -> tuple[WordLabels, CharacterLabels]:
        """Two threads that come at once prepare the same; the later one stays."""
        if language not in self._words:
            by_kind: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
            for label, concept in self._labels(language):
                by_kind[is_unspaced(label)].append((label, concept))
            self._characters[language] = CharacterLabels(language, by_kind[True])
            self._words[language] = WordLabels(language, by_kind[False])
        return self._words[language], self._characters[language]

    def _own_hits(self, text: str, language: str, found: Sequence[Token] | None) -> Iterator[Hit]:
        words, characters = self._prepare(language)
        if not characters:
            yield from words.hits(text, tokens(text, language) if found is None else found)
            return
        yield from characters.hits(text)
        for run in _LATIN_RUN.finditer(text):
            yield from _moved(words.hits(run.group(), tokens(run.group(), language)), run.start())

    def _bridge_hits(self, text: str, spoken: Sequence[str]) -> Iterator[Hit]:
        script = self._scripts[spoken[0]] if spoken else _script(text)
        pattern = _CAPITALS if script == "LATIN" else _LATIN_RUN
        words, _ = self._prepare(BRIDGE)
        for run in pattern.finditer(text):
            yield from _moved(words.hits(run.group(), tokens(run.group(), BRIDGE)), run.start())

    def _narrowest(self, concepts: tuple[str, ...]) -> tuple[str, ...]:
        """Without those that lie above another of them: whoever wants these asks for what is broader."""
        if len(concepts) == 1:
            return concepts
        above = {far for near in concepts for far in self.ancestors(near)}
        return tuple(concept for concept in concepts if concept not in above) or concepts


def _moved(hits: Iterable[Hit], by: int) -> Iterator[Hit]:
    return (hit._replace(start=hit.start + by, end=hit.end + by) for hit in hits)


def _with_bridge(own: list[Hit], other: list[Hit], length: int) -> list[Hit]:
    """The other hits fill the places that the text's own language leaves."""
    if not other:
        return own
    taken = bytearray(length)
    for hit in own:
        taken[hit.start : hit.end] = b"\1" * (hit.end - hit.start)
    free = [hit for hit in other if taken.find(1, hit.start, hit.end) < 0]
    return sorted(own + longest(free, length), key=lambda hit: hit.start)


def _without_repeats(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Hits of several languages on one place as one, with the concepts of all."""
    places: dict[tuple[int, int], Hit] = {}
    for hit in hits:
        place = (hit.start, hit.end)
        known = places.get(place)
        if known:
            hit = known._replace(concepts=tuple(dict.fromkeys(known.concepts + hit.concepts)))
        places[place] = hit
    return iter(places.values())


def _script(text: str) -> str:
    """The script of most letters, by the first word of their names; kana and Chinese characters are one."""
    names = Counter(unicodedata.name(sign, "").partition(" ")[0] for sign in text[:SAMPLE] if sign.isalpha())
    for kana in ("HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HALFWIDTH"):
        names["CJK"] += names.pop(kana, 0)
    return names.most_common(1)[0][0]


def _kept_words(text: str, places: Sequence[tuple[int, int]]) -> Iterator[tuple[int, str]]:
    """Numbers, acronyms, and names: any Latin word of another script's text, a capitalised one within a sentence."""
    covered = bytearray(len(text))
    for start, end in places:
        covered[start:end] = b"\1" * (end - start)
    is_latin = _script(text) == "LATIN"
    for word in _LATIN_WORD.finditer(text):
        if covered.find(1, word.start(), word.end()) >= 0:
            continue
        written = word.group()
        if written.isdecimal():
            yield word.start(), str(int(written))
        elif _is_kept(text, word.start(), written, is_latin=is_latin):
            yield word.start(), written


def _is_kept(text: str, start: int, written: str, *, is_latin: bool) -> bool:
    if any(map(str.isdigit, written)) or not is_latin:
        return True
    if written.isupper():
        return len(written) > 1
    return (
        written[0].isupper()
        and bool(text[:start].strip())
        and not _SENTENCE_END.search(text[max(0, start - 4) : start])
    )
