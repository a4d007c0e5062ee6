"""Databases for the sites that tests start as processes: of the kind that the run is about (tests/environment.py)."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from abc import ABC, abstractmethod
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.environment import POSTGRES
from tests.services.postgres import Server

_numbers = itertools.count(1)


class Database(ABC):
    """One site's rows. `environment`: what its processes must be told to find them."""

    environment: dict[str, str]

    @abstractmethod
    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query finds that stands beside the site and its models; `%s` marks a value."""

    @abstractmethod
    def is_empty(self) -> bool:
        """Whether nobody has made a table."""

    @abstractmethod
    def drop(self) -> None:
        """Throws everybody out and removes it."""


class File(Database):
    """SQLite's, where a site has it that was told nothing."""

    def __init__(self, home: Path, *, like: File | None = None) -> None:
        self.environment = {}
        self.path = home / "verdure.sqlite3"
        if like is not None:
            shutil.copy(like.path, self.path)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path, timeout=30)) as connection:
            return connection.execute(query.replace("%s", "?"), values).fetchall()

    def is_empty(self) -> bool:
        return not self.path.exists()

    def drop(self) -> None:
        self.path.unlink(missing_ok=True)


class OnServer(Database):
    def __init__(self, server: Server, *, like: OnServer | None = None) -> None:
        self.server = server
        self.name = f"site_{next(_numbers)}"
        self.environment = {"DATABASE_URL": server.url(self.name)}
        server.create(self.name, **({"like": like.name} if like is not None else {}))

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self.server.connect(self.name) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def is_empty(self) -> bool:
        return self.rows("SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []

    def drop(self) -> None:
        self.server.drop(self.name)


def new_database(home: Path, *, like: Database | None = None) -> Database:
    """Empty, or with the tables and rows of another, to which nobody may be connected. `home`: the data folder."""
    if POSTGRES is None:
        assert like is None or isinstance(like, File)
        return File(home, like=like)
    assert like is None or isinstance(like, OnServer)
    return OnServer(POSTGRES, like=like)
