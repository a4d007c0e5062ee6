"""What is asked of every contender in one run, with the stand-in's vectors, so that none needs the word model."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.build import Built
from verdure.engine.documents import Document

Group = Literal["short", "short, 1 filter", "short, 2 filters", "need", "similar", "new need", "new technology"]
WARM = 10

Vector = NDArray[np.float32]
_OPERATORS = re.compile(r'["“”„«»]|(?<!\w)-+')


@dataclass(frozen=True, slots=True)
class Question:
    """`similar_to` is an id of the index, `subject` a new document to be matched; `text` is then what it says."""

    text: str
    vector: Vector
    filters: tuple[tuple[str, str], ...] = ()
    similar_to: int = 0
    subject: Document | None = None


Questions = dict[Group, list[Question]]
"""The first `WARM` of each group are asked before the clock runs."""


def questions(built: Built, *, short: int, needs: int) -> Questions:
    """No question is asked twice, so that nothing remembered from one group helps in another."""
    texts = built.collection.short_queries(3 * (short + WARM))
    thirds = [texts[start::3][: short + WARM] for start in range(3)]
    chance = np.random.default_rng(5)
    documents = list(built.collection.documents(min(built.made.count, 4096)))
    chosen = [documents[int(place)] for place in chance.integers(len(documents), size=2 * (short + WARM))]
    one = [(facts_of(document)[number % 3],) for number, document in enumerate(chosen)]
    two = [facts_of(document)[:2] for document in chosen]
    asked = built.collection.long_queries(needs + WARM)
    similar = [document for document in chosen if document.texts[0].language == "en"][: needs + WARM]
    return {
        "short": _plain(built, thirds[0]),
        "short, 1 filter": _plain(built, thirds[1], one),
        "short, 2 filters": _plain(built, thirds[2], two),
        "need": _plain(built, [_OPERATORS.sub(" ", text) for text in asked]),
        "similar": [
            Question(text, vector, similar_to=document.id)
            for document, (text, vector) in zip(similar, _encoded(built, map(_text, similar)), strict=True)
        ],
    }


def new_documents(built: Built, count: int) -> Questions:
    """Needs and technologies that are not in the collection, and for peers a filter that leaves the other side."""
    needs = built.collection.needs(2 * (count + WARM))
    technologies = [
        dataclasses.replace(need, kind="technology", deadline=None, readiness=need.readiness_min, readiness_min=None)
        for need in needs[count + WARM :]
    ]
    return {
        "new need": _about(built, needs[: count + WARM], "technology"),
        "new technology": _about(built, technologies, "need"),
    }


def _about(built: Built, documents: list[Document], other: str) -> list[Question]:
    encoded = _encoded(built, map(_text, documents))
    return [
        Question(_OPERATORS.sub(" ", text), vector, (("kind", other),), subject=document)
        for document, (text, vector) in zip(documents, encoded, strict=True)
    ]


def facts_of(document: Document) -> tuple[tuple[str, str], ...]:
    """A filter value of each kind that this document passes."""
    field = document.fields[0] if document.fields else "energy"
    return (("kind", document.kind), ("field", field.split(".")[0]), ("country", document.country))


def _text(document: Document) -> str:
    text = document.texts[0]
    return f"{text.title}. {text.summary} {text.body}"


def _plain(
    built: Built, texts: Sequence[str], filters: Sequence[tuple[tuple[str, str], ...]] | None = None
) -> list[Question]:
    given = filters or [()] * len(texts)
    encoded = _encoded(built, texts)
    return [Question(text, vector, some) for (text, vector), some in zip(encoded, given, strict=False)]


def _encoded(built: Built, texts: Sequence[str] | map[str]) -> list[tuple[str, Vector]]:
    kept = list(texts)
    return list(zip(kept, built.encoder.encode_queries(kept), strict=True))
