"""What the cluster's entries tell for seeing which documents are nearly the same (`verdure.engine.duplicates`)."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from verdure.engine.cluster.connection import Json
from verdure.engine.cluster.entries import meaning_in
from verdure.engine.rows import TERM

KEPT = ("meaning", "stems")
"""The kept fields that this is made from."""


class EntryTraits:
    """Of some entries, by id: a `duplicates.Traits`."""

    def __init__(self, sources: Mapping[int, Json]) -> None:
        self.ids = np.array(sorted(sources), dtype=np.int64)
        self._stems = [_stems_in(sources[identifier]) for identifier in self.ids.tolist()]
        vectors = [meaning_in(sources[identifier]) for identifier in self.ids.tolist()]
        dimension = max((len(vector) for vector in vectors if vector is not None), default=1)
        nothing = np.zeros(dimension, dtype=np.float32)
        self._vectors = np.array([nothing if vector is None else vector for vector in vectors], dtype=np.float32)
        self._vectors = self._vectors.reshape(len(vectors), dimension)

    def places(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """-1 for an id that is not there."""
        near = np.searchsorted(self.ids, ids)
        there = np.isin(ids, self.ids)
        return np.where(there, near, -1).astype(np.int64)

    def place(self, identifier: int) -> int:
        return int(self.places(np.array([identifier], dtype=np.int64))[0])

    def first_vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = self._vectors[rows]
        return vectors

    def terms_of(self, places: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.void], NDArray[np.int32]]:
        """As `Rows.terms_of`; the lengths are those of the sets of stems, and nothing is counted."""
        chosen = [self._stems[place] for place in places.tolist()]
        lengths = np.array([len(stems) for stems in chosen], dtype=np.int32)
        terms = np.zeros(int(lengths.sum()), dtype=TERM)
        terms["stem"] = np.concatenate([np.zeros(0, np.uint32), *chosen])
        return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), terms, lengths


def _stems_in(source: Json) -> NDArray[np.uint32]:
    return np.frombuffer(base64.b64decode(source.get("stems", "")), dtype="<u4").astype(np.uint32)
