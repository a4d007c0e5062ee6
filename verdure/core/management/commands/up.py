from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand
from django.db import connection
from django.utils.module_loading import import_string

from ...processes import AlreadyHeld, exclusively, tie_to_parent
from ...supervisor import Child, Supervisor

WELCOME = "verdure.flow.welcome"
VERDURE = (sys.executable, "-m", "verdure")


class Command(BaseCommand):
    help = "make everything ready, then run the web server and the workers until Ctrl-C"
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", default=8000, type=int, help="port to listen on (default: %(default)s)")
        parser.add_argument("--no-sample", dest="sample", action="store_false", help="without the sample collection")

    def handle(self, *, host: str, port: int, sample: bool, **options: Any) -> None:
        try:
            with exclusively(settings.HOME / "run" / "up.lock"):
                _require_free(host, port)
                _prepare(sample=sample)
                self._serve(host, port)
        except AlreadyHeld:
            raise CommandError(f"Verdure is already running with this data folder: {settings.HOME}") from None

    def _serve(self, host: str, port: int) -> None:
        children = (
            Child("web server", (*VERDURE, "web", "--host", host, "--port", str(port))),
            Child("worker", (*VERDURE, "work", "--queue", "default")),
            Child("index worker", (*VERDURE, "work", "--queue", "index")),
        )
        address = _address(host, port)
        self._say(f"Starting {address}")
        Supervisor(children, say=self._say).run(until_ready=partial(self._announce, address))
        self._say("All ended.")

    def _announce(self, address: str) -> bool:
        if not _answers(f"{address}healthz"):
            return False
        lines: list[str] = import_string(WELCOME)()
        connection.close()
        self._say("\n".join(("", f"Verdure is ready: {address}", *lines, "Ctrl-C ends it.")))
        return True

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _require_free(host: str, port: int) -> None:
    """Asked before anything is prepared, so that a person need not wait to be told."""
    try:
        family, _, _, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CommandError(f"Cannot listen on {host} port {port}: {reason}. Choose another with --port.") from None


def _prepare(*, sample: bool) -> None:
    """In a process of its own: the text model's memory goes back before serving begins."""
    command = (*VERDURE, "prepare", *(() if sample else ("--no-sample",)))
    try:
        subprocess.run(command, check=True, preexec_fn=partial(tie_to_parent, os.getpid()))  # noqa: S603 our own
    except subprocess.CalledProcessError as error:
        raise CommandError("Preparing stopped; see above. Nothing was started.", returncode=error.returncode) from None
    except KeyboardInterrupt:
        raise CommandError("Interrupted while preparing. Run the command again: it goes on where it was.") from None


def _address(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}/"


def _answers(url: str) -> bool:
    """Whether the web server answers at all; a refusal of this host name, say, is an answer too."""
    try:
        urllib.request.urlopen(url, timeout=1).close()  # noqa: S310 our own address
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
    return True
