"""Writing the files that `rows` reads: append, commit, compact."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from verdure.engine import kernels
from verdure.engine.documents import TECHNOLOGY, Document
from verdure.engine.facts import Fact, facts_of
from verdure.engine.rows import MANIFEST, NO_ORGANISATION, ROW, TERM, Manifest, Rows, read_values

WASTE_SHARE = 0.3
"""Share of dead records from which `compact_if_wasteful` rewrites the files."""

WASTE_FLOOR = 1000

MOST_COUNTED = 2**16 - 1
"""Occurrences of a stem in one document that a TERM record can count."""

NOTHING = np.zeros((0, 0), dtype=np.int8)


@dataclass(frozen=True, slots=True)
class NewRow:
    """A document to be added: `vectors` is float32 (k, dimension), k = 0 without an encoder; `stems` all its stems,
    `concepts` how often it names each concept."""

    document: Document
    digest: int
    vectors: NDArray[np.float32]
    stems: Sequence[str] = ()
    concepts: Mapping[str, int] = field(default_factory=dict)


class RowsWriter:
    """The one writer of a folder of rows. What is appended becomes visible and safe with `commit`.

    `digests` maps the id of each document that is there to its digest.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open()

    @classmethod
    def start(cls, folder: Path, manifest: Manifest) -> None:
        """Make the empty files of a folder, unless it has been made."""
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / MANIFEST).exists():
            for name in manifest.sizes():
                manifest.path(folder, name).write_bytes(b"")
            manifest.write(folder)

    def _open(self) -> None:
        rows = Rows.open(self._folder)
        self.manifest = rows.manifest
        self.digests: dict[int, int] = dict(zip(rows.ids.tolist(), rows.digests.tolist(), strict=True))
        self._files: dict[str, BinaryIO] = {}
        for name, size in self.manifest.sizes().items():
            self._files[name] = self.manifest.path(self._folder, name).open("r+b")
            self._files[name].truncate(size)
            self._files[name].seek(size)
        self._number: dict[Fact, int] = {f: i for i, f in enumerate(read_values(self._folder, self.manifest))}
        self._next = self.manifest

    def append(self, rows: Sequence[NewRow], *, without: Iterable[int] = ()) -> None:
        """Add rows, each in place of an earlier one of its id; then remove the documents of the ids `without`."""
        for row in rows:
            self._append_row(row)
            self.digests[row.document.id] = row.digest
        for gone in without:
            if self.digests.pop(gone, None) is not None:
                self._write_record(_record(id=gone, deleted=True), NOTHING)

    def _append_row(self, row: NewRow) -> None:
        numbers = np.array([self._number_of(fact) for fact in facts_of(row.document)], dtype=np.uint32)
        codes, scales = kernels.quantised(row.vectors[:1])
        terms = term_counts(row.stems, row.concepts)
        start = self._next
        self._files["facts"].write(numbers.tobytes())
        self._files["vectors"].write(np.ascontiguousarray(row.vectors, dtype=np.float32).tobytes())
        self._files["terms"].write(terms.tobytes())
        self._next = replace(
            start,
            facts=start.facts + len(numbers),
            vectors=start.vectors + len(row.vectors),
            terms=start.terms + len(terms),
        )
        record = _record(
            **_columns(row.document),
            digest=row.digest,
            fact=start.facts,
            facts=len(numbers),
            vector=start.vectors,
            vectors=len(row.vectors),
            scale=float(scales[0]) if len(scales) else 0.0,
            term=start.terms,
            terms=len(terms),
            length=len(row.stems),
        )
        self._write_record(record, codes)

    def _write_record(self, record: NDArray[Any], codes: NDArray[np.int8]) -> None:
        self._files["rows"].write(record.tobytes())
        codes = codes if len(codes) else np.zeros((1, self.manifest.dimension), dtype=np.int8)
        self._files["codes"].write(codes.tobytes())
        self._files["signs"].write(kernels.signs(codes).tobytes())
        self._next = replace(self._next, rows=self._next.rows + 1)

    def _number_of(self, fact: Fact) -> int:
        if fact not in self._number:
            line = _line(fact)
            self._files["values"].write(line)
            self._next = replace(self._next, values=self._next.values + len(line))
            self._number[fact] = len(self._number)
        return self._number[fact]

    def commit(self) -> None:
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        self._next.write(self._folder)
        self.manifest = self._next

    def rollback(self) -> None:
        """Forget what was not committed."""
        self.close()
        self._open()

    def compact_if_wasteful(self) -> bool:
        """Compact when enough records no longer count; call it after a commit."""
        waste = self.manifest.rows - len(self.digests)
        wasteful = waste > WASTE_FLOOR and waste > WASTE_SHARE * self.manifest.rows
        if wasteful:
            self.compact()
        return wasteful

    def compact(self) -> None:
        """Rewrite the living rows under a new base; readers of the old files keep them until they let go."""
        before = self.manifest
        after = _write_compacted(Rows.open(self._folder), self._folder)
        after.write(self._folder)
        self.rollback()
        for name in before.sizes():
            before.path(self._folder, name).unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the files; what was not committed is cut off by the next writer."""
        for file in self._files.values():
            file.close()


def _columns(document: Document) -> dict[str, int | bool]:
    return {
        "id": document.id,
        "organisation": NO_ORGANISATION if document.organisation is None else document.organisation,
        "published": document.published.toordinal() if document.published else 0,
        "deadline": document.deadline.toordinal() if document.deadline else 0,
        "readiness": (document.readiness if document.kind == TECHNOLOGY else document.readiness_min) or 0,
        "technology": document.kind == TECHNOLOGY,
    }


def term_counts(stems: Sequence[str], concepts: Mapping[str, int]) -> NDArray[Any]:
    """How often each stem and each concept occurs, as TERM records in order of their digests."""
    digests, counts = np.unique(
        np.fromiter(map(stem_digest, stems), dtype=np.uint32, count=len(stems)), return_counts=True
    )
    terms = np.zeros(len(digests) + len(concepts), dtype=TERM)
    terms["stem"] = [*digests, *map(concept_digest, concepts)]
    terms["count"] = np.minimum([*counts, *concepts.values()], MOST_COUNTED)
    terms["concept"][len(digests) :] = True
    return terms[np.argsort(terms["stem"], kind="stable")]


@lru_cache(maxsize=200_000)
def stem_digest(stem: str) -> int:
    """32 bits; two stems of a collection may share them, which makes them one in matching, and is rare."""
    return zlib.crc32(stem.encode("utf-8", "surrogatepass"))


def concept_digest(concept: str) -> int:
    return stem_digest(f"\0{concept}")


def _record(**columns: float) -> NDArray[Any]:
    return np.array([tuple(columns.get(name, 0) for name in ROW.names or ())], dtype=ROW)


def _line(fact: Fact) -> bytes:
    return (json.dumps(fact) + "\n").encode("ascii")


def _write_compacted(rows: Rows, folder: Path) -> Manifest:
    """Write the living rows beside the old files; the manifest returned makes them count once it is written."""
    values = b"".join(_line(fact) for fact in rows.facts)
    before = rows.manifest
    after = replace(before, base=before.base + 1, rows=0, facts=0, vectors=0, terms=0, values=len(values))
    files = {name: after.path(folder, name).open("wb") for name in after.sizes()}
    files["values"].write(values)
    for block in rows.blocks():
        records = block["rows"]
        for one, many in (("fact", "facts"), ("vector", "vectors"), ("term", "terms")):
            records[one] = getattr(after, many) + _starts(records[many])
        for name, data in block.items():
            files[name].write(data.tobytes())
        sizes = {name: getattr(after, name) + len(block[name]) for name in ("rows", "facts", "vectors", "terms")}
        after = replace(after, **sizes)
    for file in files.values():
        file.flush()
        os.fsync(file.fileno())
        file.close()
    return after


def _starts(counts: NDArray[np.int32]) -> NDArray[np.int64]:
    return np.cumsum(counts, dtype=np.int64) - counts
