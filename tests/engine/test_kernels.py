from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from verdure.engine import kernels


@pytest.mark.parametrize("rows", [0, 1, 57])
def test_scan_of_codes_is_near_the_product_of_the_vectors(rows: int) -> None:
    random = np.random.default_rng(rows)
    vectors = random.standard_normal((rows, 96)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    query = random.standard_normal(96).astype(np.float32)
    query /= np.linalg.norm(query)
    codes, scales = kernels.quantised(vectors)
    wanted, scale = kernels.quantised(query[np.newaxis])
    found = np.empty(rows, dtype=np.float32)
    backwards = np.arange(rows, dtype=np.int64)[::-1].copy()
    kernels.scan(codes, scales, backwards, wanted[0].astype(np.int16), scale[0], found)
    assert found == pytest.approx((vectors @ query)[::-1], abs=0.01)


def test_sift_sums_the_query_over_the_numbers_above_zero() -> None:
    random = np.random.default_rng(3)
    codes = random.integers(-3, 4, size=(40, 70)).astype(np.int8)
    query = random.standard_normal(70).astype(np.float32)
    planes, least, step = kernels.planes(query)
    found = np.empty(40, dtype=np.float32)
    kernels.sift(kernels.signs(codes), np.arange(40), planes, least, step, found)
    exact = np.where(codes > 0, query, 0).sum(axis=1)
    assert found == pytest.approx(exact, abs=35 * float(step))
    assert np.corrcoef(found, exact)[0, 1] > 0.98


def test_nearest_is_the_best_of_each_rows_vectors() -> None:
    vectors = np.array([[1, 0], [0.6, 0.8], [0, 1]], dtype=np.float32)
    found = np.empty(3, dtype=np.float32)
    starts, counts = np.array([0, 1, 3]), np.array([2, 2, 0], dtype=np.int32)
    kernels.nearest(vectors, starts, counts, np.array([0, 1], dtype=np.float32), found)
    assert found.tolist() == pytest.approx([0.8, 1, -1])


def test_scan_gives_a_row_without_vector_less_than_any_other() -> None:
    codes, scales = kernels.quantised(np.array([[0, 0], [-1, 0]], dtype=np.float32))
    found = np.empty(2, dtype=np.float32)
    kernels.scan(codes, scales, np.arange(2), np.array([127, 0], dtype=np.int16), np.float32(1 / 127), found)
    assert found[0] == -1
    assert found[1] == pytest.approx(-1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 6), max_size=40))
def test_grouped_puts_equal_values_together(values: list[int]) -> None:
    order, bounds = kernels.grouped(np.array(values, dtype=np.uint32), 7)
    assert [values[place] for place in order] == sorted(values)
    assert np.diff(bounds).tolist() == [values.count(group) for group in range(7)]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-1, 1, width=32), st.booleans()), max_size=60),
    st.integers(1, 70),
)
def test_cut_holds_the_largest_allowed(rows: list[tuple[float, bool]], count: int) -> None:
    values = np.array([value for value, _ in rows], dtype=np.float32)
    allowed = np.array([flag for _, flag in rows], dtype=np.bool_)
    chosen = kernels.cut(values, allowed, count)
    assert allowed[chosen].all()
    assert len(chosen) >= min(count, int(allowed.sum()))
    left = np.setdiff1d(np.flatnonzero(allowed), chosen)
    if len(left):
        assert values[left].max() <= values[chosen].min()
