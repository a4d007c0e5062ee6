from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.samples import (
    BagOfStems,
    ids_of,
    make_index,
    make_technology,
)
from verdure.engine.documents import SearchRequest


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
            n, f"{topics[n % 4]} n{n}umber", f"{topics[n % 4]} d{n}etail " * 3, country=("DE", "KE", "IN")[n % 3]
        )
        for n in range(1, 60)
    ]
    index = make_index(tmp_path, *documents, encoder=BagOfStems())
    requests = [
        SearchRequest(text=text, filters=filters, limit=5)
        for text in ("solar pump", "arsenic n7umber", "digester", "blade noise")
        for filters in ({}, {"country": ("KE",)}, {"country": ("KE", "DE"), "kind": ("technology",)})
    ]
    small = [index.search(request) for request in requests]
    for name, value in {"ranking.SMALL": 10, "rows.EXACT": 5, "ranking.REFINED": 60}.items():
        monkeypatch.setattr(f"verdure.engine.{name}", value)
    for request, before in zip(requests, small, strict=True):
        after = index.search(request)
        assert (after.total, ids_of(after), after.facets) == (before.total, ids_of(before), before.facets), request
