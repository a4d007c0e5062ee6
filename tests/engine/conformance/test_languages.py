"""Across languages, by the concepts that texts name: what one says is found by what another calls it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from tests.engine.conformance.backends import Backend, Place, filled
from tests.engine.samples import BagOfStems, make_need, make_technology
from tests.engine.terminology import small_thesaurus
from verdure.engine.documents import Mode, SearchRequest
from verdure.engine.protocol import SearchIndex
from verdure.engine.writer import IndexStale

THESAURUS = small_thesaurus()


class EnglishOnly(BagOfStems):
    languages = ("en",)


@pytest.fixture(scope="module")
def bridged(backend: Backend) -> Iterator[SearchIndex]:
    place = backend()
    documents = (
        make_technology(1, "Heat pump and battery for a house"),
        make_technology(2, "Pompe à chaleur et batterie", language="fr"),
        make_technology(3, "ヒートポンプとバッテリー", language="ja"),
        make_technology(4, "Anaerobic digester"),
        make_technology(5, "Éolienne à axe vertical", language="fr"),
        make_need(6, "Pompe à chaleur avec batterie", language="fr"),
    )
    yield filled(place, *documents, encoder=EnglishOnly(), thesaurus=THESAURUS)
    place.close()


@pytest.mark.parametrize("mode", ["words", "hybrid"])
@pytest.mark.parametrize(
    "query", ["pompe à chaleur batterie", "heat pump battery", "ヒートポンプ バッテリー", "热泵电池"]
)
def test_query_in_any_language_finds_all(bridged: SearchIndex, query: str, mode: Mode) -> None:
    results = bridged.search(SearchRequest(text=query, mode=mode, filters={"kind": ("technology",)}))
    assert {hit.id for hit in results.hits[:3]} == {1, 2, 3}
    assert results.unknown == ()


def test_match_across_languages_names_the_words_that_mean_the_same(bridged: SearchIndex) -> None:
    matches = bridged.matches(6, today=date(2026, 1, 1))
    assert {match.technology for match in matches} == {1, 2, 3}
    english = next(match for match in matches if match.technology == 1)
    assert {"Pompe", "chaleur", "batterie"} <= set(english.reasons[0].shared)


def test_another_thesaurus_makes_an_index_stale(place: Place) -> None:
    filled(place, make_technology(1), encoder=EnglishOnly(), thesaurus=THESAURUS)
    with place.writer(EnglishOnly()) as writer, pytest.raises(IndexStale):
        writer.apply([make_technology(2)])
