from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from tests.engine.pair_samples import Sample, make_plan, make_sample, scores_of
from verdure.engine import pairs
from verdure.engine.documents import TECHNOLOGY, Document, Kind
from verdure.engine.match import Rules
from verdure.engine.pairs import Best, Pairs, Passages, Plan

KINDS: tuple[Kind, Kind] = ("need", "technology")
NEAR = 2e-6
"""Scores nearer than this may change places: they are sums of float32, rounded to six digits."""


def listed(best: Best, row: int, partners: tuple[Document, ...]) -> list[tuple[int, float]]:
    places = best.places[row]
    assert (best.scores[row][places < 0] == 0).all()
    return [(partners[p].id, float(s)) for p, s in zip(places, best.scores[row], strict=True) if p >= 0]


def check(sample: Sample, plan: Plan, run: Pairs) -> None:
    """Each list holds the best of what the reference allows, in order, with its scores."""
    expected = scores_of(sample, plan)
    for kind in KINDS if plan.both else (plan.asking,):
        rows, partners = sample.needs, sample.technologies
        if kind == TECHNOLOGY:
            rows, partners = partners, rows
        best = run.best(kind)
        for row, document in enumerate(rows):
            theirs = {n if kind == TECHNOLOGY else t: s for (n, t), s in expected.items() if document.id in (n, t)}
            check_list(listed(best, row, partners), theirs, plan.top)


def check_list(found: list[tuple[int, float]], allowed: dict[int, float], top: int) -> None:
    assert len(found) == min(top, len(allowed))
    assert {identifier for identifier, _ in found} <= allowed.keys()
    assert [score for _, score in found] == pytest.approx([allowed[i] for i, _ in found], abs=1e-5)
    left_out = [score for identifier, score in allowed.items() if identifier not in dict(found)]
    falling = [allowed[identifier] for identifier, _ in found] + sorted(left_out, reverse=True)[:1]
    assert all(one >= other - NEAR for one, other in pairwise(falling))


@given(
    seed=st.integers(0, 2**32),
    needs=st.integers(0, 12),
    technologies=st.integers(0, 30),
    asking=st.sampled_from(KINDS),
    hard=st.frozensets(st.sampled_from(("country", "deal", "readiness"))),
    least=st.sampled_from((0.0, 0.35)),
    dimension=st.sampled_from((0, 8)),
)
@settings(max_examples=60, deadline=None)
def test_lists_are_those_of_the_reference(
    seed: int, needs: int, technologies: int, asking: Kind, hard: frozenset[str], least: float, dimension: int
) -> None:
    sample = make_sample(seed, needs, technologies, dimension=dimension)
    plan = make_plan(asking=asking, rules=Rules(hard=hard), least=least)  # type: ignore[arg-type]
    run = sample.pairs(asking=asking, rules=Rules(hard=hard), least=least)  # type: ignore[arg-type]
    run.run()
    check(sample, plan, run)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_neither_blocks_nor_shards_nor_threads_change_a_list(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = make_sample(3, 40, 90)
    whole = sample.pairs()
    whole.run()
    monkeypatch.setattr(pairs, "BLOCK", 7)
    monkeypatch.setattr(pairs, "SHARD", 8)
    cut = sample.pairs(threads=threads)
    cut.run()
    check(sample, make_plan(), cut)
    for kind in KINDS:
        np.testing.assert_allclose(cut.best(kind).scores.tolist(), whole.best(kind).scores.tolist(), atol=NEAR)


def test_only_the_asking_side_when_the_other_is_not_wanted() -> None:
    sample = make_sample(4, 20, 30)
    run = sample.pairs(both=False)
    run.run()
    check(sample, make_plan(both=False), run)
    with pytest.raises(ValueError, match="asking side only"):
        run.best("technology")


def twins(sample: Sample, count: int) -> Sample:
    """The first technology `count` times, with ids that fall."""
    vector = np.zeros((1, 8), np.float32)
    vector[0, 0] = 1
    technologies = tuple(
        replace(sample.technologies[0], id=5000 - number, organisation=None, places=(), deals=(), readiness=None)
        for number in range(count)
    )
    return replace(sample, technologies=technologies, technology_vectors=np.repeat(vector, count, axis=0))


def test_equal_scores_go_by_id() -> None:
    sample = twins(make_sample(5, 3, 1), 20)
    open_needs = tuple(replace(need, deadline=None, fields=("energy.solar",)) for need in sample.needs)
    technologies = tuple(replace(document, fields=("energy.solar",)) for document in sample.technologies)
    sample = replace(sample, needs=open_needs, technologies=technologies)
    run = sample.pairs(top=4)
    run.run()
    for row in range(3):
        assert [i for i, _ in listed(run.best("need"), row, sample.technologies)] == [4981, 4982, 4983, 4984]


def test_a_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "BLOCK", 5)
    sample = make_sample(6, 23, 40)
    whole, first, second = sample.pairs(), sample.pairs(), sample.pairs()
    told: list[tuple[int, int]] = []
    whole.run(lambda done, total: told.append((done, total)))
    assert told == [(5, 23), (10, 23), (15, 23), (20, 23), (23, 23)]
    first.run(blocks=2)
    first.save(tmp_path / "run")
    assert second.resume(tmp_path / "run")
    assert second.done == 10
    second.run()
    for kind in KINDS:
        np.testing.assert_array_equal(second.best(kind).places, whole.best(kind).places)
        np.testing.assert_array_equal(second.best(kind).scores, whole.best(kind).scores)


def test_a_run_of_another_plan_or_state_is_not_taken_up(tmp_path: Path) -> None:
    sample = make_sample(7, 5, 9)
    run = sample.pairs(stamp="one")
    run.run()
    run.save(tmp_path / "run")
    assert not sample.pairs(stamp="two").resume(tmp_path / "run")
    assert not sample.pairs(stamp="one", top=7).resume(tmp_path / "run")
    assert not make_sample(8, 5, 9).pairs(stamp="one").resume(tmp_path / "run")
    assert sample.pairs(stamp="one", threads=1).resume(tmp_path / "run")


def test_a_run_that_was_not_saved_or_is_damaged_begins_anew(tmp_path: Path) -> None:
    run = make_sample(9, 5, 9).pairs()
    assert not run.resume(tmp_path / "run")
    (tmp_path / "run").write_bytes(b"PK\x03\x04 not a whole file")
    assert not run.resume(tmp_path / "run")
    assert run.done == 0


def test_the_parts_of_a_pair_give_its_score() -> None:
    sample = make_sample(10, 30, 40)
    run = sample.pairs(rules=Rules(words=0.5, meaning=0.5, field=0, country=0, deal=0, readiness=0, goal=0, amount=0))
    run.run()
    best = run.best("need")
    rows, ranks = np.nonzero(best.places >= 0)
    words, meaning = run.text_parts(rows, best.places[rows, ranks].astype(np.int64))
    meant = sample.need_vectors[rows].any(axis=1)
    assert len(rows) > 10
    np.testing.assert_allclose(np.where(meant, (words + meaning) / 2, words), best.scores[rows, ranks], atol=1e-5)


def test_the_best_passage_can_put_a_candidate_first() -> None:
    sample = make_sample(11, 6, 25)
    run = sample.pairs(top=25)
    run.run()
    plain = run.best("need")
    counts = np.arange(25) % 3
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    chance = np.random.default_rng(11)
    vectors = chance.standard_normal((starts[-1], 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    better = run.with_passages(Passages(starts, vectors), top=4)
    for row in range(6):
        asked = sample.need_vectors[row]
        expected = []
        for place, score in zip(plain.places[row], plain.scores[row], strict=True):
            if place >= 0:
                whole = float(sample.technology_vectors[place] @ asked)
                nearest = max([whole, *(vectors[starts[place] : starts[place + 1]] @ asked).tolist()])
                gain = max(0, min(1, (nearest - 0.05) / 0.95)) - max(0, min(1, (whole - 0.05) / 0.95))
                weight = 0.38 if asked.any() else 0.0
                expected.append((score + weight * gain, sample.technologies[place].id))
        expected.sort(key=lambda pair: (-round(float(pair[0]), 6), pair[1]))
        found = listed(better, row, sample.technologies)
        assert [identifier for identifier, _ in found] == [identifier for _, identifier in expected[:4]]
        assert [score for _, score in found] == pytest.approx([score for score, _ in expected[:4]], abs=1e-5)


def test_vectors_of_two_encoders_are_refused() -> None:
    sample = make_sample(12, 3, 4)
    other = replace(sample, need_vectors=np.zeros((3, 9), np.float32))
    with pytest.raises(ValueError, match="vectors of 9 and 8 numbers"):
        other.pairs()
