"""A site whose database server goes away and comes back: it says so, loses nothing, and goes on by itself."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.conftest import until
from tests.ports import free_port
from tests.services import postgres
from tests.site import Site

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture
def server() -> Iterator[postgres.Server]:
    """One of its own: the rest of the run needs the other."""
    started = postgres.start()
    yield started
    started.stop()


@pytest.fixture
def site(tmp_path: Path, server: postgres.Server) -> Iterator[Site]:
    server.create("away")
    made = Site(tmp_path, free_port(), words_only=True)
    made.database.environment["DATABASE_URL"] = server.url("away")
    made.start()
    yield made
    made.end()


def answer(site: Site, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{site.url}{path}", timeout=30) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_site_outlives_its_database_server(site: Site, server: postgres.Server) -> None:
    assert answer(site, "healthz") == (200, "ok\n")
    site.python("from tests.make import *;make_technology('Solar still before')")
    server.halt()
    assert answer(site, "healthz") == (503, "database unreachable\n")
    server.resume()
    until(lambda: answer(site, "healthz") == (200, "ok\n"))
    site.python("from tests.make import *;make_technology('Solar still after')")
    until(lambda: all(word in answer(site, "search/?q=still")[1] for word in ("before", "after")), within=120)
    assert "0 failed for good" in site.run("jobs")


def test_command_says_that_the_server_is_away(site: Site, server: postgres.Server) -> None:
    site.stop()
    server.halt()
    with pytest.raises(
        AssertionError, match=r"the database cannot be reached: connection failed: .* Is PostgreSQL run"
    ):
        site.run("jobs")
