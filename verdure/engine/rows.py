"""What is searched by scanning: one row for each document, with its vectors and facts, in append-only files.

A commit appends to the files and then replaces `manifest.json`, which says how much of each file counts; whatever
lies beyond it was never committed and is cut off by the next writer. A later row of the same id replaces the earlier
one, and a row marked `deleted` removes it, so a kill at any moment leaves the last commit readable. `compact` writes
the living rows to files of a new base name. Files of one base:

    rows-<base>.bin      ROW records, in order of arrival
    facts-<base>.bin     uint32 numbers of facts, those of a row next to each other
    values-<base>.jsonl  the fact of each number: line 0 is fact 0
    vectors-<base>.bin   float32, `dimension` a row, those of a document next to each other, whole text first
    codes-<base>.bin     int8, `dimension` for each record: its first vector once more, for scanning very many
    signs-<base>.bin     bits: which of these are above 0, in whole uint64, for scanning all before some
    terms-<base>.bin     TERM records: how often each stem and each concept occurs in a document
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verdure.engine import kernels
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
        ("scale", "<f4"),
        ("term", "<i8"),
        ("terms", "<i4"),
        ("length", "<i4"),
        ("published", "<i4"),
        ("deadline", "<i4"),
        ("readiness", "<i2"),
        ("technology", "?"),
        ("deleted", "?"),
    ]
)
TERM = np.dtype([("stem", "<u4"), ("count", "<u2"), ("concept", "?")])
"""`stem` is a digest of 32 bits, that of a concept's id where `concept`; see `rows_writer.stem_digest`."""

NO_ORGANISATION = -1
EXACT = 100_000
"""Vectors up to which every one is compared as it is; of more the signs, then the likely ones' codes, then the best."""

BLOCK = 8192
"""Documents handled at a time when rows are copied."""

SCANNERS = min(4, os.cpu_count() or 1)
_scanners = ThreadPoolExecutor(SCANNERS, thread_name_prefix="scan")


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
    terms: int = 0

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

    @property
    def sign_words(self) -> int:
        return -(-self.dimension // 64)

    def sizes(self) -> dict[str, int]:
        """Committed bytes of each file."""
        return {
            "rows": self.rows * ROW.itemsize,
            "facts": self.facts * 4,
            "values": self.values,
            "vectors": self.vectors * self.dimension * 4,
            "codes": self.rows * self.dimension,
            "signs": self.rows * self.sign_words * 8,
            "terms": self.terms * TERM.itemsize,
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
        self._codes = _mapped(manifest, folder, "codes", np.int8, (manifest.rows, manifest.dimension))
        self._signs = _mapped(manifest, folder, "signs", np.uint64, (manifest.rows, manifest.sign_words))
        self._terms = _mapped(manifest, folder, "terms", TERM, (manifest.terms,))
        self._living = _living(self._records)
        living = self._records[self._living]
        self.ids: NDArray[np.int64] = living["id"].copy()
        self.digests: NDArray[np.int64] = living["digest"].copy()
        self.organisation: NDArray[np.int64] = living["organisation"].copy()
        self.published: NDArray[np.int32] = living["published"].copy()
        self.deadline: NDArray[np.int32] = living["deadline"].copy()
        self.readiness: NDArray[np.int16] = living["readiness"].copy()
        self.technology: NDArray[np.bool_] = living["technology"].copy()
        self._scales: NDArray[np.float32] = np.ascontiguousarray(self._records["scale"])
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
        numbers: NDArray[np.uint32] = every[_ranges(living["fact"], counts)]
        row_of_fact = np.repeat(np.arange(len(living), dtype=np.int32), counts)
        self.facts: list[Fact] = read_values(folder, self.manifest)
        self._number = {fact: number for number, fact in enumerate(self.facts)}
        self._named = _by_name(self.facts)
        order, self._bounds = kernels.grouped(numbers, len(self.facts))
        self._rows_by_fact: NDArray[np.int32] = row_of_fact[order]
        self._fact_numbers = numbers
        self._fact_starts: NDArray[np.int64] = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])

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
                mask[self._rows_by_fact[self._bounds[number] : self._bounds[number + 1]]] = True
        return mask

    def with_any(self, name: str) -> NDArray[np.bool_]:
        """Mask over rows that have any fact of that name."""
        return self.with_facts(name, [self.facts[number][1] for number in self.facts_named(name).tolist()])

    def facts_named(self, name: str) -> NDArray[np.int64]:
        """The places in `facts` of those with that name."""
        return self._named.get(name, np.zeros(0, dtype=np.int64))

    @property
    def counts_of_facts(self) -> NDArray[np.int64]:
        """For each fact of `facts`, how many rows have it."""
        return np.diff(self._bounds)

    def fact_counts(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """For each fact of `facts`, how many of the rows at these places have it."""
        if len(places) == len(self):
            return self.counts_of_facts
        starts = self._fact_starts[places]
        chosen = self._fact_numbers[_ranges(starts, (self._fact_starts[places + 1] - starts))]
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
        """Cosine of each row's best passage with a query vector (dimension,); -1 for a row without vectors.

        It reads every vector: where there are more than `EXACT`, go by `estimates`, then `likeness`, then `refined`.
        """
        best = np.full(len(self._records), -1, dtype=np.float32)
        holding = np.flatnonzero(self._records["vectors"] > 0)
        if len(holding):
            best[holding] = np.maximum.reduceat(self._vectors @ query, self._records["vector"][holding])
        living: NDArray[np.float32] = best[self._living]
        return living

    def estimates(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Numbers that grow with the likeness of each row's whole text to a query vector, from the signs of its vector.

        Of 20,000 vectors of the benchmark, the ten nearest are among the best thirty-second part, the hundred to 98 %.
        """
        found = np.empty(len(self), dtype=np.float32)
        planes, least, step = kernels.planes(query)
        part = -(-len(self) // SCANNERS)

        def sift(start: int) -> None:
            some = slice(start, start + part)
            kernels.sift(self._signs, self._living[some], planes, least, step, found[some])

        list(_scanners.map(sift, range(0, len(self), max(1, part))))
        return found

    def likeness(self, query: NDArray[np.float32], places: NDArray[np.int64]) -> NDArray[np.float32]:
        """Cosine of the whole text of each row at `places` (m,), from its code: within 0.01 or so; -1 without one."""
        codes, scales = kernels.quantised(query[np.newaxis])
        found = np.empty(len(places), dtype=np.float32)
        kernels.scan(self._codes, self._scales, self._living[places], codes[0].astype(np.int16), scales[0], found)
        return found

    def terms_of(self, places: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[np.int32]]:
        """Of the rows at `places` (m,): where the stems of each begin (m + 1,), their TERM records, the lengths (m,).

        A length is the number of stems, with repetitions, of all language versions. Concepts are left out.
        """
        records = self._records[self._living[places]]
        terms = self._terms[_ranges(records["term"], records["terms"])]
        starts = np.concatenate([[0], np.cumsum(records["terms"], dtype=np.int64)])
        stems = ~terms["concept"]
        before = np.concatenate([[0], np.cumsum(stems)])
        return before[starts], terms[stems], records["length"].copy()

    def held(
        self, places: NDArray[np.int64], forms: Sequence[Sequence[int]], weights: Sequence[float]
    ) -> NDArray[np.float32]:
        """For each row at `places` (m,) the sum of the weights of the words of which it has a form's digest."""
        records = self._records[self._living[places]]
        digests = np.array([digest for word in forms for digest in word], dtype=np.uint32)
        bounds = np.cumsum([0, *map(len, forms)], dtype=np.int64)
        found = np.empty(len(places), dtype=np.float32)
        starts, counts = np.ascontiguousarray(records["term"]), np.ascontiguousarray(records["terms"])
        words = np.array(weights, dtype=np.float32)
        kernels.held(np.asarray(self._terms), starts, counts, digests, bounds, words, found)
        return found

    def refined(self, query: NDArray[np.float32], places: NDArray[np.int64]) -> NDArray[np.float32]:
        """Exact cosine of the best passage of each row at `places` (m,); -1 for a row without vectors."""
        records = self._records[self._living[places]]
        best = np.empty(len(places), dtype=np.float32)
        starts, counts = np.ascontiguousarray(records["vector"]), np.ascontiguousarray(records["vectors"])
        kernels.nearest(np.asarray(self._vectors), starts, counts, query, best)
        return best

    @property
    def is_exact(self) -> bool:
        """Whether `similarities` needs no refining."""
        return self.manifest.vectors <= EXACT

    def blocks(self) -> Iterator[dict[str, NDArray[Any]]]:
        """The living rows, some thousands at a time, in order: what each file holds of them."""
        facts = _mapped(self.manifest, self._folder, "facts", np.uint32, (self.manifest.facts,))
        for start in range(0, len(self), BLOCK):
            living = self._living[start : start + BLOCK]
            records = self._records[living]
            yield {
                "rows": records.copy(),
                "facts": facts[_ranges(records["fact"], records["facts"])],
                "vectors": self._vectors[_ranges(records["vector"], records["vectors"])],
                "codes": self._codes[living],
                "signs": self._signs[living],
                "terms": self._terms[_ranges(records["term"], records["terms"])],
            }


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


def _by_name(facts: list[Fact]) -> dict[str, NDArray[np.int64]]:
    found: dict[str, list[int]] = {}
    for number, (name, _) in enumerate(facts):
        found.setdefault(name, []).append(number)
    return {name: np.array(numbers, dtype=np.int64) for name, numbers in found.items()}


def read_values(folder: Path, manifest: Manifest) -> list[Fact]:
    path = manifest.path(folder, "values")
    with path.open("rb") as file:
        content = file.read(manifest.values)
    if len(content) < manifest.values:
        raise IndexDamaged(f"{path}: shorter than its commit record says")
    pairs = (json.loads(line) for line in content.decode("utf-8").split("\n") if line)
    return [(name, value) for name, value in pairs]
