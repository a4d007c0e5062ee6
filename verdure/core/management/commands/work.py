from __future__ import annotations

from argparse import ArgumentParser
from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand
from django_tasks import task_backends

from ...processes import AlreadyHeld, exclusively
from ...worker import Worker

ALONE = "index"  # the queue whose worker is the only one: it alone writes the search index


class Command(BaseCommand):
    help = "run a worker: the jobs of one queue, or all of them"
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        queues = sorted(task_backends["default"].queues)
        parser.add_argument("--queue", choices=queues, action="append", help="may be given again (default: all)")
        parser.add_argument("--once", action="store_true", help="end when nothing is left that could run now")

    def handle(self, *, queue: list[str] | None, once: bool, **options: Any) -> None:
        queues = queue or sorted(task_backends["default"].queues)
        lock = exclusively(settings.HOME / "run" / "index-worker.lock") if ALONE in queues else nullcontext()
        try:
            with lock:
                Worker(*queues, batch=once).serve()
        except AlreadyHeld:
            raise CommandError("Another worker of the index queue is running; one alone may write the index.") from None
