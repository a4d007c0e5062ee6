from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ... import web


class Command(BaseCommand):
    help = "run the web server alone"
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", default=8000, type=int, help="port to listen on (default: %(default)s)")

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        web.serve(host=host, port=port)
