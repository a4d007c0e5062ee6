from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A whole site that searches by words alone, so that nothing waits for the text model."""
    started = Site(tmp_path, free_port(), words_only=True)
    started.start()
    yield started
    started.end()
