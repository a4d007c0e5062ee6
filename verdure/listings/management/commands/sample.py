from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from verdure.core.progress import shown

from ... import sample


class Command(BaseCommand):
    help = "the sample collection of made-up listings: load it, remove it, or say whether it is there"
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", nargs="?", choices=("load", "remove", "status"), default="status")

    def handle(self, *, verb: str, **options: Any) -> None:
        {"load": self._load, "remove": self._remove, "status": self._status}[verb]()

    def _load(self) -> None:
        with shown("Sample collection") as progress:
            done = sample.load(progress=progress)
        self.stdout.write(f"{done.added} added, {done.changed} changed, {done.unchanged} unchanged")
        for role, email, password in sample.sign_ins():
            self.stdout.write(f"  {role:<10} {email:<26} {password}")

    def _remove(self) -> None:
        number = sample.remove()
        self.stdout.write(
            f"{number} listings are gone, with their organisations and people. “verdure sample load” brings them back."
        )

    def _status(self) -> None:
        found = sample.status()
        note = "; it was removed and is not loaded by itself" if found.removed else ""
        self.stdout.write(
            f"{found.listings} listings, {found.organisations} organisations, {found.people} people of the sample{note}"
        )
