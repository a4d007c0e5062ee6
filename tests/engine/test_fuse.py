from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays

from verdure.engine import fuse

scores = arrays(np.float32, st.integers(1, 40), elements=st.floats(0, 100, width=32))


@given(scores, st.floats(0.1, 10), st.floats(-5, 5))
def test_z_scores_ignore_scale_and_offset(values: fuse.Scores, scale: float, offset: float) -> None:
    if values.std() < 0.1:
        return
    moved = (values * scale + offset).astype(np.float32)
    assert np.allclose(fuse.z_scores(values), fuse.z_scores(moved), atol=0.02)


@given(scores)
def test_z_scores_are_bounded_and_keep_order(values: fuse.Scores) -> None:
    scaled = fuse.z_scores(values)
    assert np.abs(scaled).max() <= fuse.LIMIT
    order = np.argsort(values, kind="stable")
    assert (np.diff(scaled[order]) >= -1e-5).all()


def test_z_scores_by_hand() -> None:
    assert fuse.z_scores(np.array([1, 3], np.float32)).tolist() == [-1.0, 1.0]
    assert fuse.z_scores(np.array([2, 2, 2], np.float32)).tolist() == [0.0, 0.0, 0.0]
    assert fuse.z_scores(np.array([1, 3, 5], np.float32), np.array([0, 1])).tolist() == [-1.0, 1.0, 3.0]


@given(scores)
def test_fused_of_one_kind_keeps_its_order(values: fuse.Scores) -> None:
    for total in (fuse.fused(values, None), fuse.fused(None, values)):
        order = np.argsort(values, kind="stable")
        assert (np.diff(total[order]) >= -1e-5).all()


@given(scores)
def test_fused_prefers_what_is_better_by_both(values: fuse.Scores) -> None:
    total = fuse.fused(values, values)
    for one in range(len(values)):
        assert (total[one] >= total[values <= values[one]] - 1e-5).all()


def test_fused_needs_evidence() -> None:
    with pytest.raises(ValueError, match="nothing"):
        fuse.fused(None, None)


def test_best_first_breaks_ties_by_id() -> None:
    values = np.array([0.5, 0.7, 0.5, 0.7 + 1e-9], np.float32)
    assert fuse.best_first(values, np.array([4, 3, 2, 1])).tolist() == [3, 1, 2, 0]


@given(scores, st.integers(0, 50))
def test_top_holds_the_largest(values: fuse.Scores, count: int) -> None:
    found = fuse.top(values, count)
    assert len(found) == min(count, len(values))
    assert sorted(values[found]) == sorted(values)[len(values) - len(found) :]
