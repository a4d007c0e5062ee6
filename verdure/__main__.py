"""The `verdure` command: Django's own command line, with this house's commands first and errors a person can read."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

NO_TABLES = ("no such table", "no such column", "does not exist")  # in the words of SQLite and PostgreSQL


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
        if not any(sign in str(error) for sign in NO_TABLES):
            raise
        sys.exit(
            "verdure: this data folder has no tables yet, or older ones. Run verdure prepare first, or verdure up."
        )


def overview() -> str:
    """Our commands with what each does, then the names of Django's."""
    from django.core.management import get_commands, load_command_class

    apps = {name: app for name, app in get_commands().items() if isinstance(app, str)}
    ours = sorted(name for name, app in apps.items() if app.startswith("verdure."))
    lines = [f"  {name:<12} {load_command_class(apps[name], name).help}" for name in ours]
    others = ", ".join(sorted(set(apps) - set(ours)))
    return "\n".join(("verdure COMMAND …    (COMMAND --help says more)", "", *lines, "", f"Also: {others}", ""))


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
