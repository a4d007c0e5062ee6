"""`verdure up` as a person runs it: the whole process tree, on a data folder and a port of its own."""

from __future__ import annotations

import os
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.conftest import Site, until
from tests.ports import free_port

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are found through Linux's /proc"),
]


class Running:
    """A started `verdure up`."""

    def __init__(self, site: Site) -> None:
        self.site, self.port = site, free_port()
        self.supervisor = site.start("up", "--port", str(self.port))
        until(self.answers)
        until(lambda: len(self.processes()) == 5)  # supervisor, web server and its own child, two workers

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return bool(answer.read() == b"ok\n")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def processes(self) -> list[int]:
        """Every living process of this data folder, the oldest first."""
        mark = f"VERDURE_HOME={self.site.home}\0".encode()
        return sorted(int(folder.name) for folder in Path("/proc").glob("[0-9]*") if _belongs(folder, mark))


@pytest.fixture
def running(site: Site) -> Iterator[Running]:
    made = Running(site)
    yield made
    for pid in made.processes():
        os.kill(pid, signal.SIGKILL)


def _belongs(folder: Path, mark: bytes) -> bool:
    try:
        return mark in (folder / "environ").read_bytes() + b"\0"
    except OSError:
        return False


def test_signal_ends_the_whole_tree(running: Running) -> None:
    running.supervisor.send_signal(signal.SIGINT)
    assert running.supervisor.wait() == 0
    assert running.processes() == []


def test_tree_that_loses_its_supervisor_ends(running: Running) -> None:
    running.supervisor.kill()
    running.supervisor.wait()
    until(lambda: not running.processes())
    assert not running.answers()


def test_each_killed_process_comes_back(running: Running) -> None:
    for victim in running.processes()[1:]:
        if victim in running.processes():  # the web server's own child goes with it
            os.kill(victim, signal.SIGKILL)
            until(lambda gone=victim: len(running.processes()) == 5 and gone not in running.processes())  # type: ignore[misc]
    until(running.answers)
    assert running.supervisor.poll() is None


def test_second_one_on_the_same_data_folder_is_refused(running: Running) -> None:
    other = running.site.start("up", "--port", str(free_port()))
    assert other.wait() == 1
    assert running.answers()


def test_port_in_use_is_told_before_anything_is_prepared(tmp_path: Path) -> None:
    site = Site(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = site.start("up", "--port", port, capture=True)
        _, said = refused.communicate()
    expected = (
        f"CommandError: Cannot listen on 127.0.0.1 port {port}: Address already in use. Choose another with --port.\n"
    )
    assert (refused.returncode, said.decode()) == (1, expected)
    assert site.database.is_empty()
    site.end()
