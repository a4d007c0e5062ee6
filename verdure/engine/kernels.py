"""The loops of searching that numpy has no fast word for: they read memory once and hold no lock of Python's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from verdure.engine.compiled import compiled

STEPS = 127
"""A vector's numbers are kept as whole ones from -127 to 127, times one scale for each vector."""


def quantised(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Vectors (n, d) as int8 codes (n, d) and scales (n,): `codes * scales[:, None]` is near `vectors`."""
    largest = np.abs(vectors).max(axis=1, initial=0) if len(vectors) else np.zeros(0, np.float32)
    scales = (largest / STEPS).astype(np.float32)
    safe = np.where(scales > 0, scales, 1)
    return np.rint(vectors / safe[:, None]).astype(np.int8), scales


@compiled
def scan(
    codes: NDArray[np.int8],
    scales: NDArray[np.float32],
    records: NDArray[np.int64],
    query: NDArray[np.int16],
    found: NDArray[np.float32],
) -> None:
    """Write to `found` (n,) the products of a query (d,) with the vectors at `records` (n,); -1 for a scale of 0."""
    for row in range(len(records)):
        record = records[row]
        total = np.int32(0)
        for place in range(len(query)):
            total += np.int32(codes[record, place]) * np.int32(query[place])
        found[row] = total * scales[record] if scales[record] > 0 else -1.0


@compiled
def grouped(values: NDArray[np.uint32], groups: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Places of `values` (n,) in order of value, and where each of the `groups` values begins (groups + 1,)."""
    bounds = np.zeros(groups + 1, dtype=np.int64)
    for value in values:
        bounds[value + 1] += 1
    for group in range(groups):
        bounds[group + 1] += bounds[group]
    free = bounds[:-1].copy()
    order = np.empty(len(values), dtype=np.int32)
    for place in range(len(values)):
        order[free[values[place]]] = place
        free[values[place]] += 1
    return order, bounds


@compiled
def cut(values: NDArray[np.float32], allowed: NDArray[np.bool_], count: int) -> NDArray[np.int64]:
    """Places of the `count` largest allowed values and of those in one narrow step with the last of them."""
    low, high = np.float32(np.inf), np.float32(-np.inf)
    some = 0
    for place in range(len(values)):
        if allowed[place]:
            some += 1
            low, high = min(low, values[place]), max(high, values[place])
    bins = 4096
    step = (high - low) / bins
    floor = 0
    if some > count and step > 0:
        held = np.zeros(bins + 1, dtype=np.int64)
        for place in range(len(values)):
            if allowed[place]:
                held[np.int64((values[place] - low) / step)] += 1
        above = 0
        floor = bins + 1
        while above < count:
            floor -= 1
            above += held[floor]
        some = above
    chosen = np.empty(some, dtype=np.int64)
    last = 0
    for place in range(len(values)):
        if allowed[place] and (floor == 0 or np.int64((values[place] - low) / step) >= floor):
            chosen[last] = place
            last += 1
    return chosen
