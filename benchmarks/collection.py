"""Made collections of any size, whose words, lengths and facts follow real ones: `python -m benchmarks.collection`.

The same seed gives the same documents, whatever the number asked for: a smaller collection is the beginning of a larger
one. Documents stream in chunks that do not depend on each other, so that an interrupted build goes on where it was.
Run as a command it prints how far a made collection is from the real texts; with `--out`, it writes JSON lines.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.descriptions import SYSTEM, Description, descriptions
from benchmarks.facts import NEEDS, TODAY, FactModel, Facts
from benchmarks.likeness import compared
from benchmarks.sources import SHARED, RealText, real_texts
from benchmarks.words import Ints, WordModel
from verdure.engine.documents import Document, DocumentText, Kind
from verdure.engine.text import function_words

CHUNK = 1024
FOREIGN, ALSO_ENGLISH = 0.12, 0.5
JITTER = 0.15
LONGEST = 700
NEED_LENGTHS = (90, 260)
QUERY_NEED_LENGTHS = (100, 150)
SUMMARY_WORDS = 28
HELD_OUT = 1 << 40
"""Ids of needs that are asked with and are not in the collection."""

_SENTENCE_END = re.compile(r"[.!?] |[。！？]")
_CONTENT = re.compile(r"[^\W\d_]{4,}")


class Collection:
    """Needs some seconds for the model of the real texts; then a document costs about half a millisecond."""

    def __init__(self, *, seed: int = 1, shared: Path = SHARED, translations: Path | None = SYSTEM) -> None:
        self.texts: list[RealText] = real_texts(shared)
        self.words = WordModel(self.texts)
        self._seed = seed
        self._facts = FactModel(self.words)
        self._foreign: dict[str, list[Description]] = descriptions(translations) if translations else {}
        self._languages = sorted(self._foreign)

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages that are mixed in beside English."""
        return tuple(self._languages)

    def documents(self, count: int, *, first: int = 1) -> Iterator[Document]:
        """Documents with the ids `first` to `count`."""
        for chunk in range((first - 1) // CHUNK, -(-count // CHUNK)):
            for document in self._chunk(chunk):
                if first <= document.id <= count:
                    yield document

    def _chunk(self, number: int) -> list[Document]:
        chance = np.random.default_rng((self._seed, number))
        kinds: list[Kind] = ["need" if u < NEEDS else "technology" for u in chance.random(CHUNK)]
        lengths = np.where([kind == "need" for kind in kinds], self._need_lengths(chance), self._lengths(chance))
        return self._made(chance, kinds, lengths, first=number * CHUNK + 1)

    def _lengths(self, chance: np.random.Generator) -> Ints:
        like = self.words.lengths[chance.integers(len(self.words.lengths), size=CHUNK)]
        varied = like * chance.lognormal(0, JITTER, size=CHUNK)
        return np.clip(varied, 8, LONGEST).astype(np.int64)

    def _need_lengths(self, chance: np.random.Generator) -> Ints:
        return chance.integers(*NEED_LENGTHS, size=CHUNK)

    def _made(
        self, chance: np.random.Generator, kinds: list[Kind], lengths: Ints, *, first: int, foreign: float = FOREIGN
    ) -> list[Document]:
        topics = np.stack([self.words.drawn_topics(chance, len(kinds)) for _ in range(2)], axis=1)
        walks = self.words.walks(chance, topics, lengths)
        title_lengths = chance.choice(self.words.title_lengths, size=len(kinds))
        names = [self.words.coined_word(int(rank)) for rank in chance.integers(1 << 24, size=len(kinds))]
        return [
            document_of(
                first + row,
                self._versions(chance, foreign, english_of(words, names[row], int(title_lengths[row]))),
                self._facts.drawn(chance, kinds[row], int(topics[row, 0])),
            )
            for row, words in enumerate(walks)
        ]

    def _versions(self, chance: np.random.Generator, foreign: float, english: DocumentText) -> tuple[DocumentText, ...]:
        if not self._languages or chance.random() >= foreign:
            return (english,)
        language = self._languages[int(chance.integers(len(self._languages)))]
        other = self._in_language(chance, language, len(english.body))
        return (other, english) if chance.random() < ALSO_ENGLISH else (other,)

    def _in_language(self, chance: np.random.Generator, language: str, length: int) -> DocumentText:
        """As long as the English text in letters, or half as long where a letter is a syllable or a word."""
        pool = self._foreign[language]
        wanted = length // 2 if language in ("ja", "ko", "zh-CN") else length
        title, told = pool[int(chance.integers(len(pool)))]
        while len(told) < wanted:
            told += " " + pool[int(chance.integers(len(pool)))][1]
        told = told[: max(wanted, 120)]
        end = _SENTENCE_END.search(told)
        split = end.end() if end else len(told)
        return DocumentText(language=language, title=title, summary=told[:split].strip(), body=told[split:].strip())

    def needs(self, count: int, *, lengths: tuple[int, int] = QUERY_NEED_LENGTHS) -> list[Document]:
        """Needs in English that are not in the collection, for asking with."""
        chance = np.random.default_rng((self._seed, HELD_OUT))
        return self._made(chance, ["need"] * count, chance.integers(*lengths, size=count), first=HELD_OUT, foreign=0.0)

    def long_queries(self, count: int) -> list[str]:
        """Whole needs as text, of 100 to 150 words."""
        return [_plain(need.texts[0]) for need in self.needs(count)]

    def short_queries(self, count: int) -> list[str]:
        """Two to four content words, in their order, from 12 successive words of a real text."""
        chance = np.random.default_rng((self._seed, HELD_OUT + 1))
        found: list[str] = []
        while len(found) < count:
            for passage in self.words.passages(chance, count, 12):
                words = content_words(" ".join(passage))
                wanted = int(chance.integers(2, 5))
                if len(words) >= wanted and len(found) < count:
                    found.append(" ".join(words[:wanted]))
        return found


def english_of(words: list[str], name: str, title_length: int) -> DocumentText:
    """A title of one or two words is a name, as those of programs are."""
    title_length = min(title_length, len(words) // 2)
    title, rest = ([name], words) if title_length < 3 else (words[:title_length], words[title_length:])
    split = min(SUMMARY_WORDS, len(rest) // 2)
    return DocumentText(
        language="en",
        title=" ".join(title).strip(" .,;:"),
        summary=" ".join(rest[:split]),
        body=" ".join(rest[split:]),
        keywords=tuple(content_words(" ".join(title))[:3]),
    )


def content_words(text: str) -> list[str]:
    without = function_words("en")
    return list(dict.fromkeys(word for word in _CONTENT.findall(text.lower()) if word not in without))


def document_of(identifier: int, texts: tuple[DocumentText, ...], facts: Facts) -> Document:
    shared = {field.name: getattr(facts, field.name) for field in dataclasses.fields(facts)}
    return Document(id=identifier, texts=texts, **shared)


def _plain(text: DocumentText) -> str:
    return " ".join(part for part in (text.title, text.summary, text.body) if part)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--translations", type=Path, default=SYSTEM, help="folder that benchmarks.descriptions filled")
    parser.add_argument("--out", type=Path, help="write the documents there as JSON lines")
    asked = parser.parse_args()
    collection = Collection(seed=asked.seed, translations=asked.translations)
    if asked.out:
        with asked.out.open("w", encoding="utf-8") as stream:
            for document in collection.documents(asked.count):
                stream.write(json.dumps(dataclasses.asdict(document), default=str, ensure_ascii=False) + "\n")
        return
    made = [text for document in collection.documents(asked.count) for text in document.texts if text.language == "en"]
    real = np.random.default_rng(1).permutation([f"{text.title}. {text.body}" for text in collection.texts]).tolist()
    print(compared(real, [_plain(text) for text in made], collection.short_queries(200)))


if __name__ == "__main__":
    main()

__all__ = ["TODAY", "Collection"]
