"""Texts into vectors: any sentence encoder kept as `model.onnx` with `tokenizer.json`, run by onnxruntime.

One text is one run of the graph on one thread, and several texts run side by side; a long query, alone, is read by
several. So nothing is ever padded, and the vector of a text cannot depend on the texts it was sent with; in a batch it
would, because dynamic int8 quantisation takes its scale from the whole batch. Measured on two cores, batches of 8 or 32
were slower than this as well.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

Vectors = NDArray[np.float32]
Pooling = Literal["mean", "cls", "last"]
Reason = Literal["missing", "refused", "settings", "tokenizer", "graph", "output", "dimension", "unreachable"]

TokenType = type[np.int64] | type[np.int32]

INPUT_TYPES: dict[str, TokenType] = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
KNOWN_INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids")
DESCRIPTION = "model.json"

LONG = 48
"""Tokens from which a text that somebody waits for is read by several threads."""

MOST_SHARING = 4
"""Threads that read one text; more gain little."""


class ModelUnusable(Exception):
    """No vectors can be had from this model. `reason` is for programs, the message for a person who can mend it."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Encoder(Protocol):
    """Gives unit vectors. Two encoders with the same `identity` give the same vector for the same text."""

    @property
    def identity(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Shape (texts, dimension), rows of length 1, in the order given."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (texts, dimension), rows of length 1, in the order given."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """A folder with `model.onnx` and `tokenizer.json`, and how its makers mean it to be used.

    `dimension` is checked when given, else taken from the graph. `max_tokens` includes the special tokens.
    `languages` are those it understands, none named for all.
    """

    folder: Path
    pooling: Pooling = "mean"
    query_prefix: str = ""
    passage_prefix: str = ""
    dimension: int | None = None
    max_tokens: int = 256
    languages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.pooling not in get_args(Pooling):
            raise ModelUnusable("settings", f"Pooling is one of mean, cls and last, not {self.pooling!r}.")
        if self.max_tokens < 3:
            raise ModelUnusable("settings", f"max_tokens is {self.max_tokens}: that leaves no room for a word.")

    @classmethod
    def read(cls, folder: Path) -> ModelSpec:
        """What `model.json` in the folder says; without that file, the defaults."""
        try:
            said = dict(json.loads((folder / DESCRIPTION).read_bytes()))
            known = {name: said[name] for name in cls.__dataclass_fields__ if name != "folder" and name in said}
            return cls(folder=folder, **{**known, "languages": tuple(known.get("languages", ()))})
        except FileNotFoundError:
            return cls(folder=folder)
        except (ValueError, TypeError) as error:
            raise ModelUnusable("settings", f"{folder / DESCRIPTION} cannot be read: {error}") from error

    def as_json(self) -> dict[str, str | int | tuple[str, ...] | None]:
        """What `read` reads back."""
        return {name: getattr(self, name) for name in type(self).__dataclass_fields__ if name != "folder"}


def identity_of(spec: ModelSpec) -> str:
    """SHA-256 over all that a vector depends on: graph with its weights, tokenizer, pooling, prefixes, length."""
    said = {**spec.as_json(), "dimension": None}
    del said["languages"]
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    for path in (*sorted(spec.folder.glob("model.onnx*")), spec.folder / "tokenizer.json"):
        with path.open("rb") as file:
            digest.update(f"\n{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}".encode())
    return digest.hexdigest()


def load_encoder(spec: ModelSpec, *, threads: int = 0) -> Encoder:
    """The encoder that `spec` names, after one trial run.

    `threads` texts are encoded at a time; 0 means as many as there are cores this process may use.
    Raises ModelUnusable when a file is missing or damaged, or graph, tokenizer and settings do not fit together.
    """
    for name in ("model.onnx", "tokenizer.json"):
        if not (spec.folder / name).is_file():
            raise ModelUnusable("missing", f"There is no {name} in {spec.folder}.")
    try:
        identity = identity_of(spec)
    except OSError as error:
        raise ModelUnusable("missing", f"The model in {spec.folder} cannot be read: {error}") from error
    return OnnxEncoder(
        spec=spec,
        identity=identity,
        graph=_Graph(spec),
        tokenizer=_tokenizer(spec),
        threads=threads or _cores(),
    )


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _tokenizer(spec: ModelSpec) -> Tokenizer:
    path = spec.folder / "tokenizer.json"
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises plain Exception
        raise ModelUnusable("tokenizer", f"{path} is not a tokenizer that can be read: {error}") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(spec.max_tokens)
    return tokenizer


class _Graph:
    """An onnxruntime session that takes token numbers and gives back token states or one sentence vector."""

    def __init__(self, spec: ModelSpec, threads: int = 1) -> None:
        self.path = spec.folder / "model.onnx"
        self.session = self._open(threads)
        self.inputs = {value.name: self._input_type(value) for value in self.session.get_inputs()}
        if "input_ids" not in self.inputs:
            raise ModelUnusable("graph", f"{self.path} has no input named input_ids.")
        self.outputs: list[str] = [value.name for value in self.session.get_outputs()]

    def _open(self, threads: int) -> Any:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            return onnxruntime.InferenceSession(self.path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # each of the library's exceptions is a class of its own
            raise ModelUnusable("graph", f"onnxruntime cannot open {self.path}: {error}") from error

    def _input_type(self, value: Any) -> TokenType:
        if value.name not in KNOWN_INPUTS or value.type not in INPUT_TYPES:
            raise ModelUnusable(
                "graph",
                f"{self.path} wants {value.name} as {value.type}; a sentence encoder takes whole numbers named "
                f"{', '.join(KNOWN_INPUTS)}.",
            )
        return INPUT_TYPES[value.type]

    def run(self, ids: Sequence[int]) -> list[Vectors]:
        """Each of `outputs`: token states, shape (tokens, dimension), or a sentence vector, shape (dimension,)."""
        rows = {
            "input_ids": ids,
            "attention_mask": [1] * len(ids),
            "token_type_ids": [0] * len(ids),
            "position_ids": range(len(ids)),
        }
        feed = {name: np.array([rows[name]], dtype=kind) for name, kind in self.inputs.items()}
        return [np.asarray(output[0], dtype=np.float32) for output in self.session.run(self.outputs, feed)]

    def try_out(self, ids: Sequence[int]) -> int:
        """The dimension found by a run on `ids`. Keeps one output: token states if there are any."""
        try:
            found = dict(zip(self.outputs, self.run(ids), strict=True))
        except Exception as error:  # as above
            raise ModelUnusable(
                "graph", f"{self.path} does not run on {len(ids)} tokens of its tokenizer: {error}"
            ) from error
        for rank in (2, 1):
            for name, state in found.items():
                if state.ndim == rank and (rank == 1 or len(state) == len(ids)):
                    self.outputs = [name]
                    return self._dimension(state)
        raise ModelUnusable("output", f"{self.path} gives neither token states nor sentence vectors.")

    def _dimension(self, state: Vectors) -> int:
        if not np.isfinite(state).all():
            raise ModelUnusable("output", f"{self.path} gives vectors that are not finite numbers.")
        return int(state.shape[-1])


class OnnxEncoder:
    """The `Encoder` of a local ONNX graph. Safe to share between threads; make one per process."""

    def __init__(self, *, spec: ModelSpec, identity: str, graph: _Graph, tokenizer: Tokenizer, threads: int) -> None:
        self.spec = spec
        self.identity = identity
        self.languages = spec.languages
        self._graph = graph
        self._tokenizer = tokenizer
        self._threads = threads
        self._wide: _Graph | None = None
        self._opening = threading.Lock()
        self.dimension = graph.try_out([max(tokenizer.get_vocab_size() - 1, 0)] * spec.max_tokens)
        if spec.dimension not in (None, self.dimension):
            raise ModelUnusable(
                "dimension", f"{graph.path} gives {self.dimension} numbers a text; the settings say {spec.dimension}."
            )

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Somebody waits for one text, so that a long one is read by several threads."""
        return self._encode([self.spec.query_prefix + text for text in texts], alone=len(texts) == 1)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self.spec.passage_prefix + text for text in texts])

    def _encode(self, texts: Sequence[str], *, alone: bool = False) -> Vectors:
        """Longest first, so that no thread is left alone with a long text at the end."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda row: -len(tokens[row]))
        if len(order) < 2 or self._threads < 2:
            for row in order:
                wide = alone and self._threads > 1 and len(tokens[row]) >= LONG
                vectors[row] = self._vector(tokens[row], self._wide_graph() if wide else self._graph)
            return vectors
        with ThreadPoolExecutor(min(self._threads, len(order)), thread_name_prefix="encode") as pool:
            for row, vector in zip(
                order, pool.map(lambda row: self._vector(tokens[row], self._graph), order), strict=True
            ):
                vectors[row] = vector
        return vectors

    def _wide_graph(self) -> _Graph:
        """The same graph once more, opened when it is first wanted: how many threads share a run is fixed then."""
        with self._opening:
            if self._wide is None:
                self._wide = _Graph(self.spec, min(self._threads, MOST_SHARING))
                self._wide.outputs = self._graph.outputs
            return self._wide

    def _vector(self, ids: Sequence[int], graph: _Graph) -> Vectors:
        """One unit vector; zeros for a text of which the tokenizer leaves no token."""
        if not ids:
            return np.zeros(self.dimension, dtype=np.float32)
        vector = self._pooled(graph.run(ids)[0])
        length = float(np.linalg.norm(vector))
        return vector / length if length else vector

    def _pooled(self, state: Vectors) -> Vectors:
        if state.ndim == 1:
            return state
        match self.spec.pooling:
            case "cls":
                return np.asarray(state[0])
            case "last":
                return np.asarray(state[-1])
            case "mean":
                return np.asarray(state.mean(axis=0))
