"""The web server: granian, one process with a few threads, tied to the process that started it."""

from __future__ import annotations

import os
from functools import partial

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.utils.module_loading import import_string
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from .processes import tie_to_parent

THREADS = 4  # Python runs one at a time; the others wait for the database or the disc
BACKLOG = 1024


def serve(*, host: str, port: int) -> None:
    """Returns when the server was asked to end."""
    server = Server(
        settings.WSGI_APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        backlog=BACKLOG,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_level=LogLevels.error,
    )
    server.serve(target_loader=partial(_application, os.getpid()), wrap_loader=False)


def _application(parent: int) -> WSGIHandler:
    """Called in the process that granian starts for the work, which granian itself would leave behind when killed."""
    tie_to_parent(parent)
    application: WSGIHandler = import_string(settings.WSGI_APPLICATION)
    return application
