"""The loops of searching that numpy has no fast word for: they read memory once and hold no lock of Python's."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from verdure.engine.compiled import compiled, ones, summing

STEPS = 127
"""A vector's numbers are kept as whole ones from -127 to 127, times one scale for each vector."""


def quantised(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Vectors (n, d) as int8 codes (n, d) and scales (n,): `codes * scales[:, None]` is near `vectors`."""
    largest = np.abs(vectors).max(axis=1, initial=0) if len(vectors) else np.zeros(0, np.float32)
    scales = (largest / STEPS).astype(np.float32)
    safe = np.where(scales > 0, scales, 1)
    return np.rint(vectors / safe[:, None]).astype(np.int8), scales


PLANES = 4
"""Bits to which `sift` brings the numbers of a query."""


def signs(codes: NDArray[np.int8]) -> NDArray[np.uint64]:
    """Which numbers of the vectors (n, d) are above 0: one bit each (n, ⌈d / 64⌉)."""
    words = -(-codes.shape[1] // 64)
    padded = np.zeros((len(codes), words * 64), dtype=np.bool_)
    padded[:, : codes.shape[1]] = codes > 0
    return np.packbits(padded, axis=1, bitorder="little").view(np.uint64)


def planes(query: NDArray[np.float32]) -> tuple[NDArray[np.uint64], np.float32, np.float32]:
    """A query (d,) in steps from its least number: the bits of the steps (PLANES, ⌈d / 64⌉), the least, one step."""
    least = query.min(initial=0)
    step = np.float32(max(float(query.max(initial=0) - least), 1e-9) / (2**PLANES - 1))
    steps = np.rint((query - least) / step).astype(np.int64)
    bits = np.stack([(steps >> plane) & 1 for plane in range(PLANES)])
    return signs(bits.astype(np.int8)), least, step


@compiled
def sift(
    bits: NDArray[np.uint64],
    records: NDArray[np.int64],
    query: NDArray[np.uint64],
    least: np.float32,
    step: np.float32,
    found: NDArray[np.float32],
) -> None:
    """Write to `found` (n,) the sum of a query's numbers over those that are above 0 in each record.

    It grows with the product of the two (asymmetric distance to a sign code; Gordo and others 2014) and reads a
    thirty-second of the vectors.
    """
    for row in range(len(records)):
        above = total = 0
        for word in range(bits.shape[1]):
            one = bits[records[row], word]
            above += ones(one)
            for plane in range(PLANES):
                total += ones(one & query[plane, word]) << plane
        found[row] = least * above + step * total


@compiled
def scan(
    codes: NDArray[np.int8],
    scales: NDArray[np.float32],
    records: NDArray[np.int64],
    query: NDArray[np.int16],
    scale: np.float32,
    found: NDArray[np.float32],
) -> None:
    """Write to `found` (n,) the products of a query with the vectors at `records` (n,); -1 for one whose scale is 0.

    The query is `scale` times the code `query` (d,).
    """
    for row in range(len(records)):
        record = records[row]
        total = np.int32(0)
        for place in range(len(query)):
            total += np.int32(codes[record, place]) * np.int32(query[place])
        found[row] = total * scales[record] * scale if scales[record] > 0 else -1.0


@summing
def nearest(
    vectors: NDArray[np.float32],
    starts: NDArray[np.int64],
    counts: NDArray[np.int32],
    query: NDArray[np.float32],
    found: NDArray[np.float32],
) -> None:
    """Write to `found` (n,) the largest product of a query (d,) with the `counts` (n,) vectors from `starts` (n,) on.

    -1 where there are none. The vectors are read where they lie, and not copied together first.
    """
    for row in range(len(starts)):
        best = np.float32(-1)
        for vector in range(starts[row], starts[row] + counts[row]):
            total = np.float32(0)
            for place in range(len(query)):
                total += vectors[vector, place] * query[place]
            best = max(best, total)
        found[row] = best


@compiled
def held(
    terms: NDArray[Any],
    starts: NDArray[np.int64],
    counts: NDArray[np.int32],
    digests: NDArray[np.uint32],
    bounds: NDArray[np.int64],
    weights: NDArray[np.float32],
    found: NDArray[np.float32],
) -> None:
    """Write to `found` (n,) the sum of the weights (w,) of those words of which a row holds a form.

    Row i has the `counts[i]` TERM records from `starts[i]` on, in order; word j the `digests` from `bounds[j]` on.
    """
    for row in range(len(starts)):
        total = np.float32(0)
        for word in range(len(weights)):
            for form in range(bounds[word], bounds[word + 1]):
                low, high = starts[row], starts[row] + counts[row]
                while low < high:
                    middle = (low + high) >> 1
                    if terms[middle]["stem"] < digests[form]:
                        low = middle + 1
                    else:
                        high = middle
                if low < starts[row] + counts[row] and terms[low]["stem"] == digests[form]:
                    total += weights[word]
                    break
        found[row] = total


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
