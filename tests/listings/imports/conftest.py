from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    """A data folder of the test's own: run numbers, and so the names of reject files, begin anew with each test."""
    folder = tmp_path / "home"
    (folder / "uploads").mkdir(parents=True)
    settings.HOME = folder
    settings.FILE_UPLOAD_TEMP_DIR = folder / "uploads"
    return folder
