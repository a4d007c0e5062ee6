"""Making a data folder ready to serve: the steps before the first request, each of which a second run skips quickly."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils.module_loading import import_string

from .progress import Progress, shown


@dataclass(frozen=True, slots=True)
class Step:
    """A named step; `path` is the dotted name of a function that takes a Progress and may be run again at any time."""

    label: str
    path: str
    sample: bool = False  # left out where no sample collection is wanted


def prepare(*, sample: bool, out: TextIO | None = None) -> None:
    """Runs every step of `verdure/flow.py` in order, each with its progress."""
    steps: tuple[Step, ...] = import_string(settings.PREPARE)
    for step in steps:
        if sample or not step.sample:
            work: Callable[[Progress], None] = import_string(step.path)
            with shown(step.label, out=out or sys.stderr) as progress:
                work(progress)


def database(progress: Progress) -> None:
    """Creates the tables or brings them up to date."""
    _require_unicode()
    call_command("migrate", interactive=False, verbosity=0)


def _require_unicode() -> None:
    """A cluster that was made without a locale gives databases that store bytes and know no letters."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_encoding")
        [encoding] = cursor.fetchone()
    if encoding != "UTF8":
        raise CommandError(
            f"The database keeps text as {encoding}; Verdure needs UTF8. Make it anew with"
            " CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
        )


def static_files(progress: Progress) -> None:
    """Gathers styles, scripts and pictures under names that browsers may keep for ever."""
    call_command("collectstatic", interactive=False, verbosity=0)
