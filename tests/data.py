"""Real records that nobody of this project wrote. Skipped where missing; under CI a miss is a failure."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared_data(name: str) -> Path:
    """The file or folder `name` of the shared data."""
    path = SHARED / name
    if not path.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"shared data is required in CI: {name}")
        pytest.skip(f"no shared data: {name}")
    return path
