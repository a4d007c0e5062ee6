"""Sentence encoders of four dimensions, made on the spot, in each of the forms that are met in the wild."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

WORDS = ["[UNK]", "[CLS]", "[SEP]", "sun", "wind", "water"]
TABLE = np.array([[0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0], [3, 0, 0, 0], [0, 3, 0, 0], [0, 0, 3, 0]], dtype=np.float32)
"""The state of each of WORDS."""


def make_tokenizer(folder: Path, *, words: Sequence[str] = WORDS, special: bool = True) -> None:
    """With `special`, every text stands between [CLS] and [SEP]."""
    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    if special:
        ends = [("[CLS]", 1), ("[SEP]", 2)]
        tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", pair=None, special_tokens=ends)
    tokenizer.save(str(folder / "tokenizer.json"))


def make_graph(
    folder: Path,
    *,
    inputs: Sequence[str] = ("input_ids", "attention_mask"),
    outputs: Sequence[str] = ("states",),
    integer: int = TensorProto.INT64,
    table: np.typing.NDArray[np.float32] = TABLE,
) -> None:
    """Outputs: "states" (3-D), "sentence" (2-D: the mean, negated, so that it can be told apart), "text" (1-D)."""
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["states"]),
        helper.make_node("ReduceMean", ["states"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("Neg", ["mean"], ["sentence"]),
        helper.make_node("ReduceMean", ["mean"], ["text"], axes=[1], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, integer, ["texts", "tokens"]) for name in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(table, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, folder / "model.onnx")


def make_model(folder: Path, **options: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    make_tokenizer(folder)
    make_graph(folder, **options)  # type: ignore[arg-type]
    return folder
