from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.core import sample_flow
from tests.databases import Database, new_database

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def flow(settings: Any) -> Iterator[list[list[int]]]:
    """The flow of `sample_flow`; what its tasks noted."""
    settings.FLOW = "tests.core.sample_flow.FLOW"
    settings.SCHEDULE = "tests.core.sample_flow.SCHEDULE"
    yield sample_flow.noted
    sample_flow.noted.clear()


def until(happened: Callable[[], object], *, within: float = 60.0) -> None:
    """Waits for something in another process."""
    deadline = time.monotonic() + within
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


class Site:
    """A data folder of its own, with real processes that work in it."""

    def __init__(self, home: Path, *, like: Database | None = None) -> None:
        self.home = home
        self.database = new_database(home, like=like)
        self.environment = {
            **os.environ,
            **self.database.environment,
            "VERDURE_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "tests.core.site_settings",
            "VERDURE_LOG_LEVEL": "INFO",
        }
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str, capture: bool = False) -> subprocess.Popen[bytes]:
        """A `verdure` command that the test does not wait for; `capture`: what it says on stderr is wanted."""
        command = [sys.executable, "-m", "verdure", *arguments]
        stderr = subprocess.PIPE if capture else None
        process = subprocess.Popen(command, env=self.environment, cwd=ROOT, stderr=stderr)
        self._started.append(process)
        return process

    def run(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "verdure", *arguments]
        return subprocess.run(
            command, env=self.environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def python(self, code: str) -> str:
        """What a piece of Python prints that runs with the site's settings and database."""
        prelude = "import django; django.setup()\nfrom tests.core.sample_flow import *\n"
        command = [sys.executable, "-c", prelude + textwrap.dedent(code)]
        return subprocess.run(
            command, env=self.environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.wait()
        self.database.drop()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with all tables, made once."""
    made = Site(tmp_path_factory.mktemp("template"))
    made.run("migrate", "--verbosity=0", "--skip-checks")
    yield made.database
    made.end()


@pytest.fixture
def site(tmp_path: Path, empty_database: Database) -> Iterator[Site]:
    made = Site(tmp_path, like=empty_database)
    yield made
    made.end()
