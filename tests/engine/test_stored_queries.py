from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from tests.engine.samples import COLLECTION, BagOfStems, make_need, make_technology, make_text
from verdure.engine import stored_queries_writer
from verdure.engine.background import Background
from verdure.engine.concepts import Concept, Thesaurus
from verdure.engine.documents import Document, IndexBusy, IndexMissing, SearchRequest
from verdure.engine.index import Index
from verdure.engine.query import Word, parse
from verdure.engine.query_forms import Numbered, weights_of
from verdure.engine.reading import Reading
from verdure.engine.snapshot import Snapshots
from verdure.engine.stored_queries import LEAST, Met, StoredQueries
from verdure.engine.stored_queries_writer import StoredQueriesWriter, StoredQuery, in_memory, settings_of
from verdure.engine.writer import IndexWriter, settings_of as analysis_of

TODAY = date(2025, 6, 1)
BACKGROUND = Background(mean=0.0, spread=0.1)
ENCODER = BagOfStems()
SETTINGS = settings_of(analysis_of(ENCODER))
PUMP = make_technology(
    1,
    "Solar pump for small farms",
    "Lifts water without diesel.",
    country="KE",
    places=("KE", "UG"),
    fields=("energy.solar.pv",),
    deals=("supply",),
    readiness=8,
)


Filters = dict[str, tuple[str, ...]]


def asked(
    identifier: int, text: str, filters: Filters | None = None, *, meaning: bool = False, stamp: int = 1
) -> StoredQuery:
    """A query whose words weigh the same, by words alone unless `meaning`."""
    query = parse(text, ("en",), language="en")
    vector = ENCODER.encode_queries([query.text])[0] if meaning else None
    return StoredQuery(
        id=identifier, stamp=stamp, query=query, weights=(1.0,) * len(query.words), vector=vector, filters=filters or {}
    )


def vectors_of(document: Document) -> NDArray[np.float32]:
    return ENCODER.encode_passages(Reading().passages(document))


def met(document: Document, *queries: StoredQuery, least: float = LEAST) -> list[int]:
    stored = in_memory(queries, dimension=ENCODER.dimension)
    found = stored.met_by(Numbered.of(document), vectors_of(document), background=BACKGROUND, today=TODAY, least=least)
    return [one.id for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pump", True),
        ("pumps", True),
        ("PUMPING", True),
        ("windmill", False),
        ("solar windmill", True),
        ("windmill rotor solar", False),
        ('"small farms"', True),
        ('"farms small"', False),
        ('"solar farms" pump', False),
        ('pump "without diesel"', True),
        ("pump -diesel", False),
        ("pump -windmill", True),
        ('pump -"small farms"', False),
        ('pump -"farms small"', True),
        ("-diesel", False),
        ("-windmill", True),
        ("", True),
    ],
)
def test_what_is_met_by_words(text: str, expected: bool) -> None:
    assert met(PUMP, asked(7, text)) == ([7] if expected else [])


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, True),
        ({"kind": ("technology",)}, True),
        ({"kind": ("need",)}, False),
        ({"field": ("energy",)}, True),
        ({"field": ("energy.solar",)}, True),
        ({"field": ("energy.wind", "energy.solar.pv")}, True),
        ({"field": ("energy.wind",)}, False),
        ({"place": ("UG",)}, True),
        ({"place": ("PE",)}, False),
        ({"country": ("KE",), "deal": ("supply",), "readiness": ("7", "8")}, True),
        ({"country": ("KE",), "deal": ("licence",), "readiness": ("7", "8")}, False),
        ({"language": ("fr",)}, False),
        ({"field": ()}, True),
    ],
)
@pytest.mark.parametrize("text", ["pump", ""])
def test_filters_are_exact(text: str, filters: Filters, expected: bool) -> None:
    assert met(PUMP, asked(7, text, filters)) == ([7] if expected else [])


def test_a_document_without_places_is_good_anywhere() -> None:
    assert met(make_technology(2, "Solar pump"), asked(7, "pump", {"place": ("PE",)})) == [7]


def test_an_unknown_filter_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown filters: colour"):
        met(PUMP, asked(7, "pump", {"colour": ("red",)}))


def test_the_rarer_word_decides() -> None:
    query = parse("solar windmill", ("en",))
    rare = StoredQuery(id=7, stamp=1, query=query, weights=(1.0, 3.0))
    common = StoredQuery(id=8, stamp=1, query=query, weights=(3.0, 1.0))
    assert met(PUMP, rare, common) == [8]


def test_an_unknown_word_is_the_rarest() -> None:
    known = {"solar": 90, "pump": 9, "perovskite": 0}

    def frequency(word: Word) -> int:
        return known[word.written]

    weights = weights_of(parse("solar pump perovskite"), frequency, 100)
    assert weights == tuple(sorted(weights))
    assert weights_of(parse("solar"), frequency, 0) == pytest.approx([np.log(1 + 0.5 / 90.5)])


def test_meaning_finds_what_no_word_tells() -> None:
    document = make_technology(3, "Solar pump for small farms")
    near = asked(7, "pump farm", meaning=True)
    away = asked(8, "orchestra rehearsal", meaning=True)
    other_words = StoredQuery(
        id=9,
        stamp=1,
        query=parse("zzz yyy"),
        weights=(1.0, 1.0),
        vector=ENCODER.encode_queries(["small solar pump"])[0],
    )
    assert met(document, near, away, other_words) == [7, 9]
    quoted = StoredQuery(id=9, stamp=1, query=parse('"zzz yyy"'), weights=(1.0, 1.0), vector=other_words.vector)
    assert met(document, quoted) == []


def test_scores_are_absolute_and_order_the_answer() -> None:
    stored = in_memory([asked(7, "solar"), asked(8, "solar windmill"), asked(9, "")], dimension=96)
    assert stored.met_by(Numbered.of(PUMP), None, background=BACKGROUND, today=TODAY) == (
        Met(7, 1.0, 1.0, None),
        Met(9, 1.0, None, None),
        Met(8, 0.5, 0.5, None),
    )
    half = in_memory([asked(8, "solar windmill", meaning=True)], dimension=96)
    (one,) = half.met_by(Numbered.of(PUMP), vectors_of(PUMP), background=BACKGROUND, today=TODAY, least=0)
    assert one.meaning is not None
    assert one.score == pytest.approx(0.45 * 0.5 + 0.55 * one.meaning, abs=1e-6)
    assert met(PUMP, asked(8, "solar windmill", meaning=True), least=one.score + 1e-6) == []


def test_one_version_must_hold_the_half() -> None:
    texts = (make_text("Solar pump"), make_text("Pompe eau", language="fr"))
    document = make_technology(4, texts=texts)
    query = parse("solar pump eau pompe qqq www", ("en", "fr"))
    assert met(document, StoredQuery(id=7, stamp=1, query=query, weights=(1.0,) * 6)) == []
    assert met(document, asked(7, "solar pump qqq www")) == [7]


def test_a_need_past_its_deadline_meets_nothing() -> None:
    assert met(make_need(5, "Pump", deadline=date(2025, 5, 31)), asked(7, "pump")) == []
    assert met(make_need(5, "Pump", deadline=TODAY), asked(7, "pump")) == [7]


def test_a_letter_of_a_script_without_spaces() -> None:
    document = make_technology(6, "小型风力发电机", language="zh")
    assert met(document, asked(7, "风"), asked(8, "水"), asked(9, "风力")) == [7, 9]


CONCEPTS = Thesaurus(
    (
        Concept("pv", labels={"en": ("solar power",), "fr": ("énergie solaire",), "ja": ("太陽光発電",)}),
        Concept("pump", labels={"en": ("pump",), "fr": ("pompe",), "ar": ("مضخات المياه",), "es": ("bomba",)}),
        Concept("wind", labels={"en": ("wind turbine",), "fr": ("éolienne",), "zh": ("风力发电机",)}),
    )
)


def met_with_concepts(document: Document, text: str, language: str) -> list[tuple[int, float | None]]:
    query = parse(text, (language,), language=language, thesaurus=CONCEPTS)
    stored = in_memory([StoredQuery(id=7, stamp=1, query=query, weights=(1.0,) * len(query.words))], dimension=0)
    met = stored.met_by(Numbered.of(document, CONCEPTS), None, background=BACKGROUND, today=TODAY)
    return [(one.id, one.words) for one in met]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("pompes", "fr", [(7, 1.0)]),
        ("pompe agricole", "fr", [(7, 0.5)]),
        ("bomba", "es", [(7, 1.0)]),
        ("مضخات المياه", "ar", [(7, 1.0)]),
        ("éolienne", "fr", []),
        ("énergie solaire", "fr", []),
    ],
)
def test_a_word_is_held_where_its_concept_is_named(
    text: str, language: str, expected: list[tuple[int, float | None]]
) -> None:
    assert met_with_concepts(make_technology(1, "Pumps for small farms"), text, language) == expected


def test_a_concept_of_several_words_holds_each_of_them() -> None:
    document = make_technology(1, "太陽光発電用の蓄電池", language="ja")
    assert met_with_concepts(document, "énergie solaire", "fr") == [(7, 1.0)]
    assert met_with_concepts(document, "énergie nucléaire", "fr") == []


QUERIES = (
    "éolienne",
    "pompes solaires",
    "énergie solaire",
    "solar pump",
    "pumps",
    "blades of wind turbines",
    "irrigation",
    "太阳能",
    "phosphor algas",
    "solaire",
    "agua",
    "zzz",
)


@pytest.mark.parametrize("text", QUERIES)
@pytest.mark.parametrize("filters", [{}, {"kind": ("technology",)}, {"place": ("UG",)}, {"field": ("energy.solar",)}])
def test_what_a_search_finds_by_half_of_its_words_is_met(text: str, filters: Filters, tmp_path: Path) -> None:
    """Held against the search itself, over a collection in eight languages."""
    with IndexWriter(tmp_path, thesaurus=CONCEPTS) as writer:
        writer.apply(COLLECTION)
    index = Index(tmp_path, thesaurus=CONCEPTS)
    snapshot = Snapshots(tmp_path).newest()
    query = parse(text, snapshot.languages, language="en", thesaurus=CONCEPTS)
    weights = weights_of(query, snapshot.words.frequency, snapshot.words.entries)
    stored = in_memory([StoredQuery(id=7, stamp=1, query=query, weights=weights, filters=filters)], dimension=0)
    covered = snapshot.words.coverage(query, filters=filters, limit=100)
    half = set(covered.ids[covered.scores >= 0.4999].tolist())
    found = {hit.id for hit in index.search(SearchRequest(text=text, filters=filters, language="en")).hits}
    meeting = {
        document.id
        for document in COLLECTION
        if stored.met_by(Numbered.of(document, CONCEPTS), None, background=BACKGROUND, today=TODAY, least=0)
    }
    known = all(snapshot.words.frequency(word) for word in query.words)
    assert meeting == half or not known
    assert meeting <= found


ONLY_OFFERS: Filters = {"kind": ("technology",)}


def opened(folder: Path) -> StoredQueries:
    return StoredQueries.open(folder, settings=SETTINGS, dimension=ENCODER.dimension)


def storing(folder: Path, *, given: str = SETTINGS) -> StoredQueriesWriter:
    return StoredQueriesWriter(folder, settings=given, dimension=ENCODER.dimension)


def found_in(folder: Path, document: Document = PUMP) -> list[int]:
    stored = opened(folder)
    found = stored.met_by(Numbered.of(document), vectors_of(document), background=BACKGROUND, today=TODAY)
    return sorted(one.id for one in found)


def test_queries_are_added_replaced_and_removed(tmp_path: Path) -> None:
    with storing(tmp_path) as writer:
        writer.apply([asked(1, "pump", meaning=True), asked(2, "windmill"), asked(3, "solar")])
        assert found_in(tmp_path) == [1, 3]
        before = opened(tmp_path)
        writer.apply([asked(2, "diesel", stamp=2), asked(4, "farm")], removed=[1, 99])
        assert found_in(tmp_path) == [2, 3, 4]
        assert writer.stamps == opened(tmp_path).stamps == {2: 2, 3: 1, 4: 1}
    assert before.stamps == {1: 1, 2: 1, 3: 1}
    with storing(tmp_path) as writer:
        writer.apply([asked(1, "water")])
    assert found_in(tmp_path) == [1, 2, 3, 4]


def test_the_same_twice_writes_once(tmp_path: Path) -> None:
    with storing(tmp_path) as writer:
        writer.apply([asked(1, "pump")], removed=[5])
        size = sum(path.stat().st_size for path in tmp_path.iterdir())
        writer.apply([asked(1, "pump")], removed=[5])
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) == size


def test_waste_is_cleared_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_queries_writer, "WASTE_FLOOR", 3)
    with storing(tmp_path) as writer:
        for stamp in range(1, 9):
            writer.apply(
                [asked(n, f"pump number{n} -zzz", ONLY_OFFERS, meaning=n % 2 == 0, stamp=stamp) for n in range(5)]
            )
        writer.apply(removed=[0, 1])
        assert found_in(tmp_path) == [2, 3, 4]
        rows = opened(tmp_path)._arrays["rows"]
        assert len(rows) < 15
    again = opened(tmp_path)
    plain = in_memory(
        [asked(n, f"pump number{n} -zzz", ONLY_OFFERS, meaning=n % 2 == 0) for n in (2, 3, 4)], dimension=96
    )
    for document in (PUMP, make_technology(9, "Number3 zzz pump"), make_need(9, "number2 pump")):
        vectors, read = vectors_of(document), Numbered.of(document)
        assert again.met_by(read, vectors, background=BACKGROUND, today=TODAY) == plain.met_by(
            read, vectors, background=BACKGROUND, today=TODAY
        )


def test_other_settings_and_lost_files_leave_an_empty_store(tmp_path: Path) -> None:
    with storing(tmp_path) as writer:
        writer.apply([asked(1, "pump")])
    with storing(tmp_path, given="others") as writer:
        assert writer.stamps == {}
        writer.apply([asked(1, "pump")])
    with pytest.raises(IndexMissing, match="others"):
        opened(tmp_path)
    with storing(tmp_path) as writer:
        writer.apply([asked(1, "pump"), asked(2, "solar")])
    (tmp_path / "forms-000001.bin").unlink()
    with storing(tmp_path) as writer:
        assert writer.stamps == {}
        writer.apply([asked(2, "solar")])
    assert found_in(tmp_path) == [2]


def test_one_process_writes_at_a_time(tmp_path: Path) -> None:
    with storing(tmp_path), pytest.raises(IndexBusy):
        storing(tmp_path)


def test_nothing_stored_and_no_words(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        opened(tmp_path)
    with storing(tmp_path):
        assert found_in(tmp_path) == []
    assert met(make_technology(1, ""), asked(7, "pump"), asked(8, "")) == [8]
    assert met(make_technology(1, texts=()), asked(7, "pump"), asked(8, "")) == [8]


WORDS = st.lists(st.sampled_from(("solar", "pumps", "water", "farm", "salt", "wind")), max_size=4)


@given(
    queries=st.lists(st.tuples(WORDS, st.sampled_from(("", "KE", "PE")), st.booleans()), max_size=12),
    document=WORDS,
    places=st.sampled_from(((), ("KE",), ("KE", "UG"))),
)
@settings(max_examples=60, deadline=None)
def test_all_at_once_is_each_alone(
    queries: list[tuple[list[str], str, bool]], document: list[str], places: tuple[str, ...]
) -> None:
    """Whatever stands beside a query in the arrays does not matter."""
    asking = [
        asked(number, " ".join(words), {"place": (place,)} if place else {}, meaning=meant)
        for number, (words, place, meant) in enumerate(queries)
    ]
    subject = make_technology(1, " ".join(document), places=places)
    together = met(subject, *asking)
    assert sorted(together) == [query.id for query in asking if met(subject, query)]
