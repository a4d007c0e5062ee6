"""The `verdure` command: Django's own command line, with this house's commands first and errors a person can read."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

NO_TABLES = ("no such table", "no such column")  # as SQLite says it
NO_TABLES_STATES = ("42P01", "42703")  # PostgreSQL's codes for a table and a column that do not exist


def main(arguments: Sequence[str] | None = None) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "verdure.settings")
    # Its threads and those of the web server and the text model would fight over the same few cores.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    given = list(sys.argv[1:] if arguments is None else arguments)
    _set_up()
    if given in ([], ["help"], ["--help"], ["-h"]):
        sys.stdout.write(overview())
        return
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError

    try:
        execute_from_command_line(["verdure", *given])
    except KeyboardInterrupt:
        sys.exit("\nInterrupted.")
    except DatabaseError as error:
        reason = _told(error)
        if reason is None:
            raise
        sys.exit(f"verdure: {reason}")


def overview() -> str:
    """Our commands with what each does, then the names of Django's."""
    from django.core.management import get_commands, load_command_class

    apps = {name: app for name, app in get_commands().items() if isinstance(app, str)}
    ours = sorted(name for name, app in apps.items() if app.startswith("verdure."))
    lines = [f"  {name:<12} {load_command_class(apps[name], name).help}" for name in ours]
    others = ", ".join(sorted(set(apps) - set(ours)))
    return "\n".join(("verdure COMMAND …    (COMMAND --help says more)", "", *lines, "", f"Also: {others}", ""))


def _told(error: Exception) -> str | None:
    """What a person can do about a database that is not there, or not yet; None for any other error."""
    from django.db import OperationalError, connection

    state = getattr(error.__cause__, "sqlstate", None)
    if state in NO_TABLES_STATES or any(sign in str(error) for sign in NO_TABLES):
        return "the database has no tables yet, or older ones. Run verdure prepare first, or verdure up."
    if isinstance(error, OperationalError) and connection.vendor == "postgresql" and connection.connection is None:
        lines = " ".join(str(error).split())
        return f"the database cannot be reached: {lines}. Is PostgreSQL running, and is DATABASE_URL right?"
    return None


def _set_up() -> None:
    """Loads the settings and the apps; a setting that is missing or unsafe is told in one line."""
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        sys.exit(f"verdure: {error}")


if __name__ == "__main__":
    main()
