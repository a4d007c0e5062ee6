from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.conftest import ROOT
from tests.databases import new_database


def test_every_variable_of_the_settings_is_documented_and_no_other() -> None:
    read = set(re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "verdure" / "settings.py").read_text()))
    environment = (ROOT / "docs" / "operations.md").read_text().partition("## Environment")[2]
    rows = [line.split("|")[1] for line in environment.splitlines() if line.startswith("| `")]
    documented = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert documented == read


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "Production needs SECRET_KEY or SECRET_KEY_FILE"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is shorter than 50 characters"),
        ({"SECRET_KEY": "x" * 50}, "Production needs VERDURE_HOSTS"),
        ({"SECRET_KEY": "x" * 50, "VERDURE_HOSTS": "*"}, "Production needs VERDURE_HOSTS"),
        ({"SECRET_KEY": "x" * 50, "VERDURE_HOSTS": "example.org", "DEBUG": "1"}, "DEBUG must be off in production"),
    ],
)
def test_production_refuses_to_start_and_says_why_in_one_line(
    environment: dict[str, str], told: str, tmp_path: Path
) -> None:
    assert _told({"VERDURE_HOME": str(tmp_path), "VERDURE_MODE": "production", **environment}).startswith(told)


@pytest.mark.slow
def test_command_on_an_unprepared_data_folder_says_what_to_do(tmp_path: Path) -> None:
    database = new_database(tmp_path)
    assert _told({"VERDURE_HOME": str(tmp_path), **database.environment}) == (
        "the database has no tables yet, or older ones. Run verdure prepare first, or verdure up."
    )
    database.drop()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://somebody@127.0.0.1/verdure", "DATABASE_URL is postgres://user:password@host/name, or sqlite:"),
        ("postgres://somebody@127.0.0.1:9/verdure", "the database cannot be reached: connection failed"),
    ],
)
def test_database_that_cannot_be_used_is_told_in_one_line(url: str, told: str, tmp_path: Path) -> None:
    assert _told({"VERDURE_HOME": str(tmp_path), "DATABASE_URL": url}).startswith(told)


def _told(environment: dict[str, str]) -> str:
    """The one line that a command says before it gives up."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    command = [sys.executable, "-m", "verdure", "jobs"]
    run = subprocess.run(command, env={**kept, **environment}, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    [line] = run.stderr.splitlines()
    return line.removeprefix("verdure: ")
