"""Speed of the default text model: `python -m benchmarks.encode`. Prints a table; best of several rounds.

Texts of 150, 40 and 8 words, made of the words of the tokenizer's own vocabulary, so that no data is needed. The last
table shows what sending several texts through the graph at once would give (padded to the longest).
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from verdure.engine.encoder import Encoder, ModelSpec, load_encoder
from verdure.engine.minilm import Precision, prepare_minilm

ROUNDS = 5
WORDS = (150, 40, 8)


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        specs = {
            precision: prepare_minilm(Path(home) / precision, precision=precision) for precision in get_args(Precision)
        }
        texts = make_texts(specs["int8"])
        print(f"{'precision':10} {'threads':>7} " + " ".join(f"{words:>4} words" for words in WORDS) + "   one query")
        for precision, spec in specs.items():
            for threads in (1, 2):
                encoder = load_encoder(spec, threads=threads)
                speeds = " ".join(f"{speed(encoder, texts[words]):8.1f}/s" for words in WORDS)
                print(f"{precision:10} {threads:7} {speeds}   {query_milliseconds(encoder):.2f} ms")
        print("\none thread, 150 words, several texts in one run:")
        for precision, spec in specs.items():
            sizes = " ".join(f"{size}: {batch_speed(spec, texts[150], size):.1f}/s" for size in (1, 4, 8, 32))
            print(f"{precision:10} {sizes}")


def make_texts(spec: ModelSpec) -> dict[int, list[str]]:
    vocabulary = Tokenizer.from_file(str(spec.folder / "tokenizer.json")).get_vocab()
    # An ending on a third of the words gives 1.35 tokens a word, as project descriptions in English have.
    words = sorted(word for word in vocabulary if word.isascii() and word.isalpha() and len(word) > 2)
    chance = random.Random(1)
    made = {}
    for length in WORDS:
        made[length] = [
            " ".join(chance.choice(words) + ("ized" if chance.random() < 0.33 else "") for _ in range(length))
            for _ in range(48)
        ]
    return made


def best_seconds(action: Callable[[], object], rounds: int = ROUNDS) -> float:
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return min(taken)


def speed(encoder: Encoder, texts: list[str]) -> float:
    return len(texts) / best_seconds(lambda: encoder.encode_passages(texts))


def query_milliseconds(encoder: Encoder) -> float:
    return best_seconds(lambda: encoder.encode_queries(["solar desalination for villages"]), rounds=100) * 1000


def batch_speed(spec: ModelSpec, texts: list[str], size: int) -> float:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(spec.folder / "model.onnx", options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(spec.folder / "tokenizer.json"))
    tokenizer.enable_truncation(spec.max_tokens)
    tokenizer.enable_padding()

    def run() -> None:
        for start in range(0, len(texts), size):
            encodings = tokenizer.encode_batch(texts[start : start + size])
            feed = {
                "input_ids": np.array([encoding.ids for encoding in encodings], dtype=np.int64),
                "attention_mask": np.array([encoding.attention_mask for encoding in encodings], dtype=np.int64),
            }
            session.run(None, feed)

    return len(texts) / best_seconds(run, rounds=3)


if __name__ == "__main__":
    main()
