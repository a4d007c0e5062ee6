"""The environment of a test run, set before Django reads its settings: pytest loads this first (pyproject.toml).

With `VERDURE_TEST_DATABASE=postgres` all rows of the run are in a PostgreSQL server of its own; otherwise in SQLite.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.services import postgres

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


def _postgres() -> tuple[postgres.Server | None, str]:
    """The server of this run, where one is asked for; or why there is none."""
    asked = os.environ.get("VERDURE_TEST_DATABASE", "sqlite")
    if asked not in ("sqlite", "postgres"):
        raise pytest.UsageError(f"VERDURE_TEST_DATABASE is sqlite or postgres, not {asked}")
    if asked == "sqlite":
        return None, ""
    try:
        server = postgres.start()
    except postgres.Unavailable as reason:
        if os.environ.get("CI") == "true" or os.environ.get("VERDURE_NO_SKIPS"):
            raise pytest.UsageError(f"CI tests on PostgreSQL: {reason}") from None
        return None, str(reason)
    atexit.register(server.stop)
    os.environ["DATABASE_URL"] = server.url("verdure")  # Django's runner makes test_verdure of it
    return server, ""


POSTGRES, NO_POSTGRES = _postgres()
