"""Every test runs in a data folder of its own, and no test may leave the machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.environment import NO_POSTGRES, POSTGRES
from tests.search_cluster import search_cluster

__all__ = ["search_cluster"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What only PostgreSQL shows is no part of a run on SQLite, and a search cluster is asked in that run alone.

    Without PostgreSQL, a run on it is skipped whole.
    """
    if NO_POSTGRES:
        for item in items:
            item.add_marker(pytest.mark.skip(reason=NO_POSTGRES))
    elsewhere = _asks_a_cluster if POSTGRES or NO_POSTGRES else _needs_postgres
    config.hook.pytest_deselected(items=[item for item in items if elsewhere(item)])
    items[:] = [item for item in items if not elsewhere(item)]


def _needs_postgres(item: pytest.Item) -> bool:
    return item.get_closest_marker("postgres") is not None


def _asks_a_cluster(item: pytest.Item) -> bool:
    return "search_cluster" in getattr(item, "fixturenames", ())


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


@pytest.fixture(autouse=True)
def connection_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What begins and ends with a fresh connection elsewhere, a job or a request, keeps the test's own here.

    Closing it in the middle would undo the test's transaction.
    """
    close = BaseDatabaseWrapper.close_if_unusable_or_obsolete

    def close_unless_in_use(connection: BaseDatabaseWrapper) -> None:
        if not connection.in_atomic_block:
            close(connection)

    monkeypatch.setattr(BaseDatabaseWrapper, "close_if_unusable_or_obsolete", close_unless_in_use)
