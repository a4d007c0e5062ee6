"""Stored queries: which of a hundred thousand saved searches does one new document meet?

A document meets a query when a search would find it and it scores at least a minimum:

- it passes the query's filters, exactly as in a search, is not past its deadline, and holds no phrase that is left out;
- one of its language versions holds half of the query's weight, and all of its quoted phrases; or, where nothing is
  quoted, its best passage is as near in meaning as `ranking` asks. A word is held in some inflection, or where a
  concept is named that it names, be it in another language. Each word weighs its inverse document frequency in
  the collection as it was when the query was stored; one that the collection did not know weighs most, since it may be
  what the person waits for;
- a query without words is met by every document that passes its filters.

Differences from a search: a long query needs half of its weight too, since here there are no others to be among the
best of; half is needed even where no document of the collection holds as much; and of those near in meaning none is
cut off for being too many.

The score, 0 to 1, is absolute: `WORDS_SHARE` of the weight held and the rest meaning's share (see `background`); the
weight held alone where there is no meaning; 1 without words. Everything is scanned for each document: some ten
milliseconds for 100,000 queries. Storing and removing queries is in `stored_queries_writer`.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verdure.engine import appended
from verdure.engine.background import Background
from verdure.engine.compiled import compiled
from verdure.engine.documents import IndexMissing
from verdure.engine.fuse import WORDS_SHARE
from verdure.engine.query_forms import TABLE, Numbered, Version, table_of
from verdure.engine.ranking import HALF

LEAST = 0.25
"""The score from which a person is told: half of the words and no meaning reaches it just not, all of them do."""

ROW = np.dtype(
    [
        ("id", "<i8"),
        ("stamp", "<i8"),
        ("word", "<i8"),
        ("words", "<i4"),
        ("wish", "<i8"),
        ("wishes", "<i4"),
        ("phrase", "<i8"),
        ("phrases", "<i4"),
        ("vector", "<i8"),
        ("quoted", "?"),
        ("deleted", "?"),
    ]
)
"""A query: where its words, wishes and phrases begin and how many they are, its vector or -1, whether it quotes."""

WORD = np.dtype([("weight", "<f4"), ("form", "<i8"), ("forms", "<i4")])
WISH = np.dtype([("name", "<u4"), ("value", "<u4")])
"""One value of a filter: the query wants any of the values of one name, and all names."""

NUMBER = np.dtype("<u4")
COLUMNS: appended.Columns = {
    "rows": ROW,
    "words": WORD,
    "forms": NUMBER,
    "wishes": WISH,
    "phrases": NUMBER,
    "vectors": np.dtype("<f4"),
}
"""Phrases lie one after the other: 1 for one that is left out or 0, how many words, the numbers of the words."""

_ROUNDING = 1e-4
_BLOCK = 16_384


@dataclass(frozen=True, slots=True)
class Met:
    """A query that a document meets: `words` is the share of its weight that is held, `meaning` from 0 to 1; None for
    what was not asked."""

    id: int
    score: float
    words: float | None
    meaning: float | None


class StoredQueries:
    """All stored queries of one commit; immutable, shared between threads."""

    def __init__(self, arrays: appended.Arrays, *, dimension: int) -> None:
        self._arrays = arrays
        rows = living(arrays["rows"])
        self._rows: dict[str, NDArray[Any]] = {name: np.ascontiguousarray(rows[name]) for name in ROW.names or ()}
        self._dimension = dimension
        whole = len(arrays["vectors"]) // max(1, dimension)
        self._vectors: NDArray[np.float32] = arrays["vectors"][: whole * dimension].reshape(whole, dimension)

    @classmethod
    def open(cls, folder: Path, *, settings: str, dimension: int) -> StoredQueries:
        """Raises IndexMissing where nothing was stored, or with other settings, and IndexDamaged for lost files."""
        head, arrays = appended.read(folder, COLUMNS)
        if head.settings != settings:
            raise IndexMissing(f"stored queries made with “{head.settings}”, now “{settings}”")
        return cls(arrays, dimension=dimension)

    def __len__(self) -> int:
        return len(self._rows["id"])

    @property
    def stamps(self) -> dict[int, int]:
        """The stamp of each query that is stored, by id."""
        return dict(zip(self._rows["id"].tolist(), self._rows["stamp"].tolist(), strict=True))

    def met_by(
        self,
        document: Numbered,
        passages: NDArray[np.float32] | None,
        *,
        background: Background,
        today: date,
        least: float = LEAST,
    ) -> tuple[Met, ...]:
        """The queries that a document meets, best first. `passages` (k, dimension) are its vectors, None without."""
        if not len(self) or (document.deadline is not None and document.deadline < today):
            return ()
        passing = self._passing(document)
        words = self._words_held(document.versions, passing)
        cosines = self._cosines(passages)
        asked, meant = self._rows["words"] > 0, cosines > -1
        by_words = words >= HALF - _ROUNDING
        by_meaning = meant & ~self._rows["quoted"] & (cosines >= background.related)
        share = np.clip((cosines - background.mean) / max(1e-6, 1 - background.mean), 0, 1)
        scores = np.where(meant, WORDS_SHARE * words + (1 - WORDS_SHARE) * share, words)
        scores = np.round(np.where(asked, scores, 1.0).astype(np.float64), 6)
        found = np.flatnonzero(passing & (~asked | by_words | by_meaning) & (scores >= least))
        best = found[np.lexsort((self._rows["id"][found], -scores[found]))]
        held = np.where(asked, words, np.nan)
        near = np.where(meant, share, np.nan)
        columns = (column[best].tolist() for column in (self._rows["id"], scores, held, near))
        return tuple(
            Met(id_, score, _known(word), _known(like)) for id_, score, word, like in zip(*columns, strict=True)
        )

    def _passing(self, document: Numbered) -> NDArray[np.bool_]:
        """Queries whose filters let the document through, and that leave nothing out which it holds."""
        said = document.facts
        rows, passing = self._rows, np.empty(len(self), dtype=np.bool_)
        _pass(rows["wish"], rows["wishes"], self._arrays["wishes"], table_of(said), said, passing)
        for row in np.flatnonzero(passing & (rows["phrases"] > 0)).tolist():
            unwanted = [phrase for left_out, phrase in self._phrases(row) if left_out]
            passing[row] = not any(version.holds(phrase) for phrase in unwanted for version in document.versions)
        return passing

    def _words_held(self, versions: Sequence[Version], passing: NDArray[np.bool_]) -> NDArray[np.float32]:
        """The share of each query's weight that one version holds, if it holds all that is quoted."""
        best = np.zeros(len(self), dtype=np.float32)
        for version in versions:
            held = np.zeros(len(self), dtype=np.float32)
            rows, arrays = self._rows, self._arrays
            _hold(rows["word"], rows["words"], arrays["words"], arrays["forms"], version.table, version.forms, held)
            for row in np.flatnonzero(passing & rows["quoted"] & (held > 0)).tolist():
                quoted = [phrase for left_out, phrase in self._phrases(row) if not left_out]
                held[row] *= all(version.holds(phrase) for phrase in quoted)
            np.maximum(best, held, out=best)
        return best

    def _phrases(self, row: int) -> list[tuple[bool, tuple[int, ...]]]:
        """Whether each phrase is left out, and its words."""
        start, count = int(self._rows["phrase"][row]), int(self._rows["phrases"][row])
        numbers = self._arrays["phrases"][start : start + count].tolist()
        found, place = [], 0
        while place < len(numbers):
            end = place + 2 + numbers[place + 1]
            found.append((bool(numbers[place]), tuple(numbers[place + 2 : end])))
            place = end
        return found

    def _cosines(self, passages: NDArray[np.float32] | None) -> NDArray[np.float32]:
        """Of each query with the document's best passage; -1 where either has no vector."""
        found = np.full(len(self), -1, dtype=np.float32)
        if passages is None or not len(passages) or not len(self._vectors):
            return found
        nearest = np.empty(len(self._vectors), dtype=np.float32)
        for start in range(0, len(nearest), _BLOCK):
            nearest[start : start + _BLOCK] = (self._vectors[start : start + _BLOCK] @ passages.T).max(axis=1)
        meant = self._rows["vector"] >= 0
        found[meant] = np.maximum(nearest[self._rows["vector"][meant]], np.float32(-0.999))
        return found


class Newest:
    """Hands out the newest commit of a folder, opening each only once. Safe between threads."""

    def __init__(self, folder: Path, *, settings: str, dimension: int) -> None:
        self._folder = folder
        self._settings = settings
        self._dimension = dimension
        self._held: tuple[tuple[int, int], StoredQueries] | None = None
        self._lock = threading.Lock()

    def get(self) -> StoredQueries:
        """As `StoredQueries.open`."""
        with self._lock:
            stamp = self._stamp()
            if self._held is None or self._held[0] != stamp:
                made = StoredQueries.open(self._folder, settings=self._settings, dimension=self._dimension)
                self._held = stamp, made
            return self._held[1]

    def _stamp(self) -> tuple[int, int]:
        try:
            status = (self._folder / appended.MANIFEST).stat()
        except FileNotFoundError as error:
            raise IndexMissing(str(self._folder)) from error
        return status.st_ino, status.st_mtime_ns


def living(records: NDArray[Any]) -> NDArray[Any]:
    """The records that count, by id: the last of each, unless it deletes."""
    backwards = np.asarray(records)[::-1]
    _, last = np.unique(backwards["id"], return_index=True)
    found: NDArray[Any] = backwards[last]
    alive: NDArray[Any] = found[~found["deleted"]]
    return alive


def _known(part: float) -> float | None:
    return None if math.isnan(part) else part


@compiled
def _holds(table: NDArray[np.bool_], numbers: NDArray[np.uint32], wanted: int) -> bool:
    """Whether a sorted array has a number; `table` tells of most at once that it has not."""
    if not table[wanted & (TABLE - 1)]:
        return False
    low, high = 0, len(numbers)
    while low < high:
        middle = (low + high) >> 1
        if numbers[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low < len(numbers) and numbers[low] == wanted


@compiled
def _hold(
    first: NDArray[np.int64],
    counts: NDArray[np.int32],
    words: NDArray[Any],
    forms: NDArray[np.uint32],
    table: NDArray[np.bool_],
    numbers: NDArray[np.uint32],
    held: NDArray[np.float32],
) -> None:
    """The share of each query's weight whose words have a form among the numbers."""
    for row in range(len(first)):
        total = there = np.float32(0)
        for word in range(first[row], first[row] + counts[row]):
            weight = words[word]["weight"]
            total += weight
            start = words[word]["form"]
            for form in range(start, start + words[word]["forms"]):
                if _holds(table, numbers, forms[form]):
                    there += weight
                    break
        held[row] = there / total if total > 0 else np.float32(0)


@compiled
def _pass(
    first: NDArray[np.int64],
    counts: NDArray[np.int32],
    wishes: NDArray[Any],
    table: NDArray[np.bool_],
    numbers: NDArray[np.uint32],
    passing: NDArray[np.bool_],
) -> None:
    """Whether of each name that a query filters by one value is among the numbers; wishes of a name stand together."""
    for row in range(len(first)):
        met, last = True, first[row] + counts[row]
        wish = first[row]
        while wish < last and met:
            name, met = wishes[wish]["name"], False
            while wish < last and wishes[wish]["name"] == name:
                met = met or _holds(table, numbers, wishes[wish]["value"])
                wish += 1
        passing[row] = met
