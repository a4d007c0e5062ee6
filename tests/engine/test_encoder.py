"""Any local model: its forms, its settings, and what is said when it does not fit."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from onnx import TensorProto

from tests.engine.tiny_models import TABLE, make_graph, make_model, make_tokenizer
from verdure.engine.encoder import ModelSpec, ModelUnusable, Pooling, load_encoder


def unit(*numbers: float) -> list[float]:
    return [number / float(np.linalg.norm(numbers)) for number in numbers]


@pytest.mark.parametrize(
    ("pooling", "vector"),
    [("mean", unit(4, 4, 0, 0)), ("cls", unit(1, 0, 0, 0)), ("last", unit(0, 1, 0, 0))],
)
def test_states_are_pooled_as_the_settings_say(tmp_path: Path, pooling: Pooling, vector: list[float]) -> None:
    encoder = load_encoder(ModelSpec(folder=make_model(tmp_path), pooling=pooling, dimension=4))
    np.testing.assert_allclose(encoder.encode_passages(["sun wind"]), [vector], rtol=1e-6)


@pytest.mark.parametrize(
    "inputs",
    [
        ("input_ids",),
        ("input_ids", "attention_mask"),
        ("input_ids", "attention_mask", "token_type_ids"),
        ("input_ids", "attention_mask", "token_type_ids", "position_ids"),
    ],
)
@pytest.mark.parametrize("integer", [TensorProto.INT64, TensorProto.INT32])
def test_graphs_may_take_these_inputs(tmp_path: Path, inputs: tuple[str, ...], integer: int) -> None:
    encoder = load_encoder(ModelSpec(folder=make_model(tmp_path, inputs=inputs, integer=integer)))
    np.testing.assert_allclose(encoder.encode_queries(["sun", "water"]), [unit(4, 1, 0, 0), unit(1, 1, 3, 0)])


@pytest.mark.parametrize(
    ("outputs", "sign"),
    [(("states",), 1), (("sentence",), -1), (("sentence", "states"), 1), (("text", "sentence"), -1)],
)
def test_states_are_read_before_sentence_vectors(tmp_path: Path, outputs: tuple[str, ...], sign: int) -> None:
    encoder = load_encoder(ModelSpec(folder=make_model(tmp_path, outputs=outputs)))
    assert encoder.dimension == 4
    np.testing.assert_allclose(encoder.encode_passages(["sun"]), [[sign * number for number in unit(4, 1, 0, 0)]])


def test_queries_and_passages_get_their_prefixes(tmp_path: Path) -> None:
    spec = ModelSpec(folder=make_model(tmp_path), query_prefix="sun ", passage_prefix="wind ")
    encoder, plain = load_encoder(spec), load_encoder(ModelSpec(folder=tmp_path))
    np.testing.assert_array_equal(encoder.encode_queries(["water"]), plain.encode_passages(["sun water"]))
    np.testing.assert_array_equal(encoder.encode_passages(["water"]), plain.encode_passages(["wind water"]))


def test_long_texts_are_cut_with_their_end_mark_kept(tmp_path: Path) -> None:
    encoder = load_encoder(ModelSpec(folder=make_model(tmp_path), max_tokens=4))
    np.testing.assert_allclose(encoder.encode_passages(["sun sun wind wind water"]), [unit(7, 1, 0, 0)])


def test_padding_and_cutting_set_in_the_tokenizer_are_overruled(tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    make_model(tmp_path)
    path = str(tmp_path / "tokenizer.json")
    tokenizer = Tokenizer.from_file(path)
    tokenizer.enable_padding(length=9)
    tokenizer.enable_truncation(3)
    tokenizer.save(path)
    np.testing.assert_allclose(
        load_encoder(ModelSpec(folder=tmp_path)).encode_passages(["sun wind"]), [unit(4, 4, 0, 0)]
    )


def test_no_text_gives_no_rows_and_no_token_gives_zeros(tmp_path: Path) -> None:
    make_model(tmp_path)
    make_tokenizer(tmp_path, special=False)
    encoder = load_encoder(ModelSpec(folder=tmp_path))
    assert encoder.encode_passages([]).shape == (0, 4)
    assert encoder.encode_passages(["", "sun"]).tolist() == [[0, 0, 0, 0], [1, 0, 0, 0]]


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(alphabet="sun wind water\n☀", max_size=60), max_size=12), threads=st.integers(1, 4))
def test_rows_are_unit_vectors_in_order_whatever_comes(tmp_path: Path, texts: list[str], threads: int) -> None:
    if not (tmp_path / "model.onnx").exists():
        make_model(tmp_path)
    encoder = load_encoder(ModelSpec(folder=tmp_path), threads=threads)
    vectors = encoder.encode_passages(texts)
    assert vectors.shape == (len(texts), 4)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    for row, text in enumerate(texts):
        np.testing.assert_array_equal(vectors[row], encoder.encode_passages([text])[0])


def test_identity_changes_with_all_that_changes_vectors(tmp_path: Path) -> None:
    first = make_model(tmp_path / "first")
    copy = Path(shutil.copytree(first, tmp_path / "copy"))
    other_graph = make_model(tmp_path / "graph", table=TABLE * 2)
    other_words = make_model(tmp_path / "words")
    make_tokenizer(other_words, special=False)
    same = {load_encoder(ModelSpec(folder=folder)).identity for folder in (first, copy)}
    same.add(load_encoder(ModelSpec(folder=first, dimension=4), threads=3).identity)
    others = [
        ModelSpec(folder=other_graph),
        ModelSpec(folder=other_words),
        ModelSpec(folder=first, pooling="cls"),
        ModelSpec(folder=first, query_prefix="q "),
        ModelSpec(folder=first, passage_prefix="q "),
        ModelSpec(folder=first, max_tokens=100),
    ]
    assert len(same) == 1
    assert len(same | {load_encoder(spec).identity for spec in others}) == 7


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (make_model(tmp_path) / name).unlink()
    with pytest.raises(ModelUnusable, match=f"no {name}") as refusal:
        load_encoder(ModelSpec(folder=tmp_path))
    assert refusal.value.reason == "missing"


@pytest.mark.parametrize(("name", "reason"), [("model.onnx", "graph"), ("tokenizer.json", "tokenizer")])
@pytest.mark.parametrize("content", [b"", b"{}", b"\x00" * 5000])
def test_a_file_that_is_something_else_is_refused(tmp_path: Path, name: str, reason: str, content: bytes) -> None:
    (make_model(tmp_path) / name).write_bytes(content)
    with pytest.raises(ModelUnusable, match=name) as refusal:
        load_encoder(ModelSpec(folder=tmp_path))
    assert refusal.value.reason == reason


def test_another_dimension_than_the_settings_say_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="gives 4 numbers a text; the settings say 384") as refusal:
        load_encoder(ModelSpec(folder=make_model(tmp_path), dimension=384))
    assert refusal.value.reason == "dimension"


@pytest.mark.parametrize("inputs", [("input_ids", "pixels"), ("attention_mask", "input_ids", "past")])
def test_a_graph_with_other_inputs_is_refused(tmp_path: Path, inputs: tuple[str, ...]) -> None:
    with pytest.raises(ModelUnusable, match=inputs[-1]) as refusal:
        load_encoder(ModelSpec(folder=make_model(tmp_path, inputs=inputs)))
    assert refusal.value.reason == "graph"


def test_a_graph_without_vectors_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="neither token states nor sentence vectors") as refusal:
        load_encoder(ModelSpec(folder=make_model(tmp_path, outputs=("text",))))
    assert refusal.value.reason == "output"


def test_numbers_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="not finite") as refusal:
        load_encoder(ModelSpec(folder=make_model(tmp_path, table=TABLE * np.float32("nan"))))
    assert refusal.value.reason == "output"


def test_a_tokenizer_with_more_words_than_the_graph_is_refused_at_once(tmp_path: Path) -> None:
    make_graph(tmp_path, table=TABLE[:4])
    make_tokenizer(tmp_path)
    with pytest.raises(ModelUnusable, match="does not run on 256 tokens of its tokenizer") as refusal:
        load_encoder(ModelSpec(folder=tmp_path))
    assert refusal.value.reason == "graph"


def test_settings_outside_their_range_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="mean, cls and last"):
        ModelSpec(folder=tmp_path, pooling="max")  # type: ignore[arg-type]
    with pytest.raises(ModelUnusable, match="no room for a word"):
        ModelSpec(folder=tmp_path, max_tokens=2)


def test_a_description_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert ModelSpec.read(tmp_path) == ModelSpec(folder=tmp_path)
    for content in ("{", "[1]", '{"max_tokens": "many"}'):
        (tmp_path / "model.json").write_text(content)
        with pytest.raises(ModelUnusable, match="cannot be read") as refusal:
            ModelSpec.read(tmp_path)
        assert refusal.value.reason == "settings"
