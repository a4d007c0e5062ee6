"""What peers are built from: the same texts, facts and vectors as our index, streamed, and a mark when one is done."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap

from benchmarks.build import Built
from benchmarks.questions import Vector
from verdure.engine.documents import Document

BATCH = 1024
DONE = "done.json"


class PeerLeftOut(Exception):
    """This peer cannot run here; the message says why."""


@dataclass(frozen=True, slots=True)
class Item:
    """A document as peers keep it: all its text in one field, one vector for the whole."""

    document: Document
    text: str
    vector: Vector


class Material:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.peers = folder / "peers"

    @cached_property
    def built(self) -> Built:
        """Costs memory, so it is only read by those that build."""
        return Built(self.folder)

    def items(self) -> Iterator[Item]:
        documents = self.built.collection.documents(self.built.made.count)
        while batch := list(islice(documents, BATCH)):
            texts = [_text_of(document) for document in batch]
            vectors = self.built.encoder.encode_passages(texts)
            for document, text, vector in zip(batch, texts, vectors, strict=True):
                yield Item(document, text, vector)

    def vectors(self) -> Path:
        """float32, a row for each document in the order of the ids."""
        path = self.peers / "vectors.npy"
        with built_once(self.peers / "vectors") as missing:
            if missing:
                shape = (self.built.made.count, self.built.encoder.dimension)
                rows = open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
                for place, item in enumerate(self.items()):
                    rows[place] = item.vector
                rows.flush()
        return path


def _text_of(document: Document) -> str:
    return "\n".join(f"{text.title}. {text.summary} {text.body} {' '.join(text.keywords)}" for text in document.texts)


@contextmanager
def built_once(folder: Path) -> Iterator[bool]:
    """Yields whether the folder is still to be filled; marks it done, with the seconds it took."""
    missing = not (folder / DONE).exists()
    folder.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    yield missing
    if missing:
        (folder / DONE).write_text(json.dumps({"seconds": round(time.perf_counter() - started, 1)}) + "\n")


def seconds_to_build(peer: Path) -> float | None:
    """What filling a peer took, when it was filled; None where nothing had to be built."""
    for folder in (peer, peer / "filled"):
        if (folder / DONE).exists():
            return float(json.loads((folder / DONE).read_text())["seconds"])
    return None
