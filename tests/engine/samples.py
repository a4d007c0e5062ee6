"""Documents and an encoder for the engine's tests."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verdure.engine.documents import Document, DocumentText, Hit, SearchResults, Snippet
from verdure.engine.index import Index
from verdure.engine.text import forms
from verdure.engine.writer import IndexWriter


class BagOfStems:
    """A real, small encoder: each stem is a fixed random direction, a text their sum. Same words, same meaning."""

    dimension = 96

    def __init__(self, identity: str = "bag of stems") -> None:
        self.identity = identity

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self._vector(text) for text in texts]) if texts else np.zeros((0, 96), np.float32)

    def _vector(self, text: str) -> NDArray[np.float32]:
        total = np.ones(self.dimension) * 1e-3
        for stem in forms(text, "en")[1]:
            seed = int.from_bytes(hashlib.sha256(stem.encode()).digest()[:4], "little")
            total += np.random.default_rng(seed).standard_normal(self.dimension)
        return (total / np.linalg.norm(total)).astype(np.float32)


def make_text(title: str, summary: str = "", *, language: str = "en", body: str = "") -> DocumentText:
    return DocumentText(language=language, title=title, summary=summary, body=body)


def make_technology(
    identifier: int, title: str = "", summary: str = "", language: str = "en", **given: Any
) -> Document:
    texts = given.pop("texts", (make_text(title or f"Technology {identifier}", summary, language=language),))
    return Document(id=identifier, kind="technology", texts=texts, **given)


def make_need(identifier: int, title: str = "", summary: str = "", language: str = "en", **given: Any) -> Document:
    texts = given.pop("texts", (make_text(title or f"Need {identifier}", summary, language=language),))
    return Document(id=identifier, kind="need", texts=texts, **given)


def make_index(folder: Path, *documents: Document, encoder: BagOfStems | None = None) -> Index:
    with IndexWriter(folder, encoder) as writer:
        writer.apply(documents)
    return Index(folder, encoder)


def ids_of(found: SearchResults | Sequence[Hit]) -> list[int]:
    hits = found.hits if isinstance(found, SearchResults) else found
    return [hit.id for hit in hits]


def shown(snippet: Snippet) -> str:
    """A snippet as text, matches in brackets."""
    return "".join(f"[{piece}]" if marked else piece for piece, marked in snippet)


COLLECTION = (
    make_technology(
        1,
        country="KE",
        places=("KE", "UG"),
        fields=("energy.solar.pv", "water.irrigation"),
        deals=("licence", "supply"),
        goals=("6", "7"),
        readiness=8,
        source="member",
        organisation=1,
        published=date(2025, 1, 2),
        texts=(
            make_text("Solar pump for small farms", "A photovoltaic pump lifts twenty cubic metres of water a day."),
            make_text("Pompe solaire pour petites exploitations", "Une pompe à énergie solaire.", language="fr"),
        ),
    ),
    make_technology(
        2,
        "太陽光発電用の蓄電池",
        "水を使わない冷却。ナトリウムイオン電池。",
        "ja",
        country="JP",
        fields=("energy.storage",),
        deals=("licence",),
        readiness=5,
        source="cordis",
        organisation=2,
        published=date(2025, 3, 2),
    ),
    make_technology(
        3,
        "مضخات المياه بالطاقة الشمسية",
        "نظام ضخ المياه بالطاقة الشمسية للمزارع الصغيرة",
        "ar",
        country="MA",
        places=("MA",),
        fields=("energy.solar.pv",),
        readiness=9,
        source="member",
        organisation=3,
        published=date(2024, 3, 2),
    ),
    make_technology(
        4,
        "Recycling of wind turbine blades",
        "Glass fibre is recovered from old rotor blades.",
        country="DE",
        fields=("energy.wind",),
        deals=("supply",),
        readiness=6,
        source="member",
        organisation=4,
        published=date(2023, 5, 5),
    ),
    make_technology(
        5,
        "Возобновляемые источники энергии для деревень",
        "Мини-сети на солнечных батареях.",
        "ru",
        country="KZ",
        fields=("energy.solar",),
        readiness=7,
        source="member",
        organisation=5,
        published=date(2025, 2, 1),
    ),
    make_technology(
        6,
        "小型风力发电机",
        "适用于农村的可再生能源。",
        "zh",
        country="CN",
        fields=("energy.wind",),
        readiness=9,
        source="member",
        organisation=6,
        published=date(2025, 2, 2),
    ),
    make_technology(
        7,
        "Instalación de captación de niebla",
        "Mallas que recogen agua potable de la niebla en zonas áridas.",
        "es",
        country="CL",
        fields=("water.supply",),
        readiness=8,
        source="member",
        organisation=7,
        published=date(2025, 2, 3),
    ),
    make_technology(
        8,
        "Tratamento de efluentes com algas",
        "Remoção de azoto e fósforo em estações pequenas.",
        "pt",
        country="BR",
        fields=("water.treatment",),
        readiness=4,
        source="member",
        organisation=8,
        published=date(2025, 2, 4),
    ),
    make_need(
        9,
        "Irrigation without diesel",
        "Smallholders need pumps that lift water for irrigation without grid electricity.",
        country="UG",
        places=("UG",),
        fields=("water.irrigation",),
        deals=("supply",),
        goals=("6",),
        readiness_min=7,
        deadline=date(2026, 1, 1),
        source="member",
        organisation=9,
        published=date(2025, 5, 1),
    ),
)
