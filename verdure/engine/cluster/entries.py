"""A document as an entry of the cluster, and back."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verdure.engine import stored
from verdure.engine.cluster.connection import Json
from verdure.engine.concepts import Thesaurus
from verdure.engine.documents import FILTERS, TECHNOLOGY, Document, DocumentText
from verdure.engine.facts import facts_of
from verdure.engine.lexical import FILLER, OPENING
from verdure.engine.passages import whole_text
from verdure.engine.query import name_of
from verdure.engine.rows_writer import stem_digest
from verdure.engine.text import detect_language, forms

Vectors = NDArray[np.float32]


def entry_of(document: Document, vectors: Vectors, thesaurus: Thesaurus) -> Json:
    """`vectors` is float32 (k, dimension), the whole text first; k = 0 without an encoder."""
    texts = [_Read.of(text, thesaurus) for text in document.texts or (DocumentText(language="", title=""),)]
    facts: dict[str, list[str]] = {name: [] for name in FILTERS}
    for name, value in facts_of(document):
        facts[name].append(value)
    level = (document.readiness if document.kind == TECHNOLOGY else document.readiness_min) or 0
    entry: Json = {
        "number": document.id,
        "document": base64.b64encode(zlib.compress(stored.dump(document))).decode("ascii"),
        "digest": stored.digest(document),
        "stems": _digests(stem for text in texts for stem in text.stems),
        "facts": {name: values for name, values in facts.items() if values},
        "names": [text.name for text in texts if text.name],
        "forms": " ".join(dict.fromkeys(form for text in texts for form in text.forms)),
        "versions": [text.fields for text in texts],
        "published": document.published.toordinal() if document.published else 0,
        "level": level,
        "stage": level if document.kind == TECHNOLOGY else 0,
    }
    if document.deadline:
        entry["deadline"] = document.deadline.toordinal()
    return entry | _meaning(vectors)


def _digests(stems: Iterable[str]) -> str:
    """The different stems, as `rows` keeps them."""
    digests = np.array(sorted({stem_digest(stem) for stem in stems}), dtype="<u4")
    return base64.b64encode(digests.tobytes()).decode("ascii")


def _meaning(vectors: Vectors) -> Json:
    told = vectors[np.linalg.norm(vectors, axis=1) > 1e-6] if len(vectors) else vectors
    if not len(told):
        return {}
    first = base64.b64encode(np.ascontiguousarray(told[0], dtype="<f4").tobytes()).decode("ascii")
    return {"meaning": first, "passages": [{"vector": vector.tolist()} for vector in told]}


def concept_form(concept: str) -> str:
    """How a concept stands among the forms of words, none of which holds a colon."""
    return f"concept:{concept}"


class _Read:
    """One language version, analysed."""

    def __init__(
        self, title: tuple[list[str], list[str]], rest: tuple[list[str], list[str]], name: str, concepts: dict[str, int]
    ) -> None:
        self.name = name
        self.concepts = concepts
        self.title_stems = title[1]
        self.surfaces = [*title[0], *rest[0]]
        self.stems = [*title[1], *rest[1]]

    @classmethod
    def of(cls, text: DocumentText, thesaurus: Thesaurus) -> _Read:
        rest = " . ".join((text.summary, " ".join(text.keywords), text.body))
        language = text.language or detect_language(f"{text.title} {rest}", "en")
        concepts = thesaurus.terms(whole_text(text), text.language)
        return cls(forms(text.title, language), forms(rest, language), name_of(text.title, language), concepts)

    @property
    def forms(self) -> list[str]:
        return [*self.surfaces, *self.stems, *(concept_form(concept) for concept in self.concepts)]

    @property
    def fields(self) -> Json:
        named = [" ".join([concept] * count) for concept, count in self.concepts.items()]
        return ({"concepts": " ".join(named) + FILLER} if named else {}) | {
            "title": " ".join(self.title_stems) + FILLER[:20],
            "stems": " ".join(self.stems) + FILLER,
            "openings": " ".join(stem[:OPENING] for stem in self.stems) + FILLER,
            "surfaces": " ".join(self.surfaces) + FILLER,
        }


def document_in(source: Json) -> Document:
    return stored.load(zlib.decompress(base64.b64decode(source["document"])))


def meaning_in(source: Json) -> Vectors | None:
    """The vector of the whole text, if there is one."""
    kept: Any = source.get("meaning")
    return None if kept is None else np.frombuffer(base64.b64decode(kept), dtype="<f4").astype(np.float32)
