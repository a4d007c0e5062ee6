from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.engine.samples import (
    COLLECTION,
    BagOfStems,
    ids_of,
    make_index,
    make_need,
    make_technology,
    make_text,
    shown,
)
from verdure.engine.documents import FACETS, Mode, SearchRequest, Sort
from verdure.engine.index import Index, State


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return make_index(tmp_path_factory.mktemp("index"), *COLLECTION, encoder=BagOfStems())


def found(index: Index, text: str, *, mode: Mode = "words", sort: Sort = "relevance") -> list[int]:
    return ids_of(index.search(SearchRequest(text=text, mode=mode, sort=sort)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("solar pumps", [1, 9]),
        ("pompes solaires", [1]),
        ("POMPE", [1]),
        ("energie solaire", [1]),
        ("太陽光", [2]),
        ("蓄電池", [2]),
        ("水", [2]),
        ("الطاقة الشمسية", [3]),
        ("طاقه شمسيه", [3]),
        ("возобновляемая энергия", [5]),
        ("可再生能源", [6]),
        ("instalaciones de niebla", [7]),
        ("captacion", [7]),
        ("estação de tratamento", [8]),
        ("irrigating", [9]),
        ("nothing like it", []),
        ("", [9, 2, 8, 7, 6, 5, 1, 3, 4]),
        ("   ", [9, 2, 8, 7, 6, 5, 1, 3, 4]),
        ("!!!", []),
    ],
)
def test_search_by_words_in_every_language(index: Index, text: str, expected: list[int]) -> None:
    assert found(index, text) == expected


def test_search_obeys_phrases_and_minus_words(index: Index) -> None:
    assert found(index, '"rotor blades"', mode="hybrid") == [4]
    assert found(index, '"blades rotor"', mode="hybrid") == []
    assert found(index, '"water for irrigation"', mode="hybrid") == [9]
    assert found(index, "water -irrigation") == [1]
    assert found(index, "pump -irrigation", mode="hybrid") == [1]
    assert found(index, "-water -blades") == [2, 8, 7, 6, 5, 3]


def test_search_by_meaning_finds_what_is_related(index: Index) -> None:
    results = index.search(SearchRequest(text="recovered glass from rotor", mode="meaning"))
    assert (results.mode, ids_of(results)) == ("meaning", [4])
    assert results.hits[0].parts.words is None
    meaning = results.hits[0].parts.meaning
    assert meaning is not None
    assert 0.3 < meaning < 1


def test_search_without_an_encoder_says_so(tmp_path: Path) -> None:
    index = make_index(tmp_path, *COLLECTION)
    results = index.search(SearchRequest(text="solar pump"))
    assert (results.mode, ids_of(results)) == ("words", [1, 9])
    assert results.hits[0].parts.meaning is None
    assert index.state() == State(9, 0, "words", "no encoder", ("en", "ar", "es", "fr", "ja", "pt", "ru", "zh"))


def test_search_drops_documents_that_hold_little_of_the_query(index: Index) -> None:
    """Words and meaning together: one common word of three is not enough, where words alone take what there is."""
    text = "recycling glass water"
    assert found(index, text) == [4, 9, 1]
    assert found(index, text, mode="hybrid") == [4]


def test_search_pages_without_gaps_or_repeats(index: Index) -> None:
    whole = found(index, "")
    pages = [ids_of(index.search(SearchRequest(offset=at, limit=4))) for at in (0, 4, 8, 12)]
    assert pages == [whole[:4], whole[4:8], whole[8:], []]
    assert index.search(SearchRequest(offset=8, limit=4)).total == 9


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("newest", [9, 2, 8, 7, 6, 5, 1, 3, 4]),
        ("oldest", [4, 3, 1, 5, 6, 7, 8, 2, 9]),
        ("readiness", [6, 3, 7, 1, 5, 4, 2, 8, 9]),
        ("deadline", [9, 2, 8, 7, 6, 5, 1, 3, 4]),
    ],
)
def test_search_sorts(index: Index, sort: Sort, expected: list[int]) -> None:
    assert found(index, "", sort=sort) == expected


def test_facets_count_what_is_found(index: Index) -> None:
    facets = index.search(SearchRequest()).facets
    assert set(facets) == set(FACETS)
    assert facets["kind"] == (("technology", 8), ("need", 1))
    assert facets["field"][:5] == (
        ("energy", 6),
        ("water", 4),
        ("energy.solar", 3),
        ("energy.solar.pv", 2),
        ("energy.wind", 2),
    )
    assert facets["deal"] == (("supply", 3), ("licence", 2))
    assert facets["language"][0] == ("en", 3)


def test_a_facet_ignores_its_own_filter(index: Index) -> None:
    request = SearchRequest(filters={"field": ("energy.solar",), "country": ("KE", "MA")})
    results = index.search(request)
    assert ids_of(results) == [1, 3]
    assert results.facets["country"] == (("KE", 1), ("KZ", 1), ("MA", 1))
    assert dict(results.facets["field"]) == {
        "energy": 2,
        "energy.solar": 2,
        "energy.solar.pv": 2,
        "water": 1,
        "water.irrigation": 1,
    }
    assert results.facets["deal"] == (("licence", 1), ("supply", 1))


def test_filters_by_place_pass_what_is_good_anywhere(index: Index) -> None:
    results = index.search(SearchRequest(filters={"place": ("UG",), "kind": ("technology",)}))
    assert sorted(ids_of(results)) == [1, 2, 4, 5, 6, 7, 8]
    assert ids_of(index.search(SearchRequest(filters={"organisation": ("4",)}))) == [4]


def test_an_unknown_filter_is_refused(index: Index) -> None:
    with pytest.raises(ValueError, match="colour"):
        index.search(SearchRequest(filters={"colour": ("red",)}))


def test_an_empty_filter_filters_nothing(index: Index) -> None:
    assert index.search(SearchRequest(filters={"field": ()})).total == 9


def test_search_leaves_out_what_is_past_its_deadline(index: Index) -> None:
    needs = {"kind": ("need",)}
    assert index.search(SearchRequest(filters=needs, today=date(2026, 1, 1))).total == 1
    assert index.search(SearchRequest(filters=needs, today=date(2026, 1, 2))).total == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.sampled_from(["", "solar", "solar pump", "water -glass", "水", "energy from wind"]),
    filters=st.dictionaries(
        st.sampled_from(["kind", "field", "country", "deal", "language"]),
        st.sampled_from([("technology",), ("energy.solar",), ("KE", "JP"), ("supply",), ("en",), ("nothing",)]),
        max_size=2,
    ),
    mode=st.sampled_from(["words", "hybrid", "meaning"]),
)
def test_counts_agree_with_what_a_click_finds(
    index: Index, text: str, filters: dict[str, tuple[str, ...]], mode: Mode
) -> None:
    """The count beside a value is the total after choosing it alone in its facet; totals are the hits there are."""
    results = index.search(SearchRequest(text=text, filters=filters, mode=mode, limit=100))
    assert results.total == len(results.hits)
    for name in ("kind", "field", "language"):
        for value, count in results.facets[name]:
            clicked = index.search(SearchRequest(text=text, filters={**filters, name: (value,)}, mode=mode))
            assert clicked.total == count


def test_the_same_question_gets_the_same_answer(index: Index) -> None:
    request = SearchRequest(text="solar water pump")
    assert index.search(request) == index.search(request)


def test_results_show_the_version_in_the_readers_language(index: Index) -> None:
    request = SearchRequest(text="solar", filters={"kind": ("technology",)}, mode="words")
    assert index.search(request).hits[0].language == "en"
    french = SearchRequest(text="solar", mode="words", language="fr").text
    hits = index.search(SearchRequest(text=french, mode="words", language="fr")).hits
    assert (hits[0].language, shown(hits[0].title)) == ("fr", "Pompe solaire pour petites exploitations")
    matching = index.search(SearchRequest(text="petites exploitations", mode="words")).hits
    assert shown(matching[0].title) == "Pompe solaire pour [petites] [exploitations]"


def test_did_you_mean(index: Index) -> None:
    results = index.search(SearchRequest(text="irigation", mode="words"))
    assert (results.total, results.suggestion, results.unknown) == (0, "irrigation", ("irigation",))
    assert index.search(SearchRequest(text="irrigation", mode="words")).suggestion == ""
    assert index.search(SearchRequest(text="qqqqqq", mode="words")).suggestion == ""


def test_understood_and_unknown_words(index: Index) -> None:
    results = index.search(SearchRequest(text="solar zzgadget"))
    assert (results.understood, results.unknown) == (("solar",), ("zzgadget",))


def test_a_whole_text_is_a_query(index: Index) -> None:
    text = (
        "Our village needs drinking water. There is much fog in the morning but no rain, the ground is arid, and "
        "deep wells are too dear. We look for nets that catch fog or for a solar pump that lifts water from a well."
    )
    results = index.search(SearchRequest(text=text, mode="words", limit=3))
    assert ids_of(results)[0] == 1
    assert results.suggestion == ""


def test_similar_is_of_the_same_kind_and_not_itself(tmp_path: Path) -> None:
    documents = (
        make_technology(1, "Solar pump for farms"),
        make_technology(2, "Solar pump for villages"),
        make_technology(3, "Anaerobic digester"),
        make_need(4, "Solar pump wanted"),
    )
    index = make_index(tmp_path, *documents, encoder=BagOfStems())
    assert ids_of(index.similar(1)) == [2]
    assert ids_of(index.similar(make_technology(77, "A solar pump"))) == [2, 1]
    assert index.similar(999) == ()


def test_document_gives_back_what_was_indexed(index: Index) -> None:
    assert index.document(1) == COLLECTION[0]
    assert index.document(999) is None


def test_a_large_collection_filters_inside_the_query(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the cap the best are fetched with filters applied, so a filter never empties the page wrongly."""
    monkeypatch.setattr("verdure.engine.ranking.SMALL", 10)
    monkeypatch.setattr("verdure.engine.ranking.MOST_BY_WORDS", 10)
    common = [make_technology(n, "solar solar solar", country="DE") for n in range(1, 40)]
    rare = [make_technology(n, "solar among many other words", country="KE") for n in range(40, 45)]
    index = make_index(tmp_path, *common, *rare)
    results = index.search(SearchRequest(text="solar", filters={"country": ("KE",)}))
    assert (results.total, sorted(ids_of(results))) == (5, [40, 41, 42, 43, 44])
    everything = index.search(SearchRequest(text="solar"))
    assert (everything.total, everything.total_is_floor) == (10, True)


@pytest.mark.parametrize("query", ["STEPS", "openspecy", "OpenSpecy", "The Art of Water: Pumps!"])
def test_document_whose_whole_title_is_asked_for_comes_first(tmp_path: Path, query: str) -> None:
    longer = [make_technology(n, f"Steps {n} steps open specs water pump art", "open specy step") for n in range(1, 9)]
    wanted = {
        "STEPS": make_technology(20, "Steps", "A simulator of grids."),
        "openspecy": make_technology(21, "OpenSpecy", "Spectra of plastics."),
        "The Art of Water: Pumps!": make_technology(22, "the art of water pumps", "A reader."),
    }
    index = make_index(tmp_path, *longer, *wanted.values(), encoder=BagOfStems())
    first = index.search(SearchRequest(text=query)).hits[0]
    assert first.id == wanted.get(query, wanted["openspecy"]).id


def test_search_survives_odd_documents(tmp_path: Path) -> None:
    documents = (
        make_technology(1, texts=()),
        make_technology(2, texts=(make_text(""),)),
        make_technology(3, "x" * 10_000),
        make_technology(4, "\u202eright to left\u202c \x00 marks"),
        make_technology(5, "word " * 20_000),
    )
    index = make_index(tmp_path, *documents, encoder=BagOfStems())
    results = index.search(SearchRequest())
    assert sorted(ids_of(results)) == [1, 2, 3, 4, 5]
    assert all(len(shown(hit.title)) <= 301 for hit in results.hits)
    assert found(index, "marks") == [4]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_search_takes_anything(index: Index, text: str) -> None:
    results = index.search(SearchRequest(text=text))
    assert len(results.hits) == min(20, results.total)


def test_a_large_collection_answers_as_a_small_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Candidates and codes in place of every row and vector: the same first hits, totals and counts."""
    topics = (
        "solar pump irrigation farm",
        "wind turbine blade noise",
        "biogas digester manure",
        "water filter arsenic",
    )
    documents = [
        make_technology(
            n, f"{topics[n % 4]} number{n}", f"{topics[n % 4]} detail{n} " * 3, country=("DE", "KE", "IN")[n % 3]
        )
        for n in range(1, 60)
    ]
    index = make_index(tmp_path, *documents, encoder=BagOfStems())
    requests = [
        SearchRequest(text=text, filters=filters, limit=5)
        for text in ("solar pump", "arsenic number7", "digester", "blade detail9 noise")
        for filters in ({}, {"country": ("KE",)}, {"country": ("KE", "DE"), "kind": ("technology",)})
    ]
    small = [index.search(request) for request in requests]
    for name, value in {"ranking.SMALL": 10, "rows.EXACT": 5, "ranking.REFINED": 60}.items():
        monkeypatch.setattr(f"verdure.engine.{name}", value)
    for request, before in zip(requests, small, strict=True):
        after = index.search(request)
        assert (after.total, ids_of(after), after.facets) == (before.total, ids_of(before), before.facets), request
