from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ...prepare import prepare


class Command(BaseCommand):
    help = "make the data folder ready: tables, static files, text model, sample collection, index"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-sample", dest="sample", action="store_false", help="without the sample collection")

    def handle(self, *, sample: bool, **options: Any) -> None:
        prepare(sample=sample)
