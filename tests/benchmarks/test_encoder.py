from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.collection import Collection
from benchmarks.encoder import StandIn


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    return Collection(shared=tmp_path_factory.mktemp("none"), translations=None)


def test_vectors_have_length_one_and_no_text_has_none(collection: Collection) -> None:
    vectors = StandIn(collection.words).encode_passages(["Pump for groundwater", "unheardofword", ""])
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 1, 0], atol=1e-5)


def test_the_same_words_give_the_same_vectors_and_identity(collection: Collection, tmp_path: Path) -> None:
    one, two = StandIn(collection.words), StandIn(Collection(shared=tmp_path, translations=None).words)
    assert one.identity == two.identity
    assert np.array_equal(one.encode_queries(["heat pump"]), two.encode_passages(["heat pump"]))
    assert StandIn(collection.words, dimension=64).identity != one.identity


def test_texts_that_share_words_are_nearer(collection: Collection) -> None:
    encoder = StandIn(collection.words)
    texts = ["solar pump for a village well", "a pump with solar panels for wells", "enzymes for textile dyeing"]
    query, near, far = encoder.encode_passages(texts)
    assert query @ near > query @ far + 0.2
