"""What is searched by scanning: one row for each document, with its vectors and facts, in append-only files.

A commit appends to the files and then replaces `manifest.json`, which says how much of each file counts; whatever
lies beyond it was never committed and is cut off by the next writer. A later row of the same id replaces the earlier
one, and a row marked `deleted` removes it, so a kill at any moment leaves the last commit readable. `compact` writes
the living rows to files of a new base name. Files of one base:

    rows-<base>.bin      ROW records, in order of arrival
    facts-<base>.bin     uint32 numbers of facts, those of a row next to each other
    values-<base>.jsonl  the fact of each number: line 0 is fact 0
    vectors-<base>.bin   float32, `dimension` a row, those of a document next to each other, whole text first
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verdure.engine.documents import IndexDamaged, IndexMissing
from verdure.engine.facts import Fact

MANIFEST = "manifest.json"
ROW = np.dtype(
    [
        ("id", "<i8"),
        ("digest", "<i8"),
        ("organisation", "<i8"),
        ("fact", "<i8"),
        ("facts", "<i4"),
        ("vector", "<i8"),
        ("vectors", "<i4"),
        ("published", "<i4"),
        ("deadline", "<i4"),
        ("readiness", "<i2"),
        ("technology", "?"),
        ("deleted", "?"),
    ]
)
NO_ORGANISATION = -1
BLOCK = 8192
"""Documents handled at a time when rows are copied."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """How much of each file is committed. `settings` is what the rows were made with, unrelated see `background`."""

    settings: str
    dimension: int
    unrelated_mean: float = 0.0
    unrelated_spread: float = 0.1
    base: int = 1
    rows: int = 0
    facts: int = 0
    values: int = 0
    vectors: int = 0

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        try:
            return cls(**json.loads((folder / MANIFEST).read_text("utf-8")))
        except FileNotFoundError as error:
            raise IndexMissing(str(folder)) from error
        except (ValueError, TypeError) as error:
            raise IndexDamaged(f"{folder / MANIFEST}: {error}") from error

    def write(self, folder: Path) -> None:
        draft = folder / f"{MANIFEST}.new"
        with draft.open("w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / MANIFEST)
        sync_folder(folder)

    def path(self, folder: Path, name: str) -> Path:
        return folder / f"{name}-{self.base:06d}.{'jsonl' if name == 'values' else 'bin'}"

    def sizes(self) -> dict[str, int]:
        """Committed bytes of each file."""
        return {
            "rows": self.rows * ROW.itemsize,
            "facts": self.facts * 4,
            "values": self.values,
            "vectors": self.vectors * self.dimension * 4,
        }


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Rows:
    """One commit as arrays over the n living documents, in order of arrival. Immutable, shared between threads.

    `ids`, `organisation`, `published` and `deadline` (days since year 1, 0 for none), `readiness` (a technology's
    level or the least a need accepts, 0 for none) and `technology` are (n,). Vectors stay in the file and are read
    through the page cache.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.manifest = manifest
        self._folder = folder
        self._records = _mapped(manifest, folder, "rows", ROW, (manifest.rows,))
        self._vectors = _mapped(manifest, folder, "vectors", np.float32, (manifest.vectors, manifest.dimension))
        self._living = _living(self._records)
        living = self._records[self._living]
        self.ids: NDArray[np.int64] = living["id"].copy()
        self.digests: NDArray[np.int64] = living["digest"].copy()
        self.organisation: NDArray[np.int64] = living["organisation"].copy()
        self.published: NDArray[np.int32] = living["published"].copy()
        self.deadline: NDArray[np.int32] = living["deadline"].copy()
        self.readiness: NDArray[np.int16] = living["readiness"].copy()
        self.technology: NDArray[np.bool_] = living["technology"].copy()
        self._order = np.argsort(self.ids, kind="stable")
        self._sorted = self.ids[self._order]
        self._load_facts(folder, living)

    @classmethod
    def open(cls, folder: Path) -> Rows:
        for _ in range(5):
            manifest = Manifest.read(folder)
            try:
                return cls(folder, manifest)
            except FileNotFoundError:
                continue  # compacted between the two reads
        raise IndexDamaged(f"{folder}: files of the last commit are missing")

    def __len__(self) -> int:
        return len(self.ids)

    def _load_facts(self, folder: Path, living: NDArray[Any]) -> None:
        every = _mapped(self.manifest, folder, "facts", np.uint32, (self.manifest.facts,))
        counts = living["facts"]
        self._fact_numbers: NDArray[np.uint32] = every[_ranges(living["fact"], counts)]
        self._row_of_fact = np.repeat(np.arange(len(living), dtype=np.int32), counts)
        self._by_fact = np.argsort(self._fact_numbers, kind="stable").astype(np.int32)
        self.facts: list[Fact] = read_values(folder, self.manifest)
        self._number = {fact: number for number, fact in enumerate(self.facts)}
        self._bounds = np.searchsorted(self._fact_numbers[self._by_fact], np.arange(len(self.facts) + 1))

    def places(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The row of each id, -1 where it is not there."""
        if not len(self):
            return np.full(len(ids), -1, dtype=np.int64)
        near = np.minimum(np.searchsorted(self._sorted, ids), len(self) - 1)
        return np.where(self._sorted[near] == ids, self._order[near], -1)

    def place(self, identifier: int) -> int:
        return int(self.places(np.array([identifier], dtype=np.int64))[0])

    def with_facts(self, name: str, values: Iterable[str]) -> NDArray[np.bool_]:
        """Mask over rows that have any of the values."""
        mask = np.zeros(len(self), dtype=np.bool_)
        for value in values:
            number = self._number.get((name, value))
            if number is not None:
                entries = self._by_fact[self._bounds[number] : self._bounds[number + 1]]
                mask[self._row_of_fact[entries]] = True
        return mask

    def with_any(self, name: str) -> NDArray[np.bool_]:
        """Mask over rows that have any fact of that name."""
        return self.with_facts(name, [value for other, value in self.facts if other == name])

    @property
    def counts_of_facts(self) -> NDArray[np.int64]:
        """For each fact of `facts`, how many rows have it."""
        return np.diff(self._bounds)

    def fact_counts(self, rows: NDArray[np.bool_]) -> NDArray[np.int64]:
        """For each fact of `facts`, how many of the rows in the mask have it."""
        chosen = self._fact_numbers[rows[self._row_of_fact]]
        return np.bincount(chosen, minlength=len(self.facts))

    @property
    def has_vectors(self) -> bool:
        return self.manifest.vectors > 0

    def vectors_of(self, row: int) -> NDArray[np.float32]:
        """The vectors of one document (k, dimension), whole text first."""
        record = self._records[self._living[row]]
        start = int(record["vector"])
        return np.asarray(self._vectors[start : start + int(record["vectors"])])

    def first_vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The whole-text vector of each row (n, dimension); zeros for a row without."""
        records = self._records[self._living[rows]]
        found = np.zeros((len(rows), self.manifest.dimension), dtype=np.float32)
        some = records["vectors"] > 0
        found[some] = self._vectors[records["vector"][some]]
        return found

    def similarities(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosine of each row's best passage with a query vector (dimension,): an exact scan of all vectors.

        A row without vectors gets -1.
        """
        best = np.full(len(self._records), -1, dtype=np.float32)
        holding = np.flatnonzero(self._records["vectors"] > 0)
        if len(holding):
            best[holding] = np.maximum.reduceat(self._vectors @ query, self._records["vector"][holding])
        living: NDArray[np.float32] = best[self._living]
        return living

    def blocks(self) -> Iterator[tuple[NDArray[Any], NDArray[np.uint32], NDArray[np.float32]]]:
        """The living rows as records, fact numbers and vectors, some thousands at a time, in order."""
        facts = _mapped(self.manifest, self._folder, "facts", np.uint32, (self.manifest.facts,))
        for start in range(0, len(self), BLOCK):
            records = self._records[self._living[start : start + BLOCK]]
            chosen = facts[_ranges(records["fact"], records["facts"])]
            yield records.copy(), chosen, self._vectors[_ranges(records["vector"], records["vectors"])]


def _mapped(manifest: Manifest, folder: Path, name: str, dtype: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    path, wanted = manifest.path(folder, name), manifest.sizes()[name]
    if path.stat().st_size < wanted:
        raise IndexDamaged(f"{path}: shorter than its commit record says")
    return np.memmap(path, dtype=dtype, mode="r", shape=shape) if wanted else np.zeros(shape, dtype=dtype)


def _living(records: NDArray[Any]) -> NDArray[np.int64]:
    """Places of the records that count: the last of each id, unless it deletes."""
    ids = np.asarray(records["id"])[::-1]
    _, first = np.unique(ids, return_index=True)
    last = np.sort(len(ids) - 1 - first)
    alive: NDArray[np.int64] = last[~np.asarray(records["deleted"])[last]]
    return alive


def _ranges(starts: NDArray[np.int64], counts: NDArray[np.int32]) -> NDArray[np.int64]:
    """All numbers start, start + 1, … of each range, one range after the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    numbers: NDArray[np.int64] = np.arange(total, dtype=np.int64) + np.repeat(starts - (ends - counts), counts)
    return numbers


def read_values(folder: Path, manifest: Manifest) -> list[Fact]:
    path = manifest.path(folder, "values")
    with path.open("rb") as file:
        content = file.read(manifest.values)
    if len(content) < manifest.values:
        raise IndexDamaged(f"{path}: shorter than its commit record says")
    pairs = (json.loads(line) for line in content.decode("utf-8").split("\n") if line)
    return [(name, value) for name, value in pairs]
