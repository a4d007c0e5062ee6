"""Questions to an index: words, meaning, filters, order, what is shown."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.engine.conformance.backends import Place, filled
from tests.engine.samples import COLLECTION, BagOfStems, ids_of, make_need, make_technology, make_text, shown
from verdure.engine.documents import FACETS, Mode, SearchRequest, Sort
from verdure.engine.protocol import SearchIndex, State
from verdure.engine.query import parse

EVERYTHING = [9, 2, 8, 7, 6, 5, 1, 3, 4]


def found(index: SearchIndex, text: str, *, mode: Mode = "words", sort: Sort = "relevance") -> list[int]:
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
        ("", EVERYTHING),
        ("   ", EVERYTHING),
        ("!!!", []),
    ],
)
def test_search_by_words_in_every_language(index: SearchIndex, text: str, expected: list[int]) -> None:
    assert found(index, text) == expected


@pytest.mark.parametrize(
    ("text", "mode", "expected"),
    [
        ('"rotor blades"', "hybrid", [4]),
        ('"blades rotor"', "hybrid", []),
        ('"water for irrigation"', "hybrid", [9]),
        ("water -irrigation", "words", [1]),
        ("pump -irrigation", "hybrid", [1]),
        ("-water -blades", "words", [2, 8, 7, 6, 5, 3]),
        ('pump -"small farms"', "words", [9]),
    ],
)
def test_search_obeys_phrases_and_minus_words(index: SearchIndex, text: str, mode: Mode, expected: list[int]) -> None:
    assert found(index, text, mode=mode) == expected


def test_search_by_meaning_finds_what_is_related(index: SearchIndex) -> None:
    results = index.search(SearchRequest(text="recovered glass from rotor", mode="meaning"))
    assert (results.mode, ids_of(results)) == ("meaning", [4])
    assert results.hits[0].parts.words is None
    meaning = results.hits[0].parts.meaning
    assert meaning is not None
    assert 0.3 < meaning < 1


def test_search_by_both_tells_what_each_part_said(index: SearchIndex) -> None:
    (hit,) = index.search(SearchRequest(text="recovered glass from rotor blades")).hits
    assert (hit.id, hit.parts.words) == (4, 1.0)
    assert hit.parts.meaning is not None


def test_index_without_an_encoder_says_so(place: Place) -> None:
    index = filled(place, *COLLECTION)
    results = index.search(SearchRequest(text="solar pump"))
    assert (results.mode, ids_of(results)) == ("words", [1, 9])
    assert results.hits[0].parts.meaning is None
    languages = ("en", "ar", "es", "fr", "ja", "pt", "ru", "zh")
    assert index.state() == State(9, 0, "words", "no encoder", languages)
    with_one = place.reader(BagOfStems())
    assert with_one.state().without_meaning == "the vectors were made by another encoder"
    assert with_one.search(SearchRequest(text="solar pump")).mode == "words"


def test_state_counts_documents_and_vectors(index: SearchIndex) -> None:
    state = index.state()
    assert (state.documents, state.vectors, state.mode, state.without_meaning) == (9, 20, "hybrid", "")


def test_search_drops_documents_that_hold_little_of_the_query(index: SearchIndex) -> None:
    """Words and meaning together: one common word of three is not enough, where words alone take what there is."""
    text = "recycling glass water"
    assert found(index, text) == [4, 9, 1]
    assert found(index, text, mode="hybrid") == [4]


@pytest.mark.parametrize("text", ["", "solar water pump energy irrigation"])
def test_search_pages_without_gaps_or_repeats(index: SearchIndex, text: str) -> None:
    whole = found(index, text)
    pages = [ids_of(index.search(SearchRequest(text=text, mode="words", offset=at, limit=2))) for at in range(0, 10, 2)]
    assert [identifier for page in pages for identifier in page] == whole
    assert index.search(SearchRequest(text=text, mode="words", offset=8, limit=2)).total == len(whole)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("newest", EVERYTHING),
        ("oldest", [4, 3, 1, 5, 6, 7, 8, 2, 9]),
        ("readiness", [6, 3, 7, 1, 5, 4, 2, 8, 9]),
        ("deadline", EVERYTHING),
    ],
)
def test_search_sorts(index: SearchIndex, sort: Sort, expected: list[int]) -> None:
    assert found(index, "", sort=sort) == expected


def test_what_words_found_can_be_sorted_too(index: SearchIndex) -> None:
    assert found(index, "solar pump", sort="newest") == [9, 1]
    results = index.search(SearchRequest(text="solar pump", mode="words", sort="oldest"))
    assert (results.hits[0].id, results.hits[0].parts.words) == (1, 1.0)


def test_facets_count_what_is_found(index: SearchIndex) -> None:
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
    assert index.search(SearchRequest(text="solar pump", mode="words")).facets["country"] == (("KE", 1), ("UG", 1))
    assert index.search(SearchRequest(text="!!!")).facets == dict.fromkeys(FACETS, ())


def test_a_facet_ignores_its_own_filter(index: SearchIndex) -> None:
    request = SearchRequest(filters={"field": ("energy.solar",), "country": ("KE", "MA")})
    results = index.search(request)
    assert (ids_of(results), results.total) == ([1, 3], 2)
    assert results.facets["country"] == (("KE", 1), ("KZ", 1), ("MA", 1))
    assert dict(results.facets["field"]) == {
        "energy": 2,
        "energy.solar": 2,
        "energy.solar.pv": 2,
        "water": 1,
        "water.irrigation": 1,
    }
    assert results.facets["deal"] == (("licence", 1), ("supply", 1))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
    index: SearchIndex, text: str, filters: dict[str, tuple[str, ...]], mode: Mode
) -> None:
    """The count beside a value is the total after choosing it alone in its facet; totals are the hits there are."""
    results = index.search(SearchRequest(text=text, filters=filters, mode=mode, limit=100))
    assert results.total == len(results.hits)
    for name in ("kind", "field", "language"):
        for value, count in results.facets[name][:2]:
            clicked = index.search(SearchRequest(text=text, filters={**filters, name: (value,)}, mode=mode))
            assert clicked.total == count


def test_filters_by_place_pass_what_is_good_anywhere(index: SearchIndex) -> None:
    results = index.search(SearchRequest(filters={"place": ("UG",), "kind": ("technology",)}))
    assert sorted(ids_of(results)) == [1, 2, 4, 5, 6, 7, 8]
    assert ids_of(index.search(SearchRequest(filters={"organisation": ("4",)}))) == [4]


def test_an_unknown_filter_is_refused(index: SearchIndex) -> None:
    with pytest.raises(ValueError, match="colour"):
        index.search(SearchRequest(filters={"colour": ("red",)}))


def test_an_empty_filter_filters_nothing(index: SearchIndex) -> None:
    assert index.search(SearchRequest(filters={"field": ()})).total == 9


@pytest.mark.parametrize(("today", "count"), [(date(2026, 1, 1), 1), (date(2026, 1, 2), 0)])
@pytest.mark.parametrize("text", ["", "pumps"])
def test_search_leaves_out_what_is_past_its_deadline(index: SearchIndex, text: str, today: date, count: int) -> None:
    results = index.search(SearchRequest(text=text, filters={"kind": ("need",)}, today=today))
    assert (results.total, len(results.hits)) == (count, count)
    assert dict(results.facets["kind"]).get("need", 0) == count


def test_the_same_question_gets_the_same_answer(index: SearchIndex) -> None:
    request = SearchRequest(text="solar water pump")
    assert index.search(request) == index.search(request)


def test_results_show_the_version_in_the_readers_language(index: SearchIndex) -> None:
    request = SearchRequest(text="solar", filters={"kind": ("technology",)}, mode="words")
    assert index.search(request).hits[0].language == "en"
    hits = index.search(SearchRequest(text="solar", mode="words", language="fr")).hits
    assert (hits[0].language, shown(hits[0].title)) == ("fr", "Pompe solaire pour petites exploitations")
    matching = index.search(SearchRequest(text="petites exploitations", mode="words")).hits
    assert shown(matching[0].title) == "Pompe solaire pour [petites] [exploitations]"


def test_corpus_tells_how_frequent_words_are(index: SearchIndex) -> None:
    """Cards of a catalogue: versions in one backend, documents in the other; rarer is rarer in both."""
    words = parse("solar water zzgadget", index.corpus().languages).words
    corpus = index.corpus(words)
    solar, water, unknown = (corpus.frequency(word) for word in words)
    assert corpus.languages == ("en", "ar", "es", "fr", "ja", "pt", "ru", "zh")
    assert (solar, water, unknown) == (1, 2, 0)
    assert 9 <= corpus.entries <= 10
    assert -1 < corpus.background.mean < corpus.background.related < 1


def test_did_you_mean(index: SearchIndex) -> None:
    results = index.search(SearchRequest(text="irigation", mode="words"))
    assert (results.total, results.suggestion, results.unknown) == (0, "irrigation", ("irigation",))
    assert index.search(SearchRequest(text="irrigation", mode="words")).suggestion == ""
    assert index.search(SearchRequest(text="qqqqqq", mode="words")).suggestion == ""


def test_understood_and_unknown_words(index: SearchIndex) -> None:
    results = index.search(SearchRequest(text="solar zzgadget"))
    assert (results.understood, results.unknown) == (("solar",), ("zzgadget",))


def test_a_whole_text_is_a_query(index: SearchIndex) -> None:
    text = (
        "Our village needs drinking water. There is much fog in the morning but no rain, the ground is arid, and "
        "deep wells are too dear. We look for nets that catch fog or for a solar pump that lifts water from a well."
    )
    results = index.search(SearchRequest(text=text, mode="words", limit=3))
    assert ids_of(results)[0] == 1
    assert results.suggestion == ""


def test_a_query_of_hundreds_of_different_words_is_answered(place: Place) -> None:
    words = [f"{chr(97 + a)}{chr(97 + b)}xo" for a in range(20) for b in range(20)]
    half = [make_technology(n, " ".join(words[:: n + 1])) for n in range(1, 4)]
    index = filled(place, *half, make_technology(9, "nothing of it"), encoder=BagOfStems())
    assert ids_of(index.search(SearchRequest(text=" ".join(words)))) == [1, 2, 3]


def test_similar_is_of_the_same_kind_and_not_itself(place: Place) -> None:
    documents = (
        make_technology(1, "Solar pump for farms"),
        make_technology(2, "Solar pump for villages"),
        make_technology(3, "Anaerobic digester"),
        make_need(4, "Solar pump wanted"),
        make_need(5, "Solar pump wanted soon", deadline=date(2025, 1, 1)),
    )
    index = filled(place, *documents, encoder=BagOfStems())
    assert ids_of(index.similar(1)) == [2]
    assert ids_of(index.similar(make_technology(77, "A solar pump"))) == [2, 1]
    assert ids_of(index.similar(4)) == [5]
    assert ids_of(index.similar(4, today=date(2025, 1, 2))) == []
    assert index.similar(999) == ()


def test_document_gives_back_what_was_indexed(index: SearchIndex) -> None:
    assert [index.document(document.id) for document in COLLECTION] == list(COLLECTION)
    assert index.document(999) is None


def test_document_whose_whole_title_is_asked_for_comes_first(place: Place) -> None:
    longer = [make_technology(n, f"Steps {n} steps open specs water pump art", "open specy step") for n in range(1, 9)]
    wanted = (
        make_technology(20, "Steps", "A simulator of grids."),
        make_technology(21, "OpenSpecy", "Spectra of plastics."),
        make_technology(22, "the art of water pumps", "A reader."),
    )
    index = filled(place, *longer, *wanted, encoder=BagOfStems())
    firsts = {
        query: index.search(SearchRequest(text=query)).hits[0].id
        for query in ("STEPS", "openspecy", "OpenSpecy", "The Art of Water: Pumps!")
    }
    assert firsts == {"STEPS": 20, "openspecy": 21, "OpenSpecy": 21, "The Art of Water: Pumps!": 22}


def test_a_document_scores_as_its_best_version(place: Place) -> None:
    """A second language is no burden: the longer document is not behind the one that says the same once."""
    other = make_text("Nichts davon " * 30, "Ganz andere Wörter. " * 30, language="de")
    documents = (
        make_technology(1, texts=(make_text("Solar pump", "Lifts water."), other)),
        make_technology(2, "Solar pump", "Lifts water."),
    )
    index = filled(place, *documents)
    hits = index.search(SearchRequest(text="solar pump", mode="words")).hits
    assert [hit.parts.words for hit in hits] == [1.0, 1.0]


def test_search_survives_odd_documents(place: Place) -> None:
    documents = (
        make_technology(1, texts=()),
        make_technology(2, texts=(make_text(""),)),
        make_technology(3, "x" * 10_000),
        make_technology(4, "\u202eright to left\u202c \x00 marks \ud800"),
        make_technology(5, "word " * 20_000),
    )
    index = filled(place, *documents, encoder=BagOfStems())
    results = index.search(SearchRequest())
    assert sorted(ids_of(results)) == [1, 2, 3, 4, 5]
    assert all(len(shown(hit.title)) <= 301 for hit in results.hits)
    assert found(index, "marks") == [4]
    assert index.document(4) == documents[3]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_search_takes_anything(index: SearchIndex, text: str) -> None:
    results = index.search(SearchRequest(text=text))
    assert len(results.hits) == min(20, results.total)
