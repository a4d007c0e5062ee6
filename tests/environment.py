"""The environment of a test run, set before Django reads its settings: pytest loads this first (pyproject.toml)."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="verdure-test-"))
(HOME / "static").mkdir()  # where whitenoise looks
atexit.register(shutil.rmtree, HOME, ignore_errors=True)

os.environ.update(
    VERDURE_HOME=str(HOME),
    VERDURE_TEXT_MODEL="none",
    MAIL_URL="memorymail://",
    HF_HUB_OFFLINE="1",
    DJANGO_SETTINGS_MODULE="verdure.settings",
)
for name in ("DATABASE_URL", "SEARCH_URL", "SECRET_KEY", "VERDURE_MODE", "DEBUG"):
    os.environ.pop(name, None)
