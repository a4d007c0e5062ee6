"""Storing and removing queries: one process at a time, each batch whole or not at all (see `appended`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from verdure.engine import appended
from verdure.engine.documents import FILTERS, IndexDamaged, IndexMissing
from verdure.engine.facts import spell_fact, wanted_values
from verdure.engine.layout import WriteLock
from verdure.engine.query import Query
from verdure.engine.query_forms import forms_of, number_of, phrase_numbers
from verdure.engine.stored_queries import COLUMNS, NUMBER, ROW, WISH, WORD, StoredQueries, living

SCHEMA = 2

WASTE_SHARE = 0.3
"""Share of records that no longer count from which the files are rewritten."""

WASTE_FLOOR = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredQuery:
    """A query to be stored. `stamp` changes whenever anything of it does; `weights` are those of its words (see
    `query_forms.weights_of`); `vector` float32 (dimension,) or None; `filters` as in `SearchRequest`."""

    id: int
    stamp: int
    query: Query
    weights: tuple[float, ...]
    vector: NDArray[np.float32] | None = None
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


def settings_of(analysis: str) -> str:
    """Everything that decides what is kept of a query; `analysis` is the index's (`writer.settings_of`)."""
    return f"stored queries {SCHEMA}; {analysis}"


def in_memory(queries: Sequence[StoredQuery], *, dimension: int) -> StoredQueries:
    """These queries alone, kept nowhere."""
    return StoredQueries(_arrays(queries, dict.fromkeys(COLUMNS, 0), dimension), dimension=dimension)


class StoredQueriesWriter:
    """The one writer of a folder; use it as a context manager. Empty where nothing was stored, where the settings are
    others, and where files are lost: then the caller stores all queries again.

    `stamps` maps the id of each query that is stored to its stamp.
    """

    def __init__(self, folder: Path, *, settings: str, dimension: int, wait: float = 0.0) -> None:
        self._folder = folder
        self._settings = settings
        self._dimension = dimension
        self._lock = WriteLock(folder, wait=wait)
        try:
            self._files = self._opened()
        except BaseException:
            self._lock.release()
            raise

    def _opened(self) -> appended.Appender:
        try:
            self.stamps = self._stored().stamps
        except (IndexMissing, IndexDamaged):
            (self._folder / appended.MANIFEST).unlink(missing_ok=True)
            self.stamps = {}
        return appended.Appender(self._folder, COLUMNS, settings=self._settings)

    def _stored(self) -> StoredQueries:
        return StoredQueries.open(self._folder, settings=self._settings, dimension=self._dimension)

    def apply(self, queries: Iterable[StoredQuery] = (), removed: Iterable[int] = ()) -> None:
        """Store queries, each in place of an earlier one of its id, and remove others; done and safe when it returns.

        The same twice is the same as once.
        """
        latest = {query.id: query for query in queries if self.stamps.get(query.id) != query.stamp}
        gone = [identifier for identifier in dict.fromkeys(removed) if identifier in self.stamps]
        if not latest and not gone:
            return
        counts = {name: self._files.count(name) for name in COLUMNS}
        for name, items in _arrays(list(latest.values()), counts, self._dimension).items():
            self._files.append(name, items)
        self._files.append("rows", _deletions(gone))
        self._files.commit()
        self.stamps |= {query.id: query.stamp for query in latest.values()}
        for identifier in gone:
            self.stamps.pop(identifier, None)
        self._compact_if_wasteful()

    def _compact_if_wasteful(self) -> None:
        waste = self._files.count("rows") - len(self.stamps)
        if waste > WASTE_FLOOR and waste > WASTE_SHARE * self._files.count("rows"):
            _, arrays = appended.read(self._folder, COLUMNS)
            self._files.rewrite(_compacted(arrays, self._dimension), settings=self._settings)

    def close(self) -> None:
        self._files.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _arrays(queries: Sequence[StoredQuery], counts: Mapping[str, int], dimension: int) -> dict[str, NDArray[Any]]:
    """The columns of queries that come after so many items of each column."""
    forms = [[forms_of(word) for word in query.query.words] for query in queries]
    wishes = [_wishes(query.filters) for query in queries]
    phrases = [_phrases(query.query) for query in queries]
    vectors = [query.vector for query in queries if query.vector is not None]
    rows = np.zeros(len(queries), dtype=ROW)
    rows["id"] = [query.id for query in queries]
    rows["stamp"] = [query.stamp for query in queries]
    rows["words"] = [len(of_query) for of_query in forms]
    rows["wishes"] = [len(of_query) for of_query in wishes]
    rows["phrases"] = [len(of_query) for of_query in phrases]
    rows["quoted"] = [bool(query.query.phrases) for query in queries]
    for place, size, column in (
        ("word", "words", "words"),
        ("wish", "wishes", "wishes"),
        ("phrase",) + ("phrases",) * 2,
    ):
        rows[place] = counts[column] + _starts(rows[size])
    meant = np.array([query.vector is not None for query in queries], dtype=np.bool_)
    rows["vector"] = np.where(meant, counts["vectors"] // max(1, dimension) + np.cumsum(meant) - 1, -1)
    flat = np.concatenate(vectors) if vectors else np.zeros(0, np.float32)
    return {
        "rows": rows,
        "words": _words(queries, forms, counts["forms"]),
        "forms": np.array([form for of_query in forms for word in of_query for form in word], dtype=NUMBER),
        "wishes": np.array([wish for of_query in wishes for wish in of_query], dtype=WISH),
        "phrases": np.array([number for of_query in phrases for number in of_query], dtype=NUMBER),
        "vectors": flat.astype(np.float32),
    }


def _words(queries: Sequence[StoredQuery], forms: Sequence[Sequence[Sequence[int]]], before: int) -> NDArray[Any]:
    words = np.zeros(sum(len(of_query) for of_query in forms), dtype=WORD)
    words["weight"] = [weight for query in queries for weight in query.weights]
    words["forms"] = [len(word) for of_query in forms for word in of_query]
    words["form"] = before + _starts(words["forms"])
    return words


def _wishes(filters: Mapping[str, tuple[str, ...]]) -> list[tuple[int, int]]:
    """By name, the values that satisfy it. An unknown name is a ValueError."""
    unknown = set(filters) - set(FILTERS)
    if unknown:
        raise ValueError(f"unknown filters: {', '.join(sorted(unknown))}")
    return [
        (number_of("name", name), number_of("fact", spell_fact(name, value)))
        for name, values in sorted(filters.items())
        if values
        for value in wanted_values(name, tuple(values))
    ]


def _phrases(query: Query) -> list[int]:
    numbers: list[int] = []
    for left_out, phrases in ((0, query.phrases), (1, query.excluded)):
        for phrase in phrases:
            numbers += [left_out, len(phrase), *phrase_numbers(phrase)]
    return numbers


def _deletions(ids: Sequence[int]) -> NDArray[Any]:
    rows = np.zeros(len(ids), dtype=ROW)
    rows["id"] = ids
    rows["deleted"] = True
    return rows


def _starts(counts: NDArray[Any]) -> NDArray[np.int64]:
    starts: NDArray[np.int64] = np.cumsum(counts, dtype=np.int64) - counts
    return starts


def _compacted(arrays: appended.Arrays, dimension: int) -> dict[str, NDArray[Any]]:
    """What still counts, moved together."""
    rows = living(arrays["rows"])
    words = arrays["words"][_ranges(rows["word"], rows["words"])]
    forms = arrays["forms"][_ranges(words["form"], words["forms"])]
    wishes = arrays["wishes"][_ranges(rows["wish"], rows["wishes"])]
    phrases = arrays["phrases"][_ranges(rows["phrase"], rows["phrases"])]
    meant = rows["vector"] >= 0
    vectors = arrays["vectors"].reshape(-1, max(1, dimension))[rows["vector"][meant]] if meant.any() else np.zeros(0)
    rows["word"], rows["wish"], rows["phrase"] = (_starts(rows[name]) for name in ("words", "wishes", "phrases"))
    rows["vector"] = np.where(meant, np.cumsum(meant) - 1, -1)
    words["form"] = _starts(words["forms"])
    return {
        "rows": rows,
        "words": words,
        "forms": forms,
        "wishes": wishes,
        "phrases": phrases,
        "vectors": vectors.ravel(),
    }


def _ranges(starts: NDArray[np.int64], counts: NDArray[np.int32]) -> NDArray[np.int64]:
    """All numbers start, start + 1, … of each range, one range after the other."""
    ends = np.cumsum(counts, dtype=np.int64)
    total = int(ends[-1]) if len(ends) else 0
    numbers: NDArray[np.int64] = np.arange(total) + np.repeat(starts - (ends - counts), counts)
    return numbers
