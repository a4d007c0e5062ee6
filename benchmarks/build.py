"""Builds an index of made documents: `python -m benchmarks.build FOLDER --count 100000`. Interrupted, it goes on.

The folder holds `index/` and `made.json`, which says how it was made; `benchmarks.search` and others open it by that.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from benchmarks.collection import Collection
from benchmarks.descriptions import SYSTEM
from benchmarks.encoder import StandIn
from verdure.engine.documents import Document
from verdure.engine.index import Index
from verdure.engine.writer import IndexWriter

MADE = "made.json"
STEP = 2048


@dataclass(frozen=True, slots=True)
class Made:
    """How a folder was made. `seconds` of writing, generating included; 0 until the build is complete."""

    count: int
    seed: int
    translations: str
    seconds: float = 0.0

    @classmethod
    def read(cls, folder: Path) -> Made:
        return cls(**json.loads((folder / MADE).read_text()))

    def write(self, folder: Path) -> None:
        (folder / MADE).write_text(json.dumps(asdict(self)) + "\n")

    def collection(self) -> Collection:
        return _collection(self.seed, self.translations)


@lru_cache(maxsize=1)
def _collection(seed: int, translations: str) -> Collection:
    return Collection(seed=seed, translations=Path(translations) if translations else None)


class Built:
    """A built folder, opened: its collection, its stand-in encoder, its index folder."""

    def __init__(self, folder: Path) -> None:
        self.made = Made.read(folder)
        if not self.made.seconds:
            raise SystemExit(f"{folder} is not finished: run the build again, it goes on where it was.")
        self.index_folder = folder / "index"
        self.collection = self.made.collection()
        self.encoder = StandIn(self.collection.words)


def build(folder: Path, made: Made) -> Made:
    """Brings the index in the folder to `made.count` documents; an existing smaller one of the same kind grows."""
    folder.mkdir(parents=True, exist_ok=True)
    before = _same_kind(folder, made)
    Made(made.count, made.seed, made.translations).write(folder)
    collection = made.collection()
    encoder = StandIn(collection.words)
    started = time.perf_counter()
    with IndexWriter(folder / "index", encoder) as writer:
        there = writer.count
        writer.rebuild(_told(collection.documents(made.count), made.count)) if there == 0 else None
        if 0 < there < made.count:
            writer.apply(_told(collection.documents(made.count, first=there + 1), made.count))
    seconds = time.perf_counter() - started + (before.seconds if before else 0.0)
    finished = Made(made.count, made.seed, made.translations, round(seconds, 1))
    finished.write(folder)
    return finished


def _same_kind(folder: Path, made: Made) -> Made | None:
    if not (folder / MADE).exists():
        return None
    before = Made.read(folder)
    if (before.seed, before.translations) != (made.seed, made.translations) or before.count > made.count:
        raise SystemExit(f"{folder} holds another collection ({before}): name another folder, or delete this one.")
    return before


def _told(documents: Iterator[Document], count: int) -> Iterator[Document]:
    started, first = time.perf_counter(), 0
    for document in documents:
        first = first or document.id
        if document.id % STEP == 0:
            speed = (document.id - first + 1) / (time.perf_counter() - started)
            print(f"\r{document.id:,} of {count:,}, {speed:.0f} a second", end="", flush=True)
        yield document
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--translations", type=Path, default=SYSTEM, help="folder that benchmarks.descriptions filled")
    asked = parser.parse_args()
    made = build(asked.folder, Made(asked.count, asked.seed, str(asked.translations)))
    state = Index(asked.folder / "index").state()
    print(f"{state.documents:,} documents, {state.vectors:,} vectors, {made.seconds:.0f} s")


if __name__ == "__main__":
    main()
