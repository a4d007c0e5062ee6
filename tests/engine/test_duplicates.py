from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.engine.samples import BagOfStems, make_index, make_technology
from verdure.engine.duplicates import grouped, leaders, like
from verdure.engine.rows import Rows
from verdure.engine.snapshot import Snapshots

STILL = (
    "A basin under a sloped pane evaporates sea water by sunlight alone; vapour condenses on cold glass, runs into a"
    " gutter and fills a clay jar. One square metre gives four litres a day, enough for two people on a dry island. "
)
PUMP = (
    "A photovoltaic pump lifts twenty cubic metres from deep wells each day without diesel or batteries, starts by"
    " itself at dawn, needs no tools to mend, and carries a guarantee of ten years against sand and rust. "
)
TITLES_AND_TEXTS = {
    1: ("Solar still", STILL),
    2: ("Solar still, second edition", STILL + "Tested on two islands."),
    3: ("Solar pump", PUMP),
    4: ("Solar still", STILL.replace("clay jar", "tank").replace("sloped pane", "flat roof").replace("sea", "salt")),
    5: ("Village pump", PUMP + "Made in Kenya."),
    6: ("Still", "A still."),
}


def rows_of(folder: Path, *, meaning: bool = True) -> Rows:
    documents = [make_technology(number, title, text) for number, (title, text) in TITLES_AND_TEXTS.items()]
    make_index(folder, *documents, encoder=BagOfStems() if meaning else None)
    return Snapshots(folder).newest().rows


def led(rows: Rows, *ids: int) -> list[int]:
    return [int(place) for place in leaders(rows, rows.places(np.array(ids, dtype=np.int64)))]


def test_each_follows_the_best_that_it_is_nearly_the_same_as(tmp_path: Path) -> None:
    rows = rows_of(tmp_path)
    assert led(rows, 1, 3, 2, 5, 6) == [0, 1, 0, 1, 4]
    assert led(rows, 5, 2, 6, 3, 1) == [0, 1, 2, 0, 1]


def test_without_vectors_more_of_the_words_must_be_common(tmp_path: Path) -> None:
    assert led(rows_of(tmp_path / "with"), 1, 4) == [0, 0]
    assert led(rows_of(tmp_path / "without", meaning=False), 1, 4, 2, 3, 5) == [0, 1, 0, 3, 3]


def test_few_and_none(tmp_path: Path) -> None:
    rows = rows_of(tmp_path)
    assert led(rows) == []
    assert led(rows, 3) == [0]


def test_a_chain_does_not_grow() -> None:
    """Who is like a follower only leads itself: see `leaders`."""
    assert [list(group) for group in grouped("abcde", np.array([0, 0, 2, 0, 2]))] == [["a", "b", "d"], ["c", "e"]]


@pytest.mark.parametrize(("identifier", "expected"), [(1, [2, 4]), (3, [5]), (6, []), (99, [])])
def test_what_is_like_one(tmp_path: Path, identifier: int, expected: list[int]) -> None:
    assert sorted(like(rows_of(tmp_path), identifier, [1, 2, 3, 4, 5, 6, 77])) == expected


@pytest.mark.parametrize("meaning", [True, False])
def test_asked_singly_or_together_they_are_the_same(tmp_path: Path, meaning: bool) -> None:
    rows = rows_of(tmp_path, meaning=meaning)
    for one in TITLES_AND_TEXTS:
        for other in TITLES_AND_TEXTS:
            if one != other:
                assert (like(rows, one, [other]) == [other]) == (led(rows, one, other) == [0, 0])
