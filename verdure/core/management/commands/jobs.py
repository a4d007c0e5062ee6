from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management import CommandError
from django.core.management.base import BaseCommand

from ...jobs import NotADeadLetter, discard, replay
from ...queries import DeadLetter, dead_letters, living_workers, queue_states


class Command(BaseCommand):
    help = "what waits and what failed for good; replay or discard a failed job"
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", nargs="?", choices=("list", "show", "replay", "discard"), default="list")
        parser.add_argument("ids", nargs="*", type=UUID, metavar="ID", help="as the list shows them")
        parser.add_argument("--all", action="store_true", dest="every", help="every failed job")

    def handle(self, *, verb: str, ids: list[UUID], every: bool, **options: Any) -> None:
        if verb == "list":
            return self._list()
        letters = {letter.id: letter for letter in dead_letters()}
        for job_id in letters if every else ids or _missing(verb):
            if job_id not in letters:
                raise CommandError(f"No failed job has the id {job_id}.")
            self._act(verb, letters[job_id])
        return None

    def _act(self, verb: str, letter: DeadLetter) -> None:
        if verb == "show":
            self.stdout.write(f"{_line(letter)}\n{letter.traceback}")
            return
        try:
            {"replay": replay, "discard": discard}[verb](letter.id, by=None)
        except NotADeadLetter:
            raise CommandError(f"Somebody else replayed or discarded {letter.id} a moment ago.") from None
        self.stdout.write(f"{letter.id} {letter.task}: {'waits again' if verb == 'replay' else 'discarded'}")

    def _list(self) -> None:
        for state in queue_states():
            wait = f", oldest for {state.oldest_wait.total_seconds():.0f} s" if state.oldest_wait else ""
            counts = f"{state.waiting} waiting{wait}; {state.running} running; {state.failed} failed for good"
            self.stdout.write(f"{state.queue}: {counts}")
        workers = ", ".join(f"{worker.worker_id} ({worker.queues})" for worker in living_workers())
        self.stdout.write(f"workers: {workers or 'none'}")
        for letter in dead_letters():
            self.stdout.write(f"\n{_line(letter)}\n    {letter.error}")


def _missing(verb: str) -> list[UUID]:
    raise CommandError(f"Say which: verdure jobs {verb} ID …, or --all.")


def _line(letter: DeadLetter) -> str:
    failed = f"failed {letter.failed_at:%Y-%m-%d %H:%M:%S} UTC after {letter.attempts} attempts"
    return f"{letter.id}  {letter.task}({letter.arguments})  {failed}"
