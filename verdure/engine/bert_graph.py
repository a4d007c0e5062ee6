"""The ONNX graph of a BERT encoder, put together from its weights for speed on a CPU.

What differs from an exported graph, and why (milliseconds of one AVX2 core for a text of 200 tokens, int8):
- query, key and value are one matrix product, and attention is onnxruntime's fused `MultiHeadAttention`;
- layer normalisation is `MeanVarianceNormalization` with its gain and bias beside it: 0.1 ms instead of the 0.5 of
  onnxruntime's own `SkipLayerNormalization`, thirteen times a text;
- optionally, the rows that enter the feed-forward matrices are brought to the same range first (see `_product`).

Architecture: Devlin et al. 2019 (BERT), post-normalised; weights named as in Hugging Face's BertModel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Weights = Mapping[str, NDArray[np.float32]]

FUSED = "com.microsoft"
OPSETS = {"": 17, FUSED: 1}
IR_VERSION = 9
SMALLEST_ROW = 1e-6
LOWEST_GELU = -0.17  # the minimum of the function; knowing it saves a pass over the widest rows


@dataclass(frozen=True, slots=True, kw_only=True)
class BertShape:
    """`equal_rows` makes the graph ready for int8 with one scale for a whole matrix of activations."""

    layers: int
    heads: int
    hidden: int
    equal_rows: bool = False


def bert_graph(weights: Weights, shape: BertShape) -> onnx.ModelProto:
    """Inputs `input_ids` and `attention_mask`, int64 (texts, tokens); output `last_hidden_state`, float32
    (texts, tokens, hidden). Raises KeyError when a weight is missing."""
    draft = _Draft(weights=weights, shape=shape)
    draft.node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    state = _embeddings(draft)
    for layer in range(shape.layers):
        state = _layer(draft, f"encoder.layer.{layer}", state)
    draft.node("Identity", [state], "last_hidden_state")
    return draft.model()


@dataclass(slots=True, kw_only=True)
class _Draft:
    weights: Weights
    shape: BertShape
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)

    def node(self, kind: str, inputs: list[str], *outputs: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, outputs, name=outputs[0], domain=domain, **attributes))
        return outputs[0]

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        self.constants.setdefault(name, numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def matrix(self, name: str) -> NDArray[np.float32]:
        """Shape (inputs, outputs): the weights are kept the other way round."""
        return self.weights[f"{name}.weight"].T

    def model(self) -> onnx.ModelProto:
        tokens = ["texts", "tokens"]
        graph = helper.make_graph(
            self.nodes,
            "bert",
            [
                helper.make_tensor_value_info(name, TensorProto.INT64, tokens)
                for name in ("input_ids", "attention_mask")
            ],
            [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*tokens, self.shape.hidden])],
            list(self.constants.values()),
        )
        opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
        return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="verdure")


def _embeddings(draft: _Draft) -> str:
    """Every token is of type 0, so that row is added to the positions once and for all."""
    places = draft.weights["embeddings.position_embeddings.weight"]
    kind = draft.weights["embeddings.token_type_embeddings.weight"][0]
    start = draft.constant("start", np.array([0], dtype=np.int64))
    axis = draft.constant("axis", np.array([0], dtype=np.int64))
    words = draft.node("Gather", [draft.weight("embeddings.word_embeddings.weight"), "input_ids"], "words")
    draft.node("Shape", ["input_ids"], "length", start=1, end=2)
    positions = draft.node(
        "Slice", [draft.constant("every_position", places + kind), start, "length", axis], "positions"
    )
    return _normalised(draft, "embeddings.LayerNorm", draft.node("Add", [words, positions], "embedded"))


def _layer(draft: _Draft, name: str, state: str) -> str:
    attended = _attention(draft, f"{name}.attention.self", state)
    mixed = _dense(draft, f"{name}.attention.output.dense", attended)
    state = _normalised(draft, f"{name}.attention.output.LayerNorm", _sum(draft, f"{name}.attended", mixed, state))
    fed = _feed_forward(draft, name, state)
    return _normalised(draft, f"{name}.output.LayerNorm", _sum(draft, f"{name}.fed", fed, state))


def _attention(draft: _Draft, name: str, state: str) -> str:
    parts = [f"{name}.{part}" for part in ("query", "key", "value")]
    matrix = np.concatenate([draft.matrix(part) for part in parts], axis=1)
    bias = np.concatenate([draft.weights[f"{part}.bias"] for part in parts])
    product = _product(draft, name, state, matrix)
    joined = draft.node("Add", [product, draft.constant(f"{name}.bias", bias)], f"{name}.joined")
    sizes = draft.constant("thirds", np.array([draft.shape.hidden] * 3, dtype=np.int64))
    draft.node("Split", [joined, sizes], *parts, axis=-1)
    return draft.node(
        "MultiHeadAttention", [*parts, "", "mask"], f"{name}.heads", domain=FUSED, num_heads=draft.shape.heads
    )


def _feed_forward(draft: _Draft, name: str, state: str) -> str:
    largest = _largest(draft, f"{name}.intermediate", state)
    first = f"{name}.intermediate.dense"
    product = _product(draft, first, state, draft.matrix(first), largest=largest)
    grown = draft.node("BiasGelu", [product, draft.weight(f"{first}.bias")], f"{name}.gelu", domain=FUSED)
    largest = _largest(draft, f"{name}.output", grown, lowest=LOWEST_GELU)
    return _dense(draft, f"{name}.output.dense", grown, largest=largest)


def _dense(draft: _Draft, name: str, state: str, *, largest: str = "") -> str:
    product = _product(draft, name, state, draft.matrix(name), largest=largest)
    return draft.node("Add", [product, draft.weight(f"{name}.bias")], f"{name}.sum")


def _product(draft: _Draft, name: str, state: str, matrix: NDArray[np.float32], *, largest: str = "") -> str:
    """`state` times `matrix`, by way of rows divided by `largest` where that is given.

    In exact arithmetic the detour changes nothing. But dynamic quantisation has one scale for all tokens, which a
    token with an outlier takes for itself; divided rows give each token a scale of its own (per-token quantisation,
    as in ZeroQuant, Yao et al. 2022).
    """
    matrix_name = draft.constant(f"{name}.matrix", matrix)
    if not largest:
        return draft.node("MatMul", [state, matrix_name], f"{name}.product")
    scaled = draft.node("Div", [state, largest], f"{name}.scaled")
    product = draft.node("MatMul", [scaled, matrix_name], f"{name}.scaled_product")
    return draft.node("Mul", [product, largest], f"{name}.product")


def _largest(draft: _Draft, name: str, state: str, *, lowest: float | None = None) -> str:
    """The largest absolute value of each row; "" where rows are to be left alone. No value is under `lowest`."""
    if not draft.shape.equal_rows:
        return ""
    size = draft.node("Abs", [state], f"{name}.size") if lowest is None else state
    peak = draft.node("ReduceMax", [size], f"{name}.peak", axes=[-1], keepdims=1)
    floor = SMALLEST_ROW if lowest is None else -lowest
    least = draft.constant(f"floor_{floor}", np.array(floor, dtype=np.float32))
    return draft.node("Max", [peak, least], f"{name}.largest")


def _normalised(draft: _Draft, name: str, state: str) -> str:
    centred = draft.node("MeanVarianceNormalization", [state], f"{name}.centred", axes=[2])
    gained = draft.node("Mul", [centred, draft.weight(f"{name}.weight")], f"{name}.gained")
    return draft.node("Add", [gained, draft.weight(f"{name}.bias")], f"{name}.state")


def _sum(draft: _Draft, name: str, one: str, other: str) -> str:
    return draft.node("Add", [one, other], f"{name}.sum")
