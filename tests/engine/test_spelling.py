from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests.engine.samples import make_index, make_technology
from verdure.engine.query import parse
from verdure.engine.spelling import corrected, edits


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("pump", "pump", 0), ("pmup", "pump", 1), ("pum", "pump", 1), ("dump", "pump", 1), ("solr", "pump", 3)],
)
def test_edits_by_hand(one: str, other: str, expected: int) -> None:
    assert edits(one, other, 2) == expected


words = st.text(alphabet="abc", max_size=6)


@given(words, words)
def test_edits_are_symmetric_and_bounded(one: str, other: str) -> None:
    distance = edits(one, other, 9)
    assert distance == edits(other, one, 9)
    assert (distance == 0) == (one == other)
    assert abs(len(one) - len(other)) <= distance <= max(len(one), len(other))
    assert edits(one, other, 1) == min(distance, 2)


@pytest.mark.parametrize(
    ("typed", "better"),
    [
        ("photovoltiac", "photovoltaic"),
        ("solar irigation", "solar irrigation"),
        ("ririgation", "irrigation"),
        ("oslar", "solar"),
        ("olar", ""),
        ("solar", ""),
        ("slr", ""),
        ("so1ar2", ""),
        ("太陽", ""),
    ],
)
def test_corrected(tmp_path: Path, typed: str, better: str) -> None:
    index = make_index(tmp_path, make_technology(1, "Photovoltaic solar irrigation"))
    assert corrected(parse(typed, ["en"]), index._snapshots.newest().words) == better
