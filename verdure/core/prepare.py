"""Making a data folder ready to serve: the steps before the first request, each of which a second run skips quickly."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from django.conf import settings
from django.core.management import call_command
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
    call_command("migrate", interactive=False, verbosity=0)


def static_files(progress: Progress) -> None:
    """Gathers styles, scripts and pictures under names that browsers may keep for ever."""
    call_command("collectstatic", interactive=False, verbosity=0)
