"""One commit of the index as a reader sees it: words and rows together, and the way to the next commit."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from verdure.engine import layout
from verdure.engine.background import Background
from verdure.engine.documents import EngineError, IndexDamaged, IndexMissing
from verdure.engine.lexical import LexicalIndex
from verdure.engine.rows import MANIFEST, Rows

Stamp = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Immutable; `languages` are those of the collection, most frequent first."""

    stamp: Stamp
    words: LexicalIndex
    rows: Rows
    languages: tuple[str, ...]
    background: Background

    @classmethod
    def of(cls, stamp: Stamp, words: LexicalIndex, rows: Rows) -> Snapshot:
        counts = zip(rows.facts, rows.counts_of_facts.tolist(), strict=True)
        spoken = sorted((-count, value) for (name, value), count in counts if name == "language" and count)
        background = Background(rows.manifest.unrelated_mean, rows.manifest.unrelated_spread)
        return cls(stamp, words, rows, tuple(value for _, value in spoken), background)


class Snapshots:
    """Hands out the newest snapshot of a folder, opening a commit only once per process. Safe between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._newest: Snapshot | None = None

    def newest(self) -> Snapshot:
        """Raises IndexMissing before the first build, IndexDamaged when files are lost."""
        for _ in range(5):
            try:
                return self._at(self._stamp())
            except (FileNotFoundError, IndexMissing, IndexDamaged) as error:
                problem: Exception = error  # a generation may go while it is opened; the next try sees the new one
        raise problem if isinstance(problem, EngineError) else IndexMissing(str(self._folder))

    def _stamp(self) -> Stamp:
        generation = layout.current_generation(self._folder)
        status = (generation / "rows" / MANIFEST).stat()
        return generation.name, status.st_ino, status.st_mtime_ns

    def _at(self, stamp: Stamp) -> Snapshot:
        newest = self._newest
        if newest is not None and newest.stamp == stamp:
            return newest
        with self._lock:
            if self._newest is None or self._newest.stamp != stamp:
                self._newest = self._opened(stamp, self._newest)
            return self._newest

    def _opened(self, stamp: Stamp, before: Snapshot | None) -> Snapshot:
        generation = self._folder / stamp[0]
        if before is not None and before.stamp[0] == stamp[0]:
            words = before.words.reloaded()
        else:
            words = LexicalIndex.open(generation / "words")
        return Snapshot.of(stamp, words, Rows.open(generation / "rows"))
