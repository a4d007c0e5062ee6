"""A match of the batch is that of a single question, as far as `pair_matches` promises it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.engine.pair_samples import make_sample
from tests.engine.samples import COLLECTION, BagOfStems, make_index, make_need, make_technology
from verdure.engine.documents import Document
from verdure.engine.index import Index
from verdure.engine.match import score_of
from verdure.engine.pair_matches import Listed, PairMatches
from verdure.engine.snapshot import Snapshots

TODAY = date(2025, 6, 1)


def batch(folder: Path, *, best: int = 10, least: float = 0.0) -> dict[tuple[int, int], Listed]:
    run = PairMatches(Snapshots(folder).newest(), today=TODAY, best=best, least=least)
    run.run()
    every = [one for _, listed in run.matches() for one in listed]
    found = {(one.match.need, one.match.technology): one for one in every}
    assert len(found) == len(every)
    return found


def sample(seed: int) -> list[Document]:
    made = make_sample(seed, 12, 40)
    return [
        replace(document, id=number)
        for number, document in enumerate((*made.needs, *made.technologies, *COLLECTION), 1)
    ]


def indexed(folder: Path, documents: list[Document], *, meaning: bool = True) -> Index:
    return make_index(folder, *documents, encoder=BagOfStems() if meaning else None)


@pytest.mark.parametrize("meaning", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_reasons_parts_and_score_are_those_of_a_single_question(tmp_path: Path, seed: int, meaning: bool) -> None:
    documents = sample(seed)
    index = indexed(tmp_path, documents, meaning=meaning)
    found = batch(tmp_path)
    compared = 0
    for need in (document.id for document in documents if document.kind == "need"):
        for group in index.matches(need, today=TODAY, limit=10):
            for alone in (group, *group.duplicates):
                if one := found.get((alone.need, alone.technology)):
                    compared += 1
                    of_batch = one.match
                    assert of_batch.reasons[0].shared == alone.reasons[0].shared
                    assert of_batch.parts.meaning == pytest.approx(alone.parts.meaning, abs=1e-5)
                    assert of_batch.reasons[2:] == alone.reasons[2:]
                    assert of_batch.reasons[1].verdict == alone.reasons[1].verdict
                    assert of_batch.score == score_of(of_batch.parts)
    assert compared > 20


@pytest.mark.parametrize("seed", range(3))
def test_both_find_much_the_same(tmp_path: Path, seed: int) -> None:
    documents = sample(seed)
    index = indexed(tmp_path, documents)
    found = batch(tmp_path)
    alone = {
        (match.need, match.technology)
        for need in (document.id for document in documents if document.kind == "need")
        for match in index.matches(need, today=TODAY, limit=10)
    }
    of_needs = {pair for pair, one in found.items() if one.under_technology == pair[1]}
    assert len(alone) > 20
    assert len(alone & of_needs) >= 0.8 * len(alone)


def test_each_side_has_its_best_and_of_those_that_fit_little_one(tmp_path: Path) -> None:
    documents = sample(1)
    indexed(tmp_path, documents)
    found = batch(tmp_path, best=3)
    needs = [need for (need, technology), one in found.items() if one.under_technology == technology]
    technologies = [technology for (need, technology), one in found.items() if one.under_need == need]
    assert max(map(needs.count, needs)) == 3
    assert max(map(technologies.count, technologies)) == 3
    assert all(one.under_need or one.under_technology for one in found.values())
    none_fits = batch(tmp_path, best=3, least=1.1)
    needs = [need for (need, _), one in none_fits.items() if one.under_technology is not None]
    assert max(map(needs.count, needs)) == 1


PUMP = "A photovoltaic pump lifts twenty cubic metres of water from deep wells each day without diesel."


@pytest.mark.parametrize("meaning", [True, False])
def test_what_is_nearly_the_same_is_listed_under_the_better(tmp_path: Path, meaning: bool) -> None:
    pumps = [make_technology(number, "Solar pump", PUMP, readiness=number) for number in (1, 2, 3)]
    needs = [
        make_need(4, "Solar pump wanted", "It must lift water from deep wells each day without diesel."),
        make_need(5, "Bread oven"),
    ]
    index = indexed(tmp_path, [*pumps, *needs], meaning=meaning)
    found = batch(tmp_path, best=2)
    (alone,) = index.matches(4, today=TODAY, limit=1)
    leader = alone.technology
    assert {technology: one.under_technology for (need, technology), one in found.items() if need == 4} == {
        1: leader,
        2: leader,
        3: leader,
    }
    assert {match.technology for match in alone.duplicates} == {1, 2, 3} - {leader}


def test_nothing_to_match(tmp_path: Path) -> None:
    indexed(tmp_path, [make_technology(1, "Pump")])
    assert batch(tmp_path) == {}
    indexed(tmp_path / "empty", [])
    assert batch(tmp_path / "empty") == {}
