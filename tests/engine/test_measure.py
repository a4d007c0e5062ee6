from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests.data import shared_data
from tests.engine.samples import BagOfStems
from verdure.engine.measure import (
    JudgedSetUnusable,
    evaluate,
    ndcg,
    percentile,
    read_judged_set,
    recall,
    reciprocal_rank,
)


def test_ndcg_by_hand() -> None:
    gains = {"a": 3.0, "b": 2.0, "c": 1.0}
    best = 3 + 2 / math.log2(3) + 1 / 2
    assert ndcg(["a", "b", "c"], gains) == 1
    assert ndcg(["c", "x", "a"], gains) == pytest.approx((1 + 3 / 2) / best)
    assert ndcg(["x"] * 10 + ["a"], gains) == 0
    assert ndcg(["a"], {"a": 0.0}) == 0


def test_ndcg_looks_at_ten_places_of_many_relevant() -> None:
    gains = {str(n): 1.0 for n in range(30)}
    assert ndcg([str(n) for n in range(10)], gains) == 1


def test_recall_and_reciprocal_rank_by_hand() -> None:
    gains = {"a": 1.0, "b": 2.0, "z": 0.0}
    assert recall(["x", "a", "z"], gains) == 0.5
    assert recall(["x"] * 100 + ["a", "b"], gains) == 0
    assert reciprocal_rank(["z", "x", "b"], gains) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x"] * 10 + ["a"], gains) == 0


@given(st.permutations(["a", "b", "c", "d"]), st.lists(st.integers(0, 3), min_size=4, max_size=4))
def test_measures_stay_between_0_and_1(ranking: list[str], gains: list[int]) -> None:
    judged = {name: float(gain) for name, gain in zip("abcd", gains, strict=True)}
    for measure in (ndcg, recall, reciprocal_rank):
        assert 0 <= measure(ranking, judged) <= 1
    ideal = sorted(ranking, key=lambda name: -judged[name])
    assert ndcg(ranking, judged) <= ndcg(ideal, judged) + 1e-9


def test_percentile_is_the_nearest_rank() -> None:
    assert percentile([5, 1, 4, 2, 3], 0.5) == 3
    assert percentile([5, 1, 4, 2, 3], 0.95) == 5
    assert percentile([7], 0.01) == 7
    assert percentile([], 0.5) == 0


def make_set(folder: Path) -> Path:
    corpus = [("d1", "Solar pump", "Lifts water"), ("d2", "", "Wind rotor blades"), ("d3", "Heat", "Solar heat")]
    queries = [("q1", "solar pump"), ("q2", "nobody judged this"), ("q3", "Heat. Solar heat")]
    lines = [json.dumps({"_id": i, "title": t, "text": x, "metadata": {}}) for i, t, x in corpus]
    (folder / "corpus.jsonl").write_text("\n".join(lines) + "\n\n", "utf-8")
    (folder / "queries.jsonl").write_text("\n".join(json.dumps({"_id": i, "text": t}) for i, t in queries), "utf-8")
    (folder / "qrels").mkdir()
    judgements = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td3\t1\nq2\td1\t0\nq3\td1\t1\n"
    (folder / "qrels" / "test.tsv").write_text(judgements, "utf-8")
    return folder


def test_read_judged_set(tmp_path: Path) -> None:
    judged = read_judged_set(make_set(tmp_path))
    assert judged.documents[1] == ("d2", "", "Wind rotor blades")
    assert judged.queries == (("q1", "solar pump"), ("q3", "Heat. Solar heat"))
    assert judged.gains["q1"] == {"d1": 2.0, "d3": 1.0}


@pytest.mark.parametrize("encoder", [None, BagOfStems()])
def test_evaluate_runs_the_search(tmp_path: Path, encoder: BagOfStems | None) -> None:
    told: list[tuple[str, int, int]] = []
    found = evaluate(make_set(tmp_path), encoder, tmp_path / "work", progress=lambda *step: told.append(step))
    assert (found.documents, found.words.queries) == (3, 2)
    assert (found.words.ndcg_at_10, found.words.recall_at_100, found.words.mrr_at_10) == (1, 1, 1)
    assert 0 < found.words.p50_ms <= found.words.p95_ms
    assert (found.hybrid is None) == (encoder is None)
    assert told[0] == ("index", 3, 3)
    assert told[-1] == ("words" if encoder is None else "hybrid", 2, 2)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("corpus.jsonl", '{"_id": "a", "text": "x"}\n{"_id": ', "line 2: not JSON"),
        ("corpus.jsonl", "[]", "line 1: not a JSON object"),
        ("corpus.jsonl", '{"_id": "a"}', "no text in “text”"),
        ("corpus.jsonl", '{"_id": "a", "text": ""}\n{"_id": "a", "text": ""}', "occurs twice"),
        ("corpus.jsonl", "", "no documents"),
        ("queries.jsonl", '{"_id": "q9", "text": "x"}', "no queries with a relevant document"),
        ("qrels/test.tsv", "h\nq1\td1", "line 2: 2 columns"),
        ("qrels/test.tsv", "h\nq1\td1\tmuch", "“much” is no number"),
    ],
)
def test_a_malformed_set_is_refused_with_its_place(tmp_path: Path, name: str, content: str, message: str) -> None:
    (make_set(tmp_path) / name).write_text(content, "utf-8")
    with pytest.raises(JudgedSetUnusable, match=message):
        read_judged_set(tmp_path)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (make_set(tmp_path) / name).unlink()
    with pytest.raises(JudgedSetUnusable, match=name.split("/", maxsplit=1)[0]):
        read_judged_set(tmp_path)


def test_bytes_that_are_not_text_are_refused(tmp_path: Path) -> None:
    (make_set(tmp_path) / "corpus.jsonl").write_bytes(b'{"_id": "\xff\xfe"}')
    with pytest.raises(JudgedSetUnusable, match="UTF-8"):
        read_judged_set(tmp_path)


@pytest.mark.parametrize(("name", "bar"), [("cordis-cleantech", 0.485), ("opensustain-tech", 0.66)])
def test_words_alone_keep_their_quality(tmp_path: Path, name: str, bar: float) -> None:
    assert evaluate(shared_data(name) / "beir", None, tmp_path).words.ndcg_at_10 >= bar
