from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.engine.samples import BagOfStems, make_need, make_technology
from verdure.engine.concepts import Concept, Thesaurus
from verdure.engine.documents import SearchRequest
from verdure.engine.index import Index
from verdure.engine.reading import Reading
from verdure.engine.writer import IndexStale, IndexWriter

THESAURUS = Thesaurus(
    [
        Concept("heat-pump", labels={"en": ("heat pump",), "fr": ("pompe à chaleur",), "ja": ("ヒートポンプ",)}),
        Concept("greenhouse", labels={"en": ("greenhouse",), "fr": ("serre",), "ja": ("温室",)}),
        Concept("drying", labels={"en": ("drying",), "fr": ("séchage",), "ja": ("乾燥",)}),
    ]
)


class EnglishOnly(BagOfStems):
    languages = ("en",)


def test_text_in_a_language_the_encoder_lacks_is_read_as_its_gloss() -> None:
    reading = Reading(THESAURUS, ("en",))
    text = "Une pompe à chaleur pour le séchage dans la serre"
    assert reading.query(text, "fr") == "heat pump drying greenhouse"
    assert reading.query("温室のヒートポンプ", "ja") == "greenhouse heat pump"
    assert reading.query("A heat pump for drying", "en") == "A heat pump for drying"


def test_encoder_of_all_languages_reads_every_text_itself() -> None:
    text = "Une pompe à chaleur pour le séchage"
    assert Reading(THESAURUS).query(text, "fr") == text
    assert Reading(THESAURUS).passages(make_technology(1, text, language="fr")) == (text + ".",)


def test_gloss_that_says_too_little_is_not_read() -> None:
    assert Reading(THESAURUS, ("en",)).query("Le séchage du linge", "fr") == "Le séchage du linge"


def test_gloss_of_a_document_comes_before_its_own_text() -> None:
    document = make_technology(1, "Pompe à chaleur pour serre", language="fr")
    assert Reading(THESAURUS, ("en",)).passages(document) == (
        "heat pump greenhouse",
        "Pompe à chaleur pour serre.",
    )


def index_of(folder: Path, *documents: object) -> Index:
    with IndexWriter(folder, EnglishOnly(), THESAURUS) as writer:
        writer.apply(documents)  # type: ignore[arg-type]
    return Index(folder, EnglishOnly(), THESAURUS)


@pytest.mark.parametrize("mode", ["words", "hybrid"])
@pytest.mark.parametrize("query", ["pompe à chaleur serre", "heat pump greenhouse", "温室のヒートポンプ"])
def test_query_in_any_language_finds_all(tmp_path: Path, query: str, mode: str) -> None:
    index = index_of(
        tmp_path,
        make_technology(1, "Heat pump for a greenhouse"),
        make_technology(2, "Pompe à chaleur de serre", language="fr"),
        make_technology(3, "温室用ヒートポンプ", language="ja"),
        make_technology(4, "Anaerobic digester"),
        make_technology(5, "Éolienne à axe vertical", language="fr"),
    )
    results = index.search(SearchRequest(text=query, mode=mode))  # type: ignore[arg-type]
    assert {hit.id for hit in results.hits[:3]} == {1, 2, 3}
    assert results.unknown == ()


def test_match_across_languages_names_the_words_that_mean_the_same(tmp_path: Path) -> None:
    index = index_of(
        tmp_path,
        make_technology(1, "Heat pump for drying in a greenhouse"),
        make_technology(2, "Anaerobic digester"),
        make_need(3, "Séchage par pompe à chaleur", language="fr"),
    )
    best, *_ = index.matches(3, today=date(2026, 1, 1))
    assert best.technology == 1
    assert {"pompe", "chaleur", "Séchage"} <= set(best.reasons[0].shared)


def test_another_thesaurus_makes_an_index_stale(tmp_path: Path) -> None:
    index_of(tmp_path, make_technology(1))
    with IndexWriter(tmp_path, EnglishOnly()) as writer, pytest.raises(IndexStale):
        writer.apply([make_technology(2)])
