"""Taking turns in the database, where guarded updates are not enough."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection


def alone(names: Iterable[str]) -> None:
    """Until this transaction ends, any other that asks for one of these names waits here. Call it first.

    What was stored before us is then seen, and no two transactions can wait for each other's rows. SQLite needs none of
    it: a transaction that writes is alone from its beginning.
    """
    assert connection.in_atomic_block
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for name in sorted(set(names)):
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
