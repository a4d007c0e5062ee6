"""A site whose jobs are done when a test says so. Each test has an index folder of its own (tests/conftest.py)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from verdure.core.worker import run_waiting


@pytest.fixture
def settle() -> Callable[[], None]:
    """Do all waiting jobs: index, then match."""

    def work() -> None:
        run_waiting("index", "default")

    return work
