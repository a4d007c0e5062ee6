"""The form of our own judged set across languages; its figures are measured by `verdure eval`, not here."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from pathlib import Path

import pytest

from verdure.engine.measure import JudgedSet, read_judged_set
from verdure.engine.text import detect_language, forms

FOLDER = Path(__file__).with_name("data") / "crosslingual"
LANGUAGES = ("en", "fr", "es", "ar", "zh", "ru", "ja", "pt")
UNSPACED = ("zh", "ja")


@pytest.fixture(scope="module")
def judged() -> JudgedSet:
    return read_judged_set(FOLDER)


def languages_of(file: str) -> dict[str, str]:
    lines = (FOLDER / file).read_text(encoding="utf-8").splitlines()
    return {row["_id"]: row["metadata"]["language"] for row in map(json.loads, lines)}


def test_every_language_has_its_share(judged: JudgedSet) -> None:
    assert Counter(languages_of("corpus.jsonl").values()) == dict.fromkeys(LANGUAGES, 15)
    assert Counter(languages_of("queries.jsonl").values()) == dict.fromkeys(LANGUAGES, 12)
    assert (len(judged.documents), len(judged.queries)) == (120, 96)


def test_texts_are_in_the_language_they_say(judged: JudgedSet) -> None:
    said = languages_of("corpus.jsonl") | languages_of("queries.jsonl")
    texts = [(name, text) for name, _, text in judged.documents] + list(judged.queries)
    assert {name: detect_language(text) for name, text in texts} == said


def test_texts_have_the_length_of_a_summary(judged: JudgedSet) -> None:
    said = languages_of("corpus.jsonl")
    lengths = {
        name: len(text) / 2 if said[name] in UNSPACED else len(text.split()) for name, _, text in judged.documents
    }
    assert {name: length for name, length in lengths.items() if not 40 <= length <= 80} == {}


def test_needs_are_judged_in_other_languages(judged: JudgedSet) -> None:
    needs, technologies = languages_of("queries.jsonl"), languages_of("corpus.jsonl")
    for need, gains in judged.gains.items():
        assert 1 <= len(gains) <= 3
        assert set(gains.values()) <= {1.0, 2.0}
        assert 2.0 in gains.values()
        assert needs[need] not in {technologies[technology] for technology in gains}
    assert set(judged.gains) == set(needs)


def test_every_technology_is_wanted_and_none_twice(judged: JudgedSet) -> None:
    assert {name for gains in judged.gains.values() for name in gains} == {name for name, _, _ in judged.documents}
    words = {name: set(forms(text)[1]) for name, _, text in judged.documents}
    alike = [
        (one, other)
        for one, other in itertools.combinations(words, 2)
        if len(words[one] & words[other]) > 0.4 * len(words[one] | words[other])
    ]
    assert alike == []
