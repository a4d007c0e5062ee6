"""Every test runs in a data folder of its own, and no test may leave the machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.search_cluster import search_cluster

__all__ = ["search_cluster"]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Under VERDURE_NO_SKIPS a skip is a failure: CI has all that the suite needs, so a skip there hides something."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("VERDURE_NO_SKIPS"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"


@pytest.fixture(autouse=True)
def fast_and_apart(settings: object, tmp_path: Path) -> None:
    """Cheap password hashes, plain static files, and files, index, thesauri and model of each test apart."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    settings.STORAGES = {  # type: ignore[attr-defined]
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files")},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.INDEX_FOLDER = tmp_path / "index"  # type: ignore[attr-defined]
    settings.THESAURI_FOLDER = tmp_path / "thesauri"  # type: ignore[attr-defined]
