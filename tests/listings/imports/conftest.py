from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.make import make_organisation, owner_of
from verdure.accounts.models import Organisation, User


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    """A data folder of the test's own: run numbers, and so the names of reject files, begin anew with each test."""
    folder = tmp_path / "home"
    (folder / "uploads").mkdir(parents=True)
    settings.HOME = folder
    settings.FILE_UPLOAD_TEMP_DIR = folder / "uploads"
    return folder


@pytest.fixture
def owner() -> Organisation:
    return make_organisation(name="Río Alto Pumps")


@pytest.fixture
def editor(owner: Organisation) -> User:
    return owner_of(owner)


@pytest.fixture
def browser(client: Client, editor: User) -> Client:
    client.force_login(editor)
    return client
