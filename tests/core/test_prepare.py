"""Preparing on a PostgreSQL that is not as it must be."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg import sql

from tests.core.conftest import Site
from tests.environment import POSTGRES

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


def test_database_without_an_encoding_is_refused(tmp_path: Path) -> None:
    assert POSTGRES is not None
    with POSTGRES.connect() as connection:
        made = "CREATE DATABASE {} TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"
        connection.execute(sql.SQL(made).format(sql.Identifier("ascii")))
    site = Site(tmp_path)
    site.environment["DATABASE_URL"] = POSTGRES.url("ascii")
    refused = site.start("prepare", capture=True)
    _, said = refused.communicate()
    site.end()
    POSTGRES.drop("ascii")
    assert refused.returncode == 1
    assert "CommandError: The database keeps text as SQL_ASCII; Verdure needs UTF8." in said.decode()
