"""Writing the index: one process at a time, batch by batch, so that words and rows never disagree for long.

A batch commits the words first, then the rows. Its ids stand in a journal from before the first commit until after
the last; a writer that finds a journal puts the rows of those ids right from what the words hold. So after a kill at
any moment each document is wholly as before or wholly as after, once the next writer has opened the folder. The
caller repeats a batch that was not acknowledged: applying it twice is applying it once.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from verdure.engine import layout, passages, stored, text
from verdure.engine.background import SENTENCES, background_of
from verdure.engine.concepts import Thesaurus
from verdure.engine.documents import Document, EngineError, IndexDamaged, IndexMissing
from verdure.engine.lexical import LexicalWriter
from verdure.engine.query import NO_CONCEPTS
from verdure.engine.reading import Reading, languages_of
from verdure.engine.rows import MANIFEST, Manifest
from verdure.engine.rows_writer import NewRow, RowsWriter

SCHEMA = 5
BATCH = 256

Progress = Callable[[int], None]
"""Told the number of documents done so far."""


class IndexStale(EngineError):
    """The index was made with other settings (analysis, encoder) than those of today: rebuild it."""


class Encodes(Protocol):
    """The part of an encoder that the engine uses; vectors are float32 (n, dimension) with rows of length 1."""

    @property
    def identity(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]: ...

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Applied:
    """What a batch did: documents written, documents removed, documents that were there already."""

    written: int = 0
    removed: int = 0
    unchanged: int = 0

    def __add__(self, other: Applied) -> Applied:
        return Applied(self.written + other.written, self.removed + other.removed, self.unchanged + other.unchanged)


def settings_of(encoder: Encodes | None, thesaurus: Thesaurus = NO_CONCEPTS) -> str:
    """Everything that decides what an index holds for a document, apart from the document."""
    model = encoder.identity if encoder else "none"
    analysis = f"text {text.VERSION}; passages {passages.VERSION}; thesaurus {thesaurus.identity}"
    return f"schema {SCHEMA}; {analysis}; encoder {model}"


class IndexWriter:
    """The one writer of the index in a folder; use it as a context manager. Creates an empty index if there is none.

    `wait` is how many seconds to wait for another writer before `IndexBusy`.
    """

    def __init__(
        self,
        folder: Path,
        encoder: Encodes | None = None,
        thesaurus: Thesaurus = NO_CONCEPTS,
        *,
        wait: float = 0.0,
    ) -> None:
        self._folder = folder
        self._encoder = encoder
        self._thesaurus = thesaurus
        self._lock = layout.WriteLock(folder, wait=wait)
        self._is_new = False
        try:
            self._generation, self._stale = self._opened()
        except BaseException:
            self._lock.release()
            raise

    def _opened(self) -> tuple[_Generation | None, str]:
        try:
            folder = layout.current_generation(self._folder)
        except IndexMissing:
            shutil.rmtree(self._folder / layout.BUILDING, ignore_errors=True)
            fresh = self._generation_in(self._folder / layout.BUILDING)
            fresh.close()
            folder = layout.promote(self._folder, self._folder / layout.BUILDING)
            self._is_new = True
        layout.sweep(self._folder)
        return self._usable(folder)

    def _usable(self, folder: Path) -> tuple[_Generation | None, str]:
        """The generation in a folder, or None and the reason why it cannot take changes."""
        reason = self._reason_to_rebuild(folder)
        try:
            return (None, reason) if reason else (self._generation_in(folder), "")
        except IndexDamaged as error:
            return None, str(error)

    def _reason_to_rebuild(self, folder: Path) -> str:
        try:
            made_with = Manifest.read(folder / "rows").settings
        except EngineError as error:
            return str(error) or "the index is damaged"
        wanted = settings_of(self._encoder, self._thesaurus)
        return "" if made_with == wanted else f"made with “{made_with}”, now “{wanted}”"

    @property
    def stale(self) -> str:
        """Why the index must be rebuilt before it takes changes, or ""."""
        return self._stale

    @property
    def is_new(self) -> bool:
        """Whether there was no index, so that an empty one had to be made."""
        return self._is_new

    def apply(self, upserts: Iterable[Document] = (), deletes: Iterable[int] = ()) -> Applied:
        """Put documents in and take ids out; done and safe when it returns. Unchanged documents cost nothing."""
        if self._generation is None:
            raise IndexStale(self._stale)
        done = Applied()
        for batch in _batches(upserts):
            done += self._generation.apply(batch, ())
        return done + self._generation.apply((), tuple(deletes))

    def rebuild(self, documents: Iterable[Document], *, progress: Progress | None = None) -> Applied:
        """Build anew beside the index that is used, then put it in its place; documents not given are gone.

        Interrupted, it goes on where it was when called again: batches that were finished are not made twice.
        """
        building = self._folder / layout.BUILDING
        generation, _ = self._usable(building)
        if generation is None:
            shutil.rmtree(building, ignore_errors=True)
            generation = self._generation_in(building)
        try:
            done = _fill(generation, documents, progress)
        finally:
            generation.close()
        self._promote(building)
        return done

    def _promote(self, building: Path) -> None:
        if self._generation:
            self._generation.close()
        self._generation, self._stale = self._generation_in(layout.promote(self._folder, building)), ""

    def _generation_in(self, folder: Path) -> _Generation:
        return _Generation(folder, self._encoder, self._thesaurus)

    @property
    def ids(self) -> frozenset[int]:
        """Ids of the documents in the index."""
        return frozenset(self._generation.ids) if self._generation else frozenset()

    @property
    def count(self) -> int:
        """Documents in the index."""
        return len(self._generation.ids) if self._generation else 0

    def close(self) -> None:
        if self._generation:
            self._generation.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Generation:
    """Words and rows of one generation, opened for writing and put right if a batch was cut short."""

    def __init__(self, folder: Path, encoder: Encodes | None, thesaurus: Thesaurus) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._reading = Reading(thesaurus, languages_of(encoder))
        self._journal = folder / "journal"
        self._encoder = encoder
        self._words = LexicalWriter(folder / "words", thesaurus)
        if not (folder / "rows" / MANIFEST).exists():
            RowsWriter.start(folder / "rows", _first_manifest(encoder, thesaurus))
        self._rows = RowsWriter(folder / "rows")
        self._mend()

    @property
    def ids(self) -> set[int]:
        return set(self._rows.digests)

    def apply(self, upserts: Sequence[Document], deletes: Sequence[int]) -> Applied:
        self._mend()
        latest = {document.id: document for document in upserts}
        digests = {document.id: stored.digest(document) for document in latest.values()}
        changed = [
            document for document in latest.values() if self._rows.digests.get(document.id) != digests[document.id]
        ]
        gone = [identifier for identifier in dict.fromkeys(deletes) if identifier in self._rows.digests]
        if changed or gone:
            rows = self._new_rows(changed, digests)
            self._commit(changed, gone, rows)
        return Applied(len(changed), len(gone), len(latest) - len(changed))

    def _commit(self, changed: Sequence[Document], gone: Sequence[int], rows: Sequence[NewRow]) -> None:
        self._write_journal([*(document.id for document in changed), *gone])
        self._words.replace(changed, without=gone)
        self._words.commit()
        self._rows.append(rows, without=gone)
        self._rows.commit()
        self._journal.unlink()
        self._rows.compact_if_wasteful()

    def _write_journal(self, ids: Sequence[int]) -> None:
        draft = self._journal.with_suffix(".new")
        with draft.open("w", encoding="ascii") as file:
            json.dump(list(ids), file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._journal)

    def _mend(self) -> None:
        if not self._journal.exists():
            return
        ids: list[int] = json.loads(self._journal.read_text("ascii"))
        self._words.rollback()
        self._rows.rollback()
        there = self._words.reader().documents(ids)
        digests = {document.id: stored.digest(document) for document in there.values()}
        self._rows.append(self._new_rows(list(there.values()), digests), without=[i for i in ids if i not in there])
        self._rows.commit()
        self._journal.unlink()

    def _new_rows(self, documents: Sequence[Document], digests: Mapping[int, int]) -> list[NewRow]:
        pieces = [self._reading.passages(document) if self._encoder else () for document in documents]
        flat = [piece for of_one in pieces for piece in of_one]
        vectors = self._encoder.encode_passages(flat) if self._encoder and flat else np.zeros((0, 0), np.float32)
        if flat and vectors.shape != (len(flat), self._rows.manifest.dimension):
            raise IndexDamaged(f"the encoder gave vectors of shape {vectors.shape} for {len(flat)} texts")
        ends = np.cumsum([len(of_one) for of_one in pieces]).tolist()
        starts = [0, *ends][: len(documents)]
        words = self._words
        return [
            NewRow(one, digests[one.id], vectors[start:end], words.stems_of(one), words.concepts_of(one))
            for one, start, end in zip(documents, starts, ends, strict=True)
        ]

    def close(self) -> None:
        self._words.close()
        self._rows.close()


def _first_manifest(encoder: Encodes | None, thesaurus: Thesaurus) -> Manifest:
    if encoder is None:
        return Manifest(settings_of(None, thesaurus), dimension=0)
    unrelated = background_of(encoder.encode_passages(SENTENCES))
    return Manifest(settings_of(encoder, thesaurus), encoder.dimension, unrelated.mean, unrelated.spread)


def _fill(generation: _Generation, documents: Iterable[Document], progress: Progress | None) -> Applied:
    """Make a generation hold these documents and no others."""
    done, seen, count = Applied(), set[int](), 0
    for batch in _batches(documents):
        done += generation.apply(batch, ())
        seen.update(document.id for document in batch)
        count += len(batch)
        if progress:
            progress(count)
    return done + generation.apply((), tuple(generation.ids - seen))


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    remaining = iter(documents)
    while batch := list(islice(remaining, BATCH)):
        yield batch
